#include "codec/markup.h"

#include "codec/json_bytes.h"

static const char replacement[] = "\xef\xbf\xbd";

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

/* U+FFFE and U+FFFF are no characters of XML either. */
static bool is_nothing(const char *p, size_t n)
{
	return n == 3 && memcmp(p, "\xef\xbf", 2) == 0 && (p[2] | 1) == (char)0xbf;
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	}
	return NULL;
}

static void add(slice text, bool escape, struct buf *out)
{
	const char *end = text.p + text.n;
	size_t bad;

	for (const char *p = text.p; p < end;) {
		const char *name = escape ? entity(*p) : NULL;
		size_t n = json_utf8(p, end, &bad);

		if (name)
			buf_add_text(out, name);
		else if (n == 0 || is_control(*p) || is_nothing(p, n))
			buf_add_text(out, replacement);
		else
			buf_add(out, p, n);
		p += n ? n : bad;
	}
}

void markup_escape(slice text, struct buf *out)
{
	add(text, true, out);
}

void markup_clean(slice text, struct buf *out)
{
	add(text, false, out);
}
