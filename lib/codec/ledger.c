#include "codec/ledger.h"

#include "base/mem.h"
#include "core/ring.h"

#include <stdlib.h>

enum {
	LOST = 64,     /* gaps kept apart in one run; then the oldest two become one */
	EPOCHS = 1024, /* runs remembered though nothing of theirs is held */
};

/* `count` of the numbers from .. to. */
struct range {
	uint64_t from;
	uint64_t to;
	uint64_t count;
	instant at;
};

/* Ranges by number, at most LOST of them. */
struct lost {
	struct range *ranges;
	uint32_t count;
	uint32_t told; /* by the list in the making */
};

struct epoch {
	char *name;
	size_t size;
	uint32_t number;  /* 1, 2, 3 ... in the order of appearance */
	uint64_t top;     /* the highest number seen */
	uint64_t chained; /* failures without a number so far */
	instant newest;   /* time of the newest failure */
	uint32_t held;    /* failures in the ring */
	struct lost evicted;
	struct lost missing;
};

struct ledger {
	struct ring ring;
	struct epoch **epochs; /* by age; [0] is the oldest */
	uint32_t count;
	uint32_t numbered;
	struct epoch *own;
	struct range forgotten; /* what was lost of runs that are forgotten */
};

/* ---- runs ---- */

static slice name_of(const struct epoch *e)
{
	return (slice){ e->name, e->size };
}

static void epoch_free(struct epoch *e)
{
	free(e->name);
	free(e->evicted.ranges);
	free(e->missing.ranges);
	free(e);
}

static struct epoch *epoch_find(const struct ledger *l, slice name)
{
	for (uint32_t i = l->count; i-- > 0;)
		if (slice_equal(name_of(l->epochs[i]), name))
			return l->epochs[i];
	return NULL;
}

static void range_add(struct range *r, uint64_t from, uint64_t to, uint64_t count, instant at)
{
	if (r->count == 0) {
		*r = (struct range){ from, to, count, at };
		return;
	}
	r->from = from < r->from ? from : r->from;
	r->to = to > r->to ? to : r->to;
	r->count = count < FAILURE_SEQ_MAX - r->count ? r->count + count : FAILURE_SEQ_MAX;
	/* A merged range cannot tell which of its numbers came, so one may come twice. */
	if (r->to && r->count > r->to - r->from)
		r->count = r->to - r->from + 1;
	r->at = instant_later(r->at, at);
}

static void forget_lost(struct ledger *l, const struct lost *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		range_add(&l->forgotten, 0, 0, t->ranges[i].count, t->ranges[i].at);
}

/* Makes room when a great many runs have come and gone. */
static void forget_one(struct ledger *l)
{
	for (uint32_t i = 0; i < l->count; i++) {
		struct epoch *e = l->epochs[i];
		if (e->held || e == l->own)
			continue;
		forget_lost(l, &e->evicted);
		forget_lost(l, &e->missing);
		epoch_free(e);
		l->count--;
		memmove(l->epochs + i, l->epochs + i + 1, (l->count - i) * sizeof *l->epochs);
		return;
	}
}

static struct epoch *epoch_of(struct ledger *l, slice name)
{
	struct epoch *e = epoch_find(l, name);

	if (e)
		return e;
	if (l->count >= EPOCHS)
		forget_one(l);
	e = mem_zeroed(1, sizeof *e);
	e->name = mem_text(name.p, name.n);
	e->size = name.n;
	e->number = ++l->numbered;
	e->newest = (instant){ INT64_MIN };
	l->epochs = mem_resize(l->epochs, l->count + 1, sizeof(struct epoch *));
	l->epochs[l->count++] = e;
	return e;
}

struct ledger *ledger_new(uint32_t room, slice own)
{
	struct ledger *l = mem_zeroed(1, sizeof *l);

	ring_init(&l->ring, room);
	l->own = epoch_of(l, own);
	return l;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	for (uint32_t i = 0; i < l->ring.count; i++)
		free(ring_at(&l->ring, i));
	ring_free(&l->ring);
	for (uint32_t i = 0; i < l->count; i++)
		epoch_free(l->epochs[i]);
	free(l->epochs);
	free(l);
}

