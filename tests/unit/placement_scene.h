/* placement_scene.h - placements told in words, for placement_test.c:
 *
 *	told("n1; n2 down; n3 in a; g/0 at n1; g/1 at n2 down standby in a @7; g @9");
 *	SAME(pass(), "g/1 n2>n3 @10\n");
 */
#ifndef MESHQ_PLACEMENT_SCENE_H
#define MESHQ_PLACEMENT_SCENE_H

#include "base/buf.h"
#include "core/placement.h"
#include "t.h"

static struct recovery_policy scene_policy;
static struct placement *scene;
static struct placement_sum sum;
static struct buf scene_heard;

/* A new one: of the reference, or with `rotate`. */
static inline void fresh(bool rotate)
{
	placement_free(scene);
	scene_policy = (struct recovery_policy){ .slots = 4, .rotate = rotate };
	scene = placement_new(&scene_policy, (struct hash_seed){ 1, 2 });
}

static inline void scene_close(void)
{
	placement_free(scene);
	scene = NULL;
	buf_free(&scene_heard);
}

/* The words behind the first one. */
static inline void scene_words(struct slot_news *news, char **words)
{
	for (char *word; (word = strtok_r(NULL, " ", words)) != NULL;) {
		if (strcmp(word, "at") == 0)
			news->node = slice_of(strtok_r(NULL, " ", words));
		else if (strcmp(word, "in") == 0)
			news->zone = slice_of(strtok_r(NULL, " ", words));
		else if (strcmp(word, "down") == 0)
			news->healthy = false;
		else if (strcmp(word, "active") == 0)
			news->role = SLOT_ACTIVE;
		else if (strcmp(word, "standby") == 0)
			news->role = SLOT_STANDBY;
		else if (*word == '@')
			news->term = strtoull(word + 1, NULL, 10);
		else
			printf("# what is %s?\n", word), OK(false);
	}
}

static inline void told(const char *text)
{
	char copy[1000], *statements = NULL;

	snprintf(copy, sizeof copy, "%s", text);
	for (char *s = strtok_r(copy, ";", &statements); s; s = strtok_r(NULL, ";", &statements)) {
		char *words = NULL, *name = strtok_r(s, " ", &words), *slash = strchr(name, '/');
		struct slot_news news = { .healthy = true };

		scene_words(&news, &words);
		if (slash) {
			*slash = '\0';
			news.group = slice_of(name);
			news.slot = strtoull(slash + 1, NULL, 10);
			placement_slot(scene, &news);
		} else if (news.term) {
			placement_group(scene, slice_of(name), news.term);
		} else {
			placement_node(scene, &(struct node_news){ slice_of(name), news.healthy,
			                                           news.zone });
		}
	}
}

static inline void scene_hear(void *user, const struct placed *s)
{
	struct buf *out = user;

	buf_addf(out, "%.*s/%" PRIu64 " %.*s", SLICE_ARG(s->group), s->slot, SLICE_ARG(s->from));
	if (!s->node.n) {
		buf_addf(out, " %s\n", s->crowded ? "crowded" : "nowhere");
		return;
	}
	buf_addf(out, ">%.*s", SLICE_ARG(s->node));
	buf_addf(out, "%s @%" PRIu64 "\n", s->role == SLOT_STANDBY ? " standby" : "", s->term);
}

/* A pass, in words; what it did is in `sum`. */
static inline slice pass(void)
{
	buf_clear(&scene_heard);
	sum = placement_pass(scene, scene_hear, &scene_heard);
	return buf_slice(&scene_heard);
}

#endif
