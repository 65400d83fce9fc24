/* runners.h - all the runners of a loop as one, and the ends of dispatches that must wait for
 * those before them. */
#ifndef MESHQ_RUNNERS_H
#define MESHQ_RUNNERS_H

#include "sys/runner.h"

struct runners_end;

struct runners {
	struct runner **list; /* borrowed */
	uint32_t count;
	struct runners_end *ends; /* in the order in which they were kept */
	uint32_t end_count;
	uint32_t end_room;
};

void runners_free(struct runners *rs);
void runners_add(struct runners *rs, struct runner *r);

/* What struct runner_ops has, of all of them. */
uint32_t runners_watched(const struct runners *rs);
void runners_watch(const struct runners *rs, struct pollfd *fds);
void runners_serve(const struct runners *rs, const struct pollfd *fds);
span runners_wait(const struct runners *rs);
void runners_rest(const struct runners *rs);
void runners_tell(const struct runners *rs, const struct action *a, int signal);
void runners_turn(const struct runners *rs, const struct action *a);
void runners_taken(const struct runners *rs, struct action *a);
bool runners_all_end(const struct runners *rs, bool hurry);

/* Keeps the end of a dispatch. Takes the result's strings. */
void runners_keep(struct runners *rs, struct action *a, const struct result *result);

/* Takes out the end of this action, or of any with NULL; false: it is not there. */
bool runners_next(struct runners *rs, struct action **a, struct result *result);

#endif
