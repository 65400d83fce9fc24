/* spool_fold.h - from the entries of a spool to what stands at their end.
 *
 * Also the way back: what stands is written as the shortest spool that says it. The
 * rules are asked for nothing: what was admitted is reserved again as it was, what has
 * failed gives back, under the policy that the gate has now. */
#ifndef MESHQ_SPOOL_FOLD_H
#define MESHQ_SPOOL_FOLD_H

#include "codec/identity.h"
#include "codec/spool.h"

/* How an action stands. */
struct spool_live {
	uint64_t number;
	slice record; /* of the text, with its white space */
	instant arrived;
	uint32_t attempts, defers;
	span ran;
	instant start; /* of its handler, while it is started */
	instant due;   /* waiting for a time */
	bool waits;    /* since its last start, for `due` or, in_line, for a rule */
	bool in_line;
	bool started;  /* its handler ran when the log ended */
	bool reserved; /* and the gate has something of its */
	bool over;
};

/* A line that could not be used. */
struct spool_damage {
	uint64_t line; /* from 1 */
	slice text;
	size_t at; /* offset in it */
	char what[120];
};

struct spool_fold {
	/* Set by the caller, borrowed. */
	const struct policy *policy;
	struct gate *gate; /* takes what was reserved and held; NULL: that is not wanted, and
	                    * we have written the records of actions ourselves */
	struct record_reader *reader;
	const struct record_keys *keys; /* with the seed of the header */
	struct identity who;            /* of the reader */

	/* What comes of it. */
	struct spool_header header;
	struct spool_live *live; /* by number */
	size_t count, room;
	instant latest;        /* time that an entry tells of */
	uint64_t accepted;     /* actions ever */
	uint64_t last;         /* the greatest number */
	bool exact;            /* the numbers are 1, 2, 3 .. count, and no line was in vain */
	bool torn;             /* the last line lacks its end, which is normal after a kill */
	uint64_t strange;      /* marks of rules that the policy has no more, or otherwise */
	char strange_rule[64]; /* the first of them */
	struct spool_damage *damage;
	size_t damage_count, damage_room;
};

/* The header alone, for its seed. False: e says why this is no spool; an empty text is
 * one, with a zeroed header. */
bool spool_fold_header(slice text, struct spool_header *h, struct json_error *e);

/* Folds the text, which must stay, has JSON_SLACK readable bytes behind it, and a header
 * that spool_fold_header has read. What is damaged is noted and left out. */
void spool_fold(struct spool_fold *f, slice text);
void spool_fold_free(struct spool_fold *f);

/* Appends a spool that says how all stands; what is over at `now` is left out. The actions
 * keep their numbers, or get 1, 2, 3 and so on. The gate
 * is the one that all of them have been to. */
void spool_fold_write(const struct spool_fold *f, struct hash_seed seed, const struct gate *gate,
                      instant now, bool renumber, struct buf *out);

#endif