slice ledger_own(const struct ledger *l)
{
	return name_of(l->own);
}

bool ledger_epoch(const struct ledger *l, slice name, uint32_t *number)
{
	const struct epoch *e = epoch_find(l, name);

	if (e)
		*number = e->number;
	return e != NULL;
}

/* ---- what is lost ---- */

/* The first range that ends at or behind `seq`. */
static uint32_t lost_at(const struct lost *t, uint64_t seq)
{
	uint32_t i = 0;

	while (i < t->count && t->ranges[i].to < seq)
		i++;
	return i;
}

static void lost_remove(struct lost *t, uint32_t i)
{
	t->count--;
	memmove(t->ranges + i, t->ranges + i + 1, (t->count - i) * sizeof *t->ranges);
}

/* When there are too many, two old gaps become one that claims fewer numbers
 * than it spans. */
static void lost_insert(struct lost *t, struct range r)
{
	if (!t->ranges)
		t->ranges = mem_zeroed(LOST + 1, sizeof *t->ranges);
	uint32_t i = lost_at(t, r.from);
	memmove(t->ranges + i + 1, t->ranges + i, (t->count - i) * sizeof r);
	t->ranges[i] = r;
	if (++t->count > LOST) {
		struct range *m = t->ranges;
		range_add(&m[1], m[0].from, m[0].to, m[0].count, m[0].at);
		lost_remove(t, 0);
	}
}

/* One more number; beside a range it widens that. */
static void lost_add(struct lost *t, uint64_t seq, instant at)
{
	uint32_t i = lost_at(t, seq);
	struct range *before = i ? &t->ranges[i - 1] : NULL;
	struct range *behind = i < t->count ? &t->ranges[i] : NULL;

	if (behind && behind->from <= seq + 1) {
		range_add(behind, seq, seq, 1, at);
		if (before && before->to + 1 == behind->from) {
			range_add(behind, before->from, before->to, before->count, before->at);
			lost_remove(t, i - 1);
		}
	} else if (before && before->to + 1 == seq) {
		range_add(before, seq, seq, 1, at);
	} else {
		lost_insert(t, (struct range){ seq, seq, 1, at });
	}
}

/* A late one has come. False: it was not lost. */
static bool lost_take(struct lost *t, uint64_t seq)
{
	uint32_t i = lost_at(t, seq);

	if (i == t->count || t->ranges[i].from > seq)
		return false;
	struct range r = t->ranges[i];
	if (r.count == 1) {
		lost_remove(t, i);
	} else if (seq == r.from || seq == r.to || r.count - 1 < r.to - r.from) {
		/* At an end, or in a merged range, where one less is all that is known. */
		t->ranges[i].count--;
		t->ranges[i].from += seq == r.from;
		t->ranges[i].to -= seq == r.to;
	} else {
		t->ranges[i] = (struct range){ seq + 1, r.to, r.to - seq, r.at };
		lost_insert(t, (struct range){ r.from, seq - 1, seq - r.from, r.at });
	}
	return true;
}

/* ---- adding ---- */

static bool same(const struct failure *a, const struct failure *b)
{
	return a->at.ns == b->at.ns && slice_equal(a->source, b->source);
}

static const struct failure *held_at(const struct ledger *l, uint32_t i, const struct epoch *e,
                                     uint64_t seq)
{
	const struct failure *f = ring_at(&l->ring, i);

	return f->seq == seq && slice_equal(f->epoch, name_of(e)) ? f : NULL;
}

/* With one run and nothing late, the place follows from the number. */
static const struct failure *held(const struct ledger *l, const struct epoch *e, uint64_t seq)
{
	uint64_t back = e->top - seq + 1;
	const struct failure *f = NULL;

	if (back <= l->ring.count)
		f = held_at(l, l->ring.count - (uint32_t)back, e, seq);
	for (uint32_t i = l->ring.count; !f && i-- > 0;)
		f = held_at(l, i, e, seq);
	return f;
}

