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

/* ---- settings for each of some names ---- */

static bool check_daemon(const struct policy_entry *entry, struct buf *why)
{
	return config_daemon_check(&entry->daemon, why);
}

static bool check_handler(const struct policy_entry *entry, struct buf *why)
{
	if (entry->command.count == 0)
		buf_add_text(why, "a handler needs a command");
	return entry->command.count > 0;
}

static bool check_entries(const struct config_draft *d, const char *section, slice name,
                          bool (*check)(const struct policy_entry *entry, struct buf *why),
                          struct err *e)
{
	int setting = config_setting_find(section, name);
	const struct setting *s = &config_settings[setting];
	const struct policy_map *map = config_setting_look(s, &d->policy);

	for (uint32_t i = 0; i < map->count; i++) {
		struct buf path = { 0 }, why = { 0 };
		bool good = check(&map->entries[i], &why);

		buf_addf(&path, "%s.%s", s->path, map->entries[i].name);
		if (!good)
			refuse_at(e, &d->entries[setting][i], buf_text(&path), buf_text(&why));
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
	return check_backpressure(d, e) &&
	       check_entries(d, "", SLICE("daemons"), check_daemon, e) &&
	       check_entries(d, "recovery", SLICE("handlers"), check_handler, e);
}
