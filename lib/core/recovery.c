/* recovery.c - see recovery.h. */
#include "core/recovery.h"

#include "base/mem.h"

#include <stdlib.h>

const char *recovery_state_name(enum recovery_state state)
{
	static const char *const names[] = {
		[RECOVERY_READY] = "ready",
		[RECOVERY_WAITING] = "waiting",
		[RECOVERY_EVICTED] = "evicted",
	};
	return names[state];
}

void recovery_init(struct recovery *r, const struct recovery_policy *policy)
{
	*r = (struct recovery){ .policy = policy };
}

static void handler_free(struct recovery_handler *h)
{
	free(h->name);
	free(h->reason);
}

void recovery_free(struct recovery *r)
{
	for (uint32_t i = 0; i < r->count; i++)
		handler_free(&r->handlers[i]);
	free(r->handlers);
	free(r->next);
	recovery_init(r, r->policy);
}

struct recovery_handler *recovery_find(const struct recovery *r, slice name)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (slice_is(name, r->handlers[i].name))
			return &r->handlers[i];
	return NULL;
}

static void begin_with(struct recovery *r, const char *name)
{
	char *next = name ? mem_text(name, strlen(name)) : NULL;

	free(r->next);
	r->next = next;
}

/* ---- which handlers there are ---- */

struct recovery_handler *recovery_add(struct recovery *r, slice name)
{
	if (recovery_find(r, name))
		return NULL;
	r->handlers = mem_resize(r->handlers, r->count + 1, sizeof *r->handlers);
	struct recovery_handler *h = &r->handlers[r->count++];
	*h = (struct recovery_handler){ .name = mem_text(name.p, name.n), .at = { INT64_MIN } };
	return h;
}

/* A pass that was to begin with handler i begins with the first behind it that stays. */
static void begin_behind(struct recovery *r, uint32_t i)
{
	if (!r->next || strcmp(r->next, r->handlers[i].name) != 0)
		return;
	while (i < r->count && !r->handlers[i].here)
		i++;
	begin_with(r, i < r->count ? r->handlers[i].name : NULL);
}

void recovery_sync(struct recovery *r, const char *const *names, uint32_t count,
                   void (*news)(void *user, const struct recovery_handler *h, bool added),
                   void *user)
{
	uint32_t kept = 0, known;

	for (uint32_t i = 0; i < r->count; i++)
		r->handlers[i].here = false;
	for (uint32_t i = 0; i < count; i++) {
		struct recovery_handler *h = recovery_find(r, slice_of(names[i]));
		if (h)
			h->here = true;
	}
	for (uint32_t i = 0; i < r->count; i++)
		if (!r->handlers[i].here) {
			begin_behind(r, i);
			if (news)
				news(user, &r->handlers[i], false);
		}
	for (uint32_t i = 0; i < r->count; i++)
		if (r->handlers[i].here)
			r->handlers[kept++] = r->handlers[i];
		else
			handler_free(&r->handlers[i]);
	r->count = known = kept;
	for (uint32_t i = 0; i < count; i++)
		recovery_add(r, slice_of(names[i]));
	for (uint32_t i = known; news && i < r->count; i++)
		news(user, &r->handlers[i], true);
}

/* ---- a pass ---- */

/* Waits are counted from the end of a run. A clock that has gone back behind that would make them
 * last as long as it has gone back; so they begin anew. */
static void heed_clock(struct recovery_handler *h, instant now)
{
	if (h->state != RECOVERY_WAITING || !instant_after(h->at, now))
		return;
	h->until = instant_add(now, instant_until(h->at, h->until));
	h->at = now;
}

static uint32_t first_turn(const struct recovery *r, bool nested)
{
	if (!r->policy->rotate || nested || !r->next)
		return 0;
	for (uint32_t i = 0; i < r->count; i++)
		if (strcmp(r->handlers[i].name, r->next) == 0)
			return i;
	return 0;
}

static void take(struct recovery_pass *p, struct recovery_handler *h)
{
	h->pass = p->number;
	h->nested = p->nested;
	p->turns[p->count++] = mem_text(h->name, strlen(h->name));
}

void recovery_begin(struct recovery *r, struct recovery_pass *p, bool nested, instant now)
{
	uint32_t first = first_turn(r, nested);

	*p = (struct recovery_pass){ .number = ++r->pass, .nested = nested };
	p->turns = r->count ? mem_zeroed(r->count, sizeof *p->turns) : NULL;
	for (uint32_t i = 0; i < r->count; i++) {
		struct recovery_handler *h = &r->handlers[(first + i) % r->count];

		if (!nested && !h->nested)
			h->pass = 0;
		heed_clock(h, now);
		if (!h->pass && h->state != RECOVERY_EVICTED)
			take(p, h);
	}
}

