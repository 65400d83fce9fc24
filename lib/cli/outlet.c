#include "cli/outlet.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>

enum {
	IN_MEMORY = 64 * 1024, /* bytes of one stock */
	BLOCK = 64 * 1024,
};

static const uint64_t held_most = UINT64_C(256) << 20; /* in memory, of all together */

/* ---- failure ---- */

static void fail_out(struct out *out)
{
	if (!out || out->failure)
		return;
	out->failure = EIO;
	buf_free(&out->pending);
}

void outlet_fail(struct outlet *o, const struct err *e)
{
	if (!o->failed)
		o->error = *e;
	o->failed = true;
	fail_out(o->records);
	fail_out(o->passed);
}

/* ---- places ---- */

static bool is_empty(const struct outlet_place *p)
{
	return stock_is_empty(&p->records) && stock_is_empty(&p->passed);
}

/* What waits of the one whose turn it is; NULL: nothing. */
static struct outlet_place *at_turn(struct outlet *o)
{
	return o->order.count ? *order_place(&o->order, order_turn(&o->order)) : NULL;
}

/* What goes next; NULL: nothing waits for that. */
static struct outlet_place *current(struct outlet *o)
{
	return o->ordered ? at_turn(o) : &o->all;
}

/* What is of one that has left goes with the one whose turn it is. */
static struct outlet_place *own_place(struct outlet *o, uint64_t arrival)
{
	uint64_t turn = order_turn(&o->order);
	void **held = order_place(&o->order, arrival < turn ? turn : arrival);

	if (!*held)
		*held = mem_zeroed(1, sizeof(struct outlet_place));
	return *held;
}

static struct outlet_place *place_of(struct outlet *o, uint64_t arrival)
{
	return o->ordered ? own_place(o, arrival) : &o->all;
}

static void drop(struct outlet *o, struct outlet_place *p)
{
	o->held -= p->counted;
	stock_free(&p->records, &o->spill);
	stock_free(&p->passed, &o->spill);
	stock_free(&p->beside, &o->spill);
	p->counted = 0;
}

static void keep_small(struct outlet *o, struct stock *s)
{
	struct err e;
	size_t most = o->held > held_most ? 0 : IN_MEMORY;

	if (stock_in_memory(s) > most && !stock_spill(s, &o->spill, &e))
		outlet_fail(o, &e);
}

/* Small records cost more than their bytes. */
static void count(struct outlet *o, struct outlet_place *p)
{
	uint64_t n = stock_bytes(&p->records) + stock_bytes(&p->passed) + stock_bytes(&p->beside);

	if (n)
		n += sizeof *p;
	o->held += n - p->counted;
	p->counted = n;
}

/* Something has come to it. */
static void settle(struct outlet *o, struct outlet_place *p)
{
	count(o, p);
	keep_small(o, &p->records);
	keep_small(o, &p->passed);
	keep_small(o, &p->beside);
}

static void move(struct outlet *o, struct stock *to, struct stock *from)
{
	struct err e;

	if (!stock_move(to, from, &o->spill, &e))
		outlet_fail(o, &e);
}

static bool has_turn(const struct outlet *o, uint64_t arrival)
{
	return !o->ordered || arrival <= order_turn(&o->order);
}

/* ---- what comes ---- */

/* Nothing is before a record of that action. */
static bool records_go(struct outlet *o, uint64_t arrival)
{
	const struct outlet_place *p = current(o);

	return has_turn(o, arrival) && (!p || stock_is_empty(&p->records));
}

struct buf *outlet_record(struct outlet *o, uint64_t arrival)
{
	if (!o->records)
		return NULL;
	return records_go(o, arrival) ? &o->records->pending : &place_of(o, arrival)->records.last;
}

void outlet_recorded(struct outlet *o, uint64_t arrival)
{
	if (o->ordered && !records_go(o, arrival))
		settle(o, place_of(o, arrival));
}

static void add_record(struct outlet *o, uint64_t arrival, slice record)
{
	struct buf *out = outlet_record(o, arrival);

	buf_add_slice(out, record);
	outlet_recorded(o, arrival);
}

