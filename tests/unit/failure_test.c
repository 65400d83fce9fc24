/* One failure from any of the records that tell of it. */
#include "base/mem.h"
#include "codec/failure.h"
#include "codec/outcome.h"
#include "t.h"

#include <stdlib.h>

struct desk {
	struct record_reader *reader;
	struct failure_reader *failures;
	struct buf line;
	struct buf out;
	struct record record;
	struct failure_found found;
};

static struct desk *desk_new(void)
{
	struct desk *d = mem_zeroed(1, sizeof *d);

	d->reader = record_reader_new();
	d->failures = failure_reader_new(d->reader);
	return d;
}

static void desk_free(struct desk *d)
{
	if (d->found.kind == FAILURE_ONE)
		free(d->found.failure);
	buf_free(&d->line);
	buf_free(&d->out);
	failure_reader_free(d->failures);
	record_reader_free(d->reader);
	free(d);
}

static enum failure_kind look(struct desk *d, const char *text)
{
	struct json_error e;

	if (d->found.kind == FAILURE_ONE)
		free(d->found.failure);
	d->found.kind = FAILURE_NONE;
	if (!OK(record_read(d->reader, json_text(&d->line, slice_of(text)), &d->record, &e))) {
		printf("# %s\n", e.what);
		return FAILURE_BAD;
	}
	failure_read(d->failures, &d->record, instant_ms(99), true, &d->found);
	return d->found.kind;
}

/* The failure record for what was read last. */
static slice written(struct desk *d, const char *epoch, uint64_t seq)
{
	buf_clear(&d->out);
	if (d->found.kind != FAILURE_ONE)
		return SLICE("(no failure)");
	if (epoch)
		d->found.failure->epoch = slice_of(epoch);
	if (seq)
		d->found.failure->seq = seq;
	failure_write(d->found.failure, false, &d->out);
	return buf_slice(&d->out);
}

static void fold_dispatched_record_leaves_no_failure(void)
{
	struct desk *d = desk_new();

	EQ(look(d, "{\"kind\":\"x\",\"id\":1,\"outcome\":{\"status\":\"dispatched\"}}"),
	   FAILURE_NONE);
	EQ(look(d, "{\"v\":1,\"epoch\":\"e\",\"id\":1,\"kind\":\"x\",\"at_ms\":5,"
	           "\"disposition\":{\"status\":\"dispatched\"}}"),
	   FAILURE_NONE);
	desk_free(d);
}

static void fold_failed_record_has_the_action_id_source_and_the_reason_verbatim(void)
{
	struct desk *d = desk_new();

	EQ(look(d, "{\"v\":1,\"epoch\":\"e\",\"id\":7,\"kind\":\"pull_replica\",\"at_ms\":1500,"
	           "\"disposition\":{\"status\":\"failed\",\"reason\":\"no \\\"room\\\"\"}}"),
	   FAILURE_ONE);
	SAME(d->found.failure->source, "action-id:7:pull_replica");
	SAME(d->found.failure->reason, "no \"room\"");
	SAME(d->found.failure->epoch, "e");
	SAME(d->found.failure->id, "7");
	SAME(d->found.failure->kind, "pull_replica");
	EQ(d->found.failure->at.ns, instant_ms(1500).ns);
	EQ(d->found.failure->seq, 0);
	desk_free(d);
}

static void fold_gated_record_has_the_reason_with_the_cooldown(void)
{
	struct desk *d = desk_new();

	EQ(look(d, "{\"v\":1,\"epoch\":\"e\",\"id\":\"a\",\"kind\":\"start_daemon\",\"at_ms\":1,"
	           "\"disposition\":{\"status\":\"gated\",\"cooldown_ms\":40.5,"
	           "\"reason\":\"held by daemon-backoff for another 40.5 ms\"}}"),
	   FAILURE_ONE);
	SAME(d->found.failure->status, "gated");
	SAME(d->found.failure->reason, "held by daemon-backoff for another 40.5 ms");
	SAME(d->found.failure->source, "action-id:a:start_daemon");
	desk_free(d);
}

