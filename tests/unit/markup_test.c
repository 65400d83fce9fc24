/* Text from anywhere in a page. */
#include "codec/markup.h"
#include "t.h"

static void escaped(const char *text, size_t n, const char *want)
{
	struct buf b = { 0 };

	markup_escape((slice){ text, n }, &b);
	SAME(buf_slice(&b), want);
	buf_free(&b);
}

static void what_means_something_in_markup_is_an_entity(void)
{
	escaped("a<b>&\"c'", 8, "a&lt;b&gt;&amp;&quot;c&#39;");
	escaped("max_wait{kind=\"x\"} <= 1m", 24, "max_wait{kind=&quot;x&quot;} &lt;= 1m");
	escaped("", 0, "");
}

static void text_stays_as_it_is(void)
{
	escaped("a\tb\r\nc", 6, "a\tb\r\nc");
	escaped("\xc3\xa9\xf0\x9f\x98\x80", 6, "\xc3\xa9\xf0\x9f\x98\x80");
}

static void what_no_page_can_have_is_replaced(void)
{
	escaped("a\0b\033\x7f", 5,
	        "a\xef\xbf\xbd"
	        "b\xef\xbf\xbd\xef\xbf\xbd");
	escaped("\xff\xc3", 2, "\xef\xbf\xbd\xef\xbf\xbd");
	escaped("\xe2\x82", 2, "\xef\xbf\xbd"); /* cut off */
	escaped("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", 9, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	escaped("\xed\xa0\x80x", 4, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx");
}

static void clean_text_has_no_entities(void)
{
	struct buf b = { 0 };

	markup_clean(SLICE("<&'\xff\">"), &b);
	SAME(buf_slice(&b), "<&'\xef\xbf\xbd\">");
	buf_free(&b);
}

int main(void)
{
	RUN(what_means_something_in_markup_is_an_entity);
	RUN(text_stays_as_it_is);
	RUN(what_no_page_can_have_is_replaced);
	RUN(clean_text_has_no_entities);
	return t_done();
}
