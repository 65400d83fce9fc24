/* retry_budget.h - how many retries a whole stream may have, so that an outage does not
 * become a storm: first attempts bring a part of a retry each, time brings some, and a
 * retry takes one. What is saved up is bounded.
 *
 * Pure and exact: integers only. Time that goes back counts as none. */
#ifndef MESHQ_RETRY_BUDGET_H
#define MESHQ_RETRY_BUDGET_H

#include "core/policy.h"

__extension__ typedef unsigned __int128 retry_sum;

enum {
	RETRY_BUDGET_LEAST = 10,      /* retries that can be saved up, at least, ... */
	RETRY_BUDGET_SECONDS = 10,    /* ... or what the floor brings in this time */
	RETRY_BUDGET_PARTS = 1000000, /* the ratio is kept in parts of a million */
};

struct retry_budget {
	retry_sum level; /* PARTS times `per` make one retry */
	instant latest;
};

/* Full. */
void retry_budget_init(struct retry_budget *b, const struct retry_budget_policy *p, instant now);

/* An action has been started for the first time. */
void retry_budget_earn(struct retry_budget *b, const struct retry_budget_policy *p, instant now);

/* Pays for a retry. False: there is not enough. Without a policy everybody may. */
bool retry_budget_take(struct retry_budget *b, const struct retry_budget_policy *p, instant now);

#endif
