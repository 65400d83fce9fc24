/* ledger.h - the last N failures of any number of runs, and what is not there.
 *
 * Every failure has a number in its run, from 1 without holes. The ledger keeps
 * the numbers it is told and gives the next one to failures that have none, so
 * it can say exactly what it has lost: gaps are told, never passed over (D-22).
 * Pure; the caller sees to it that one process at a time changes a shared one. */
#ifndef MESHQ_LEDGER_H
#define MESHQ_LEDGER_H

#include "codec/failure.h"

struct ledger;

/* `own` names the run of failures that do not name theirs; copied. */
struct ledger *ledger_new(uint32_t room, slice own);
void ledger_free(struct ledger *l);

/* What came of adding one. */
struct ledger_news {
	bool known;              /* it had been added before: nothing has changed */
	bool missed;             /* `gap` has opened before it */
	struct gap gap;          /* its epoch holds as long as the ledger */
	struct failure *evicted; /* the caller's now: the oldest, or when known, itself */
};

/* Takes the failure, numbers it, and makes its epoch a slice of the ledger's. A
 * number that was seen is known; so is a record without a number (of a chain)
 * when the ledger already has as many failures of that run up to that time. */
struct ledger_news ledger_add(struct ledger *l, struct failure *f);

/* Takes over a gap that somebody else has found. */
void ledger_add_gap(struct ledger *l, const struct gap *g);

/* An item of the account, in order: gaps stand before what follows them. */
struct ledger_item {
	const struct failure *failure; /* NULL: a gap */
	struct gap gap;
	uint32_t epoch; /* runs by age: later ones have higher numbers */
};

/* Everything, as an array that the caller frees; it borrows from the ledger. */
struct ledger_item *ledger_list(struct ledger *l, uint32_t *count);

/* The number of the run called `name`, as in ledger_item.epoch. */
bool ledger_epoch(const struct ledger *l, slice name, uint32_t *number);

slice ledger_own(const struct ledger *l);

/* ---- for ledger_file.c ---- */

/* Puts back what was listed before, without asking whether it is known; what
 * does not fit any more is evicted and freed. */
void ledger_restore(struct ledger *l, struct failure *f);
void ledger_restore_gap(struct ledger *l, const struct gap *g);

/* `l` goes on where `old` was: what this process has counted itself. */
void ledger_inherit(struct ledger *l, const struct ledger *old);

#endif
