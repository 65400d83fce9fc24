#include "cli/backoff_store.h"

#include "codec/backoff_file.h"
#include "codec/json.h"
#include "sys/file.h"

#include <string.h>
#include <unistd.h>

void backoff_store_init(struct backoff_store *s, const char *path,
                        const struct backoff_policy *policy, struct hash_seed seed,
                        uint64_t jitter_seed)
{
	*s = (struct backoff_store){ .path = path, .seed = seed, .lock = -1 };
	backoff_set_init(&s->set, policy, jitter_seed);
}

void backoff_store_free(struct backoff_store *s)
{
	backoff_set_free(&s->set);
	if (s->lock >= 0)
		close(s->lock);
	*s = (struct backoff_store){ .lock = -1 };
}

/* Zeroes stand for a file that is not there. */
static struct stat identify(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		memset(&st, 0, sizeof st);
	return st;
}

/* A file that was replaced is another inode, or at least has another time. */
static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool backoff_store_stale(const struct backoff_store *s)
{
	if (!s->path)
		return false;
	struct stat now = identify(s->path);
	return !s->loaded || (now.st_ino && !same(&now, &s->identity));
}

static bool read_set(const struct backoff_store *s, struct backoff_set *set, struct err *e)
{
	struct buf text = { 0 };
	bool found;
	bool good = file_read(s->path, &text, &found, e);

	if (good) {
		memset(buf_reserve(&text, JSON_SLACK), 0, JSON_SLACK);
		good = backoff_file_read(set, s->seed, s->path, buf_slice(&text), e);
	}
	buf_free(&text);
	return good;
}

bool backoff_store_load(struct backoff_store *s, struct backoff_set *before, bool *news,
                        struct err *e)
{
	struct backoff_set fresh;

	*news = false;
	if (!backoff_store_stale(s))
		return true;
	/* Before reading: should it be replaced in between, it is read again. */
	struct stat identity = identify(s->path);
	backoff_set_init(&fresh, s->set.policy, 0);
	if (!read_set(s, &fresh, e)) {
		backoff_set_free(&fresh);
		return false;
	}
	fresh.rng = s->set.rng;
	fresh.forget = s->set.forget;
	*before = s->set;
	s->set = fresh;
	s->identity = identity;
	s->loaded = *news = true;
	return true;
}

bool backoff_store_begin(struct backoff_store *s, struct err *e)
{
	if (s->path && s->lock < 0)
		s->lock = s->patience.ns ? file_lock_within(s->path, s->patience, e)
		                         : file_lock(s->path, e);
	return !s->path || s->lock >= 0;
}

bool backoff_store_commit(struct backoff_store *s, struct err *e)
{
	struct buf text = { 0 };
	bool good = true;

	if (s->lock < 0)
		return true;
	if (s->changed) {
		backoff_file_write(&s->set, &text);
		good = file_replace(s->path, buf_slice(&text), e);
		buf_free(&text);
		s->identity = identify(s->path);
		s->changed = !good;
	}
	close(s->lock);
	s->lock = -1;
	return good;
}
