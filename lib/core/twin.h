/* twin.h - twins: actions that ask for the same thing, of which one is enough.
 *
 * The first of them leads, and the others wait for what becomes of it. That it was done is
 * remembered for a time; twins that come meanwhile need not wait. Memory is that of the
 * leaders, of those who wait, and of what was done within that time: what is older goes
 * with the next growth, O(1) amortised. */
#ifndef MESHQ_TWIN_H
#define MESHQ_TWIN_H

#include "base/hash.h"
#include "core/heap.h"
#include "core/table.h"

struct twins {
	struct table known;
	span keep; /* how long what was done is remembered */
};

enum twin_news {
	TWIN_NEWS_NONE,  /* nobody leads, nothing is remembered */
	TWIN_NEWS_AHEAD, /* one leads */
	TWIN_NEWS_DONE,  /* it was done less than `keep` ago */
};

void twins_init(struct twins *t, span keep);
void twins_free(struct twins *t);

enum twin_news twins_ask(const struct twins *t, struct key k, instant now);

/* The caller leads from now on; when there is no news of its key. */
void twins_lead(struct twins *t, struct key k, instant now);

/* Waits for the one who leads, or waits no longer. */
void twins_join(struct twins *t, struct key k, struct timer *twin, uint64_t arrival);
void twins_quit(struct twins *t, struct key k, struct timer *twin);

/* The one who leads is done. Its name is for those who join it; owned, may be NULL. */
void twins_done(struct twins *t, struct key k, char *name, instant now);
const char *twins_name(const struct twins *t, struct key k);

/* Takes out the first of those who wait; NULL: nobody does. */
struct timer *twins_next(struct twins *t, struct key k);

/* Who led has ended otherwise, and nobody waits. */
void twins_forget(struct twins *t, struct key k);

#endif
