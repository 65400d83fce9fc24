#include "core/fair.h"

#include "base/mem.h"

#include <stdlib.h>

struct line_entry {
	struct key key;
	struct line *line;
};

void fair_init(struct fair *f, uint32_t rules)
{
	f->rules = mem_zeroed(rules, sizeof *f->rules);
	f->count = rules;
	for (uint32_t i = 0; i < rules; i++)
		table_init(&f->rules[i], sizeof(struct line_entry));
}

static void line_free(struct line *line)
{
	heap_free(&line->members);
	free(line);
}

void fair_free(struct fair *f)
{
	for (uint32_t i = 0; i < f->count; i++) {
		for (uint32_t j = 0; j < f->rules[i].count; j++)
			line_free(((struct line_entry *)table_at(&f->rules[i], j))->line);
		table_free(&f->rules[i]);
	}
	free(f->rules);
	*f = (struct fair){ 0 };
}

struct line *fair_find(const struct fair *f, uint32_t rule, struct key k)
{
	const struct line_entry *entry = table_find(&f->rules[rule], k);
	return entry ? entry->line : NULL;
}

struct line *fair_join(struct fair *f, uint32_t rule, struct key k, struct timer *member,
                       uint64_t arrival)
{
	struct line_entry *entry = table_put(&f->rules[rule], k);

	if (!entry->line) {
		entry->line = mem_zeroed(1, sizeof *entry->line);
		entry->line->rule = rule;
		entry->line->key = k;
	}
	heap_set(&entry->line->members, member, (instant){ 0 }, arrival);
	return entry->line;
}

bool fair_leave(struct fair *f, struct line *line, struct timer *member)
{
	heap_remove(&line->members, member);
	if (line->members.count)
		return false;
	table_remove(&f->rules[line->rule], table_find(&f->rules[line->rule], line->key));
	line_free(line);
	return true;
}
