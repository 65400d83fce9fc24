#include "codec/config.h"

#include "base/mem.h"
#include "codec/config_draft.h"
#include "codec/config_value.h"
#include "codec/presets.h"

#include <stdio.h>
#include <stdlib.h>

/* Far more than anybody writes; -c /dev/zero ends here. */
enum { MAX_FILE = 256 << 10 };

static bool read_text(struct config_draft *d, const struct config_source *source, slice text,
                      struct err *e)
{
	struct config_doc doc;

	if (!config_yaml_parse(&doc, text, source->name, true, e))
		return false;
	bool good = config_read(d, source, doc.root, e);
	config_yaml_free(&doc);
	return good;
}

static bool read_preset(struct config_draft *d, const char *name, struct err *e)
{
	const struct config_source source = { "preset", CONFIG_PRESET };
	struct buf why = { 0 };
	const struct preset *p = preset_find(slice_of(name), &why);

	if (p)
		return config_read(d, &source, p->root, e);
	err_set(e, STATUS_CONFIG, "--preset: %s", buf_text(&why));
	buf_free(&why);
	return false;
}

/* At most one byte too much is read, which tells that there is more. */
bool config_slurp(const char *path, struct buf *text, struct err *e)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return err_system(e, STATUS_NO_INPUT, "%s", path);
	text->n = fread(buf_reserve(text, MAX_FILE + 1), 1, MAX_FILE + 1, f);
	bool good = !ferror(f) || err_system(e, STATUS_NO_INPUT, "%s", path);
	fclose(f);
	if (good && text->n > MAX_FILE)
		good = err_set(e, STATUS_CONFIG, "%s: too long for a configuration (over 256 KiB)",
		               path);
	return good;
}

static bool read_file(struct config_draft *d, const struct config_sources *s, struct err *e)
{
	const struct config_source source = { s->file, CONFIG_FILE };
	struct buf text = { 0 };

	if (s->text.p)
		return read_text(d, &source, s->text, e);
	bool good = config_slurp(s->file, &text, e) && read_text(d, &source, buf_slice(&text), e);
	buf_free(&text);
	return good;
}

static bool read_all(struct config_draft *d, const struct config_sources *s, struct err *e)
{
	const struct config_source scenario = { s->scenario, CONFIG_SCENARIO };

	if (!read_preset(d, s->preset ? s->preset : "meshos", e))
		return false;
	if (s->file && !read_file(d, s, e))
		return false;
	if (s->scenario && !read_text(d, &scenario, s->scenario_text, e))
		return false;
	for (uint32_t i = 0; i < s->set_count; i++)
		if (!config_read_set(d, s->sets[i], s->sets_name ? s->sets_name : "--set", e))
			return false;
	return config_check(d, e);
}

/* Moves what the draft has into the policy. */
static void finish(struct config_draft *d, struct policy *out)
{
	*out = d->policy;
	d->policy = (struct policy){ 0 };
	out->rule_count = d->rule_count;
	out->rules = mem_zeroed(d->rule_count + 1, sizeof *out->rules);
	for (uint32_t i = 0; i < d->rule_count; i++)
		out->rules[i] = d->rules[i].policy;
	d->rule_count = 0;
}

bool config_load(struct policy *out, const struct config_sources *sources, struct err *e)
{
	struct config_draft d = { 0 };
	bool good = read_all(&d, sources, e);

	if (good)
		finish(&d, out);
	config_draft_free(&d);
	return good;
}

void config_free(struct policy *p)
{
	for (uint32_t i = 0; i < p->rule_count; i++)
		for (int k = 0; k < CONFIG_RULE_SETTINGS; k++)
			config_value_free(&config_rule_settings[k], &p->rules[i]);
	free(p->rules);
	for (int i = 0; i < CONFIG_SETTINGS; i++)
		config_value_free(&config_settings[i], p);
	*p = (struct policy){ 0 };
}
