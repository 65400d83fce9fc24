#include "cli/passage.h"

#include <string.h>

enum { IN_MEMORY = 64 * 1024 };

/* Text that ends here, with or without its newline. */
static bool is_reply(const struct passage *p, slice line)
{
	slice bare;

	return line.n <= p->capture && reply_line(&line, &bare) && reply_is(p->reply, bare);
}

static bool line_is_reply(const struct passage *p)
{
	slice line = buf_slice(&p->line.last);

	return p->line.first == p->line.count && is_reply(p, line);
}

static void pass_line(struct passage *p)
{
	p->ended = false;
	if (p->line.first < p->line.count) {
		outlet_pass_stock(p->outlet, p->arrival, &p->line);
		return;
	}
	outlet_pass(p->outlet, p->arrival, buf_slice(&p->line.last));
	buf_clear(&p->line.last);
}

static void keep(struct passage *p, slice bytes)
{
	struct err e;
	size_t most = p->capture > IN_MEMORY ? p->capture : IN_MEMORY;

	buf_add_slice(&p->line.last, bytes);
	if (stock_in_memory(&p->line) > most && !stock_spill(&p->line, &p->outlet->spill, &e))
		outlet_fail(p->outlet, &e);
}

/* Cuts off what ends with the n-th byte. */
static slice cut(slice *bytes, size_t n)
{
	slice head = { bytes->p, n };

	*bytes = (slice){ bytes->p + n, bytes->n - n };
	return head;
}

/* The number of bytes up to the first or the last newline; 0: there is none. */
static size_t through_first(slice s)
{
	const char *end = s.n ? memchr(s.p, '\n', s.n) : NULL;

	return end ? (size_t)(end - s.p) + 1 : 0;
}

static size_t through_last(slice s)
{
	const char *end = s.n ? memrchr(s.p, '\n', s.n) : NULL;

	return end ? (size_t)(end - s.p) + 1 : 0;
}

/* Whole lines, the last of which may be the last of all. */
static void add_lines(struct passage *p, slice lines)
{
	slice last = lines;

	(void)cut(&last, through_last((slice){ lines.p, lines.n - 1 }));
	if (!is_reply(p, last)) {
		outlet_pass(p->outlet, p->arrival, lines);
		return;
	}
	outlet_pass(p->outlet, p->arrival, cut(&lines, lines.n - last.n));
	keep(p, last);
	p->ended = true;
}

static void see(void *user, slice bytes)
{
	struct passage *p = user;

	if (bytes.n == 0)
		return;
	if (p->ended)
		pass_line(p);
	if (!stock_is_empty(&p->line) && through_first(bytes)) {
		keep(p, cut(&bytes, through_first(bytes)));
		p->ended = bytes.n == 0 && line_is_reply(p);
		if (!p->ended)
			pass_line(p);
	}
	slice lines = cut(&bytes, through_last(bytes));
	if (bytes.n)
		outlet_pass(p->outlet, p->arrival, lines);
	else if (lines.n)
		add_lines(p, lines);
	keep(p, bytes);
}

static bool ready(void *user)
{
	const struct passage *p = user;

	return !outlet_is_clogged(p->outlet, p->arrival);
}

/* As with a pipe whose reader has left, the handler shall get SIGPIPE. */
static bool gone(void *user)
{
	const struct passage *p = user;

	return p->outlet->passed->failure != 0;
}

void passage_open(struct passage *p)
{
	p->watcher = (struct child_watcher){ .see = see, .ready = ready, .gone = gone, .user = p };
}

void passage_end(struct passage *p)
{
	if (!p->ended && !stock_is_empty(&p->line) && !line_is_reply(p)) {
		keep(p, SLICE("\n"));
		pass_line(p);
	}
	stock_free(&p->line, &p->outlet->spill);
}
