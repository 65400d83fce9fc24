/* recorded_again.c - the work in order, and how it goes when it is done again. */
#include "codec/recorded_set.h"

#include "base/mem.h"
#include "base/rng.h"

#include <signal.h>
#include <stdlib.h>

static int sign(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int sign_of(instant a, instant b)
{
	return (a.ns > b.ns) - (a.ns < b.ns);
}

/* Without numbers, of two that came at the same instant that one was first which was
 * started while the other was refused. */
static int compare(const void *a, const void *b)
{
	const struct recorded_action *x = a, *y = b;
	bool numbered = x->numbered && y->numbered;
	const int order[] = {
		sign_of(x->emitted, y->emitted),
		sign_of(x->arrived, y->arrived),
		sign(x->epoch, y->epoch),
		sign(y->numbered, x->numbered),
		numbered ? sign(x->number, y->number) : 0,
		sign_of(x->handled, y->handled),
		sign(x->number, y->number),
		sign(x->refused, y->refused),
		sign(x->order, y->order),
	};
	size_t i = 0;

	while (i < sizeof order / sizeof order[0] - 1 && order[i] == 0)
		i++;
	return order[i];
}

/* Holds know their action by its order. */
static void settle_holds(struct recorded *s)
{
	uint32_t *place = mem_zeroed(s->count, sizeof *place);

	for (uint32_t i = 0; i < s->count; i++)
		place[s->actions[i].order] = i;
	for (uint32_t i = 0; i < s->hold_count; i++)
		s->holds[i].action = place[s->holds[i].action];
	free(place);
}

/* ---- run times ---- */

/* Walks over the attempts of an action whose time is known; `again` counts for itself. */
static const struct recorded_try *next_timed(const struct recorded *s, uint32_t *at)
{
	while (*at) {
		const struct recorded_try *t = &s->tries[*at - 1];
		*at = t->next;
		if (!t->cut)
			return t;
	}
	return NULL;
}

/* Counts first, so that all kinds share one array. An attempt that stands for several
 * is one time: it is a mean. */
static void collect_times(struct recorded *s)
{
	uint32_t kinds = s->kinds.count;
	uint32_t at;
	const struct recorded_try *t;

	s->times_from = mem_zeroed(kinds + 1, sizeof *s->times_from);
	for (uint32_t i = 0; i < s->count; i++)
		for (at = s->actions[i].tries; next_timed(s, &at);)
			s->times_from[s->actions[i].kind]++;
	for (uint32_t k = 1; k <= kinds; k++)
		s->times_from[k] += s->times_from[k - 1];
	s->times = mem_zeroed(s->times_from[kinds], sizeof *s->times);
	for (uint32_t i = s->count; i-- > 0;)
		for (at = s->actions[i].tries; (t = next_timed(s, &at));)
			s->times[--s->times_from[s->actions[i].kind]] = t->took;
}

void recorded_finish(struct recorded *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		s->counts.incomplete += !s->actions[i].complete;
	table_free(&s->open);
	if (s->count)
		qsort(s->actions, s->count, sizeof *s->actions, compare);
	settle_holds(s);
	collect_times(s);
	memset(buf_reserve(&s->lines, JSON_SLACK), 0, JSON_SLACK);
}

span *recorded_durations(const struct recorded *s, slice kind, uint32_t *count)
{
	uint32_t number, from = 0, to = 0;

	if (!kind.p)
		to = s->times_from[s->kinds.count];
	else if (names_find(&s->kinds, kind, &number)) {
		from = s->times_from[number];
		to = s->times_from[number + 1];
	}
	*count = to - from;
	span *times = mem_zeroed(to - from, sizeof *times);
	if (to > from)
		memcpy(times, s->times + from, (to - from) * sizeof *times);
	return times;
}

/* ---- what there is ---- */

const struct recorded_action *recorded_actions(const struct recorded *s, uint32_t *count)
{
	*count = s->count;
	return s->actions;
}

struct recorded_counts recorded_counts(const struct recorded *s)
{
	return s->counts;
}

slice recorded_line(const struct recorded *s, const struct recorded_action *a)
{
	return (slice){ s->lines.p + a->line, a->line_size };
}

slice recorded_kind(const struct recorded *s, uint32_t kind)
{
	return s->kinds.list[kind];
}

uint32_t recorded_pool_jobs(const struct recorded *s, uint32_t pool)
{
	return s->pools[pool].most;
}

/* ---- attempts ---- */

/* One of the times of its kind, the same whenever it is asked for. */
static span drawn(const struct recorded *s, const struct recorded_action *a)
{
	uint32_t from = s->times_from[a->kind], count = s->times_from[a->kind + 1] - from;
	struct rng rng = { (uint64_t)(a - s->actions) };

	return count ? s->times[from + rng_below(&rng, count)] : (span){ 0 };
}

static span succeed(span took, struct result *result)
{
	result->verdict = RESULT_OK;
	result->exit = 0;
	return took;
}

/* A wait that the policy has named is decided again. */
static void repeat(const struct recorded_try *t, struct result *result)
{
	result->verdict = t->verdict;
	result->has_hint = t->verdict == RESULT_RETRY && t->hinted;
	result->hint = result->has_hint ? t->hint : (span){ 0 };
	result->exit = t->exit;
	result->signal = t->signal;
	result->timed_out = t->timed_out;
}

/* NULL: it never ran. */
static const struct recorded_try *find_try(const struct recorded *s,
                                           const struct recorded_action *a, uint32_t number)
{
	if (!a->tries)
		return NULL;
	const struct recorded_try *t = &s->tries[a->tries - 1];
	while (number > t->again + UINT64_C(1) && t->next) {
		number -= t->again + 1;
		t = &s->tries[t->next - 1];
	}
	return t;
}

bool recorded_draw(const struct recorded *s, const struct recorded_action *a, uint32_t number,
                   uint64_t *draw)
{
	const struct recorded_try *t = find_try(s, a, number);

	if (!t || !t->drawn)
		return false;
	*draw = t->draw;
	return true;
}

bool recorded_term(const struct recorded *s, const struct recorded_action *a, uint32_t number,
                   struct result *result)
{
	const struct recorded_try *t = find_try(s, a, number);

	if (!t || !t->timed_out)
		return true;
	if (t->signal == SIGKILL)
		return false;
	repeat(t, result);
	return true;
}

span recorded_attempt(const struct recorded *s, const struct recorded_action *a, uint32_t number,
                      struct result *result)
{
	const struct recorded_try *t = find_try(s, a, number);

	*result = (struct result){ .exit = -1 };
	if (!t)
		return succeed(drawn(s, a), result);
	if (t->cut) {
		span whole = drawn(s, a);
		return succeed(whole.ns > t->took.ns ? whole : t->took, result);
	}
	repeat(t, result);
	/* Its time ran out just before it would have ended: the engine's limit, if it has
	 * one that is not longer, comes first and decides what that means. */
	return (span){ tick_sum(t->took.ns, t->timed_out) };
}
