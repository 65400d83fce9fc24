/* failure_groups.h - how many failures there are of each kind, reason, source or status. */
#ifndef MESHQ_FAILURE_GROUPS_H
#define MESHQ_FAILURE_GROUPS_H

#include "codec/failure.h"
#include "core/table.h"

enum failure_by {
	BY_NOTHING,
	BY_KIND,
	BY_REASON, /* numbers of milliseconds in it do not tell reasons apart */
	BY_SOURCE,
	BY_STATUS,
};

struct failure_groups {
	enum failure_by by;
	struct table table;
	uint64_t others; /* failures that came when there were too many groups */
};

void failure_groups_init(struct failure_groups *g, enum failure_by by);
void failure_groups_free(struct failure_groups *g);
void failure_groups_add(struct failure_groups *g, const struct failure *f);

/* Appends the counts, greatest first: as records, or as columns. */
void failure_groups_write(const struct failure_groups *g, bool as_table, struct buf *out);

#endif
