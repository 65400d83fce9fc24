#include "codec/junit.h"

#include "codec/markup.h"

static void add_attribute(struct buf *out, const char *name, slice value)
{
	buf_addf(out, " %s=\"", name);
	markup_escape(value, out);
	buf_add_char(out, '"');
}

static uint32_t failures(const struct junit_suite *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->count; i++)
		n += !s->results[i].met;
	return n;
}

static void add_totals(struct buf *out, uint32_t tests, uint32_t failed, span time)
{
	buf_addf(out, " tests=\"%u\" failures=\"%u\" errors=\"0\" time=\"%.3f\"", tests, failed,
	         (double)time.ns / (double)NS_PER_S);
}

static void add_case(const struct junit_suite *s, const struct expect_result *r, struct buf *out)
{
	struct buf message = { 0 };

	buf_add_text(out, "    <testcase");
	add_attribute(out, "classname", slice_of(s->name));
	add_attribute(out, "name", slice_of(r->expect->text));
	if (r->met) {
		buf_add_text(out, "/>\n");
		return;
	}
	figure_name(&r->expect->figure, &message);
	buf_add_text(&message, " is ");
	expect_format(r->expect, r->value, &message);
	buf_add_text(out, ">\n      <failure type=\"expectation\"");
	add_attribute(out, "message", buf_slice(&message));
	buf_add_text(out, "/>\n    </testcase>\n");
	buf_free(&message);
}

static void add_suite(const struct junit_suite *s, struct buf *out)
{
	buf_add_text(out, "  <testsuite");
	add_attribute(out, "name", slice_of(s->name));
	add_totals(out, s->count, failures(s), s->time);
	buf_addf(out, ">\n    <properties>\n      <property name=\"seed\" value=\"%llu\"/>\n",
	         (unsigned long long)s->seed);
	buf_add_text(out, "    </properties>\n");
	for (uint32_t i = 0; i < s->count; i++)
		add_case(s, &s->results[i], out);
	if (s->out.n) {
		buf_add_text(out, "    <system-out>");
		markup_escape(s->out, out);
		buf_add_text(out, "</system-out>\n");
	}
	buf_add_text(out, "  </testsuite>\n");
}

void junit_add(const struct junit_suite *suites, uint32_t count, struct buf *out)
{
	uint32_t tests = 0, failed = 0;
	span time = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		tests += suites[i].count;
		failed += failures(&suites[i]);
		time.ns = tick_sum(time.ns, suites[i].time.ns);
	}
	buf_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	                  "<testsuites name=\"meshq-sim\"");
	add_totals(out, tests, failed, time);
	buf_add_text(out, ">\n");
	for (uint32_t i = 0; i < count; i++)
		add_suite(&suites[i], out);
	buf_add_text(out, "</testsuites>\n");
}
