#include "codec/spool_fold.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- lines ---- */

/* Takes the first whole line off *rest; false: there is none. */
static bool next_line(slice *rest, slice *line)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (!end)
		return false;
	*line = (slice){ rest->p, (size_t)(end - rest->p) };
	rest->n -= line->n + 1;
	rest->p = end + 1;
	return true;
}

bool spool_fold_header(slice text, struct spool_header *h, struct json_error *e)
{
	struct spool_reader *r = spool_reader_new();
	struct buf copy = { 0 };
	slice line;
	bool good = text.n == 0;

	*h = (struct spool_header){ 0 };
	*e = (struct json_error){ .what = "expected a line" };
	if (next_line(&text, &line))
		good = spool_read_header(r, json_text(&copy, line), h, e);
	buf_free(&copy);
	spool_reader_free(r);
	return good;
}

/* ---- actions ---- */

static struct spool_live *add(struct spool_fold *f)
{
	if (f->count == f->room) {
		f->room = f->room ? f->room * 2 : 64;
		f->live = mem_resize(f->live, f->room, sizeof *f->live);
	}
	f->live[f->count] = (struct spool_live){ 0 };
	return &f->live[f->count++];
}

/* NULL: nobody with this number lives. */
static struct spool_live *find(const struct spool_fold *f, uint64_t number)
{
	size_t low = 0, high = f->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (f->live[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	bool found = low < f->count && f->live[low].number == number && !f->live[low].over;
	return found ? &f->live[low] : NULL;
}

enum at_gate {
	TAKE,
	UNDO,
};

/* Its record is read again, for it is seldom that the gate is concerned, and then only
 * actions that were admitted. */
static void at_gate(struct spool_fold *f, const struct spool_live *l, enum at_gate what, instant at)
{
	struct record record;
	struct told_bad bad;
	struct json_error e;

	if (!f->gate || !record_read(f->reader, l->record, &record, &e))
		return;
	identity_take(&f->who, &record, &bad);
	struct action *a = engine_action_new(gate_class(f->gate, record.kind));
	uint64_t owner = record_owner(f->keys, &record);
	record_keys_of(f->keys, a->class, &record, a->turn->keys);
	if (what == TAKE)
		gate_take(f->gate, a->class, a->turn->keys, owner, at);
	else
		gate_undo(f->gate, a->class, a->turn->keys, owner);
	engine_action_free(a);
}

/* ---- entries ---- */

static bool refuse(struct json_error *e, size_t at, const char *what)
{
	e->at = at;
	snprintf(e->what, sizeof e->what, "%s", what);
	return false;
}

/* What is wrong with a record is told where it is in the line. */
static bool check_record(struct spool_fold *f, slice text, slice line, struct json_error *e)
{
	size_t before = (size_t)(text.p - line.p);
	struct record record;
	struct told_bad bad;

	if (!record_read(f->reader, text, &record, e)) {
		e->at += before;
		return false;
	}
	if (record.id_type == RECORD_ID_NONE || record.outcome.text.p ||
	    slice_starts(record.kind, "meshq."))
		return refuse(e, before, "expected an action with an id and without an outcome");
	if (!identity_take(&f->who, &record, &bad))
		return refuse(e, (size_t)((bad.at ? bad.at : record_end(record.line)) - line.p),
		              bad.what);
	return true;
}

static bool fold_accept(struct spool_fold *f, const struct spool_entry *x, slice line,
                        struct json_error *e)
{
	if (x->number <= f->last)
		return refuse(e, strlen("{\"accept\":"), "expected a number above all before it");
	if (f->gate && !check_record(f, x->record, line, e))
		return false;
	struct spool_live *l = add(f);
	l->number = f->last = x->number;
	l->record = x->record;
	l->arrived = x->at;
	return true;
}

static void take_counts(struct spool_live *l, const struct spool_entry *x)
{
	l->attempts = x->attempts;
	l->defers = x->defers;
	l->ran = x->ran;
}

static void give_back(struct spool_fold *f, struct spool_live *l)
{
	if (l->reserved)
		at_gate(f, l, UNDO, f->latest);
	l->reserved = false;
}

static void fold_start(struct spool_fold *f, struct spool_live *l, const struct spool_entry *x)
{
	take_counts(l, x);
	l->waits = l->in_line = false;
	l->started = true;
	l->start = x->at;
	l->reserved = x->admitted || x->reserved;
	if (x->admitted)
		at_gate(f, l, TAKE, x->at);
}

static void fold_wait(struct spool_fold *f, struct spool_live *l, const struct spool_entry *x)
{
	take_counts(l, x);
	give_back(f, l);
	l->started = false;
	l->waits = true;
	l->in_line = x->in_line;
	l->due = x->due;
}

static uint32_t rule_of(struct spool_fold *f, const struct spool_entry *x)
{
	uint32_t rule = 0;
	struct buf by = { 0 };

	while (rule < f->policy->rule_count && !slice_is(x->rule, f->policy->rules[rule].name))
		rule++;
	if (rule < f->policy->rule_count) {
		const struct rule_policy *r = &f->policy->rules[rule];

		spool_add_paths(r, &by);
		if (!slice_is(x->type, spool_type_name(r->type)) ||
		    !slice_equal(x->by, buf_slice(&by)))
			rule = UINT32_MAX;
	} else {
		rule = UINT32_MAX;
	}
	buf_free(&by);
	return rule;
}

static void fold_mark(struct spool_fold *f, struct spool_entry *x)
{
	if (!f->gate)
		return;
	x->mark.rule = rule_of(f, x);
	if (x->mark.rule != UINT32_MAX)
		gate_put_mark(f->gate, &x->mark, f->latest);
	else if (f->strange++ == 0)
		snprintf(f->strange_rule, sizeof f->strange_rule, "%.*s", SLICE_ARG(x->rule));
}

static bool fold_entry(struct spool_fold *f, struct spool_entry *x, slice line,
                       struct json_error *e)
{
	struct spool_live *l = NULL;

	if (x->kind != SPOOL_MARK && x->kind != SPOOL_WAIT)
		f->latest = instant_later(f->latest, x->at);
	if (x->kind == SPOOL_ACCEPT)
		return fold_accept(f, x, line, e);
	if (x->kind == SPOOL_MARK) {
		fold_mark(f, x);
		return true;
	}
	/* Its accept may be in a damaged line, which has been told. */
	if (!(l = find(f, x->number)))
		return true;
	if (x->kind == SPOOL_START) {
		fold_start(f, l, x);
	} else if (x->kind == SPOOL_WAIT) {
		fold_wait(f, l, x);
	} else {
		if (!x->dispatched)
			give_back(f, l);
		l->over = true;
	}
	return true;
}

static void note_damage(struct spool_fold *f, uint64_t number, slice line,
                        const struct json_error *e)
{
	if (f->damage_count == f->damage_room) {
		f->damage_room = f->damage_room ? f->damage_room * 2 : 8;
		f->damage = mem_resize(f->damage, f->damage_room, sizeof *f->damage);
	}
	struct spool_damage *d = &f->damage[f->damage_count++];
	*d = (struct spool_damage){ .line = number, .text = line, .at = e->at };
	memcpy(d->what, e->what, sizeof d->what);
}

/* Those that are over leave. */
static void settle(struct spool_fold *f)
{
	size_t kept = 0;

	f->exact = !f->torn && f->damage_count == 0;
	for (size_t i = 0; i < f->count; i++) {
		if (!f->live[i].over)
			f->live[kept++] = f->live[i];
		f->exact &= !f->live[i].over && f->live[i].number == i + 1;
	}
	f->exact &= f->last == kept;
	f->count = kept;
}

void spool_fold(struct spool_fold *f, slice text)
{
	struct spool_reader *r = spool_reader_new();
	struct json_error e;
	uint64_t number = 1;
	slice line;

	if (next_line(&text, &line))
		spool_read_header(r, line, &f->header, &e);
	f->latest = f->header.at;
	while (next_line(&text, &line)) {
		struct spool_entry x;

		number++;
		if (!spool_read_entry(r, line, &x, &e) || !fold_entry(f, &x, line, &e))
			note_damage(f, number, line, &e);
	}
	f->torn = text.n != 0;
	f->accepted = f->header.accepted;
	if (f->last > f->header.last)
		f->accepted += f->last - f->header.last;
	else
		f->last = f->header.last;
	settle(f);
	spool_reader_free(r);
}

void spool_fold_free(struct spool_fold *f)
{
	free(f->live);
	free(f->damage);
	f->live = NULL;
	f->damage = NULL;
	f->count = f->room = f->damage_count = f->damage_room = 0;
}

/* ---- the way back ---- */

static void write_live(const struct spool_live *l, uint64_t number, struct buf *out)
{
	struct spool_entry x = {
		.kind = SPOOL_ACCEPT, .number = number, .at = l->arrived, .record = l->record
	};

	spool_add(&x, out);
	x = (struct spool_entry){ .number = number,
		                  .at = l->start,
		                  .attempts = l->attempts,
		                  .defers = l->defers,
		                  .ran = l->ran,
		                  .due = l->due,
		                  .in_line = l->in_line };
	if (l->started) {
		x.kind = SPOOL_START;
		x.reserved = l->reserved;
		spool_add(&x, out);
	} else if (l->waits) {
		x.kind = SPOOL_WAIT;
		spool_add(&x, out);
	}
}

void spool_fold_write(const struct spool_fold *f, struct hash_seed seed, const struct gate *gate,
                      instant now, bool renumber, struct buf *out)
{
	struct spool_header h = {
		.seed = seed,
		.accepted = f->accepted,
		.last = renumber ? f->count : f->last,
		.at = instant_later(now, f->latest),
	};
	struct gate_walk walk = { 0 };
	struct gate_mark m;

	spool_add_header(&h, out);
	while (gate_next_mark(gate, &walk, &m))
		if (instant_after(m.over, now))
			spool_add_mark(f->policy, &m, out);
	for (size_t i = 0; i < f->count; i++)
		write_live(&f->live[i], renumber ? i + 1 : f->live[i].number, out);
}
