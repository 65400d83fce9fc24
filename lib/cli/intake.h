/* intake.h - from input records to the engine's events.
 *
 * An action is taken with its line: completed by an id when it has none (its number, or
 * the value of the member that says who it is), without the outcome when it comes back as
 * unfinished. The line stays with the action,
 * compactly, until intake_drop. Records that are nobody's here, those with a
 * final outcome among them, are passed on as they are. */
#ifndef MESHQ_INTAKE_H
#define MESHQ_INTAKE_H

#include "cli/input.h"
#include "cli/pools.h"
#include "cli/resume.h"
#include "codec/admission.h"
#include "codec/control.h"
#include "core/engine.h"

struct intake {
	/* Set by the caller. */
	const struct policy *policy;
	struct gate *gate;
	struct out *out;       /* what is passed on; NULL: nobody wants it */
	struct input *input;   /* where the record is from; NULL: made by ourselves */
	struct pools *pools;   /* whose slots an action takes; NULL: there is one pool */
	size_t extra;          /* bytes that the caller keeps with every action */
	struct resume *resume; /* what need not be done again; NULL: everything is new */
	const char *identity;  /* path of the member that says who an action is; NULL: `id` */

	bool abridged; /* the lines are of a chain, and have not all members */
	struct record_reader *reader;
	struct record_keys *keys;
	struct hash_seed seed;
	struct control_paths control_paths;
	struct identity who;
	uint32_t status, attempts, defers, due; /* paths in the outcome */
	struct admission_reader *admission;

	/* For intake_recall, while a record that was found is in the other reader. */
	struct record_reader *second_reader;
	struct record_keys *second_keys;
	struct identity second_who;

	struct record record; /* the one that was found */
	bool found;           /* it has not been dealt with */
	uint32_t next_rule;   /* a hold record: the rules before this one know of it */
	struct buf line;      /* the line of an action, being made */
	struct buf shown;     /* the line of an action, with slack */
	struct buf text;      /* a decoded string */

	uint64_t held;     /* bytes of lines and of outputs that actions keep */
	uint64_t beside;   /* set by the caller: what else there is of actions in memory */
	uint64_t actions;  /* taken or skipped: the last number */
	uint64_t skipped;  /* since they are done */
	uint64_t passed;   /* passed on */
	uint64_t controls; /* holds and ticks, used up here */
};

void intake_open(struct intake *in, struct hash_seed seed);

/* Actions may still be dropped after it. The input stays the caller's. */
void intake_close(struct intake *in);

/* Finds the next record of the input, which stays until intake_event has dealt with
 * it. *at is its time, or the least instant. INPUT_MORE: wait for input_fd, then
 * input_fill. */
enum input_state intake_find(struct intake *in, instant *at);

/* The same for a line that the caller has, with JSON_SLACK bytes behind it. False: it is
 * a bad record, and has been rejected. */
bool intake_show(struct intake *in, slice line);

/* An attempt of the action has ended, and the engine is about to keep the result with it in
 * place of the last one: what the handler has written counts while the action waits. */
void intake_result(struct intake *in, const struct action *a, const struct result *result);

/* There are so many bytes already that no more should be found. */
bool intake_full(const struct intake *in);

/* Turns the record that was found into events for the engine, one a call; false
 * when there is none or no other, and the record is dealt with. */
bool intake_event(struct intake *in, instant now, struct event *event);

/* The line of an action, with a newline behind it that is not counted, and slack: a copy
 * that is valid until the next call. */
slice intake_line(struct intake *in, const struct action *a);

/* With `resume`: the action is here already, so it is skipped when the input brings it. */
void intake_knows(struct intake *in, const struct action *a);

/* For engine_recall: reads the line once more. `user` is the intake. */
void intake_recall(void *user, struct action *a);

/* For engine_name: the id, as JSON. `user` is the intake. */
char *intake_name(void *user, const struct action *a);

/* The caller's bytes, zeroed at first; aligned for pointers. */
void *intake_extra(const struct intake *in, const struct action *a);

/* Frees the action and its line. */
void intake_drop(struct intake *in, struct action *a);

#endif
