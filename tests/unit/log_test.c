/* Appending records to a file that others rotate, cut short and fill up. */
#include "base/buf.h"
#include "base/mem.h"
#include "sys/log.h"
#include "t.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A directory of its own for each test, and a path in it. */
struct place {
	char folder[64];
	char path[80];
	char other[80];
};

static struct place place_make(void)
{
	struct place p = { .folder = "/tmp/meshq-log-test-XXXXXX" };

	if (!mkdtemp(p.folder)) {
		perror("mkdtemp");
		exit(1);
	}
	snprintf(p.path, sizeof p.path, "%s/log", p.folder);
	snprintf(p.other, sizeof p.other, "%s/log.1", p.folder);
	return p;
}

static void place_clear(const struct place *p)
{
	unlink(p->path);
	unlink(p->other);
	rmdir(p->folder);
}

static void spill(const char *path, const char *text)
{
	FILE *f = fopen(path, "a");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		perror(path);
}

static slice slurp(const char *path)
{
	static char text[4096];
	FILE *f = fopen(path, "r");

	if (!f)
		return SLICE("(no file)");
	size_t n = fread(text, 1, sizeof text, f);
	fclose(f);
	return (slice){ text, n };
}

/* Stands in for the one of the C library: whether a disk has what it was told to
 * have cannot be seen from here. */
static struct {
	int calls;
	int error;
} disk;

int fdatasync(int fd)
{
	(void)fd;
	disk.calls++;
	errno = disk.error;
	return disk.error ? -1 : 0;
}

static bool add(struct log *l, const char *record)
{
	struct err e = { 0 };

	return log_append(l, slice_of(record), &e);
}

static void records_are_appended_to_what_is_there(void)
{
	struct place p = place_make();
	struct log l;
	struct err e = { 0 };

	spill(p.path, "old\n");
	OK(log_open(&l, p.path, true, &e));
	OK(add(&l, "one\n"));
	OK(add(&l, "two\n"));
	OK(log_close(&l, &e));
	OK(log_close(&l, &e));
	SAME(slurp(p.path), "old\none\ntwo\n");
	place_clear(&p);
}

static void a_rotated_file_is_left_for_the_new_one(void)
{
	struct place p = place_make();
	struct log l;
	struct err e = { 0 };

	OK(log_open(&l, p.path, false, &e));
	OK(add(&l, "one\n"));
	EQ(rename(p.path, p.other), 0);
	OK(add(&l, "two\n"));
	SAME(slurp(p.other), "one\n");
	SAME(slurp(p.path), "two\n");
	unlink(p.path);
	spill(p.path, "somebody made it first\n");
	OK(add(&l, "three\n"));
	SAME(slurp(p.path), "somebody made it first\nthree\n");
	OK(log_close(&l, &e));
	place_clear(&p);
}

static void a_rotation_that_cannot_be_followed_is_an_error_until_it_can(void)
{
	struct place p = place_make();
	struct log l;
	struct err e = { 0 };

	OK(log_open(&l, p.path, false, &e));
	unlink(p.path);
	EQ(mkdir(p.path, 0700), 0);
	OK(!log_append(&l, SLICE("lost\n"), &e));
	EQ(e.status, STATUS_NO_CREATE);
	rmdir(p.path);
	OK(add(&l, "kept\n"));
	SAME(slurp(p.path), "kept\n");
	OK(log_close(&l, &e));
	place_clear(&p);
}

static void a_torn_last_line_is_ended_before_the_next_record(void)
{
	struct place p = place_make();
	struct log l;
	struct err e = { 0 };

	spill(p.path, "whole\n{\"torn\":");
	OK(log_open(&l, p.path, false, &e));
	OK(add(&l, "next\n"));
	SAME(slurp(p.path), "whole\n{\"torn\":\nnext\n");
	OK(log_close(&l, &e));
	place_clear(&p);
}

static void a_line_torn_by_another_writer_is_ended_too(void)
{
	struct place p = place_make();
	struct log l;
	struct err e = { 0 };

	OK(log_open(&l, p.path, false, &e));
	OK(add(&l, "ours\n"));
	spill(p.path, "{\"theirs");
	OK(add(&l, "ours again\n"));
	spill(p.path, "theirs whole\n");
	OK(add(&l, "ours at last\n"));
	SAME(slurp(p.path), "ours\n{\"theirs\nours again\ntheirs whole\nours at last\n");
	OK(log_close(&l, &e));
	place_clear(&p);
}

static void truncation_in_place_is_survived(void)
{
	struct place p = place_make();
	struct log l;
	struct err e = { 0 };

	OK(log_open(&l, p.path, false, &e));
	OK(add(&l, "before\n"));
	EQ(truncate(p.path, 0), 0);
	OK(add(&l, "after\n"));
	SAME(slurp(p.path), "after\n");
	OK(log_close(&l, &e));
	place_clear(&p);
}

/* The limit on file sizes stands for the full disk: the write that crosses it
 * is cut, the next one fails outright. */
static void a_full_disk_damages_one_record_at_most(void)
{
	struct place p = place_make();
	struct rlimit old, small;
	struct log l;
	struct err e = { 0 };

	OK(log_open(&l, p.path, false, &e));
	OK(add(&l, "12345678\n"));
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){ .rlim_cur = 12, .rlim_max = old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	bool torn = log_append(&l, SLICE("abcdefgh\n"), &e);
	slice after_torn = slurp(p.path);
	enum status torn_status = e.status;
	bool second = log_append(&l, SLICE("ijklmnop\n"), &e);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_DFL);

	OK(!torn);
	EQ(torn_status, STATUS_IO);
	SAME(after_torn, "12345678\nabc");
	OK(!second);
	OK(strstr(e.text, "too large") != NULL);
	OK(add(&l, "qrstuvwx\n"));
	SAME(slurp(p.path), "12345678\nabc\nqrstuvwx\n");
	OK(log_close(&l, &e));
	place_clear(&p);
}

