/* What was recorded of a run and is done again under the same policy is the same run:
 * random policies and workloads, a chain of the run, and a chain of its replay. */
#include "base/mem.h"
#include "base/rng.h"
#include "codec/members.h"
#include "codec/outcome.h"
#include "codec/recorded.h"
#include "codec/recorded_figures.h"
#include "sim/measure.h"
#include "sim/sim.h"
#include "t.h"

#include <signal.h>

enum { RULES = 3, ACTIONS_MOST = 60 };

static char names[RULES][3] = { "r0", "r1", "r2" };
static char key_path[] = "in.k", kind_a[] = "a", kind_b[] = "b";
static char *key[] = { key_path }, *kinds[] = { kind_a, kind_b };
static char by_default[] = "default";

struct world {
	struct rng rng;
	uint64_t luck; /* of handlers */
	struct rule_policy rules[RULES];
	struct policy_entry retries[2];
	struct policy policy;
	uint32_t jobs;
	struct buf lines[ACTIONS_MOST]; /* with slack behind */
	instant times[ACTIONS_MOST];
	uint32_t count;
};

/* One run of some lines, told as a chain. */
struct run {
	const struct world *w;
	const struct recorded *recorded; /* NULL: the first run */
	struct gate *gate;
	struct engine *engine;
	struct record_reader *reader;
	struct record_keys *keys;
	struct members *members;
	struct measure measure;
	struct buf chain, outcomes, steps; /* what it told; steps: with --trace */
	struct buf kept;
	uint32_t next;
	struct action *ahead;
};

/* What an action keeps. */
struct note {
	uint32_t number;
	slice line;
	instant emitted;
};

static uint32_t below(struct world *w, uint32_t n)
{
	return (uint32_t)rng_below(&w->rng, n);
}

static span some_ms(struct world *w, uint32_t n)
{
	return span_ms(below(w, n));
}

/* Waits that are listed, that grow, or that chance shortens. */
static struct retry_policy some_retries(struct world *w)
{
	struct retry_policy p = {
		.listed = below(w, 3) == 0,
		.most = below(w, 5),
		.count = below(w, 4),
		.ladder = { .initial = span_ms(1 + below(w, 20)),
		            .factor = 1 + (float)below(w, 3) / 2,
		            .max = span_ms(20 + below(w, 50)),
		            .jitter = below(w, 2) ? (float)(1 + below(w, 4)) / 4 : 0 },
	};

	for (uint32_t i = 0; i < p.count; i++)
		p.delays[i] = span_ms(1 + below(w, 40));
	return p;
}

static void some_executor(struct world *w)
{
	struct executor_policy *p = &w->policy.executor;

	w->retries[0] = (struct policy_entry){ .name = kind_a, .retry = some_retries(w) };
	w->retries[1] = (struct policy_entry){ .name = by_default, .retry = some_retries(w) };
	p->retries = (struct policy_map){ w->retries, below(w, 3) };
	p->max_wait = below(w, 3) ? (span){ 0 } : some_ms(w, 200);
	if (below(w, 3) == 0)
		p->retry_budget = (struct retry_budget_policy){ .ratio = (float)below(w, 3) / 8,
			                                        .floor = 1 + below(w, 5),
			                                        .per = some_ms(w, 400) };
	p->retry_budget.per.ns += 1;
	p->on_full = below(w, 2) ? ON_FULL_FAIL : ON_FULL_BLOCK;
	if (below(w, 4) == 0)
		p->halt = (struct halt_policy){ .when = HALT_SOON, .fail = 1 + below(w, 9) };
}

