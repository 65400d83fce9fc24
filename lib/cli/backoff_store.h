/* backoff_store.h - the trackers, and the file that keeps them between runs.
 *
 * Several processes may share one file. Every change is one transaction: take
 * the lock, read the file again when somebody else has replaced it, change,
 * write, give the lock back. Nothing waits for a pipe inside of one. Without a
 * path there is only memory, and the same calls do nothing. */
#ifndef MESHQ_BACKOFF_STORE_H
#define MESHQ_BACKOFF_STORE_H

#include "base/err.h"
#include "core/backoff_set.h"

#include <sys/stat.h>

struct backoff_store {
	const char *path; /* borrowed; NULL: nothing is kept */
	struct hash_seed seed;
	struct backoff_set set;
	bool loaded;
	struct stat identity; /* of the file that was read or written last */
	int lock;             /* -1: outside of a transaction */
	bool changed;         /* the file has to be written */
	span patience;        /* for the lock, as long as this; 0: for ever */
};

void backoff_store_init(struct backoff_store *s, const char *path,
                        const struct backoff_policy *policy, struct hash_seed seed,
                        uint64_t jitter_seed);
void backoff_store_free(struct backoff_store *s);

/* Somebody else has replaced the file. One that was removed is not missed: the
 * next commit writes it anew. */
bool backoff_store_stale(const struct backoff_store *s);

/* Reads the file when it is new to us: *news is true then, and the set that was
 * there before is handed over in *before, for the caller to free. False: the file
 * cannot be used, and is left alone. */
bool backoff_store_load(struct backoff_store *s, struct backoff_set *before, bool *news,
                        struct err *e);

/* Takes the lock, unless we have it. A load should follow. False: there can be no lock, or
 * somebody has kept it for longer than our patience (STATUS_DEFERRED). */
bool backoff_store_begin(struct backoff_store *s, struct err *e);

/* Writes the file if `changed`, and gives the lock back. On false `changed`
 * stays set, so the next commit tries again. */
bool backoff_store_commit(struct backoff_store *s, struct err *e);

static inline bool backoff_store_open(const struct backoff_store *s)
{
	return s->lock >= 0;
}

#endif
