/* Values that only a scenario has: rates, parts of a whole, JSON. */
#include "codec/scenario_part.h"

#include "base/dur.h"
#include "base/mem.h"
#include "codec/config_number.h"
#include "codec/config_text.h"
#include "codec/json.h"

#include <stdio.h>
#include <stdlib.h>

static bool expect_text(struct scenario_reader *r, const struct config_node *key,
                        const struct config_node *value, const char *what)
{
	return config_walk_expect(&r->walk, key, value, CONFIG_TEXT, what);
}

static bool refuse(struct scenario_reader *r, const struct config_node *key, slice text,
                   const char *what)
{
	struct buf why = { 0 };

	config_text_quote(&why, text);
	buf_addf(&why, " %s", what);
	return config_walk_refuse(&r->walk, key, &why);
}

/* The slice is followed by something that is no part of a number. */
static bool real_parse(slice text, double *value)
{
	char *end = NULL;

	if (!config_number_is_decimal(text))
		return false;
	*value = strtod(text.p, &end);
	return end == text.p + text.n;
}

/* ---- numbers ---- */

bool scenario_read_positive(struct scenario_reader *r, const struct scenario_member *m, void *at,
                            const struct config_node *key, const struct config_node *value)
{
	char above[40];
	double number;

	if (!expect_text(r, key, value, "a number"))
		return false;
	if (!real_parse(value->text, &number))
		return refuse(r, key, value->text, "is not a number");
	if (!(number > 0))
		return refuse(r, key, value->text, "is not above 0");
	snprintf(above, sizeof above, "is above %g", m->setting.most_real);
	if (number > m->setting.most_real)
		return refuse(r, key, value->text, above);
	*(double *)at = number;
	return true;
}

bool scenario_read_part(struct scenario_reader *r, const struct scenario_member *m, void *at,
                        const struct config_node *key, const struct config_node *value)
{
	slice text = value->text;
	double number;

	(void)m;
	if (!expect_text(r, key, value, "a probability"))
		return false;
	bool percent = text.n > 0 && text.p[text.n - 1] == '%';
	text.n -= percent;
	if (!real_parse(text, &number))
		return refuse(r, key, value->text,
		              "is not a probability from 0 to 1, or a percentage");
	if (percent)
		number /= 100;
	if (!(number >= 0 && number <= 1) || text.p[0] == '-')
		return refuse(r, key, value->text, "is not between 0 and 1 (100%)");
	*(double *)at = number;
	return true;
}

bool scenario_read_seed(struct scenario_reader *r, const struct scenario_member *m, void *at,
                        const struct config_node *key, const struct config_node *value)
{
	(void)m;
	if (!expect_text(r, key, value, "a whole number"))
		return false;
	return slice_u64(value->text, at) ||
	       refuse(r, key, value->text, "is not a whole number from 0 to 18446744073709551615");
}

bool scenario_read_whole(struct scenario_reader *r, int64_t *out, const struct config_node *key,
                         const struct config_node *value)
{
	static const uint64_t most = (UINT64_C(1) << 53) - 1;
	uint64_t size;

	if (!expect_text(r, key, value, "a whole number"))
		return false;
	bool negative = value->text.n > 1 && value->text.p[0] == '-';
	if (!slice_u64((slice){ value->text.p + negative, value->text.n - negative }, &size) ||
	    size > most)
		return refuse(r, key, value->text,
		              "is not a whole number of at most 9007199254740991");
	*out = negative ? -(int64_t)size : (int64_t)size;
	return true;
}

/* ---- rates ---- */

/* What is behind the stroke: a unit, or a duration. */
static bool period_parse(slice text, span *period)
{
	static const char *const units[] = { "ns", "us", "ms", "s", "m", "h", "d" };
	char one[4] = "1";

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (slice_is(text, units[i])) {
			memcpy(one + 1, units[i], text.n);
			return dur_parse((slice){ one, text.n + 1 }, period);
		}
	return dur_parse(text, period) && period->ns > 0;
}

static bool rate_parse(slice text, double *rate)
{
	const char *stroke = memchr(text.p, '/', text.n);
	slice number = { text.p, stroke ? (size_t)(stroke - text.p) : text.n };
	span period = { NS_PER_S };

	if (stroke && !period_parse((slice){ stroke + 1, text.n - number.n - 1 }, &period))
		return false;
	if (!real_parse(number, rate))
		return false;
	*rate = *rate * (double)NS_PER_S / (double)period.ns;
	return true;
}

