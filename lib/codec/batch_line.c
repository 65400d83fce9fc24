#include "codec/batch_line.h"

#include "base/mem.h"
#include "core/table.h"

#include <stdlib.h>

/* All that a reply can say is looked for, so that nothing of it can be there twice. */
enum { FIND_ID, FIND_REPLY, FIND_RETRY, FIND_REASON, FIND_FAIL, FIND_COUNT };

struct batch_reader {
	struct hash_seed seed;
	struct json_plan *plan;
	struct json_found *found;
	uint32_t number[FIND_COUNT];
	struct json_plan *id_plan; /* of a record, where only the id is ours */
	struct json_found id[1];
	struct buf line; /* with slack */
};

struct batch_reader *batch_reader_new(struct hash_seed seed)
{
	static const char *const paths[FIND_COUNT] = {
		[FIND_ID] = "id",
		[FIND_REPLY] = "meshq",
		[FIND_RETRY] = "meshq.retry_after_ms",
		[FIND_REASON] = "meshq.reason",
		[FIND_FAIL] = "meshq.fail",
	};
	struct batch_reader *r = mem_zeroed(1, sizeof *r);

	r->seed = seed;
	r->plan = json_plan_new();
	for (int i = 0; i < FIND_COUNT; i++)
		r->number[i] = json_plan_add(r->plan, paths[i]);
	r->found = mem_zeroed(json_plan_size(r->plan), sizeof *r->found);
	r->id_plan = json_plan_new();
	json_plan_add(r->id_plan, "id");
	return r;
}

void batch_reader_free(struct batch_reader *r)
{
	if (!r)
		return;
	json_plan_free(r->plan);
	json_plan_free(r->id_plan);
	free(r->found);
	buf_free(&r->line);
	free(r);
}

static slice without_indent(slice line)
{
	while (line.n && (*line.p == ' ' || *line.p == '\t'))
		line = (slice){ line.p + 1, line.n - 1 };
	return line;
}

/* A number that is no id, 1.5 say, is one that nobody has. */
static bool may_be_id(slice value)
{
	enum json_type type = json_type(value);

	return type == JSON_STRING || type == JSON_NUMBER;
}

enum batch_line batch_line_read(struct batch_reader *r, slice *line, struct key *id, slice *shown)
{
	struct json_error bad;

	*line = without_indent(*line);
	if (line->n == 0 || *line->p != '{')
		return BATCH_LINE_NONE;
	if (!json_scan(r->plan, json_text(&r->line, *line), r->found, &bad))
		return BATCH_LINE_BROKEN;
	*shown = r->found[r->number[FIND_ID]].text;
	slice reply = r->found[r->number[FIND_REPLY]].text;
	if (reply.p && json_type(reply) != JSON_OBJECT)
		return BATCH_LINE_BROKEN;
	if (!shown->p)
		return reply.p ? BATCH_LINE_COMMON : BATCH_LINE_NONE;
	if (!may_be_id(*shown))
		return BATCH_LINE_BROKEN;
	*id = json_fingerprint(r->seed, *shown);
	return BATCH_LINE_REPLY;
}

struct key batch_line_id(struct batch_reader *r, slice record)
{
	struct json_error bad;

	/* It was read before, so it can be read again. */
	if (!json_scan(r->id_plan, json_text(&r->line, record), r->id, &bad))
		r->id[0].text = (slice){ 0 };
	return json_fingerprint(r->seed, r->id[0].text);
}

/* ---- whose reply it is ---- */

/* Those with one id: a chain of numbers, each leading to the next. */
struct namesakes {
	struct key id;
	uint32_t first; /* without a reply; nobody: all have one */
	uint32_t last;
};

static const uint32_t nobody = UINT32_MAX;

struct batch_ids {
	struct table table;
	uint32_t added;
	uint32_t next[]; /* of the same id, by number */
};

struct batch_ids *batch_ids_new(uint32_t count)
{
	struct batch_ids *ids = mem_zeroed(1, sizeof *ids + count * sizeof *ids->next);

	table_init(&ids->table, sizeof(struct namesakes));
	return ids;
}

void batch_ids_free(struct batch_ids *ids)
{
	if (!ids)
		return;
	table_free(&ids->table);
	free(ids);
}

void batch_ids_add(struct batch_ids *ids, struct key id)
{
	uint32_t number = ids->added++;
	struct namesakes *n = table_find(&ids->table, id);

	ids->next[number] = nobody;
	if (n) {
		ids->next[n->last] = number;
	} else {
		n = table_put(&ids->table, id);
		n->first = number;
	}
	n->last = number;
}

enum batch_whose batch_ids_take(struct batch_ids *ids, struct key id, uint32_t *number)
{
	struct namesakes *n = table_find(&ids->table, id);

	if (!n)
		return BATCH_WHOSE_NOBODY;
	if (n->first == nobody)
		return BATCH_WHOSE_AGAIN;
	*number = n->first;
	n->first = ids->next[n->first];
	return BATCH_WHOSE_FOUND;
}
