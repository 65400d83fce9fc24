#include "codec/config_run.h"

#include "base/mem.h"

#include <stddef.h>
#include <string.h>

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

struct run_policy *config_run_default(struct executor_policy *p)
{
	static const char name[] = "default";
	struct policy_map *map = &p->run;

	for (uint32_t i = 0; i < map->count; i++)
		if (strcmp(map->entries[i].name, name) == 0)
			return &map->entries[i].run;
	map->entries = mem_resize(map->entries, map->count + 1, sizeof *map->entries);
	struct policy_entry *entry = &map->entries[map->count++];
	*entry = (struct policy_entry){ .name = mem_text(name, sizeof name - 1), .run = usual };
	return &entry->run;
}
