#include "cli/supervise_events.h"

#include "t.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct opt_command command = { .name = "test" };
static struct cli cli = { .command = &command };
static char folder[] = "/tmp/supervise_events_test.XXXXXX";
static char path[64];
static struct err e;

static void tell(struct supervise_events *v, size_t bytes)
{
	struct buf told = { 0 };

	memset(buf_reserve(&told, bytes), 'x', bytes);
	told.n = bytes;
	told.p[bytes - 1] = '\n';
	supervise_events_write(v, &told);
	EQ(told.n, 0);
	buf_free(&told);
}

/* Our complaints are not for whoever reads the results. */
static int hush(void)
{
	int before = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	dup2(null, STDERR_FILENO);
	close(null);
	return before;
}

static void unhush(int before)
{
	dup2(before, STDERR_FILENO);
	close(before);
}

static size_t read_all(int fd)
{
	static char block[1 << 16];
	size_t n = 0;

	for (ssize_t got; (got = read(fd, block, sizeof block)) > 0;)
		n += (size_t)got;
	return n;
}

static void a_reader_that_does_not_read_is_never_waited_for(void)
{
	struct supervise_events v;
	int ends[2];

	OK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
	snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
	OK(supervise_events_open(&v, &cli, path, NULL, &e));
	close(ends[1]);
	for (int i = 0; i < 300; i++)
		tell(&v, 4096);
	OK(!supervise_events_are_written(&v));
	struct pollfd fd = supervise_events_watch(&v);
	EQ(fd.fd, v.pipe.fd);
	EQ(v.status, STATUS_OK);

	size_t got = 0;
	while (!supervise_events_are_written(&v)) {
		got += read_all(ends[0]);
		fd.revents = POLLOUT;
		supervise_events_serve(&v, &fd);
	}
	got += read_all(ends[0]);
	EQ(got, 300 * 4096);
	EQ(supervise_events_watch(&v).fd, -1);
	supervise_events_close(&v);
	EQ(v.status, STATUS_OK);
	close(ends[0]);
}

static void what_waits_for_a_reader_is_bounded(void)
{
	struct supervise_events v;
	int ends[2], before = hush();

	OK(pipe2(ends, O_CLOEXEC) == 0);
	snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
	OK(supervise_events_open(&v, &cli, path, NULL, &e));
	close(ends[1]);
	for (int i = 0; i < 2000; i++)
		tell(&v, 4096);
	unhush(before);
	OK(v.pipe.pending.n <= 1024 * 1024 + 4096);
	EQ(v.status, STATUS_IO);
	supervise_events_close(&v);
	close(ends[0]);
}

static void a_reader_that_has_gone_is_told_of_at_the_end(void)
{
	struct supervise_events v;
	int ends[2], before = hush();

	OK(pipe2(ends, O_CLOEXEC) == 0);
	snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
	OK(supervise_events_open(&v, &cli, path, NULL, &e));
	close(ends[0]);
	close(ends[1]);
	tell(&v, 10);
	tell(&v, 10);
	unhush(before);
	OK(supervise_events_are_written(&v));
	EQ(v.status, STATUS_IO);
	supervise_events_close(&v);
}

static void a_file_is_appended_to(void)
{
	struct supervise_events v;
	struct stat info;

	snprintf(path, sizeof path, "%s/file", folder);
	for (int i = 0; i < 2; i++) {
		OK(supervise_events_open(&v, &cli, path, NULL, &e));
		tell(&v, 10);
		OK(supervise_events_are_written(&v));
		supervise_events_close(&v);
		EQ(v.status, STATUS_OK);
	}
	OK(stat(path, &info) == 0);
	EQ(info.st_size, 20);
	unlink(path);
}

static void nowhere_takes_everything(void)
{
	struct supervise_events v;

	OK(supervise_events_open(&v, &cli, NULL, NULL, &e));
	tell(&v, 10);
	OK(supervise_events_are_written(&v));
	supervise_events_close(&v);
	EQ(v.status, STATUS_OK);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(folder))
		return 1;
	RUN(a_reader_that_does_not_read_is_never_waited_for);
	RUN(what_waits_for_a_reader_is_bounded);
	RUN(a_reader_that_has_gone_is_told_of_at_the_end);
	RUN(a_file_is_appended_to);
	RUN(nowhere_takes_everything);
	rmdir(folder);
	return t_done();
}
