/* Expectations of runs as JUnit XML. */
#include "codec/junit.h"
#include "t.h"

static struct expect read(const char *text)
{
	struct expect x = { 0 };
	struct err e = { 0 };

	if (!OK(expect_read(slice_of(text), &x, &e)))
		printf("# %s: %s\n", text, e.text);
	return x;
}

static void an_expectation_is_a_test_case(void)
{
	struct expect wait = read("p99_wait{kind=\"a\"} < 2s"), failed = read("failed == 0");
	const struct expect_result results[] = { { &wait, 3.1e9, false }, { &failed, 0, true } };
	const struct junit_suite suites[] = {
		{ .name = "storm.yaml",
		  .seed = 7,
		  .time = { 3600 * NS_PER_S },
		  .results = results,
		  .count = 2,
		  .out = SLICE("36042 actions & more\n") },
		{ .name = "calm.yaml",
		  .seed = 8,
		  .time = { 1500 * NS_PER_MS },
		  .results = results + 1,
		  .count = 1 },
	};
	struct buf b = { 0 };

	junit_add(suites, 2, &b);
	SAME(buf_slice(&b),
	     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	     "<testsuites name=\"meshq-sim\" tests=\"3\" failures=\"1\" errors=\"0\" "
	     "time=\"3601.500\">\n"
	     "  <testsuite name=\"storm.yaml\" tests=\"2\" failures=\"1\" errors=\"0\" "
	     "time=\"3600.000\">\n"
	     "    <properties>\n"
	     "      <property name=\"seed\" value=\"7\"/>\n"
	     "    </properties>\n"
	     "    <testcase classname=\"storm.yaml\" name=\"p99_wait{kind=&quot;a&quot;} &lt; "
	     "2s\">\n"
	     "      <failure type=\"expectation\" message=\"p99_wait{kind=&quot;a&quot;} is "
	     "3.1s\"/>\n"
	     "    </testcase>\n"
	     "    <testcase classname=\"storm.yaml\" name=\"failed == 0\"/>\n"
	     "    <system-out>36042 actions &amp; more\n</system-out>\n"
	     "  </testsuite>\n"
	     "  <testsuite name=\"calm.yaml\" tests=\"1\" failures=\"0\" errors=\"0\" "
	     "time=\"1.500\">\n"
	     "    <properties>\n"
	     "      <property name=\"seed\" value=\"8\"/>\n"
	     "    </properties>\n"
	     "    <testcase classname=\"calm.yaml\" name=\"failed == 0\"/>\n"
	     "  </testsuite>\n"
	     "</testsuites>\n");
	buf_free(&b);
	expect_free(&wait);
	expect_free(&failed);
}

/* XML has this character, and it stands for itself where texts are. */
static bool is_plain(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	if (u[0] == 0xef && u[1] == 0xbf)
		return u[2] < 0xbe;
	return u[0] != 0x7f && (u[0] >= ' ' || u[0] == '\t' || u[0] == '\n' || u[0] == '\r');
}

static bool is_entity(const char *p)
{
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };

	for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
		if (strncmp(p, entities[i], strlen(entities[i])) == 0)
			return true;
	return false;
}

/* No text has brought markup with it: so many tags, and quotes in pairs within them. */
static bool well_formed(struct buf *document, int tags)
{
	bool inside = false, quoted = false;
	int opened = 0;

	for (const char *p = buf_text(document); *p; p++) {
		if (!is_plain(p) || (*p == '&' && !is_entity(p)))
			return false;
		if (*p == '<' && (inside || quoted))
			return false;
		opened += *p == '<';
		inside = inside ? quoted || *p != '>' : *p == '<';
		quoted ^= inside && *p == '"';
	}
	return !inside && !quoted && opened == tags;
}

static void any_bytes_make_a_good_document(void)
{
	char bytes[256], kind[300] = "max_wait{kind=\"";
	struct buf b = { 0 };

	/* Every byte but NUL, then characters that XML does not have, and those it has. */
	for (int i = 1; i < 256; i++)
		bytes[i - 1] = (char)i;
	bytes[255] = '\0';
	snprintf(kind + strlen(kind), sizeof kind - strlen(kind),
	         "]]>\x01\x1f\x7f\xc2\x85\xed\xa0\x80\xef\xbf\xbe\xef\xbf\xbf\xf4\x8f\xbf\xbf"
	         "\xff<&>'\\\"\"} <= 0");
	struct expect x = read(kind);
	const struct expect_result results[] = { { &x, 1, false } };
	const struct junit_suite suite = {
		.name = bytes, .results = results, .count = 1, .out = slice_of(bytes)
	};
	junit_add(&suite, 1, &b);
	OK(well_formed(&b, 13));
	buf_free(&b);
	expect_free(&x);
}

static void no_runs_are_a_document_too(void)
{
	struct buf b = { 0 };

	junit_add(NULL, 0, &b);
	SAME(buf_slice(&b),
	     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	     "<testsuites name=\"meshq-sim\" tests=\"0\" failures=\"0\" errors=\"0\" "
	     "time=\"0.000\">\n"
	     "</testsuites>\n");
	OK(well_formed(&b, 3));
	buf_free(&b);
}

int main(void)
{
	RUN(an_expectation_is_a_test_case);
	RUN(any_bytes_make_a_good_document);
	RUN(no_runs_are_a_document_too);
	return t_done();
}
