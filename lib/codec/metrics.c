#include "codec/metrics.h"

#include "base/mem.h"

#include <stdlib.h>

/* Upper bounds in nanoseconds: a handler may take a millisecond, a hold may last for days. */
static const struct {
	int64_t ns;
	const char *seconds;
} bounds[METRICS_BOUNDS] = {
	{ NS_PER_MS, "0.001" },      { NS_PER_MS * 25 / 10, "0.0025" },
	{ NS_PER_MS * 5, "0.005" },  { NS_PER_MS * 10, "0.01" },
	{ NS_PER_MS * 25, "0.025" }, { NS_PER_MS * 50, "0.05" },
	{ NS_PER_MS * 100, "0.1" },  { NS_PER_MS * 250, "0.25" },
	{ NS_PER_MS * 500, "0.5" },  { NS_PER_S, "1" },
	{ NS_PER_S * 5 / 2, "2.5" }, { NS_PER_S * 5, "5" },
	{ NS_PER_S * 10, "10" },     { NS_PER_S * 30, "30" },
	{ NS_PER_S * 60, "60" },     { NS_PER_S * 300, "300" },
	{ NS_PER_S * 3600, "3600" }, { NS_PER_S * 86400, "86400" },
};

static const char others[] = "other";

/* ---- counting ---- */

struct number {
	struct key key;
	uint32_t row;
};

void metrics_init(struct metrics *m, struct hash_seed seed)
{
	*m = (struct metrics){ .seed = seed };
	table_init(&m->numbers, sizeof(struct number));
	m->rows[METRICS_KINDS].kind = mem_text(others, strlen(others));
	m->rows[METRICS_KINDS].kind_size = strlen(others);
}

void metrics_free(struct metrics *m)
{
	for (uint32_t i = 0; i <= METRICS_KINDS; i++)
		free(m->rows[i].kind);
	table_free(&m->numbers);
	*m = (struct metrics){ 0 };
}

/* A NUL would make the text a binary file to some tools; and a kind that is really called
 * "other" joins the others, so that no two rows have one name. */
static bool has_row(slice kind)
{
	return kind.n <= METRICS_KIND_BYTES && !slice_is(kind, others) &&
	       (kind.n == 0 || !memchr(kind.p, '\0', kind.n));
}

static struct metrics_row *row_of(struct metrics *m, slice kind)
{
	struct metrics_row *rest = &m->rows[METRICS_KINDS];

	if (!has_row(kind))
		return rest;
	struct key key = hash_bytes(m->seed, kind.p, kind.n);
	const struct number *known = table_find(&m->numbers, key);
	if (known)
		return &m->rows[known->row];
	if (m->count == METRICS_KINDS)
		return rest;
	((struct number *)table_put(&m->numbers, key))->row = m->count;
	m->rows[m->count].kind = mem_text(kind.p, kind.n);
	m->rows[m->count].kind_size = kind.n;
	return &m->rows[m->count++];
}

static void observe(struct metrics_histogram *h, int64_t ns)
{
	uint32_t i = 0;

	while (i < METRICS_BOUNDS && ns > bounds[i].ns)
		i++;
	h->buckets[i]++;
	h->sum += (double)ns;
}

void metrics_effect(struct metrics *m, const struct effect *f, slice kind)
{
	const struct action *a = f->action;

	if (f->kind != EFFECT_OUTCOME)
		return;
	struct metrics_row *row = row_of(m, kind);
	int64_t wait = tick_difference(instant_until(a->arrived, f->at).ns, a->ran.ns);
	row->outcomes[f->outcome]++;
	if (f->outcome != OUTCOME_GATED)
		observe(&row->wait, wait > 0 ? wait : 0);
	if (a->result)
		observe(&row->run, a->ran.ns);
}

/* ---- writing ---- */

static void add_head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP meshq_%s %s\n# TYPE meshq_%s %s\n", name, help, name, type);
}

static void add_counters(const struct metrics_state *s, struct buf *out)
{
	const struct engine_stats *e = s->engine;
	const struct {
		const char *name, *help;
		uint64_t value;
	} counters[] = {
		{ "received_total", "Actions taken from the input.", e->received },
		{ "dispatched_total", "Actions whose handler succeeded.", e->dispatched },
		{ "failed_total", "Actions given up.", e->failed },
		{ "gated_total", "Actions refused by a hold.", e->gated },
		{ "expired_total", "Actions whose time had passed.", e->expired },
		{ "unfinished_total", "Actions given back when the run ended.", e->unfinished },
		{ "rejected_total", "Bad records of the input.", s->rejected },
		{ "passed_total", "Records passed on as they were.", s->passed },
		{ "controls_total", "Records of holds and ticks.", s->controls },
		{ "skipped_total", "Actions that were done in an earlier run.", s->skipped },
		{ "restored_total", "Actions that were left by an earlier run.", s->restored },
		{ "spooled_total", "Actions left for the next run.", s->spooled },
		{ "deferred_total", "Waits for a rule.", e->deferred },
		{ "dispatch_retries_total", "Attempts to be made again.", e->dispatch_retries },
		{ "coalesced_total", "Actions that were dispatched with another like them.",
		  e->coalesced },
		{ "admissions_total", "Questions put to the rules.", e->admissions },
		{ "backpressure_asserts_total", "Back-pressure began.", e->asserts },
		{ "backpressure_releases_total", "Back-pressure ended.", e->releases },
		{ "chain_append_failures_total", "Records that the chain lacks.",
		  s->chain_append_failures },
		{ "failures_append_failures_total", "Records that the file of failures lacks.",
		  s->failures_append_failures },
	};

	for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
		add_head(out, counters[i].name, "counter", counters[i].help);
		buf_addf(out, "meshq_%s ", counters[i].name);
		buf_add_u64(out, counters[i].value);
		buf_add_char(out, '\n');
	}
}

