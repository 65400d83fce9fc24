#include "sim/range.h"

#include "base/dur.h"
#include "base/mem.h"

#include <stdlib.h>

enum { MILLION = 1000000, DECIMALS = 6 };

/* ---- numbers ---- */

/* "12" and "0.25", in millionths. */
static bool read_number(slice text, int64_t *millionths)
{
	const char *dot = memchr(text.p, '.', text.n);
	size_t whole = dot ? (size_t)(dot - text.p) : text.n;
	uint64_t value, part = 0;

	if (!slice_u64((slice){ text.p, whole }, &value) || value > INT64_MAX / MILLION - 1)
		return false;
	if (dot) {
		slice digits = { dot + 1, text.n - whole - 1 };

		if (digits.n > DECIMALS || !slice_u64(digits, &part))
			return false;
		for (size_t i = digits.n; i < DECIMALS; i++)
			part *= 10;
	}
	*millionths = (int64_t)(value * MILLION + part);
	return true;
}

static bool read_value(enum range_type type, slice text, int64_t *value)
{
	span d = { 0 };

	if (type == RANGE_NUMBERS)
		return read_number(text, value);
	/* Without a unit it is a number. */
	bool unit = text.n && text.p[text.n - 1] > '9';
	if (!slice_is(text, "0") && !(unit && dur_parse(text, &d)))
		return false;
	*value = d.ns;
	return true;
}

/* ---- reading ---- */

static slice trim(slice s)
{
	while (s.n && (*s.p == ' ' || *s.p == '\t'))
		s = (slice){ s.p + 1, s.n - 1 };
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* What is before the mark, which goes with it; false: there is no mark. */
static bool cut(slice *rest, const char *mark, slice *front)
{
	const char *at = memmem(rest->p, rest->n, mark, strlen(mark));

	if (!at)
		return false;
	size_t n = (size_t)(at - rest->p), gone = n + strlen(mark);
	*front = trim((slice){ rest->p, n });
	*rest = (slice){ rest->p + gone, rest->n - gone };
	return true;
}

static bool read_bounds(slice least, slice rest, struct range *r)
{
	slice most;
	bool stepped = cut(&rest, ":", &most);

	if (!stepped)
		most = rest;
	for (int type = RANGE_NUMBERS; type <= RANGE_TIMES; type++) {
		r->type = (enum range_type)type;
		r->step = type == RANGE_NUMBERS ? MILLION : NS_PER_MS;
		if (read_value(r->type, trim(least), &r->least) &&
		    read_value(r->type, trim(most), &r->most) &&
		    (!stepped || read_value(r->type, trim(rest), &r->step)))
			return true;
	}
	return false;
}

static void add_item(struct range *r, slice item)
{
	r->items = mem_resize(r->items, r->count + 1, sizeof *r->items);
	r->items[r->count++] = mem_text(item.p, item.n);
}

static bool read_list(slice text, struct range *r, struct err *e)
{
	slice item;
	bool more;

	r->type = RANGE_LIST;
	do {
		more = cut(&text, ",", &item);
		if (!more)
			item = trim(text);
		if (item.n == 0) {
			range_free(r);
			return err_set(e, STATUS_USAGE, "a value is missing");
		}
		add_item(r, item);
	} while (more);
	return true;
}

bool range_read(slice text, struct range *r, struct err *e)
{
	slice rest = text, least;

	*r = (struct range){ 0 };
	if (!memmem(text.p, text.n, "..", 2))
		return read_list(text, r, e);
	if (!cut(&rest, "..", &least) || !read_bounds(least, rest, r))
		return err_set(e, STATUS_USAGE,
		               "'%.*s' is not a range such as 5..50:5 or 100ms..1s:50ms",
		               SLICE_ARG(text));
	if (r->step <= 0)
		return err_set(e, STATUS_USAGE, "'%.*s': the step must be above 0",
		               SLICE_ARG(text));
	if (r->most < r->least)
		return err_set(e, STATUS_USAGE, "'%.*s': the end lies before the beginning",
		               SLICE_ARG(text));
	r->count = (uint64_t)((r->most - r->least) / r->step) + 1;
	return true;
}

void range_free(struct range *r)
{
	for (uint64_t i = 0; r->items && i < r->count; i++)
		free(r->items[i]);
	free(r->items);
	*r = (struct range){ 0 };
}

/* ---- values ---- */

static void add_number(int64_t millionths, struct buf *out)
{
	int64_t part = millionths % MILLION;

	buf_add_i64(out, millionths / MILLION);
	if (part == 0)
		return;
	buf_addf(out, ".%06d", (int)part);
	while (out->p[out->n - 1] == '0')
		out->n--;
}

void range_add(const struct range *r, uint64_t i, struct buf *out)
{
	int64_t value = r->least + (int64_t)i * r->step;

	switch (r->type) {
	case RANGE_NUMBERS:
		add_number(value, out);
		break;
	case RANGE_TIMES:
		dur_format(out, (span){ value });
		break;
	case RANGE_LIST:
		buf_add_text(out, r->items[i]);
		break;
	}
}
