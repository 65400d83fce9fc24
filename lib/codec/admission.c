#include "codec/admission.h"

#include "base/mem.h"

#include <stdlib.h>

static const char *const decision_names[] = {
	[DECISION_ADMIT] = "admit",
	[DECISION_DEFER] = "defer",
	[DECISION_GATE] = "gate",
};

void admission_add(const struct verdict *v, const struct policy *policy, instant now,
                   struct buf *out)
{
	switch (v->decision) {
	case DECISION_ADMIT:
		buf_add_text(out, "{\"decision\":\"admit\",\"at_ms\":");
		break;
	case DECISION_DEFER:
		buf_add_text(out, "{\"decision\":\"defer\",\"rule\":\"");
		buf_add_text(out, policy->rules[v->rule].name);
		buf_add_text(out, "\",\"retry_after_ms\":");
		buf_add_ms(out, instant_until(now, v->until).ns);
		buf_add_text(out, ",\"at_ms\":");
		break;
	case DECISION_GATE:
		buf_add_text(out, "{\"decision\":\"gate\",\"rule\":\"");
		buf_add_text(out, policy->rules[v->rule].name);
		buf_add_text(out, "\",\"until_ms\":");
		buf_add_ms(out, v->until.ns);
		buf_add_text(out, ",\"at_ms\":");
		break;
	}
	buf_add_ms(out, now.ns);
	buf_add_char(out, '}');
}

enum { FIND_DECISION, FIND_RULE, FIND_RETRY, FIND_UNTIL, FIND_AT, FIND_COUNT };

struct admission_reader {
	struct json_plan *plan;
	struct json_found found[FIND_COUNT];
	struct buf text; /* the value with slack behind it */
	struct buf name; /* a decoded string */
};

struct admission_reader *admission_reader_new(void)
{
	static const char *const paths[FIND_COUNT] = {
		[FIND_DECISION] = "decision", [FIND_RULE] = "rule", [FIND_RETRY] = "retry_after_ms",
		[FIND_UNTIL] = "until_ms",    [FIND_AT] = "at_ms",
	};
	struct admission_reader *r = mem_zeroed(1, sizeof *r);

	r->plan = json_plan_new();
	for (int i = 0; i < FIND_COUNT; i++)
		json_plan_add(r->plan, paths[i]);
	return r;
}

void admission_reader_free(struct admission_reader *r)
{
	if (!r)
		return;
	json_plan_free(r->plan);
	buf_free(&r->text);
	buf_free(&r->name);
	free(r);
}

static slice string_of(struct admission_reader *r, int i)
{
	slice text = r->found[i].text;

	if (!text.p || json_type(text) != JSON_STRING)
		return (slice){ NULL, 0 };
	return json_string(text, &r->name);
}

static uint32_t rule_of(slice name, const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->rule_count; i++)
		if (slice_is(name, policy->rules[i].name))
			return i;
	return UINT32_MAX;
}

static bool time_of(const struct json_found *f, int64_t *ns)
{
	return f->text.p && json_type(f->text) == JSON_NUMBER && json_ms(f->text, ns);
}

bool admission_read(struct admission_reader *r, slice value, const struct policy *policy,
                    instant now, struct admission *out, const char **what)
{
	struct json_error e;
	slice text = json_text(&r->text, value);
	span wait;

	*what = "expected decision to be \"admit\", \"defer\" or \"gate\"";
	if (!json_scan(r->plan, text, r->found, &e))
		return false;
	slice decision = string_of(r, FIND_DECISION);
	int d = DECISION_GATE;
	while (d >= 0 && !slice_is(decision, decision_names[d]))
		d--;
	if (d < 0)
		return false;
	*out = (struct admission){ .decision = (enum decision)d, .until = now };
	out->rule = rule_of(string_of(r, FIND_RULE), policy);
	switch (out->decision) {
	case DECISION_ADMIT:
		return true;
	case DECISION_DEFER:
		*what = "expected retry_after_ms to be a number of milliseconds";
		time_of(&r->found[FIND_AT], &out->until.ns);
		if (!time_of(&r->found[FIND_RETRY], &wait.ns))
			return false;
		out->until = instant_add(out->until, wait);
		return true;
	case DECISION_GATE:
		*what = "expected until_ms to be a number of milliseconds";
		return time_of(&r->found[FIND_UNTIL], &out->until.ns);
	}
	return false;
}
