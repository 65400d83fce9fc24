#include "cli/control_dir.h"

#include "base/buf.h"
#include "base/mem.h"
#include "codec/config_text.h"
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BAD_MOST = 10 }; /* bad lines in a row that are warned of */

static const char *const names[] = {
	[CONTROL_RESTART] = "restart",
	[CONTROL_STOP] = "stop",
	[CONTROL_START] = "start",
};

enum { COMMANDS = sizeof names / sizeof *names };

const char *control_command_name(enum control_command command)
{
	return names[command];
}

char *control_dir_file(const char *path, const char *name)
{
	struct buf text = { 0 };

	buf_addf(&text, "%s/%s", path, name);
	char *made = mem_text(text.p, text.n);
	buf_free(&text);
	return made;
}

/* ---- one supervisor ---- */

static int64_t read_pid(const char *path)
{
	char *lock = control_dir_file(path, "status.lock");
	struct buf text = { 0 };
	struct err e;
	uint64_t pid = 0;
	bool found;

	if (file_read(lock, &text, &found, &e) && text.n > 1)
		slice_u64((slice){ text.p, text.n - 1 }, &pid);
	buf_free(&text);
	free(lock);
	return pid <= INT32_MAX ? (int64_t)pid : 0;
}

bool control_dir_is_used(const char *path, int64_t *pid)
{
	char *status = control_dir_file(path, "status");
	bool used = file_is_locked(status);

	*pid = used ? read_pid(path) : 0;
	free(status);
	return used;
}

static bool refuse_second(const char *path, struct err *e)
{
	int64_t pid = read_pid(path);

	if (!pid)
		return err_set(e, STATUS_DEFERRED, "--control: %s: another supervisor is there",
		               path);
	return err_set(e, STATUS_DEFERRED,
	               "--control: %s: another supervisor is there, process %lld", path,
	               (long long)pid);
}

/* While the lock has no number, nobody believes the status: it is still that of a predecessor. */
static bool take_lock(struct control_dir *d, const char *path, struct err *e)
{
	char pid[32];

	d->lock = file_lock_now(d->status, e);
	if (d->lock < 0)
		return e->status == STATUS_DEFERRED ? refuse_second(path, e)
		                                    : err_prefix(e, "--control");
	int n = snprintf(pid, sizeof pid, "%lld\n", (long long)getpid());
	if (ftruncate(d->lock, 0) == 0 && (unlink(d->status) == 0 || errno == ENOENT) &&
	    pwrite(d->lock, pid, (size_t)n, 0) == n)
		return true;
	close(d->lock);
	d->lock = -1;
	return err_system(e, STATUS_IO, "--control: write %s.lock", d->status);
}

/* ---- the FIFO ---- */

/* It is open for writing, too: so it does not end when a writer leaves. */
static bool open_fifo(struct control_dir *d, struct err *e)
{
	struct stat st;

	if (mkfifo(d->fifo, 0666) != 0 && errno != EEXIST)
		return err_system(e, STATUS_NO_CREATE, "--control: create %s", d->fifo);
	int fd = open(d->fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_system(e, STATUS_NO_CREATE, "--control: open %s", d->fifo);
	if (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode)) {
		close(fd);
		return err_set(e, STATUS_NO_CREATE, "--control: %s is no FIFO", d->fifo);
	}
	lines_init(&d->lines, fd, d->cli->max_line);
	d->open = true;
	return true;
}

bool control_dir_open(struct control_dir *d, struct cli *cli, const char *path,
                      const struct control_dir_calls *calls, struct err *e)
{
	*d = (struct control_dir){ .cli = cli, .calls = calls, .lock = -1 };
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		return err_system(e, STATUS_NO_CREATE, "--control: create %s", path);
	d->fifo = control_dir_file(path, "control");
	d->status = control_dir_file(path, "status");
	if (take_lock(d, path, e) && open_fifo(d, e))
		return true;
	control_dir_close(d);
	return false;
}

void control_dir_close(struct control_dir *d)
{
	if (d->open) {
		unlink(d->status);
		unlink(d->fifo);
		close(d->lines.fd);
		lines_free(&d->lines);
	}
	if (d->fifo && d->lock >= 0)
		close(d->lock);
	free(d->fifo);
	free(d->status);
	buf_free(&d->published);
	*d = (struct control_dir){ .lock = -1 };
}

/* ---- lines ---- */

/* Whoever writes garbage without end shall not fill the log with it. */
static void warn_of(struct control_dir *d, slice line, const char *what)
{
	struct buf text = { 0 };

	if (d->bad++ >= BAD_MOST)
		return;
	config_text_quote(&text, line);
	cli_warn(d->cli, "%s:%ju: %s %s%s", d->fifo, (uintmax_t)d->lines.number, buf_text(&text),
	         what, d->bad == BAD_MOST ? "; more of them are not told" : "");
	buf_free(&text);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static slice trim(slice s)
{
	while (s.n > 0 && is_blank(*s.p)) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool split(slice line, enum control_command *command, slice *name)
{
	for (int i = 0; i < COMMANDS; i++) {
		size_t n = strlen(names[i]);

		if (!slice_starts(line, names[i]) || line.n == n || !is_blank(line.p[n]))
			continue;
		*command = (enum control_command)i;
		*name = trim((slice){ line.p + n, line.n - n });
		return true;
	}
	return false;
}

static void take(struct control_dir *d, slice line)
{
	enum control_command command;
	slice word = trim(line), name;

	if (word.n == 0)
		return;
	if (*word.p == '{' && d->calls->record) {
		d->calls->record(d->calls->user, line, d->fifo, d->lines.number);
		return;
	}
	if (!split(word, &command, &name)) {
		warn_of(d, word,
		        d->calls->record
		                ? "is neither restart, stop or start with a name nor a record"
		                : "is not restart, stop or start with a name");
		return;
	}
	if (!d->calls->command(d->calls->user, command, name)) {
		warn_of(d, name, "is not the name of a daemon");
		return;
	}
	d->bad = 0;
}

void control_dir_serve(struct control_dir *d)
{
	slice line;
	struct err e;

	if (!d->open || !lines_fill(&d->lines, &e))
		return;
	for (;;)
		switch (lines_next(&d->lines, &line)) {
		case LINES_LINE:
			take(d, line);
			break;
		case LINES_TOO_LONG:
			warn_of(d, line, "is longer than --max-line allows");
			break;
		case LINES_MORE:
		case LINES_END:
			return;
		}
}

/* ---- the status file ---- */

void control_dir_publish(struct control_dir *d, slice status)
{
	struct err e;

	if (!d->open || (slice_equal(status, buf_slice(&d->published)) && !d->unpublished))
		return;
	buf_clear(&d->published);
	buf_add_slice(&d->published, status);
	bool failed = !file_publish(d->status, status, &e);
	if (failed && !d->unpublished)
		cli_warn(d->cli, "%s", e.text);
	d->unpublished = failed;
}
