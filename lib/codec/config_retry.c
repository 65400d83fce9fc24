#include "codec/config_retry.h"

#include "codec/config_table.h"
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

/* Full jitter: actions that failed together do not come back together. */
static const struct retry_policy usual = {
	.most = 10,
	.ladder = { .initial = { NS_PER_S / 2 },
	            .factor = 2,
	            .max = { 60 * NS_PER_S },
	            .jitter = 1 },
};

static const struct setting_table ladder = {
	.settings = steps,
	.count = sizeof steps / sizeof steps[0],
	.size = sizeof usual,
	.usual = &usual,
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

static bool read_ladder(struct retry_policy *p, const struct config_node *map,
                        const struct config_node **culprit, struct buf *why)
{
	if (p->listed || p->most == 0)
		*p = usual;
	return config_table_read(&ladder, p, map, culprit, why);
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

	if (!p->listed) {
		config_table_print(&ladder, p, out);
		return;
	}
	buf_add_char(out, '[');
	for (uint32_t i = 0; i < p->count; i++) {
		buf_add_text(out, i ? ", " : "");
		config_value_print(&delay, &p->delays[i], out);
	}
	buf_add_char(out, ']');
}
