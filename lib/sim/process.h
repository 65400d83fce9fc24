/* process.h - when the actions of one stream arrive.
 *
 * Even and Poisson arrivals have a rate that may change in a straight line from
 * `rate` at the beginning to `ramp_to` at the end, and any process may be on and off
 * in turns. Both are done by a change of time: the nth arrival is where the integral
 * of the rate over the time that was on reaches n (even), or the sum of n exponential
 * numbers (Poisson; Lewis and Shedler, "Simulation of nonhomogeneous Poisson
 * processes", 1979, gives the reasons). Bursts and the line of a ramp, too, go by the
 * time that is on. Nothing arrives at the very end of an `on`: that is `off`. */
#ifndef MESHQ_PROCESS_H
#define MESHQ_PROCESS_H

#include "base/rng.h"
#include "base/tick.h"

enum process_type {
	PROCESS_EVEN,    /* the same distance each time; the first at the beginning */
	PROCESS_POISSON, /* independent of each other */
	PROCESS_BURST,   /* `size` at once, at the beginning and then every `every` */
};

struct process {
	enum process_type type;
	double rate;    /* EVEN, POISSON: a second; above 0 */
	double ramp_to; /* the rate at the end, which is finite then; as `rate`: no ramp; 0 is right
	                 */
	uint64_t size;  /* BURST: at least 1 */
	span every;     /* BURST: 0: only once */
	span on, off;   /* in turns, `on` first; `off` 0: always on */
	span from;      /* the beginning, from the start of the run */
	span until;     /* nothing arrives at or after it; SPAN_MAX: no end */
	uint64_t count; /* how many arrive at most; 0: no limit */
};

/* Where a process stands. Zeroed but for the generator, it is at the beginning. */
struct process_state {
	struct rng rng;
	uint64_t arrived; /* so far */
	double integral;  /* of the rate, up to the last arrival */
	span last;        /* arrival */
};

/* The time of the next arrival, from the start of the run; false: there is none. */
bool process_next(const struct process *p, struct process_state *s, span *at);

#endif
