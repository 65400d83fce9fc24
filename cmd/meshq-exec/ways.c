/* ways.c - the ways out: the standard output, and the file of --outcomes. */
#include "base/mem.h"
#include "cli/passage.h"
#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_among(const struct stat *file, const char *const *names, uint32_t count)
{
	struct stat in;

	for (uint32_t i = 0; i < count; i++)
		if (strcmp(names[i], "-") == 0 ? fstat(STDIN_FILENO, &in) == 0
		                               : stat(names[i], &in) == 0)
			if (is_file(file, &in))
				return true;
	return false;
}

static bool is_read(const struct exec *x, const struct stat *file)
{
	static const char *const standard[] = { "-" };
	const char *const *operands = (const char *const *)x->cli.operands;
	uint32_t count = (uint32_t)x->cli.before_dashes;

	return is_among(file, count ? operands : standard, count ? count : 1) ||
	       is_among(file, x->resume.files.items, x->resume.files.count);
}

/* The file is written anew, so nothing that is read or written elsewhere may be in it. */
static bool may_begin_anew(const struct exec *x, int fd, struct err *e)
{
	struct stat file, out;

	if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode))
		return true;
	if (is_read(x, &file))
		return err_set(e, STATUS_NO_CREATE, "--outcomes: %s is the input as well",
		               x->outcomes);
	if (fstat(STDOUT_FILENO, &out) == 0 && is_file(&file, &out))
		return err_set(e, STATUS_NO_CREATE, "--outcomes: %s is the standard output as well",
		               x->outcomes);
	return true;
}

static bool open_outcomes(struct exec *x, struct err *e)
{
	int fd = open(x->outcomes, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0)
		return err_system(e, STATUS_NO_CREATE, "%s", x->outcomes);
	out_init(&x->outcomes_out, fd);
	if (!may_begin_anew(x, fd, e))
		return false;
	x->records = &x->outcomes_out;
	return true;
}

bool exec_open_ways(struct exec *x, struct err *e)
{
	struct outlet *o = &x->report.outlet;

	x->records = x->pass ? NULL : &x->out;
	if (x->outcomes && !open_outcomes(x, e))
		return false;
	o->records = x->records;
	o->passed = x->pass ? &x->out : NULL;
	o->ordered = x->keep_order;
	o->whole = x->cli.clock == CLI_CLOCK_RECORD;
	x->report.complains = !x->records;
	out_init(&x->came_by, -1);
	x->loop.out = &x->out;
	x->loop.beside = x->outcomes ? &x->outcomes_out : NULL;
	return true;
}

/* Only when nothing else stands in the way of the work is the file emptied. A record of the
 * chain or a failure in it would be lost then. */
bool exec_begin_ways(struct exec *x, struct err *e)
{
	struct stat file;
	int fd = x->outcomes_out.fd;

	if (fd <= 0 || fstat(fd, &file) != 0 || !S_ISREG(file.st_mode))
		return true;
	if (cli_is_written(&x->cli, &file))
		return err_set(e, STATUS_NO_CREATE, "--outcomes: %s is written to already",
		               x->outcomes);
	cli_writes(&x->cli, fd);
	return ftruncate(fd, 0) == 0 || err_system(e, STATUS_NO_CREATE, "%s", x->outcomes);
}

/* ---- what handlers write ---- */

const struct child_watcher *exec_pass(struct exec *x, struct action *a)
{
	if (!x->pass)
		return NULL;
	struct passage *p = mem_zeroed(1, sizeof *p);

	p->outlet = &x->report.outlet;
	p->reply = x->reply;
	p->capture = x->cli.policy.executor.capture;
	p->arrival = a->arrival;
	passage_open(p);
	a->turn->run = p;
	return &p->watcher;
}

void exec_passed(struct exec *x, struct action *a, const struct run_end *end)
{
	if (!x->pass)
		return;
	if (!pools_runner(x->pools, a->pool)) {
		passage_end(a->turn->run);
		free(a->turn->run);
		a->turn->run = NULL;
	} else if (end->how == RUN_REPLIED && !reply_was_found(x->reply)) {
		outlet_pass(&x->report.outlet, a->arrival, end->out);
		if (end->out.n == 0 || end->out.p[end->out.n - 1] != '\n')
			outlet_pass(&x->report.outlet, a->arrival, SLICE("\n"));
	}
}

/* ---- the end ---- */

static int close_out(struct exec *x, struct out *out, const char *name)
{
	struct err e;
	/* We die of a reader that has gone, without a word; and what the outlet has lost has
	 * been told. */
	bool told =
		(out->failure == EPIPE && x->loop.died_of == SIGPIPE) || x->report.outlet.failed;

	if (out_close(out, name, &e) || told)
		return STATUS_OK;
	return cli_fail(&x->cli, &e);
}

int exec_close_ways(struct exec *x)
{
	int status = STATUS_OK;

	buf_free(&x->came_by.pending);
	if (x->outcomes_out.fd > 0)
		status = close_out(x, &x->outcomes_out, x->outcomes);
	return cli_worse(close_out(x, &x->out, "standard output"), status);
}
