/* outlet.h - what goes out, and in which order.
 *
 * There are two ways out: records (outcomes, and what travels with them), and what handlers
 * write, which is passed on as it is. Usually both go as they come. In order, what is of an
 * action, or came beside it, waits until everything of those that came before has gone.
 *
 * What waits is in memory, and in a temporary file when it is much. The caller should bring
 * no new actions while much is held. */
#ifndef MESHQ_OUTLET_H
#define MESHQ_OUTLET_H

#include "core/order.h"
#include "sys/out.h"
#include "sys/stock.h"

/* What waits. */
struct outlet_place {
	struct stock records;
	struct stock passed;
	struct stock beside; /* records that come behind those of the action */
	uint64_t counted;    /* its share of outlet.held */
};

struct outlet {
	/* Set by the caller. */
	struct out *records; /* NULL: nobody wants them */
	struct out *passed;  /* NULL: nobody wants it */
	bool ordered;
	bool whole; /* what a handler writes goes when its end is known, not as it comes */

	struct order order;      /* held: struct outlet_place, or NULL; places are arrivals */
	struct outlet_place all; /* what goes next when it is not ordered */
	struct spill spill;
	uint64_t held; /* bytes that wait */
	bool failed;   /* some of them are lost: both ways out have failed, too */
	struct err error;
};

/* Where a record of the action that arrived as that number is to be appended; then comes
 * outlet_recorded. 0: it is of none, and about now. NULL: nobody wants it. */
struct buf *outlet_record(struct outlet *o, uint64_t arrival);
void outlet_recorded(struct outlet *o, uint64_t arrival);

/* Records that came in behind that action, and are none of its. */
void outlet_beside(struct outlet *o, uint64_t arrival, slice records);

/* What the handler of that action has written, whole lines with their ends. The stock, which
 * shares the spill, is empty then. */
void outlet_pass(struct outlet *o, uint64_t arrival, slice lines);
void outlet_pass_stock(struct outlet *o, uint64_t arrival, struct stock *lines);

/* More of it would have to wait for the reader: its handler had better wait, too. */
bool outlet_is_clogged(struct outlet *o, uint64_t arrival);

/* The end of its handler is known. */
void outlet_step(struct outlet *o, uint64_t arrival);

/* And nothing more of that action will come. */
void outlet_over(struct outlet *o, uint64_t arrival);

/* All that was told of the action, when nothing more of it will come, has been appended to the
 * ways out. */
bool outlet_has_let_go(const struct outlet *o, uint64_t arrival);

/* Lets some of what has waited go, a block at most. False: there was nothing. */
bool outlet_more(struct outlet *o);

/* Lets all of it go, waiting for the readers. */
void outlet_flush(struct outlet *o);

/* Something has been lost; e says what. For those who share the spill. */
void outlet_fail(struct outlet *o, const struct err *e);

/* False: something that waited was lost, and e says why. The ways out stay the caller's. */
bool outlet_close(struct outlet *o, struct err *e);

#endif
