/* meshq-admit - decide for each action whether it may run now. See meshq-admit(1). */
#include "base/mem.h"
#include "cli/input.h"
#include "cli/pacer.h"
#include "codec/admission.h"
#include "codec/control.h"
#include "sys/clock.h"
#include "sys/entropy.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Which decisions --only lets through. */
enum { ONLY_ALL = 1U << DECISION_ADMIT | 1U << DECISION_DEFER | 1U << DECISION_GATE };

struct admit {
	struct cli cli;
	struct input input;
	struct out out;
	struct clock clock;
	struct gate *gate;
	struct watermark watermark;
	struct record_reader *reader;
	struct record_keys *record_keys;
	struct control_paths paths;
	uint32_t status_path; /* outcome.status */
	struct buf text;      /* a decoded string */
	struct buf line;      /* an output line, being made */
	struct key *keys;     /* of the action at hand */
	uint64_t actions;
	unsigned only;
	bool check;
	int answer; /* --check: the worst decision so far */
	bool hold_back;
	struct pacer pacer; /* --hold-back */
};

static const struct opt_command command = {
	.name = "meshq-admit",
	.summary = "decide for each action whether it may run now",
	.usage = "[OPTION]... [FILE]...",
	.examples = "producer | meshq-admit | jq 'select(.admission.decision==\"admit\")'\n"
		    "meshq-admit --clock=record --only=defer < day.ndjson\n"
		    "echo '{\"kind\":\"pull_replica\",\"chain\":7}' | meshq-admit --check",
};

static void pass_on(struct admit *a, const struct record *r)
{
	buf_add_slice(&a->out.pending, r->line);
	buf_add_char(&a->out.pending, '\n');
}

static void say_admission(void *user, const struct verdict *v, instant now)
{
	struct admit *a = user;

	buf_add_text(&a->out.pending, ",\"admission\":");
	admission_add(v, &a->cli.policy, now, &a->out.pending);
}

/* The record up to where its admission goes, numbered when it has no id. */
static void open_line(struct admit *a, struct record *r, struct buf *out)
{
	record_open(r, RECORD_ADMISSION, out);
	record_number(r, a->actions, out);
}

static void keep(struct admit *a, struct record *r, const struct gate_class *class, instant now)
{
	buf_clear(&a->line);
	open_line(a, r, &a->line);
	size_t splice = a->line.n;
	record_close(r, &a->line);
	pacer_keep(&a->pacer, class, a->keys, record_owner(a->record_keys, r), buf_slice(&a->line),
	           splice, now);
}

static void decide(struct admit *a, struct record *r, instant now)
{
	const struct gate_class *class = gate_class(a->gate, r->kind);
	struct buf *out = &a->out.pending;
	size_t before = out->n;

	a->actions++;
	record_keys_of(a->record_keys, class, r, a->keys);
	if (a->hold_back) {
		keep(a, r, class, now);
		return;
	}
	open_line(a, r, out);
	struct verdict v =
		gate_admit(a->gate, class, a->keys, record_owner(a->record_keys, r), now);
	if ((int)v.decision > a->answer)
		a->answer = (int)v.decision;
	if (!(a->only & 1U << v.decision)) {
		out->n = before;
		return;
	}
	say_admission(a, &v, now);
	record_close(r, out);
}

/* An outcome that says that the effect did not happen gives back what its action
 * reserved. */
static void undo(struct admit *a, const struct record *r, instant now)
{
	slice status = r->found[a->status_path].text;

	if (!status.p || json_type(status) != JSON_STRING)
		return;
	status = json_string(status, &a->text);
	if (!slice_is(status, "failed") && !slice_is(status, "retrying"))
		return;
	const struct gate_class *class = gate_class(a->gate, r->kind);
	uint64_t owner = record_owner(a->record_keys, r);
	record_keys_of(a->record_keys, class, r, a->keys);
	if (a->hold_back)
		pacer_undo(&a->pacer, class, a->keys, owner, now);
	else
		gate_undo(a->gate, class, a->keys, owner);
}

static void hold(struct admit *a, const struct record *r, instant until, instant now)
{
	struct key k;

	for (uint32_t i = 0; record_next_hold(a->record_keys, r, &i, &k); i++)
		if (a->hold_back)
			pacer_hold(&a->pacer, i, k, until, now);
		else
			gate_hold(a->gate, i, k, until, now);
}

static void show_depth(struct admit *a, uint64_t depth, instant now)
{
	enum edge edge = watermark_show(&a->watermark, depth);

	if (edge != EDGE_NONE)
		control_add_edge(edge, depth, watermark_level(&a->watermark, depth), now,
		                 &a->out.pending);
}

static void take(void *user, struct record *r, instant now)
{
	struct admit *a = user;
	struct control c;
	const char *at, *what;

	if (!control_read(&a->paths, r, &c, &at, &what)) {
		input_reject(&a->input, r, at, "%s", what);
		return;
	}
	switch (c.type) {
	case CONTROL_NONE:
		if (!r->outcome.text.p) {
			decide(a, r, now);
			return;
		}
		undo(a, r, now);
		break;
	case CONTROL_HOLD:
		hold(a, r, c.until, now);
		break;
	case CONTROL_DEPTH: /* ours alone: the edges are the answer */
		show_depth(a, c.depth, now);
		return;
	case CONTROL_TICK:
	case CONTROL_OTHER:
		break;
	}
	pass_on(a, r);
}

