/* Fingerprints of values.
 *
 * What is hashed is a canonical form whose first byte tells the type apart:
 *
 *	nothing             absent
 *	n t f               the words
 *	"abc                a string, decoded
 *	-12 12e3 12e-3 0    a number: no outer zeros among the digits, no "e0"
 *	[ prefix last       an array: the fingerprint of all but the last element,
 *	                    and that of the last; "[" alone when empty
 *	{ sum               an object: the sum of the fingerprints of its members,
 *	                    each half by itself
 *	: name value        a member: its two fingerprints
 *
 * The common spellings are canonical as they stand and are hashed in place. */
#include "codec/json.h"
#include "codec/json_bytes.h"

#include <assert.h>
#include <endian.h>

/* ---- numbers ---- */

struct number {
	bool negative;
	slice whole;    /* digits before the dot */
	slice fraction; /* behind it; may be empty */
	bool tiny;      /* the sign of the exponent */
	slice exponent; /* its digits; may be empty */
};

static slice take_digits(const char **p, const char *end)
{
	const char *start = *p;
	*p = json_skip_digits_portable(start, end);
	return (slice){ start, (size_t)(*p - start) };
}

static struct number split(slice text)
{
	const char *p = text.p, *end = p + text.n;
	struct number x = { .negative = *p == '-' };

	p += x.negative;
	x.whole = take_digits(&p, end);
	if (p < end && *p == '.') {
		p++;
		x.fraction = take_digits(&p, end);
	}
	if (p < end) {
		p++;
		x.tiny = *p == '-';
		p += *p == '-' || *p == '+';
		x.exponent = take_digits(&p, end);
	}
	return x;
}

static slice without_leading_zeros(slice s)
{
	while (s.n && *s.p == '0') {
		s.p++;
		s.n--;
	}
	return s;
}

/* Appends exponent + shift, where exponent has more digits than any shift can
 * have, so that the sign stays. */
static void add_long_exponent(struct buf *out, const struct number *x, int64_t shift)
{
	slice digits = without_leading_zeros(x->exponent);
	struct buf sum = { 0 };
	int64_t carry = x->tiny ? -shift : shift;

	buf_add_char(&sum, '0');
	buf_add_slice(&sum, digits);
	for (size_t i = sum.n; i-- > 0;) {
		carry += sum.p[i] - '0';
		int64_t digit = (carry % 10 + 10) % 10;
		sum.p[i] = (char)('0' + digit);
		carry = (carry - digit) / 10;
	}
	if (x->tiny)
		buf_add_char(out, '-');
	buf_add_slice(out, without_leading_zeros(buf_slice(&sum)));
	buf_free(&sum);
}

/* Appends the canonical form of a number. */
static void add_number(struct buf *out, slice text)
{
	enum { EXACT = 18 }; /* digits that fit 63 bits with room for a shift */
	struct number x = split(text);
	struct buf digits = { 0 };
	int64_t shift = -(int64_t)x.fraction.n;

	buf_add_slice(&digits, x.whole);
	buf_add_slice(&digits, x.fraction);
	slice d = without_leading_zeros(buf_slice(&digits));
	while (d.n && d.p[d.n - 1] == '0') {
		d.n--;
		shift++;
	}
	if (d.n == 0) {
		buf_add_char(out, '0');
		buf_free(&digits);
		return;
	}
	if (x.negative)
		buf_add_char(out, '-');
	buf_add_slice(out, d);
	buf_free(&digits);

	slice e = without_leading_zeros(x.exponent);
	uint64_t small = 0;
	if (e.n > EXACT) {
		buf_add_char(out, 'e');
		add_long_exponent(out, &x, shift);
		return;
	}
	slice_u64(e, &small);
	shift += x.tiny ? -(int64_t)small : (int64_t)small;
	if (shift) {
		buf_add_char(out, 'e');
		buf_add_i64(out, shift);
	}
}

/* A whole number that does not end in 0 is canonical. */
static bool is_canonical_number(slice text)
{
	if (text.p[text.n - 1] == '0')
		return text.n == 1;
	for (size_t i = *text.p == '-'; i < text.n; i++)
		if (!json_is_digit(text.p[i]))
			return false;
	return true;
}

/* ---- values without parts ---- */

static struct key of_string(struct hash_seed seed, slice value)
{
	const char *end = value.p + value.n;

