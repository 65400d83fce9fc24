/* What happens at which time. */
#include "codec/scenario_part.h"

#include "base/mem.h"
#include "codec/config_text.h"

#include <stddef.h>

#define EVENT(member) offsetof(struct happening, member)

enum { MOST_EVENTS = 10000 };

/* In the order of the table below, and of enum happening_type. */
enum { CRASH, START, HOLD, RELEASE, JOBS, STOP, AT, FOR, EVERY, TIMES };

static const char *daemon_fault(slice text)
{
	return text.n == 0 ? "is not the name of a daemon" : NULL;
}

/* What the hold record has besides. */
static bool check_members(struct scenario_reader *r, const struct config_node *map)
{
	static const char *const ours[] = { "kind",      "id",      "at_ms", "expires_ms",
		                            "admission", "outcome", "state", "until_ms" };

	for (uint32_t i = 0; i < map->count; i += 2)
		for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
			if (slice_is(map->items[i]->text, ours[k])) {
				struct buf why = { 0 };
				config_text_quote(&why, map->items[i]->text);
				buf_add_text(&why, " is a member of ours, not one to hold by");
				return config_walk_refuse(&r->walk, map->items[i], &why);
			}
	return true;
}

/* The members without the braces around them. */
static bool read_members(struct scenario_reader *r, const struct scenario_member *m, void *at,
                         const struct config_node *key, const struct config_node *map)
{
	struct buf text = { 0 };

	(void)m;
	if (!config_walk_expect(&r->walk, key, map, CONFIG_MAP,
	                        "a mapping of members, such as { daemon: telemetry },"))
		return false;
	if (map->count == 0)
		return config_walk_refuse_text(&r->walk, key, "no member says what is held");
	bool good = scenario_add_json(r, map, &text) && check_members(r, map);
	if (good)
		*(char **)at = mem_text(text.p + 1, text.n - 2);
	buf_free(&text);
	return good;
}

/* "stop: true", or in braces "stop" alone. */
static bool read_stop(struct scenario_reader *r, const struct scenario_member *m, void *at,
                      const struct config_node *key, const struct config_node *value)
{
	(void)m;
	(void)at;
	return config_walk_is_blank(value) ||
	       (value->kind == CONFIG_TEXT && slice_is(value->text, "true")) ||
	       config_walk_refuse_text(&r->walk, key, "only 'true' makes sense here");
}

static const struct scenario_member members[] = {
	[CRASH] = { .setting = { .path = "crash",
	                         .type = SETTING_TEXT,
	                         .offset = EVENT(daemon),
	                         .fault = daemon_fault } },
	[START] = { .setting = { .path = "start",
	                         .type = SETTING_TEXT,
	                         .offset = EVENT(daemon),
	                         .fault = daemon_fault } },
	[HOLD] = { .setting = { .path = "hold", .offset = EVENT(members) }, .read = read_members },
	[RELEASE] = { .setting = { .path = "release", .offset = EVENT(members) },
	              .read = read_members },
	[JOBS] = { .setting = { .path = "jobs",
	                        .type = SETTING_U32,
	                        .offset = EVENT(jobs),
	                        .least = 1,
	                        .most = 10000 } },
	[STOP] = { .setting = { .path = "stop" }, .read = read_stop },
	[AT] = { .setting = { .path = "at", .type = SETTING_DURATION, .offset = EVENT(at) },
	         .required = true },
	[FOR] = { .setting = { .path = "for",
	                       .type = SETTING_DURATION,
	                       .offset = EVENT(lasts),
	                       .least = 1 },
	          .with = 1U << HOLD },
	[EVERY] = { .setting = { .path = "every",
	                         .type = SETTING_DURATION,
	                         .offset = EVENT(every),
	                         .least = 1 } },
	[TIMES] = { .setting = { .path = "times",
	                         .type = SETTING_U64,
	                         .offset = EVENT(times),
	                         .least = 1 } },
	{ .setting = { 0 } },
};

static const struct scenario_form form = { "an event", members, CRASH, STOP };

static bool refuse(struct scenario_reader *r, const struct config_node *key, const char *what)
{
	config_walk_push(&r->walk, key->text);
	return config_walk_refuse_text(&r->walk, key, what);
}

/* `every` alone goes on until the scenario ends. */
static bool check_times(struct scenario_reader *r, struct happening *h,
                        const struct scenario_given *given)
{
	int64_t last;

	if (!given->key[EVERY])
		return h->times == 1 ||
		       refuse(r, given->key[TIMES], "'every' is missing: how far apart?");
	if (!given->key[TIMES]) {
		if (r->out->until.ns == INT64_MAX)
			return refuse(r, given->key[EVERY],
			              "this never ends: say 'times', or give the scenario 'until'");
		if (h->at.ns <= r->out->until.ns)
			h->times = 1 + (uint64_t)((r->out->until.ns - h->at.ns) / h->every.ns);
	}
	if (__builtin_mul_overflow(h->times - 1, h->every.ns, &last) ||
	    __builtin_add_overflow(last, h->at.ns, &last))
		return refuse(r, given->key[EVERY], "the last time is later than can be told");
	return true;
}

static bool read_event(struct scenario_reader *r, void *base, const struct config_node *item)
{
	struct scenario *out = base;
	struct happening *h = &out->happenings[out->happening_count++];
	struct scenario_given given;

	*h = (struct happening){ .times = 1, .lasts = SPAN_MAX };
	if (!scenario_read_form(r, &form, h, item, item, &given))
		return false;
	h->type = (enum happening_type)given.chosen;
	return check_times(r, h, &given);
}

bool scenario_read_events(struct scenario_reader *r, const struct scenario_member *m, void *at,
                          const struct config_node *key, const struct config_node *list)
{
	struct scenario *out = at;

	(void)m;
	if (!scenario_expect_list(r, key, list, MOST_EVENTS, "a list of events"))
		return false;
	out->happenings = mem_zeroed(list->count + 1, sizeof *out->happenings);
	return scenario_each(r, list, read_event, out);
}
