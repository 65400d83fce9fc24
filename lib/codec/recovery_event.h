/* recovery_event.h - what happens to recovery handlers, as records. */
#ifndef MESHQ_RECOVERY_EVENT_H
#define MESHQ_RECOVERY_EVENT_H

#include "base/buf.h"
#include "core/recovery.h"

enum recovery_event_kind {
	RECOVERY_EVENT_REGISTERED,
	RECOVERY_EVENT_REMOVED,
	RECOVERY_EVENT_STRUCK,
	RECOVERY_EVENT_EVICTED,
	RECOVERY_EVENT_READMITTED,
};

/* How a run has ended; all but `exit` may be zero. */
struct recovery_event_end {
	int exit;       /* or -1 */
	int signal;     /* that killed it */
	bool timed_out; /* it was ended because its time was over */
	slice reason;   /* in words */
};

/* Appends a meshq.handler record with its newline. `end`: NULL: the event is not the end of a
 * run. */
void recovery_event_add(enum recovery_event_kind kind, const struct recovery_handler *h,
                        const struct recovery_event_end *end, instant at, struct buf *out);

/* Appends what is known of a handler as an object with its newline, for `list`. */
void recovery_event_add_state(const struct recovery_handler *h, instant now, struct buf *out);

/* What came of some passes. */
struct recovery_event_stats {
	uint64_t passes;
	uint64_t runs;
	uint64_t probes;
	uint64_t recovered;
	uint64_t struck; /* those that evict are not among them */
	uint64_t evicted;
	uint64_t skipped; /* by what their probe has said */
	uint64_t held;    /* passed over, because they wait after a strike */
};

/* Appends the meshq.stats record with its newline. */
void recovery_event_add_stats(const struct recovery_event_stats *s, instant at, struct buf *out);

#endif
