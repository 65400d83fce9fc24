#include "sys/runners.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct runners_end {
	struct action *action;
	struct result result;
};

void runners_free(struct runners *rs)
{
	for (uint32_t i = 0; i < rs->end_count; i++) {
		free(rs->ends[i].result.reason);
		free(rs->ends[i].result.output);
	}
	free(rs->ends);
	free(rs->list);
	*rs = (struct runners){ 0 };
}

void runners_add(struct runners *rs, struct runner *r)
{
	rs->list = mem_resize(rs->list, rs->count + 1, sizeof(struct runner *));
	rs->list[rs->count++] = r;
}

uint32_t runners_watched(const struct runners *rs)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rs->count; i++)
		n += rs->list[i]->ops->watched(rs->list[i]);
	return n;
}

void runners_watch(const struct runners *rs, struct pollfd *fds)
{
	for (uint32_t i = 0; i < rs->count; i++) {
		rs->list[i]->ops->watch(rs->list[i], fds);
		fds += rs->list[i]->ops->watched(rs->list[i]);
	}
}

void runners_serve(const struct runners *rs, const struct pollfd *fds)
{
	for (uint32_t i = 0; i < rs->count; i++) {
		uint32_t n = rs->list[i]->ops->watched(rs->list[i]); /* before it acts */

		rs->list[i]->ops->serve(rs->list[i], fds);
		fds += n;
	}
}

span runners_wait(const struct runners *rs)
{
	span least = SPAN_MAX;

	for (uint32_t i = 0; i < rs->count; i++) {
		span wait = rs->list[i]->ops->wait(rs->list[i]);
		if (wait.ns < least.ns)
			least = wait;
	}
	return least;
}

void runners_rest(const struct runners *rs)
{
	for (uint32_t i = 0; i < rs->count; i++)
		if (rs->list[i]->ops->rest)
			rs->list[i]->ops->rest(rs->list[i]);
}

void runners_tell(const struct runners *rs, const struct action *a, int signal)
{
	for (uint32_t i = 0; i < rs->count; i++)
		rs->list[i]->ops->tell(rs->list[i], a, signal);
}

void runners_turn(const struct runners *rs, const struct action *a)
{
	for (uint32_t i = 0; i < rs->count; i++)
		if (rs->list[i]->ops->turn)
			rs->list[i]->ops->turn(rs->list[i], a);
}

void runners_taken(const struct runners *rs, struct action *a)
{
	for (uint32_t i = 0; i < rs->count; i++)
		if (rs->list[i]->ops->taken)
			rs->list[i]->ops->taken(rs->list[i], a);
}

bool runners_all_end(const struct runners *rs, bool hurry)
{
	bool ended = true;

	for (uint32_t i = 0; i < rs->count; i++)
		ended &= rs->list[i]->ops->end(rs->list[i], hurry);
	return ended;
}

/* ---- ends that wait ---- */

void runners_keep(struct runners *rs, struct action *a, const struct result *result)
{
	if (rs->end_count == rs->end_room) {
		rs->end_room = rs->end_room ? 2 * rs->end_room : 8;
		rs->ends = mem_resize(rs->ends, rs->end_room, sizeof *rs->ends);
	}
	rs->ends[rs->end_count++] = (struct runners_end){ a, *result };
}

bool runners_next(struct runners *rs, struct action **a, struct result *result)
{
	uint32_t i = 0;

	while (*a && i < rs->end_count && rs->ends[i].action != *a)
		i++;
	if (i == rs->end_count)
		return false;
	*a = rs->ends[i].action;
	*result = rs->ends[i].result;
	rs->end_count--;
	memmove(rs->ends + i, rs->ends + i + 1, (rs->end_count - i) * sizeof *rs->ends);
	return true;
}
