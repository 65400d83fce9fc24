/* stream.h - the actions of a scenario as lines of JSON, in the order of their time.
 *
 * Each stream has a generator of its own for its arrivals and one for each field, by
 * number, so that one more of them, or another policy, changes nothing about what the
 * others bring. */
#ifndef MESHQ_STREAM_H
#define MESHQ_STREAM_H

#include "sim/field.h"
#include "sim/process.h"

struct stream {
	char *name; /* for people; may be NULL */
	char *kind;
	struct process process;
	span expires; /* from the arrival; 0: never */
	struct field *fields;
	uint32_t field_count;
};

void stream_free(struct stream *s);

/* All streams of a scenario at once; borrows them. */
struct streams;

struct streams *streams_new(const struct stream *list, uint32_t count, uint64_t seed,
                            instant start);
void streams_free(struct streams *s);

/* When the next action arrives, by (time, number of the stream); INSTANT_NEVER: no
 * more come. */
instant streams_due(const struct streams *s);

/* Appends that action as one line without a newline, and goes on to the next. It has
 * the members "kind", then the fields, then "at_ms" and, if it expires, "expires_ms". */
void streams_take(struct streams *s, struct buf *line);

#endif
