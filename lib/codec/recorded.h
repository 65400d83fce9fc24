/* recorded.h - what meshq-exec has recorded, as work that can be done again.
 *
 * From action chains, from outcomes, or from both. The records of an action are put
 * together by run, id, kind and emission; one that was left unfinished goes on when a
 * later run takes it up. An action that both a chain and an outcome tell of is there
 * twice: nothing says that it is the same.
 *
 * Chains and outcomes with --trace tell of every attempt. Other outcomes tell of all
 * attempts together: each then took as long, and all but the last were retried.
 *
 * Memory: an action costs 80 bytes, its line, and 48 bytes for each attempt that was
 * told of (twice that while the lists grow); one that has not ended yet 60 more. */
#ifndef MESHQ_RECORDED_H
#define MESHQ_RECORDED_H

#include "codec/told.h"
#include "core/engine.h"

struct recorded_action {
	instant emitted; /* at_ms; else when it was read */
	instant arrived; /* when it was read */
	instant handled; /* when rules were first asked about it, or its handler was started */
	instant ended;   /* or the last time that anything was told of it */
	uint64_t number; /* of its arrival in the run; else its id, or 0 */
	uint64_t line;   /* these two: see recorded_line */
	uint32_t line_size;
	uint32_t epoch;  /* of the run: a number */
	uint32_t kind;   /* see recorded_kind */
	uint32_t tries;  /* the first of its attempts + 1; 0: it never ran */
	uint32_t defers; /* waits for rules */
	uint32_t order;  /* of its first record */
	uint16_t pool;   /* whose slots its handler took; up to RECORDED_POOLS */
	uint8_t status;  /* enum outcome; UNFINISHED too when its end was not told */
	bool complete;   /* its end was told */
	bool refused;    /* the first time that it was handled */
	bool numbered;   /* the arrival was told */
};

/* Pools besides that of processes of their own, pool 0. */
enum { RECORDED_POOLS = 1000 };

struct recorded_counts {
	uint64_t incomplete; /* actions whose end was not told */
	uint64_t guessed;    /* attempts of which only the time of all together was told */
	uint64_t cut;        /* attempts that a stop has cut short */
	uint64_t others;     /* records that tell nothing of an action */
	uint64_t asserts;    /* edges of back-pressure, which outcomes bring along */
	uint64_t releases;
	uint64_t changes; /* of the jobs of a pool */
	uint32_t jobs;    /* of pool 0, the most that were allowed at once; 0: nothing tells */
	uint32_t pools;   /* the highest number of one */
};

struct recorded;

/* Adds the paths to the reader, and lets it accept records without a kind. Borrows the
 * policy, which says which rules are holds; NULL: none is. */
struct recorded *recorded_new(struct record_reader *r, const struct policy *policy);
void recorded_free(struct recorded *s);

/* Takes one record. False: it cannot be used, *bad says why. */
bool recorded_take(struct recorded *s, const struct record *r, struct told_bad *bad);

/* After the last record: puts the actions in order. Nothing below may be asked before. */
void recorded_finish(struct recorded *s);

/* In the order of their emission, then of their arrival. Outcomes do not tell the order
 * of what arrived at one instant: it is guessed from when they were handled. */
const struct recorded_action *recorded_actions(const struct recorded *s, uint32_t *count);

struct recorded_counts recorded_counts(const struct recorded *s);

/* The action again, as a record without an outcome: one line, with JSON_SLACK behind. */
slice recorded_line(const struct recorded *s, const struct recorded_action *a);

/* The name of a kind. */
slice recorded_kind(const struct recorded *s, uint32_t kind);

/* The most jobs that the pool had; 0: nothing tells. */
uint32_t recorded_pool_jobs(const struct recorded *s, uint32_t pool);

/* ---- doing it again ---- */

/* How the attempt `number` (1, 2, 3 ...) of an action goes: fills the result as the
 * handler would, and returns how long it takes. Behind the last attempt that was
 * recorded the last one is repeated. An action that never ran succeeds after one of
 * the times that its kind has taken, always the same one; so does one that was cut
 * short, but not sooner than that. */
span recorded_attempt(const struct recorded *s, const struct recorded_action *a, uint32_t number,
                      struct result *result);

/* The random number that the wait behind that attempt was drawn with. False: it is not
 * told. */
bool recorded_draw(const struct recorded *s, const struct recorded_action *a, uint32_t number,
                   uint64_t *draw);

/* TERM comes for that attempt, as in struct sim_model. One that ended at its limit ends
 * as it did then, but at once: how long it took over that was not told. One that had to
 * be killed goes on. */
bool recorded_term(const struct recorded *s, const struct recorded_action *a, uint32_t number,
                   struct result *result);

/* All recorded run times of a kind (p NULL: of all kinds) for an empirical distribution;
 * the caller's, released with free(3). */
span *recorded_durations(const struct recorded *s, slice kind, uint32_t *count);

#endif