static void some_policy(struct world *w)
{
	w->policy.rules = w->rules;
	w->policy.rule_count = below(w, RULES + 1);
	for (uint32_t i = 0; i < w->policy.rule_count; i++)
		w->rules[i] = (struct rule_policy){
			.name = names[i],
			.kinds = kinds + below(w, 2),
			.kind_count = below(w, 2),
			.key = key,
			.key_count = below(w, 2),
			.type = below(w, 2) ? RULE_WINDOW : RULE_RATE,
			.window = some_ms(w, 50),
			.rate = 1 + below(w, 4),
			.per = some_ms(w, 100),
			.undo = below(w, 2) ? UNDO_OWNER : UNDO_NONE,
		};
	w->policy.backpressure = (struct backpressure_policy){ .assert_at = 5, .release_at = 2 };
	w->policy.executor = (struct executor_policy){
		.queue = below(w, 2) ? 1 + below(w, 20) : ACTIONS_MOST,
		.max_waiting = below(w, 2) ? 1 + below(w, 60) : ACTIONS_MOST,
		.max_defers = below(w, 8),
		.queueing = below(w, 4) ? QUEUEING_FAIR : QUEUEING_REFERENCE,
		.retry_after = span_ms(1 + below(w, 30)),
		.timeout = below(w, 2) ? some_ms(w, 40) : (span){ 0 },
		.kill_after = span_ms(5),
		.serialize = key,
		.serialize_count = below(w, 3) == 0,
		.dedupe = { .keep = below(w, 4) ? (span){ 0 } : some_ms(w, 60),
		            .key = key,
		            .key_count = 1 },
		.on_timeout = below(w, 2) ? ON_TIMEOUT_RETRY : ON_TIMEOUT_FAIL,
	};
	some_executor(w);
	w->jobs = 1 + below(w, 4);
}

static void some_lines(struct world *w)
{
	int64_t ms = 0;
	uint32_t pace = 1 + below(w, 20);

	w->count = 1 + below(w, ACTIONS_MOST);
	for (uint32_t i = 0; i < w->count; i++) {
		struct buf *b = &w->lines[i];

		ms += below(w, 2) ? below(w, pace) : 0;
		w->times[i] = instant_ms(ms);
		buf_addf(b, "{\"kind\":\"%c\",\"id\":%u,\"x\":0,\"in\":{\"k\":%u}",
		         'a' + below(w, 3), i + 1, below(w, 3));
		buf_addf(b, ",\"at_ms\":%lld", (long long)ms);
		if (below(w, 5) == 0)
			buf_addf(b, ",\"expires_ms\":%lld", (long long)(ms + below(w, 100)));
		buf_add_char(b, '}');
		memset(buf_reserve(b, JSON_SLACK), 0, JSON_SLACK);
	}
}

static void world_free(struct world *w)
{
	for (uint32_t i = 0; i < w->count; i++)
		buf_free(&w->lines[i]);
	free(w);
}

/* ---- a run ---- */

static slice line_of(const struct run *r, uint32_t i)
{
	uint32_t count;

	if (!r->recorded)
		return buf_slice(&r->w->lines[i]);
	return recorded_line(r->recorded, recorded_actions(r->recorded, &count) + i);
}

/* After a halt those that would have come next are not in the chain. */
static uint32_t count_of(const struct run *r)
{
	uint32_t count = r->w->count;

	if (r->recorded)
		recorded_actions(r->recorded, &count);
	return count;
}

/* Handed out, and not fed before the run was halted. */
static void drop_ahead(struct run *r)
{
	if (r->ahead) {
		free(r->ahead->user);
		engine_action_free(r->ahead);
	}
	r->ahead = NULL;
}

