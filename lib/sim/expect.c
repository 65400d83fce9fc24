#include "sim/expect.h"

#include "base/dur.h"
#include "base/mem.h"

#include <stdlib.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static slice trimmed(slice s)
{
	while (s.n && is_blank(*s.p))
		s = (slice){ s.p + 1, s.n - 1 };
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* ---- the operator ---- */

static bool read_op(slice *rest, enum expect_op *op)
{
	static const struct {
		const char *text;
		enum expect_op op;
	} ops[] = {
		/* The longer ones first. */
		{ "<=", EXPECT_AT_MOST },   { ">=", EXPECT_AT_LEAST }, { "==", EXPECT_EQUAL },
		{ "!=", EXPECT_NOT_EQUAL }, { "<", EXPECT_LESS },      { ">", EXPECT_MORE },
		{ "=", EXPECT_EQUAL },
	};

	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
		if (slice_starts(*rest, ops[i].text)) {
			size_t n = strlen(ops[i].text);
			*rest = trimmed((slice){ rest->p + n, rest->n - n });
			*op = ops[i].op;
			return true;
		}
	return false;
}

bool expect_op_holds(enum expect_op op, double value, double bound)
{
	switch (op) {
	case EXPECT_LESS:
		return value < bound;
	case EXPECT_AT_MOST:
		return value <= bound;
	case EXPECT_EQUAL:
		return !(value < bound || value > bound);
	case EXPECT_NOT_EQUAL:
		return value < bound || value > bound;
	case EXPECT_AT_LEAST:
		return value >= bound;
	case EXPECT_MORE:
		return value > bound;
	}
	return false;
}

/* ---- the value ---- */

/* Digits over a power of ten, so that one division gives the nearest double. */
struct decimal {
	uint64_t digits;
	unsigned places;
};

static double decimal_value(struct decimal d)
{
	double scale = 1;

	for (unsigned i = 0; i < d.places; i++)
		scale *= 10; /* exact: at most 17 places */
	return (double)d.digits / scale;
}

/* Takes digits [. digits] off the front, at most 15 of them. */
static bool read_decimal(slice *text, struct decimal *d)
{
	size_t i = 0, point = 0;

	*d = (struct decimal){ 0 };
	for (; i < text->n; i++) {
		char c = text->p[i];
		if (c == '.' && !point && i > 0) {
			point = i;
			continue;
		}
		if (!is_digit(c))
			break;
		if (d->digits >= UINT64_C(100000000000000))
			return false;
		d->digits = d->digits * 10 + (uint64_t)(c - '0');
		d->places += point > 0;
	}
	if (i == 0 || (point && !d->places))
		return false;
	*text = trimmed((slice){ text->p + i, text->n - i });
	return true;
}

static bool read_time(slice text, double *bound)
{
	size_t n = 0;
	span d;

	if (!dur_parse(text, &d))
		return false;
	while (n < text.n && (is_digit(text.p[n]) || text.p[n] == '.'))
		n++;
	*bound = (double)d.ns;
	return n < text.n || d.ns == 0;
}

static bool read_part(slice text, double *bound)
{
	struct decimal d;

	if (!read_decimal(&text, &d))
		return false;
	if (slice_is(text, "%"))
		d.places += 2;
	*bound = decimal_value(d);
	return (text.n == 0 || slice_is(text, "%")) && *bound <= 1;
}

static bool read_count(slice text, double *bound)
{
	struct decimal d;

	if (!read_decimal(&text, &d))
		return false;
	*bound = decimal_value(d);
	return text.n == 0 && d.places == 0;
}

static bool read_number(slice text, const char *unit, double *bound)
{
	struct decimal d;

	if (!read_decimal(&text, &d))
		return false;
	*bound = decimal_value(d);
	return text.n == 0 || slice_is(text, unit);
}

/* False: *expected says what it should have been. */
static bool read_bound(enum figure_unit unit, slice text, double *bound, const char **expected)
{
	switch (unit) {
	case FIGURE_TIME:
		*expected = "a time with its unit: 2s, 250ms";
		return read_time(text, bound);
	case FIGURE_PART:
		*expected = "a part of the whole: 0.8 or 80%";
		return read_part(text, bound);
	case FIGURE_PER_S:
		*expected = "a rate a second: 12.5 or 12.5/s";
		return read_number(text, "/s", bound);
	case FIGURE_COUNT:
		*expected = "a count, such as 10";
		return read_count(text, bound);
	case FIGURE_LEVEL:
		*expected = "a number: 12.5";
		return read_number(text, "", bound);
	}
	return false;
}

/* ---- the whole ---- */

static bool read_rest(slice text, slice rest, struct expect *x, struct err *e)
{
	const char *expected = "";
	struct buf name = { 0 };

	rest = trimmed(rest);
	if (!read_op(&rest, &x->op))
		return err_set(e, STATUS_USAGE,
		               "character %zu: one of < <= == != >= > is expected after the figure",
		               (size_t)(rest.p - text.p) + 1);
	if (read_bound(x->figure.unit, rest, &x->bound, &expected))
		return true;
	figure_name(&x->figure, &name);
	err_set(e, STATUS_USAGE, "character %zu: '%.*s': %s is %s", (size_t)(rest.p - text.p) + 1,
	        SLICE_ARG(rest), buf_text(&name), expected);
	buf_free(&name);
	return false;
}

bool expect_read(slice text, struct expect *x, struct err *e)
{
	struct expect draft = { 0 };
	slice rest = text, whole = trimmed(text);

	if (!figure_read(&rest, &draft.figure, e))
		return false;
	if (!read_rest(text, rest, &draft, e)) {
		expect_free(&draft);
		return false;
	}
	draft.text = mem_text(whole.p, whole.n);
	*x = draft;
	return true;
}

void expect_free(struct expect *x)
{
	figure_free(&x->figure);
	free(x->text);
	x->text = NULL;
}

bool expect_met(const struct expect *x, struct measure *m, double *value)
{
	*value = figure_value(&x->figure, m);
	return expect_op_holds(x->op, *value, x->bound);
}

void expect_format(const struct expect *x, double value, struct buf *out)
{
	enum figure_unit unit = x->figure.unit;
	bool equal = expect_op_holds(EXPECT_EQUAL, value, x->bound);
	size_t start = out->n;
	struct buf bound = { 0 };

	for (int digits = 4; digits <= 17; digits++) {
		out->n = start;
		buf_clear(&bound);
		figure_format_digits(unit, value, digits, out);
		figure_format_digits(unit, x->bound, digits, &bound);
		slice shown = { out->p + start, out->n - start };
		if (equal || !slice_equal(shown, buf_slice(&bound)))
			break;
	}
	buf_free(&bound);
}
