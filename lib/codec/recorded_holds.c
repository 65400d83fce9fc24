#include "codec/recorded_holds.h"

#include "base/mem.h"
#include "codec/recorded_set.h"

#include <stdlib.h>

/* Somebody has seen a rule closed, or open. */
struct sight {
	instant at;
	instant until; /* at or before `at`: open */
	uint32_t rule;
	uint32_t action;
	struct key key;
};

/* What is known of a rule and key so far. */
struct hold {
	struct key key;
	instant until;
};

struct search {
	const struct recorded *s;
	const struct policy *policy;
	struct hash_seed seed;
	struct record_reader *reader;
	struct record_keys *keys;
	struct buf line;
	struct table holds;
	struct sight *sights;
	uint32_t count, room;
	struct event *events;
	uint32_t event_count;
};

static struct key place_of(const struct search *f, const struct sight *t)
{
	struct {
		struct key key;
		uint64_t rule;
	} both = { t->key, t->rule };

	return hash_bytes(f->seed, &both, sizeof both);
}

/* False: the action lacks a member of the key. */
static bool find_key(struct search *f, struct sight *t)
{
	const struct recorded_action *a = &f->s->actions[t->action];
	struct record r;
	struct json_error e;

	return record_read(f->reader, json_text(&f->line, recorded_line(f->s, a)), &r, &e) &&
	       record_key_of(f->keys, t->rule, &r, &t->key);
}

static void sight_add(struct search *f, struct sight t)
{
	if (f->count == f->room) {
		f->room = f->room ? f->room * 2 : 64;
		f->sights = mem_resize(f->sights, f->room, sizeof *f->sights);
	}
	f->sights[f->count++] = t;
}

/* The rule of the policy that is meant; false: it has none. */
static bool find_rule(const struct search *f, const struct recorded_hold *h, uint32_t *rule)
{
	const char *name = f->s->policy->rules[h->rule].name;

	for (*rule = 0; *rule < f->policy->rule_count; ++*rule) {
		const struct rule_policy *r = &f->policy->rules[*rule];
		if (r->type == RULE_HOLD && strcmp(r->name, name) == 0)
			return true;
	}
	return false;
}

static void see_closed(struct search *f)
{
	for (uint32_t i = 0; i < f->s->hold_count; i++) {
		const struct recorded_hold *h = &f->s->holds[i];
		struct sight t = { .at = h->at, .until = h->until, .action = h->action };

		if (!instant_after(t.until, t.at) || !find_rule(f, h, &t.rule) || !find_key(f, &t))
			continue;
		table_put(&f->holds, place_of(f, &t));
		sight_add(f, t);
	}
}

static bool applies(const struct rule_policy *rule, slice kind)
{
	for (uint32_t i = 0; i < rule->kind_count; i++)
		if (slice_is(kind, rule->kinds[i]))
			return true;
	return rule->kind_count == 0;
}

/* Only of those that were closed at some time. */
static void see_open(struct search *f, uint32_t action, uint32_t rule)
{
	const struct recorded_action *a = &f->s->actions[action];
	struct sight t = { .until = { INT64_MIN }, .rule = rule, .action = action };

	if (!a->tries || !applies(&f->policy->rules[rule], recorded_kind(f->s, a->kind)) ||
	    !find_key(f, &t) || !table_find(&f->holds, place_of(f, &t)))
		return;
	for (uint32_t at = a->tries; at; at = f->s->tries[at - 1].next) {
		t.at = instant_sub(f->s->tries[at - 1].ended, f->s->tries[at - 1].took);
		sight_add(f, t);
	}
}

static void see_all(struct search *f)
{
	see_closed(f);
	for (uint32_t rule = 0; f->count && rule < f->policy->rule_count; rule++)
		if (f->policy->rules[rule].type == RULE_HOLD)
			for (uint32_t i = 0; i < f->s->count; i++)
				see_open(f, i, rule);
}

/* Open before closed: what started at that instant did so before it was closed again. */
static int compare(const void *a, const void *b)
{
	const struct sight *x = a, *y = b;

	if (x->at.ns != y->at.ns)
		return x->at.ns < y->at.ns ? -1 : 1;
	if (x->until.ns != y->until.ns)
		return x->until.ns < y->until.ns ? -1 : 1;
	return (x->action > y->action) - (x->action < y->action);
}

/* What was seen says something new: the rule was closed or opened, or for longer. */
static void conclude(struct search *f, const struct sight *t)
{
	struct hold *h = table_find(&f->holds, place_of(f, t));
	bool closed = instant_after(t->until, t->at);

	if (closed ? t->until.ns == h->until.ns : !instant_after(h->until, t->at))
		return;
	h->until = closed ? t->until : t->at;
	f->events[f->event_count++] = (struct event){
		.kind = EVENT_HELD, .now = t->at, .rule = t->rule, .key = t->key, .until = h->until
	};
}

struct event *recorded_holds(const struct recorded *s, const struct policy *policy,
                             struct hash_seed seed, uint32_t *count)
{
	struct search f = { .s = s, .policy = policy, .seed = seed };

	*count = 0;
	if (!s->hold_count)
		return NULL;
	f.reader = record_reader_new();
	f.keys = record_keys_new(policy, f.reader, seed);
	table_init(&f.holds, sizeof(struct hold));
	see_all(&f);
	if (f.count)
		qsort(f.sights, f.count, sizeof *f.sights, compare);
	f.events = mem_zeroed(f.count, sizeof *f.events);
	for (uint32_t i = 0; i < f.count; i++)
		conclude(&f, &f.sights[i]);
	free(f.sights);
	table_free(&f.holds);
	record_keys_free(f.keys);
	record_reader_free(f.reader);
	buf_free(&f.line);
	*count = f.event_count;
	return f.events;
}
