#include "cli/batch.h"

#include "base/mem.h"
#include "sys/loop.h"

#include <stdlib.h>
#include <sys/wait.h>

enum { REASON_TAIL = 4096 }; /* of stderr: the reasons are found again for every action */

static const char unread[] = "a reply of its batch could not be read, and may have been for it";
static const char too_long[] = "a reply of its batch was too long, and may have been for it";
static const char told_before[] = "it was told to end before it had replied";
static const char others_time[] = "the time of another action of its batch was over";

/* ---- what it says ---- */

/* With one process at a time free in a replay, all of its replies but the last may be
 * handed over before it ends: it is not gone before the last one is. */
static bool waits_for_end(const struct batch *b)
{
	return b->unanswered == 0 && loop_replays(b->hall->loop);
}

static void tell_reply(struct batch *b, uint32_t number, slice line)
{
	loop_ended(b->hall->loop, &(struct run_end){ .how = RUN_REPLIED,
	                                             .action = b->mates[number]->action,
	                                             .out = line });
}

static void answer(struct batch *b, uint32_t number, slice line)
{
	b->answered[number] = true;
	b->unanswered--;
	if (waits_for_end(b)) {
		buf_add_slice(&b->last, line);
		b->last_number = number;
		return;
	}
	tell_reply(b, number, line);
}

static void fault(struct batch *b, enum batch_fault f, slice what)
{
	b->hall->fault(b->hall->user, f, what);
}

static void reply(struct batch *b, struct key id, slice shown, slice line)
{
	uint32_t number;

	switch (batch_ids_take(b->ids, id, &number)) {
	case BATCH_WHOSE_FOUND:
		answer(b, number, line);
		break;
	case BATCH_WHOSE_AGAIN:
		fault(b, BATCH_FAULT_AGAIN, shown);
		break;
	case BATCH_WHOSE_NOBODY:
		fault(b, BATCH_FAULT_NOBODY, shown);
		break;
	}
}

static void broken(struct batch *b, enum batch_fault f, slice line)
{
	b->doubt = f == BATCH_FAULT_LONG ? too_long : unread;
	fault(b, f, line);
}

/* A second one is likely a reply that has lost its id. */
static void say_of_all(struct batch *b, slice line)
{
	if (b->common.n)
		broken(b, BATCH_FAULT_BROKEN, line);
	else
		buf_add_slice(&b->common, line);
}

static void hear(struct batch *b, slice line)
{
	struct key id;
	slice shown;
	enum batch_line kind = batch_line_read(b->hall->reader, &line, &id, &shown);

	if (b->out.cut && kind != BATCH_LINE_NONE) {
		broken(b, BATCH_FAULT_LONG, line);
		return;
	}
	switch (kind) {
	case BATCH_LINE_NONE:
		break;
	case BATCH_LINE_REPLY:
		reply(b, id, shown, line);
		break;
	case BATCH_LINE_COMMON:
		say_of_all(b, line);
		break;
	case BATCH_LINE_BROKEN:
		broken(b, BATCH_FAULT_BROKEN, line);
		break;
	}
}

static void see(void *user, slice bytes)
{
	struct batch *b = user;
	slice line;

	while (cut_next(&b->out, &bytes, &line))
		hear(b, line);
}

/* ---- life ---- */

struct batch *batch_new(const struct batch_hall *hall, struct batch_mate **mates, uint32_t count)
{
	struct batch *b = mem_zeroed(1, sizeof *b);

	b->hall = hall;
	b->watcher = (struct child_watcher){ .see = see, .user = b };
	b->mates = mates;
	b->count = b->unanswered = b->left = count;
	b->answered = mem_zeroed(count, sizeof *b->answered);
	b->out.most = hall->most;
	b->ids = batch_ids_new(count);
	for (uint32_t i = 0; i < count; i++) {
		mates[i]->batch = b;
		mates[i]->number = i;
		batch_ids_add(b->ids, mates[i]->id);
	}
	return b;
}

void batch_free(struct batch *b)
{
	for (uint32_t i = 0; i < b->count; i++)
		free(b->mates[i]);
	free(b->mates);
	free(b->answered);
	batch_ids_free(b->ids);
	cut_free(&b->out);
	buf_free(&b->common);
	buf_free(&b->last);
	free(b);
}

void batch_begin(struct batch *b)
{
	for (uint32_t i = 0; i < b->count; i++)
		loop_began(b->hall->loop, b->mates[i]->action);
}

void batch_taken(struct batch *b, struct batch_mate *m)
{
	b->mates[m->number] = NULL;
	b->left--;
	free(m);
}

bool batch_over(const struct batch *b)
{
	return b->ended && b->left == 0;
}

/* ---- its end ---- */

void batch_fail(struct batch *b, int code, const char *why)
{
	b->ended = true;
	for (uint32_t i = 0; i < b->count; i++)
		loop_ended(b->hall->loop, &(struct run_end){ .how = RUN_NO_PROCESS,
		                                             .action = b->mates[i]->action,
		                                             .code = code,
		                                             .why = why });
}

/* In a replay the limit is that of the process, and the first whose time is over ends it. */
static bool time_was_over(const struct batch *b, const struct batch_mate *m,
                          const struct handler *h)
{
	span timeout = engine_timeout(b->hall->loop->engine, m->action);

	return m->told || (h->overdue && timeout.ns > 0 && timeout.ns <= b->limit.ns);
}

static void share_end(struct batch *b, const struct batch_mate *m, const struct handler *h)
{
	bool over = time_was_over(b, m, h);
	slice err = child_tail(&h->child.err_tail, h->child.capture);
	struct run_end end = {
		.how = RUN_EXITED,
		.action = m->action,
		.status = h->status,
		.out = buf_slice(&b->common),
		.err = err.n > REASON_TAIL ? (slice){ err.p + err.n - REASON_TAIL, REASON_TAIL }
		                           : err,
		.timed_out = over && h->overdue,
		.told = true,
		.why = over ? told_before : b->doubt,
	};

	if (!over && (b->told || h->overdue)) {
		end.how = RUN_LOST;
		end.why = others_time;
	}
	loop_ended(b->hall->loop, &end);
}

void batch_end(struct batch *b, const struct handler *h)
{
	slice line;

	if (cut_rest(&b->out, &line))
		hear(b, line);
	b->ended = true;
	if (b->last.n)
		tell_reply(b, b->last_number, buf_slice(&b->last));
	for (uint32_t i = 0; i < b->count; i++)
		if (!b->answered[i])
			share_end(b, b->mates[i], h);
}
