#include "sim/field.h"

#include "base/mem.h"
#include "sim/real.h"

#include <stdlib.h>

void field_prepare(struct field *f)
{
	if (f->type != FIELD_ZIPF)
		return;
	double sum = 0;

	f->shares = mem_resize(f->shares, (size_t)f->most, sizeof *f->shares);
	for (int64_t k = 1; k <= f->most; k++) {
		sum += real_pow((double)k, -f->exponent);
		f->shares[k - 1] = sum;
	}
}

void field_free(struct field *f)
{
	free(f->name);
	free(f->text);
	free(f->prefix);
	free(f->shares);
	for (uint32_t i = 0; i < f->choice_count; i++)
		free(f->choices[i]);
	free(f->choices);
	*f = (struct field){ 0 };
}

void field_add_escaped(const char *text, struct buf *out)
{
	static const char hex[] = "0123456789abcdef";

	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;
		if (c < 0x20) {
			buf_add_text(out, "\\u00");
			buf_add_char(out, hex[c >> 4]);
			buf_add_char(out, hex[c & 15]);
			continue;
		}
		if (c == '"' || c == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *p);
	}
}

/* The distance of two numbers, which may be more than an int64_t holds. */
static uint64_t distance(int64_t from, int64_t to)
{
	return to > from ? (uint64_t)to - (uint64_t)from : 0;
}

static int64_t sequence(const struct field *f, uint64_t n)
{
	uint64_t step = (uint64_t)f->step;
	uint64_t last = distance(f->least, f->most) / step; /* its place, from 0 */

	if (n > last)
		n %= last + 1;
	return (int64_t)((uint64_t)f->least + n * step);
}

static int64_t uniform(const struct field *f, struct rng *rng)
{
	uint64_t range = distance(f->least, f->most);
	uint64_t above = range == UINT64_MAX ? rng_next(rng) : rng_below(rng, range + 1);

	return (int64_t)((uint64_t)f->least + above);
}

/* The first key whose cumulative share is above a uniform number. Most draws are of the
 * first keys, so the range that is halved is looked for from the front. */
static int64_t zipf(const struct field *f, struct rng *rng)
{
	size_t count = (size_t)f->most, low = 0, high = 1;
	double u = rng_unit(rng) * f->shares[count - 1];

	while (high < count && f->shares[high - 1] <= u) {
		low = high;
		high *= 2;
	}
	if (high > count)
		high = count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (f->shares[middle - 1] <= u)
			low = middle;
		else
			high = middle;
	}
	return (int64_t)high;
}

static void add_number(const struct field *f, int64_t number, struct buf *out)
{
	if (f->prefix) {
		buf_add_char(out, '"');
		field_add_escaped(f->prefix, out);
	}
	buf_add_i64(out, number);
	if (f->prefix)
		buf_add_char(out, '"');
}

void field_add(const struct field *f, uint64_t n, struct rng *rng, struct buf *out)
{
	switch (f->type) {
	case FIELD_CONSTANT:
		buf_add_text(out, f->text);
		break;
	case FIELD_SEQUENCE:
		add_number(f, sequence(f, n), out);
		break;
	case FIELD_UNIFORM:
		add_number(f, uniform(f, rng), out);
		break;
	case FIELD_ZIPF:
		add_number(f, zipf(f, rng), out);
		break;
	case FIELD_CHOICE:
		buf_add_text(out, f->choices[rng_below(rng, f->choice_count)]);
		break;
	}
}