/* Reads until the input is over or the output has failed. The clock is read once
 * for what came in one read, and again after a write, which may have waited. */
static void filter(struct admit *a)
{
	instant now = clock_now(&a->clock);
	struct record r;

	for (;;)
		switch (input_next(&a->input, a->reader, &r)) {
		case INPUT_RECORD:
			if (a->clock.record && r.has_at) {
				clock_show(&a->clock, r.at);
				now = clock_now(&a->clock);
			}
			take(a, &r, now);
			if (a->out.pending.n < OUT_BLOCK)
				break;
			if (!out_commit(&a->out))
				return;
			now = clock_now(&a->clock);
			break;
		case INPUT_MORE: /* whoever reads us live gets the lines before we wait */
			if (!out_flush(&a->out))
				return;
			input_fill(&a->input);
			now = clock_now(&a->clock);
			break;
		case INPUT_END:
			return;
		}
}

/* Returns the signal that ended it, or 0. */
static int pace(struct admit *a, struct err *e)
{
	a->pacer = (struct pacer){
		.input = &a->input,
		.reader = a->reader,
		.gate = a->gate,
		.clock = &a->clock,
		.out = &a->out,
		.take = take,
		.decided = say_admission,
		.user = a,
	};
	if (!pacer_open(&a->pacer, &a->cli.policy, e)) {
		a->input.status = cli_worse(a->input.status, cli_fail(&a->cli, e));
		return 0;
	}
	int signal = pacer_run(&a->pacer);
	pacer_close(&a->pacer);
	return signal;
}

static int check_status(const struct admit *a)
{
	static const int statuses[] = {
		[DECISION_ADMIT] = STATUS_OK,
		[DECISION_DEFER] = STATUS_DEFERRED,
		[DECISION_GATE] = STATUS_HELD,
	};

	if (a->actions == 0) {
		cli_warn(&a->cli, "--check: the input has no action to decide");
		return STATUS_DATA;
	}
	return statuses[a->answer];
}

static bool parse_only(struct admit *a, const char *text, struct err *e)
{
	static const char *const names[] = { "admit", "defer", "gate" };

	a->only = text ? 0 : ONLY_ALL;
	while (text && *text) {
		size_t n = strcspn(text, ",");
		unsigned i = 0;
		while (i < 3 && !slice_is((slice){ text, n }, names[i]))
			i++;
		if (i == 3)
			return err_set(e, STATUS_USAGE,
			               "--only: '%.*s' is none of admit, defer, gate", (int)n,
			               text);
		a->only |= 1U << i;
		text += n + (text[n] == ',');
	}
	return true;
}

static void prepare(struct admit *a)
{
	struct hash_seed seed = { entropy_u64(), entropy_u64() };

	a->reader = record_reader_new();
	a->record_keys = record_keys_new(&a->cli.policy, a->reader, seed);
	a->paths = control_paths(a->reader);
	a->status_path = record_reader_add(a->reader, "outcome.status");
	a->gate = gate_new(&a->cli.policy);
	a->watermark.policy = a->cli.policy.backpressure;
	a->keys = mem_zeroed(a->cli.policy.rule_count, sizeof *a->keys);
	clock_start(&a->clock, a->cli.clock == CLI_CLOCK_RECORD);
	out_init(&a->out, STDOUT_FILENO);
}

static void release(struct admit *a)
{
	gate_free(a->gate);
	record_keys_free(a->record_keys);
	record_reader_free(a->reader);
	buf_free(&a->text);
	buf_free(&a->line);
	free(a->keys);
}

int main(int argc, char **argv)
{
	struct admit a = { 0 };
	struct err e;
	const char *only = NULL;
	const struct opt own[] = {
		{ OPT_TEXT, 0, "only", "LIST", "print only these decisions: admit,defer,gate",
		  .value = &only },
		{ OPT_FLAG, 0, "hold-back", NULL,
		  "keep deferred actions until their time, then let them out",
		  .value = &a.hold_back },
		{ OPT_FLAG, 0, "check", NULL,
		  "answer by the exit status: 0 admit, 75 defer, 69 gate", .value = &a.check },
		{ .type = OPT_END },
	};
	int status, signal = 0;

	if (!cli_start(&a.cli, &command, own, argc, argv, &status))
		return status;
	if (a.hold_back && (a.check || only))
		return cli_end(
			&a.cli,
			cli_usage(&a.cli, "--hold-back goes with neither --check nor --only"));
	if (!parse_only(&a, only, &e) || !input_start(&a.input, &a.cli, a.cli.operands, &e))
		return cli_end(&a.cli, cli_fail(&a.cli, &e));
	prepare(&a);
	if (a.hold_back)
		signal = pace(&a, &e);
	else
		filter(&a);
	status = input_finish(&a.input);
	bool broken = signal == SIGPIPE;
	if (!out_close(&a.out, "standard output", &e) && !broken)
		status = cli_worse(status, cli_fail(&a.cli, &e));
	if (a.check && status == STATUS_OK)
		status = check_status(&a);
	release(&a);
	status = cli_end(&a.cli, status);
	if (signal)
		cli_die_of(signal);
	return status;
}
