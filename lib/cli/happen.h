/* happen.h - what happens in a scenario beside its arrivals, as events of the engine:
 * daemons crash, holds begin and end, slots come and go.
 *
 * Crashes and starts go through the same trackers as in meshq-backoff, and all holds
 * reach the engine as the records that meshq-backoff would print. */
#ifndef MESHQ_HAPPEN_H
#define MESHQ_HAPPEN_H

#include "cli/intake.h"
#include "codec/hold.h"
#include "core/backoff_set.h"
#include "sim/scenario.h"

/* A happening and how far it has come. */
struct appointment {
	const struct happening *what;
	instant due;
	uint64_t left;
};

struct happen {
	/* Set by the caller. */
	const struct policy *policy;
	const struct scenario *scenario;
	struct gate *gate;
	instant start;
	uint64_t seed; /* of jitter */

	struct appointment *appointments;
	struct backoff_set daemons;
	struct hold_key hold_key;
	struct intake intake; /* of our own records */
	struct buf line;
	instant at; /* of the last happening */
};

/* `keys` is the seed of the other intake's keys, so that they are equal. */
bool happen_open(struct happen *h, struct hash_seed keys, struct err *e);
void happen_close(struct happen *h);

/* The next event, by time and then as the scenario lists them; false: no more. */
bool happen_next(struct happen *h, struct event *event);

#endif
