#include "cli/find.h"

#include "base/mem.h"
#include "codec/config.h"
#include "codec/json.h"

#include <stdlib.h>

/* Where to look when no range is given: whole numbers, as far as the setting takes them; see
 * cut. */
static const char everywhere[] = "1..1000000000";

/* ---- the question ---- */

static bool take_word(slice *rest, slice *word)
{
	while (rest->n && *rest->p == ' ')
		*rest = (slice){ rest->p + 1, rest->n - 1 };
	size_t n = 0;
	while (n < rest->n && rest->p[n] != ' ')
		n++;
	*word = (slice){ rest->p, n };
	*rest = (slice){ rest->p + n, rest->n - n };
	return n > 0;
}

static bool expect_word(slice *rest, const char *wanted, struct err *e)
{
	slice word;

	take_word(rest, &word);
	return slice_is(word, wanted) ||
	       err_set(e, STATUS_USAGE, "expected '%s', found '%.*s'", wanted, SLICE_ARG(word));
}

static bool read_variable(struct find *f, slice *rest, struct err *e)
{
	slice path, word, range = slice_of(everywhere), before;
	struct buf text = { 0 };

	if (!take_word(rest, &path))
		return err_set(e, STATUS_USAGE, "expected a setting, such as executor.jobs");
	before = *rest;
	f->open = !take_word(rest, &word) || !slice_is(word, "in");
	if (!f->open)
		take_word(rest, &range);
	else
		*rest = before;
	buf_addf(&text, "%.*s=%.*s", SLICE_ARG(path), SLICE_ARG(range));
	bool good = variable_read(buf_text(&text), &f->variable, e);
	buf_free(&text);
	return good;
}

/* Takes what is in front of " and ", or all that is left. */
static slice take_condition(slice *rest)
{
	static const char between[] = " and ";
	const size_t skip = sizeof between - 1;
	const char *at = memmem(rest->p, rest->n, between, skip);
	slice front = { rest->p, at ? (size_t)(at - rest->p) : rest->n };
	size_t gone = at ? front.n + skip : front.n;

	*rest = (slice){ rest->p + gone, rest->n - gone };
	return front;
}

static bool read_expectations(struct find *f, slice rest, struct err *e)
{
	bool good;

	do {
		slice condition = take_condition(&rest);
		char *text = mem_text(condition.p, condition.n);

		good = expectations_add(&f->expectations, text, e);
		free(text);
	} while (good && rest.n);
	return good;
}

static bool read_question(struct find *f, struct err *e)
{
	slice rest = slice_of(f->text), word;

	take_word(&rest, &word);
	f->greatest = slice_is(word, "max");
	if (!f->greatest && !slice_is(word, "min"))
		return err_set(e, STATUS_USAGE, "expected 'min' or 'max', found '%.*s'",
		               SLICE_ARG(word));
	return read_variable(f, &rest, e) && expect_word(&rest, "such", e) &&
	       expect_word(&rest, "that", e) && read_expectations(f, rest, e);
}

/* ---- the search ---- */

/* Whether all expectations are met by every run with the ith value; the values of the
 * figures are those of the first run that fails, or else of the last. */
static bool holds(struct find *f, uint64_t i, bool *yes, struct err *e)
{
	struct buf set = { 0 };
	bool good = true;

	*yes = true;
	variable_set(&f->variable, i, &set);
	const char *text = buf_text(&set);
	for (uint64_t n = 0; good && *yes && n < f->variants.runs; n++) {
		struct simulate run;

		good = variant_run(&f->variants, &text, 1, n, &run, e);
		if (good)
			*yes = expectations_check(&f->expectations, &run.measure);
		f->status = cli_worse(f->status, run.status);
		simulate_free(&run);
	}
	buf_free(&set);
	return good;
}

static bool is_taken(struct find *f, uint64_t i, struct err *e)
{
	struct buf set = { 0 };

	variable_set(&f->variable, i, &set);
	const char *text = buf_text(&set);
	bool good = variant_settle(&f->variants, &text, 1, e);
	if (good)
		config_free(&f->variants.policy);
	buf_free(&set);
	return good;
}

/* Nobody has said how far to look, so it goes as far as the setting may. The first value
 * stays in any case: its run says what is wrong. */
