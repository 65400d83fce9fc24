/* pacer.h - meshq-admit --hold-back: deferred actions are kept until their time,
 * then let out.
 *
 * It is the executor's engine and driver with a dispatch that only writes the
 * line, so waiting here and waiting in meshq-exec are the same thing. */
#ifndef MESHQ_PACER_H
#define MESHQ_PACER_H

#include "cli/input.h"
#include "core/engine.h"
#include "sys/loop.h"

struct pacer {
	/* Set by the caller. */
	struct input *input;
	struct record_reader *reader;
	struct gate *gate;
	struct clock *clock;
	struct out *out;
	/* Deals with a record: events for actions go to pacer_feed. */
	void (*take)(void *user, struct record *r, instant now);
	/* Says a decision: appends ",\"admission\":{...}" to the output. */
	void (*decided)(void *user, const struct verdict *v, instant now);
	void *user;

	struct policy policy; /* the caller's, with a budget that never ends */
	struct engine *engine;
	struct loop loop;
	struct record record;
	bool found;
	uint64_t held; /* bytes of lines that are kept */
};

/* `policy` and what it points to must outlive the pacer. */
bool pacer_open(struct pacer *p, const struct policy *policy, struct err *e);

/* Runs until the input is over and everything kept is out, or a signal stops it:
 * returns that signal, or 0. */
int pacer_run(struct pacer *p);
void pacer_close(struct pacer *p);

/* From `take`: an action whose output line is `line`, with the admission to be
 * spliced in at `splice`. Copies the line; keys are those of the class. */
void pacer_keep(struct pacer *p, const struct gate_class *class, const struct key *keys,
                uint64_t owner, slice line, size_t splice, instant now);

/* From `take`: a reservation is given back, a hold is set. */
void pacer_undo(struct pacer *p, const struct gate_class *class, const struct key *keys,
                uint64_t owner, instant now);
void pacer_hold(struct pacer *p, uint32_t rule, struct key k, instant until, instant now);

#endif
