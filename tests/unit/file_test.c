/* Whole files: read, replaced atomically, locked; and when that fails. */
#include "sys/file.h"

#include "t.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/meshq-file-XXXXXX";
static char path_text[4][sizeof directory + 64];

/* PATH in the test's directory; four of them hold at a time. */
static const char *in(const char *name)
{
	static unsigned turn;
	char *p = path_text[turn++ % 4];
	snprintf(p, sizeof path_text[0], "%s/%s", directory, name);
	return p;
}

static bool put(const char *name, const char *text)
{
	struct err e;
	return file_replace(in(name), slice_of(text), &e);
}

/* The file has this text; NULL: there is none. */
static bool has(const char *name, const char *want)
{
	struct buf b = { 0 };
	struct err e;
	bool found;
	bool good = file_read(in(name), &b, &found, &e) && found == !!want &&
	            (!want || slice_is(buf_slice(&b), want));
	buf_free(&b);
	return good;
}

static mode_t mode_of(const char *name)
{
	struct stat st;
	return stat(in(name), &st) == 0 ? st.st_mode & 07777 : 0;
}

static void a_file_that_is_not_there_is_no_error(void)
{
	OK(has("absent", NULL));
}

static void what_is_put_is_read_back(void)
{
	OK(put("a", "first"));
	OK(has("a", "first"));
	OK(put("a", ""));
	OK(has("a", ""));
}

static void reading_appends(void)
{
	struct buf b = { 0 };
	struct err e;
	bool found;

	OK(put("a", "b"));
	buf_add_text(&b, "a");
	OK(file_read(in("a"), &b, &found, &e) && found);
	SAME(buf_slice(&b), "ab");
	buf_free(&b);
}

static void a_large_file_survives_whole(void)
{
	struct buf big = { 0 }, back = { 0 };
	struct err e;
	bool found;

	for (uint64_t i = 0; i < 200000; i++)
		buf_add_u64(&big, i);
	OK(file_replace(in("big"), buf_slice(&big), &e));
	OK(file_read(in("big"), &back, &found, &e));
	OK(slice_equal(buf_slice(&big), buf_slice(&back)));
	buf_free(&big);
	buf_free(&back);
}

static void replacing_keeps_the_mode_and_leaves_nothing_beside(void)
{
	OK(put("m", "1"));
	OK(chmod(in("m"), 0640) == 0);
	OK(put("m", "2"));
	EQ(mode_of("m"), 0640);
	OK(has("m.new", NULL));
}

static void what_an_earlier_crash_left_is_overwritten(void)
{
	OK(put("c.new", "half of a dra"));
	OK(put("c", "whole"));
	OK(has("c", "whole") && has("c.new", NULL));
}

static void a_symbolic_link_stays_one(void)
{
	struct stat st;

	OK(put("real", "1"));
	OK(symlink("real", in("link")) == 0);
	OK(put("link", "2"));
	OK(has("real", "2"));
	OK(lstat(in("link"), &st) == 0 && S_ISLNK(st.st_mode));
}

static void a_draft_that_is_a_link_is_not_followed(void)
{
	OK(put("victim", "precious"));
	OK(symlink("victim", in("d.new")) == 0);
	OK(!put("d", "evil"));
	OK(has("victim", "precious"));
}

static void what_is_no_regular_file_is_refused(void)
{
	struct err e;

	OK(!file_replace("/dev/full", SLICE("x"), &e));
	EQ(e.status, STATUS_NO_CREATE);
	OK(!file_replace(directory, SLICE("x"), &e));
	EQ(e.status, STATUS_NO_CREATE);
}

static void a_directory_cannot_be_read(void)
{
	struct buf b = { 0 };
	struct err e;
	bool found;

	OK(!file_read(directory, &b, &found, &e));
	EQ(e.status, STATUS_NO_INPUT);
	OK(strstr(e.text, directory));
	OK(!file_read("/dev/null", &b, &found, &e)); /* others have no end */
	EQ(e.status, STATUS_NO_INPUT);
	buf_free(&b);
}

/* A limit of the file size stands for the full disk: the write fails in the middle. */
static void when_the_disk_is_full_the_old_file_stays(void)
{
	char big[8192] = { 0 };
	struct rlimit old, small;
	struct err e;

	OK(put("full", "old"));
	signal(SIGXFSZ, SIG_IGN);
	OK(getrlimit(RLIMIT_FSIZE, &old) == 0);
	small = (struct rlimit){ 4096, old.rlim_max };
	OK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	OK(!file_replace(in("full"), (slice){ big, sizeof big }, &e));
	OK(setrlimit(RLIMIT_FSIZE, &old) == 0);
	EQ(e.status, STATUS_IO);
	OK(strstr(e.text, "write "));
	OK(has("full", "old") && has("full.new", NULL));
}

static void in_a_missing_directory_nothing_is_made(void)
{
	struct err e;

	OK(!file_replace(in("no/such"), SLICE("x"), &e));
	EQ(e.status, STATUS_NO_CREATE);
	EQ(file_lock(in("no/such"), &e), -1);
	EQ(e.status, STATUS_NO_CREATE);
}

static void in_a_read_only_directory_the_old_file_stays(void)
{
	if (geteuid() == 0)
		return; /* root may write everywhere */
	OK(put("r", "old"));
	OK(chmod(directory, 0500) == 0);
	OK(!put("r", "new"));
	OK(chmod(directory, 0700) == 0);
	OK(has("r", "old"));
}

static bool locked(const char *name)
{
	int fd = open(in(name), O_RDWR);
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	bool busy = fd >= 0 && fcntl(fd, F_OFD_SETLK, &whole) != 0 && errno == EAGAIN;
	close(fd);
	return busy;
}