static void give_back(struct recovery_handler *h)
{
	h->pass = 0;
	h->nested = false;
}

void recovery_free_nested(struct recovery *r)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (r->handlers[i].nested)
			give_back(&r->handlers[i]);
}

uint64_t recovery_left(const struct recovery *r, const struct recovery_pass *p)
{
	uint32_t cap = r->policy->cap;

	if (!cap)
		return UINT64_MAX;
	return p->recovered < cap ? cap - p->recovered : 0;
}

bool recovery_ready(const struct recovery_handler *h, instant now)
{
	return h->state == RECOVERY_READY ||
	       (h->state == RECOVERY_WAITING && !instant_after(h->until, now));
}

/* The handler of the pass with that name: one that went and came back is not it. */
static struct recovery_handler *own(const struct recovery *r, const struct recovery_pass *p,
                                    slice name)
{
	struct recovery_handler *h = recovery_find(r, name);

	return h && h->pass == p->number ? h : NULL;
}

/* Its first turn that has not come, of a handler that is still there. */
static const char *first_left(const struct recovery *r, const struct recovery_pass *p)
{
	for (uint32_t i = p->done; i < p->count; i++)
		if (own(r, p, slice_of(p->turns[i])))
			return p->turns[i];
	return NULL;
}

struct recovery_handler *recovery_next(struct recovery *r, struct recovery_pass *p, instant now)
{
	struct recovery_handler *h = NULL;

	while (p->done < p->count && recovery_left(r, p)) {
		h = own(r, p, slice_of(p->turns[p->done++]));
		if (h && recovery_ready(h, now))
			break;
		p->waiting += h && h->state == RECOVERY_WAITING;
		h = NULL;
	}
	if (r->policy->rotate && !p->nested)
		begin_with(r, first_left(r, p));
	return h;
}

/* ---- what comes of a run ---- */

static bool is_fault(const struct recovery_policy *policy, enum recovery_end end)
{
	switch (end) {
	case RECOVERY_OK:
	case RECOVERY_NOTHING:
		return false;
	case RECOVERY_EXIT:
		return policy->exit_strikes;
	case RECOVERY_CRASH:
	case RECOVERY_TIMEOUT:
		break;
	}
	return true;
}

static void forgive(struct recovery_handler *h)
{
	h->state = RECOVERY_READY;
	h->strikes = 0;
	h->window = (span){ 0 };
}

static enum recovery_verdict strike(struct recovery_handler *h,
                                    const struct recovery_policy *policy, slice reason, instant now,
                                    uint64_t draw)
{
	const struct ladder *l = &policy->backoff;

	free(h->reason);
	h->reason = mem_text(reason.p, reason.n);
	if (h->strikes < UINT32_MAX)
		h->strikes++;
	if (policy->strikes && h->strikes >= policy->strikes) {
		h->state = RECOVERY_EVICTED;
		return RECOVERY_OUT;
	}
	h->window = h->strikes > 1 ? ladder_next(l, h->window) : l->initial;
	h->until = instant_add(now, ladder_jittered(l, h->window, draw));
	h->state = instant_after(h->until, now) ? RECOVERY_WAITING : RECOVERY_READY;
	return RECOVERY_STRUCK;
}

enum recovery_verdict recovery_ended(struct recovery *r, struct recovery_pass *p, slice name,
                                     enum recovery_end end, uint64_t recovered, slice reason,
                                     instant now, uint64_t draw)
{
	struct recovery_handler *h = own(r, p, name);
	uint64_t counts = end == RECOVERY_OK || end == RECOVERY_EXIT ? recovered : 0;

	p->recovered += counts;
	if (!h)
		return RECOVERY_GONE;
	h->runs += end != RECOVERY_NOTHING;
	h->recovered += counts;
	h->at = now;
	if (is_fault(r->policy, end))
		return strike(h, r->policy, reason, now, draw);
	forgive(h);
	return RECOVERY_FINE;
}

void recovery_finish(struct recovery *r, struct recovery_pass *p)
{
	for (uint32_t i = 0; i < p->count; i++) {
		struct recovery_handler *h = own(r, p, slice_of(p->turns[i]));

		if (h)
			give_back(h);
		free(p->turns[i]);
	}
	free(p->turns);
	*p = (struct recovery_pass){ 0 };
}

bool recovery_readmit(struct recovery_handler *h)
{
	bool had = h->strikes || h->state != RECOVERY_READY;

	forgive(h);
	return had;
}
