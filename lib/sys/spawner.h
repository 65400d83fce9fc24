/* spawner.h - the runner that starts a process for each action. */
#ifndef MESHQ_SPAWNER_H
#define MESHQ_SPAWNER_H

#include "sys/handlers.h"
#include "sys/runner.h"

struct spawner {
	struct runner runner;
	struct loop *loop;
	struct handlers handlers;
};

void spawner_open(struct spawner *s, struct loop *l, span kill_after);

/* Kills what still runs. */
void spawner_close(struct spawner *s);

#endif
