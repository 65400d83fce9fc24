/* figure_text.c - the names of figures, and their values for people. */
#include "base/mem.h"
#include "base/near.h"
#include "sim/figure_table.h"

/* ---- reading ---- */

static void skip_blanks(slice *s)
{
	while (s->n && (*s->p == ' ' || *s->p == '\t')) {
		s->p++;
		s->n--;
	}
}

static void skip(slice *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* p50 is 0.50, p999 is 0.999. False: it is no quantile. */
static bool read_part(slice digits, uint32_t *part)
{
	uint64_t value;

	if (digits.n < 2 || digits.n > 5 || !slice_u64(digits, &value))
		return false;
	if (digits.n > 2 && digits.p[digits.n - 1] == '0')
		return false; /* another spelling; and p100 would be 10 % */
	for (size_t i = digits.n; i < 5; i++)
		value *= 10;
	*part = (uint32_t)value;
	return true;
}

static bool read_statistic(slice name, struct figure *f)
{
	if (slice_is(name, "min"))
		f->statistic = STATISTIC_MIN;
	else if (slice_is(name, "mean"))
		f->statistic = STATISTIC_MEAN;
	else if (slice_is(name, "max"))
		f->statistic = STATISTIC_MAX;
	else if (slice_starts(name, "p") && read_part((slice){ name.p + 1, name.n - 1 }, &f->part))
		f->statistic = STATISTIC_QUANTILE;
	return f->statistic != STATISTIC_NONE;
}

/* "p99_wait" */
static bool find_statistic(slice name, struct figure *f)
{
	const char *bar = name.n ? memchr(name.p, '_', name.n) : NULL;
	const char *quantity;

	if (!bar)
		return false;
	slice behind = { bar + 1, (size_t)(name.p + name.n - bar) - 1 };
	for (uint32_t i = 0; (quantity = figure_quantity(i)) != NULL; i++)
		if (slice_is(behind, quantity)) {
			*f = (struct figure){ .number = i, .unit = FIGURE_TIME };
			return read_statistic((slice){ name.p, (size_t)(bar - name.p) }, f);
		}
	return false;
}

static bool find(slice name, struct figure *f)
{
	const struct figure_entry *entry;

	for (uint32_t i = 0; (entry = figure_entry(i)) != NULL; i++)
		if (slice_is(name, entry->name)) {
			*f = (struct figure){ .number = i, .unit = entry->unit };
			return true;
		}
	return find_statistic(name, f);
}

/* Appends "; did you mean 'p99_wait'?" when the name of a figure is near. */
static void suggest(slice name, struct buf *out)
{
	struct near near = { .text = name };
	struct buf names = { 0 };
	struct figure f;

	for (uint32_t i = 0; figure_nth(i, &f); i++) {
		figure_name(&f, &names);
		buf_add_char(&names, '\0');
	}
	for (size_t i = 0; i < names.n; i += strlen(names.p + i) + 1)
		near_try(&near, names.p + i);
	if (near.best)
		buf_addf(out, "; did you mean '%s'?", near.best);
	buf_free(&names);
}

static bool refuse_name(slice name, size_t at, struct err *e)
{
	enum { SHOWN = 40 };
	struct buf why = { 0 };

	if (name.n) {
		buf_addf(&why, "there is no figure '%.*s'", name.n > SHOWN ? SHOWN : (int)name.n,
		         name.p);
		suggest(name, &why);
	} else {
		buf_add_text(&why, "a figure is expected");
	}
	buf_addf(&why, "%snown are ", why.p[why.n - 1] == '?' ? " K" : "; k");
	for (uint32_t i = 0; figure_known(i); i++)
		buf_addf(&why, "%s, ", figure_known(i));
	err_set(e, STATUS_USAGE,
	        "character %zu: %sand min_, mean_, p50_, p99_, p999_, max_ before wait, run, "
	        "latency",
	        at, buf_text(&why));
	buf_free(&why);
	return false;
}

/* The text of a label, up to its closing quote; \" \\ \n as in Prometheus. */
static bool read_quoted(slice *rest, struct buf *out)
{
	if (rest->n == 0 || *rest->p != '"')
		return false;
	for (skip(rest, 1); rest->n && *rest->p != '"'; skip(rest, 1)) {
		char c = *rest->p;
		if (c == '\\' && rest->n > 1) {
			skip(rest, 1);
			c = *rest->p == 'n' ? '\n' : *rest->p;
		}
		buf_add_char(out, c);
	}
	return rest->n > 0;
}

/* What is expected next inside the braces; NULL: they are read. */
static const char *read_label(slice *rest, struct buf *kind)
{
	skip(rest, 1);
	skip_blanks(rest);
	if (!slice_starts(*rest, "kind"))
		return "{kind=\"NAME\"} is expected";
	skip(rest, 4);
	skip_blanks(rest);
	if (!slice_starts(*rest, "="))
		return "'=' is expected after {kind";
	skip(rest, 1);
	skip_blanks(rest);
	if (!read_quoted(rest, kind))
		return rest->n ? "the kind is expected in double quotes"
		               : "the closing quote of the kind is missing";
	skip(rest, 1);
	skip_blanks(rest);
	if (!slice_starts(*rest, "}"))
		return "'}' is expected after the kind";
	skip(rest, 1);
	return NULL;
}

static bool refuse_at(slice text, slice rest, const char *what, struct err *e)
{
	return err_set(e, STATUS_USAGE, "character %zu: %s", (size_t)(rest.p - text.p) + 1, what);
}

static bool read_kind(slice text, slice *rest, struct figure *f, struct err *e)
{
	struct buf kind = { 0 };
	slice brace = *rest;
	const char *wrong = read_label(rest, &kind);

	if (!wrong && !figure_has_kinds(f)) {
		*rest = brace;
		wrong = "this figure is one of the whole run: it has no kinds";
	}
	if (!wrong)
		f->kind = mem_text(kind.n ? kind.p : "", kind.n);
	buf_free(&kind);
	return !wrong || refuse_at(text, *rest, wrong, e);
}

bool figure_read(slice *text, struct figure *f, struct err *e)
{
	struct figure draft = { 0 };
	slice rest = *text;
	slice name;

	skip_blanks(&rest);
	name = (slice){ rest.p, 0 };
	while (name.n < rest.n && is_name(rest.p[name.n]))
		name.n++;
	if (!find(name, &draft))
		return refuse_name(name, (size_t)(rest.p - text->p) + 1, e);
	skip(&rest, name.n);
	slice behind = rest;
	skip_blanks(&behind);
	if (slice_starts(behind, "{")) {
		if (!read_kind(*text, &behind, &draft, e))
			return false;
		rest = behind;
	}
	*text = rest;
	*f = draft;
	return true;
}

/* ---- writing ---- */

static void add_part(uint32_t part, struct buf *out)
{
	char digits[6];
	size_t n = 5;

	for (size_t i = 5; i-- > 0; part /= 10)
		digits[i] = (char)('0' + part % 10);
	while (n > 2 && digits[n - 1] == '0')
		n--;
	buf_add_char(out, 'p');
	buf_add(out, digits, n);
}

static void add_quoted(const char *text, struct buf *out)
{
	buf_add_char(out, '"');
	for (const char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\' || *c == '\n')
			buf_add_char(out, '\\');
		buf_add_char(out, *c == '\n' ? 'n' : *c);
	}
	buf_add_char(out, '"');
}

void figure_name(const struct figure *f, struct buf *out)
{
	switch (f->statistic) {
	case STATISTIC_NONE:
		buf_add_text(out, figure_entry(f->number)->name);
		break;
	case STATISTIC_MIN:
		buf_add_text(out, "min");
		break;
	case STATISTIC_MEAN:
		buf_add_text(out, "mean");
		break;
	case STATISTIC_QUANTILE:
		add_part(f->part, out);
		break;
	case STATISTIC_MAX:
		buf_add_text(out, "max");
		break;
	}
	if (f->statistic)
		buf_addf(out, "_%s", figure_quantity(f->number));
	if (f->kind) {
		buf_add_text(out, "{kind=");
		add_quoted(f->kind, out);
		buf_add_char(out, '}');
	}
}

/* So many significant digits, never an exponent; zeros at the end say nothing. */
static void add_number(double value, int digits, struct buf *out)
{
	int places = digits - 1;

	for (double p = 10; value >= p && places > 0; p *= 10)
		places--;
	for (double p = 1; value > 0 && value < p && places < 30; p /= 10)
		places++;
	buf_addf(out, "%.*f", places, value);
	if (places == 0)
		return;
	while (out->p[out->n - 1] == '0')
		out->n--;
	if (out->p[out->n - 1] == '.')
		out->n--;
}

static void add_time(double ns, int digits, struct buf *out)
{
	static const struct {
		double from, ns;
		const char *unit;
	} units[] = {
		{ 7200e9, 3600e9, "h" }, { 1e9, 1e9, "s" }, { 1e6, 1e6, "ms" },
		{ 1e3, 1e3, "us" },      { 1e-9, 1, "ns" },
	};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (ns >= units[i].from) {
			add_number(ns / units[i].ns, digits, out);
			buf_add_text(out, units[i].unit);
			return;
		}
	buf_add_text(out, "0s");
}

void figure_format_digits(enum figure_unit unit, double value, int digits, struct buf *out)
{
	switch (unit) {
	case FIGURE_COUNT:
		buf_addf(out, "%.0f", value);
		break;
	case FIGURE_TIME:
		add_time(value, digits, out);
		break;
	case FIGURE_PER_S:
		add_number(value, digits, out);
		buf_add_text(out, "/s");
		break;
	case FIGURE_LEVEL:
	case FIGURE_PART:
		add_number(value, digits, out);
		break;
	}
}

void figure_format(enum figure_unit unit, double value, struct buf *out)
{
	figure_format_digits(unit, value, 4, out);
}
