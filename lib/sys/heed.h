/* heed.h - how a process stands to a signal. True also stands for: nobody can say. */
#ifndef MESHQ_HEED_H
#define MESHQ_HEED_H

#include <stdbool.h>
#include <sys/types.h>

/* It catches the signal, or blocks it to fetch it by itself; else it may die of it. */
bool heed_catches(pid_t pid, int signal);

/* It has had all signals of this number that it was sent. Until then another one may overtake it:
 * the lower number comes first. */
bool heed_has_had(pid_t pid, int signal);

#endif
