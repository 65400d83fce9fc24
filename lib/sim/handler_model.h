/* handler_model.h - how the handlers of one kind behave: how long, with what end,
 * when they are out of order, and how they slow each other down. */
#ifndef MESHQ_HANDLER_MODEL_H
#define MESHQ_HANDLER_MODEL_H

#include "core/engine.h"
#include "sim/dist.h"

enum fate {
	FATE_OK,
	FATE_RETRY, /* exit 75 */
	FATE_FAIL,  /* exit 1 */
	FATE_CRASH, /* killed by SEGV */
	FATE_HANG,  /* until it is told to end */
};

enum { FATES = FATE_HANG + 1 };

/* From `from` up to, not including, `until` (from the start of the run), a part of the
 * attempts ends in another way than it would have. */
struct outage {
	span from;
	span until;
	double error_rate; /* 0 .. 1 */
	enum fate fate;    /* not OK */
};

struct handler_model {
	char *kind; /* NULL: of every kind that has no model of its own */
	struct dist duration;
	/* The chain file whose run times are to become duration.samples, which is for the
	 * caller of scenario_read to do; NULL: none. Owned. */
	char *empirical;
	double odds[FATES]; /* probabilities, with the sum 1 */
	bool has_hint;
	struct dist retry_after; /* what a RETRY asks for, with has_hint */
	struct outage *outages;  /* owned; the first that applies counts */
	uint32_t outage_count;
	/* With n running at once, more than this, one that starts takes n / capacity times
	 * as long; n is what runs when it starts, itself included. 0: no limit. */
	double capacity;
};

void handler_model_free(struct handler_model *m);

/* Which attempt this is: all that its luck depends on, so that the nth attempt of the
 * same action takes as long under any policy (common random numbers). */
struct attempt {
	uint64_t seed;    /* of the run */
	uint64_t action;  /* its arrival number */
	uint32_t number;  /* 1, 2, 3 ... */
	span at;          /* from the start of the run */
	uint32_t running; /* of this kind, itself included */
};

/* Fills the result and returns how long it takes, SPAN_MAX when it hangs. There is no
 * reason in it: like a handler that prints nothing, it leaves the words ("exit status
 * 75", "killed by SIGSEGV") to codec/outcome. */
span handler_model_run(const struct handler_model *m, const struct attempt *a,
                       struct result *result);

#endif
