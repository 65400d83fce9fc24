#include "base/dur.h"

#include "base/buf.h"

struct unit {
	const char *name;
	int64_t ns;
};

/* Longest first, so that "ms" is not read as "m". */
static const struct unit units[] = {
	{ "ms", NS_PER_MS },       { "us", 1000 },         { "ns", 1 },
	{ "s", NS_PER_S },         { "m", 60 * NS_PER_S }, { "h", 3600 * NS_PER_S },
	{ "d", 86400 * NS_PER_S },
};
enum { UNITS = sizeof units / sizeof units[0] };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads digits [. digits] at *i. The fraction comes back as digits over a power
 * of ten, so that "0.1s" is exact. */
struct decimal {
	int64_t whole;
	int64_t fraction;
	int64_t scale;
};

static bool decimal_read(slice text, size_t *i, struct decimal *d)
{
	size_t start = *i;

	*d = (struct decimal){ .scale = 1 };
	for (; *i < text.n && is_digit(text.p[*i]); ++*i)
		if (__builtin_mul_overflow(d->whole, 10, &d->whole) ||
		    __builtin_add_overflow(d->whole, text.p[*i] - '0', &d->whole))
			return false;
	if (*i == start)
		return false;
	if (*i == text.n || text.p[*i] != '.')
		return true;
	size_t point = ++*i;
	for (; *i < text.n && is_digit(text.p[*i]); ++*i) {
		if (d->scale > INT64_C(10000000000000))
			return false; /* finer than a nanosecond of a day */
		d->fraction = d->fraction * 10 + (text.p[*i] - '0');
		d->scale *= 10;
	}
	return *i > point;
}

static const struct unit *unit_read(slice text, size_t *i)
{
	for (size_t u = 0; u < UNITS; u++) {
		slice rest = { text.p + *i, text.n - *i };
		if (slice_starts(rest, units[u].name)) {
			*i += strlen(units[u].name);
			return &units[u];
		}
	}
	return NULL;
}

__extension__ typedef __int128 wide;

/* whole * unit + fraction * unit / scale, refused when it does not fit or is
 * finer than a nanosecond. */
static bool decimal_times(struct decimal d, int64_t unit, int64_t *out)
{
	int64_t part;

	if (__builtin_mul_overflow(d.whole, unit, out))
		return false;
	wide fine = (wide)d.fraction * unit;
	if (fine % d.scale)
		return false;
	part = (int64_t)(fine / d.scale);
	return !__builtin_add_overflow(*out, part, out);
}

bool dur_parse(slice text, span *out)
{
	int64_t total = 0;
	size_t i = 0;

	if (text.n == 0)
		return false;
	while (i < text.n) {
		struct decimal d;
		int64_t ns;
		bool first = i == 0;

		if (!decimal_read(text, &i, &d))
			return false;
		int64_t unit = NS_PER_S;
		if (i < text.n) {
			const struct unit *u = unit_read(text, &i);
			if (!u)
				return false;
			unit = u->ns;
		} else if (!first) {
			return false; /* "1h30" leaves open thirty of what */
		}
		if (!decimal_times(d, unit, &ns) || __builtin_add_overflow(total, ns, &total))
			return false;
	}
	*out = (span){ total };
	return true;
}

void dur_format(struct buf *b, span d)
{
	static const struct unit scale[] = {
		{ "s", NS_PER_S }, { "ms", NS_PER_MS }, { "us", 1000 }, { "ns", 1 }
	};

	for (size_t i = 0; i < sizeof scale / sizeof scale[0]; i++)
		if (d.ns % scale[i].ns == 0) {
			buf_add_i64(b, d.ns / scale[i].ns);
			buf_add_text(b, scale[i].name);
			return;
		}
}

bool dur_parse_size(slice text, uint64_t *out)
{
	static const struct {
		const char *suffix;
		uint64_t factor;
	} suffixes[] = {
		{ "", 1 },
		{ "K", 1024 },
		{ "M", 1024 * 1024 },
		{ "G", 1024 * 1024 * 1024 },
		{ "KB", 1000 },
		{ "MB", 1000 * 1000 },
		{ "GB", 1000 * 1000 * 1000 },
		{ "KiB", 1024 },
		{ "MiB", 1024 * 1024 },
		{ "GiB", 1024 * 1024 * 1024 },
	};
	size_t digits = 0;
	uint64_t value;

	while (digits < text.n && is_digit(text.p[digits]))
		digits++;
	if (!slice_u64((slice){ text.p, digits }, &value))
		return false;
	slice suffix = { text.p + digits, text.n - digits };
	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
		if (slice_is(suffix, suffixes[i].suffix))
			return !__builtin_mul_overflow(value, suffixes[i].factor, out) &&
			       *out <= INT64_MAX;
	return false;
}
