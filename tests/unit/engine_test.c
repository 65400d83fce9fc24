/* The executor engine under the virtual clock. Numbers from the reference's
 * section 6.6 carry their names. */
#include "base/mem.h"
#include "sim/sim.h"
#include "t.h"

/* ---- a small mesh: the default rules, and a script of arrivals ---- */

static char *pull_kinds[] = { "pull_replica" };
static char *chain_kinds[] = { "pull_replica", "drop_replica" };
static char *migrate_kinds[] = { "migrate_blob" };
static char *daemon_kinds[] = { "start_daemon", "stop_daemon", "apply_backoff" };
static char *one_key[] = { "key" };

enum { CHAIN_WINDOW, PULL_COOLDOWN, DRAIN_RATE, DAEMON_BACKOFF, RULES };

static struct rule_policy rules[RULES] = {
	[CHAIN_WINDOW] = { .name = "chain-window",
	                   .kinds = chain_kinds,
	                   .kind_count = 2,
	                   .key = one_key,
	                   .key_count = 1,
	                   .type = RULE_WINDOW,
	                   .window = { 60 * NS_PER_S },
	                   .hint = HINT_FIRST,
	                   .undo = UNDO_ANY },
	[PULL_COOLDOWN] = { .name = "pull-cooldown",
	                    .kinds = pull_kinds,
	                    .kind_count = 1,
	                    .type = RULE_WINDOW,
	                    .window = { 250 * NS_PER_MS } },
	[DRAIN_RATE] = { .name = "drain-rate",
	                 .kinds = migrate_kinds,
	                 .kind_count = 1,
	                 .type = RULE_RATE,
	                 .rate = 10,
	                 .per = { NS_PER_S },
	                 .retry_after = { 100 * NS_PER_MS } },
	[DAEMON_BACKOFF] = { .name = "daemon-backoff",
	                     .kinds = daemon_kinds,
	                     .kind_count = 3,
	                     .key = one_key,
	                     .key_count = 1,
	                     .type = RULE_HOLD },
};

struct note {
	enum effect_kind kind;
	enum outcome outcome;
	enum cause cause;
	int64_t at_ms;
	int64_t id;
	uint32_t attempts, defers;
	int64_t until_ms;
	enum edge edge;
	uint64_t depth;
};

struct world {
	struct policy policy;
	struct gate *gate;
	struct engine *engine;
	struct event *script;
	size_t script_count, script_next;
	struct note *notes;
	size_t note_count, note_room;
	/* What the handler does. */
	span duration;
	int fail_first;  /* so many attempts of every action are retried */
	int64_t fail_id; /* this id fails for good */
	int64_t hang_id;
	span hint;
	int64_t dispatches;
};

static void world_open(struct world *w)
{
	*w = (struct world){ 0 };
	w->policy.rules = rules;
	w->policy.rule_count = RULES;
	w->policy.backpressure =
		(struct backpressure_policy){ .assert_at = 1000, .release_at = 200 };
	w->policy.executor = (struct executor_policy){
		.queue = 1024,
		.max_waiting = 100000,
		.max_defers = 16,
		.retry_after = { NS_PER_S },
		.kill_after = { NS_PER_S },
		.grace = { 10 * NS_PER_S },
	};
	w->hint = span_ms(50);
}

static void world_close(struct world *w)
{
	engine_free(w->engine);
	gate_free(w->gate);
	free(w->script);
	free(w->notes);
}

static void world_event(struct world *w, struct event event)
{
	w->script = mem_resize(w->script, w->script_count + 1, sizeof *w->script);
	w->script[w->script_count++] = event;
}

static void start(struct world *w, uint32_t jobs)
{
	w->gate = gate_new(&w->policy);
	w->engine = engine_new(&w->policy, w->gate, jobs);
}

static struct action *action(struct world *w, const char *kind, uint64_t key, int64_t id)
{
	struct action *a = engine_action_new(gate_class(w->gate, slice_of(kind)));

	for (uint32_t i = 0; i < a->class->count; i++)
		if (rules[a->class->rules[i]].key_count)
			a->keys[i] = (struct key){ key, key };
	a->owner = (uint64_t)id;
	a->user = (void *)(intptr_t)id;
	return a;
}

static struct action *add(struct world *w, int64_t at_ms, const char *kind, uint64_t key,
                          int64_t id)
{
	struct action *a = action(w, kind, key, id);

	world_event(w,
	            (struct event){ .kind = EVENT_ARRIVED, .now = instant_ms(at_ms), .action = a });
	return a;
}

static bool next(void *user, struct event *event)
{
	struct world *w = user;

	if (w->script_next == w->script_count)
		return false;
	*event = w->script[w->script_next++];
	return true;
}

static span handler(void *user, const struct action *a, instant now, struct result *result)
{
	struct world *w = user;
	int64_t id = (intptr_t)a->user;

	(void)now;
	w->dispatches++;
	result->verdict = RESULT_OK;
	result->exit = 0;
	if (id == w->hang_id)
		return SPAN_MAX;
	if (id == w->fail_id)
		result->verdict = RESULT_FAIL;
	if (a->attempts <= (uint32_t)w->fail_first) {
		result->verdict = RESULT_RETRY;
		result->has_hint = true;
		result->hint = w->hint;
	}
	return w->duration;
}

