#include "cli/label.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	READ_BLOCK = 16 * 1024, /* all of it may be newlines, and each gets a label */
	READS_A_TURN = 4,       /* one that floods must not starve the others */
	BACKLOG = 256 * 1024,   /* that waits for a reader while no more is read */
	CUTS = 8,
};

/* Both ends stay open, so that no run is needed to read what the one before has written. */
struct label_pipe {
	int reader, writer;
	enum label_stream to;
	struct buf label;
	struct buf line;     /* that has begun, without its label */
	uint64_t read;       /* bytes, in all */
	uint64_t cuts[CUTS]; /* where runs have ended, not read yet, in order */
	uint32_t cut_count;
};

/* ---- lines ---- */

static void put(struct label *l, struct label_pipe *p, slice end)
{
	struct out *out = &l->to[p->to];

	if (!out->failure) {
		if (l->torn[p->to])
			buf_add_char(&out->pending, '\n');
		l->torn[p->to] = false;
		buf_add_slice(&out->pending, buf_slice(&p->label));
		buf_add_slice(&out->pending, buf_slice(&p->line));
		buf_add_slice(&out->pending, end);
		buf_add_char(&out->pending, '\n');
	}
	buf_clear(&p->line);
}

/* A line that is full goes when it is certain that there is more of it. */
static void add(struct label *l, struct label_pipe *p, slice bytes)
{
	while (bytes.n) {
		size_t room = LABEL_LINE - p->line.n, n = bytes.n < room + 1 ? bytes.n : room + 1;
		const char *end = memchr(bytes.p, '\n', n);

		if (end) {
			slice rest = { bytes.p, (size_t)(end - bytes.p) };

			put(l, p, rest);
			n = rest.n + 1;
		} else if (n <= room) {
			buf_add(&p->line, bytes.p, n);
		} else {
			put(l, p, (slice){ bytes.p, room });
			n = room;
		}
		bytes.p += n;
		bytes.n -= n;
	}
}

static void end_line(struct label *l, struct label_pipe *p)
{
	if (p->line.n)
		put(l, p, (slice){ 0 });
}

/* Bytes behind a cut belong to another line. */
static void take(struct label *l, struct label_pipe *p, slice bytes)
{
	while (p->cut_count && p->cuts[0] <= p->read + bytes.n) {
		size_t n = (size_t)(p->cuts[0] - p->read);

		add(l, p, (slice){ bytes.p, n });
		end_line(l, p);
		p->read += n;
		bytes.p += n;
		bytes.n -= n;
		p->cut_count--;
		memmove(p->cuts, p->cuts + 1, p->cut_count * sizeof p->cuts[0]);
	}
	add(l, p, bytes);
	p->read += bytes.n;
}

/* ---- pipes ---- */

static bool same_file(int a, int b)
{
	struct stat one, other;

	return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

struct out *label_out(struct label *l, enum label_stream stream)
{
	return &l->to[l->same ? LABEL_OUT : stream];
}

void label_open(struct label *l, bool out_colored, bool err_colored)
{
	*l = (struct label){ .colored = { out_colored, err_colored } };
	out_init(&l->to[LABEL_OUT], STDOUT_FILENO);
	out_init(&l->to[LABEL_ERR], STDERR_FILENO);
	l->same = same_file(STDOUT_FILENO, STDERR_FILENO);
}

/* Neighbours differ; red is for what is wrong. */
static void set_label(struct label_pipe *p, const char *name, uint32_t daemon, bool colored)
{
	static const int colors[] = { 36, 33, 32, 35, 34 };
	enum { COLORS = sizeof colors / sizeof colors[0] };

	if (colored)
		buf_addf(&p->label, "\033[%dm%s:\033[m ", colors[daemon % COLORS], name);
	else
		buf_addf(&p->label, "%s: ", name);
}

static bool open_pipe(struct label_pipe *p)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	p->reader = ends[0];
	p->writer = ends[1];
	return true;
}

static void close_reader(struct label_pipe *p)
{
	if (p->reader >= 0)
		close(p->reader);
	p->reader = -1;
}

static void free_pipe(struct label_pipe *p)
{
	close_reader(p);
	close(p->writer);
	buf_free(&p->label);
	buf_free(&p->line);
}