static void a_lock_holds_until_it_is_closed(void)
{
	struct err e;
	int fd = file_lock(in("l"), &e);

	OK(fd >= 0);
	OK(locked("l.lock"));
	OK(file_is_locked(in("l")));
	close(fd);
	OK(!locked("l.lock"));
	OK(!file_is_locked(in("l")));
	OK(!file_is_locked(in("never")));
	OK(has("never.lock", NULL));
}

static void a_lock_that_does_not_come_is_given_up_when_patience_is_over(void)
{
	const span soon = { 1000 }, hour = { 3600 * NS_PER_S };
	struct err e;
	int fd = file_lock(in("w"), &e);

	EQ(file_lock_within(in("w"), soon, &e), -1);
	EQ(e.status, STATUS_DEFERRED);
	pid_t pid = fork();
	if (pid == 0) {
		close(fd); /* it holds the lock, too */
		_exit(file_lock_within(in("w"), hour, &e) < 0);
	}
	close(fd);
	int status = -1;
	waitpid(pid, &status, 0);
	EQ(status, 0);
	EQ(file_lock_within(in("no/such"), hour, &e), -1);
	EQ(e.status, STATUS_NO_CREATE);
}

static void a_link_has_the_lock_of_what_it_names(void)
{
	struct err e;

	OK(file_replace(in("real"), SLICE("x"), &e));
	OK(symlink("real", in("alias")) == 0);
	int fd = file_lock(in("alias"), &e);
	OK(locked("real.lock"));
	close(fd);
}

/* Two processes count to a file under the lock; without it, counts get lost. */
static void count_up(int times)
{
	for (int i = 0; i < times; i++) {
		struct buf b = { 0 };
		struct err e;
		bool found;
		int lock = file_lock(in("n"), &e);

		if (lock < 0 || !file_read(in("n"), &b, &found, &e))
			_exit(1);
		long n = strtol(buf_text(&b), NULL, 10);
		buf_clear(&b);
		buf_add_i64(&b, n + 1);
		if (!file_replace(in("n"), buf_slice(&b), &e))
			_exit(1);
		buf_free(&b);
		close(lock);
	}
}

static void with_the_lock_no_update_is_lost(void)
{
	enum { CHILDREN = 3, TIMES = 40 };
	pid_t children[CHILDREN];
	int status;

	OK(put("n", "0"));
	for (int i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			count_up(TIMES);
			_exit(0);
		}
	}
	for (int i = 0; i < CHILDREN; i++)
		OK(waitpid(children[i], &status, 0) == children[i] && status == 0);
	OK(has("n", "120"));
}

static void a_device_is_written_to_as_it_is(void)
{
	struct err e;

	OK(file_put("/dev/null", SLICE("x"), &e));
	OK(file_can_put("/dev/null", &e));
	OK(!file_put("/dev/full", SLICE("x"), &e));
	EQ(e.status, STATUS_IO);
	SAME(slice_of(e.text), "write /dev/full: No space left on device");
	OK(file_put(in("put"), SLICE("x"), &e) && has("put", "x"));
}

static void what_is_published_replaces_the_old_as_well(void)
{
	struct err e;

	OK(file_publish(in("p"), SLICE("one"), &e) && has("p", "one"));
	OK(chmod(in("p"), 0640) == 0);
	int fd = open(in("p"), O_RDONLY);
	char old[4] = { 0 };
	OK(file_publish(in("p"), SLICE("2"), &e) && has("p", "2") && has("p.new", NULL));
	EQ(mode_of("p"), 0640);
	OK(read(fd, old, 3) == 3 && strcmp(old, "one") == 0); /* who had opened it */
	close(fd);
	OK(!file_publish("/dev/null", SLICE("x"), &e));
	EQ(e.status, STATUS_NO_CREATE);
}

static void what_cannot_be_put_is_known_before(void)
{
	struct err e;

	OK(file_can_put(in("new"), &e));
	OK(!file_can_put(directory, &e));
	EQ(e.status, STATUS_NO_CREATE);
	OK(!file_can_put(in("missing/new"), &e));
	EQ(e.status, STATUS_NO_CREATE);
	OK(file_can_put("new-in-the-folder-we-are-in", &e));
}

static void remove_directory(void)
{
	DIR *d = opendir(directory);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	rmdir(directory);
}

int main(void)
{
	if (!mkdtemp(directory))
		return 1;
	RUN(a_file_that_is_not_there_is_no_error);
	RUN(what_is_put_is_read_back);
	RUN(reading_appends);
	RUN(a_large_file_survives_whole);
	RUN(replacing_keeps_the_mode_and_leaves_nothing_beside);
	RUN(what_an_earlier_crash_left_is_overwritten);
	RUN(a_symbolic_link_stays_one);
	RUN(a_draft_that_is_a_link_is_not_followed);
	RUN(what_is_no_regular_file_is_refused);
	RUN(a_directory_cannot_be_read);
	RUN(when_the_disk_is_full_the_old_file_stays);
	RUN(in_a_missing_directory_nothing_is_made);
	RUN(in_a_read_only_directory_the_old_file_stays);
	RUN(a_lock_holds_until_it_is_closed);
	RUN(a_lock_that_does_not_come_is_given_up_when_patience_is_over);
	RUN(a_link_has_the_lock_of_what_it_names);
	RUN(with_the_lock_no_update_is_lost);
	RUN(a_device_is_written_to_as_it_is);
	RUN(what_is_published_replaces_the_old_as_well);
	RUN(what_cannot_be_put_is_known_before);
	remove_directory();
	return t_done();
}
