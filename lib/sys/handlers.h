/* handlers.h - the children that run now, each on behalf of an owner.
 *
 * Owners are pointers that mean something to the caller (an action, a hook) and
 * are different from each other. A limit in real time is for children whose end
 * nobody else watches: TERM when it has passed, KILL `kill_after` later. */
#ifndef MESHQ_HANDLERS_H
#define MESHQ_HANDLERS_H

#include "base/tick.h"
#include "sys/child.h"

#include <poll.h>

struct handler {
	struct child child;
	void *owner;
	int64_t deadline; /* CLOCK_MONOTONIC ns at which the limit strikes; INT64_MAX: never */
	bool overdue;     /* the limit has struck */
	bool ending;      /* handlers_end_all has told it to */
	bool told;        /* to end: what is left of its group goes with it */
	bool ended;
	int status; /* wait(2)'s, once ended */
};

struct handlers {
	struct handler **list; /* in the order of starting */
	uint32_t count;
	uint32_t room;
	span kill_after;
	bool whole; /* what is left of its group goes with each of them */
};

/* Frees the memory; kills what still runs. */
void handlers_free(struct handlers *h);

/* Starts one; limit 0 is none. As child_start. */
bool handlers_start(struct handlers *h, void *owner, const struct child_command *command,
                    size_t capture, span limit, int *code, struct err *e);

/* Sends a signal to the group of the owner's child, if it runs. */
void handlers_signal(struct handlers *h, const void *owner, int signal);
void handlers_signal_all(struct handlers *h, int signal);

/* TERM, and KILL `kill_after` later; or KILL now. No limit has struck then. */
void handlers_end_all(struct handlers *h, bool now);

/* The owner's child, if it runs, ends within this time at the latest. */
void handlers_limit(struct handlers *h, const void *owner, span limit);

/* How many descriptors handlers_watch fills in: three a child. */
uint32_t handlers_watched(const struct handlers *h);
void handlers_watch(const struct handlers *h, struct pollfd *fds);

/* After poll: reads, reaps, and enforces the limits. Same fds, nothing started since. */
void handlers_serve(struct handlers *h, const struct pollfd *fds);

/* Takes a child that has ended out of the list, the oldest first; with
 * `in_order` only when it is the oldest of all. The caller frees it with
 * handlers_release. NULL: none. */
struct handler *handlers_take(struct handlers *h, bool in_order);
void handlers_release(struct handler *r);

/* How long until the next limit: negative when it has passed, SPAN_MAX when there
 * is none. */
span handlers_wait(const struct handlers *h);

#endif
