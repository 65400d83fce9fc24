/* What gnuplot writes, made fit to be shown. */
#include "codec/svg.h"

#include "t.h"

static const char drawn[] = "<?xml version=\"1.0\" encoding=\"utf-8\"  standalone=\"no\"?>\n"
			    "<svg \n width=\"400\" height=\"300\"\n viewBox=\"0 0 400 300\"\n"
			    " xmlns=\"http://www.w3.org/2000/svg\"\n"
			    " xmlns:xlink=\"http://www.w3.org/1999/xlink\"\n>\n"
			    "<title>Gnuplot</title>\n"
			    "<desc>Produced by GNUPLOT 5.4 </desc>\n"
			    "<g id=\"gnuplot_canvas\">\n"
			    "<defs>\n\t<circle id='gpDot' r='0.5'/>\n</defs>\n"
			    "<g id=\"p_1a\" ><title>p_1a</title>\n"
			    "<path stroke='rgb( 11,  98, 176)' fill = 'rgb(1,2,3)' d='M1,2'/>"
			    "<text>rgb( 11,  98, 176) a &amp; b id=\"x\"</text></g>\n"
			    "</g>\n</svg>\n\n";

static void a_file_has_its_size_and_a_title_for_those_who_do_not_see_it(void)
{
	struct buf out = { 0 };

	OK(svg_file(SLICE(drawn), "a \"b\"", &out));
	SAME(buf_slice(&out),
	     "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	     "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"300\""
	     " viewBox=\"0 0 400 300\" role=\"img\" aria-label=\"a &quot;b&quot;\">\n\n\n"
	     "<g id=\"gnuplot_canvas\">\n\n"
	     "<g id=\"p_1a\" >\n"
	     "<path stroke='rgb( 11,  98, 176)' fill = 'rgb(1,2,3)' d='M1,2'/>"
	     "<text>rgb( 11,  98, 176) a &amp; b id=\"x\"</text></g>\n"
	     "</g>\n</svg>\n");
	buf_free(&out);
}

static void an_element_has_no_ids_and_colours_of_the_page(void)
{
	struct buf out = { 0 };

	OK(svg_element(SLICE(drawn), "t", &out));
	SAME(buf_slice(&out), "<svg viewBox=\"0 0 400 300\" role=\"img\" aria-label=\"t\">\n\n\n"
	                      "<g>\n\n"
	                      "<g >\n"
	                      "<path stroke='var(--waiting)' fill = 'rgb(1,2,3)' d='M1,2'/>"
	                      "<text>rgb( 11,  98, 176) a &amp; b id=\"x\"</text></g>\n"
	                      "</g>\n</svg>\n");
	buf_free(&out);
}

static void what_is_cut_off_is_no_svg(void)
{
	struct buf out = { 0 };

	OK(!svg_file(SLICE(""), "t", &out));
	OK(!svg_file(SLICE("Error: no SVG"), "t", &out));
	OK(!svg_file(SLICE("<svg width=\"1\"></svg>"), "t", &out));
	OK(!svg_file(SLICE("<svg viewBox=\"0 0 1\"></svg>"), "t", &out));
	/* An untidy end reads nothing behind it. */
	for (size_t n = 0; n < sizeof drawn - 1; n++) {
		char *part = malloc(n ? n : 1);
		memcpy(part, drawn, n);
		bool good = svg_element((slice){ part, n }, "t", &out);
		OK(good == (n >= sizeof drawn - 3));
		buf_clear(&out);
		free(part);
	}
	EQ(out.n, 0);
	buf_free(&out);
}

int main(void)
{
	RUN(a_file_has_its_size_and_a_title_for_those_who_do_not_see_it);
	RUN(an_element_has_no_ids_and_colours_of_the_page);
	RUN(what_is_cut_off_is_no_svg);
	return t_done();
}
