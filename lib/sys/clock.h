/* clock.h - where time comes from.
 *
 * Real: the wall clock once at the start, and CLOCK_BOOTTIME from there on, so
 * instants are comparable with at_ms in records, never step back, and count
 * suspended time (D-30). It ticks in whole milliseconds, as records do: at_ms is
 * an integer that a shell can compute with. Record: the latest at_ms that was
 * shown to it. */
#ifndef MESHQ_CLOCK_H
#define MESHQ_CLOCK_H

#include "base/tick.h"

struct clock {
	bool record;
	instant latest; /* record: now. real: wall time at the start */
	int64_t start;  /* real: CLOCK_BOOTTIME at the start, ns */
};

void clock_start(struct clock *c, bool record);
instant clock_now(const struct clock *c);

/* CLOCK_MONOTONIC in nanoseconds: for what processes are given in real time, whatever the
 * clock of the records is. A suspended machine gives them no time. */
int64_t clock_monotonic(void);

/* Record clock: time is `t` now, unless it is later already. Real: nothing. */
void clock_show(struct clock *c, instant t);

#endif