static bool next(void *user, struct event *event)
{
	struct run *r = user;
	struct record record;
	struct json_error e;

	drop_ahead(r);
	if (r->next == count_of(r))
		return false;
	struct note *note = mem_zeroed(1, sizeof *note);
	note->number = r->next;
	note->line = line_of(r, r->next++);
	OK(record_read(r->reader, note->line, &record, &e));
	note->emitted = record.at;
	struct action *a = engine_action_new(gate_class(r->gate, record.kind));
	a->user = note;
	a->turn->owner = record_owner(r->keys, &record);
	a->turn->expires = record.expires;
	record_keys_of(r->keys, a->class, &record, a->turn->keys);
	if (r->w->policy.executor.serialize_count &&
	    record_lane(r->keys, &record, &a->turn->keys[gate_lane_key(a->class)]))
		a->lane = LANE_WANTED;
	if (r->w->policy.executor.dedupe.keep.ns &&
	    record_twin(r->keys, &record, &a->turn->keys[gate_twin_key(a->class)]))
		a->twin = TWIN_WANTED;
	r->ahead = a;
	*event = (struct event){ .kind = EVENT_ARRIVED, .now = record.at, .action = a };
	return true;
}

/* The same action has the same luck, whatever its place among the others. */
static uint64_t luck_of(const struct run *r, const struct action *a)
{
	const struct note *note = a->user;
	struct rng rng = { r->w->luck ^ (uint64_t)note->number << 32 ^ a->attempts };

	return rng_next(&rng);
}

/* One that nothing but KILL ends. */
static bool is_deaf(const struct run *r, const struct action *a)
{
	return r->w->policy.executor.timeout.ns > 0 && luck_of(r, a) % 16 == 0;
}

static span handler(void *user, const struct action *a, instant now, struct result *result)
{
	const struct run *r = user;
	const struct note *note = a->user;
	struct rng rng = { luck_of(r, a) };
	uint32_t count;

	(void)now;
	if (r->recorded)
		return recorded_attempt(r->recorded,
		                        recorded_actions(r->recorded, &count) + note->number,
		                        a->attempts, result);
	uint64_t fate = rng_below(&rng, 8), how = rng_below(&rng, 16);
	span d = is_deaf(r, a) ? SPAN_MAX : span_ms((int64_t)rng_below(&rng, 40));
	*result = (struct result){ .verdict = RESULT_OK };
	if (fate == 0)
		*result = (struct result){ .verdict = how ? RESULT_FAIL : RESULT_HALT, .exit = 3 };
	else if (fate == 1)
		*result = (struct result){ .verdict = RESULT_FAIL, .exit = -1, .signal = SIGSEGV };
	else if (fate <= 3)
		*result = (struct result){ .verdict = RESULT_RETRY,
			                   .exit = 75,
			                   .has_hint = fate == 2,
			                   .hint = span_ms(1 + (int64_t)rng_below(&rng, 50)) };
	return d;
}

static bool draw(void *user, const struct action *a, uint64_t *number)
{
	const struct run *r = user;
	const struct note *note = a->user;
	uint32_t count;

	if (!r->recorded)
		return false;
	const struct recorded_action *actions = recorded_actions(r->recorded, &count);
	return recorded_draw(r->recorded, actions + note->number, a->attempts, number);
}

/* Some have the last word. */
static bool term(void *user, const struct action *a, struct result *result)
{
	const struct run *r = user;
	const struct note *note = a->user;
	uint32_t count;

	if (r->recorded)
		return recorded_term(r->recorded,
		                     recorded_actions(r->recorded, &count) + note->number,
		                     a->attempts, result);
	if (luck_of(r, a) % 4 == 1)
		*result = (struct result){ .verdict = RESULT_FAIL, .exit = 4 };
	return !is_deaf(r, a);
}

static uint32_t kind_of(struct run *r, const struct record *record)
{
	return measure_kind(&r->measure, record->kind);
}

static void fed(void *user, const struct event *event)
{
	struct run *r = user;
	struct record record;
	struct json_error e;

	if (event->kind != EVENT_ARRIVED)
		return;
	r->ahead = NULL;
	const struct note *note = event->action->user;
	OK(record_read(r->reader, note->line, &record, &e));
	uint32_t kind = kind_of(r, &record);
	measure_arrival(&r->measure, kind, (struct key){ kind, 0 }, note->emitted, event->now);
}

