#include "core/names.h"

#include "base/mem.h"

#include <stdlib.h>

struct entry {
	struct key key;
	uint32_t number;
};

static struct key key_of(slice name)
{
	return hash_bytes((struct hash_seed){ 0, 0 }, name.p, name.n);
}

uint32_t names_add(struct names *n, slice name)
{
	uint32_t number;

	if (names_find(n, name, &number))
		return number;
	if (!n->numbers.stride)
		table_init(&n->numbers, sizeof(struct entry));
	if (n->count == n->room) {
		n->room = n->room ? n->room * 2 : 16;
		n->list = mem_resize(n->list, n->room, sizeof *n->list);
	}
	struct entry *e = table_put(&n->numbers, key_of(name));
	e->number = n->count;
	n->list[n->count] = (slice){ mem_text(name.p, name.n), name.n };
	return n->count++;
}

bool names_find(const struct names *n, slice name, uint32_t *number)
{
	const struct entry *e = n->count ? table_find(&n->numbers, key_of(name)) : NULL;

	if (e)
		*number = e->number;
	return e != NULL;
}

void names_free(struct names *n)
{
	for (uint32_t i = 0; i < n->count; i++)
		free((char *)n->list[i].p);
	free(n->list);
	table_free(&n->numbers);
	*n = (struct names){ 0 };
}
