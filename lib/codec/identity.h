/* identity.h - who an action is, and what it is apart from that.
 *
 * Who: its `id`, or another member that the user has named. What: its content, a
 * fingerprint of all its members but those that say who it is, when it was emitted, until
 * when it may run, and what became of it. It has a fixed seed, so chains of different runs
 * and machines agree, and is equal for equal values however they are spelt. */
#ifndef MESHQ_IDENTITY_H
#define MESHQ_IDENTITY_H

#include "codec/record.h"
#include "codec/told.h"

enum { IDENTITY_PATHS = 6 };

/* Of one reader. */
struct identity {
	const char *path;                 /* borrowed; NULL: `id` */
	uint32_t numbers[IDENTITY_PATHS]; /* of the members that are no content */
};

/* Adds the paths to the reader. */
struct identity identity_new(struct record_reader *r, const char *path);

/* With a path: the identity of the record becomes the value of that member, as it were its
 * `id`. False: the record lacks it, or it is neither an unsigned 64-bit integer nor a
 * string; *bad says so. */
bool identity_take(const struct identity *i, struct record *r, struct told_bad *bad);

/* A fingerprint of that identity, different for 7 and "7". */
struct key identity_key(const struct record *r);

struct key identity_content(const struct identity *i, const struct record *r);

/* The same with a seed of the caller's, for what nobody else is to tell in advance. */
struct key identity_content_seeded(const struct identity *i, const struct record *r,
                                   struct hash_seed own);

/* Appends a content as 32 hexadecimal digits, and reads it. */
void identity_write(struct key content, struct buf *out);
bool identity_read(slice value, struct key *content);

#endif
