/* daemon_event.h - the meshq.daemon record: what has happened to a supervised daemon. */
#ifndef MESHQ_DAEMON_EVENT_H
#define MESHQ_DAEMON_EVENT_H

#include "codec/hold.h"
#include "core/supervisor.h"

struct daemon_event {
	slice name; /* the daemon's, as JSON */
	enum supervisor_event event;
	int64_t pid;               /* 0: not told */
	struct supervised_end end; /* EXITED, CRASHED, STOPPED */
	span ran;                  /* the same */
	const char *reason;        /* NULL: none but what the end of a CRASHED says */
	instant at;
};

/* False: `path`, which names the member of the daemon, is that of another member of ours. */
bool daemon_event_may_use(const char *path, struct err *e);

/* Appends the record with its newline; `k` says how the daemon is named, as in hold records. */
void daemon_event_add(const struct hold_key *k, const struct daemon_event *event, struct buf *out);

/* "started", "given_up" */
const char *daemon_event_name(enum supervisor_event event);

#endif
