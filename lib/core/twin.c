/* twin.c - see twin.h. */
#include "core/twin.h"

#include <stdlib.h>

struct twin {
	struct key key;
	struct heap waiting; /* by arrival */
	bool ahead;          /* one leads; else it was done */
	instant until;       /* that is remembered */
	char *name;
};

void twins_init(struct twins *t, span keep)
{
	table_init(&t->known, sizeof(struct twin));
	t->keep = keep;
}

static void release(struct twin *w)
{
	heap_free(&w->waiting);
	free(w->name);
}

void twins_free(struct twins *t)
{
	for (uint32_t i = 0; i < t->known.count; i++)
		release(table_at(&t->known, i));
	table_free(&t->known);
}

static bool is_over(const struct twin *w, instant now)
{
	return !w->ahead && w->until.ns <= now.ns;
}

enum twin_news twins_ask(const struct twins *t, struct key k, instant now)
{
	const struct twin *w = table_find(&t->known, k);

	if (!w || is_over(w, now))
		return TWIN_NEWS_NONE;
	return w->ahead ? TWIN_NEWS_AHEAD : TWIN_NEWS_DONE;
}

static bool stale(void *entry, const void *context)
{
	const instant *now = context;

	if (!is_over(entry, *now))
		return false;
	release(entry);
	return true;
}

void twins_lead(struct twins *t, struct key k, instant now)
{
	struct twin *w = table_put_sweeping(&t->known, k, stale, &now);

	release(w);
	*w = (struct twin){ .key = w->key, .ahead = true };
}

void twins_join(struct twins *t, struct key k, struct timer *twin, uint64_t arrival)
{
	struct twin *w = table_find(&t->known, k);

	heap_set(&w->waiting, twin, (instant){ 0 }, arrival);
}

void twins_quit(struct twins *t, struct key k, struct timer *twin)
{
	struct twin *w = table_find(&t->known, k);

	heap_remove(&w->waiting, twin);
}

void twins_done(struct twins *t, struct key k, char *name, instant now)
{
	struct twin *w = table_find(&t->known, k);

	w->ahead = false;
	w->until = instant_add(now, t->keep);
	w->name = name;
}

const char *twins_name(const struct twins *t, struct key k)
{
	const struct twin *w = table_find(&t->known, k);

	return w->name;
}

struct timer *twins_next(struct twins *t, struct key k)
{
	struct twin *w = table_find(&t->known, k);

	if (!w->waiting.count)
		return NULL;
	struct timer *first = heap_top(&w->waiting)->timer;
	heap_remove(&w->waiting, first);
	return first;
}

void twins_forget(struct twins *t, struct key k)
{
	struct twin *w = table_find(&t->known, k);

	release(w);
	table_remove(&t->known, w);
}
