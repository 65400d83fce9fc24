#include "base/cut.h"

/* What is too long is dropped as it comes. */
static void keep(struct cut *c, slice s)
{
	size_t room = c->most - c->part.n;

	if (s.n > room) {
		c->dropping = true;
		s.n = room;
	}
	buf_add_slice(&c->part, s);
}

static void begin(struct cut *c)
{
	if (!c->handed)
		return;
	buf_clear(&c->part);
	c->handed = false;
	c->dropping = false;
}

static slice hand_out(struct cut *c, slice line)
{
	c->cut = c->dropping || line.n > c->most;
	if (line.n > c->most)
		line.n = c->most;
	if (!c->cut && line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

bool cut_next(struct cut *c, slice *piece, slice *line)
{
	begin(c);
	if (piece->n == 0)
		return false;
	const char *end = memchr(piece->p, '\n', piece->n);
	slice s = { piece->p, end ? (size_t)(end - piece->p) : piece->n };
	size_t used = end ? s.n + 1 : s.n;

	*piece = (slice){ piece->p + used, piece->n - used };
	if (!end) {
		keep(c, s);
		return false;
	}
	if (c->part.n) {
		keep(c, s);
		c->handed = true;
		s = buf_slice(&c->part);
	}
	*line = hand_out(c, s);
	return true;
}

bool cut_rest(struct cut *c, slice *line)
{
	begin(c);
	if (c->part.n == 0)
		return false;
	c->handed = true;
	*line = hand_out(c, buf_slice(&c->part));
	return true;
}

void cut_free(struct cut *c)
{
	buf_free(&c->part);
	c->handed = c->dropping = false;
}
