/* json.h - a strict JSON scanner that finds members by path and builds no tree.
 *
 * RFC 8259 grammar, valid UTF-8 (no surrogates, no overlong forms), escapes and
 * surrogate pairs checked, numbers in JSON's form, nesting at most
 * JSON_MAX_DEPTH, no recursion. A member that the plan looks for must not occur
 * twice; others may. Names spelt with escapes are decoded before they are
 * compared. Values are found as slices of the text: nothing is converted, so
 * number text and order survive.
 *
 * The text must be followed by JSON_SLACK readable bytes of any content; the
 * line reader provides them, and json_text copies a slice that lacks them. */
#ifndef MESHQ_JSON_H
#define MESHQ_JSON_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/slice.h"
#include "base/tick.h"

enum {
	JSON_MAX_DEPTH = 512,
	JSON_SLACK = 32,
};

/* Which members to look for. Made once, used for every line. */
struct json_plan;

struct json_plan *json_plan_new(void);
void json_plan_free(struct json_plan *plan);

/* Looks for "a.b.c" (object members only; inside a name "\." is a dot and "\\" a
 * backslash) and returns its number, which indexes what is found; adding a path
 * again returns the same number. The members on the way, a and a.b, are looked
 * for as well and have numbers of their own: were one repeated, it would be
 * unclear whose c is meant. */
uint32_t json_plan_add(struct json_plan *plan, const char *path);

/* Takes the first name off *path, up to a dot or the end, "\." and "\\" decoded.
 * There are eight zero bytes behind it. */
void json_path_take(const char **path, struct buf *name);

/* How many numbers there are. */
uint32_t json_plan_size(const struct json_plan *plan);

/* A member that was found. text.p is NULL when it is absent. */
struct json_found {
	slice text;       /* the value as written */
	const char *name; /* the opening quote of the member's name */
};

struct json_error {
	size_t at;      /* offset of the offending byte, from 0 */
	char what[120]; /* "expected ':' after member name" */
};

/* Checks that `text` is one JSON object with nothing but white space around it
 * and fills found[0 .. json_plan_size - 1]. False: e says where and what. */
bool json_scan(const struct json_plan *plan, slice text, struct json_found *found,
               struct json_error *e);

/* Checks any JSON value. */
bool json_check(slice text, struct json_error *e);

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/* The helpers below take a value that a scan has accepted. */

enum json_type json_type(slice value);

/* The characters of a string value: a slice of the value when it has no escape,
 * else decoded into `scratch` (cleared first), which then owns them. */
slice json_string(slice value, struct buf *scratch);

/* The value is a whole number that fits; written without fraction or exponent. */
bool json_u64(slice value, uint64_t *out);
bool json_i64(slice value, int64_t *out);

/* A number of milliseconds, with up to six decimals, without exponent, as
 * nanoseconds; one beyond 63 bits saturates. */
bool json_ms(slice value, int64_t *ns);

/* A fingerprint of the value, not of its spelling: strings decoded, numbers by
 * magnitude (1 = 1.0 = 10e-1), objects regardless of member order. An absent
 * value (p NULL) has a fingerprint of its own. No recursion. */
struct key json_fingerprint(struct hash_seed seed, slice value);

/* The same of an object without these members, each as it was found in it, or absent. */
struct key json_fingerprint_without(struct hash_seed seed, slice object,
                                    const struct json_found *members, uint32_t count);

/* How many objects and arrays are open at once in a value. */
size_t json_depth(slice value);

/* The next member of an object: *at is NULL at first, then where to go on. The name is
 * a JSON string. False: there is no other. */
bool json_next_member(slice object, const char **at, slice *name, slice *value);

/* Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8
 * become U+FFFD, so that what a handler prints can always be reported. */
void json_add_string(struct buf *b, slice text);

/* Copies text into b (cleared first) with the slack behind it. */
slice json_text(struct buf *b, slice text);

#endif