static void a_device_that_takes_nothing_is_an_error(void)
{
	struct log l;
	struct err e = { 0 };

	OK(log_open(&l, "/dev/full", true, &e));
	OK(!log_append(&l, SLICE("x\n"), &e));
	EQ(e.status, STATUS_IO);
	OK(strstr(e.text, "write /dev/full: No space left") != NULL);
	OK(log_close(&l, &e));
}

static void what_cannot_be_made_is_said(void)
{
	struct log l;
	struct err e = { 0 };

	OK(!log_open(&l, "/nonexistent/log", false, &e));
	EQ(e.status, STATUS_NO_CREATE);
	OK(strstr(e.text, "open /nonexistent/log: No such file") != NULL);
	OK(log_close(&l, &e));
}

static void a_pipe_takes_records_longer_than_itself(void)
{
	enum { SIZE = 300000 };
	struct place p = place_make();
	struct err e = { 0 };
	char *long_record = mem_new(SIZE);

	memset(long_record, 'x', SIZE);
	long_record[SIZE - 1] = '\n';
	EQ(mkfifo(p.path, 0600), 0);
	pid_t writer = fork();
	if (writer == 0) {
		struct log l;
		bool good = log_open(&l, p.path, true, &e) &&
		            log_append(&l, (slice){ long_record, SIZE }, &e) && log_close(&l, &e);
		_exit(good ? 0 : 1);
	}
	int fd = open(p.path, O_RDONLY);
	char block[65536];
	size_t sum = 0;
	for (ssize_t n; (n = read(fd, block, sizeof block)) > 0;)
		sum += (size_t)n;
	close(fd);
	int status = -1;
	waitpid(writer, &status, 0);
	EQ(status, 0);
	EQ(sum, SIZE);
	free(long_record);
	place_clear(&p);
}

/* Four processes, each line whole and each there exactly once. */
static void writers_at_once_do_not_mix_their_records(void)
{
	enum { WRITERS = 4, EACH = 200 };
	struct place p = place_make();
	int seen[WRITERS] = { 0 };
	int lines = 0;

	for (int w = 0; w < WRITERS; w++) {
		if (fork() == 0) {
			struct log l;
			struct err e = { 0 };
			bool good = log_open(&l, p.path, false, &e);
			for (int i = 0; good && i < EACH; i++) {
				char text[64];
				snprintf(text, sizeof text, "writer %d record %03d end\n", w, i);
				good = add(&l, text);
			}
			_exit(good ? 0 : 1);
		}
	}
	for (int w = 0; w < WRITERS; w++) {
		int status = -1;
		wait(&status);
		EQ(status, 0);
	}
	FILE *f = fopen(p.path, "r");
	char line[128];
	while (f && fgets(line, sizeof line, f)) {
		int w = -1, i = -1, rest = 0;
		/* A blank line may come of looking while another writes. */
		if (strcmp(line, "\n") == 0)
			continue;
		bool whole = sscanf(line, "writer %d record %d end%n", &w, &i, &rest) == 2 &&
		             rest > 0 && w >= 0 && w < WRITERS && i == seen[w];
		if (!OK(whole))
			break;
		seen[w]++;
		lines++;
	}
	if (f)
		fclose(f);
	EQ(lines, WRITERS * EACH);
	place_clear(&p);
}

static void with_sync_the_disk_has_each_record_or_it_is_an_error(void)
{
	struct place p = place_make();
	struct log l;
	struct err e = { 0 };

	disk.calls = 0;
	OK(log_open(&l, p.path, false, &e));
	OK(add(&l, "{}\n"));
	OK(log_close(&l, &e));
	EQ(disk.calls, 0);
	OK(log_open(&l, p.path, true, &e));
	OK(add(&l, "{}\n"));
	OK(add(&l, "{}\n"));
	EQ(disk.calls, 2);
	disk.error = EIO;
	OK(!log_append(&l, SLICE("{}\n"), &e));
	EQ(e.status, STATUS_IO);
	OK(strstr(e.text, "sync "));
	disk.error = EINVAL; /* a pipe, a terminal: there is no disk */
	OK(add(&l, "{}\n"));
	disk.error = 0;
	OK(log_close(&l, &e));
	place_clear(&p);
}

int main(void)
{
	RUN(records_are_appended_to_what_is_there);
	RUN(a_rotated_file_is_left_for_the_new_one);
	RUN(a_rotation_that_cannot_be_followed_is_an_error_until_it_can);
	RUN(a_torn_last_line_is_ended_before_the_next_record);
	RUN(a_line_torn_by_another_writer_is_ended_too);
	RUN(truncation_in_place_is_survived);
	RUN(a_full_disk_damages_one_record_at_most);
	RUN(a_device_that_takes_nothing_is_an_error);
	RUN(what_cannot_be_made_is_said);
	RUN(a_pipe_takes_records_longer_than_itself);
	RUN(writers_at_once_do_not_mix_their_records);
	RUN(with_sync_the_disk_has_each_record_or_it_is_an_error);
	return t_done();
}
