#include "cli/recover.h"

#include "base/mem.h"
#include "core/period.h"
#include "sys/entropy.h"

#include <stdio.h>
#include <stdlib.h>

void recover_show_latest(struct recover *r)
{
	const struct recovery *known = &r->store.registry;

	for (uint32_t i = 0; i < known->count; i++)
		clock_show(&r->clock, known->handlers[i].at);
}

static void tell_news(void *user, const struct recovery_handler *h, bool added)
{
	struct recover *r = user;

	if (r->trace)
		recovery_event_add(added ? RECOVERY_EVENT_REGISTERED : RECOVERY_EVENT_REMOVED, h,
		                   NULL, clock_now(&r->clock), &r->results.out.pending);
}

void recover_sync(struct recover *r)
{
	const char **names = mem_zeroed(r->list.count + 1, sizeof *names);

	for (uint32_t i = 0; i < r->list.count; i++)
		names[i] = r->list.commands[i].name;
	recovery_sync(&r->store.registry, names, r->list.count, tell_news, r);
	free(names);
}

static void show_stats(void *user)
{
	const struct recover *r = user;
	struct buf line = { 0 };

	recovery_event_add_stats(&r->counts, clock_now(&r->clock), &line);
	cli_make_way(r->cli);
	fwrite(line.p, 1, line.n, stderr);
	buf_free(&line);
}

static bool open_all(struct recover *r, struct err *e)
{
	bool replay = r->cli->clock == CLI_CLOCK_RECORD;

	clock_start(&r->clock, replay);
	clock_show(&r->clock, (instant){ 0 });
	r->rng = (struct rng){ replay ? 0 : entropy_u64() };
	recover_store_init(&r->store, r->state, r->policy);
	r->run.asked = show_stats;
	r->run.user = r;
	if (!recover_results_open(&r->results, r->cli, e) || !recover_store_look(&r->store, e) ||
	    !recover_run_open(&r->run, e))
		return false;
	recover_show_latest(r);
	return true;
}

static void close_all(struct recover *r)
{
	bool closed;

	r->status = cli_worse(r->status, recover_results_close(&r->results, &closed));
	int signal = r->run.died_of ? r->run.died_of : closed ? SIGPIPE : 0;
	recovery_finish(&r->store.registry, &r->pass.turns); /* one that could not end */
	recover_store_free(&r->store);
	recover_run_close(&r->run);
	recover_list_free(&r->list);
	if (signal)
		cli_die_of(signal);
}

/* In a replay time goes from pass to pass. */
static bool wait_for_next(struct recover *r, instant begun)
{
	instant now = clock_now(&r->clock), next = period_next(begun, now, r->every);

	if (r->clock.record) {
		clock_show(&r->clock, next);
		return !recover_run_stopped(&r->run);
	}
	return recover_run_wait(&r->run, instant_until(now, next));
}

static void make_passes(struct recover *r)
{
	for (uint64_t n = 1;; n++) {
		instant begun = clock_now(&r->clock);

		if (!recover_pass(r) || r->broken_off || !r->again || n == r->passes ||
		    !wait_for_next(r, begun))
			return;
	}
}

int recover_all(struct recover *r)
{
	struct err e;

	if (open_all(r, &e)) {
		make_passes(r);
		if (r->stats) {
			recovery_event_add_stats(&r->counts, clock_now(&r->clock),
			                         &r->results.out.pending);
			recover_results_flush(&r->results, &r->run);
		}
	} else {
		r->status = cli_worse(r->status, cli_fail(r->cli, &e));
	}
	close_all(r);
	return r->status;
}
