#include "cli/replay.h"

#include "cli/history.h"
#include "codec/config.h"
#include "codec/diff.h"
#include "codec/recorded_figures.h"

static void tell_of(const struct cli *c, const char *what, uint64_t count)
{
	if (count)
		cli_note(c, "%s: %llu", what, (unsigned long long)count);
}

/* What a person has to know to judge the figures. */
static void tell_of_gaps(const struct replay *r, const struct cli *c)
{
	struct recorded_counts n = recorded_counts(r->work);

	tell_of(c, "records left out, since they tell nothing of an action", n.others);
	tell_of(c, "actions whose end is not recorded", n.incomplete);
	tell_of(c, "attempts that are recorded only together with others", n.guessed);
	tell_of(c, "attempts that were cut short by a stop", n.cut);
	tell_of(c,
	        "times that the number of jobs has changed, which is the greatest throughout now",
	        n.changes);
}

static bool load_configured(struct replay *r, const struct cli *c, struct err *e)
{
	struct cli plain = *c;

	plain.sets = (struct opt_list){ 0 };
	r->loaded = cli_policy(&plain, NULL, 0, "--set", &r->configured, e);
	return r->loaded;
}

/* Where the policy leaves them open: as many as a chain says, or as were seen at work. */
static uint32_t jobs(const struct replay *r)
{
	uint32_t told = recorded_counts(r->work).jobs, seen = r->told.max_running;

	return told ? told : seen ? seen : 1;
}

bool replay_open(struct replay *r, struct cli *c, char **files, struct err *e)
{
	uint32_t count;

	if (!load_configured(r, c, e))
		return false;
	r->work = history_read(c, files, &r->configured, &r->status, e);
	if (!r->work)
		return false;
	recorded_actions(r->work, &count);
	tell_of_gaps(r, c);
	if (!count && r->status != STATUS_OK)
		return err_set(e, (enum status)r->status, "there is nothing to replay");
	if (!count)
		return err_set(e, STATUS_DATA,
		               "there is nothing to replay: expected a chain or outcomes of "
		               "meshq-exec");
	recorded_figures(r->work, &r->told);
	if (c->policy.executor.dedupe.keep.ns && c->policy.executor.dedupe.key_count == 0)
		cli_note(c, "executor.dedupe is left out: what actions ask for is not recorded, "
		            "unless executor.dedupe.key names members");
	if (!c->policy.executor.jobs && !recorded_counts(r->work).jobs &&
	    !recorded_counts(r->work).pools)
		cli_note(c,
		         "executor.jobs is auto: %u at once, as many as were busy; if there "
		         "were more, say so in --config",
		         jobs(r));
	return true;
}

void replay_free(struct replay *r)
{
	if (r->loaded)
		config_free(&r->configured);
	recorded_free(r->work);
	measure_free(&r->told);
	*r = (struct replay){ 0 };
}

void replay_prepare(const struct replay *r, struct simulate *run)
{
	run->recorded = r->work;
	run->jobs = jobs(r);
}

bool replay_diff(struct replay *r, const struct simulate *base, struct simulate *run, bool records,
                 struct buf *out, struct err *e)
{
	struct recorded_counts n = recorded_counts(r->work);
	unsigned edges = n.asserts || n.releases ? 0 : DIFF_EDGES;
	struct simulate configured = *base;
	bool changed = base->cli->sets.count > 0;
	const struct diff_column columns[] = {
		{ "recorded", "recorded", &r->told, DIFF_JOBS | edges },
		{ "as configured", "configured", changed ? &configured.measure : &run->measure, 0 },
		{ "changed", "changed", &run->measure, 0 },
	};
	uint32_t count = changed ? 3 : 2;

	configured.policy = &r->configured;
	bool good = !changed || simulate_run(&configured, e);
	if (good && records)
		diff_records(columns, count, out);
	else if (good)
		diff_text(columns, count, out);
	if (changed)
		simulate_free(&configured);
	return good;
}