static void effect(void *user, const struct effect *f)
{
	struct world *w = user;

	if (w->note_count == w->note_room) {
		w->note_room = w->note_room ? 2 * w->note_room : 64;
		w->notes = mem_resize(w->notes, w->note_room, sizeof *w->notes);
	}
	w->notes[w->note_count++] = (struct note){
		.kind = f->kind,
		.outcome = f->outcome,
		.cause = f->cause,
		.at_ms = f->at.ns / NS_PER_MS,
		.id = f->action ? (intptr_t)f->action->user : 0,
		.attempts = f->action ? f->action->attempts : 0,
		.defers = f->action ? f->action->defers : 0,
		.until_ms = f->until.ns / NS_PER_MS,
		.edge = f->edge,
		.depth = f->depth,
	};
	if (f->kind == EFFECT_OUTCOME)
		engine_action_free(f->action);
}

static const struct engine_stats *run(struct world *w)
{
	struct sim_model model = { next, handler, effect, w };

	sim_run(w->engine, &model, (instant){ 0 });
	return engine_stats(w->engine);
}

/* The k-th (from 0) note of a kind of effect. */
static const struct note *nth(const struct world *w, enum effect_kind kind, size_t k)
{
	static const struct note none = { .at_ms = -1, .id = -1 };

	for (size_t i = 0; i < w->note_count; i++)
		if (w->notes[i].kind == kind && k-- == 0)
			return &w->notes[i];
	return &none;
}

static const struct note *last(const struct world *w, enum effect_kind kind)
{
	for (size_t i = w->note_count; i-- > 0;)
		if (w->notes[i].kind == kind)
			return &w->notes[i];
	return nth(w, kind, SIZE_MAX);
}

static void adds_up(const struct engine_stats *s)
{
	EQ(s->received, s->dispatched + s->failed + s->gated + s->expired + s->unfinished);
}

/* ---- bursts ---- */

static const struct engine_stats *burst(struct world *w, const char *kind, int count, bool same_key,
                                        enum queueing queueing)
{
	w->policy.executor.queueing = queueing;
	start(w, 1);
	for (int i = 1; i <= count; i++)
		add(w, 0, kind, same_key ? 7 : (uint64_t)i, i);
	return run(w);
}

static void fair_pulls(int count, int64_t last_ms)
{
	struct world w;

	world_open(&w);
	const struct engine_stats *s = burst(&w, "pull_replica", count, false, QUEUEING_FAIR);
	EQ(s->dispatched, count);
	EQ(s->failed, 0);
	EQ(last(&w, EFFECT_OUTCOME)->at_ms, last_ms);
	bool in_order = true;
	for (int i = 0; i < count; i++)
		in_order &= nth(&w, EFFECT_DISPATCH, (size_t)i)->id == i + 1;
	OK(in_order);
	OK(s->admissions <= 2 * (uint64_t)count);
	adds_up(s);
	world_close(&w);
}

static void budget_a_burst_of_100_pulls_is_all_dispatched_in_order_by_24_75_s(void)
{
	fair_pulls(100, 24750);
}

static void budget_a_burst_of_1000_pulls_is_done_by_249_75_s_with_O_n_admissions(void)
{
	fair_pulls(1000, 249750);
}

static void reference_queueing_gives_the_numbers_of_section_6_6(void)
{
	static const struct {
		const char *kind;
		int count;
		bool same_key;
		int dispatched, failed;
		int64_t last_ms;
		int admissions;
	} rows[] = {
		{ "pull_replica", 17, false, 17, 0, 4000, 153 },
		{ "pull_replica", 18, false, 17, 1, 4000, 170 },
		{ "pull_replica", 100, false, 17, 83, 4000, 1564 },
		{ "pull_replica", 1000, false, 17, 983, 4000, 16864 },
		{ "migrate_blob", 30, false, 20, 10, 1000, 290 },
		{ "migrate_blob", 100, false, 20, 80, 1000, 1480 },
		{ "pull_replica", 20, true, 17, 3, 960000, 204 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct world w;
		world_open(&w);
		const struct engine_stats *s = burst(&w, rows[i].kind, rows[i].count,
		                                     rows[i].same_key, QUEUEING_REFERENCE);
		EQ(s->dispatched, rows[i].dispatched);
		EQ(s->failed, rows[i].failed);
		EQ(s->admissions, rows[i].admissions);
		EQ(last(&w, EFFECT_DISPATCH)->at_ms, rows[i].last_ms);
		adds_up(s);
		world_close(&w);
	}
}

int main(void)
{
	RUN(budget_a_burst_of_100_pulls_is_all_dispatched_in_order_by_24_75_s);
	RUN(budget_a_burst_of_1000_pulls_is_done_by_249_75_s_with_O_n_admissions);
	RUN(reference_queueing_gives_the_numbers_of_section_6_6);
	return t_done();
}
