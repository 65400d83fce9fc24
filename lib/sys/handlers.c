#include "sys/handlers.h"

#include "base/mem.h"
#include "sys/clock.h"

#include <stdlib.h>
#include <string.h>

void handlers_release(struct handler *r)
{
	if (!r)
		return;
	child_free(&r->child);
	free(r);
}

void handlers_free(struct handlers *h)
{
	for (uint32_t i = 0; i < h->count; i++) {
		struct handler *r = h->list[i];

		if (!r->ended) {
			child_signal(&r->child, SIGKILL);
			child_reap(&r->child, &r->status);
		}
		handlers_release(r);
	}
	free(h->list);
	*h = (struct handlers){ 0 };
}

bool handlers_start(struct handlers *h, void *owner, const struct child_command *command,
                    size_t capture, span limit, int *code, struct err *e)
{
	struct handler *r = mem_zeroed(1, sizeof *r);

	if (!child_start(&r->child, command, capture, code, e)) {
		handlers_release(r);
		return false;
	}
	r->owner = owner;
	r->deadline = limit.ns > 0 ? tick_sum(clock_monotonic(), limit.ns) : INT64_MAX;
	if (h->count == h->room) {
		h->room = h->room ? h->room * 2 : 8;
		h->list = mem_resize(h->list, h->room, sizeof *h->list);
	}
	h->list[h->count++] = r;
	return true;
}

/* One that is stopped is woken, or it could not end as TERM asks it to. */
static void tell(struct handler *r, int signal)
{
	child_signal(&r->child, signal);
	if (signal == SIGTERM)
		child_signal(&r->child, SIGCONT);
	r->told = true;
}

void handlers_signal(struct handlers *h, const void *owner, int signal)
{
	for (uint32_t i = 0; i < h->count; i++)
		if (h->list[i]->owner == owner)
			tell(h->list[i], signal);
}

void handlers_signal_all(struct handlers *h, int signal)
{
	for (uint32_t i = 0; i < h->count; i++)
		tell(h->list[i], signal);
}

void handlers_end_all(struct handlers *h, bool now)
{
	int64_t deadline = tick_sum(clock_monotonic(), h->kill_after.ns);

	for (uint32_t i = 0; i < h->count; i++) {
		struct handler *r = h->list[i];

		if (r->ended)
			continue;
		tell(r, now ? SIGKILL : SIGTERM);
		r->deadline = now ? INT64_MAX : deadline;
		r->ending = true;
	}
}

void handlers_limit(struct handlers *h, const void *owner, span limit)
{
	int64_t deadline = tick_sum(clock_monotonic(), limit.ns);

	for (uint32_t i = 0; i < h->count; i++)
		if (h->list[i]->owner == owner && deadline < h->list[i]->deadline &&
		    !h->list[i]->told)
			h->list[i]->deadline = deadline;
}

/* ---- watching ---- */

enum { WATCHED = 3 };

uint32_t handlers_watched(const struct handlers *h)
{
	return h->count * WATCHED;
}

void handlers_watch(const struct handlers *h, struct pollfd *fds)
{
	for (uint32_t i = 0; i < h->count; i++) {
		const struct handler *r = h->list[i];
		const struct child *c = &r->child;

		*fds++ = (struct pollfd){ .fd = r->ended ? -1 : c->pidfd, .events = POLLIN };
		bool heard = !r->ended && child_is_heard(c);
		*fds++ = (struct pollfd){ .fd = heard ? c->out : -1, .events = POLLIN };
		*fds++ = (struct pollfd){ .fd = r->ended ? -1 : c->err, .events = POLLIN };
	}
}

/* TERM when the limit passes, KILL when the time after it has passed as well. */
static void enforce_limit(struct handler *r, span kill_after, int64_t now)
{
	if (r->ended || now < r->deadline)
		return;
	bool last = r->overdue || r->ending;

	tell(r, last ? SIGKILL : SIGTERM);
	r->deadline = last ? INT64_MAX : tick_sum(now, kill_after.ns);
	r->overdue |= !r->ending;
}

/* Until it is reaped the process keeps its group's number from being reused. */
static void reap(struct handler *r, bool whole)
{
	if (r->told || whole)
		child_signal(&r->child, SIGKILL);
	child_reap(&r->child, &r->status);
	r->ended = true;
}

/* CLOCK_MONOTONIC ns; INT64_MAX when there is none. */
static int64_t next_limit(const struct handlers *h)
{
	int64_t first = INT64_MAX;

	for (uint32_t i = 0; i < h->count; i++)
		if (!h->list[i]->ended && h->list[i]->deadline < first)
			first = h->list[i]->deadline;
	return first;
}

void handlers_serve(struct handlers *h, const struct pollfd *fds)
{
	int64_t now = next_limit(h) == INT64_MAX ? 0 : clock_monotonic();

	for (uint32_t i = 0; i < h->count; i++, fds += WATCHED) {
		struct handler *r = h->list[i];

		if (fds[0].revents) {
			/* The end was seen before the streams were looked at, if they were:
			 * not that of a handler that has to wait. */
			r->child.drained = fds[1].fd == r->child.out &&
			                   !((fds[1].revents | fds[2].revents) & POLLIN);
			reap(r, h->whole);
			continue;
		}
		if (fds[1].revents)
			child_read(&r->child, fds[1].fd);
		if (fds[2].revents)
			child_read(&r->child, fds[2].fd);
		enforce_limit(r, h->kill_after, now);
	}
}

struct handler *handlers_take(struct handlers *h, bool in_order)
{
	for (uint32_t i = 0; i < h->count; i++) {
		struct handler *r = h->list[i];

		if (r->ended) {
			h->count--;
			memmove(h->list + i, h->list + i + 1, (h->count - i) * sizeof *h->list);
			return r;
		}
		if (in_order)
			break;
	}
	return NULL;
}

span handlers_wait(const struct handlers *h)
{
	int64_t limit = next_limit(h);

	return limit == INT64_MAX ? SPAN_MAX : (span){ limit - clock_monotonic() };
}
