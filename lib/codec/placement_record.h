/* placement_record.h - the records that a plan reads (node, slot, group) and writes (place_slot,
 * meshq.unplaced).
 *
 * A name is a JSON string that is not empty, or a whole number of 64 bits; "7" and 7 are two. In
 * core/placement it is its JSON text, spelt in one way, and so it is written. */
#ifndef MESHQ_PLACEMENT_RECORD_H
#define MESHQ_PLACEMENT_RECORD_H

#include "codec/told.h"
#include "core/placement.h"

/* The members, as numbers of the reader, and the names of the record at hand. */
struct placement_record {
	uint32_t node, healthy, zone, group, slot, role, term;
	struct buf names[3];
	struct buf scratch;
};

void placement_record_init(struct placement_record *p, struct record_reader *r);
void placement_record_free(struct placement_record *p);

enum placement_told {
	PLACEMENT_OTHER, /* it tells nothing of a cluster */
	PLACEMENT_NEWS,
	PLACEMENT_BAD, /* it would, but for what `bad` says; nothing has changed */
};

/* Tells `world` of what a record says. */
enum placement_told placement_record_read(struct placement_record *p, const struct record *r,
                                          struct placement *world, struct told_bad *bad);

/* Appends what a pass made of a slot, with its newline. */
void placement_record_add(const struct placed *s, instant at, struct buf *out);

#endif
