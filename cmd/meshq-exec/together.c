/* together.c - options that do not go together, told before anything is opened. */
#include "exec.h"

#include <string.h>
#include <sys/stat.h>

struct named {
	const char *option;
	const char *path; /* NULL: not given */
};

static bool is_same(const char *a, const char *b)
{
	struct stat file, other;

	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &file) == 0 && stat(b, &other) == 0 && file.st_dev == other.st_dev &&
	       file.st_ino == other.st_ino;
}

/* A file that is replaced as a whole would take with it what others write there. */
static bool are_apart(const struct named *whole, const struct named *other, struct err *e)
{
	if (!whole->path || !other->path || !is_same(whole->path, other->path))
		return true;
	return err_set(e, STATUS_NO_CREATE, "%s: %s is the file of %s as well", whole->option,
	               whole->path, other->option);
}

static bool settle_files(const struct exec *x, struct err *e)
{
	const struct named files[] = {
		{ "--metrics", x->metrics.path }, { "--spool", x->spool.path },
		{ "--chain", x->report.chain },   { "--failures", x->report.failures },
		{ "--outcomes", x->outcomes },    { "--rejects", x->cli.rejects },
	};
	size_t count = sizeof files / sizeof files[0];

	for (size_t i = 0; i < 2; i++)
		for (size_t j = i + 1; j < count; j++)
			if (!are_apart(&files[i], &files[j], e))
				return false;
	return true;
}

bool exec_settle_together(const struct exec *x, struct err *e)
{
	bool no_outcomes = x->pass && !x->outcomes;

	if (x->output && no_outcomes)
		return err_set(e, STATUS_USAGE,
		               "--output: with --pass it is for the file of --outcomes");
	if (x->report.trace && no_outcomes)
		return err_set(e, STATUS_USAGE,
		               "--trace: with --pass it is for the file of --outcomes");
	if (x->report.sync && !x->report.chain && !x->report.failures && !x->spool.path)
		return err_set(e, STATUS_USAGE,
		               "--sync: it is for --chain, --failures and --spool");
	return settle_files(x, e);
}
