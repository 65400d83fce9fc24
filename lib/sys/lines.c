#include "sys/lines.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BLOCK = 256 * 1024,
	PIPE_SIZE = 1024 * 1024,
};

/* Behind the contents there are always LINES_SLACK bytes of the block. */
static void block_resize(struct lines *l, size_t room)
{
	l->block = mem_resize(l->block, room + LINES_SLACK, 1);
	l->room = room;
}

void lines_init(struct lines *l, int fd, size_t limit)
{
	*l = (struct lines){ .fd = fd, .limit = limit };
	block_resize(l, BLOCK);
	/* Fewer switches between us and the producer; refused for what is not a pipe. */
	(void)fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
}

void lines_free(struct lines *l)
{
	free(l->block);
	*l = (struct lines){ .fd = -1 };
}

/* Hands out `n` bytes as a line or, when they are too many, its beginning. */
static enum lines_state hand_out(struct lines *l, size_t n, size_t next, slice *line)
{
	l->number++;
	*line = (slice){ l->block + l->begin, n };
	if (n > l->limit) {
		line->n = l->limit;
		l->begin += l->limit;
		l->searched = l->begin;
		l->skipping = true;
		return LINES_TOO_LONG;
	}
	l->begin = next;
	l->searched = next;
	return LINES_LINE;
}

static enum lines_state without_newline(struct lines *l, slice *line)
{
	size_t n = l->end - l->begin;

	l->searched = l->end;
	if (l->ended)
		return n ? hand_out(l, n, l->end, line) : LINES_END;
	/* One byte over the limit may still be the CR of a line that fits. */
	if (n > l->limit && (n > l->limit + 1 || l->block[l->end - 1] != '\r'))
		return hand_out(l, n, l->end, line);
	return LINES_MORE;
}

enum lines_state lines_next(struct lines *l, slice *line)
{
	while (l->skipping)
		if (lines_rest(l, line) == LINES_MORE)
			return LINES_MORE;

	const char *found = memchr(l->block + l->searched, '\n', l->end - l->searched);
	if (!found)
		return without_newline(l, line);
	size_t at = (size_t)(found - l->block);
	size_t n = at - l->begin;
	if (n && found[-1] == '\r')
		n--;
	return hand_out(l, n, at + 1, line);
}

enum lines_state lines_rest(struct lines *l, slice *bytes)
{
	size_t n = l->end - l->begin;
	const char *found = n ? memchr(l->block + l->begin, '\n', n) : NULL;

	if (found)
		n = (size_t)(found - l->block) - l->begin;
	*bytes = (slice){ l->block + l->begin, n };
	l->begin += n;
	l->searched = l->begin;
	if (n)
		return LINES_LINE;
	if (!found && !l->ended)
		return LINES_MORE;
	l->begin += found != NULL;
	l->searched = l->begin;
	l->skipping = false;
	return LINES_END;
}

/* What is left is the beginning of one line, so moving it is cheap, and the next
 * block lands on memory that is still in the cache. */
static void make_room(struct lines *l)
{
	size_t left = l->end - l->begin;

	if (l->begin) {
		memmove(l->block, l->block + l->begin, left);
		l->searched -= l->begin;
		l->begin = 0;
		l->end = left;
	}
	if (l->end == l->room)
		block_resize(l, l->room < l->limit / 2 ? l->room * 2 : l->limit + BLOCK);
}

bool lines_fill(struct lines *l, struct err *e)
{
	if (l->ended)
		return true;
	make_room(l);
	ssize_t n = read(l->fd, l->block + l->end, l->room - l->end);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN || err_system(e, STATUS_IO, "read");
	l->end += (size_t)n;
	l->read += (uint64_t)n;
	l->ended = n == 0;
	memset(l->block + l->end, 0, LINES_SLACK);
	return true;
}
