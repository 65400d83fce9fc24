/* control.h - records whose kind starts with "meshq.": they steer the tools and
 * travel in the same stream as the actions. */
#ifndef MESHQ_CONTROL_H
#define MESHQ_CONTROL_H

#include "codec/record.h"
#include "core/relay.h"
#include "core/watermark.h"

enum control_type {
	CONTROL_NONE,  /* not a control record */
	CONTROL_HOLD,  /* meshq.hold: `until` */
	CONTROL_DEPTH, /* meshq.depth: `depth` */
	CONTROL_TICK,  /* meshq.tick */
	CONTROL_OTHER, /* any other: nobody's here, passed on */
};

struct control {
	enum control_type type;
	instant until; /* the least instant when until_ms is null or absent: open */
	uint64_t depth;
};

/* The paths that control records need, as numbers of the reader. */
struct control_paths {
	uint32_t until;
	uint32_t depth;
};

struct control_paths control_paths(struct record_reader *r);

/* True: *c is what the record says, CONTROL_NONE for an action. False: a member
 * is wrong; *at is where in the line and *what says what was expected. */
bool control_read(const struct control_paths *paths, const struct record *r, struct control *c,
                  const char **at, const char **what);

/* ---- meshq.backpressure: what daemons are told ---- */

/* The paths that it needs, for who acts on it; everybody else passes it on as it is. */
struct control_pressure_paths {
	uint32_t state;
	uint32_t level;
};

struct control_pressure_paths control_pressure_paths(struct record_reader *r);

/* Of a record of the kind meshq.backpressure. An asserted one that names no level has 1: nothing
 * says that less will do. False: as control_read. */
bool control_read_pressure(const struct control_pressure_paths *paths, const struct record *r,
                           struct pressure *p, const char **at, const char **what);

/* Appends the level as a line of its own: more than 0 while asserted, 0 when released. A level
 * below 0.01 is 0.01 there, or nobody could tell the two apart. */
void control_add_level(struct pressure p, struct buf *out);

/* ---- what is written ---- */

/* "asserted", also when only the level has moved, or "released". */
const char *control_state(enum edge edge);

/* Appends a meshq.backpressure record with its newline. */
void control_add_edge(enum edge edge, uint64_t depth, double level, instant now, struct buf *out);

/* The same for a handler that stays, as a line that it does not answer. */
void control_add_handler_edge(enum edge edge, double level, struct buf *out);

#endif
