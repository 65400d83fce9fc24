#include "cli/failure_groups.h"

#include "base/mem.h"
#include "cli/failure_table.h"

#include <stdio.h>
#include <stdlib.h>

enum { GROUPS = 65536 }; /* memory stays bounded when every source is another */

struct group {
	struct key key;
	char *text;
	size_t size;
	uint64_t count;
};

void failure_groups_init(struct failure_groups *g, enum failure_by by)
{
	*g = (struct failure_groups){ .by = by };
	table_init(&g->table, sizeof(struct group));
}

void failure_groups_free(struct failure_groups *g)
{
	for (uint32_t i = 0; i < g->table.count; i++)
		free(((struct group *)table_at(&g->table, i))->text);
	table_free(&g->table);
	*g = (struct failure_groups){ 0 };
}

static bool is_digit(char c)
{
	return (c >= '0' && c <= '9') || c == '.';
}

/* "held by x for another 3999.5 ms" belongs with "held by x for another 4 ms". */
static void add_reason(struct buf *out, slice reason)
{
	size_t i = 0;

	while (i < reason.n) {
		size_t n = 0;
		while (i + n < reason.n && is_digit(reason.p[i + n]))
			n++;
		if (n && slice_starts((slice){ reason.p + i + n, reason.n - i - n }, " ms")) {
			buf_add_char(out, 'N');
		} else {
			n += n == 0;
			buf_add(out, reason.p + i, n);
		}
		i += n;
	}
}

static void add_text(const struct failure_groups *g, const struct failure *f, struct buf *out)
{
	switch (g->by) {
	case BY_NOTHING:
		break;
	case BY_KIND:
		buf_add_slice(out, f->kind);
		break;
	case BY_REASON:
		add_reason(out, f->reason);
		break;
	case BY_SOURCE:
		buf_add_slice(out, f->source);
		break;
	case BY_STATUS:
		buf_add_slice(out, f->status);
		break;
	}
}

void failure_groups_add(struct failure_groups *g, const struct failure *f)
{
	struct buf text = { 0 };

	add_text(g, f, &text);
	struct key key = hash_bytes((struct hash_seed){ 0 }, buf_text(&text), text.n);
	struct group *group = table_find(&g->table, key);
	if (!group && g->table.count == GROUPS) {
		g->others++;
	} else {
		if (!group) {
			group = table_put(&g->table, key);
			group->text = mem_text(text.p, text.n);
			group->size = text.n;
		}
		group->count++;
	}
	buf_free(&text);
}

/* ---- writing ---- */

static int by_count(const void *left, const void *right)
{
	const struct group *a = *(const struct group *const *)left;
	const struct group *b = *(const struct group *const *)right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return strcmp(a->text, b->text);
}

static void write_one(enum failure_by by, slice text, bool has_text, uint64_t count, bool as_table,
                      struct buf *out)
{
	static const char *const names[] = { "", "kind", "reason", "source", "status" };

	if (as_table) {
		buf_addf(out, "%7llu  ", (unsigned long long)count);
		if (has_text && text.n)
			failure_table_text(out, text);
		else
			buf_add_text(out, has_text ? "-" : "(others)");
		buf_add_char(out, '\n');
		return;
	}
	buf_addf(out, "{\"%s\":", names[by]);
	if (has_text)
		json_add_string(out, text);
	else
		buf_add_text(out, "null");
	buf_addf(out, ",\"count\":%llu}\n", (unsigned long long)count);
}

void failure_groups_write(const struct failure_groups *g, bool as_table, struct buf *out)
{
	const struct group **sorted = mem_zeroed(g->table.count, sizeof(struct group *));

	for (uint32_t i = 0; i < g->table.count; i++)
		sorted[i] = table_at(&g->table, i);
	qsort(sorted, g->table.count, sizeof(struct group *), by_count);
	for (uint32_t i = 0; i < g->table.count; i++)
		write_one(g->by, (slice){ sorted[i]->text, sorted[i]->size }, true,
		          sorted[i]->count, as_table, out);
	if (g->others)
		write_one(g->by, (slice){ 0 }, false, g->others, as_table, out);
	free(sorted);
}
