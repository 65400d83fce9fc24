/* governor.h - how much may run at once while the executor runs: -j FILE, --max-load,
 * --min-free, --max-pressure, and the tokens of GNU make's jobserver.
 *
 * Files are looked at once a second at most, and only while somebody could be started.
 * With none to start there is nothing to be woken for: then nothing may be started
 * (EVENT_LIMIT 0) until somebody wants to, and that is when the next look is. */
#ifndef MESHQ_GOVERNOR_H
#define MESHQ_GOVERNOR_H

#include "cli/cli.h"
#include "cli/jobs_file.h"
#include "core/engine.h"
#include "core/throttle.h"
#include "sys/clock.h"
#include "sys/jobserver.h"
#include "sys/machine.h"

#include <sys/resource.h>

struct governor {
	/* Set by the caller before governor_open. */
	const struct cli *cli;
	struct engine *engine;
	struct pools *pools; /* NULL: there is one pool */
	const struct machine *machine;
	const struct throttle_policy *limits;
	struct jobs_file *file;      /* NULL: -j has none */
	struct jobserver *jobserver; /* NULL: there is none */
	bool watched;                /* somebody reads what changes, and why */
	struct rlimit *files;        /* of children, as child_room says; NULL: nobody asks */

	struct throttle throttle;
	struct clock clock;  /* real */
	instant due;         /* for the next look at files */
	uint32_t allowed;    /* what the limits said then */
	uint32_t limit;      /* what the engine has been told */
	bool news;           /* the engine has been told of more jobs */
	bool wanting;        /* somebody could be started if there were a token */
	bool closed;         /* a limit is exceeded */
	bool told;           /* and that has been told */
	instant told_at;     /* it is not told again before */
	uint32_t complaints; /* of what cannot be read any more */
};

/* Whether what the limits need can be read. */
bool governor_open(struct governor *g, struct err *e);

/* Before the driver waits. `now` is the driver's. Returns how long it may. */
span governor_look(struct governor *g, instant now);

/* The same, at an instant of the real clock. */
span governor_look_at(struct governor *g, instant now, instant real);

/* A descriptor that is to be watched for input while the driver waits, which does not
 * read it; or -1. */
int governor_fd(const struct governor *g);

/* Why nothing is started now, appended as text: "the load is 5.2, and --max-load is 4". False:
 * no limit is exceeded. */
bool governor_why(const struct governor *g, struct buf *out);

#endif
