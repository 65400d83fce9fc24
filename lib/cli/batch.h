/* batch.h - some actions that one process handles together, and what it says of each.
 *
 * The process has their lines on its stdin and prints a line for each of them, in any
 * order (codec/batch_line.h). A reply counts at once, whatever becomes of the process
 * after it. Those without one share its end; it is no success for them when it was told to
 * end before, or when it printed what may have been their reply and could not be read. */
#ifndef MESHQ_BATCH_H
#define MESHQ_BATCH_H

#include "base/cut.h"
#include "codec/batch_line.h"
#include "sys/handlers.h"
#include "sys/runner.h"

struct batch;

/* An action from its dispatch on. */
struct batch_mate {
	struct action *action;
	struct key id;
	size_t size;         /* of its line */
	struct batch *batch; /* NULL: it is gathered */
	uint32_t number;     /* in its batch */
	bool told;           /* its time is over */
};

/* What is told once, of all batches of a program. */
enum batch_fault {
	BATCH_FAULT_NOBODY, /* a reply for an id that is not of its batch */
	BATCH_FAULT_AGAIN,  /* a second reply */
	BATCH_FAULT_BROKEN, /* one that cannot be read */
	BATCH_FAULT_LONG,   /* one that is too long to be read */
	BATCH_FAULTS,
};

/* What batches of a program have in common. */
struct batch_hall {
	struct loop *loop;
	struct batch_reader *reader;
	size_t most; /* bytes of a line */
	/* `what` is the id or the line. */
	void (*fault)(void *user, enum batch_fault fault, slice what);
	void *user;
};

struct batch {
	/* The owner's. */
	struct batch *next;
	span limit;   /* of its process in real time, for a replay */
	int told;     /* the last signal sent to it, or 0 */
	bool lingers; /* it has been given a limit to end, for it has replied to all */

	/* Its own. */
	const struct batch_hall *hall;
	struct child_watcher watcher; /* for its process */
	struct batch_ids *ids;
	struct batch_mate **mates; /* NULL: the engine knows of the end of this one */
	uint32_t count;
	uint32_t unanswered;
	uint32_t left; /* mates that are there */
	bool *answered;
	bool ended;        /* its process */
	const char *doubt; /* why its end is no success for those without a reply */
	struct cut out;
	struct buf common; /* what it has said of all without a reply */
	struct buf last;   /* a replay: the reply to the last one, kept until the process ends */
	uint32_t last_number;
};

/* Of `count` mates, which it owns from here on. */
struct batch *batch_new(const struct batch_hall *hall, struct batch_mate **mates, uint32_t count);
void batch_free(struct batch *b);

/* Its process has started: its actions begin. */
void batch_begin(struct batch *b);

/* Its process could not be started. */
void batch_fail(struct batch *b, int code, const char *why);

/* Its process has ended: every action that has no reply gets its end. */
void batch_end(struct batch *b, const struct handler *h);

/* The engine has been told of the end of the mate, which is gone then. */
void batch_taken(struct batch *b, struct batch_mate *m);

/* Its process has ended, and the engine knows all. */
bool batch_over(const struct batch *b);

#endif
