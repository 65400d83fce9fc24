/* recovery_scene.h - a recovery registry, and handlers with names of one character. */
#ifndef MESHQ_RECOVERY_SCENE_H
#define MESHQ_RECOVERY_SCENE_H

#include "core/recovery.h"
#include "t.h"

#include "base/buf.h"

static const struct recovery_policy meshos = { .strikes = 1, .slots = 4 };
static const struct recovery_policy robust = {
	.exit_strikes = true,
	.probe = true,
	.strikes = 3,
	.backoff = { .initial = { NS_PER_S }, .factor = 2, .max = { 300 * NS_PER_S } },
	.cap = 4,
	.slots = 4,
	.rotate = true,
};

/* What the handlers of a test do, and what has happened. */
struct scene {
	struct recovery r;
	instant now;
	struct buf log; /* the names of those that ran, and verdicts */
	char crashes;   /* the handler with this name crashes */
	char greedy;    /* this one and those behind it report 4 */
};

/* The directory has these handlers, a character each. */
static inline void there_are(struct scene *s, const char *names)
{
	const char *list[16];
	char text[16][2] = { 0 };
	uint32_t n = 0;

	for (; names[n]; n++) {
		text[n][0] = names[n];
		list[n] = text[n];
	}
	recovery_sync(&s->r, list, n, NULL, NULL);
}

static inline void scene_init(struct scene *s, const struct recovery_policy *policy,
                              const char *names)
{
	*s = (struct scene){ 0 };
	recovery_init(&s->r, policy);
	there_are(s, names);
}

static inline void scene_free(struct scene *s)
{
	recovery_free(&s->r);
	buf_free(&s->log);
}

static inline struct recovery_handler *handler(const struct scene *s, const char *name)
{
	return recovery_find(&s->r, slice_of(name));
}

static inline enum recovery_verdict end(struct scene *s, struct recovery_pass *p, const char *name,
                                        enum recovery_end how, uint64_t recovered)
{
	return recovery_ended(&s->r, p, slice_of(name), how, recovered, SLICE("killed by SEGV"),
	                      s->now, 0);
}

static inline void run(struct scene *s, struct recovery_pass *p, const char *name)
{
	char c = name[0];
	bool greedy = s->greedy && c >= s->greedy;

	buf_add_char(&s->log, c);
	switch (end(s, p, name, c == s->crashes ? RECOVERY_CRASH : RECOVERY_OK, greedy ? 4 : 1)) {
	case RECOVERY_FINE:
		break;
	case RECOVERY_STRUCK:
		buf_add_char(&s->log, '!');
		break;
	case RECOVERY_OUT:
		buf_add_char(&s->log, '#');
		break;
	case RECOVERY_GONE:
		buf_add_char(&s->log, '?');
		break;
	}
}

static inline void rest_of_pass(struct scene *s, struct recovery_pass *p)
{
	struct recovery_handler *h;

	while ((h = recovery_next(&s->r, p, s->now)))
		run(s, p, h->name);
}

/* Who ran in a pass, in order; "!" behind one that was struck, "#" behind one that was evicted. */
static inline slice pass(struct scene *s)
{
	struct recovery_pass p;

	buf_clear(&s->log);
	recovery_begin(&s->r, &p, false, s->now);
	rest_of_pass(s, &p);
	recovery_finish(&s->r, &p);
	return buf_slice(&s->log);
}

static inline void after(struct scene *s, int64_t ms)
{
	s->now = instant_add(s->now, span_ms(ms));
}

#endif
