#include "codec/daemon_event.h"

#include "t.h"

#include <signal.h>

static struct hold_key key;
static struct buf out;
static struct err e;

static const char *record_of(struct daemon_event event)
{
	event.name = SLICE("\"telemetry\"");
	event.at = instant_ms(1500);
	buf_clear(&out);
	daemon_event_add(&key, &event, &out);
	return buf_text(&out);
}

#define IS(event, want) SAME(slice_of(record_of((struct daemon_event)event)), want)
#define E(...)                                                                                     \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define BEGIN "{\"kind\":\"meshq.daemon\",\"daemon\":\"telemetry\",\"event\":"
#define END ",\"at_ms\":1500}\n"

static void a_start_tells_who_runs(void)
{
	IS(E(.event = SUPERVISOR_STARTED, .pid = 4711), BEGIN "\"started\",\"pid\":4711" END);
	IS(E(.event = SUPERVISOR_STARTED), BEGIN "\"started\"" END);
	IS(E(.event = SUPERVISOR_READY, .pid = 4711), BEGIN "\"ready\",\"pid\":4711" END);
}

static void an_end_tells_how_and_after_how_long(void)
{
	IS(E(.event = SUPERVISOR_EXITED, .pid = 7, .ran = span_ms(90)),
	   BEGIN "\"exited\",\"pid\":7,\"exit\":0,\"ran_ms\":90" END);
	IS(E(.event = SUPERVISOR_STOPPED, .pid = 7, .end = { -1, SIGTERM }, .ran = { 1500000 }),
	   BEGIN "\"stopped\",\"pid\":7,\"signal\":\"TERM\",\"ran_ms\":1.5" END);
}

static void a_crash_always_has_a_reason(void)
{
	IS(E(.event = SUPERVISOR_CRASHED, .end = { 3, 0 }),
	   BEGIN "\"crashed\",\"exit\":3,\"ran_ms\":0,\"reason\":\"exit status 3\"" END);
	IS(E(.event = SUPERVISOR_CRASHED, .end = { -1, SIGSEGV }),
	   BEGIN "\"crashed\",\"signal\":\"SEGV\",\"ran_ms\":0,\"reason\":\"killed by "
	         "SIGSEGV\"" END);
	IS(E(.event = SUPERVISOR_CRASHED, .end = { -1, SIGTERM }, .reason = "not ready in time"),
	   BEGIN "\"crashed\",\"signal\":\"TERM\",\"ran_ms\":0,\"reason\":\"killed by SIGTERM: "
	         "not ready in time\"" END);
}

static void a_signal_without_a_name_is_a_number(void)
{
	IS(E(.event = SUPERVISOR_STOPPED, .end = { -1, 40 }),
	   BEGIN "\"stopped\",\"signal\":\"40\",\"ran_ms\":0" END);
}

static void a_daemon_that_never_ran_has_only_the_reason(void)
{
	IS(E(.event = SUPERVISOR_UNSTARTED, .reason = "no such \"file\""),
	   BEGIN "\"unstarted\",\"reason\":\"no such \\\"file\\\"\"" END);
	IS(E(.event = SUPERVISOR_GIVEN_UP, .reason = "3 crash loops"),
	   BEGIN "\"given_up\",\"reason\":\"3 crash loops\"" END);
	IS(E(.event = SUPERVISOR_NOT_READY), BEGIN "\"not_ready\"" END);
	IS(E(.event = SUPERVISOR_STOPPING), BEGIN "\"stopping\"" END);
}

static void the_daemon_is_named_where_the_key_says(void)
{
	struct hold_key nested;
	struct daemon_event event = { .name = SLICE("7"), .event = SUPERVISOR_READY };

	OK(hold_key_init(&nested, "meta.unit", &e));
	buf_clear(&out);
	daemon_event_add(&nested, &event, &out);
	SAME(buf_slice(&out),
	     "{\"kind\":\"meshq.daemon\",\"meta\":{\"unit\":7},\"event\":\"ready\","
	     "\"at_ms\":0}\n");
	hold_key_free(&nested);
}

static void the_key_is_no_member_of_ours(void)
{
	OK(daemon_event_may_use("daemon", &e));
	OK(daemon_event_may_use("unit.pid", &e));
	OK(!daemon_event_may_use("pid", &e));
	SAME(slice_of(e.text), "a meshq.daemon record has a member 'pid' of its own");
	OK(!daemon_event_may_use("reason.x", &e));
}

int main(void)
{
	if (!hold_key_init(&key, "daemon", &e))
		return 1;
	RUN(a_start_tells_who_runs);
	RUN(an_end_tells_how_and_after_how_long);
	RUN(a_crash_always_has_a_reason);
	RUN(a_signal_without_a_name_is_a_number);
	RUN(a_daemon_that_never_ran_has_only_the_reason);
	RUN(the_daemon_is_named_where_the_key_says);
	RUN(the_key_is_no_member_of_ours);
	hold_key_free(&key);
	buf_free(&out);
	return t_done();
}