/* What meshq-exec writes about one effect, in the three ways. */
static void D_21_a_failure_is_the_same_whichever_record_told_of_it(void)
{
	static char words[] = "peer \"a\" busy\n";
	struct result result = { .verdict = RESULT_RETRY, .exit = 75, .reason = words };
	struct gate_class class = { 0 };
	struct action action = { .class = &class, .attempts = 5, .defers = 12, .result = &result };
	struct policy policy = { .executor.max_defers = 16 };
	struct effect f = { .at = { 1500000001 },
		            .action = &action,
		            .outcome = OUTCOME_FAILED,
		            .cause = CAUSE_RETRY_BUDGET };
	struct outcome_subject s = { .epoch = SLICE("e1"),
		                     .id = SLICE("\"a:b\""),
		                     .kind = SLICE("pull_replica"),
		                     .expires = instant_ms(9000),
		                     .members = SLICE("{\"kind\":\"y\",\"source\":1}") };
	struct buf chain = { 0 }, live = { 0 }, outcome = { 0 };
	struct desk *d = desk_new();

	buf_add_text(&outcome, "{\"kind\":\"pull_replica\",\"id\":\"a:b\",\"outcome\":");
	outcome_member(&f, &policy, &outcome);
	buf_add_text(&outcome, "}");
	outcome_chain_record(&s, &f, &policy, &chain);
	outcome_failure_record(&s, 3, &f, &policy, &live);

	const char *want = buf_text(&live);
	EQ(look(d, buf_text(&outcome)), FAILURE_ONE);
	SAME(written(d, "e1", 3), want);
	EQ(look(d, buf_text(&chain)), FAILURE_ONE);
	SAME(written(d, NULL, 3), want);
	EQ(look(d, want), FAILURE_ONE);
	SAME(written(d, NULL, 0), want);
	buf_free(&chain);
	buf_free(&live);
	buf_free(&outcome);
	desk_free(d);
}

static void D_21_a_retried_failure_is_none_as_in_the_live_ring(void)
{
	struct desk *d = desk_new();

	EQ(look(d, "{\"v\":1,\"epoch\":\"e\",\"id\":7,\"kind\":\"x\",\"at_ms\":1,"
	           "\"disposition\":{\"status\":\"failed\",\"reason\":\"r\","
	           "\"retry_after_ms\":0.9}}"),
	   FAILURE_NONE);
	EQ(look(d, "{\"kind\":\"x\",\"outcome\":{\"status\":\"retrying\"}}"), FAILURE_NONE);
	EQ(look(d, "{\"kind\":\"x\",\"outcome\":{\"status\":\"deferred\"}}"), FAILURE_NONE);
	EQ(look(d, "{\"v\":1,\"epoch\":\"e\",\"id\":7,\"kind\":\"x\",\"at_ms\":1,"
	           "\"disposition\":{\"status\":\"failed\",\"reason\":\"r\","
	           "\"retry_after_ms\":null}}"),
	   FAILURE_ONE);
	desk_free(d);
}

static void every_final_status_but_dispatched_is_a_failure(void)
{
	static const char *const statuses[] = { "failed", "gated", "expired", "unfinished" };
	struct desk *d = desk_new();
	char line[100];

	for (int i = 0; i < 4; i++) {
		snprintf(line, sizeof line, "{\"kind\":\"x\",\"outcome\":{\"status\":\"%s\"}}",
		         statuses[i]);
		EQ(look(d, line), FAILURE_ONE);
	}
	EQ(look(d, "{\"kind\":\"x\",\"outcome\":{\"status\":\"whatever\"}}"), FAILURE_NONE);
	desk_free(d);
}

static void D_23_an_unknown_version_is_named_before_anything_else_is_looked_at(void)
{
	struct desk *d = desk_new();

	EQ(look(d, "{\"v\":99,\"epoch\":5,\"kind\":\"x\",\"disposition\":{\"other\":1}}"),
	   FAILURE_BAD);
	SAME(slice_of(d->found.bad.what), "version 99 not supported (this is 1)");
	EQ(d->found.bad.at - d->record.line.p, 5);
	EQ(look(d, "{\"v\":\"1\",\"source\":\"s\",\"recorded_at_ms\":0}"), FAILURE_BAD);
	SAME(slice_of(d->found.bad.what), "version \"1\" not supported (this is 1)");
	desk_free(d);
}

