#include "codec/config_number.h"

#include "base/dur.h"
#include "codec/config_text.h"
#include "codec/config_value.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- whole numbers, all of them as 64 bits with a sign ---- */

static int64_t whole_get(const struct setting *s, const void *base)
{
	const void *at = config_setting_look(s, base);

	if (s->type == SETTING_DURATION)
		return ((const span *)at)->ns;
	if (s->type == SETTING_U32)
		return *(const uint32_t *)at;
	const uint64_t *large = at;
	return (int64_t)*large;
}

static void whole_set(const struct setting *s, void *base, int64_t value)
{
	void *at = config_setting_at(s, base);

	if (s->type == SETTING_DURATION)
		*(span *)at = (span){ value };
	else if (s->type == SETTING_U32)
		*(uint32_t *)at = (uint32_t)value;
	else
		*(uint64_t *)at = (uint64_t)value;
}

static void whole_print(const struct setting *s, int64_t value, struct buf *out)
{
	static const struct {
		const char *suffix;
		int64_t factor;
	} units[] = { { "G", 1 << 30 }, { "M", 1 << 20 }, { "K", 1 << 10 } };

	if (s->type == SETTING_DURATION) {
		dur_format(out, (span){ value });
		return;
	}
	for (size_t i = 0; s->type == SETTING_SIZE && i < sizeof units / sizeof units[0]; i++)
		if (value > 0 && value % units[i].factor == 0) {
			buf_addf(out, "%lld%s", (long long)(value / units[i].factor),
			         units[i].suffix);
			return;
		}
	buf_add_i64(out, value);
}

/* The settings without an upper end take what their type can hold. */
static uint64_t whole_most(const struct setting *s)
{
	if (s->most)
		return s->most;
	return s->type == SETTING_U32 ? UINT32_MAX : INT64_MAX;
}

/* A count that is too long for 64 bits is still a number, only too large. */
static bool count_parse(slice text, uint64_t *value)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	if (text.n > 0 && !slice_u64(text, value))
		*value = UINT64_MAX;
	return text.n > 0;
}

static bool whole_parse(const struct setting *s, slice text, uint64_t *value)
{
	span d;

	if (s->type == SETTING_SIZE)
		return dur_parse_size(text, value);
	if (s->type != SETTING_DURATION)
		return count_parse(text, value);
	if (!dur_parse(text, &d))
		return false;
	*value = (uint64_t)d.ns;
	return true;
}

bool config_number_read_whole(const struct setting *s, void *base, slice text, struct buf *why)
{
	uint64_t value;

	if (s->word && slice_is(text, s->word)) {
		whole_set(s, base, s->word_value);
		return true;
	}
	bool negative = text.n > 1 && text.p[0] == '-';
	bool good = whole_parse(s, (slice){ text.p + negative, text.n - negative }, &value);
	bool below = good && (negative || value < s->least);
	const char *fault = s->fault ? s->fault(text) : NULL;
	if (good && !below && value <= whole_most(s) && !fault) {
		whole_set(s, base, (int64_t)value);
		return true;
	}
	config_text_quote(why, text);
	if (fault) {
		buf_addf(why, " %s", fault);
	} else if (good) {
		buf_add_text(why, below ? " is below " : " is above ");
		whole_print(s, (int64_t)(below ? s->least : whole_most(s)), why);
	} else {
		buf_addf(why, " is not %s%s", config_value_noun(s),
		         s->type == SETTING_DURATION ? " (like 250ms, 1.5s or 2m)" : "");
	}
	if (s->word)
		buf_addf(why, "; '%s' says that %s", s->word, s->word_means);
	return false;
}

void config_number_print_whole(const struct setting *s, const void *base, struct buf *out)
{
	int64_t value = whole_get(s, base);

	if (s->word && value == s->word_value)
		buf_add_text(out, s->word);
	else
		whole_print(s, value, out);
}

/* ---- fractions ---- */

/* strtof and strtod know hexadecimal, infinities and white space; a setting does not. */
bool config_number_is_decimal(slice text)
{
	bool digit = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		digit |= c >= '0' && c <= '9';
		if (!(c >= '0' && c <= '9') && c != '.' && c != 'e' && c != 'E' && c != '+' &&
		    c != '-')
			return false;
	}
	return digit;
}

bool config_number_read_float(const struct setting *s, void *base, slice text, struct buf *why)
{
	char *end = NULL;
	float value = config_number_is_decimal(text) ? strtof(text.p, &end) : 0;
	bool good = end == text.p + text.n;
	bool below = good && (value < (float)s->least_real || (value == 0 && text.p[0] == '-'));

	if (good && !below && (double)value <= s->most_real) {
		*(float *)config_setting_at(s, base) = value;
		return true;
	}
	config_text_quote(why, text);
	if (good)
		buf_addf(why, " is %s %g", below ? "below" : "above",
		         below ? s->least_real : s->most_real);
	else
		buf_add_text(why, " is not a number");
	return false;
}

/* The shortest decimal that reads back to the same float. */
void config_number_print_float(const struct setting *s, const void *base, struct buf *out)
{
	char text[32];
	float value = *(const float *)config_setting_look(s, base);

	for (int digits = 1; digits <= 9; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, (double)value);
		if (strtof(text, NULL) == value)
			break;
	}
	buf_add_text(out, text);
}
