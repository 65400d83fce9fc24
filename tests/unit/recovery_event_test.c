/* What happens to recovery handlers, as records. */
#include "codec/recovery_event.h"
#include "t.h"

static struct buf out;

static const instant now = { 1500 * NS_PER_MS };

static struct recovery_handler handler(enum recovery_state state, uint32_t strikes)
{
	static char name[] = "in\"gest";

	return (struct recovery_handler){ .name = name,
		                          .state = state,
		                          .strikes = strikes,
		                          .until = { 2500 * NS_PER_MS + 500 },
		                          .at = { INT64_MIN } };
}

static slice event(enum recovery_event_kind kind, struct recovery_handler h,
                   const struct recovery_event_end *end)
{
	buf_clear(&out);
	recovery_event_add(kind, &h, end, now, &out);
	return buf_slice(&out);
}

static slice listed(struct recovery_handler h)
{
	buf_clear(&out);
	recovery_event_add_state(&h, now, &out);
	return buf_slice(&out);
}

static void a_strike_says_how_why_and_until_when(void)
{
	const struct recovery_event_end end = { .exit = -1, .signal = 11, .reason = SLICE("so") };

	SAME(event(RECOVERY_EVENT_STRUCK, handler(RECOVERY_WAITING, 2), &end),
	     "{\"kind\":\"meshq.handler\",\"handler\":\"in\\\"gest\",\"event\":\"struck\","
	     "\"strikes\":2,\"signal\":\"SEGV\",\"reason\":\"so\",\"until_ms\":2500.0005,"
	     "\"at_ms\":1500}\n");
}

static void an_end_is_told_as_it_was(void)
{
	const struct recovery_event_end exit = { .exit = 3, .reason = SLICE("x") };
	const struct recovery_event_end number = { .exit = -1, .signal = 40, .reason = SLICE("x") };
	const struct recovery_event_end late = { .exit = 0,
		                                 .timed_out = true,
		                                 .reason = SLICE("\xff") };
	const struct recovery_event_end never = { .exit = -1, .reason = SLICE("") };
	const struct recovery_handler h = handler(RECOVERY_EVICTED, 1);

	SAME(event(RECOVERY_EVENT_EVICTED, h, &exit),
	     "{\"kind\":\"meshq.handler\",\"handler\":\"in\\\"gest\",\"event\":\"evicted\","
	     "\"strikes\":1,\"exit\":3,\"reason\":\"x\",\"at_ms\":1500}\n");
	OK(memmem(event(RECOVERY_EVENT_EVICTED, h, &number).p, out.n, "\"signal\":\"40\"", 13));
	OK(memmem(event(RECOVERY_EVENT_EVICTED, h, &late).p, out.n,
	          "\"exit\":0,\"timed_out\":true,\"reason\":\"\xef\xbf\xbd\"", 39));
	SAME(event(RECOVERY_EVENT_EVICTED, h, &never),
	     "{\"kind\":\"meshq.handler\",\"handler\":\"in\\\"gest\",\"event\":\"evicted\","
	     "\"strikes\":1,\"reason\":\"\",\"at_ms\":1500}\n");
}

static void what_is_no_end_has_no_reason(void)
{
	static const struct {
		enum recovery_event_kind kind;
		const char *record;
	} cases[] = {
		{ RECOVERY_EVENT_REGISTERED, "\"event\":\"registered\",\"strikes\":0,\"at_ms\"" },
		{ RECOVERY_EVENT_REMOVED, "\"event\":\"removed\",\"strikes\":0,\"at_ms\"" },
		{ RECOVERY_EVENT_READMITTED, "\"event\":\"readmitted\",\"strikes\":0,\"at_ms\"" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		slice r = event(cases[i].kind, handler(RECOVERY_READY, 0), NULL);
		OK(memmem(r.p, r.n, cases[i].record, strlen(cases[i].record)));
	}
}

static void a_handler_that_waited_long_enough_is_ready(void)
{
	struct recovery_handler h = handler(RECOVERY_WAITING, 1);
	static char why[] = "why";

	SAME(listed(h), "{\"handler\":\"in\\\"gest\",\"state\":\"waiting\",\"until_ms\":2500.0005,"
	                "\"strikes\":1,\"runs\":0,\"recovered\":0}\n");
	h.until = now;
	h.at = (instant){ NS_PER_MS };
	h.reason = why;
	h.runs = 7;
	h.recovered = UINT64_MAX;
	SAME(listed(h), "{\"handler\":\"in\\\"gest\",\"state\":\"ready\",\"strikes\":1,\"runs\":7,"
	                "\"recovered\":18446744073709551615,\"reason\":\"why\",\"at_ms\":1}\n");
	SAME(listed(handler(RECOVERY_EVICTED, 1)),
	     "{\"handler\":\"in\\\"gest\",\"state\":\"evicted\",\"strikes\":1,\"runs\":0,"
	     "\"recovered\":0}\n");
}

static void the_counters_are_one_record(void)
{
	const struct recovery_event_stats s = { 1, 2, 3, 4, 5, 6, 7, 8 };

	buf_clear(&out);
	recovery_event_add_stats(&s, now, &out);
	SAME(buf_slice(&out),
	     "{\"kind\":\"meshq.stats\",\"passes\":1,\"runs\":2,\"probes\":3,\"recovered\":4,"
	     "\"struck\":5,\"evicted\":6,\"skipped\":7,\"held\":8,\"at_ms\":1500}\n");
}

int main(void)
{
	RUN(a_strike_says_how_why_and_until_when);
	RUN(an_end_is_told_as_it_was);
	RUN(what_is_no_end_has_no_reason);
	RUN(a_handler_that_waited_long_enough_is_ready);
	RUN(the_counters_are_one_record);
	buf_free(&out);
	return t_done();
}
