/* recover_store.h - what is known of recovery handlers, and the file that keeps it.
 *
 * Several processes may share one file: every change is one short transaction under FILE.lock, and
 * no handler runs inside of one. One pass at a time is the first, which has FILE.pass for itself;
 * all others that begin meanwhile are nested ones (recovery.h). Locks go with the process, so
 * nothing is left of one that was killed. Without a path there is only memory, and every pass is
 * the first. */
#ifndef MESHQ_RECOVER_STORE_H
#define MESHQ_RECOVER_STORE_H

#include "base/err.h"
#include "codec/recovery_file.h"

#include <sys/stat.h>

struct recover_store {
	const char *path; /* borrowed; NULL: nothing is kept */
	struct recovery registry;
	struct stat identity; /* of the file that was read or written last */
	bool loaded;
	int lock;     /* -1: outside of a transaction */
	int pass;     /* descriptor of FILE.pass; -1: no pass of ours is on its way */
	bool nested;  /* it is a nested one */
	bool unsaved; /* the last commit has failed: we know more than the file says */
	bool lasting; /* this transaction has to outlive a power cut, too */
};

void recover_store_init(struct recover_store *s, const char *path,
                        const struct recovery_policy *policy);
void recover_store_free(struct recover_store *s);

/* Takes the lock, and reads the file. False: it cannot be used, and is left alone; there is no
 * transaction. */
bool recover_store_begin(struct recover_store *s, struct err *e);

/* Reads without a lock or a change, for those who only look. */
bool recover_store_look(struct recover_store *s, struct err *e);

/* Inside of a transaction: a pass begins. s->nested says whether another is on its way. */
bool recover_store_enter(struct recover_store *s, struct err *e);

/* Ends the transaction: writes the file, and then gives the lock back. `leave`: the pass is over,
 * too. The disk is waited for when it is, or when the change is `lasting`; every other one is safe
 * from all but a power cut. On false the file is the old one, but we go on with what we know. */
bool recover_store_commit(struct recover_store *s, bool leave, struct err *e);

/* Ends it without a change. */
void recover_store_drop(struct recover_store *s);

#endif