bool label_add(struct label *l, const char *name, enum label_stream out, struct err *e)
{
	l->pipes = mem_resize(l->pipes, l->count + LABEL_STREAMS, sizeof *l->pipes);
	for (int i = 0; i < LABEL_STREAMS; i++) {
		struct label_pipe *p = &l->pipes[l->count + (uint32_t)i];
		enum label_stream to = i == LABEL_OUT ? out : LABEL_ERR;

		*p = (struct label_pipe){ .to = l->same ? LABEL_OUT : to };
		if (!open_pipe(p)) {
			int code = errno;

			if (i > 0)
				free_pipe(p - 1);
			errno = code;
			return err_system(e, STATUS_OS, "cannot label the output of %s", name);
		}
		set_label(p, name, l->count / LABEL_STREAMS, l->colored[p->to]);
	}
	l->count += LABEL_STREAMS;
	return true;
}

int label_fd(const struct label *l, uint32_t daemon, enum label_stream stream)
{
	return l->pipes[daemon * LABEL_STREAMS + stream].writer;
}

static size_t unread(const struct label_pipe *p)
{
	int n = 0;

	return p->reader >= 0 && ioctl(p->reader, FIONREAD, &n) == 0 && n > 0 ? (size_t)n : 0;
}

/* Should runs end faster than they are read, some may share a line. */
static void cut(struct label *l, struct label_pipe *p)
{
	uint32_t last = p->cut_count < CUTS ? p->cut_count : CUTS - 1;

	p->cuts[last] = p->read + unread(p);
	p->cut_count = last + 1;
	take(l, p, (slice){ 0 }); /* it may be here */
}

void label_ended(struct label *l, uint32_t daemon)
{
	for (uint32_t i = 0; i < LABEL_STREAMS; i++)
		cut(l, &l->pipes[daemon * LABEL_STREAMS + i]);
}

/* ---- watching ---- */

static bool lags(const struct label *l, const struct label_pipe *p)
{
	return l->to[p->to].pending.n > BACKLOG;
}

uint32_t label_watched(const struct label *l)
{
	return LABEL_STREAMS + l->count;
}

void label_watch(const struct label *l, struct pollfd *fds)
{
	for (int i = 0; i < LABEL_STREAMS; i++) {
		const struct out *out = &l->to[i];

		*fds++ = (struct pollfd){ .fd = out->pending.n ? out->fd : -1, .events = POLLOUT };
	}
	for (uint32_t i = 0; i < l->count; i++) {
		const struct label_pipe *p = &l->pipes[i];

		*fds++ = (struct pollfd){ .fd = lags(l, p) ? -1 : p->reader, .events = POLLIN };
	}
}

static void read_pipe(struct label *l, struct label_pipe *p)
{
	char block[READ_BLOCK];

	for (int reads = 0; reads < READS_A_TURN && !lags(l, p); reads++) {
		ssize_t n = read(p->reader, block, sizeof block);

		if (n <= 0)
			break;
		take(l, p, (slice){ block, (size_t)n });
		if ((size_t)n < sizeof block)
			break;
	}
}

/* A full disk has room again some day, and daemons should not die of it. */
static void write_stream(struct label *l, int stream)
{
	struct out *out = &l->to[stream];

	if (out->pending.n)
		out_push(out);
	if (!out->failure || out->failure == EPIPE)
		return;
	l->lost = out->failure;
	l->torn[stream] = true;
	out->failure = 0;
}

static void write_some(struct label *l)
{
	for (int i = 0; i < LABEL_STREAMS; i++)
		write_stream(l, i);
	for (uint32_t i = 0; i < l->count; i++)
		if (l->to[l->pipes[i].to].failure)
			close_reader(&l->pipes[i]);
}

/* Everybody is the first in turn, or the room that has become free would always be taken by the
 * same. */
void label_serve(struct label *l, const struct pollfd *fds)
{
	for (uint32_t i = 0; i < l->count; i++) {
		uint32_t next = (l->turn + i) % l->count;

		if (fds[LABEL_STREAMS + next].revents)
			read_pipe(l, &l->pipes[next]);
	}
	if (l->count)
		l->turn = (l->turn + 1) % l->count;
	write_some(l);
}

/* ---- the end ---- */

bool label_is_written(const struct label *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (unread(&l->pipes[i]))
			return false;
	return !l->to[LABEL_OUT].pending.n && !l->to[LABEL_ERR].pending.n;
}

int label_failure(const struct label *l)
{
	bool gone = l->to[LABEL_OUT].failure || l->to[LABEL_ERR].failure;

	return gone ? EPIPE : l->lost;
}

void label_close(struct label *l)
{
	write_some(l);
	for (uint32_t i = 0; i < l->count; i++)
		free_pipe(&l->pipes[i]);
	free(l->pipes);
	for (int i = 0; i < LABEL_STREAMS; i++)
		buf_free(&l->to[i].pending);
	*l = (struct label){ 0 };
}
