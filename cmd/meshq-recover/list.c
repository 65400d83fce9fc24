/* list.c - what is known of the handlers, and bringing back those that were evicted. */
#include "base/dur.h"
#include "cli/failure_table.h"
#include "codec/recovery_event.h"
#include "tool.h"

#include <string.h>
#include <unistd.h>

/* ---- both ---- */

static bool known(const struct recovery *registry, char **names, struct err *e)
{
	struct buf all = { 0 };

	for (; *names; names++)
		if (!recovery_find(registry, slice_of(*names)))
			break;
	if (!*names)
		return true;
	for (uint32_t i = 0; i < registry->count; i++)
		buf_addf(&all, "%s%s", i ? ", " : "; known are ", registry->handlers[i].name);
	err_set(e, STATUS_USAGE, "no handler '%s'%s", *names, buf_text(&all));
	buf_free(&all);
	return false;
}

static void open_store(struct recover *r)
{
	clock_start(&r->clock, r->cli->clock == CLI_CLOCK_RECORD);
	clock_show(&r->clock, (instant){ 0 });
	recover_store_init(&r->store, r->state, r->policy);
	out_init(&r->results.out, STDOUT_FILENO);
}

static int finish(struct recover *r)
{
	struct err e;

	recover_store_free(&r->store);
	return out_close(&r->results.out, "standard output", &e) ? STATUS_OK : cli_fail(r->cli, &e);
}

/* ---- list ---- */

static bool wanted(const struct recovery_handler *h, char **names)
{
	if (!*names)
		return true;
	while (*names && strcmp(*names, h->name) != 0)
		names++;
	return *names != NULL;
}

static int name_width(const struct recovery *registry, char **names)
{
	size_t width = strlen("HANDLER");

	for (uint32_t i = 0; i < registry->count; i++)
		if (wanted(&registry->handlers[i], names) &&
		    strlen(registry->handlers[i].name) > width)
			width = strlen(registry->handlers[i].name);
	return (int)width;
}

static void add_row(const struct recovery_handler *h, int width, instant now, struct buf *out)
{
	struct buf state = { 0 };
	bool waits = h->state == RECOVERY_WAITING && !recovery_ready(h, now);

	if (waits) {
		buf_add_text(&state, "waits ");
		dur_format(&state,
		           (span){ instant_until(now, h->until).ns / NS_PER_MS * NS_PER_MS });
	} else
		buf_add_text(&state, h->state == RECOVERY_EVICTED ? "evicted" : "ready");
	buf_addf(out, "%-*s  %-13s  %7u  %8llu  %9llu  ", width, h->name, buf_text(&state),
	         (unsigned)h->strikes, (unsigned long long)h->runs,
	         (unsigned long long)h->recovered);
	if (h->at.ns != INT64_MIN)
		failure_table_age(out, instant_until(h->at, now));
	else
		buf_add_text(out, "   -  ");
	failure_table_text(out, slice_of(h->reason ? h->reason : ""));
	while (out->p[out->n - 1] == ' ')
		out->n--;
	buf_add_char(out, '\n');
	buf_free(&state);
}

static void add_all(const struct recover *r, bool table, char **names, struct buf *out)
{
	const struct recovery *registry = &r->store.registry;
	int width = name_width(registry, names);
	instant now = clock_now(&r->clock);

	if (table)
		buf_addf(out, "%-*s  %-13s  %7s  %8s  %9s  %4s  %s\n", width, "HANDLER", "STATE",
		         "STRIKES", "RUNS", "RECOVERED", "LAST", "REASON");
	for (uint32_t i = 0; i < registry->count; i++) {
		const struct recovery_handler *h = &registry->handlers[i];

		if (wanted(h, names) && table)
			add_row(h, width, now, out);
		else if (wanted(h, names))
			recovery_event_add_state(h, now, out);
	}
}

int tool_list(struct tool *t, char **names)
{
	struct recover *r = &t->recover;
	bool table = t->table || (!t->json && isatty(STDOUT_FILENO));
	struct err e;

	open_store(r);
	bool good = recover_store_look(&r->store, &e);
	if (good) {
		recover_show_latest(r);
		recover_sync(r);
		good = known(&r->store.registry, names, &e);
	}
	if (good)
		add_all(r, table, names, &r->results.out.pending);
	int status = good ? STATUS_OK : cli_fail(&t->cli, &e);
	return cli_worse(status, finish(r));
}

/* ---- readmit ---- */

static void readmit(struct recover *r, char **names)
{
	for (; *names; names++) {
		struct recovery_handler *h = recovery_find(&r->store.registry, slice_of(*names));

		if (recovery_readmit(h))
			recovery_event_add(RECOVERY_EVENT_READMITTED, h, NULL, clock_now(&r->clock),
			                   &r->results.out.pending);
		else
			cli_note(r->cli, "%s has no strikes", *names);
	}
}

int tool_readmit(struct tool *t, char **names)
{
	struct recover *r = &t->recover;
	int status = STATUS_OK;
	struct err e;

	open_store(r);
	if (!recover_store_begin(&r->store, &e)) {
		status = cli_fail(&t->cli, &e);
	} else {
		recover_show_latest(r);
		recover_sync(r);
		if (known(&r->store.registry, names, &e)) {
			readmit(r, names);
			r->store.lasting = true;
			if (!recover_store_commit(&r->store, false, &e))
				status = cli_fail(&t->cli, &e);
		} else {
			status = cli_fail(&t->cli, &e);
		}
	}
	if (status != STATUS_OK) /* what is not kept is not told */
		buf_clear(&r->results.out.pending);
	return cli_worse(status, finish(r));
}
