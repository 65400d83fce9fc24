/* What values mean, once a scan has accepted them. */
#include "codec/json.h"
#include "codec/json_bytes.h"

enum json_type json_type(slice value)
{
	switch (*value.p) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
		return JSON_TRUE;
	case 'f':
		return JSON_FALSE;
	case 'n':
		return JSON_NULL;
	default:
		return JSON_NUMBER;
	}
}

/* ---- strings ---- */

static uint32_t hex4(const char *p)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];
		value = value << 4 | (uint32_t)(json_is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

static size_t encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

const char *json_unescape(const char *p, char out[4], size_t *n)
{
	static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";

	*n = 1;
	if (p[1] == 'u') {
		uint32_t c = hex4(p + 2);
		p += 6;
		if (c >= 0xd800 && c <= 0xdbff) {
			c = 0x10000 + ((c - 0xd800) << 10) + (hex4(p + 2) - 0xdc00);
			p += 6;
		}
		*n = encode(c, out);
		return p;
	}
	const char *letter = strchr(letters, p[1]);
	out[0] = letter ? controls[letter - letters] : p[1];
	return p + 2;
}

slice json_string(slice value, struct buf *scratch)
{
	const char *p = value.p + 1, *end = value.p + value.n - 1;
	const char *slash = json_find_backslash(p, end);

	if (slash == end)
		return (slice){ p, (size_t)(end - p) };
	buf_clear(scratch);
	while (slash < end) {
		char bytes[4];
		size_t n;
		buf_add(scratch, p, (size_t)(slash - p));
		p = json_unescape(slash, bytes, &n);
		buf_add(scratch, bytes, n);
		slash = json_find_backslash(p, end);
	}
	buf_add(scratch, p, (size_t)(end - p));
	return buf_slice(scratch);
}

void json_add_string(struct buf *b, slice text)
{
	static const char letters[] = "bfnrt\"\\", special[] = "\b\f\n\r\t\"\\";
	const char *p = text.p, *end = p + text.n;

	buf_add_char(b, '"');
	while (p < end) {
		size_t n, bad;
		const char *run = p;
		while (p < end && json_is_plain(*p))
			p++;
		buf_add(b, run, (size_t)(p - run));
		if (p == end)
			break;
		if ((unsigned char)*p >= 0x80) {
			n = json_utf8(p, end, &bad);
			if (n)
				buf_add(b, p, n);
			else
				buf_add_text(b, "\xef\xbf\xbd");
			p += n ? n : bad;
			continue;
		}
		const char *letter = *p ? strchr(special, *p) : NULL;
		if (letter)
			buf_addf(b, "\\%c", letters[letter - special]);
		else
			buf_addf(b, "\\u%04x", (unsigned)*p);
		p++;
	}
	buf_add_char(b, '"');
}

slice json_text(struct buf *b, slice text)
{
	buf_clear(b);
	memset(buf_reserve(b, text.n + JSON_SLACK) + text.n, 0, JSON_SLACK);
	buf_add_slice(b, text);
	return buf_slice(b);
}

/* ---- objects ---- */

/* Behind the value that begins at p; *most is how many objects and arrays are open at
 * once in it. */
static const char *skip_value(const char *p, const char *end, size_t *most)
{
	size_t depth = 0;

	*most = 0;
	do {
		p = json_skip_between(p);
		if (*p == '{' || *p == '[')
			depth++, p++;
		else if (*p == '}' || *p == ']')
			depth--, p++;
		else
			p = json_skip_scalar(p, end);
		if (depth > *most)
			*most = depth;
	} while (depth);
	return p;
}

size_t json_depth(slice value)
{
	size_t depth;

	skip_value(value.p, value.p + value.n, &depth);
	return depth;
}

bool json_next_member(slice object, const char **at, slice *name, slice *value)
{
	const char *end = object.p + object.n;
	const char *p = json_skip_between(*at ? *at : object.p + 1);
	size_t depth;

	if (*p == '}')
		return false;
	name->p = p;
	p = json_skip_scalar(p, end);
	name->n = (size_t)(p - name->p);
	value->p = json_skip_between(p);
	*at = skip_value(value->p, end, &depth);
	value->n = (size_t)(*at - value->p);
	return true;
}

/* ---- numbers ---- */

/* Digits whose number surely fits, in a value of nothing but digits. */
static inline bool is_short_number(slice value)
{
	const char *end = value.p + value.n;
	return value.n - 1 < 16 && json_skip_digits(value.p, end) == end;
}

bool json_u64(slice value, uint64_t *out)
{
	if (!is_short_number(value))
		return slice_u64(value, out);
	*out = json_short_number(value.p, value.n);
	return true;
}

bool json_i64(slice value, int64_t *out)
{
	bool negative = *value.p == '-';
	uint64_t magnitude;

	if (!json_u64((slice){ value.p + negative, value.n - negative }, &magnitude) ||
	    magnitude > (uint64_t)INT64_MAX + negative)
		return false;
	*out = (int64_t)(negative ? 0 - magnitude : magnitude);
	return true;
}

/* json_ms of any number. */
static bool long_ms(slice value, int64_t *ns)
{
	const char *p = value.p, *end = p + value.n;
	bool negative = *p == '-';
	bool huge = false;
	int64_t sum = 0;

	p += negative;
	if (p == end || !json_is_digit(*p))
		return false;
	for (; p < end && json_is_digit(*p); p++)
		huge |= __builtin_mul_overflow(sum, 10, &sum) ||
		        __builtin_add_overflow(sum, *p - '0', &sum);
	huge |= __builtin_mul_overflow(sum, NS_PER_MS, &sum);
	if (p < end && *p == '.') {
		int64_t unit = NS_PER_MS;
		for (p++; p < end && json_is_digit(*p) && unit > 1; p++) {
			unit /= 10;
			huge |= __builtin_add_overflow(sum, (*p - '0') * unit, &sum);
		}
	}
	if (p < end)
		return false;
	*ns = huge ? (negative ? INT64_MIN : INT64_MAX) : negative ? -sum : sum;
	return true;
}

bool json_ms(slice value, int64_t *ns)
{
	if (!is_short_number(value))
		return long_ms(value, ns);
	*ns = instant_ms((int64_t)json_short_number(value.p, value.n)).ns;
	return true;
}
