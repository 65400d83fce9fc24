/* How long something takes: "50ms", "{ uniform: [10ms, 90ms] }" ... */
#include "codec/scenario_part.h"

#include "base/mem.h"

#include <stddef.h>
#include <stdlib.h>

#define DIST(member) offsetof(struct dist, member)

enum { MOST_SAMPLES = 100000 };

static const struct setting constant = { .type = SETTING_DURATION, .offset = DIST(least) };
static const struct setting most = { .type = SETTING_DURATION, .offset = DIST(most) };

static bool read_uniform(struct scenario_reader *r, const struct scenario_member *m, void *at,
                         const struct config_node *key, const struct config_node *value)
{
	struct dist *d = at;

	(void)m;
	if (!scenario_expect_pair(r, key, value,
	                          "a list of two durations is expected: [10ms, 90ms]") ||
	    !config_walk_read(&r->walk, &constant, d, key, value->items[0]) ||
	    !config_walk_read(&r->walk, &most, d, key, value->items[1]))
		return false;
	return d->least.ns <= d->most.ns ||
	       config_walk_refuse_text(&r->walk, key, "the second duration is below the first");
}

static bool read_lognormal(struct scenario_reader *r, const struct scenario_member *m, void *at,
                           const struct config_node *key, const struct config_node *value)
{
	static const struct scenario_member members[] = {
		{ .setting = { .path = "median",
		               .type = SETTING_DURATION,
		               .offset = DIST(median),
		               .least = 1 },
		  .required = true },
		{ .setting = { .path = "sigma", .offset = DIST(sigma), .most_real = 10 },
		  .read = scenario_read_positive,
		  .required = true },
		{ .setting = { 0 } },
	};
	static const struct scenario_form form = { "a lognormal distribution", members, 0, 0 };
	struct scenario_given given;

	(void)m;
	return scenario_read_form(r, &form, at, key, value, &given);
}

static bool read_pareto(struct scenario_reader *r, const struct scenario_member *m, void *at,
                        const struct config_node *key, const struct config_node *value)
{
	static const struct scenario_member members[] = {
		{ .setting = { .path = "least",
		               .type = SETTING_DURATION,
		               .offset = DIST(least),
		               .least = 1 },
		  .required = true },
		{ .setting = { .path = "alpha", .offset = DIST(alpha), .most_real = 1000 },
		  .read = scenario_read_positive,
		  .required = true },
		{ .setting = { 0 } },
	};
	static const struct scenario_form form = { "a pareto distribution", members, 0, 0 };
	struct scenario_given given;

	(void)m;
	return scenario_read_form(r, &form, at, key, value, &given);
}

/* ---- samples ---- */

static bool read_sample(struct scenario_reader *r, void *base, const struct config_node *item)
{
	static const struct setting sample = { .type = SETTING_DURATION };
	struct dist *d = base;

	return config_walk_read(&r->walk, &sample, &d->samples[d->sample_count++], item, item);
}

static bool read_samples(struct scenario_reader *r, struct dist *d, const struct config_node *key,
                         const struct config_node *list)
{
	if (!scenario_expect_list(r, key, list, MOST_SAMPLES, "a list of durations"))
		return false;
	if (list->count == 0)
		return config_walk_refuse_text(&r->walk, key,
		                               "the list is empty, so there is none to take");
	d->samples = mem_zeroed(list->count, sizeof *d->samples);
	return scenario_each(r, list, read_sample, d);
}

/* ---- all of them ---- */

/* A distribution, or the file whose run times it is to have. */
struct source {
	struct dist dist; /* first, so that both have the same offsets */
	char *file;
};

static bool read_empirical(struct scenario_reader *r, const struct scenario_member *m, void *at,
                           const struct config_node *key, const struct config_node *value)
{
	struct source *s = at;

	if (value->kind == CONFIG_LIST)
		return read_samples(r, &s->dist, key, value);
	return config_walk_expect(&r->walk, key, value, CONFIG_TEXT,
	                          "a chain file or a list of durations") &&
	       scenario_read_path(r, m, &s->file, key, value);
}

static bool read_shape(struct scenario_reader *r, struct source *s, const struct config_node *key,
                       const struct config_node *value)
{
	static const struct scenario_member members[] = {
		{ .setting = { .path = "uniform" }, .read = read_uniform },
		{ .setting = { .path = "exponential",
		               .type = SETTING_DURATION,
		               .offset = DIST(mean),
		               .least = 1 } },
		{ .setting = { .path = "lognormal" }, .read = read_lognormal },
		{ .setting = { .path = "pareto" }, .read = read_pareto },
		{ .setting = { .path = "empirical" }, .read = read_empirical },
		{ .setting = { 0 } },
	};
	static const enum dist_shape shapes[] = { DIST_UNIFORM, DIST_EXPONENTIAL, DIST_LOGNORMAL,
		                                  DIST_PARETO, DIST_EMPIRICAL };
	static const struct scenario_form form = { "a distribution", members, 0, 4 };
	struct scenario_given given;

	if (!scenario_read_form(r, &form, s, key, value, &given))
		return false;
	s->dist.shape = shapes[given.chosen];
	return true;
}

bool scenario_read_dist(struct scenario_reader *r, struct dist *d, char **file,
                        const struct config_node *key, const struct config_node *value)
{
	struct source s = { 0 };

	if (value->kind == CONFIG_TEXT)
		return config_walk_read(&r->walk, &constant, d, key, value);
	bool good = config_walk_expect(&r->walk, key, value, CONFIG_MAP,
	                               "a duration or a distribution of them") &&
	            read_shape(r, &s, key, value);
	*d = s.dist;
	if (file)
		*file = s.file;
	else if (s.file) {
		free(s.file);
		good = good && config_walk_refuse_text(&r->walk, key,
		                                       "a chain has run times only; "
		                                       "list durations instead");
	}
	return good;
}
