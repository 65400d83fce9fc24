#include "cli/pacer.h"

#include "base/mem.h"

#include <stdlib.h>

/* A line may be a megabyte, so a number of actions alone bounds no memory. */
static const uint64_t held_most = UINT64_C(64) << 20;

/* The output line of an action: the admission goes in at `splice`. */
struct kept {
	uint32_t size;
	uint32_t splice;
	char line[];
};

static void let_out(struct pacer *p, const struct action *a, const struct verdict *v, instant now)
{
	const struct kept *k = a->user;

	buf_add(&p->out->pending, k->line, k->splice);
	p->decided(p->user, v, now);
	buf_add(&p->out->pending, k->line + k->splice, k->size - k->splice);
}

static void drop(struct pacer *p, struct action *a)
{
	p->held -= ((const struct kept *)a->user)->size;
	free(a->user);
	engine_action_free(a);
}

/* ---- what the loop asks ---- */

static enum loop_input peek(void *user, instant *at)
{
	struct pacer *p = user;

	if (p->held > held_most)
		return LOOP_FULL;
	if (!p->found) {
		switch (input_next(p->input, p->reader, &p->record)) {
		case INPUT_RECORD:
			p->found = true;
			break;
		case INPUT_MORE:
			return LOOP_WAITING;
		case INPUT_END:
			return LOOP_ENDED;
		}
	}
	if (p->record.has_at)
		*at = p->record.at;
	return LOOP_RECORD;
}

static void take(void *user, instant now)
{
	struct pacer *p = user;

	p->found = false;
	p->take(p->user, &p->record, now);
}

static void fill(void *user)
{
	input_fill(((struct pacer *)user)->input);
}

static int descriptor(void *user)
{
	return input_fd(((struct pacer *)user)->input);
}

static bool dispatch(void *user, struct action *a, struct result *result)
{
	struct pacer *p = user;

	let_out(p, a, &(struct verdict){ .decision = DECISION_ADMIT }, p->loop.now);
	result->verdict = RESULT_OK;
	return false;
}

/* What a stop leaves behind is decided once more, so that its line says when to
 * ask again. */
static void leave(struct pacer *p, const struct action *a, instant now)
{
	struct verdict v = gate_admit(p->gate, a->class, a->turn->keys, a->turn->owner, now);

	let_out(p, a, &v, now);
}

static void effect(void *user, const struct effect *f)
{
	struct pacer *p = user;

	if (f->kind != EFFECT_OUTCOME)
		return;
	if (f->outcome == OUTCOME_GATED)
		let_out(p, f->action, &(struct verdict){ DECISION_GATE, f->rule, f->until }, f->at);
	else if (f->outcome == OUTCOME_UNFINISHED)
		leave(p, f->action, f->at);
	drop(p, f->action);
}

static void report(void *user)
{
	(void)user; /* SIGUSR1 means nothing here */
}

static const struct loop_ops ops = {
	.peek = peek,
	.take = take,
	.fill = fill,
	.input_fd = descriptor,
	.dispatch = dispatch,
	.effect = effect,
	.report = report,
};

/* ---- for the tool ---- */

bool pacer_open(struct pacer *p, const struct policy *policy, struct err *e)
{
	p->policy = *policy;
	p->policy.executor.max_defers = UINT32_MAX;
	p->policy.executor.queueing = QUEUEING_FAIR;
	p->policy.executor.on_eof = ON_EOF_DRAIN;
	p->engine = engine_new(&p->policy, p->gate, 1);
	p->loop = (struct loop){
		.engine = p->engine,
		.clock = p->clock,
		.out = p->out,
		.policy = &p->policy.executor,
		.ops = &ops,
		.user = p,
	};
	return loop_open(&p->loop, e);
}

int pacer_run(struct pacer *p)
{
	loop_run(&p->loop);
	return p->loop.died_of;
}

void pacer_close(struct pacer *p)
{
	loop_close(&p->loop);
	engine_free(p->engine);
}

void pacer_keep(struct pacer *p, const struct gate_class *class, const struct key *keys,
                uint64_t owner, slice line, size_t splice, instant now)
{
	struct action *a = engine_action_new(class);
	struct kept *k = mem_new(sizeof *k + line.n);

	k->size = (uint32_t)line.n;
	k->splice = (uint32_t)splice;
	memcpy(k->line, line.p, line.n);
	if (class->count)
		memcpy(a->turn->keys, keys, class->count * sizeof *keys);
	a->turn->owner = owner;
	a->user = k;
	p->held += k->size;
	engine_feed(p->engine, &(struct event){ .kind = EVENT_ARRIVED, .now = now, .action = a });
}

void pacer_undo(struct pacer *p, const struct gate_class *class, const struct key *keys,
                uint64_t owner, instant now)
{
	struct action *a = engine_action_new(class);

	if (class->count)
		memcpy(a->turn->keys, keys, class->count * sizeof *keys);
	a->turn->owner = owner;
	engine_feed(p->engine, &(struct event){ .kind = EVENT_UNDONE, .now = now, .action = a });
	engine_action_free(a);
}

void pacer_hold(struct pacer *p, uint32_t rule, struct key k, instant until, instant now)
{
	engine_feed(
		p->engine,
		&(struct event){
			.kind = EVENT_HELD, .now = now, .rule = rule, .key = k, .until = until });
}
