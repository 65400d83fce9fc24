/* recover_pass.c - one recovery pass; see recover.h. */
#include "base/dur.h"
#include "cli/recover.h"

#include <stdint.h>

/* ---- the state ---- */

/* A state that cannot be written does not stop the passes: they go on with what they know. */
static void commit(struct recover *r, bool leave)
{
	struct err e;

	if (recover_store_commit(&r->store, leave, &e))
		return;
	if (!r->unsaved)
		r->status = cli_worse(r->status, cli_fail(r->cli, &e));
	r->unsaved = true;
}

static bool fail(struct recover *r, const struct err *e)
{
	r->status = cli_worse(r->status, cli_fail(r->cli, e));
	return false;
}

/* ---- its begin ---- */

/* NULL: it was removed since the pass began. The next pass forgets it; it is not struck for that.
 */
static const struct recover_command *find(const struct recover *r, const char *name)
{
	const struct recover_command *c = recover_list_find(&r->list, name);

	return c && (!r->directory || recover_list_is_there(r->cli, c)) ? c : NULL;
}

/* Within the transaction: who has the next turn. */
static void take_turn(struct recover *r)
{
	struct recover_pass *p = &r->pass;
	const struct recovery_handler *h;

	p->next = NULL;
	while (!p->next && (h = recovery_next(&r->store.registry, &p->turns, clock_now(&r->clock))))
		p->next = find(r, h->name);
	p->told.pass = p->turns.number;
	p->told.left = recovery_left(&r->store.registry, &p->turns);
}

/* Within the transaction: the pass is over. */
static void leave(struct recover *r)
{
	r->counts.held += r->pass.turns.waiting;
	recovery_finish(&r->store.registry, &r->pass.turns);
}

static bool read_list(struct recover *r)
{
	struct recover_list fresh;
	struct err e;

	if (!r->directory)
		return true;
	/* What is no handler is told once, not in each pass. */
	if (!recover_list_read(&fresh, r->counts.passes ? NULL : r->cli, r->directory, &e))
		return fail(r, &e);
	recover_list_free(&r->list);
	r->list = fresh;
	return true;
}

static void note_other(struct recover *r)
{
	bool nothing = r->store.nested && !r->pass.turns.count;

	if (nothing && !r->beside)
		cli_note(r->cli, "another pass is on its way, and no handler has come since");
	r->beside = nothing;
}

static bool begin(struct recover *r)
{
	struct err e;

	if (!read_list(r))
		return false;
	if (!recover_store_begin(&r->store, &e)) {
		if (e.status == STATUS_NO_CREATE && !r->counts.passes)
			err_prefix(&e, "the state needs a place (see --state)");
		return fail(r, &e);
	}
	if (!recover_store_enter(&r->store, &e)) {
		recover_store_drop(&r->store);
		return fail(r, &e);
	}
	recover_sync(r);
	recovery_begin(&r->store.registry, &r->pass.turns, r->store.nested, clock_now(&r->clock));
	r->counts.passes++;
	note_other(r);
	take_turn(r);
	if (!r->pass.next)
		leave(r);
	commit(r, !r->pass.next);
	return true;
}

/* ---- what comes of a handler ---- */

/* The last line of what it complained says why, better than we can. */
static void explain(const struct recover_end *end, struct buf *reason)
{
	slice said = buf_slice(&end->said);

	buf_add_slice(reason, buf_slice(&end->reason));
	while (said.n && (unsigned char)said.p[said.n - 1] <= ' ')
		said.n--;
	size_t from = said.n;
	while (from && said.p[from - 1] != '\n' && said.n - from < 200)
		from--;
	if (from < said.n) {
		buf_add_text(reason, ": ");
		buf_add(reason, said.p + from, said.n - from);
	}
}

static void warn_of(const struct recover *r, const struct recovery_handler *h, const char *reason)
{
	struct buf wait = { 0 };

	if (h->state == RECOVERY_EVICTED)
		cli_warn(r->cli, "%s: %s: evicted until it is readmitted", h->name, reason);
	else if (h->state == RECOVERY_WAITING) {
		dur_format(&wait, instant_until(h->at, h->until));
		cli_warn(r->cli, "%s: %s: strike %u, it waits for %s", h->name, reason,
		         (unsigned)h->strikes, buf_text(&wait));
	} else
		cli_warn(r->cli, "%s: %s: strike %u", h->name, reason, (unsigned)h->strikes);
	buf_free(&wait);
}

/* Within the transaction, for the registry is not ours behind it. */
static void tell_fault(struct recover *r, enum recovery_verdict verdict, const char *name,
                       struct recover_end *end, slice reason)
{
	const struct recovery_handler *h = recovery_find(&r->store.registry, slice_of(name));
	bool out = verdict == RECOVERY_OUT;
	const struct recovery_event_end told = {
		.exit = end->exit,
		.signal = end->signal,
		.timed_out = end->how == RECOVERY_TIMEOUT,
		.reason = reason,
	};

