#include "cli/make.h"

#include "base/mem.h"
#include "codec/makeflags.h"

#include <stdlib.h>

static bool offered(struct makeflags *flags)
{
	const char *text = getenv("MAKEFLAGS");

	return text && makeflags_read(slice_of(text), flags);
}

static bool open_offered(const struct makeflags *flags, struct jobserver *j, struct err *e)
{
	if (flags->pipe)
		return jobserver_open(j, flags->in, flags->out, e);
	char *path = mem_text(flags->fifo.p, flags->fifo.n);
	bool good = jobserver_open_fifo(j, path, e);

	free(path);
	return good;
}

bool make_join(const struct cli *c, struct jobserver *j, uint32_t *jobs)
{
	struct makeflags flags;
	struct err e;

	if (!offered(&flags))
		return false;
	if (!open_offered(&flags, j, &e)) {
		cli_detail(c, "the jobserver of make cannot be used: %s", e.text);
		return false;
	}
	if (*jobs == 0)
		*jobs = flags.jobs < JOBSERVER_MOST ? flags.jobs : JOBSERVER_MOST;
	cli_detail(c, "handlers run with the tokens of make's jobserver");
	return true;
}

static void tidy(const char *name)
{
	const char *text = getenv(name);
	struct buf rest = { 0 };

	if (!text)
		return;
	makeflags_strip(slice_of(text), &rest);
	setenv(name, buf_text(&rest), 1);
	buf_free(&rest);
}

/* MFLAGS is the same without variables, for makefiles of old. */
void make_tidy_environment(void)
{
	struct makeflags flags;

	if (!offered(&flags) || !flags.pipe)
		return;
	tidy("MAKEFLAGS");
	tidy("MFLAGS");
}
