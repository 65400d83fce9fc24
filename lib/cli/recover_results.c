#include "cli/recover_results.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

bool recover_results_open(struct recover_results *r, const struct cli *cli, struct err *e)
{
	*r = (struct recover_results){ .cli = cli };
	out_init(&r->out, STDOUT_FILENO);
	if (cli->rejects) {
		int fd = open(cli->rejects, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

		if (fd < 0)
			return err_system(e, STATUS_NO_CREATE, "%s", cli->rejects);
		out_init(&r->rejects, fd);
		r->keeps_rejects = true;
	}
	r->reader = recovery_line_reader_new();
	return true;
}

static void close_rejects(struct recover_results *r)
{
	struct err e;

	if (!r->keeps_rejects)
		return;
	r->keeps_rejects = false;
	if (!out_close(&r->rejects, r->cli->rejects, &e))
		r->status = cli_worse(r->status, cli_fail(r->cli, &e));
}

int recover_results_close(struct recover_results *r, bool *closed)
{
	struct err e;

	close_rejects(r);
	*closed = r->out.failure == EPIPE;
	if (!out_close(&r->out, "standard output", &e) && !*closed)
		r->status = cli_worse(r->status, cli_fail(r->cli, &e));
	recovery_line_reader_free(r->reader);
	return r->status;
}

/* ---- lines ---- */

/* The next line of the text, without its end. False: there is none. */
static bool next_line(slice *text, slice *line)
{
	if (!text->n)
		return false;
	const char *end = memchr(text->p, '\n', text->n);
	size_t n = end ? (size_t)(end - text->p) : text->n;

	*line = (slice){ text->p, n };
	n += end != NULL;
	*text = (slice){ text->p + n, text->n - n };
	return true;
}

/* Written at once: a bad line is rare, and it must be there when we are killed. */
static void reject(struct recover_results *r, const char *handler, uint64_t number, slice line,
                   const struct json_error *why)
{
	cli_warn(r->cli, "%s:%ju: byte %zu: %s", handler, (uintmax_t)number, why->at + 1,
	         why->what);
	r->bad++;
	r->status = cli_worse(r->status, STATUS_DATA);
	if (!r->keeps_rejects)
		return;
	buf_add_slice(&r->rejects.pending, line);
	buf_add_char(&r->rejects.pending, '\n');
	if (!out_flush(&r->rejects))
		close_rejects(r);
}

static bool read_line(struct recover_results *r, slice line, struct recovery_line *l,
                      struct json_error *why)
{
	if (line.n <= r->cli->max_line)
		return recovery_line_read(r->reader, line, l, why);
	why->at = r->cli->max_line;
	snprintf(why->what, sizeof why->what, "line longer than %ju bytes",
	         (uintmax_t)r->cli->max_line);
	return false;
}

uint64_t recover_results_take(struct recover_results *r, const char *handler, slice text,
                              instant now)
{
	uint64_t recovered = 0;
	slice line;

	for (uint64_t number = 1; next_line(&text, &line); number++) {
		struct recovery_line l;
		struct json_error why;

		if (recovery_line_is_blank(line))
			continue;
		if (!read_line(r, line, &l, &why)) {
			reject(r, handler, number, line, &why);
			continue;
		}
		recovery_line_add(&l, slice_of(handler), now, &r->out.pending);
		recovered += l.counts;
	}
	return recovered;
}

void recover_results_say(const struct recover_results *r, const char *handler,
                         const struct recover_end *end)
{
	slice text = buf_slice(&end->said), line;

	if (end->cut) /* it may begin in the middle of a line */
		next_line(&text, &line);
	while (next_line(&text, &line))
		if (line.n)
			cli_note(r->cli, "%s: %.*s", handler, SLICE_ARG(line));
}

/* ---- writing ---- */

bool recover_results_flush(struct recover_results *r, struct recover_run *run)
{
	while (!r->given_up && out_push(&r->out) && r->out.pending.n)
		r->given_up = !recover_run_wait_for(run, r->out.fd);
	if (r->given_up)
		buf_clear(&r->out.pending);
	return !r->given_up && !r->out.failure;
}
