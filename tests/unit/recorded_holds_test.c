/* Which holds recorded actions have met. */
#include "base/mem.h"
#include "codec/recorded_figures.h"
#include "codec/recorded_holds.h"
#include "t.h"

static char windows[] = "windows", holds[] = "holds", everybody[] = "everybody", start[] = "start",
	    daemon_path[] = "daemon";
static char *keys[] = { daemon_path }, *kinds[] = { start };

struct desk {
	struct rule_policy rules[3];
	struct policy policy;
	struct record_reader *reader;
	struct recorded *set;
	struct buf line;
};

static struct desk *desk_new(void)
{
	struct desk *d = mem_zeroed(1, sizeof *d);

	d->rules[0] = (struct rule_policy){ .name = windows, .type = RULE_WINDOW };
	d->rules[1] = (struct rule_policy){ .name = holds,
		                            .type = RULE_HOLD,
		                            .key = keys,
		                            .key_count = 1,
		                            .kinds = kinds,
		                            .kind_count = 1 };
	d->rules[2] = (struct rule_policy){ .name = everybody, .type = RULE_HOLD };
	d->policy = (struct policy){ .rules = d->rules, .rule_count = 3 };
	d->reader = record_reader_new();
	d->set = recorded_new(d->reader, &d->policy);
	return d;
}

static void desk_free(struct desk *d)
{
	recorded_free(d->set);
	record_reader_free(d->reader);
	buf_free(&d->line);
	free(d);
}

/* A chain record of an action that was emitted at 0. */
static void tell(struct desk *d, int id, const char *kind, const char *name, int at,
                 const char *disposition)
{
	struct buf b = { 0 };
	struct record r;
	struct json_error e;
	struct told_bad bad;

	buf_addf(&b,
	         "{\"v\":1,\"epoch\":\"e\",\"id\":%d,\"kind\":\"%s\",\"emitted_at_ms\":0,"
	         "\"at_ms\":%d,\"members\":{\"daemon\":\"%s\"},\"disposition\":{%s}}",
	         id, kind, at, name, disposition);
	slice text = { buf_text(&b), b.n };
	OK(record_read(d->reader, json_text(&d->line, text), &r, &e) &&
	   recorded_take(d->set, &r, &bad));
	buf_free(&b);
}

#define GATED(until)                                                                               \
	"\"status\":\"gated\",\"rule\":\"holds\",\"until_ms\":" #until ",\"attempts\":0"
#define DONE(run) "\"status\":\"dispatched\",\"attempts\":1,\"run_ms\":" #run

static bool event(const struct event *e, int64_t ms, uint32_t rule, int64_t until)
{
	return OK(e->kind == EVENT_HELD) && EQ(e->now.ns, ms * NS_PER_MS) && EQ(e->rule, rule) &&
	       EQ(e->until.ns, until == INT64_MAX ? INT64_MAX : until * NS_PER_MS);
}

static struct event *found(struct desk *d, uint32_t want)
{
	uint32_t count;

	recorded_finish(d->set);
	struct event *e = recorded_holds(d->set, &d->policy, (struct hash_seed){ 3, 4 }, &count);
	if (!EQ(count, want))
		exit(1);
	return e;
}

static void a_hold_is_known_from_the_first_action_that_it_gated(void)
{
	struct desk *d = desk_new();

	tell(d, 1, "start", "a", 10, DONE(5));
	tell(d, 2, "start", "a", 20, GATED(100));
	tell(d, 3, "start", "a", 30, GATED(100));
	tell(d, 4, "start", "b", 40, GATED(90));
	tell(d, 5, "start", "a", 50, GATED(400)); /* it was made longer */
	struct event *e = found(d, 3);
	event(&e[0], 20, 1, 100);
	event(&e[1], 40, 1, 90);
	event(&e[2], 50, 1, 400);
	OK(e[0].key.hi == e[2].key.hi && e[0].key.hi != e[1].key.hi);
	free(e);
	desk_free(d);
}

static void what_starts_in_the_middle_says_that_somebody_opened_it(void)
{
	struct desk *d = desk_new();

	tell(d, 1, "start", "a", 20, GATED(100));
	tell(d, 2, "start", "b", 40, DONE(5)); /* another daemon */
	tell(d, 3, "stop", "a", 50, DONE(5));  /* the rule is not for this */
	tell(d, 4, "start", "a", 70, DONE(10));
	tell(d, 5, "start", "a", 75, DONE(5));
	tell(d, 6, "start", "a", 80, GATED(200));
	struct event *e = found(d, 3);
	event(&e[0], 20, 1, 100);
	event(&e[1], 60, 1, 60);
	event(&e[2], 80, 1, 200);
	free(e);
	desk_free(d);
}

