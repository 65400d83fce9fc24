#include "cli/failure_filter.h"

#include "base/dur.h"

/* "17", "5f0c:17" or "10m": a bare number counts failures, not seconds. */
static bool read_since(struct failure_filter *f, struct err *e)
{
	slice text = f->since_text ? slice_of(f->since_text) : (slice){ 0 };
	const char *colon = text.p ? strrchr(text.p, ':') : NULL;
	slice number = text;

	if (!text.p)
		return true;
	if (colon) {
		f->epoch = (slice){ text.p, (size_t)(colon - text.p) };
		number = slice_of(colon + 1);
	}
	if (slice_u64(number, &f->seq)) {
		f->since = SINCE_SEQ;
		return true;
	}
	f->since = SINCE_AGE;
	if (!colon && dur_parse(text, &f->age))
		return true;
	return err_set(e, STATUS_USAGE,
	               "--since: '%s' is neither a number (17), nor a run and a number (5f0c:17), "
	               "nor a duration (10m)",
	               f->since_text);
}

/* A misspelt one would select nothing, and --max would call that well. */
static bool check_statuses(const struct failure_filter *f, struct err *e)
{
	static const char *const known[] = { "failed", "gated", "expired", "unfinished" };

	for (uint32_t i = 0; i < f->statuses.count; i++) {
		size_t k = 0;
		while (k < sizeof known / sizeof known[0] &&
		       strcmp(f->statuses.items[i], known[k]) != 0)
			k++;
		if (k == sizeof known / sizeof known[0])
			return err_set(e, STATUS_USAGE,
			               "--status: '%s' is not one of failed, gated, expired, "
			               "unfinished",
			               f->statuses.items[i]);
	}
	return true;
}

bool failure_filter_start(struct failure_filter *f, struct err *e)
{
	char why[200];

	if (!read_since(f, e) || !check_statuses(f, e))
		return false;
	if (!f->reason)
		return true;
	int code = regcomp(&f->pattern, f->reason, REG_EXTENDED | REG_NOSUB);
	if (code != 0) {
		regerror(code, &f->pattern, why, sizeof why);
		return err_set(e, STATUS_USAGE, "--reason: '%s': %s", f->reason, why);
	}
	f->has_pattern = true;
	return true;
}

void failure_filter_free(struct failure_filter *f)
{
	if (f->has_pattern)
		regfree(&f->pattern);
	opt_list_free(&f->kinds);
	opt_list_free(&f->statuses);
	opt_list_free(&f->sources);
	*f = (struct failure_filter){ 0 };
}

/* ---- conditions ---- */

static bool in_list(const struct opt_list *l, slice text)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (slice_is(text, l->items[i]))
			return true;
	return l->count == 0;
}

/* "action-id", "action-id:7" and "action-id:7:pull_replica" all name the last. */
static bool source_in_list(const struct opt_list *l, slice source)
{
	for (uint32_t i = 0; i < l->count; i++) {
		size_t n = strlen(l->items[i]);
		if (slice_starts(source, l->items[i]) && (source.n == n || source.p[n] == ':'))
			return true;
	}
	return l->count == 0;
}

static bool matches(const regex_t *pattern, slice text)
{
	struct buf copy = { 0 };

	buf_add_slice(&copy, text);
	bool found = regexec(pattern, buf_text(&copy), 0, NULL, 0) == 0;
	buf_free(&copy);
	return found;
}

/* A watermark of one run: what came in earlier runs was seen with it, what came
 * in later ones was not. */
static bool since_seq(const struct failure_filter *f, const struct ledger *l, slice epoch,
                      uint64_t seq)
{
	uint32_t watermark, other;

	if (f->epoch.n == 0 || slice_equal(epoch, f->epoch))
		return seq > f->seq;
	return !ledger_epoch(l, f->epoch, &watermark) || !ledger_epoch(l, epoch, &other) ||
	       other > watermark;
}

static bool since(const struct failure_filter *f, const struct ledger *l, slice epoch, uint64_t seq,
                  instant at, instant now)
{
	switch (f->since) {
	case SINCE_EVER:
		return true;
	case SINCE_SEQ:
		return since_seq(f, l, epoch, seq);
	case SINCE_AGE:
		return at.ns >= instant_sub(now, f->age).ns;
	}
	return true;
}

bool failure_filter_wants(const struct failure_filter *f, const struct ledger *l,
                          const struct failure *failure, instant now)
{
	return since(f, l, failure->epoch, failure->seq, failure->at, now) &&
	       in_list(&f->kinds, failure->kind) && in_list(&f->statuses, failure->status) &&
	       source_in_list(&f->sources, failure->source) &&
	       (!f->has_pattern || matches(&f->pattern, failure->reason) ||
	        matches(&f->pattern, failure->last_reason));
}

bool failure_filter_wants_gap(const struct failure_filter *f, const struct ledger *l,
                              const struct gap *g, instant now)
{
	if (g->epoch.n == 0 && f->since == SINCE_SEQ)
		return true;
	return since(f, l, g->epoch, g->to, g->at, now);
}