static void add_gauges(const struct metrics_state *s, struct buf *out)
{
	const struct {
		const char *name, *help;
		double value;
	} gauges[] = {
		{ "depth", "Actions read ahead, waiting and running.", (double)s->depth },
		{ "max_depth", "The greatest depth so far.", (double)s->engine->max_depth },
		{ "running", "Handlers that run.", s->running },
		{ "waiting", "Actions read ahead and waiting.", (double)(s->depth - s->running) },
		{ "jobs", "Handlers that may run at once.", s->jobs },
		{ "backpressure_asserted", "1 while there is back-pressure, else 0.", s->asserted },
		{ "backpressure_level", "From 0 at the mark to 1 at the ceiling.", s->level },
	};

	for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++) {
		add_head(out, gauges[i].name, "gauge", gauges[i].help);
		buf_addf(out, "meshq_%s %.15g\n", gauges[i].name, gauges[i].value);
	}
}

static void add_kind(const struct metrics_row *row, struct buf *out)
{
	buf_add_text(out, "{kind=\"");
	for (size_t i = 0; i < row->kind_size; i++) {
		char c = row->kind[i];

		if (c == '\\' || c == '"')
			buf_add_char(out, '\\');
		if (c == '\n')
			buf_add_text(out, "\\n");
		else
			buf_add_char(out, c);
	}
	buf_add_char(out, '"');
}

static void add_histogram(const char *name, const struct metrics_row *row,
                          const struct metrics_histogram *h, struct buf *out)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i <= METRICS_BOUNDS; i++) {
		count += h->buckets[i];
		buf_addf(out, "meshq_%s_bucket", name);
		add_kind(row, out);
		buf_addf(out, ",le=\"%s\"} ", i < METRICS_BOUNDS ? bounds[i].seconds : "+Inf");
		buf_add_u64(out, count);
		buf_add_char(out, '\n');
	}
	buf_addf(out, "meshq_%s_sum", name);
	add_kind(row, out);
	buf_addf(out, "} %.15g\n", h->sum / (double)NS_PER_S);
	buf_addf(out, "meshq_%s_count", name);
	add_kind(row, out);
	buf_add_text(out, "} ");
	buf_add_u64(out, count);
	buf_add_char(out, '\n');
}

static void add_outcomes(const struct metrics_row *row, struct buf *out)
{
	static const char *const words[METRICS_OUTCOMES] = {
		[OUTCOME_DISPATCHED] = "dispatched", [OUTCOME_FAILED] = "failed",
		[OUTCOME_GATED] = "gated",           [OUTCOME_EXPIRED] = "expired",
		[OUTCOME_UNFINISHED] = "unfinished",
	};

	for (uint32_t i = 0; i < METRICS_OUTCOMES; i++) {
		buf_add_text(out, "meshq_outcomes_total");
		add_kind(row, out);
		buf_addf(out, ",outcome=\"%s\"} ", words[i]);
		buf_add_u64(out, row->outcomes[i]);
		buf_add_char(out, '\n');
	}
}

static bool used(const struct metrics_row *row)
{
	for (uint32_t i = 0; i < METRICS_OUTCOMES; i++)
		if (row->outcomes[i])
			return true;
	return false;
}

/* The samples of a family stand together, so there are three walks over the rows. */
static void add_rows(const struct metrics *m, struct buf *out)
{
	add_head(out, "outcomes_total", "counter", "Actions by kind and outcome.");
	for (uint32_t i = 0; i <= METRICS_KINDS; i++)
		if (used(&m->rows[i]))
			add_outcomes(&m->rows[i], out);
	add_head(out, "queue_wait_seconds", "histogram",
	         "From the arrival of an action to its outcome, without the time of handlers.");
	buf_add_text(out, "# UNIT meshq_queue_wait_seconds seconds\n");
	for (uint32_t i = 0; i <= METRICS_KINDS; i++)
		if (used(&m->rows[i]))
			add_histogram("queue_wait_seconds", &m->rows[i], &m->rows[i].wait, out);
	add_head(out, "run_seconds", "histogram",
	         "The time of handlers for an action, over all its attempts.");
	buf_add_text(out, "# UNIT meshq_run_seconds seconds\n");
	for (uint32_t i = 0; i <= METRICS_KINDS; i++)
		if (used(&m->rows[i]))
			add_histogram("run_seconds", &m->rows[i], &m->rows[i].run, out);
}

bool metrics_begins(slice text)
{
	return slice_starts(text, "# HELP meshq_");
}

void metrics_text(const struct metrics *m, const struct metrics_state *s, struct buf *out)
{
	add_counters(s, out);
	add_gauges(s, out);
	add_rows(m, out);
	buf_add_text(out, "# EOF\n");
}
