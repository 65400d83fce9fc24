#include "codec/config_halt.h"

#include "codec/config_text.h"

static const char *const whens[] = {
	[HALT_NEVER] = "never",
	[HALT_SOON] = "soon",
	[HALT_NOW] = "now",
};

static bool take(slice *text, const char *word)
{
	size_t n = strlen(word);

	if (text->n < n || memcmp(text->p, word, n) != 0)
		return false;
	*text = (slice){ text->p + n, text->n - n };
	return true;
}

static bool parse_number(slice text, struct halt_policy *p)
{
	uint64_t n;

	p->percent = text.n > 0 && text.p[text.n - 1] == '%';
	text.n -= p->percent;
	if (!slice_u64(text, &n) || n == 0 || n > (p->percent ? 100 : UINT32_MAX))
		return false;
	p->fail = (uint32_t)n;
	return true;
}

bool config_halt_parse(slice text, struct halt_policy *p)
{
	struct halt_policy draft = { .when = HALT_SOON };

	if (slice_is(text, whens[HALT_NEVER])) {
		*p = (struct halt_policy){ 0 };
		return true;
	}
	if (!take(&text, whens[HALT_SOON])) {
		draft.when = HALT_NOW;
		if (!take(&text, whens[HALT_NOW]))
			return false;
	}
	if (!take(&text, ",fail=") || !parse_number(text, &draft))
		return false;
	*p = draft;
	return true;
}

bool config_halt_read(const struct setting *s, void *base, slice text, struct buf *why)
{
	if (config_halt_parse(text, config_setting_at(s, base)))
		return true;
	config_text_quote(why, text);
	buf_add_text(why, " is neither never, nor " CONFIG_HALT_FORM);
	return false;
}

void config_halt_print(const struct setting *s, const void *base, struct buf *out)
{
	const struct halt_policy *p = config_setting_look(s, base);

	buf_add_text(out, whens[p->when]);
	if (p->when != HALT_NEVER)
		buf_addf(out, ",fail=%u%s", p->fail, p->percent ? "%" : "");
}
