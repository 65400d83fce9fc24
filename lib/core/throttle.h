/* throttle.h - how much may be started on a machine that has other work, too.
 *
 * Samples of the machine go in, a limit of running handlers comes out. Pure: whoever
 * calls reads the files and the clock.
 *
 * Load. The load average follows what runs slowly, over a minute, so that starting
 * until it shows would start far too much. What is compared is therefore the average,
 * plus what runs of ours now, less what the average has of ours already: an average of
 * the same length that is kept here.
 *
 * Memory and pressure. What a handler takes shows only after it was started, so the
 * limit feels its way: from one handler it doubles with each sample at which it is used
 * up, until something is exceeded. Then nothing is started; after that it is half of
 * what ran, and grows by one. */
#ifndef MESHQ_THROTTLE_H
#define MESHQ_THROTTLE_H

#include "base/tick.h"

enum throttle_resource {
	THROTTLE_CPU,
	THROTTLE_MEMORY,
	THROTTLE_IO,
	THROTTLE_RESOURCES,
};

/* 0 is no limit. */
struct throttle_policy {
	double max_load;
	uint64_t min_free;                       /* bytes */
	double min_free_share;                   /* of all memory, up to 1 */
	double max_pressure[THROTTLE_RESOURCES]; /* percent of the last ten seconds */
};

struct throttle_sample {
	double load;
	uint64_t free;
	double free_share;
	double pressure[THROTTLE_RESOURCES];
};

enum throttle_cause {
	THROTTLE_NOT, /* something may be started */
	THROTTLE_LOAD,
	THROTTLE_FREE,
	THROTTLE_FREE_SHARE,
	THROTTLE_PRESSURE, /* + resource */
};

struct throttle {
	double ours;     /* the part of the load average that our handlers are */
	instant counted; /* until when it has been kept */
	bool begun;
	uint32_t window; /* what memory and pressure allow; 0: nothing has been allowed yet */
	bool careful;    /* it grows by one: something has been exceeded before */
	unsigned cause;  /* why the last limit was 0: enum throttle_cause */
	double measured; /* what was exceeded: load, bytes, share or percent */
};

/* Any of them is set. */
bool throttle_is_limit(const struct throttle_policy *p);

/* So many handlers of ours have run since the last call, or begin to. */
void throttle_count(struct throttle *t, uint32_t running, instant now);

/* How many may run from now on; 0: nothing may be started, and cause says why.
 * Behind throttle_count. */
uint32_t throttle_limit(struct throttle *t, const struct throttle_policy *p,
                        const struct throttle_sample *s, uint32_t running);

#endif
