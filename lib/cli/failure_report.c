#include "cli/failure_report.h"

#include "cli/terminal.h"

#include <stdlib.h>
#include <unistd.h>

bool failure_report_start(struct failure_report *r, const struct cli *cli, enum failure_form form,
                          enum failure_by by, struct err *e)
{
	r->cli = cli;
	r->form = form;
	r->table = (struct failure_table){
		.color = cli_colored(cli, STDOUT_FILENO),
		.width = terminal_width(STDOUT_FILENO),
	};
	failure_groups_init(&r->groups, by);
	out_init(&r->out, STDOUT_FILENO);
	return failure_filter_start(&r->filter, e);
}

void failure_report_free(struct failure_report *r)
{
	failure_groups_free(&r->groups);
	failure_filter_free(&r->filter);
}

static void print_action(struct failure_report *r, const struct failure *f)
{
	if (f->action.n == 0) {
		r->actionless++;
		return;
	}
	buf_add_slice(&r->out.pending, f->action);
	buf_add_char(&r->out.pending, '\n');
}

static void print(struct failure_report *r, const struct failure *f, instant now)
{
	switch (r->form) {
	case FORM_JSON:
		failure_write(f, false, &r->out.pending);
		break;
	case FORM_TABLE:
		failure_table_row(&r->table, f, now, &r->out.pending);
		break;
	case FORM_ACTIONS:
		print_action(r, f);
		break;
	}
	out_commit(&r->out);
}

/* Counted or printed. */
static void report(struct failure_report *r, const struct failure *f, instant now)
{
	r->wanted++;
	if (r->groups.by != BY_NOTHING)
		failure_groups_add(&r->groups, f);
	else
		print(r, f, now);
}

/* How many of a gap have not been counted: what left the ledger on the way has been. */
static uint64_t uncounted(struct failure_report *r, const struct gap *g)
{
	uint64_t seen = g->evicted ? r->evicted : 0;

	if (seen > g->count)
		seen = g->count;
	r->evicted -= seen;
	return g->count - seen;
}

/* Numbers count what there is; nobody can say what a lost failure was. */
static void report_gap(struct failure_report *r, const struct ledger *l, const struct gap *g,
                       instant now)
{
	if (!failure_filter_wants_gap(&r->filter, l, g, now))
		return;
	bool counts = r->groups.by != BY_NOTHING;
	uint64_t lost = counts ? uncounted(r, g) : g->count;
	if (lost && (r->form == FORM_ACTIONS || counts))
		cli_note(r->cli, "%ju failures are %s", (uintmax_t)lost,
		         g->evicted ? "no longer kept" : "missing");
	if (r->form == FORM_ACTIONS || counts)
		return;
	if (r->form == FORM_JSON)
		failure_write_gap(g, &r->out.pending);
	else
		failure_table_gap(&r->table, g, &r->out.pending);
}

/* The head comes when the widths are known: from what is there. */
static void start_table(struct failure_report *r, const struct ledger *l,
                        const struct ledger_item *items, uint32_t count, instant now)
{
	failure_table_begin(&r->table);
	for (uint32_t i = 0; i < count; i++)
		if (items[i].failure && failure_filter_wants(&r->filter, l, items[i].failure, now))
			failure_table_fit(&r->table, items[i].failure);
	failure_table_head(&r->table, &r->out.pending);
}

void failure_report_all(struct failure_report *r, struct ledger *l, instant now)
{
	uint32_t count;
	struct ledger_item *items = ledger_list(l, &count);

	if (r->form == FORM_TABLE && r->groups.by == BY_NOTHING)
		start_table(r, l, items, count, now);
	for (uint32_t i = 0; i < count; i++) {
		if (!items[i].failure)
			report_gap(r, l, &items[i].gap, now);
		else if (failure_filter_wants(&r->filter, l, items[i].failure, now))
			report(r, items[i].failure, now);
	}
	free(items);
}

void failure_report_one(struct failure_report *r, const struct ledger *l,
                        const struct ledger_news *news, const struct failure *f, instant now)
{
	if (news->missed)
		report_gap(r, l, &news->gap, now);
	if (failure_filter_wants(&r->filter, l, f, now))
		report(r, f, now);
}

void failure_report_evicted(struct failure_report *r, const struct ledger *l,
                            const struct failure *f, instant now)
{
	r->evicted++;
	if (!failure_filter_wants(&r->filter, l, f, now))
		return;
	r->wanted++;
	if (r->groups.by != BY_NOTHING)
		failure_groups_add(&r->groups, f);
}

void failure_report_end(struct failure_report *r)
{
	if (r->groups.by != BY_NOTHING)
		failure_groups_write(&r->groups, r->form == FORM_TABLE, &r->out.pending);
}
