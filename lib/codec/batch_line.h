/* batch_line.h - the lines that the process of a batch prints: for which of its actions
 * each is.
 *
 * An object with an `id` replies to the action of that id: equal values are equal,
 * however they are spelt, but 1 is not "1". An object with `meshq` and without id speaks
 * for all that get no reply of their own. What does not begin as an object is not for us. */
#ifndef MESHQ_BATCH_LINE_H
#define MESHQ_BATCH_LINE_H

#include "codec/json.h"

enum batch_line {
	BATCH_LINE_NONE,
	BATCH_LINE_REPLY,
	BATCH_LINE_COMMON,
	BATCH_LINE_BROKEN, /* begins as an object, and cannot be understood */
};

struct batch_reader;

struct batch_reader *batch_reader_new(struct hash_seed seed);
void batch_reader_free(struct batch_reader *r);

/* Takes white space off the begin of *line. REPLY: *id is the fingerprint of the id, *shown
 * the id as it stands there. */
enum batch_line batch_line_read(struct batch_reader *r, slice *line, struct key *id, slice *shown);

/* The same fingerprint of the id of an action. */
struct key batch_line_id(struct batch_reader *r, slice record);

/* ---- whose reply it is ---- */

/* The actions of a batch by their ids, which need not be different: the first with an id
 * that has no reply yet gets the next one. */
struct batch_ids;

/* For `count` actions. */
struct batch_ids *batch_ids_new(uint32_t count);
void batch_ids_free(struct batch_ids *ids);

/* The next action has this id; they have the numbers 0, 1, 2 ... */
void batch_ids_add(struct batch_ids *ids, struct key id);

enum batch_whose {
	BATCH_WHOSE_FOUND,
	BATCH_WHOSE_AGAIN, /* all with this id have a reply already */
	BATCH_WHOSE_NOBODY,
};

/* FOUND: *number is whose it is, and has a reply from now on. */
enum batch_whose batch_ids_take(struct batch_ids *ids, struct key id, uint32_t *number);

#endif