/* A number that has come before. Two runs may go by one name (replays do), so it
 * is known only when nothing speaks against it. */
static bool is_known(const struct ledger *l, const struct epoch *e, const struct failure *f)
{
	if (instant_after(f->at, e->newest))
		return false;
	const struct failure *other = held(l, e, f->seq);
	return !other || same(f, other);
}

/* Whether one of the newest failures of the run is this one. */
static bool held_already(const struct ledger *l, const struct epoch *e, const struct failure *f)
{
	for (uint32_t i = l->ring.count; i-- > 0;) {
		const struct failure *other = ring_at(&l->ring, i);
		if (!slice_equal(other->epoch, name_of(e)))
			continue;
		if (other->at.ns != f->at.ns)
			return false;
		if (same(other, f))
			return true;
	}
	return false;
}

/* The nth failure without a number is number n of its run, if it was told from
 * the beginning; what is not newer than the newest has then been told before. */
static bool number_it(const struct ledger *l, struct epoch *e, struct failure *f)
{
	uint64_t n = e->chained + 1;

	if (n <= e->top &&
	    (f->at.ns < e->newest.ns || (f->at.ns == e->newest.ns && held_already(l, e, f)))) {
		e->chained = n;
		return false;
	}
	f->seq = e->top + 1;
	e->chained = f->seq;
	return true;
}

static struct gap gap_of(const struct epoch *e, const struct range *r, bool evicted)
{
	return (struct gap){
		.epoch = e ? name_of(e) : (slice){ 0 },
		.from = r->from,
		.to = r->to,
		.count = r->count,
		.evicted = evicted,
		.at = r->at,
	};
}

/* Numbers from the highest seen up to `seq` have not come. */
static struct range skip_to(struct epoch *e, uint64_t seq, instant at)
{
	struct range r = { e->top + 1, seq - 1, seq - 1 - e->top, at };

	if (r.count)
		lost_insert(&e->missing, r);
	return r;
}

/* A number that no run reaches is none, so that there is always a next one. */
#define NUMBERS_END (UINT64_MAX / 2)

static bool place(struct ledger *l, struct epoch *e, struct failure *f, struct ledger_news *news)
{
	if (f->seq > NUMBERS_END)
		f->seq = 0;
	if (e == l->own && f->seq == 0)
		f->seq = e->top + 1;
	else if (f->seq == 0 && !number_it(l, e, f))
		return false;
	if (f->seq <= e->top) {
		if (lost_take(&e->missing, f->seq))
			return true;
		if (is_known(l, e, f))
			return false;
		f->seq = e->top + 1;
	}
	if (f->seq > e->top) {
		struct range r = skip_to(e, f->seq, f->at);
		news->missed = r.count > 0;
		news->gap = gap_of(e, &r, false);
		e->top = f->seq;
	}
	return true;
}

static struct failure *push(struct ledger *l, struct epoch *e, struct failure *f)
{
	e->newest = instant_later(e->newest, f->at);
	e->held++;
	struct failure *oldest = ring_push(&l->ring, f);
	if (oldest) {
		e = epoch_find(l, oldest->epoch);
		e->held--;
		lost_add(&e->evicted, oldest->seq, oldest->at);
	}
	return oldest;
}

struct ledger_news ledger_add(struct ledger *l, struct failure *f)
{
	struct ledger_news news = { 0 };
	struct epoch *e = f->epoch.n ? epoch_of(l, f->epoch) : l->own;

	f->epoch = name_of(e);
	news.known = !place(l, e, f, &news);
	news.evicted = news.known ? f : push(l, e, f);
	return news;
}

/* Only numbers above the highest seen are news. A merged gap may have some of
 * its numbers come later, so it counts as missing whatever it says. */
