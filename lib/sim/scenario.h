/* scenario.h - what is simulated besides the policy, as plain values: who arrives, how
 * handlers behave, and what happens at which time. codec/scenario.c fills it from YAML.
 *
 * All times are spans from the start of the run. */
#ifndef MESHQ_SCENARIO_H
#define MESHQ_SCENARIO_H

#include "sim/handler_model.h"
#include "sim/stream.h"

enum happening_type {
	HAPPENING_CRASH,   /* a daemon crashes: its tracker decides on a hold */
	HAPPENING_START,   /* a daemon is started: the same tracker is told */
	HAPPENING_HOLD,    /* a hold, for `lasts` */
	HAPPENING_RELEASE, /* its end */
	HAPPENING_JOBS,    /* from now on so many handlers at once */
	HAPPENING_STOP,    /* as TERM does: nothing more is started */
};

struct happening {
	enum happening_type type;
	span at;        /* the first time */
	span every;     /* the distance of the others */
	uint64_t times; /* how often in all, at least 1 */
	char *daemon;   /* CRASH, START: its name */
	char *members;  /* HOLD, RELEASE: what the record says, as JSON: "daemon":"a" */
	span lasts;     /* HOLD; SPAN_MAX: for ever */
	uint32_t jobs;  /* JOBS */
};

/* A file of action records that arrive at their at_ms. */
struct recording {
	char *path;
};

struct scenario {
	char *preset; /* what the configuration starts from; NULL: the scenario does not say */
	uint64_t seed;
	span until; /* what is left then is unfinished; SPAN_MAX: until idle */
	char *by;   /* the member whose values `fairness` compares; NULL: kind */
	struct stream *streams;
	uint32_t stream_count;
	struct recording *recordings;
	uint32_t recording_count;
	struct handler_model *handlers; /* the one without a kind may be among them */
	uint32_t handler_count;
	struct happening *happenings;
	uint32_t happening_count;
	char **expect; /* expectations, see expect.h */
	uint32_t expect_count;
};

void scenario_free(struct scenario *s);

/* The model of a kind, or the one for all others; NULL: it succeeds at once. */
const struct handler_model *scenario_handler(const struct scenario *s, slice kind);

#endif
