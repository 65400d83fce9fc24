#include "codec/identity.h"

static const struct hash_seed seed = { 0, 0 };

/* The first is replaced by the member that the user has named. */
enum { MEMBER };

static const char *const no_content[IDENTITY_PATHS] = {
	"id", "id", "at_ms", "expires_ms", "admission", "outcome",
};

struct identity identity_new(struct record_reader *r, const char *path)
{
	struct identity i = { .path = path };

	for (uint32_t n = 0; n < IDENTITY_PATHS; n++)
		i.numbers[n] = record_reader_add(r, n == MEMBER && path ? path : no_content[n]);
	return i;
}

bool identity_take(const struct identity *i, struct record *r, struct told_bad *bad)
{
	if (!i->path)
		return true;
	struct json_found f = r->found[i->numbers[MEMBER]];
	if (!f.text.p)
		return told_refuse(bad, NULL, "expected a member '%s', which --id names", i->path);
	bool number = json_u64(f.text, &r->id);
	if (!number && json_type(f.text) != JSON_STRING)
		return told_refuse(bad, f.text.p,
		                   "expected an unsigned 64-bit integer or a string as '%s'",
		                   i->path);
	r->id_type = number ? RECORD_ID_NUMBER : RECORD_ID_STRING;
	r->id_member = f;
	return true;
}

struct key identity_key(const struct record *r)
{
	char digits[20], *end = digits + sizeof digits;

	if (r->id_member.text.p)
		return json_fingerprint(seed, r->id_member.text);
	char *begin = slice_digits(end, r->id);
	return json_fingerprint(seed, (slice){ begin, (size_t)(end - begin) });
}

static slice object_of(slice line)
{
	const char *begin = memchr(line.p, '{', line.n);

	return (slice){ begin, (size_t)(record_end(line) + 1 - begin) };
}

struct key identity_content(const struct identity *i, const struct record *r)
{
	return identity_content_seeded(i, r, seed);
}

struct key identity_content_seeded(const struct identity *i, const struct record *r,
                                   struct hash_seed own)
{
	struct json_found members[IDENTITY_PATHS];

	for (uint32_t n = 0; n < IDENTITY_PATHS; n++)
		members[n] = r->found[i->numbers[n]];
	return json_fingerprint_without(own, object_of(r->line), members, IDENTITY_PATHS);
}

/* ---- in words ---- */

static const char digits[] = "0123456789abcdef";

static void add_half(uint64_t half, struct buf *out)
{
	for (int shift = 60; shift >= 0; shift -= 4)
		buf_add_char(out, digits[half >> shift & 15]);
}

void identity_write(struct key content, struct buf *out)
{
	add_half(content.hi, out);
	add_half(content.lo, out);
}

/* Without branches, for nobody can foresee a random digit: a chain has millions. */
static bool read_half(const char *p, uint64_t *half)
{
	bool good = true;

	*half = 0;
	for (int i = 0; i < 16; i++) {
		unsigned c = (unsigned char)p[i], digit = ((c & 15) + (c >> 6) * 9) & 15;

		good &= (unsigned char)digits[digit] == c;
		*half = *half << 4 | digit;
	}
	return good;
}

bool identity_read(slice value, struct key *content)
{
	enum { DIGITS = 32 };

	return value.n == DIGITS + 2 && value.p[0] == '"' && read_half(value.p + 1, &content->hi) &&
	       read_half(value.p + 1 + DIGITS / 2, &content->lo);
}
