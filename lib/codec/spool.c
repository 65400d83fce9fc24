#include "codec/spool.h"

static const char *const type_names[] = {
	[RULE_WINDOW] = "window",
	[RULE_RATE] = "rate",
	[RULE_HOLD] = "hold",
};

const char *spool_type_name(enum rule_type type)
{
	return type_names[type];
}

/* Every action comes through here several times, so nothing is formatted by printf. */
static void add_hex(struct buf *out, uint64_t value)
{
	static const char digits[] = "0123456789abcdef";
	char *p = buf_reserve(out, 16);

	for (int i = 0; i < 16; i++)
		p[i] = digits[value >> (60 - 4 * i) & 15];
	out->n += 16;
}

static void add_count(struct buf *out, const char *name, uint64_t value)
{
	buf_add_text(out, name);
	buf_add_u64(out, value);
}

static void add_time(struct buf *out, const char *name, instant t)
{
	buf_add_text(out, name);
	if (t.ns == INT64_MAX)
		buf_add_text(out, "null");
	else
		buf_add_ms(out, t.ns);
}

void spool_add_header(const struct spool_header *h, struct buf *out)
{
	buf_add_text(out, "{\"meshq\":\"spool\"");
	add_count(out, ",\"v\":", SPOOL_VERSION);
	buf_add_text(out, ",\"seed\":\"");
	add_hex(out, h->seed.k0);
	add_hex(out, h->seed.k1);
	add_count(out, "\",\"accepted\":", h->accepted);
	add_count(out, ",\"last\":", h->last);
	add_time(out, ",\"at_ms\":", h->at);
	buf_add_text(out, "}\n");
}

/* What is absent is none. */
static void add_counts(const struct spool_entry *x, struct buf *out)
{
	if (x->attempts)
		add_count(out, ",\"attempts\":", x->attempts);
	if (x->defers)
		add_count(out, ",\"defers\":", x->defers);
	if (x->ran.ns) {
		buf_add_text(out, ",\"ran_ms\":");
		buf_add_ms(out, x->ran.ns);
	}
}

void spool_add(const struct spool_entry *x, struct buf *out)
{
	switch (x->kind) {
	case SPOOL_ACCEPT:
		add_count(out, "{\"accept\":", x->number);
		add_time(out, ",\"at_ms\":", x->at);
		buf_add_text(out, ",\"record\":");
		buf_add_slice(out, x->record);
		break;
	case SPOOL_START:
		add_count(out, "{\"start\":", x->number);
		add_time(out, ",\"at_ms\":", x->at);
		add_counts(x, out);
		if (x->admitted)
			buf_add_text(out, ",\"admitted\":true");
		if (x->reserved)
			buf_add_text(out, ",\"reserved\":true");
		break;
	case SPOOL_WAIT:
		add_count(out, "{\"wait\":", x->number);
		add_counts(x, out);
		if (x->in_line)
			buf_add_text(out, ",\"line\":true");
		else
			add_time(out, ",\"due_ms\":", x->due);
		break;
	case SPOOL_END:
		add_count(out, "{\"end\":", x->number);
		add_time(out, ",\"at_ms\":", x->at);
		if (x->dispatched)
			buf_add_text(out, ",\"dispatched\":true");
		break;
	case SPOOL_MARK:
		return;
	}
	buf_add_text(out, "}\n");
}

static struct spool_entry counts_of(const struct action *a, enum spool_kind kind)
{
	return (struct spool_entry){
		.kind = kind,
		.number = a->arrival,
		.attempts = a->attempts,
		.defers = a->defers,
		.ran = a->ran,
	};
}

/* A line of intake that comes with a wait of its own, or with counts, goes on with them;
 * an admission is in the record itself. */
static bool brings_something(const struct action *a)
{
	return a->attempts || a->defers ||
	       (a->turn->upstream == UPSTREAM_DEFERRED && a->turn->upstream_rule == UINT32_MAX);
}

void spool_add_accept(const struct action *a, slice line, struct buf *out)
{
	spool_add(&(struct spool_entry){ .kind = SPOOL_ACCEPT,
	                                 .number = a->arrival,
	                                 .at = a->arrived,
	                                 .record = line },
	          out);
	if (!brings_something(a))
		return;
	struct spool_entry x = counts_of(a, SPOOL_WAIT);
	x.due = a->turn->upstream == UPSTREAM_DEFERRED ? a->turn->upstream_until : a->arrived;
	spool_add(&x, out);
}

void spool_add_start(const struct action *a, instant at, struct buf *out)
{
	struct spool_entry x = counts_of(a, SPOOL_START);

	x.at = at;
	x.admitted = engine_has_reserved(a);
	spool_add(&x, out);
}

void spool_add_wait(const struct effect *f, struct buf *out)
{
	struct spool_entry x = counts_of(f->action, SPOOL_WAIT);

	x.in_line = f->kind == EFFECT_STEP && engine_in_line(f->action);
	x.due = f->until;
	spool_add(&x, out);
}

void spool_add_end(uint64_t number, enum outcome outcome, instant at, struct buf *out)
{
	spool_add(&(struct spool_entry){ .kind = SPOOL_END,
	                                 .number = number,
	                                 .at = at,
	                                 .dispatched = outcome == OUTCOME_DISPATCHED },
	          out);
}

void spool_add_paths(const struct rule_policy *r, struct buf *out)
{
	buf_add_char(out, '[');
	for (uint32_t i = 0; i < r->key_count; i++) {
		if (i)
			buf_add_char(out, ',');
		json_add_string(out, slice_of(r->key[i]));
	}
	buf_add_char(out, ']');
}

void spool_add_mark(const struct policy *policy, const struct gate_mark *m, struct buf *out)
{
	const struct rule_policy *r = &policy->rules[m->rule];

	buf_add_text(out, "{\"mark\":");
	json_add_string(out, slice_of(r->name));
	buf_add_text(out, ",\"type\":\"");
	buf_add_text(out, spool_type_name(r->type));
	buf_add_text(out, "\",\"by\":");
	spool_add_paths(r, out);
	buf_add_text(out, ",\"key\":\"");
	add_hex(out, m->key.hi);
	add_hex(out, m->key.lo);
	buf_add_text(out, "\",\"owner\":\"");
	add_hex(out, m->owner);
	add_time(out, r->type == RULE_HOLD ? "\",\"until_ms\":" : "\",\"at_ms\":", m->at);
	buf_add_text(out, "}\n");
}