static void garbage_in_a_chain_record_is_said(void)
{
	static const struct {
		const char *line;
		const char *bad;
	} cases[] = {
		{ "{\"v\":1,\"kind\":\"x\",\"at_ms\":1,\"disposition\":{}}",
		  "expected a string as 'disposition.status'" },
		{ "{\"v\":1,\"kind\":\"x\",\"disposition\":{\"status\":\"failed\"}}",
		  "expected a member 'at_ms'" },
		{ "{\"v\":1,\"at_ms\":1,\"disposition\":{\"status\":\"failed\"}}",
		  "expected a member 'kind'" },
		{ "{\"v\":1,\"kind\":\"x\",\"at_ms\":1,\"disposition\":{\"status\":\"failed\","
		  "\"reason\":7}}",
		  "expected a string as 'disposition.reason'" },
		{ "{\"v\":1,\"source\":\"s\",\"recorded_at_ms\":\"x\"}",
		  "expected a number of milliseconds as 'recorded_at_ms'" },
		{ "{\"v\":1,\"source\":\"s\",\"seq\":-1,\"recorded_at_ms\":1}",
		  "expected an unsigned 64-bit integer as 'seq'" },
		{ "{\"kind\":\"x\",\"outcome\":{}}", "expected a string as 'outcome.status'" },
		{ "{\"kind\":\"x\",\"outcome\":{\"status\":\"failed\",\"at_ms\":true}}",
		  "expected a number of milliseconds as 'outcome.at_ms'" },
		{ "{\"chain\":7}", "expected a member 'kind'" },
		{ "{\"kind\":\"meshq.gap\",\"epoch\":\"e\",\"from_seq\":5,\"to_seq\":4,"
		  "\"count\":1}",
		  "expected 'count' numbers from 'from_seq' to 'to_seq'" },
		{ "{\"kind\":\"meshq.gap\",\"epoch\":[7],\"count\":1}",
		  "expected a string as 'epoch'" },
	};
	struct desk *d = desk_new();

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		EQ(look(d, cases[i].line), FAILURE_BAD);
		SAME(slice_of(d->found.bad.what), cases[i].bad);
	}
	desk_free(d);
}

static void what_is_no_failure_is_left_alone(void)
{
	static const char *const lines[] = {
		"{\"kind\":\"pull_replica\",\"id\":1}",
		"{\"kind\":\"deploy\",\"v\":3,\"epoch\":\"2024\",\"source\":\"git\",\"seq\":9}",
		"{\"kind\":\"deploy\",\"disposition\":{\"mood\":\"good\"},\"status\":7}",
		"{\"kind\":\"meshq.tick\",\"at_ms\":1}",
		"{\"kind\":\"meshq.stats\",\"outcome\":{}}",
	};
	struct desk *d = desk_new();

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		EQ(look(d, lines[i]), FAILURE_NONE);
	desk_free(d);
}

static void the_name_of_a_run_is_short(void)
{
	struct desk *d = desk_new();
	struct buf line = { 0 };

	for (int n = 300; n <= 301; n++) {
		buf_clear(&line);
		buf_add_text(&line, "{\"v\":1,\"source\":\"s\",\"recorded_at_ms\":1,\"epoch\":\"");
		for (int i = 0; i < n; i++)
			buf_add_text(&line, "\\u0001");
		buf_add_text(&line, "\"}");
		EQ(look(d, buf_text(&line)), n == 300 ? FAILURE_ONE : FAILURE_BAD);
	}
	SAME(slice_of(d->found.bad.what), "'epoch' is longer than 300 bytes");
	EQ(look(d, "{\"v\":1,\"source\":\"s\",\"recorded_at_ms\":1,\"epoch\":17}"), FAILURE_ONE);
	SAME(d->found.failure->epoch, "17");
	buf_free(&line);
	desk_free(d);
}

