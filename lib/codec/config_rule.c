/* The settings of a rule; see config_setting.h. */
#include "codec/config_setting.h"

#include <stddef.h>

#define RULE(member) offsetof(struct rule_policy, member)

static const char *const undos[] = { "owner", "any", "none", NULL };
static const char *const hints[] = { "longest", "first", NULL };
static const char *const on_holds[] = { "drop", "wait", NULL };

const struct setting config_rule_settings[CONFIG_RULE_SETTINGS] = {
	{ .path = "name",
	  .type = SETTING_TEXT,
	  .offset = RULE(name),
	  .fault = config_setting_name_fault,
	  .rules = FOR_ALL,
	  .help = "appears in admission and outcome records" },
	{ .path = "kinds",
	  .type = SETTING_TEXTS,
	  .offset = RULE(kinds),
	  .count = RULE(kind_count),
	  .rules = FOR_ALL,
	  .help = "the kinds it is for; []: every kind" },
	{ .path = "window",
	  .type = SETTING_DURATION,
	  .offset = RULE(window),
	  .rules = FOR_WINDOW,
	  .decides = true,
	  .help = "closed this long after an admit" },
	{ .path = "rate",
	  .type = SETTING_U32,
	  .offset = RULE(rate),
	  .least = 1,
	  .most = 10000000,
	  .word = "none",
	  .word_means = "nothing is admitted",
	  .rules = FOR_RATE,
	  .decides = true,
	  .help = "at most this many admits ..." },
	{ .path = "per",
	  .type = SETTING_DURATION,
	  .offset = RULE(per),
	  .least = 1,
	  .rules = FOR_RATE,
	  .help = "... in any trailing period of this length" },
	{ .path = "hold",
	  .type = SETTING_TEXTS,
	  .offset = RULE(key),
	  .count = RULE(key_count),
	  .fault = config_setting_path_fault,
	  .rules = FOR_HOLD,
	  .decides = true,
	  .help = "closed by meshq.hold records with the same value of these members" },
	{ .path = "key",
	  .type = SETTING_TEXTS,
	  .offset = RULE(key),
	  .count = RULE(key_count),
	  .fault = config_setting_path_fault,
	  .rules = FOR_WINDOW | FOR_RATE,
	  .help = "one for each value of these members; []: one for all" },
	{ .path = "retry_after",
	  .type = SETTING_DURATION,
	  .offset = RULE(retry_after),
	  .word = "exact",
	  .word_value = -1,
	  .word_means = "the hint is the time at which a slot frees",
	  .rules = FOR_RATE,
	  .help = "hint of a refusal; exact: when a slot frees" },
	{ .path = "undo",
	  .type = SETTING_CHOICE,
	  .offset = RULE(undo),
	  .words = undos,
	  .rules = FOR_WINDOW | FOR_RATE,
	  .help = "what a failed or retried action gives back: its own place (owner), that of any "
	          "other too, or none" },
	{ .path = "hint",
	  .type = SETTING_CHOICE,
	  .offset = RULE(hint),
	  .words = hints,
	  .rules = FOR_WINDOW | FOR_RATE,
	  .help = "a refusal names the time when all closed rules are open (longest), or this one "
	          "(first)" },
	{ .path = "on_hold",
	  .type = SETTING_CHOICE,
	  .offset = RULE(on_hold),
	  .words = on_holds,
	  .rules = FOR_HOLD,
	  .help = "drop: the action ends as gated; wait: meshq-exec keeps it until the hold "
	          "opens" },
};

struct rule_policy config_rule_default(void)
{
	return (struct rule_policy){
		.per = { NS_PER_S },
		.retry_after = { -1 },
		.undo = UNDO_OWNER,
		.hint = HINT_LONGEST,
		.on_hold = ON_HOLD_DROP,
	};
}

int config_rule_setting_find(slice name)
{
	for (int i = 0; i < CONFIG_RULE_SETTINGS; i++)
		if (slice_is(name, config_rule_settings[i].path))
			return i;
	return -1;
}
