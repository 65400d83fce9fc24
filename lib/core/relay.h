/* relay.h - back-pressure handed on to daemons: who has to be told what.
 *
 * Pure. Only the latest state counts: a daemon that could not be told yet learns what is so when it
 * can be, not what was so in between. Each way of telling has its own rule:
 *
 *	file    has the state at any time, whether the daemon runs or not; also at the start
 *	line    to a process, each change of state or level; a new process takes it for released
 *	signal  to a process that is up, each change of state; a new process takes it for released
 *
 * The driver tells what happens, then polls effects until there is none, and answers each: it was
 * told, or it has to wait. */
#ifndef MESHQ_RELAY_H
#define MESHQ_RELAY_H

#include "core/policy.h"

/* What a daemon can know of it. */
struct pressure {
	bool asserted;
	double level; /* 0..1; 0 when released */
};

/* Where the news come from. */
enum relay_source {
	RELAY_INPUT,
	RELAY_CONTROL,
};

enum relay_way {
	RELAY_FILE,
	RELAY_LINE,
	RELAY_SIGNAL,
	RELAY_WAYS,
};

struct relay_daemon {
	const struct daemon_policy *policy; /* borrowed: which ways it asks for */
	bool runs;
	bool up; /* it may be sent a signal */
	struct relay_channel {
		bool known; /* FILE: it has been written */
		bool waits; /* nothing can be told this way for now */
		struct pressure told;
	} channels[RELAY_WAYS];
};

struct relay_effect {
	uint32_t daemon;
	enum relay_way way;
	struct pressure pressure;
};

struct relay {
	struct relay_daemon *daemons;
	uint32_t count;
	uint32_t room;
	struct pressure now;
	enum relay_source source; /* of `now` */
};

void relay_free(struct relay *r);

/* Returns its number, from 0. It does not run yet. */
uint32_t relay_add(struct relay *r, const struct daemon_policy *policy);

/* ---- what has happened ---- */

/* A record came. The level of a released one does not count. */
void relay_show(struct relay *r, enum relay_source source, struct pressure now);

/* No more will come from there: what it has asserted last is released. */
void relay_over(struct relay *r, enum relay_source source);

/* A process was started; one without a ready_fd counts as up from then on. */
void relay_started(struct relay *r, uint32_t i);
void relay_ready(struct relay *r, uint32_t i);
/* It was told to end: no more signals. */
void relay_ending(struct relay *r, uint32_t i);
void relay_ended(struct relay *r, uint32_t i);

/* ---- what to do ---- */

/* The next effect; it stays the next one until it has an answer. */
bool relay_poll(const struct relay *r, struct relay_effect *effect);

/* The answers. After relay_wait nothing comes for that way until relay_retry or a new process. */
void relay_told(struct relay *r, const struct relay_effect *effect);
void relay_wait(struct relay *r, const struct relay_effect *effect);

/* All that wait may be told now. */
void relay_retry(struct relay *r);

/* Something is to be told that waits. */
bool relay_waits(const struct relay *r);

#endif
