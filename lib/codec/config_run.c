/* What executor.run says of a kind. */
#include "codec/config_setting.h"

#include <stddef.h>

#define RUN(member) offsetof(struct run_policy, member)

static const char *const ways[] = { "spawn", "coprocess", "batch", NULL };
static const char *const no_yes[] = { "false", "true", NULL };

static const struct setting settings[] = {
	{ .path = "as", .type = SETTING_CHOICE, .offset = RUN(as), .words = ways },
	{ .path = "jobs",
	  .type = SETTING_U32,
	  .offset = RUN(jobs),
	  .least = 1,
	  .most = 10000,
	  .word = "auto",
	  .word_means = "there are executor.jobs" },
	{ .path = "window",
	  .type = SETTING_U32,
	  .offset = RUN(window),
	  .least = 1,
	  .most = RUN_WINDOW_MOST },
	{ .path = "batch",
	  .type = SETTING_U32,
	  .offset = RUN(batch),
	  .least = 1,
	  .most = RUN_BATCH_MOST },
	{ .path = "batch_wait", .type = SETTING_DURATION, .offset = RUN(batch_wait) },
	{ .path = "backpressure",
	  .type = SETTING_SWITCH,
	  .offset = RUN(backpressure),
	  .words = no_yes },
};

static const struct run_policy usual = {
	.as = RUN_SPAWN,
	.window = 64,
	.batch = 100,
	.batch_wait = { 50 * NS_PER_MS },
};

const struct setting_table config_run_table = {
	.settings = settings,
	.count = sizeof settings / sizeof settings[0],
	.size = sizeof usual,
	.usual = &usual,
};