static void a_source_alone_tells_id_and_kind(void)
{
	static const struct {
		const char *source, *id, *kind;
	} cases[] = {
		{ "action-id:7:pull_replica", "7", "pull_replica" },
		{ "action-id:7:odd:kind", "7", "odd:kind" },
		{ "action-id:a b:c:x", "\"a b:c\"", "x" },
		{ "action-id:7", "7", "" },
		{ "action-id:name", "\"name\"", "" },
		{ "kill-migration:9", "", "" },
		{ "action-id:007:x", "\"007\"", "x" },
		{ "action-id:7:meshq.tick", "7", "" },
	};
	struct desk *d = desk_new();
	char line[200];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		snprintf(line, sizeof line,
		         "{\"v\":1,\"epoch\":\"e\",\"seq\":4,\"source\":\"%s\",\"reason\":\"r\","
		         "\"recorded_at_ms\":5}",
		         cases[i].source);
		if (!EQ(look(d, line), FAILURE_ONE))
			continue;
		SAME(d->found.failure->source, cases[i].source);
		SAME(d->found.failure->id, cases[i].id);
		SAME(d->found.failure->kind, cases[i].kind);
		SAME(d->found.failure->status, "failed");
		EQ(d->found.failure->seq, 4);
	}
	desk_free(d);
}

static void an_outcome_without_a_time_has_that_of_its_record_or_of_the_reader(void)
{
	struct desk *d = desk_new();

	EQ(look(d, "{\"kind\":\"x\",\"at_ms\":7,\"outcome\":{\"status\":\"failed\","
	           "\"at_ms\":8.5}}"),
	   FAILURE_ONE);
	EQ(d->found.failure->at.ns, 8500000);
	EQ(look(d, "{\"kind\":\"x\",\"at_ms\":7,\"outcome\":{\"status\":\"failed\"}}"),
	   FAILURE_ONE);
	EQ(d->found.failure->at.ns, instant_ms(7).ns);
	EQ(look(d, "{\"kind\":\"x\",\"outcome\":{\"status\":\"failed\"}}"), FAILURE_ONE);
	EQ(d->found.failure->at.ns, instant_ms(99).ns);
	SAME(d->found.failure->source, "action-id:0:x");
	desk_free(d);
}

static void the_action_is_the_line_without_what_we_appended(void)
{
	struct desk *d = desk_new();

	EQ(look(d, "{\"n\":1.0, \"kind\":\"x\",\"admission\":{\"decision\":\"admit\"},\"z\":"
	           "[ ],\"id\":9,\"outcome\":{\"status\":\"failed\"}}"),
	   FAILURE_ONE);
	SAME(d->found.failure->action, "{\"n\":1.0, \"kind\":\"x\",\"z\":[ ],\"id\":9}");
	buf_clear(&d->out);
	failure_write(d->found.failure, true, &d->out);
	EQ(look(d, buf_text(&d->out)), FAILURE_ONE);
	SAME(d->found.failure->action, "{\"n\":1.0, \"kind\":\"x\",\"z\":[ ],\"id\":9}");
	desk_free(d);
}

static void gaps_are_written_and_read(void)
{
	struct gap g = { .epoch = SLICE("e\n"),
		         .from = 3,
		         .to = 9,
		         .count = 5,
		         .evicted = true,
		         .at = { 1500000 } };
	struct desk *d = desk_new();
	struct buf out = { 0 };

	failure_write_gap(&g, &out);
	SAME(buf_slice(&out), "{\"kind\":\"meshq.gap\",\"epoch\":\"e\\n\",\"from_seq\":3,"
	                      "\"to_seq\":9,\"count\":5,\"reason\":\"evicted\",\"at_ms\":1.5}\n");
	EQ(look(d, buf_text(&out)), FAILURE_GAP);
	SAME(d->found.gap.epoch, "e\n");
	EQ(d->found.gap.from, 3);
	EQ(d->found.gap.to, 9);
	EQ(d->found.gap.count, 5);
	OK(d->found.gap.evicted);
	EQ(d->found.gap.at.ns, 1500000);
	buf_free(&out);
	desk_free(d);
}

