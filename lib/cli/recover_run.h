/* recover_run.h - a recovery handler as a process: started, listened to, ended, judged.
 *
 * One at a time. It has a process group of its own, which ends with it, an empty stdin, and no
 * descriptors but the three; what it writes is kept up to a limit, and one that writes more is
 * ended. While it runs, signals that stop us are for it. */
#ifndef MESHQ_RECOVER_RUN_H
#define MESHQ_RECOVER_RUN_H

#include "cli/recover_list.h"
#include "core/recovery.h"
#include "sys/handlers.h"

/* What a handler finds in its environment. */
struct recover_told {
	uint64_t pass;
	uint64_t left; /* recoveries under the cap; UINT64_MAX: any number */
};

struct recover_end {
	enum recovery_end how;
	bool unmade;       /* it could not be started, and that is no fault of its own ... */
	bool busy;         /* ... but somebody is still writing it; else it is the system's */
	bool stopped;      /* we were told to stop: nobody knows how it would have ended */
	int exit;          /* status, or -1 */
	int signal;        /* that killed it, or 0 */
	struct buf reason; /* why it failed, in words; empty: it has not */
	struct buf out;    /* what it wrote, with JSON_SLACK readable bytes behind it */
	struct buf said;   /* the last of what it complained */
	bool cut;          /* that was more */
};

struct recover_run {
	void (*asked)(void *user); /* SIGUSR1 has come: somebody wants to know how things are */
	void *user;
	struct handlers handlers;
	sigset_t ignored;
	int signals;    /* descriptor */
	uint32_t stops; /* signals that have come */
	int died_of;    /* the first of them */
	char **environment;
	struct buf words;
};

/* Blocks the signals that are for us; from now on they are read here. `asked` and `user` are kept.
 */
bool recover_run_open(struct recover_run *r, struct err *e);
void recover_run_close(struct recover_run *r);

/* Runs the handler with one argument, `verb`, to its end; *end is to be freed. Nothing counts as an
 * end when we were told to stop. */
void recover_run_one(struct recover_run *r, const struct recovery_policy *policy,
                     const struct recover_command *command, const char *verb,
                     const struct recover_told *told, struct recover_end *end);
void recover_end_free(struct recover_end *end);

/* Waits so long, or until we are told to stop: false then. */
bool recover_run_wait(struct recover_run *r, span wait);

/* Waits until the descriptor can be written to. False: we were told to stop twice, and give up. */
bool recover_run_wait_for(struct recover_run *r, int fd);

/* Whether we were told to stop; looks for news, does not wait. */
bool recover_run_stopped(struct recover_run *r);

#endif
