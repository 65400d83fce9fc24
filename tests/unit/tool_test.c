/* Another program that does a part of our work. */
#include "sys/tool.h"

#include "t.h"

static bool shell(const char *script, slice input, struct buf *out, struct err *e)
{
	char *argv[] = { "tool", "-c", (char *)(uintptr_t)script, NULL };

	return tool_run("/bin/sh", argv, input, out, e);
}

static void what_it_writes_is_appended(void)
{
	struct buf out = { 0 };
	struct err e;

	buf_add_text(&out, "a ");
	OK(shell("tr b c; echo noise >&2", SLICE("bbb"), &out, &e));
	SAME(buf_slice(&out), "a ccc");
	buf_free(&out);
}

static void more_than_a_pipe_holds_comes_through_whole(void)
{
	struct buf in = { 0 }, out = { 0 };
	struct err e;

	for (int i = 0; i < 100000; i++)
		buf_addf(&in, "line %d\n", i);
	OK(shell("cat", buf_slice(&in), &out, &e));
	OK(slice_equal(buf_slice(&in), buf_slice(&out)));
	buf_free(&in);
	buf_free(&out);
}

static void a_failure_is_told_by_its_last_line(void)
{
	struct buf out = { 0 };
	struct err e;

	OK(!shell("echo half; echo one >&2; echo '  two ' >&2; echo >&2; exit 3", SLICE(""), &out,
	          &e));
	EQ(e.status, STATUS_OS);
	SAME(slice_of(e.text), "tool: exit status 3: two");
	OK(!shell("exit 4", SLICE(""), &out, &e));
	SAME(slice_of(e.text), "tool: exit status 4");
	OK(!shell("kill -9 $$", SLICE(""), &out, &e));
	SAME(slice_of(e.text), "tool: killed by signal 9");
	EQ(out.n, 0);
	buf_free(&out);
}

static void a_program_that_is_not_there_has_its_status(void)
{
	struct buf path = { 0 };
	struct err e;

	OK(tool_find("sh", &path, &e));
	OK(!tool_find("no-such-program", &path, &e));
	EQ(e.status, STATUS_NOT_FOUND);
	SAME(slice_of(e.text), "no-such-program: not found");
	OK(!tool_find("/etc/passwd", &path, &e));
	EQ(e.status, STATUS_NOT_EXECUTABLE);
	buf_free(&path);
}

int main(void)
{
	RUN(what_it_writes_is_appended);
	RUN(more_than_a_pipe_holds_comes_through_whole);
	RUN(a_failure_is_told_by_its_last_line);
	RUN(a_program_that_is_not_there_has_its_status);
	return t_done();
}