void ledger_add_gap(struct ledger *l, const struct gap *g)
{
	if (g->epoch.n == 0) {
		range_add(&l->forgotten, 0, 0, g->count, g->at);
		return;
	}
	struct epoch *e = epoch_of(l, g->epoch);
	struct range r = { g->from, g->to, g->count, g->at };
	bool merged = r.count <= r.to - r.from;
	if (r.from > NUMBERS_END || r.to <= e->top)
		return;
	if (r.to > NUMBERS_END)
		r.to = NUMBERS_END;
	if (r.from > e->top)
		skip_to(e, r.from, r.at);
	else
		r.from = e->top + 1;
	if (r.count > r.to - r.from)
		r.count = r.to - r.from + 1;
	e->top = r.to;
	if (g->evicted)
		e->newest = instant_later(e->newest, g->at);
	lost_insert(g->evicted && !merged ? &e->evicted : &e->missing, r);
}

/* ---- putting back ---- */

void ledger_restore(struct ledger *l, struct failure *f)
{
	struct epoch *e = f->epoch.n ? epoch_of(l, f->epoch) : l->own;

	f->epoch = name_of(e);
	if (f->seq > e->top)
		e->top = f->seq;
	free(push(l, e, f));
}

void ledger_restore_gap(struct ledger *l, const struct gap *g)
{
	if (g->epoch.n == 0) {
		range_add(&l->forgotten, 0, 0, g->count, g->at);
		return;
	}
	struct epoch *e = epoch_of(l, g->epoch);
	if (g->to > e->top)
		e->top = g->to;
	if (g->evicted)
		e->newest = instant_later(e->newest, g->at);
	lost_insert(g->evicted ? &e->evicted : &e->missing,
	            (struct range){ g->from, g->to, g->count, g->at });
}

void ledger_inherit(struct ledger *l, const struct ledger *old)
{
	for (uint32_t i = 0; i < old->count; i++)
		if (old->epochs[i]->chained)
			epoch_of(l, name_of(old->epochs[i]))->chained = old->epochs[i]->chained;
}

/* ---- the account ---- */

struct list {
	struct ledger_item *items;
	uint32_t count;
	uint32_t room;
};

static struct ledger_item *list_add(struct list *s, const struct epoch *e)
{
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->items = mem_resize(s->items, s->room, sizeof *s->items);
	}
	struct ledger_item *i = &s->items[s->count++];
	*i = (struct ledger_item){ .epoch = e ? e->number : 0 };
	return i;
}

/* The next range that has not been told and begins before `seq`. */
static struct range *untold(const struct lost *t, uint64_t seq)
{
	return t->told < t->count && t->ranges[t->told].from < seq ? &t->ranges[t->told] : NULL;
}

static void list_gaps(struct list *s, struct epoch *e, uint64_t seq)
{
	for (;;) {
		const struct range *gone = untold(&e->evicted, seq);
		const struct range *never = untold(&e->missing, seq);
		if (!gone && !never)
			return;
		bool evicted = gone && (!never || gone->from < never->from);
		list_add(s, e)->gap = gap_of(e, evicted ? gone : never, evicted);
		if (evicted)
			e->evicted.told++;
		else
			e->missing.told++;
	}
}

struct ledger_item *ledger_list(struct ledger *l, uint32_t *count)
{
	struct list s = { 0 };

	if (l->forgotten.count)
		list_add(&s, NULL)->gap = gap_of(NULL, &l->forgotten, true);
	for (uint32_t i = 0; i < l->count; i++) {
		struct epoch *e = l->epochs[i];
		e->evicted.told = e->missing.told = 0;
		if (e->held == 0)
			list_gaps(&s, e, UINT64_MAX);
	}
	for (uint32_t i = 0; i < l->ring.count; i++) {
		const struct failure *f = ring_at(&l->ring, i);
		struct epoch *e = epoch_find(l, f->epoch);
		list_gaps(&s, e, f->seq);
		list_add(&s, e)->failure = f;
	}
	for (uint32_t i = 0; i < l->count; i++)
		list_gaps(&s, l->epochs[i], UINT64_MAX);
	*count = s.count;
	return s.items;
}
