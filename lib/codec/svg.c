#include "codec/svg.h"

#include "codec/markup.h"
#include "codec/plot.h"

/* From where it is found to the end; p is NULL when it is not found. */
static slice find(slice text, const char *what)
{
	const char *p = text.n ? memmem(text.p, text.n, what, strlen(what)) : NULL;

	return p ? (slice){ p, text.n - (size_t)(p - text.p) } : (slice){ 0 };
}

static slice behind(slice text, size_t n)
{
	return (slice){ text.p + n, text.n - n };
}

/* What comes behind the end of an element; at worst the end of the text. */
static slice skip(slice text, const char *end)
{
	slice found = find(text, end);

	return found.p ? behind(found, strlen(end)) : (slice){ text.p + text.n, 0 };
}

/* ---- what is rewritten ---- */

/* Reads "rgb( 11,  98, 176)"; returns its length, or 0. */
static size_t read_color(slice text, uint32_t *color)
{
	size_t i = 4;

	if (!slice_starts(text, "rgb("))
		return 0;
	*color = 0;
	for (int part = 0; part < 3; part++) {
		uint32_t value = 0;

		while (i < text.n && text.p[i] == ' ')
			i++;
		for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && value < 256; i++)
			value = value * 10 + (uint32_t)(text.p[i] - '0');
		if (value > 255 || i == text.n || text.p[i] != (part < 2 ? ',' : ')'))
			return 0;
		*color = *color << 8 | value;
		i++;
	}
	return i;
}

static const char *paint_name(uint32_t color)
{
	for (int i = 0; i < PLOT_COLORS; i++)
		if (plot_paints[i].light == color)
			return plot_paints[i].name;
	return NULL;
}

/* Copies a tag; *text is behind it. */
static void add_tag(slice *text, bool page, struct buf *out)
{
	while (text->n) {
		uint32_t color;
		size_t n = page ? read_color(*text, &color) : 0;
		const char *name = n ? paint_name(color) : NULL;

		if (name) {
			buf_addf(out, "var(--%s)", name);
			*text = behind(*text, n);
			continue;
		}
		if (page && slice_starts(*text, " id=\"")) {
			*text = skip(behind(*text, 5), "\"");
			continue;
		}
		char c = *text->p;
		buf_add_char(out, c);
		*text = behind(*text, 1);
		if (c == '>')
			return;
	}
}

/* ---- the whole ---- */

/* The value of viewBox="0 0 900 646": the size is in its last two numbers. */
static bool read_size(slice tag, slice *box, slice *width, slice *height)
{
	slice value = find(tag, "viewBox=\"");
	size_t n = 0, blanks = 0, starts[4] = { 0 };

	if (!value.p)
		return false;
	value = behind(value, 9);
	for (; n < value.n && value.p[n] != '"'; n++)
		if (value.p[n] == ' ' && blanks < 3)
			starts[++blanks] = n + 1;
	if (blanks != 3)
		return false;
	*box = (slice){ value.p, n };
	*width = (slice){ value.p + starts[2], starts[3] - 1 - starts[2] };
	*height = (slice){ value.p + starts[3], n - starts[3] };
	return true;
}

static void add_head(slice box, slice width, slice height, bool page, const char *title,
                     struct buf *out)
{
	if (page)
		buf_add_text(out, "<svg");
	else
		buf_addf(out,
		         "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		         "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.*s\" height=\"%.*s\"",
		         SLICE_ARG(width), SLICE_ARG(height));
	buf_addf(out, " viewBox=\"%.*s\" role=\"img\" aria-label=\"", SLICE_ARG(box));
	markup_escape(slice_of(title), out);
	buf_add_text(out, "\">");
}

static void add_body(slice text, bool page, struct buf *out)
{
	while (text.n) {
		if (slice_starts(text, "<title"))
			text = skip(text, "</title>");
		else if (slice_starts(text, "<desc"))
			text = skip(text, "</desc>");
		else if (slice_starts(text, "<defs"))
			text = skip(text, "</defs>");
		else if (*text.p == '<')
			add_tag(&text, page, out);
		else {
			slice next = find(text, "<");
			size_t n = next.p ? text.n - next.n : text.n;

			buf_add(out, text.p, n);
			text = behind(text, n);
		}
	}
}

static bool rewrite(slice svg, bool page, const char *title, struct buf *out)
{
	slice tag = find(svg, "<svg"), box, width, height;
	slice body = tag.p ? skip(tag, ">") : tag, end = find(body, "</svg>");

	if (!tag.p || !end.p)
		return false;
	tag.n -= body.n;
	body.n = (size_t)(end.p - body.p);
	if (!read_size(tag, &box, &width, &height))
		return false;
	add_head(box, width, height, page, title, out);
	add_body(body, page, out);
	buf_add_text(out, "</svg>\n");
	return true;
}

bool svg_file(slice svg, const char *title, struct buf *out)
{
	return rewrite(svg, false, title, out);
}

bool svg_element(slice svg, const char *title, struct buf *out)
{
	return rewrite(svg, true, title, out);
}