static void tell_outcome(const struct run *r, const struct record *record, const struct effect *f,
                         struct buf *out)
{
	record_open(record, 0, out);
	buf_add_text(out, ",\"outcome\":");
	outcome_member(f, &r->w->policy, out);
	record_close(record, out);
}

static void effect(void *user, const struct effect *f)
{
	struct run *r = user;
	struct record record;
	struct json_error e;

	if (!f->action)
		return;
	struct note *note = f->action->user;
	OK(record_read(r->reader, note->line, &record, &e));
	uint32_t kind = kind_of(r, &record);
	measure_effect(&r->measure, f, kind, (struct key){ kind, 0 }, note->emitted);
	if (f->kind != EFFECT_STEP && f->kind != EFFECT_OUTCOME)
		return;
	buf_clear(&r->kept);
	members_add(r->members, &record, &r->kept);
	const struct outcome_subject subject = {
		.epoch = SLICE("e"),
		.id = record.id_member.text,
		.kind = record.kind,
		.emitted = record.at,
		.expires = record.expires,
		.members = buf_slice(&r->kept),
	};
	outcome_chain_record(&subject, f, &r->w->policy, &r->chain);
	tell_outcome(r, &record, f, &r->steps);
	if (f->kind == EFFECT_OUTCOME)
		tell_outcome(r, &record, f, &r->outcomes);
	if (f->kind == EFFECT_OUTCOME) {
		free(note);
		engine_action_free(f->action);
	}
}

static void elapse(void *user, instant to)
{
	struct run *r = user;
	const struct levels levels = { engine_depth(r->engine), engine_running(r->engine), 0 };

	measure_elapse(&r->measure, &levels, to);
}

static char *name(void *user, const struct action *a)
{
	const struct run *r = user;
	const struct note *note = a->user;
	struct record record;
	struct json_error e;

	OK(record_read(r->reader, note->line, &record, &e));
	return mem_text(record.id_member.text.p, record.id_member.text.n);
}

static void run(struct run *r, const struct world *w, const struct recorded *recorded)
{
	const struct sim_model model = { .next = next,
		                         .handler = handler,
		                         .term = term,
		                         .fed = fed,
		                         .seed = recorded ? 0 : w->luck, /* the chain tells */
		                         .draw = draw,
		                         .effect = effect,
		                         .elapse = elapse,
		                         .user = r };

	*r = (struct run){ .w = w, .recorded = recorded };
	r->gate = gate_new(&w->policy);
	r->engine = engine_new(&w->policy, r->gate, w->jobs);
	engine_name(r->engine, name, r);
	r->reader = record_reader_new();
	r->keys = record_keys_new(&w->policy, r->reader, (struct hash_seed){ 1, 2 });
	r->members = members_new(&w->policy, r->reader);
	measure_init(&r->measure, (instant){ 0 });
	sim_run(r->engine, &model, (instant){ 0 });
	drop_ahead(r);
}

static void run_free(struct run *r)
{
	engine_free(r->engine);
	gate_free(r->gate);
	record_keys_free(r->keys);
	members_free(r->members);
	record_reader_free(r->reader);
	measure_free(&r->measure);
	buf_free(&r->chain);
	buf_free(&r->outcomes);
	buf_free(&r->steps);
	buf_free(&r->kept);
}

/* ---- and again ---- */

static struct recorded *read_again(const struct buf *text, const struct policy *policy)
{
	struct record_reader *reader = record_reader_new();
	struct recorded *s = recorded_new(reader, policy);
	const char *p = text->p, *end = text->p + text->n;
	struct buf line = { 0 };

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		struct record r;
		struct json_error e;
		struct told_bad bad;

		slice one = { p, (size_t)(newline - p) };
		OK(record_read(reader, json_text(&line, one), &r, &e) &&
		   recorded_take(s, &r, &bad));
		p = newline + 1;
	}
	recorded_finish(s);
	buf_free(&line);
	record_reader_free(reader);
	return s;
}

