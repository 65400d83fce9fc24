/* spool.h - the file of --spool: what was accepted and has not come out yet outlives the
 * process.
 *
 * The order of things: an action is in the file (with `sync`: on the disk) before its
 * handler starts; that it has ended is written there only when its outcome has really been
 * written to the output, and to the chain and the failures before that. So whenever the
 * process is killed, an accepted action is in the file, or its outcome is out; and it runs
 * twice only when the kill came between the two.
 *
 * Everything is collected, and goes into the file with one write: before a handler starts,
 * before the loop waits, and when much has come together. With `sync` the disk is waited
 * for before a handler starts whose action was accepted since the last time, and a tenth
 * of a second after an accept at the latest: many actions share it. */
#ifndef MESHQ_CLI_SPOOL_H
#define MESHQ_CLI_SPOOL_H

#include "cli/intake.h"
#include "cli/outlet.h"
#include "codec/spool_fold.h"
#include "core/table.h"
#include "sys/clock.h"
#include "sys/journal.h"

struct spool_out;

struct spool {
	/* Set by the caller, borrowed. */
	const char *path; /* NULL: there is none, and nothing below does anything */
	bool sync;
	struct cli *cli;
	struct gate *gate;
	struct intake *intake;
	const struct outlet *outlet; /* where outcomes go */
	const instant *now;          /* of the loop */

	uint64_t kept; /* actions that are left in it */
	bool failed;   /* nothing more is accepted: stop */

	/* Its own business: */
	int lock;
	struct journal journal;
	struct hash_seed seed;
	struct buf text;         /* the file as it was found */
	struct buf pending;      /* entries but for ends */
	struct buf ends;         /* entries of ends */
	struct action **waiting; /* those of earlier runs that are not taken up yet */
	size_t next, count;      /* of them */
	struct table held;       /* outcomes that wait for their turn, by number */
	uint64_t gone;           /* numbers up to this were looked for there */
	struct spool_out *told;  /* outcomes on their way out, oldest first: a ring */
	size_t told_first, told_count, told_room;
	uint64_t last;   /* accepted; by arrival */
	uint64_t safe;   /* in the file, as far as `sync` asks for */
	instant sync_at; /* at the latest, while something is not */
	struct clock clock;
	off_t limit; /* compacted when the file is longer */
	int status;
};

/* Takes the lock and reads the file, which is made when there is none; the gate and the
 * intake, opened with s->seed, come after it. STATUS_DEFERRED: another process has it. */
bool spool_open(struct spool *s, struct err *e);

/* What was left there stands as it stood: reservations and holds at the gate, actions for
 * spool_next, the numbers of those without an id. `clock` is shown the latest time. Damage
 * is told, and kept in PATH.damaged. */
bool spool_restore(struct spool *s, struct clock *clock, struct err *e);

/* An action of an earlier run, to be fed before all others; NULL: there is no other. It
 * does not go through spool_accept. */
bool spool_has_next(const struct spool *s);
struct action *spool_next(struct spool *s);

/* The action, or the hold, has just been fed. */
void spool_accept(struct spool *s, const struct action *a);
void spool_hold(struct spool *s, const struct event *held);

/* Before a handler starts. False: it must not, and e says why; s->failed. `later`: others may
 * be given to it at once, and spool_commit comes before it learns of any of them. */
bool spool_start(struct spool *s, struct action *a, bool later, struct err *e);
void spool_commit(struct spool *s);

/* EFFECT_STEP. */
void spool_step(struct spool *s, const struct effect *f);

/* EFFECT_OUTCOME. True: it is unfinished and stays in the file, and is not to be told. */
bool spool_keeps(struct spool *s, const struct effect *f);

/* The outcome of the action has been appended to the output. */
void spool_told(struct spool *s, const struct effect *f);

/* Before the loop waits. The time until it has to be called again. */
span spool_look(struct spool *s);

/* After the output was written, or has failed. Returns the status. */
int spool_close(struct spool *s);

#endif