	if (json_find_backslash(value.p, end) == end)
		return hash_bytes(seed, value.p, value.n - 1);

	struct buf scratch = { 0 }, form = { 0 };
	buf_add_char(&form, '"');
	buf_add_slice(&form, json_string(value, &scratch));
	struct key k = hash_bytes(seed, form.p, form.n);
	buf_free(&form);
	buf_free(&scratch);
	return k;
}

static struct key of_number(struct hash_seed seed, slice value)
{
	if (is_canonical_number(value))
		return hash_bytes(seed, value.p, value.n);

	struct buf form = { 0 };
	add_number(&form, value);
	struct key k = hash_bytes(seed, form.p, form.n);
	buf_free(&form);
	return k;
}

static struct key of_scalar(struct hash_seed seed, slice value)
{
	switch (*value.p) {
	case '"':
		return of_string(seed, value);
	case 't':
	case 'f':
	case 'n':
		return hash_bytes(seed, value.p, 1);
	default:
		return of_number(seed, value);
	}
}

/* ---- objects and arrays ---- */

struct frame {
	struct key sum;  /* array: of the elements so far; object: of the members */
	struct key name; /* of the member whose value is being read */
	bool object;
};

static struct key combine(struct hash_seed seed, char tag, struct key a, struct key b)
{
	unsigned char bytes[1 + 4 * sizeof(uint64_t)];
	uint64_t words[4] = { htole64(a.hi), htole64(a.lo), htole64(b.hi), htole64(b.lo) };

	bytes[0] = (unsigned char)tag;
	memcpy(bytes + 1, words, sizeof words);
	return hash_bytes(seed, bytes, sizeof bytes);
}

static void add_value(struct hash_seed seed, struct frame *f, struct key value)
{
	if (!f->object) {
		f->sum = combine(seed, '[', f->sum, value);
		return;
	}
	struct key m = combine(seed, ':', f->name, value);
	f->sum.lo += m.lo;
	f->sum.hi += m.hi;
}

static struct frame opened(struct hash_seed seed, char bracket)
{
	struct frame f = { .object = bracket == '{' };

	if (!f.object)
		f.sum = hash_bytes(seed, "[", 1);
	return f;
}

static struct key closed(struct hash_seed seed, const struct frame *f)
{
	return f->object ? combine(seed, '{', f->sum, (struct key){ 0 }) : f->sum;
}

/* Members that do not count. */
struct absent {
	const struct json_found *members;
	uint32_t count;
};

/* Where to go on behind a member that does not count; `name` where it does. */
static const char *skip_absent(const struct absent *a, const char *name)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (a->members[i].name == name)
			return a->members[i].text.p + a->members[i].text.n;
	return name;
}

static struct key of_container(struct hash_seed seed, slice value, const struct absent *absent)
{
	struct frame frames[JSON_MAX_DEPTH], *top = frames;
	const char *p = value.p, *end = p + value.n;

	*top = opened(seed, *p++);
	for (;;) {
		struct key k;
		p = json_skip_between(p);
		if (*p == ']' || *p == '}') {
			k = closed(seed, top);
			if (top == frames)
				return k;
			p++;
			top--;
		} else {
			if (top->object) {
				const char *name = p;
				p = skip_absent(absent, name);
				if (p > name)
					continue;
				p = json_skip_scalar(p, end);
				top->name = of_string(seed, (slice){ name, (size_t)(p - name) });
				p = json_skip_between(p);
			}
			if (*p == '{' || *p == '[') {
				assert(top < frames + JSON_MAX_DEPTH - 1);
				*++top = opened(seed, *p++);
				continue;
			}
			const char *scalar = p;
			p = json_skip_scalar(p, end);
			k = of_scalar(seed, (slice){ scalar, (size_t)(p - scalar) });
		}
		add_value(seed, top, k);
	}
}

struct key json_fingerprint(struct hash_seed seed, slice value)
{
	if (!value.p)
		return hash_bytes(seed, "", 0);
	if (*value.p == '{' || *value.p == '[')
		return of_container(seed, value, &(struct absent){ 0 });
	return of_scalar(seed, value);
}

struct key json_fingerprint_without(struct hash_seed seed, slice object,
                                    const struct json_found *members, uint32_t count)
{
	return of_container(seed, object, &(struct absent){ members, count });
}