/* From one in thirty years up to one each nanosecond: what a span can measure. */
bool scenario_read_rate(struct scenario_reader *r, const struct scenario_member *m, void *at,
                        const struct config_node *key, const struct config_node *value)
{
	double rate;

	(void)m;
	if (!expect_text(r, key, value, "a rate"))
		return false;
	if (!rate_parse(value->text, &rate))
		return refuse(
			r, key, value->text,
			"is not a rate; say 100/s, 6/m or 10/250ms (a bare number is a second)");
	if (rate == 0)
		return refuse(r, key, value->text,
		              "is no rate: an arrival rate of 0 brings nothing");
	if (rate < 0)
		return refuse(r, key, value->text, "is negative");
	if (rate < 1e-9)
		return refuse(r, key, value->text, "is below 1 in 1000000000s");
	if (rate > 1e9)
		return refuse(r, key, value->text, "is above 1000000000/s");
	*(double *)at = rate;
	return true;
}

bool scenario_read_ramp(struct scenario_reader *r, const struct scenario_member *m, void *at,
                        const struct config_node *key, const struct config_node *value)
{
	double rate;

	if (value->kind != CONFIG_TEXT || !rate_parse(value->text, &rate) || rate != 0)
		return scenario_read_rate(r, m, at, key, value);
	*(double *)at = 0;
	return true;
}

/* ---- texts ---- */

bool scenario_read_path(struct scenario_reader *r, const struct scenario_member *m, void *at,
                        const struct config_node *key, const struct config_node *value)
{
	struct buf path = { 0 };

	(void)m;
	if (!expect_text(r, key, value, "the name of a file"))
		return false;
	if (value->text.n == 0)
		return refuse(r, key, value->text, "is not the name of a file");
	if (value->text.p[0] != '/')
		buf_add_slice(&path, r->folder);
	buf_add_slice(&path, value->text);
	*(char **)at = mem_text(path.p, path.n);
	buf_free(&path);
	return true;
}

bool scenario_expect_pair(struct scenario_reader *r, const struct config_node *key,
                          const struct config_node *value, const char *what)
{
	if (value->kind == CONFIG_LIST && value->count == 2)
		return true;
	return config_walk_refuse_text(&r->walk, key, what);
}

/* ---- JSON ---- */

static bool is_json_word(slice text)
{
	struct buf padded = { 0 };
	struct json_error e;

	if (slice_is(text, "true") || slice_is(text, "false"))
		return true;
	if (text.n == 0 || !(text.p[0] == '-' || (text.p[0] >= '0' && text.p[0] <= '9')))
		return false;
	bool good = json_check(json_text(&padded, text), &e);
	buf_free(&padded);
	return good;
}

static bool add_json(struct scenario_reader *r, const struct config_node *value, int depth,
                     struct buf *out);

static bool add_json_items(struct scenario_reader *r, const struct config_node *value, int depth,
                           struct buf *out)
{
	bool map = value->kind == CONFIG_MAP;

	buf_add_char(out, map ? '{' : '[');
	for (uint32_t i = 0; i < value->count; i += map ? 2 : 1) {
		if (i)
			buf_add_char(out, ',');
		if (map) {
			if (!config_walk_check_key(&r->walk, value, i))
				return false;
			json_add_string(out, value->items[i]->text);
			buf_add_char(out, ':');
		}
		if (!add_json(r, value->items[i + map], depth + 1, out))
			return false;
	}
	buf_add_char(out, map ? '}' : ']');
	return true;
}

/* An alias may stand for what it is in. */
static bool add_json(struct scenario_reader *r, const struct config_node *value, int depth,
                     struct buf *out)
{
	enum { DEEPEST = 16, MOST_NAMES = 100 };

	if (depth > DEEPEST)
		return config_walk_refuse_text(&r->walk, value, "the nesting is too deep");
	if (value->kind == CONFIG_MAP && value->count / 2 > MOST_NAMES)
		return config_walk_refuse_text(&r->walk, value, "there are more than 100 names");
	if (!scenario_spend(r, value, 1 + value->text.n))
		return false;
	if (value->kind != CONFIG_TEXT)
		return add_json_items(r, value, depth, out);
	if (config_walk_is_blank(value))
		buf_add_text(out, "null");
	else if (!value->quoted && is_json_word(value->text))
		buf_add_slice(out, value->text);
	else
		json_add_string(out, value->text);
	return true;
}

bool scenario_add_json(struct scenario_reader *r, const struct config_node *value, struct buf *out)
{
	return add_json(r, value, 0, out);
}
