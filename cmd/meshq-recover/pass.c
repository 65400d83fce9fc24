/* pass.c - a pass over the handlers, and what comes of it. */
#include "recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* ---- results ---- */

static bool open_rejects(struct recover *r, struct err *e)
{
	const char *path = r->cli.rejects;

	if (!path)
		return true;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_system(e, STATUS_NO_CREATE, "%s", path);
	out_init(&r->rejects, fd);
	r->keeps_rejects = true;
	return true;
}

static void reject(struct recover *r, const char *name, uint64_t number, slice line,
                   const struct json_error *bad)
{
	cli_warn(&r->cli, "%s:%ju: byte %zu: %s", name, (uintmax_t)number, bad->at + 1, bad->what);
	r->status = cli_worse(r->status, STATUS_DATA);
	if (!r->keeps_rejects)
		return;
	buf_add_slice(&r->rejects.pending, line);
	buf_add_char(&r->rejects.pending, '\n');
	out_flush(&r->rejects);
}

static void take_line(struct recover *r, const char *name, uint64_t number, slice line, instant now)
{
	struct recovery_line l;
	struct json_error bad = { .at = r->cli.max_line };

	if (recovery_line_is_blank(line))
		return;
	if (line.n > r->cli.max_line)
		snprintf(bad.what, sizeof bad.what, "line longer than %ju bytes",
		         (uintmax_t)r->cli.max_line);
	else if (recovery_line_read(r->lines, line, &l, &bad)) {
		recovery_line_add(&l, slice_of(name), now, &r->out.pending);
		return;
	}
	reject(r, name, number, line, &bad);
}

static void take_output(struct recover *r, const char *name, slice text, instant now)
{
	for (uint64_t number = 1; text.n; number++) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;

		take_line(r, name, number, (slice){ text.p, n }, now);
		n += end != NULL;
		text = (slice){ text.p + n, text.n - n };
	}
}

/* ---- a pass ---- */

/* What a handler complains of is for people. */
static void pass_on_words(const struct recover *r, const char *name, slice text)
{
	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;

		if (n)
			cli_note(&r->cli, "%s: %.*s", name, (int)n, text.p);
		n += end != NULL;
		text = (slice){ text.p + n, text.n - n };
	}
}

static void run_one(struct recover *r, const struct recover_command *command)
{
	const struct recovery_policy policy = { .kill_after = { 5 * NS_PER_S } };
	struct recover_told told = { .pass = 1, .left = UINT64_MAX };
	struct recover_end end;

	recover_run(&r->run, &policy, command, "recover", &told, &end);
	pass_on_words(r, command->name, buf_slice(&end.said));
	if (end.reason.n)
		cli_warn(&r->cli, "%s: %s", command->name, buf_text(&end.reason));
	if (end.how == RECOVERY_OK || end.how == RECOVERY_EXIT)
		take_output(r, command->name, buf_slice(&end.out), clock_now(&r->clock));
	else if (!end.stopped)
		r->status = cli_worse(r->status, STATUS_SHORTFALL);
	recover_end_free(&end);
}

static void run_all(struct recover *r)
{
	for (uint32_t i = 0; i < r->list.count && !recover_run_stopped(&r->run); i++) {
		run_one(r, &r->list.commands[i]);
		if (!out_flush(&r->out))
			return;
	}
}

static void finish(struct recover *r)
{
	struct err e;

	if (r->keeps_rejects && !out_close(&r->rejects, r->cli.rejects, &e))
		r->status = cli_worse(r->status, cli_fail(&r->cli, &e));
	int failure = r->out.failure;
	if (!out_close(&r->out, "standard output", &e) && failure != EPIPE)
		r->status = cli_worse(r->status, cli_fail(&r->cli, &e));
	int signal = failure == EPIPE ? SIGPIPE : r->run.died_of;
	recover_run_close(&r->run);
	recover_list_free(&r->list);
	recovery_line_reader_free(r->lines);
	if (signal)
		cli_die_of(signal);
}

int recover_passes(struct recover *r)
{
	struct err e;

	if (!recover_list_read(&r->list, &r->cli, r->handlers, &e))
		return cli_fail(&r->cli, &e);
	if (!open_rejects(r, &e) || !recover_run_open(&r->run, &e)) {
		recover_list_free(&r->list);
		return cli_fail(&r->cli, &e);
	}
	clock_start(&r->clock, r->cli.clock == CLI_CLOCK_RECORD);
	out_init(&r->out, STDOUT_FILENO);
	r->lines = recovery_line_reader_new();
	run_all(r);
	finish(r);
	return r->status;
}
