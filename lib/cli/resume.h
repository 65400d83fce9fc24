/* resume.h - what need not be done again, because a chain says that it was done.
 *
 * An action is known by its identity and its content. What a chain calls dispatched last
 * is done; what failed, was gated, expired or was left unfinished is not. */
#ifndef MESHQ_RESUME_H
#define MESHQ_RESUME_H

#include "cli/input.h"
#include "codec/identity.h"
#include "core/done.h"

struct resume {
	/* Set by the caller. */
	struct opt_list files; /* chains, in the order in which they were written */
	const char *begun;     /* the chain of this run, which need not be there; or NULL */

	struct cli *cli;
	struct done done;
	uint64_t others;  /* actions of which something else is done under the same name */
	uint64_t asked;   /* actions */
	uint64_t skipped; /* of these */
};

/* Reads the chains. Damaged lines are told, the first of each file, and left out. False: a
 * file cannot be read, or is no chain. */
bool resume_open(struct resume *r, struct cli *cli, struct err *e);

/* An action that is in the work already is as good as done. */
void resume_knows(struct resume *r, const struct identity *who, const struct record *record);

/* The action is done; if something else is done under its name, that is told. `in` is
 * where the record is from, or NULL. */
bool resume_skips(struct resume *r, const struct identity *who, const struct record *record,
                  const struct input *in);

/* Tells what came of it. */
void resume_close(struct resume *r);

#endif
