#include "codec/config_retry.h"

#include "codec/config_name.h"
#include "codec/config_number.h"
#include "codec/config_text.h"
#include "codec/config_value.h"

#include <float.h>
#include <stddef.h>

#define RETRY(member) offsetof(struct retry_policy, member)

static const struct setting delay = { .path = "", .type = SETTING_DURATION };

static const struct setting steps[] = {
	{ .path = "initial", .type = SETTING_DURATION, .offset = RETRY(ladder.initial) },
	{ .path = "factor",
	  .type = SETTING_FLOAT,
	  .offset = RETRY(ladder.factor),
	  .most_real = FLT_MAX },
	{ .path = "max", .type = SETTING_DURATION, .offset = RETRY(ladder.max) },
	{ .path = "jitter", .type = SETTING_FLOAT, .offset = RETRY(ladder.jitter), .most_real = 1 },
	{ .path = "most",
	  .type = SETTING_U32,
	  .offset = RETRY(most),
	  .least = 1,
	  .most = RETRY_MOST },
};

enum { STEPS = sizeof steps / sizeof steps[0] };

/* Full jitter: actions that failed together do not come back together. */
static const struct retry_policy usual = {
	.most = 10,
	.ladder = { .initial = { NS_PER_S / 2 },
	            .factor = 2,
	            .max = { 60 * NS_PER_S },
	            .jitter = 1 },
};

/* ---- reading ---- */

static bool read_list(struct retry_policy *p, const struct config_node *list,
                      const struct config_node **culprit, struct buf *why)
{
	*p = (struct retry_policy){ .listed = true };
	if (list->count > RETRY_DELAYS) {
		*culprit = list->items[RETRY_DELAYS];
		buf_addf(why, "there are more than %d waits", RETRY_DELAYS);
		return false;
	}
	for (; p->count < list->count; p->count++) {
		*culprit = list->items[p->count];
		if (!config_value_read(&delay, &p->delays[p->count], *culprit, culprit, why))
			return false;
	}
	return true;
}

static const struct setting *find_step(const struct config_node *key, struct buf *why)
{
	struct config_names known = { 0 };

	for (int i = 0; key->kind == CONFIG_TEXT && i < STEPS; i++)
		if (slice_is(key->text, steps[i].path))
			return &steps[i];
	if (key->kind != CONFIG_TEXT) {
		buf_add_text(why, "the name of a setting is expected");
		return NULL;
	}
	for (int i = 0; i < STEPS; i++)
		config_name_add(&known, steps[i].path);
	config_text_quote(why, key->text);
	buf_add_text(why, " is not a setting");
	config_name_suggest(why, key->text, &known);
	return NULL;
}

static bool read_ladder(struct retry_policy *p, const struct config_node *map,
                        const struct config_node **culprit, struct buf *why)
{
	const struct config_node *value;
	unsigned given = 0;

	if (p->listed || p->most == 0)
		*p = usual;
	for (uint32_t i = 0; i < map->count; i += 2) {
		*culprit = map->items[i];
		const struct setting *s = find_step(*culprit, why);
		if (!s)
			return false;
		unsigned flag = 1U << (s - steps);
		if (given & flag) {
			buf_addf(why, "'%s' is given twice", s->path);
			return false;
		}
		given |= flag;
		struct buf what = { 0 };
		if (config_value_read(s, p, map->items[i + 1], &value, &what))
			continue;
		buf_addf(why, "%s: %s", s->path, buf_text(&what));
		buf_free(&what);
		return false;
	}
	return true;
}

bool config_retry_read(const struct setting *s, void *base, const struct config_node *node,
                       const struct config_node **culprit, struct buf *why)
{
	struct retry_policy *p = config_setting_at(s, base);
	struct retry_policy draft = *p;

	*culprit = node;
	if (node->kind == CONFIG_TEXT) {
		buf_addf(why, "%s is expected, not a value", config_value_noun(s));
		return false;
	}
	if (!(node->kind == CONFIG_LIST ? read_list(&draft, node, culprit, why)
	                                : read_ladder(&draft, node, culprit, why)))
		return false;
	*p = draft;
	return true;
}

/* ---- printing ---- */

void config_retry_print(const struct setting *s, const void *base, struct buf *out)
{
	const struct retry_policy *p = config_setting_look(s, base);

	buf_add_text(out, p->listed ? "[" : "{");
	for (uint32_t i = 0; p->listed && i < p->count; i++) {
		buf_add_text(out, i ? ", " : "");
		config_value_print(&delay, &p->delays[i], out);
	}
	for (int i = 0; !p->listed && i < STEPS; i++) {
		buf_addf(out, "%s %s: ", i ? "," : "", steps[i].path);
		config_value_print(&steps[i], p, out);
	}
	buf_add_text(out, p->listed ? "]" : " }");
}
