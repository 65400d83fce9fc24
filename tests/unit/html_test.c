/* What a run has come to, as a page. */
#include "codec/html.h"
#include "t.h"

#include <stdlib.h>

static struct measure m;

static void measure_something(void)
{
	measure_init(&m, (instant){ 0 });
	uint32_t a = measure_kind(&m, SLICE("pull_replica"));
	uint32_t b = measure_kind(&m, SLICE("<b>&\"x\""));
	m.now = (instant){ 90 * NS_PER_S };
	m.all.arrived = 5;
	m.all.dispatched = 4;
	m.all.failed = 1;
	m.kinds[a].arrived = m.kinds[a].dispatched = 2;
	m.kinds[b].arrived = 3;
	m.kinds[b].dispatched = 2;
	m.kinds[b].failed = 1;
	samples_add(&m.kinds[b].samples[QUANTITY_WAIT], (span){ 250 * NS_PER_MS });
}

static struct html_page blank(void)
{
	return (struct html_page){ .tool = "meshq-sim 1",
		                   .name = "a<b>.yaml",
		                   .seed = 7,
		                   .measure = &m,
		                   .wide = SLICE("<svg>w</svg>"),
		                   .narrow = SLICE("<svg>n</svg>"),
		                   .scenario = SLICE("seed: 7 # </pre>\n"),
		                   .config = SLICE("rules: []\n") };
}

static char *text_of(const struct html_page *p)
{
	struct buf b = { 0 };

	html_page(p, &b);
	buf_text(&b);
	return b.p; /* the caller's */
}

static void has(const char *text, const char *part, bool want)
{
	if ((strstr(text, part) != NULL) != want)
		printf("# \"%s\" is %s on the page\n", part, want ? "not" : "there");
	OK((strstr(text, part) != NULL) == want);
}

static void nothing_that_was_read_is_markup(void)
{
	struct html_page p = blank();
	char *text = text_of(&p);

	has(text, "<title>a&lt;b&gt;.yaml</title>", true);
	has(text, "<h1>a&lt;b&gt;.yaml</h1>", true);
	has(text, "<pre>seed: 7 # &lt;/pre&gt;\n</pre>", true);
	has(text, "<th scope=\"row\">&lt;b&gt;&amp;&quot;x&quot;</th>", true);
	has(text, "a<b>", false);
	free(text);
}

static void a_page_needs_nothing_else(void)
{
	struct html_page p = blank();
	char *text = text_of(&p);

	has(text, "http", false);
	has(text, "url(", false);
	has(text, "@import", false);
	has(text, "<script", false);
	has(text, "src=", false);
	has(text, "@media screen and (prefers-color-scheme:dark){:root{--ink:#e6e8eb;", true);
	free(text);
}

static void the_busiest_kind_is_first_and_counts_of_none_have_no_column(void)
{
	struct html_page p = blank();
	char *text = text_of(&p);

	OK(strstr(text, "\"row\">&lt;b&gt;") < strstr(text, "\"row\">pull_replica"));
	has(text, "<td>3</td><td>2</td><td>1</td><td>250ms</td><td>250ms</td>", true);
	has(text, "<tr class=\"all\"><th scope=\"row\">all</th><td>5</td><td>4</td><td>1</td>",
	    true);
	has(text, "<th scope=\"col\">gated</th>", false);
	has(text, "<dt><code>gated</code></dt><dd>0</dd>", true);
	free(text);
}

/* The page for these expectations. */
static char *judged(const char *const *texts, uint32_t count)
{
	struct expect x[3];
	struct expect_result r[3];
	struct html_page p = blank();
	struct err e;

	for (uint32_t i = 0; i < count; i++) {
		OK(expect_read(slice_of(texts[i]), &x[i], &e));
		r[i].expect = &x[i];
		r[i].met = expect_met(&x[i], &m, &r[i].value);
	}
	p.results = r;
	p.result_count = count;
	char *text = text_of(&p);
	for (uint32_t i = 0; i < count; i++)
		expect_free(&x[i]);
	return text;
}

static void the_verdict_is_told_at_the_top(void)
{
	const char *const texts[] = { "dispatched == 4", "failed < 1", "max_wait < 1ms" };
	char *text = judged(texts, 1);

	has(text, "<p class=\"verdict pass\">Pass: the expectation is met</p>", true);
	free(text);
	text = judged(texts, 2);
	has(text, "<p class=\"verdict fail\">Fail: 1 of 2 expectations is not met</p>", true);
	has(text, "pass</td><td class=\"text\"><code>dispatched == 4</code></td><td>4</td>", true);
	has(text, "fail</td><td class=\"text\"><code>failed &lt; 1</code></td><td>1</td>", true);
	free(text);
	text = judged(texts, 3);
	has(text, "Fail: 2 of 3 expectations are not met", true);
	free(text);
	text = judged(texts + 1, 1);
	has(text, "Fail: 1 of 1 expectation is not met", true);
	free(text);
	text = judged(texts, 0);
	has(text, "class=\"verdict", false);
	has(text, "Expectations</h2>", false);
	free(text);
}

static void pictures_are_there_or_why_not(void)
{
	struct html_page p = blank();
	char *text = text_of(&p);

	has(text, "<div class=\"wide\">\n<svg>w</svg></div>", true);
	has(text, "<div class=\"narrow\">\n<svg>n</svg></div>", true);
	free(text);
	p.excuse = "no <gnuplot>";
	text = text_of(&p);
	has(text, "No pictures: no &lt;gnuplot&gt;", true);
	has(text, "<svg>", false);
	free(text);
}

static void a_run_without_actions_has_a_page(void)
{
	struct measure empty;
	struct html_page p = blank();

	measure_init(&empty, (instant){ 0 });
	p.measure = &empty;
	p.scenario = SLICE("");
	char *text = text_of(&p);
	has(text, "0s of virtual time, seed 7: 0 actions</p>", true);
	has(text, "By kind", false);
	has(text, "<summary>Scenario", false);
	free(text);
	measure_free(&empty);
}

int main(void)
{
	measure_something();
	RUN(nothing_that_was_read_is_markup);
	RUN(a_page_needs_nothing_else);
	RUN(the_busiest_kind_is_first_and_counts_of_none_have_no_column);
	RUN(the_verdict_is_told_at_the_top);
	RUN(pictures_are_there_or_why_not);
	RUN(a_run_without_actions_has_a_page);
	measure_free(&m);
	return t_done();
}
