/* heed.h - whether a process waits for a signal, or would only die of it. */
#ifndef MESHQ_HEED_H
#define MESHQ_HEED_H

#include <stdbool.h>
#include <sys/types.h>

/* It catches the signal, or blocks it to fetch it by itself. Also true when nobody can say. */
bool heed_catches(pid_t pid, int signal);

#endif