static bool same_tally(const struct tally *a, const struct tally *b)
{
	return EQ(a->arrived, b->arrived) && EQ(a->dispatched, b->dispatched) &&
	       EQ(a->failed, b->failed) && EQ(a->expired, b->expired) &&
	       EQ(a->unfinished, b->unfinished) && EQ(a->attempts, b->attempts) &&
	       EQ(a->retries, b->retries) && EQ(a->deferred, b->deferred);
}

static bool same_samples(struct measure *a, struct measure *b)
{
	bool same = true;

	for (int q = 0; q < QUANTITIES; q++)
		for (uint32_t part = 0; part <= SAMPLES_WHOLE; part += SAMPLES_WHOLE / 8)
			same &= EQ(measure_quantile(a, &a->all, (enum quantity)q, part).ns,
			           measure_quantile(b, &b->all, (enum quantity)q, part).ns);
	return same && OK(a->depth_time == b->depth_time) && OK(a->stay_time == b->stay_time);
}

static bool same_run(struct measure *a, struct measure *b)
{
	return same_tally(&a->all, &b->all) && same_samples(a, b) &&
	       EQ(a->max_waiting, b->max_waiting) && EQ(a->max_running, b->max_running) &&
	       OK(a->running_time == b->running_time);
}

/* ---- trials ---- */

static struct world *world_new(uint64_t seed)
{
	struct world *w = mem_zeroed(1, sizeof *w);

	w->rng.state = seed;
	w->luck = rng_next(&w->rng);
	some_policy(w);
	some_lines(w);
	return w;
}

static bool chain_trial(uint64_t seed)
{
	struct world *w = world_new(seed);
	struct run first, second;
	struct measure told;

	run(&first, w, NULL);
	struct recorded *s = read_again(&first.chain, &w->policy);
	run(&second, w, s);
	recorded_figures(s, &told);
	bool good = same_run(&told, &first.measure) && same_run(&second.measure, &first.measure) &&
	            OK(slice_equal(buf_slice(&second.chain), buf_slice(&first.chain)));
	if (getenv("VERBOSE"))
		printf("%.*s----\n%.*s", SLICE_ARG(buf_slice(&first.chain)),
		       SLICE_ARG(buf_slice(&second.chain)));
	measure_free(&told);
	recorded_free(s);
	run_free(&first);
	run_free(&second);
	world_free(w);
	return good;
}

/* What outcomes tell: with all steps everything; without them not when attempts were. */
static bool outcome_trial(uint64_t seed)
{
	struct world *w = world_new(seed);
	struct run first;
	struct measure told, steps;

	run(&first, w, NULL);
	struct recorded *s = read_again(&first.outcomes, &w->policy);
	struct recorded *t = read_again(&first.steps, &w->policy);
	recorded_figures(s, &told);
	recorded_figures(t, &steps);
	bool good = same_tally(&told.all, &first.measure.all) &&
	            same_samples(&told, &first.measure) && same_run(&steps, &first.measure);
	measure_free(&told);
	measure_free(&steps);
	recorded_free(s);
	recorded_free(t);
	run_free(&first);
	world_free(w);
	return good;
}

static void many(bool (*trial)(uint64_t seed))
{
	uint64_t first = t_seed(1), count = t_seeds(300);

	for (uint64_t i = 0; i < count; i++)
		if (!trial(first + i)) {
			t_again(first + i);
			break;
		}
}

static void a_run_that_is_done_again_from_its_chain_is_the_same_to_the_byte(void)
{
	many(chain_trial);
}

static void outcomes_give_the_same_figures_as_the_run_had(void)
{
	many(outcome_trial);
}

int main(void)
{
	RUN(a_run_that_is_done_again_from_its_chain_is_the_same_to_the_byte);
	RUN(outcomes_give_the_same_figures_as_the_run_had);
	return t_done();
}
