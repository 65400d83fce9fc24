#include "cli/expectations.h"

#include "base/mem.h"
#include "codec/junit.h"
#include "codec/summary.h"
#include "sys/file.h"

#include <stdlib.h>

bool expectations_add(struct expectations *x, const char *text, struct err *e)
{
	struct expect one;

	if (!expect_read(slice_of(text), &one, e))
		return false;
	x->list = mem_resize(x->list, x->count + 1, sizeof *x->list);
	x->results = mem_resize(x->results, x->count + 1, sizeof *x->results);
	x->list[x->count] = one;
	x->results[x->count++] = (struct expect_result){ 0 };
	return true;
}

void expectations_free(struct expectations *x)
{
	for (uint32_t i = 0; i < x->count; i++)
		expect_free(&x->list[i]);
	free(x->list);
	free(x->results);
	*x = (struct expectations){ 0 };
}

bool expectations_check(struct expectations *x, struct measure *m)
{
	bool all = true;

	for (uint32_t i = 0; i < x->count; i++) {
		struct expect_result *r = &x->results[i];

		r->expect = &x->list[i];
		r->met = expect_met(r->expect, m, &r->value);
		all &= r->met;
	}
	return all;
}

void expectations_doubt(const struct expectations *x, const struct cli *c, const struct measure *m)
{
	for (uint32_t i = 0; i < x->count; i++) {
		const char *kind = x->list[i].figure.kind;

		if (kind && !measure_find(m, slice_of(kind)))
			cli_note(c, "'%s': no action of that kind has come", x->list[i].text);
	}
}

void expectations_print(const struct expectations *x, struct buf *out)
{
	summary_results(x->results, x->count, out);
}

bool expectations_junit(const struct expectations *x, const char *path, const char *name,
                        const struct simulate *run, slice text, struct err *e)
{
	const struct measure *m = &run->measure;
	const struct junit_suite suite = {
		.name = name,
		.seed = run->seed,
		.time = instant_until(m->start, m->now),
		.results = x->results,
		.count = x->count,
		.out = text,
	};
	struct buf xml = { 0 };

	junit_add(&suite, 1, &xml);
	bool good = file_put(path, buf_slice(&xml), e);
	buf_free(&xml);
	return good;
}
