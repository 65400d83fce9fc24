/* How handlers behave. */
#include "codec/scenario_part.h"

#include "base/mem.h"

#include <stddef.h>

#define MODEL(member) offsetof(struct handler_model, member)
#define OUTAGE(member) offsetof(struct outage, member)

enum { MOST_KINDS = 1000, MOST_OUTAGES = 1000 };

/* The sum of what people write may be off in the last place. */
static const double tolerance = 1e-9;

/* ---- outcomes ---- */

#define ODDS(fate) ((fate) * sizeof(double))

static const struct scenario_member outcome_members[] = {
	[FATE_OK] = { .setting = { .path = "ok", .offset = ODDS(FATE_OK) },
	              .read = scenario_read_part },
	[FATE_RETRY] = { .setting = { .path = "retry", .offset = ODDS(FATE_RETRY) },
	                 .read = scenario_read_part },
	[FATE_FAIL] = { .setting = { .path = "fail", .offset = ODDS(FATE_FAIL) },
	                .read = scenario_read_part },
	[FATE_CRASH] = { .setting = { .path = "crash", .offset = ODDS(FATE_CRASH) },
	                 .read = scenario_read_part },
	[FATE_HANG] = { .setting = { .path = "hang", .offset = ODDS(FATE_HANG) },
	                .read = scenario_read_part },
	{ .setting = { 0 } },
};

static const struct scenario_form outcome_form = { "outcomes", outcome_members, 0, 0 };

static bool read_outcomes(struct scenario_reader *r, const struct scenario_member *m, void *at,
                          const struct config_node *key, const struct config_node *value)
{
	double *odds = at;
	struct scenario_given given;
	struct buf why = { 0 };
	double others = 0;

	(void)m;
	odds[FATE_OK] = 0;
	if (!scenario_read_form(r, &outcome_form, odds, key, value, &given))
		return false;
	for (int i = FATE_RETRY; i < FATES; i++)
		others += odds[i];
	double sum = others + odds[FATE_OK];
	if (sum > 1 + tolerance || (given.key[FATE_OK] && sum < 1 - tolerance)) {
		buf_addf(&why, "the probabilities have the sum %.10g, not 1", sum);
		return config_walk_refuse(&r->walk, key, &why);
	}
	odds[FATE_OK] = others < 1 ? 1 - others : 0;
	return true;
}

/* ---- outages ---- */

static const char *const fates[] = { "ok", "retry", "fail", "crash", "hang", NULL };

static bool read_fate(struct scenario_reader *r, const struct scenario_member *m, void *at,
                      const struct config_node *key, const struct config_node *value)
{
	static const struct setting word = { .type = SETTING_CHOICE, .words = fates + FATE_RETRY };
	unsigned index = 0;

	(void)m;
	if (!config_walk_read(&r->walk, &word, &index, key, value))
		return false;
	*(enum fate *)at = (enum fate)(index + FATE_RETRY);
	return true;
}

enum { OUTAGE_FROM, OUTAGE_UNTIL };

static const struct scenario_member outage_members[] = {
	[OUTAGE_FROM] = { .setting = { .path = "from",
	                               .type = SETTING_DURATION,
	                               .offset = OUTAGE(from) } },
	[OUTAGE_UNTIL] = { .setting = { .path = "until",
	                                .type = SETTING_DURATION,
	                                .offset = OUTAGE(until) } },
	{ .setting = { .path = "error_rate", .offset = OUTAGE(error_rate) },
	  .read = scenario_read_part },
	{ .setting = { .path = "outcome", .offset = OUTAGE(fate) }, .read = read_fate },
	{ .setting = { 0 } },
};

static const struct scenario_form outage_form = { "an outage", outage_members, 0, 0 };

static bool read_outage(struct scenario_reader *r, void *base, const struct config_node *item)
{
	struct handler_model *m = base;
	struct outage *o = &m->outages[m->outage_count++];
	struct scenario_given given;

	*o = (struct outage){ .until = SPAN_MAX, .error_rate = 1, .fate = FATE_FAIL };
	if (!scenario_read_form(r, &outage_form, o, item, item, &given))
		return false;
	if (o->until.ns > o->from.ns)
		return true;
	config_walk_push(&r->walk, given.key[OUTAGE_UNTIL]->text);
	return config_walk_refuse_text(&r->walk, given.key[OUTAGE_UNTIL], "it is not after 'from'");
}

static bool read_outages(struct scenario_reader *r, const struct scenario_member *m, void *at,
                         const struct config_node *key, const struct config_node *list)
{
	struct handler_model *model = at;

	(void)m;
	if (!scenario_expect_list(r, key, list, MOST_OUTAGES, "a list of outages"))
		return false;
	model->outages = mem_zeroed(list->count + 1, sizeof *model->outages);
	return scenario_each(r, list, read_outage, model);
}

/* ---- models ---- */

static bool read_duration(struct scenario_reader *r, const struct scenario_member *m, void *at,
                          const struct config_node *key, const struct config_node *value)
{
	struct handler_model *model = at;

	(void)m;
	return scenario_read_dist(r, &model->duration, &model->empirical, key, value);
}

static bool read_hint(struct scenario_reader *r, const struct scenario_member *m, void *at,
                      const struct config_node *key, const struct config_node *value)
{
	struct handler_model *model = at;

	(void)m;
	model->has_hint = true;
	return scenario_read_dist(r, &model->retry_after, NULL, key, value);
}

static const struct scenario_member model_members[] = {
	{ .setting = { .path = "duration" }, .read = read_duration },
	{ .setting = { .path = "outcomes", .offset = MODEL(odds) },
	  .read = read_outcomes,
	  .section = true },
	{ .setting = { .path = "retry_after" }, .read = read_hint },
	{ .setting = { .path = "outages" }, .read = read_outages, .section = true },
	{ .setting = { .path = "capacity", .offset = MODEL(capacity), .most_real = 1e9 },
	  .read = scenario_read_positive },
	{ .setting = { 0 } },
};

static const struct scenario_form model_form = { "a handler", model_members, 0, 0 };

static bool read_model(struct scenario_reader *r, struct handler_model *model,
                       const struct config_node *key, const struct config_node *value)
{
	struct scenario_given given;

	model->odds[FATE_OK] = 1;
	if (!slice_is(key->text, "default"))
		model->kind = mem_text(key->text.p, key->text.n);
	if (slice_starts(key->text, "meshq."))
		return config_walk_refuse_text(&r->walk, key,
		                               "no handler gets kinds that begin with 'meshq.': "
		                               "they steer the tools");
	size_t before = config_walk_push(&r->walk, key->text);
	if (!config_walk_is_blank(value) &&
	    !scenario_read_form(r, &model_form, model, key, value, &given))
		return false;
	r->walk.path.n = before;
	return true;
}

bool scenario_read_handlers(struct scenario_reader *r, const struct scenario_member *m, void *at,
                            const struct config_node *key, const struct config_node *map)
{
	struct scenario *out = at;

	(void)m;
	if (!config_walk_expect(&r->walk, key, map, CONFIG_MAP, "a mapping of kinds") ||
	    !scenario_spend(r, key, map->count))
		return false;
	if (map->count / 2 > MOST_KINDS)
		return config_walk_refuse_text(&r->walk, key, "there are more than 1000 kinds");
	out->handlers = mem_zeroed(map->count / 2 + 1, sizeof *out->handlers);
	for (uint32_t i = 0; i < map->count; i += 2)
		if (!config_walk_check_key(&r->walk, map, i) ||
		    !read_model(r, &out->handlers[out->handler_count++], map->items[i],
		                map->items[i + 1]))
			return false;
	return true;
}
