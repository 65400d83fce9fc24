/* daemon_status.h - the meshq.status record: how a supervised daemon is at the moment, for the
 * status file of a supervisor and those who read it. */
#ifndef MESHQ_DAEMON_STATUS_H
#define MESHQ_DAEMON_STATUS_H

#include "base/buf.h"
#include "base/err.h"
#include "core/supervisor.h"

struct daemon_status {
	slice name; /* the daemon's, as JSON */
	enum supervised_state state;
	enum supervised_rest rest; /* DOWN */
	bool wanted;               /* it is to run */
	int64_t pid;               /* 0: it does not run */
	instant since;             /* of the state */
	enum backoff_state hold;   /* of its tracker ... */
	instant until;             /* ... when it is held */
	uint64_t starts;
	uint64_t crashes;
	bool ended; /* `last` is set */
	struct supervised_end last;
	uint64_t commands; /* taken for it so far */
};

/* What the supervisor and the tracker (NULL: there is none yet) know of it; pid and commands are
 * left to the caller. */
struct daemon_status daemon_status_of(const struct supervised *s, const struct backoff *tracker);

/* Appends the record with its newline. */
void daemon_status_add(const struct daemon_status *s, struct buf *out);

struct daemon_status_reader;
struct daemon_status_reader *daemon_status_reader_new(void);
void daemon_status_reader_free(struct daemon_status_reader *r);

/* The line needs the slack of json.h; the name is a slice of it. False: it is no such record. */
bool daemon_status_read(const struct daemon_status_reader *r, slice line, struct daemon_status *s,
                        struct err *e);

/* It is as it should be: it is up, or nobody wants it to run and it has come to rest without a
 * fault. */
bool daemon_status_good(const struct daemon_status *s);

/* "up", "starting", "waiting", "stopping"; of one that is down why it is: "done". */
const char *daemon_status_word(const struct daemon_status *s);

/* Appends a table for people. The names, which need the slack of json.h, are decoded. */
void daemon_status_table(const struct daemon_status *list, uint32_t count, instant now,
                         struct buf *out);

#endif
