/* The configuration: presets, files, --set, and what is refused. */
#include "codec/config.h"
#include "t.h"

static bool load(struct policy *p, const char *preset, const char *yaml, struct err *e)
{
	struct config_sources s = { .preset = preset, .file = "x.yaml", .text = slice_of(yaml) };
	return config_load(p, &s, e);
}

static void an_empty_file_is_the_preset(void)
{
	struct policy p, q;
	struct err e;
	struct config_sources none = { 0 };
	struct buf a = { 0 }, b = { 0 };

	if (!OK(config_load(&p, &none, &e)) || !OK(load(&q, NULL, "", &e)))
		return;
	config_print(&p, &a);
	config_print(&q, &b);
	SAME(buf_slice(&a), buf_text(&b));
	EQ(p.rule_count, 4);
	EQ(p.rules[0].window.ns, 60 * NS_PER_S);
	buf_free(&a);
	buf_free(&b);
	config_free(&p);
	config_free(&q);
}

int main(void)
{
	RUN(an_empty_file_is_the_preset);
	return t_done();
}
