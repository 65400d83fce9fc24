/* What no single setting can be blamed for: settings that contradict each other. */
#include "codec/config_daemon.h"
#include "codec/config_draft.h"

#include <stdio.h>

/* The later of two places, because the earlier value was good until then. */
static const struct config_place *later(const struct config_place *a, const struct config_place *b)
{
	if (a->rank != b->rank)
		return a->rank > b->rank ? a : b;
	return a->line > b->line || (a->line == b->line && a->column > b->column) ? a : b;
}

static bool refuse_at(struct err *e, const struct config_place *at, const char *path,
                      const char *what)
{
	err_set(e, STATUS_CONFIG, "%s: %s", path, what);
	if (at->line)
		return err_prefix(e, "%s:%u:%u", at->source, at->line, at->column);
	return err_prefix(e, "%s", at->source ? at->source : "configuration");
}

/* ---- rules ---- */

struct subject {
	const struct config_rule *rule;
	uint32_t index;
	struct err *e;
};

static bool refuse_rule(const struct subject *s, const struct config_place *at, const char *setting,
                        const char *what)
{
	char path[200];

	if (s->rule->by_name)
		snprintf(path, sizeof path, "rules.%.100s", s->rule->policy.name);
	else
		snprintf(path, sizeof path, "rules[%u]", s->index);
	if (setting) {
		size_t n = strlen(path);
		snprintf(path + n, sizeof path - n, ".%s", setting);
	}
	return refuse_at(s->e, at, path, what);
}

static const char *const type_names[] = {
	[RULE_WINDOW] = "window",
	[RULE_RATE] = "rate",
	[RULE_HOLD] = "hold",
};

static bool check_rule(const struct subject *s)
{
	const struct config_rule *rule = s->rule;
	int per = config_rule_setting_find(SLICE("per"));
	int rate = config_rule_setting_find(SLICE("rate"));
	int undo = config_rule_setting_find(SLICE("undo"));
	char what[120];

	if (!rule->typed)
		return refuse_rule(s, &rule->place, NULL,
		                   "a rule needs one of window, rate and hold");
	for (int i = 0; i < CONFIG_RULE_SETTINGS; i++) {
		const struct setting *setting = &config_rule_settings[i];
		if (rule->places[i].rank == CONFIG_UNSET ||
		    setting->rules & (1U << rule->policy.type))
			continue;
		snprintf(what, sizeof what, "a %s rule has no such setting",
		         type_names[rule->policy.type]);
		return refuse_rule(s, &rule->places[i], setting->path, what);
	}
	if (rule->policy.type == RULE_RATE && rule->policy.rate > 0 &&
	    rule->places[per].rank == CONFIG_UNSET)
		return refuse_rule(s, &rule->places[rate], "rate",
		                   "the period is missing: say per: 1s for so many a second");
	if (rule->policy.type == RULE_RATE && rule->policy.undo == UNDO_ANY)
		return refuse_rule(s, &rule->places[undo], "undo",
		                   "a rate has no 'any'; owner and none are possible");
	return true;
}

/* ---- back-pressure ---- */

static bool check_backpressure(const struct config_draft *d, struct err *e)
{
	const struct backpressure_policy *b = &d->policy.backpressure;
	const struct config_place *assert_at =
		&d->places[config_setting_find("backpressure", SLICE("assert_at"))];
	const struct config_place *release_at =
		&d->places[config_setting_find("backpressure", SLICE("release_at"))];
	const struct config_place *ceiling =
		&d->places[config_setting_find("backpressure", SLICE("ceiling"))];
	char what[200];

	if (b->release_at >= b->assert_at && !b->force) {
		snprintf(what, sizeof what,
		         "%llu is not below assert_at (%llu), so the signal would flap; "
		         "say force: true if that is meant",
		         (unsigned long long)b->release_at, (unsigned long long)b->assert_at);
		return refuse_at(e, later(assert_at, release_at), "backpressure.release_at", what);
	}
	if (b->ceiling != 0 && b->ceiling <= b->assert_at) {
		snprintf(what, sizeof what, "%llu is not above assert_at (%llu)",
		         (unsigned long long)b->ceiling, (unsigned long long)b->assert_at);
		return refuse_at(e, later(assert_at, ceiling), "backpressure.ceiling", what);
	}
	return true;
}

/* ---- daemons ---- */

static bool check_daemons(const struct config_draft *d, struct err *e)
{
	const struct policy_map *map = &d->policy.daemons;
	const struct config_place *places = d->entries[config_setting_find("", SLICE("daemons"))];

	for (uint32_t i = 0; i < map->count; i++) {
		struct buf path = { 0 }, why = { 0 };
		bool good = config_daemon_check(&map->entries[i].daemon, &why);

		buf_addf(&path, "daemons.%s", map->entries[i].name);
		if (!good)
			refuse_at(e, &places[i], buf_text(&path), buf_text(&why));
		buf_free(&path);
		buf_free(&why);
		if (!good)
			return false;
	}
	return true;
}

bool config_check(const struct config_draft *d, struct err *e)
{
	for (uint32_t i = 0; i < d->rule_count; i++) {
		struct subject s = { &d->rules[i], i, e };
		if (!check_rule(&s))
			return false;
	}
	return check_backpressure(d, e) && check_daemons(d, e);
}
