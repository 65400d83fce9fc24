/* gate_scene.h - a gate made from a preset as it is shipped, and questions to
 * it, for the gate's tests. */
#ifndef MESHQ_GATE_SCENE_H
#define MESHQ_GATE_SCENE_H

#include "codec/config.h"
#include "core/gate.h"
#include "t.h"

struct scene {
	struct policy policy;
	struct gate *gate;
	uint64_t ids;
};

/* A preset, changed by at most four settings. */
static inline void open_with(struct scene *w, const char *preset, const char *const *sets,
                             uint32_t count)
{
	struct err e = { 0 };
	struct config_sources sources = { .preset = preset, .sets = sets, .set_count = count };

	*w = (struct scene){ 0 };
	if (!OK(config_load(&w->policy, &sources, &e))) {
		printf("# %s\n", e.text);
		exit(1);
	}
	w->gate = gate_new(&w->policy);
}

static inline void open_preset(struct scene *w, const char *preset)
{
	open_with(w, preset, NULL, 0);
}

static inline void open_set(struct scene *w, const char *preset, const char *setting)
{
	open_with(w, preset, &setting, 1);
}

static inline void close_scene(struct scene *w)
{
	gate_free(w->gate);
	config_free(&w->policy);
}

enum { KEYS = 8 };

static inline struct key key_of(uint64_t n)
{
	return hash_bytes((struct hash_seed){ 3, 4 }, &n, sizeof n);
}

static inline const struct gate_class *fill(const struct scene *w, const char *kind, uint64_t key,
                                            struct key *keys)
{
	const struct gate_class *class = gate_class(w->gate, slice_of(kind));

	for (uint32_t i = 0; i < class->count; i++)
		keys[i] = w->policy.rules[class->rules[i]].key_count ? key_of(key)
		                                                     : (struct key){ 0 };
	return class;
}

/* An action of its own (id w->ids) asks for admission. */
static inline struct verdict ask_at(struct scene *w, const char *kind, uint64_t key, instant now)
{
	struct key keys[KEYS];
	const struct gate_class *class = fill(w, kind, key, keys);

	return gate_admit(w->gate, class, keys, ++w->ids, now);
}

static inline struct verdict ask(struct scene *w, const char *kind, uint64_t key, int64_t at_ms)
{
	return ask_at(w, kind, key, instant_ms(at_ms));
}

static inline void undo(struct scene *w, const char *kind, uint64_t key, uint64_t id)
{
	struct key keys[KEYS];
	const struct gate_class *class = fill(w, kind, key, keys);

	gate_undo(w->gate, class, keys, id);
}

static inline uint32_t rule(const struct scene *w, const char *name)
{
	for (uint32_t i = 0; i < w->policy.rule_count; i++)
		if (strcmp(w->policy.rules[i].name, name) == 0)
			return i;
	OK(false && "no such rule");
	return 0;
}

static inline void hold(struct scene *w, uint64_t daemon, instant until, int64_t at_ms)
{
	gate_hold(w->gate, rule(w, "daemon-backoff"), key_of(daemon), until, instant_ms(at_ms));
}

static inline void admitted(struct verdict v)
{
	EQ(v.decision, DECISION_ADMIT);
}

static inline void refused(const struct scene *w, struct verdict v, enum decision decision,
                           const char *name, int64_t until_ms)
{
	EQ(v.decision, decision);
	if (v.decision == DECISION_ADMIT)
		return;
	SAME(slice_of(w->policy.rules[v.rule].name), name);
	EQ(v.until.ns, instant_ms(until_ms).ns);
}

static inline void deferred(const struct scene *w, struct verdict v, const char *name,
                            int64_t until_ms)
{
	refused(w, v, DECISION_DEFER, name, until_ms);
}

static inline void gated(const struct scene *w, struct verdict v, int64_t until_ms)
{
	refused(w, v, DECISION_GATE, "daemon-backoff", until_ms);
}

static inline void ten_migrations_at(struct scene *w, int64_t at_ms)
{
	for (uint64_t i = 0; i < 10; i++)
		admitted(ask(w, "migrate_blob", 1, at_ms));
}

#endif