static void an_action_that_waited_tells_of_the_hold_too(void)
{
	struct desk *d = desk_new();

	tell(d, 1, "x", "a", 20,
	     "\"status\":\"deferred\",\"rule\":\"everybody\",\"due_ms\":100,\"attempts\":0");
	tell(d, 1, "x", "a", 90, DONE(10));
	tell(d, 2, "x", "a", 120, "\"status\":\"deferred\",\"rule\":\"everybody\",\"attempts\":0");
	struct event *e = found(d, 3);
	event(&e[0], 20, 2, 100);
	event(&e[1], 80, 2, 80);
	event(&e[2], 120, 2, INT64_MAX);
	OK(e[0].key.hi == 0 && e[0].key.lo == 0); /* as the gate has it for a rule without a key */
	free(e);
	desk_free(d);
}

static void other_rules_and_upstream_holds_are_none(void)
{
	struct desk *d = desk_new();

	tell(d, 1, "start", "a", 20,
	     "\"status\":\"deferred\",\"rule\":\"windows\",\"due_ms\":100,\"attempts\":0");
	tell(d, 2, "start", "a", 20,
	     "\"status\":\"gated\",\"rule\":\"elsewhere\",\"until_ms\":100");
	tell(d, 3, "start", "a", 20, "\"status\":\"gated\",\"until_ms\":100");
	free(found(d, 0));
	desk_free(d);
}

static void holds_are_for_the_rule_of_that_name_in_another_policy(void)
{
	struct desk *d = desk_new();
	struct policy other = { .rules = &d->rules[1], .rule_count = 1 }, none = { 0 };
	uint32_t count;

	tell(d, 1, "start", "a", 20, GATED(100));
	tell(d, 2, "x", "a", 20, "\"status\":\"gated\",\"rule\":\"everybody\",\"until_ms\":100");
	recorded_finish(d->set);
	struct event *e = recorded_holds(d->set, &other, (struct hash_seed){ 3, 4 }, &count);
	if (EQ(count, 1))
		event(&e[0], 20, 0, 100);
	free(e);
	free(recorded_holds(d->set, &none, (struct hash_seed){ 3, 4 }, &count));
	EQ(count, 0);
	desk_free(d);
}

static void figures_are_those_of_the_recording(void)
{
	struct desk *d = desk_new();
	struct measure m;

	/* 1 runs from 5 to 15; 2 waits from 0 on, runs from 15 to 20 and from 30 to 60;
	 * 3 is gated at 40; 4 comes at 0 and nothing more is heard of it. */
	tell(d, 1, "start", "a", 15, DONE(10) ",\"queued_ms\":5");
	tell(d, 2, "x", "a", 0, "\"status\":\"deferred\",\"attempts\":0,\"defers\":1");
	tell(d, 2, "x", "a", 20,
	     "\"status\":\"failed\",\"retry_after_ms\":10,\"attempts\":1,\"defers\":1,"
	     "\"queued_ms\":15,\"run_ms\":5");
	tell(d, 2, "x", "a", 60,
	     "\"status\":\"failed\",\"exit\":1,\"attempts\":2,\"defers\":1,\"queued_ms\":25,"
	     "\"run_ms\":35");
	tell(d, 3, "start", "a", 40, GATED(100) ",\"queued_ms\":40");
	tell(d, 4, "x", "a", 0, "\"status\":\"deferred\",\"attempts\":0,\"defers\":1");
	recorded_finish(d->set);
	recorded_figures(d->set, &m);
	EQ(m.all.arrived, 4);
	EQ(m.all.dispatched, 1);
	EQ(m.all.failed, 1);
	EQ(m.all.gated, 1);
	EQ(m.all.unfinished, 1);
	EQ(m.all.attempts, 3);
	EQ(m.all.retries, 1);
	EQ(m.all.deferred, 2);
	EQ(measure_quantile(&m, &m.all, QUANTITY_WAIT, SAMPLES_WHOLE).ns, 25 * NS_PER_MS);
	EQ(measure_quantile(&m, &m.all, QUANTITY_RUN, SAMPLES_WHOLE).ns, 35 * NS_PER_MS);
	EQ(measure_quantile(&m, &m.all, QUANTITY_LATENCY, SAMPLES_WHOLE).ns, 60 * NS_PER_MS);
	EQ(m.max_depth, 4);
	EQ(m.max_running, 1);
	EQ((int64_t)m.running_time, 45 * NS_PER_MS);
	EQ((int64_t)m.depth_time, (15 + 60 + 40) * NS_PER_MS);
	OK(measure_adds_up(&m) && measure_balanced(&m));
	measure_free(&m);
	desk_free(d);
}

int main(void)
{
	RUN(a_hold_is_known_from_the_first_action_that_it_gated);
	RUN(what_starts_in_the_middle_says_that_somebody_opened_it);
	RUN(an_action_that_waited_tells_of_the_hold_too);
	RUN(other_rules_and_upstream_holds_are_none);
	RUN(holds_are_for_the_rule_of_that_name_in_another_policy);
	RUN(figures_are_those_of_the_recording);
	return t_done();
}
