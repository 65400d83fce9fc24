#include "cli/supervise_daemon.h"

#include "base/mem.h"
#include "codec/json.h"
#include "sys/child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What only we say: a supervisor may be supervised itself. */
static const char *const variables[] = {
	"MESHQ_DAEMON",
	"MESHQ_READY_FD",
	"MESHQ_BACKPRESSURE_FD",
	"MESHQ_BACKPRESSURE_FILE",
};

enum { VARIABLES = sizeof variables / sizeof variables[0] };

void supervise_daemon_init(struct supervise_daemon *d, const char *name,
                           const struct daemon_policy *policy)
{
	*d = (struct supervise_daemon){
		.name = name,
		.policy = policy,
		.tried = INSTANT_NEVER,
		.process = { .pidfd = -1, .ready = -1, .pressure = -1 },
	};
	json_add_string(&d->json, slice_of(name));
}

void supervise_daemon_free(struct supervise_daemon *d)
{
	daemon_free(&d->process);
	for (uint32_t i = 0; i < d->own; i++)
		free(d->environment[i]);
	free(d->environment);
	free(d->argv);
	buf_free(&d->path);
	buf_free(&d->json);
	*d = (struct supervise_daemon){ 0 };
}

/* ---- the environment ---- */

static bool is_ours(const char *entry)
{
	slice name = { entry, strcspn(entry, "=") };

	for (int i = 0; i < VARIABLES; i++)
		if (slice_is(name, variables[i]))
			return true;
	return false;
}

static void set(struct supervise_daemon *d, int variable, const char *value)
{
	struct buf text = { 0 };

	buf_addf(&text, "%s=%s", variables[variable], value);
	d->environment[d->own++] = mem_text(text.p, text.n);
	buf_free(&text);
}

static void set_number(struct supervise_daemon *d, int variable, int64_t value)
{
	struct buf text = { 0 };

	buf_add_i64(&text, value);
	set(d, variable, buf_text(&text));
	buf_free(&text);
}

/* It may run elsewhere than we do. */
static void set_file(struct supervise_daemon *d, int variable, const char *path)
{
	char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	struct buf full = { 0 };

	if (here)
		buf_addf(&full, "%s/", here);
	buf_add_text(&full, path);
	set(d, variable, buf_text(&full));
	buf_free(&full);
	free(here);
}

static void make_environment(struct supervise_daemon *d)
{
	const struct daemon_policy *p = d->policy;
	size_t n = 0;

	while (environ && environ[n])
		n++;
	d->environment = mem_zeroed(VARIABLES + n + 1, sizeof *d->environment);
	set(d, 0, d->name);
	if (p->ready_fd)
		set_number(d, 1, p->ready_fd);
	if (p->pressure_fd >= 0)
		set_number(d, 2, p->pressure_fd);
	if (p->pressure_file)
		set_file(d, 3, p->pressure_file);
	uint32_t to = d->own;
	for (size_t i = 0; i < n; i++)
		if (!is_ours(environ[i]))
			d->environment[to++] = environ[i];
}

/* ---- the command ---- */

static void make_arguments(struct supervise_daemon *d)
{
	uint32_t n = d->policy->command_count;

	d->argv = mem_zeroed((size_t)n + 1, sizeof *d->argv);
	for (uint32_t i = 0; i < n; i++)
		d->argv[i] = d->policy->command[i];
}

/* A relative path counts from where the daemon runs. */
static bool find(struct supervise_daemon *d, int *code)
{
	const char *word = d->policy->command[0];
	struct buf full = { 0 };

	if (!d->policy->directory || word[0] == '/' || !strchr(word, '/'))
		return child_find(word, &d->path, code);
	buf_addf(&full, "%s/%s", d->policy->directory, word);
	bool found = child_find(buf_text(&full), &d->path, code);
	buf_free(&full);
	buf_clear(&d->path);
	buf_add_text(&d->path, word);
	return found;
}

bool supervise_daemon_find(struct supervise_daemon *d, struct err *e)
{
	int code;

	make_arguments(d);
	make_environment(d);
	/* Without it the command is not there either, which is not what is wrong. */
	if (d->policy->directory && access(d->policy->directory, X_OK) != 0)
		return err_system(e, STATUS_NOT_EXECUTABLE, "%s", d->policy->directory);
	if (!find(d, &code)) {
		errno = code;
		return err_system(e, code == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE,
		                  "%s", d->policy->command[0]);
	}
	buf_text(&d->path);
	return true;
}

bool supervise_daemon_start(struct supervise_daemon *d, struct supervise_streams streams,
                            const sigset_t *ignored, struct rlimit files)
{
	const struct daemon_policy *p = d->policy;
	const struct daemon_command command = {
		.path = buf_text(&d->path),
		.argv = d->argv,
		.environment = d->environment,
		.directory = p->directory,
		.in = p->pressure_fd == 0 ? -1 : streams.in,
		.out = streams.out,
		.err = streams.err,
		.ready_fd = (int)p->ready_fd,
		.pressure_fd = p->pressure_fd,
		.ignored = *ignored,
		.files = files,
	};
	int code;

	if (!daemon_start(&d->process, &command, &code, &d->failed)) {
		if (child_may_start(code)) /* not the fault of the command */
			d->failed.status = STATUS_OS;
		return false;
	}
	d->pid = d->process.pid;
	return true;
}