static void a_fault_of_a_daemon_or_of_a_recovery_handler_is_a_failure(void)
{
	struct desk *d = desk_new();

	EQ(look(d, "{\"kind\":\"meshq.daemon\",\"daemon\":\"tele\\u0020x\",\"event\":\"crashed\","
	           "\"pid\":7,\"signal\":\"SEGV\",\"reason\":\"killed by SIGSEGV\","
	           "\"at_ms\":1.5}"),
	   FAILURE_ONE);
	SAME(written(d, "e", 3),
	     "{\"v\":1,\"epoch\":\"e\",\"seq\":3,\"source\":\"daemon:tele x\","
	     "\"reason\":\"killed by SIGSEGV\",\"recorded_at_ms\":1.5,\"status\":\"failed\","
	     "\"kind\":\"daemon\"}\n");
	EQ(look(d, buf_text(&d->out)), FAILURE_ONE);
	SAME(d->found.failure->source, "daemon:tele x");
	EQ(look(d, "{\"kind\":\"meshq.daemon\",\"daemon\":7,\"event\":\"given_up\"}"), FAILURE_ONE);
	SAME(d->found.failure->source, "daemon:7");
	EQ(d->found.failure->at.ns, instant_ms(99).ns);
	EQ(look(d, "{\"kind\":\"meshq.daemon\",\"daemon\":7,\"event\":\"unstarted\"}"),
	   FAILURE_ONE);
	EQ(look(d, "{\"kind\":\"meshq.handler\",\"handler\":\"a\",\"event\":\"struck\"}"),
	   FAILURE_ONE);
	SAME(d->found.failure->source, "handler:a");
	SAME(d->found.failure->kind, "handler");
	EQ(look(d, "{\"kind\":\"meshq.handler\",\"handler\":\"a\",\"event\":\"evicted\"}"),
	   FAILURE_ONE);
	desk_free(d);
}

static void other_events_are_none_and_broken_ones_are_told(void)
{
	static const char *const fine[] = { "started", "ready", "exited", "stopped", "not_ready" };
	struct desk *d = desk_new();
	struct buf line = { 0 };

	for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
		buf_clear(&line);
		buf_addf(&line, "{\"kind\":\"meshq.daemon\",\"daemon\":\"a\",\"event\":\"%s\"}",
		         fine[i]);
		EQ(look(d, buf_text(&line)), FAILURE_NONE);
	}
	EQ(look(d, "{\"kind\":\"meshq.handler\",\"handler\":\"a\",\"event\":\"crashed\"}"),
	   FAILURE_NONE);
	EQ(look(d, "{\"kind\":\"meshq.daemons\",\"event\":\"crashed\"}"), FAILURE_NONE);
	EQ(look(d, "{\"kind\":\"meshq.daemon\",\"daemon\":\"a\"}"), FAILURE_BAD);
	SAME(slice_of(d->found.bad.what), "expected a string as 'event'");
	EQ(look(d, "{\"kind\":\"meshq.daemon\",\"who\":{\"id\":1},\"event\":\"crashed\"}"),
	   FAILURE_ONE);
	SAME(d->found.failure->source, "daemon");
	EQ(look(d, "{\"kind\":\"meshq.daemon\",\"daemon\":1,\"event\":\"crashed\",\"reason\":2}"),
	   FAILURE_BAD);
	buf_free(&line);
	desk_free(d);
}

int main(void)
{
	RUN(fold_dispatched_record_leaves_no_failure);
	RUN(fold_failed_record_has_the_action_id_source_and_the_reason_verbatim);
	RUN(fold_gated_record_has_the_reason_with_the_cooldown);
	RUN(D_21_a_failure_is_the_same_whichever_record_told_of_it);
	RUN(D_21_a_retried_failure_is_none_as_in_the_live_ring);
	RUN(every_final_status_but_dispatched_is_a_failure);
	RUN(D_23_an_unknown_version_is_named_before_anything_else_is_looked_at);
	RUN(garbage_in_a_chain_record_is_said);
	RUN(what_is_no_failure_is_left_alone);
	RUN(the_name_of_a_run_is_short);
	RUN(a_source_alone_tells_id_and_kind);
	RUN(an_outcome_without_a_time_has_that_of_its_record_or_of_the_reader);
	RUN(the_action_is_the_line_without_what_we_appended);
	RUN(gaps_are_written_and_read);
	RUN(a_fault_of_a_daemon_or_of_a_recovery_handler_is_a_failure);
	RUN(other_events_are_none_and_broken_ones_are_told);
	return t_done();
}
