/* tick.h - instants and spans, in nanoseconds, with arithmetic that saturates.
 *
 * An instant counts from the Unix epoch; INSTANT_NEVER lies after every other.
 * Nothing here wraps: a sum beyond the end is NEVER, so an absurdly long window
 * stays closed instead of vanishing (D-18). Records carry milliseconds; the
 * conversions keep six decimals, which is all of them. */
#ifndef MESHQ_TICK_H
#define MESHQ_TICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	int64_t ns;
} instant;

typedef struct {
	int64_t ns;
} span;

#define INSTANT_NEVER ((instant){ INT64_MAX })
#define SPAN_MAX ((span){ INT64_MAX })
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

static inline int64_t tick_sum(int64_t a, int64_t b)
{
	int64_t sum;
	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b > 0 ? INT64_MAX : INT64_MIN;
}

static inline int64_t tick_difference(int64_t a, int64_t b)
{
	int64_t d;
	if (!__builtin_sub_overflow(a, b, &d))
		return d;
	return b < 0 ? INT64_MAX : INT64_MIN;
}

static inline instant instant_add(instant t, span d)
{
	return (instant){ t.ns == INT64_MAX ? INT64_MAX : tick_sum(t.ns, d.ns) };
}

static inline instant instant_sub(instant t, span d)
{
	return (instant){ tick_difference(t.ns, d.ns) };
}

/* From `from` until `to`; negative when `to` is earlier. */
static inline span instant_until(instant from, instant to)
{
	return (span){ to.ns == INT64_MAX ? INT64_MAX : tick_difference(to.ns, from.ns) };
}

static inline bool instant_after(instant a, instant b)
{
	return a.ns > b.ns;
}

static inline instant instant_later(instant a, instant b)
{
	return a.ns > b.ns ? a : b;
}

static inline instant instant_earlier(instant a, instant b)
{
	return a.ns < b.ns ? a : b;
}

static inline instant instant_ms(int64_t ms)
{
	int64_t ns;
	if (__builtin_mul_overflow(ms, NS_PER_MS, &ns))
		ns = ms > 0 ? INT64_MAX : INT64_MIN;
	return (instant){ ns };
}

static inline span span_ms(int64_t ms)
{
	return (span){ instant_ms(ms).ns };
}

/* Room for any number of nanoseconds as milliseconds, with the terminator. */
enum { TICK_TEXT = 32 };

/* Writes `ns` as milliseconds with up to six decimals and no trailing zeros
 * ("250", "0.5"); returns the length without the terminator. */
size_t tick_format_ms(char text[TICK_TEXT], int64_t ns);

#endif
