/* record.h - one line: an action, an outcome, an event or a control record.
 *
 * A record is read without copying it and written by copying its bytes and
 * appending members of ours, so order, unknown members and number text survive.
 */
#ifndef MESHQ_RECORD_H
#define MESHQ_RECORD_H

#include "codec/json.h"
#include "core/gate.h"

enum record_id {
	RECORD_ID_NONE,
	RECORD_ID_NUMBER,
	RECORD_ID_STRING,
};

/* Members that record_write can leave out. */
enum record_member {
	RECORD_ID = 1U << 0,
	RECORD_ADMISSION = 1U << 1,
	RECORD_OUTCOME = 1U << 2,
};

struct record {
	slice line; /* as read, without the line end */
	slice kind; /* decoded */
	enum record_id id_type;
	uint64_t id;
	struct json_found id_member;
	bool has_at;
	instant at;      /* at_ms */
	instant expires; /* expires_ms; INSTANT_NEVER when absent */
	struct json_found admission;
	struct json_found outcome;
	const struct json_found *found; /* the paths added to the reader, by number */
};

/* Reads lines one after the other; a record is valid until the next read. */
struct record_reader;

struct record_reader *record_reader_new(void);
void record_reader_free(struct record_reader *r);

/* Also looks for `path`; its number indexes record.found. */
uint32_t record_reader_add(struct record_reader *r, const char *path);

/* From now on a record without a kind is no error: its kind is empty, p NULL. */
void record_reader_accept_kindless(struct record_reader *r);

/* False: e->at is the offset of the bad byte. The line needs JSON_SLACK readable
 * bytes behind it. Interpreted members must have their types: kind a string,
 * id an unsigned 64-bit integer or a string, at_ms and expires_ms numbers of
 * milliseconds, admission and outcome objects. */
bool record_read(struct record_reader *r, slice line, struct record *out, struct json_error *e);

/* The brace that ends an accepted line: where a member that it lacks would be. */
const char *record_end(slice line);

/* Starts the line anew in `out`: all of it but the members in `without` (flags
 * of enum record_member) and the closing brace. The caller appends
 * `,"name":value` as often as it likes and ends with record_close, which adds
 * the brace, what followed it, and a newline. */
void record_open(const struct record *r, unsigned without, struct buf *out);
void record_close(const struct record *r, struct buf *out);

/* Between the two: gives a record that has no id the number `n`, in the line and
 * in *r. */
void record_number(struct record *r, uint64_t n, struct buf *out);

/* ---- keys of rules ---- */

/* Which member paths make the key of each rule. */
struct record_keys;

/* Adds the paths of all rules to the reader. Borrows policy and reader. */
struct record_keys *record_keys_new(const struct policy *policy, struct record_reader *r,
                                    struct hash_seed seed);
void record_keys_free(struct record_keys *k);

/* Fills keys[i] with the key of class->rules[i]. */
void record_keys_of(const struct record_keys *k, const struct gate_class *class,
                    const struct record *r, struct key *keys);

/* The key of one rule; false when the record lacks a member of it (a hold
 * record then does not concern the rule). */
bool record_key_of(const struct record_keys *k, uint32_t rule, const struct record *r,
                   struct key *key);

/* The key of executor.serialize; false: the record has none of its members, or it has
 * none. */
bool record_lane(const struct record_keys *k, const struct record *r, struct key *key);

/* The key of executor.dedupe, where it names members; false: the record has none of them,
 * or the policy names none. */
bool record_twin(const struct record_keys *k, const struct record *r, struct key *key);

/* The hold rules that a hold record concerns, one a call: the first at or after
 * *rule whose members the record has. False: no more; start with 0 and go on
 * with *rule + 1. */
bool record_next_hold(const struct record_keys *k, const struct record *r, uint32_t *rule,
                      struct key *key);

/* A fingerprint of the id, equal for equal ids: the owner of reservations. */
uint64_t record_owner(const struct record_keys *k, const struct record *r);

#endif
