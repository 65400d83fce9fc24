/* json_bytes.h - runs of bytes, sixteen at a time where the machine can.
 *
 * For json_*.c, and for markup.c. Each function may read up to JSON_SLACK bytes behind `end`
 * and never returns a place behind it. The _portable variants are what other
 * machines use; they are always compiled, so that a test can hold the two
 * against each other. -DMESHQ_PORTABLE takes them everywhere. */
#ifndef MESHQ_JSON_BYTES_H
#define MESHQ_JSON_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(MESHQ_PORTABLE)
#include <emmintrin.h>
#define JSON_SSE2 1
#else
#define JSON_SSE2 0
#endif

static inline bool json_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A byte that says nothing inside a string: no quote, backslash or control
 * character, and not part of a longer UTF-8 sequence. */
static inline bool json_is_plain(char c)
{
	unsigned char u = (unsigned char)c;
	return u >= 0x20 && u < 0x80 && u != '"' && u != '\\';
}

static inline const char *json_skip_plain_portable(const char *p, const char *end)
{
	while (p < end && json_is_plain(*p))
		p++;
	return p;
}

static inline const char *json_skip_digits_portable(const char *p, const char *end)
{
	while (p < end && json_is_digit(*p))
		p++;
	return p;
}

static inline const char *json_find_backslash_portable(const char *p, const char *end)
{
	const char *found = memchr(p, '\\', (size_t)(end - p));
	return found ? found : end;
}

static inline const char *json_skip_plain(const char *p, const char *end)
{
#if JSON_SSE2
	for (; p < end; p += 16) {
		__m128i v = _mm_loadu_si128((const void *)p);
		/* Signed: bytes from 0x80 on are below every character. */
		__m128i special = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));
		special = _mm_or_si128(special, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
		special = _mm_or_si128(special, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
		unsigned mask = (unsigned)_mm_movemask_epi8(special);
		if (mask) {
			p += __builtin_ctz(mask);
			break;
		}
	}
	return __builtin_expect(p < end, true) ? p : end;
#else
	return json_skip_plain_portable(p, end);
#endif
}

/* The closing quote when it is one of the eight bytes at p and all before it are
 * plain, else NULL. For names, most of which are that short: it is known sooner
 * than what json_skip_plain finds. */
static inline const char *json_short_end(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t word;

	memcpy(&word, p, sizeof word);
	word = le64toh(word);
	/* The lowest bit of each is right: borrows only reach bytes above it. */
	uint64_t quotes = word ^ ones * '"', slashes = word ^ ones * '\\';
	quotes = (quotes - ones) & ~quotes & tops;
	uint64_t odd = ((slashes - ones) & ~slashes & tops) |
	               ((word - ones * 0x20) & ~word & tops) | (word & tops);
	uint64_t before = (quotes - 1) & ~quotes;
	return quotes && !(odd & before) ? p + (__builtin_ctzll(quotes) >> 3) : NULL;
}

static inline const char *json_skip_digits(const char *p, const char *end)
{
#if JSON_SSE2
	for (; p < end; p += 16) {
		__m128i v = _mm_loadu_si128((const void *)p);
		/* '0'..'9' become the ten lowest signed values. */
		v = _mm_add_epi8(v, _mm_set1_epi8((char)(0x80 - '0')));
		unsigned mask =
			(unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(v, _mm_set1_epi8(-128 + 9)));
		if (mask) {
			p += __builtin_ctz(mask);
			break;
		}
	}
	return __builtin_expect(p < end, true) ? p : end;
#else
	return json_skip_digits_portable(p, end);
#endif
}

/* The first backslash, or end. */
static inline const char *json_find_backslash(const char *p, const char *end)
{
#if JSON_SSE2
	for (; p < end; p += 16) {
		__m128i v = _mm_loadu_si128((const void *)p);
		unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
		if (mask) {
			p += __builtin_ctz(mask);
			break;
		}
	}
	return __builtin_expect(p < end, true) ? p : end;
#else
	return json_find_backslash_portable(p, end);
#endif
}

/* Eight digits, the first in the lowest byte, joined to pairs, to fours, to one
 * number. Zero bytes count as digits 0. */
static inline uint64_t json_eight_digits(uint64_t word)
{
	word &= UINT64_C(0x0f0f0f0f0f0f0f0f);
	word = (word * 10 + (word >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	word = (word * 100 + (word >> 16)) & UINT64_C(0x0000ffff0000ffff);
	return (word * 10000 + (word >> 32)) & UINT32_MAX;
}

/* The number that n <= 16 digits at p make. */
static inline uint64_t json_short_number(const char *p, size_t n)
{
	uint64_t head, tail;

	memcpy(&head, p, sizeof head);
	head = le64toh(head);
	if (n <= 8)
		return n ? json_eight_digits(head << (64 - 8 * n)) : 0;
	memcpy(&tail, p + n - 8, sizeof tail);
	tail = le64toh(tail);
	head <<= 64 - 8 * (n - 8);
	return json_eight_digits(head) * 100000000 + json_eight_digits(tail);
}

static inline const char *json_skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* Behind the scalar that begins at p, in a text that was accepted. */
static inline const char *json_skip_scalar(const char *p, const char *end)
{
	if (*p == '"') {
		for (p++; *p != '"'; p += *p == '\\' ? 2 : 1)
			;
		return p + 1;
	}
	while (p < end && !strchr(",]} \t\r\n", *p))
		p++;
	return p;
}

/* The next byte that is neither white space nor a comma or colon. */
static inline const char *json_skip_between(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n' || *p == ',' || *p == ':')
		p++;
	return p;
}

/* Length of the well-formed UTF-8 sequence at p, or 0. When it is 0, *bad is
 * the number of bytes that a decoder would replace together. */
static inline size_t json_utf8(const char *p, const char *end, size_t *bad)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t left = (size_t)(end - p), n;
	unsigned char low = 0x80, high = 0xbf; /* of the second byte */

	*bad = 1;
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	n = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (u[0] == 0xe0)
		low = 0xa0; /* overlong below */
	else if (u[0] == 0xed)
		high = 0x9f; /* surrogates above */
	else if (u[0] == 0xf0)
		low = 0x90; /* overlong below */
	else if (u[0] == 0xf4)
		high = 0x8f; /* beyond U+10FFFF above */
	if (left < 2 || u[1] < low || u[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if (i >= left || (u[i] & 0xc0) != 0x80) {
			*bad = i;
			return 0;
		}
	}
	return n;
}

/* Decodes the escape at p (a backslash, of a string that was accepted) into
 * UTF-8; returns the place behind it and sets *n to the number of bytes. */
const char *json_unescape(const char *p, char out[4], size_t *n);

#endif
