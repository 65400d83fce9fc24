/* failure_draft.h - a failure in the making: the strings it has so far, one behind the other. */
#ifndef MESHQ_FAILURE_DRAFT_H
#define MESHQ_FAILURE_DRAFT_H

#include "base/buf.h"
#include "codec/failure.h"

enum failure_part {
	FAILURE_SOURCE,
	FAILURE_ID,
	FAILURE_KIND,
	FAILURE_STATUS,
	FAILURE_REASON,
	FAILURE_LAST,
	FAILURE_ACTION,
	FAILURE_EPOCH,
};
enum { FAILURE_PARTS = FAILURE_EPOCH + 1 };

struct failure_draft {
	struct buf text;
	size_t begin[FAILURE_PARTS]; /* where in the text each of them is */
	size_t size[FAILURE_PARTS];
};

void failure_draft_free(struct failure_draft *d);

/* Nothing is there yet. */
void failure_draft_begin(struct failure_draft *d);

void failure_draft_put(struct failure_draft *d, enum failure_part part, slice text);

/* What was appended to the text behind `start` is the part. */
void failure_draft_mark(struct failure_draft *d, enum failure_part part, size_t start);

/* The failure that says all this, in one allocation; the caller's. */
struct failure *failure_draft_finish(const struct failure_draft *d);

#endif
