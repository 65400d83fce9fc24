/* Output: everything arrives, and what does not is told. */
#include "sys/out.h"

#include "t.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MUCH = 4 * 1024 * 1024 };

static void add_much(struct out *o)
{
	memset(buf_reserve(&o->pending, MUCH), 'x', MUCH);
	o->pending.n += MUCH;
}

/* Reads a pipe to its end on another thread, a little at a time. */
static void *drain(void *arg)
{
	static char bytes[3000];
	size_t total = 0;
	ssize_t n;

	while ((n = read(*(int *)arg, bytes, sizeof bytes)) > 0)
		total += (size_t)n;
	return (void *)(uintptr_t)total;
}

static void a_block_is_written_when_it_has_come_together(void)
{
	struct out o;
	struct err e;
	int fd = memfd_create("out", 0);
	int keep = dup(fd);

	out_init(&o, fd);
	OK(o.regular);
	buf_add_text(&o.pending, "little");
	OK(out_commit(&o));
	EQ(lseek(keep, 0, SEEK_END), 0);
	add_much(&o);
	OK(out_commit(&o));
	EQ(lseek(keep, 0, SEEK_END), MUCH + 6);
	EQ(o.written, MUCH + 6);
	buf_add_text(&o.pending, "end");
	OK(out_close(&o, "file", &e));
	EQ(lseek(keep, 0, SEEK_END), MUCH + 9);
	close(keep);
}

static void a_full_nonblocking_pipe_is_waited_for(void)
{
	struct out o;
	struct err e;
	pthread_t reader;
	void *total;
	int p[2];

	OK(pipe(p) == 0);
	OK(fcntl(p[1], F_SETFL, O_NONBLOCK) == 0);
	out_init(&o, p[1]);
	add_much(&o);
	OK(pthread_create(&reader, NULL, drain, &p[0]) == 0);
	OK(out_flush(&o));
	OK(out_close(&o, "pipe", &e));
	pthread_join(reader, &total);
	EQ((uintptr_t)total, MUCH);
	close(p[0]);
}

static void a_push_never_waits_and_loses_nothing(void)
{
	struct out o;
	struct err e;
	pthread_t reader;
	void *total;
	int p[2];

	OK(pipe(p) == 0);
	out_init(&o, p[1]);
	add_much(&o);
	OK(out_push(&o)); /* nobody reads: a write that waits would hang the test */
	OK(o.pending.n > 0 && o.pending.n < MUCH);
	OK(pthread_create(&reader, NULL, drain, &p[0]) == 0);
	while (o.pending.n) {
		struct pollfd ready = { .fd = p[1], .events = POLLOUT };
		poll(&ready, 1, -1);
		OK(out_push(&o));
	}
	OK(out_close(&o, "pipe", &e));
	pthread_join(reader, &total);
	EQ((uintptr_t)total, MUCH);
	close(p[0]);
}

static void a_full_disk_is_told_at_the_end(void)
{
	struct out o;
	struct err e;

	out_init(&o, open("/dev/full", O_WRONLY));
	buf_add_text(&o.pending, "lost");
	OK(out_commit(&o));
	OK(!out_flush(&o));
	EQ(o.failure, ENOSPC);
	buf_add_text(&o.pending, "more");
	OK(!out_commit(&o));
	EQ(o.pending.n, 0); /* what cannot be written does not pile up */
	OK(!out_close(&o, "results", &e));
	EQ(e.status, STATUS_IO);
	SAME(slice_of(e.text), "write results: No space left on device");
}

static void a_reader_that_left_is_an_error_like_any_other(void)
{
	struct out o;
	struct err e;
	int p[2];

	signal(SIGPIPE, SIG_IGN);
	OK(pipe(p) == 0);
	close(p[0]);
	out_init(&o, p[1]);
	buf_add_text(&o.pending, "x");
	OK(!out_push(&o));
	OK(!out_close(&o, "pipe", &e));
	SAME(slice_of(e.text), "write pipe: Broken pipe");
}

static void a_closed_descriptor_matters_only_when_something_is_written(void)
{
	struct out o;
	struct err e;
	int fd = dup(1);

	close(fd);
	out_init(&o, fd);
	OK(out_close(&o, "nothing", &e));
	out_init(&o, fd);
	buf_add_text(&o.pending, "x");
	OK(!out_close(&o, "something", &e));
	SAME(slice_of(e.text), "write something: Bad file descriptor");
}

int main(void)
{
	RUN(a_block_is_written_when_it_has_come_together);
	RUN(a_full_nonblocking_pipe_is_waited_for);
	RUN(a_push_never_waits_and_loses_nothing);
	RUN(a_full_disk_is_told_at_the_end);
	RUN(a_reader_that_left_is_an_error_like_any_other);
	RUN(a_closed_descriptor_matters_only_when_something_is_written);
	return t_done();
}
