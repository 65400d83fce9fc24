/* A journal: batches are in the file wholly or not at all, and there is room for the last
 * words. */
#include "sys/journal.h"

#include "sys/file.h"
#include "t.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/meshq-journal-XXXXXX";

static void begin(struct journal *j)
{
	struct err e;

	OK(truncate(path, 0) == 0);
	OK(journal_open(j, path, &e));
}

static bool has(const char *want)
{
	struct buf b = { 0 };
	struct err e;
	bool found, good = file_read(path, &b, &found, &e) && slice_is(buf_slice(&b), want);

	buf_free(&b);
	return good;
}

static void batches_follow_each_other(void)
{
	struct journal j;
	struct err e;

	begin(&j);
	OK(journal_write(&j, SLICE("one\n"), &e));
	OK(journal_write(&j, SLICE(""), &e));
	OK(journal_write_last(&j, SLICE("two\n"), &e));
	OK(journal_sync(&j, &e));
	OK(!j.unsynced);
	EQ(j.end, 8);
	journal_close(&j);
	OK(journal_open(&j, path, &e));
	OK(journal_write(&j, SLICE("three\n"), &e));
	journal_close(&j);
	journal_close(&j);
	OK(has("one\ntwo\nthree\n"));
}

static void room_that_was_not_used_is_given_back(void)
{
	struct journal j;
	struct stat st;
	struct err e;

	begin(&j);
	OK(journal_write(&j, SLICE("one\n"), &e));
	journal_close(&j);
	OK(stat(path, &st) == 0 && st.st_size == 4);
	OK(st.st_blocks * 512 < JOURNAL_SPARE);
}

static void limit_files(rlim_t most)
{
	struct rlimit files;

	getrlimit(RLIMIT_FSIZE, &files);
	files.rlim_cur = most;
	setrlimit(RLIMIT_FSIZE, &files);
}

static void what_does_not_fit_is_not_there_at_all(void)
{
	struct journal j;
	struct err e;

	begin(&j);
	OK(journal_write_last(&j, SLICE("12345\n"), &e));
	limit_files(10);
	OK(!journal_write_last(&j, SLICE("1234567890\n"), &e));
	EQ(e.status, STATUS_IO);
	OK(strstr(e.text, "File too large") != NULL);
	OK(has("12345\n"));
	OK(journal_write_last(&j, SLICE("abc\n"), &e));
	limit_files(RLIM_INFINITY);
	OK(has("12345\nabc\n"));
	journal_close(&j);
}

static void the_last_words_have_room_when_others_have_none(void)
{
	struct journal j;
	struct err e;

	begin(&j);
	limit_files(JOURNAL_SPARE + 6);
	OK(journal_write(&j, SLICE("12345\n"), &e));
	OK(!journal_write(&j, SLICE("6\n"), &e));
	OK(journal_write_last(&j, SLICE("6\n"), &e));
	limit_files(RLIM_INFINITY);
	OK(has("12345\n6\n"));
	journal_close(&j);
}

static void only_a_file_is_one(void)
{
	struct journal j;
	struct err e;

	OK(!journal_open(&j, "/dev/null", &e));
	EQ(e.status, STATUS_NO_CREATE);
	OK(!journal_open(&j, "/tmp", &e));
	OK(!journal_open(&j, "/tmp/meshq-journal-none", &e));
	journal_close(&j);
}

static void a_lock_is_not_waited_for_when_that_is_not_wanted(void)
{
	struct err e;
	int first = file_lock_now(path, &e);

	OK(first >= 0);
	OK(file_lock_now(path, &e) < 0);
	EQ(e.status, STATUS_DEFERRED);
	OK(strstr(e.text, "another process is using it") != NULL);
	close(first);
	first = file_lock_now(path, &e);
	OK(first >= 0);
	close(first);
}

int main(void)
{
	char lock[sizeof path + 8];

	signal(SIGXFSZ, SIG_IGN);
	close(mkstemp(path));
	RUN(batches_follow_each_other);
	RUN(room_that_was_not_used_is_given_back);
	RUN(what_does_not_fit_is_not_there_at_all);
	RUN(the_last_words_have_room_when_others_have_none);
	RUN(only_a_file_is_one);
	RUN(a_lock_is_not_waited_for_when_that_is_not_wanted);
	snprintf(lock, sizeof lock, "%s.lock", path);
	unlink(path);
	unlink(lock);
	return t_done();
}
