/* supervise_state.h - what the files of supervise share, and nobody else uses. */
#ifndef MESHQ_SUPERVISE_STATE_H
#define MESHQ_SUPERVISE_STATE_H

#include "cli/supervise.h"

/* ---- supervise_loop.c ---- */

/* A transaction over the trackers, which ends before the next wait; s->now is set. */
void supervise_begin(struct supervise *s);

/* All are told to end; the second time: killed. */
void supervise_stop(struct supervise *s);

/* So much waits to be written that no input is taken. */
bool supervise_is_crowded(const struct supervise *s);

/* ---- supervise_time.c ---- */

/* Sets s->now. */
void supervise_read_clock(struct supervise *s);

/* A replay, until it is told to end: what still runs has its grace in real time. */
bool supervise_replays(const struct supervise *s);

bool supervise_runs(const struct supervise *s);

/* When something is due though nothing happens. */
instant supervise_deadline(const struct supervise *s);

/* When a process has to be ready, or to have ended, which it has to in real time, also in a replay;
 * NEVER when none has to. */
instant supervise_process_deadline(const struct supervise *s);

/* After a wait in a replay: time comes to that deadline when so much real time has passed. */
void supervise_show_patience(struct supervise *s);

/* In a replay time stands still while anything runs, and goes to the next deadline or record
 * otherwise; but a record that is there moves it in any case. True: it did. */
bool supervise_jump(struct supervise *s);

/* ---- supervise_perform.c ---- */

void supervise_perform(struct supervise *s, const struct supervisor_effect *f);
void supervise_serve_daemons(struct supervise *s, const struct pollfd *fds);

/* ---- supervise_wait.c ---- */

/* For anything at all, and deals with it. */
void supervise_wait(struct supervise *s);

/* What daemons wrote is passed on before we go, unless nobody will ever read it. */
void supervise_drain(struct supervise *s);

/* ---- supervise_tell.c ---- */

/* An EVENT or a HOLD: its record, and what it is worth on standard error. */
void supervise_tell_event(struct supervise *s, const struct supervisor_effect *f);
void supervise_tell_hold(struct supervise *s, const struct supervisor_effect *f);

/* How all of them are, on standard error. */
void supervise_tell_all(const struct supervise *s);

#endif
