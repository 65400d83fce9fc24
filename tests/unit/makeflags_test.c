/* What MAKEFLAGS says of a jobserver. */
#include "codec/makeflags.h"
#include "t.h"

static struct makeflags flags;

static bool read_flags(const char *text)
{
	return makeflags_read(slice_of(text), &flags);
}

static void a_pipe_is_two_descriptors(void)
{
	OK(read_flags(" -j3 --jobserver-auth=3,4"));
	OK(flags.pipe);
	EQ(flags.in, 3);
	EQ(flags.out, 4);
	EQ(flags.jobs, 3);
	OK(read_flags("ks --jobserver-fds=7,18 -j"));
	EQ(flags.in, 7);
	EQ(flags.out, 18);
	EQ(flags.jobs, 0);
}

static void a_pipe_that_make_has_closed_is_negative(void)
{
	OK(read_flags("-j2 --jobserver-auth=-2,-2"));
	OK(flags.in < 0 && flags.out < 0);
}

static void a_fifo_is_a_path(void)
{
	OK(read_flags(" -j8 --jobserver-auth=fifo:/tmp/GMfifo17 -- X=1"));
	SAME(flags.fifo, "/tmp/GMfifo17");
	OK(!flags.pipe);
	EQ(flags.jobs, 8);
}

static void the_last_of_several_counts(void)
{
	OK(read_flags("--jobserver-auth=3,4 --jobserver-auth=fifo:/f"));
	SAME(flags.fifo, "/f");
	OK(read_flags("--jobserver-auth=fifo:/f -j2 --jobserver-auth=5,6 -j9"));
	OK(!flags.fifo.p);
	EQ(flags.in, 5);
	EQ(flags.jobs, 9);
}

static void variables_are_no_options(void)
{
	OK(!read_flags("k -- --jobserver-auth=3,4"));
	OK(!read_flags("-- A=--jobserver-auth=3,4"));
	OK(!read_flags("A=x\\ --jobserver-auth=3,4"));
}

static void what_is_not_a_jobserver_is_none(void)
{
	static const char *const none[] = { "",
		                            "k",
		                            "-j",
		                            "-j4",
		                            "--jobserver-auth",
		                            "--jobserver-auth=",
		                            "--jobserver-auth=3",
		                            "--jobserver-auth=3,",
		                            "--jobserver-auth=,4",
		                            "--jobserver-auth=3,4x",
		                            "--jobserver-auth=fifo:",
		                            "--jobserver-auth=99999999999,4" };

	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		if (!OK(!read_flags(none[i])))
			printf("# '%s'\n", none[i]);
}

static void strip(const char *text, const char *rest)
{
	struct buf out = { 0 };

	makeflags_strip(slice_of(text), &out);
	SAME(buf_slice(&out), rest);
	buf_free(&out);
}

static void stripping_leaves_everything_else_as_it_was(void)
{
	strip("ks -j3 --jobserver-auth=3,4 -Iinc -- A=1\\ 2 B=-j3", "ks -Iinc -- A=1\\ 2 B=-j3");
	strip(" -j3 --jobserver-fds=3,4", "");
	strip("-j --jobserver-auth=fifo:/x", "-j");
	strip("k  --no-print-directory ", "k  --no-print-directory ");
	strip("", "");
	strip("-- -j4", "-- -j4");
}

int main(void)
{
	RUN(a_pipe_is_two_descriptors);
	RUN(a_pipe_that_make_has_closed_is_negative);
	RUN(a_fifo_is_a_path);
	RUN(the_last_of_several_counts);
	RUN(variables_are_no_options);
	RUN(what_is_not_a_jobserver_is_none);
	RUN(stripping_leaves_everything_else_as_it_was);
	return t_done();
}
