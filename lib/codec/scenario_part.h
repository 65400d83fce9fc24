/* scenario_part.h - what the readers of a scenario's parts share.
 *
 * A mapping is described by a form: a table of its members and, where it needs exactly
 * one of several, which ones those are. */
#ifndef MESHQ_SCENARIO_PART_H
#define MESHQ_SCENARIO_PART_H

#include "codec/config_walk.h"
#include "sim/scenario.h"

struct scenario_reader {
	struct config_walk walk;
	struct scenario *out;
	slice folder;  /* of the scenario, with the last slash */
	uint64_t cost; /* of what was read: aliases may make much of little */
	uint64_t keys; /* of all zipf fields */
};

struct scenario_member;

typedef bool scenario_value(struct scenario_reader *r, const struct scenario_member *m, void *at,
                            const struct config_node *key, const struct config_node *value);

struct scenario_member {
	/* Its name is setting.path, its place setting.offset; simple values need no more. */
	struct setting setting;
	scenario_value *read; /* all others: into `at`; `key` is where to refuse them */
	unsigned with;        /* flags, 1U << index of the alternatives it goes with; 0: any */
	bool required;
	bool section; /* nothing after the colon is as if it were not there */
};

enum { SCENARIO_MEMBERS = 16 };

struct scenario_form {
	const char *what;                      /* "a stream" */
	const struct scenario_member *members; /* ended by one without a path */
	int first, last;                       /* the alternatives; both 0: none */
};

/* What a mapping had. */
struct scenario_given {
	const struct config_node *key[SCENARIO_MEMBERS]; /* NULL: not given */
	int chosen;                                      /* alternative */
};

/* Members are read in the order of the table, after all names have been checked. */
bool scenario_read_form(struct scenario_reader *r, const struct scenario_form *form, void *base,
                        const struct config_node *at, const struct config_node *map,
                        struct scenario_given *given);

/* A list of at most `most` items; nothing at all is an empty one. */
bool scenario_expect_list(struct scenario_reader *r, const struct config_node *key,
                          const struct config_node *list, uint32_t most, const char *what);

/* Reads its items one after the other, into what `base` points to. */
typedef bool scenario_item(struct scenario_reader *r, void *base, const struct config_node *item);
bool scenario_each(struct scenario_reader *r, const struct config_node *list, scenario_item *read,
                   void *base);

/* Counts what is read; false: refused, because aliases have made it too much. */
bool scenario_spend(struct scenario_reader *r, const struct config_node *at, uint64_t cost);

/* ---- values: scenario_value.c ---- */

scenario_value scenario_read_rate;     /* double, a second: "100/s" */
scenario_value scenario_read_ramp;     /* the same, or 0 */
scenario_value scenario_read_part;     /* double from 0 to 1: "0.02", "2%" */
scenario_value scenario_read_positive; /* double above 0, up to setting.most_real */
scenario_value scenario_read_seed;     /* uint64_t, all of them */
scenario_value scenario_read_path;     /* char *: a file, from the scenario's folder */

/* A whole number of at most 2^53 - 1, with a sign, so that sums with it fit. */
bool scenario_read_whole(struct scenario_reader *r, int64_t *out, const struct config_node *key,
                         const struct config_node *value);

/* Exactly two of something: "[1, 40]". */
bool scenario_expect_pair(struct scenario_reader *r, const struct config_node *key,
                          const struct config_node *value, const char *what);

/* The value as JSON: plain text that is a number, true, false or null is that, every
 * other text is a string. */
bool scenario_add_json(struct scenario_reader *r, const struct config_node *value, struct buf *out);

/* ---- parts ---- */

/* A distribution of durations. With `file` it may be one, whose path goes there. */
bool scenario_read_dist(struct scenario_reader *r, struct dist *d, char **file,
                        const struct config_node *key, const struct config_node *value);

scenario_value scenario_read_fields;   /* struct stream */
scenario_value scenario_read_arrivals; /* struct scenario */
scenario_value scenario_read_handlers; /* struct scenario */
scenario_value scenario_read_events;   /* struct scenario */

#endif