void outlet_beside(struct outlet *o, uint64_t arrival, slice records)
{
	if (!o->records)
		return;
	if (!o->ordered || order_is_over(&o->order, arrival)) {
		add_record(o, arrival, records);
		return;
	}
	struct outlet_place *p = place_of(o, arrival);
	buf_add_slice(&p->beside.last, records);
	settle(o, p);
}

/* It is collected until the end is known. */
static bool collects(const struct outlet *o)
{
	return o->whole && !o->ordered;
}

static struct outlet_place *passed_place(struct outlet *o, uint64_t arrival)
{
	return collects(o) ? own_place(o, arrival) : place_of(o, arrival);
}

/* It can be written without waiting for anything. */
static bool passed_goes(struct outlet *o, uint64_t arrival)
{
	const struct outlet_place *p = current(o);

	return !collects(o) && has_turn(o, arrival) && (!p || stock_is_empty(&p->passed));
}

void outlet_pass(struct outlet *o, uint64_t arrival, slice lines)
{
	if (!o->passed)
		return;
	if (passed_goes(o, arrival)) {
		buf_add_slice(&o->passed->pending, lines);
		return;
	}
	struct outlet_place *p = passed_place(o, arrival);
	buf_add_slice(&p->passed.last, lines);
	settle(o, p);
}

void outlet_pass_stock(struct outlet *o, uint64_t arrival, struct stock *lines)
{
	struct outlet_place *p = passed_place(o, arrival);

	move(o, &p->passed, lines);
	settle(o, p);
}

bool outlet_is_clogged(struct outlet *o, uint64_t arrival)
{
	if (!o->passed || o->passed->failure || !has_turn(o, arrival) || collects(o))
		return false;
	return o->passed->pending.n > BLOCK || !passed_goes(o, arrival);
}

/* ---- what goes ---- */

/* Those who are over and have nothing that waits make room for the next. */
static void advance(struct outlet *o)
{
	void *held = NULL;

	while (order_is_over(&o->order, order_turn(&o->order))) {
		struct outlet_place *p = at_turn(o);

		if (p && !is_empty(p))
			return;
		order_next(&o->order, &held);
		if (p)
			drop(o, p);
		free(p);
	}
}

void outlet_step(struct outlet *o, uint64_t arrival)
{
	if (!collects(o))
		return;
	struct outlet_place *p = *order_place(&o->order, arrival);

	if (!p)
		return;
	move(o, &o->all.passed, &p->passed);
	count(o, p);
	settle(o, &o->all);
}

void outlet_over(struct outlet *o, uint64_t arrival)
{
	if (!o->ordered && !o->whole)
		return;
	outlet_step(o, arrival);
	order_over(&o->order, arrival);
	struct outlet_place *p = *order_place(&o->order, arrival);

	if (p)
		move(o, &p->records, &p->beside);
	advance(o);
}

bool outlet_has_let_go(const struct outlet *o, uint64_t arrival)
{
	return !o->ordered || arrival <= o->order.gone;
}

static bool drain(struct outlet *o, struct stock *s, struct out *out)
{
	struct err e;

	if (stock_is_empty(s))
		return false;
	if (!out || out->failure)
		stock_free(s, &o->spill);
	else if (!stock_take(s, &o->spill, BLOCK, &out->pending, &e))
		outlet_fail(o, &e);
	return true;
}

bool outlet_more(struct outlet *o)
{
	struct outlet_place *p = current(o);

	if (!p || is_empty(p))
		return false;
	drain(o, &p->passed, o->passed);
	drain(o, &p->records, o->records);
	count(o, p);
	if (o->ordered)
		advance(o);
	return true;
}

void outlet_flush(struct outlet *o)
{
	while (outlet_more(o)) {
		if (o->records)
			out_commit(o->records);
		if (o->passed)
			out_commit(o->passed);
	}
}

bool outlet_close(struct outlet *o, struct err *e)
{
	for (uint64_t i = 0; i < o->order.count; i++) {
		struct outlet_place *p = *order_place(&o->order, order_turn(&o->order) + i);

		if (p)
			drop(o, p);
		free(p);
	}
	drop(o, &o->all);
	order_free(&o->order);
	spill_free(&o->spill);
	o->held = 0;
	if (o->failed)
		*e = o->error;
	return !o->failed;
}