	r->store.lasting = true;
	*(out ? &r->counts.evicted : &r->counts.struck) += 1;
	recovery_event_add(out ? RECOVERY_EVENT_EVICTED : RECOVERY_EVENT_STRUCK, h, &told, h->at,
	                   &r->results.out.pending);
	warn_of(r, h, buf_text(&end->reason));
	r->status = cli_worse(r->status, STATUS_SHORTFALL);
}

/* Within the transaction. */
static void judge(struct recover *r, const char *name, struct recover_end *end, uint64_t recovered,
                  instant now)
{
	struct buf reason = { 0 };

	explain(end, &reason);
	enum recovery_verdict verdict =
		recovery_ended(&r->store.registry, &r->pass.turns, slice_of(name), end->how,
	                       recovered, buf_slice(&reason), now, rng_next(&r->rng));
	if (verdict == RECOVERY_STRUCK || verdict == RECOVERY_OUT)
		tell_fault(r, verdict, name, end, buf_slice(&reason));
	else if (end->reason.n)
		cli_note(r->cli, "%s: %s", name, buf_text(&end->reason));
	buf_free(&reason);
}

/* The results of one that crashed are none; nor does an end that we have asked for count, or that
 * the system had no room for it. */
static bool settle(struct recover *r, struct recover_end *end)
{
	const char *name = r->pass.next->name;
	bool counts = end->how == RECOVERY_OK || end->how == RECOVERY_EXIT;
	instant now = clock_now(&r->clock);
	uint64_t recovered = 0;
	struct err e;

	recover_results_say(&r->results, name, end);
	if (counts)
		recovered = recover_results_take(&r->results, name, buf_slice(&end->out), now);
	r->counts.recovered += recovered;
	r->broken_off |= r->cli->strict && r->results.bad;
	if (!recover_store_begin(&r->store, &e))
		return fail(r, &e);
	if (end->how == RECOVERY_OK || !(end->stopped || end->unmade))
		judge(r, name, end, recovered, now);
	r->pass.next = NULL;
	if (!end->stopped && !r->broken_off)
		take_turn(r);
	if (!r->pass.next)
		leave(r);
	commit(r, !r->pass.next);
	return true;
}

/* ---- a handler ---- */

static void ask(struct recover *r, const char *verb, struct recover_end *end)
{
	recover_run_one(&r->run, r->policy, r->pass.next, verb, &r->pass.told, end);
	if (!end->unmade)
		return;
	if (end->busy) {
		cli_note(r->cli, "%s: %s: left for the next pass", r->pass.next->name,
		         buf_text(&end->reason));
		return;
	}
	cli_warn(r->cli, "%s: %s: left for the next pass", r->pass.next->name,
	         buf_text(&end->reason));
	r->status = cli_worse(r->status, STATUS_OS);
}

/* Status 1 of a probe: there is nothing to do. */
static void probe(struct recover *r, struct recover_end *end)
{
	ask(r, "probe", end);
	r->counts.probes += !end->unmade;
	if (end->how == RECOVERY_EXIT && end->exit == 1) {
		end->how = RECOVERY_NOTHING;
		buf_clear(&end->reason);
		r->counts.skipped++;
	} else if (end->how != RECOVERY_OK && !end->unmade) {
		struct buf reason = { 0 };

		buf_addf(&reason, "probe: %s", buf_text(&end->reason));
		buf_free(&end->reason);
		end->reason = reason;
	}
	if (end->stopped && end->how == RECOVERY_OK)
		end->how = RECOVERY_NOTHING; /* it was not run, so nothing is forgiven */
	buf_clear(&end->out);                /* its words are no results */
}

static void run_next(struct recover *r, struct recover_end *end)
{
	if (r->policy->probe) {
		probe(r, end);
		if (end->how != RECOVERY_OK)
			return;
		recover_results_say(&r->results, r->pass.next->name, end);
		recover_end_free(end);
	}
	ask(r, "recover", end);
	r->counts.runs += !end->unmade;
}

/* Nobody has the turn that was taken. */
static bool break_off(struct recover *r)
{
	struct err e;

	r->pass.next = NULL;
	if (!recover_store_begin(&r->store, &e))
		return fail(r, &e);
	leave(r);
	commit(r, true);
	return true;
}

/* What is decided is kept by now, and may be told. */
static bool tell(struct recover *r)
{
	r->broken_off |= !recover_results_flush(&r->results, &r->run);
	return !r->broken_off && !recover_run_stopped(&r->run);
}

bool recover_pass(struct recover *r)
{
	struct recover_end end;
	bool good = begin(r);

	while (tell(r) && good && r->pass.next) {
		run_next(r, &end);
		good = settle(r, &end);
		recover_end_free(&end);
	}
	return good && (!r->pass.next || break_off(r)) && !r->broken_off;
}