static void cut(struct find *f)
{
	uint64_t *count = &f->variable.range.count, low = 0, high = *count;
	struct err ignored;

	if (is_taken(f, high - 1, &ignored))
		return;
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		*(is_taken(f, middle, &ignored) ? &low : &high) = middle;
	}
	*count = high;
}

/* The ith value lies below the border: it is too small, or (max) still good. */
static bool below(struct find *f, uint64_t i, bool *yes, struct err *e)
{
	if (!holds(f, i, yes, e))
		return false;
	*yes = *yes == f->greatest;
	return true;
}

/* Steps that double until the border is passed: *low is below it, *high is not, or is
 * the number of values when all lie below. */
static bool gallop(struct find *f, uint64_t *low, uint64_t *high, struct err *e)
{
	uint64_t count = f->variable.range.count;
	bool yes;

	for (uint64_t step = 1;; step *= 2) {
		*high = *low + step < count ? *low + step : count - 1;
		if (*high == *low) {
			*high = count;
			return true;
		}
		if (!below(f, *high, &yes, e))
			return false;
		if (!yes)
			return true;
		*low = *high;
	}
}

static bool bisect(struct find *f, uint64_t *low, uint64_t *high, struct err *e)
{
	while (*high - *low > 1) {
		uint64_t middle = *low + (*high - *low) / 2;
		bool yes;

		if (!below(f, middle, &yes, e))
			return false;
		*(yes ? low : high) = middle;
	}
	return true;
}

/* The first value lies below the border; see gallop for the others. */
static bool search(struct find *f, uint64_t *low, uint64_t *high, struct err *e)
{
	return gallop(f, low, high, e) &&
	       (*high == f->variable.range.count || bisect(f, low, high, e));
}

/* Nothing lies below. But where the greatest value was asked for and the small ones are
 * the bad ones, the last is the answer, and "none" would be a lie. */
static bool try_last(struct find *f, uint64_t *low, struct err *e)
{
	uint64_t last = f->variable.range.count - 1;
	bool yes = false;

	if (f->greatest && last && !holds(f, last, &yes, e))
		return false;
	*low = yes ? last : UINT64_MAX;
	return true;
}

/* ---- the answer ---- */

static bool tell_value(struct find *f, uint64_t i, struct err *e)
{
	struct buf *out = &f->out->pending;
	bool yes;

	if (!holds(f, i, &yes, e)) /* once more, for its figures */
		return false;
	buf_addf(out, "%s=", f->variable.path);
	range_add(&f->variable.range, i, out);
	buf_add_char(out, '\n');
	expectations_print(&f->expectations, out);
	return true;
}

static void tell_record(struct find *f, uint64_t i)
{
	struct buf *out = &f->out->pending;

	buf_add_text(out, "{\"kind\":\"meshq.found\",\"path\":");
	json_add_string(out, slice_of(f->variable.path));
	buf_add_text(out, ",\"value\":");
	if (f->found)
		variable_json(&f->variable, i, out);
	else
		buf_add_text(out, "null");
	buf_add_text(out, "}\n");
}

static bool tell(struct find *f, uint64_t low, uint64_t high, struct err *e)
{
	uint64_t count = f->variable.range.count;
	uint64_t answer = f->greatest ? low : high, other = f->greatest ? high : low;

	f->found = answer < count; /* below 0 is far above, too */
	if (f->json) {
		tell_record(f, answer);
		return true;
	}
	if (!f->found)
		buf_add_text(&f->out->pending, "no value will do\n");
	if (f->found && !tell_value(f, answer, e))
		return false;
	return other >= count || tell_value(f, other, e);
}

bool find_run(struct find *f, struct err *e)
{
	uint64_t low = 0, high = 0;
	bool yes;

	if (!read_question(f, e))
		return err_prefix(e, "--find");
	if (f->open)
		cut(f);
	if (!below(f, 0, &yes, e))
		return false;
	if (yes ? !search(f, &low, &high, e) : !try_last(f, &low, e))
		return false;
	return tell(f, low, high, e);
}

void find_free(struct find *f)
{
	variable_free(&f->variable);
	expectations_free(&f->expectations);
}
