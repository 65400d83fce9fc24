/* state_file.h - a text of state, line by line, for those who read what they have kept: NDJSON,
 * with a header {"meshq":KIND,"v":N,...}. Whatever is not understood is refused with its line. */
#ifndef MESHQ_STATE_FILE_H
#define MESHQ_STATE_FILE_H

#include "base/err.h"
#include "codec/json.h"

enum { STATE_FILE_MOST = 16 };

/* The first two members of every such file. */
enum { STATE_FILE_KIND, STATE_FILE_VERSION, STATE_FILE_FIRST };

struct state_file {
	const char *const *names; /* of the members, by number: "meshq", "v", ...; borrowed */
	const char *path;         /* for messages; borrowed */
	struct err *e;            /* where messages go; borrowed */
	struct json_plan *plan;
	struct json_found found[STATE_FILE_MOST]; /* of the line read last */
	slice rest;                               /* what has not been read */
	size_t line;
};

/* `text` has JSON_SLACK readable bytes behind it; at most STATE_FILE_MOST names. */
void state_file_open(struct state_file *f, const char *const *names, int count, const char *path,
                     slice text, struct err *e);
void state_file_close(struct state_file *f);

/* The next line; false: refused, it is no JSON object, or there is none. */
bool state_file_next(struct state_file *f);

/* The same for the header: it is of this kind, "backoff-state", and of this version. `tool` is who
 * writes such files, for the message. */
bool state_file_header(struct state_file *f, const char *kind, int version, const char *tool);

/* The member is this string. */
bool state_file_is(const struct state_file *f, int member, const char *text);

/* Refuses the line; returns false. */
bool state_file_refuse(const struct state_file *f, const char *what);
/* "expected NAME to be EXPECTED" */
bool state_file_wrong(const struct state_file *f, int member, const char *expected);

#endif
