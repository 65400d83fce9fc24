/* spool_file.h - the inside of spool.h: the file as a whole. Only spool.c includes it. */
#ifndef MESHQ_SPOOL_FILE_H
#define MESHQ_SPOOL_FILE_H

#include "cli/spool.h"

/* The outcomes that wait. */
void spool_held_init(struct spool *s);

/* Replaces the file by the shortest one that says the same; everything is flushed. False:
 * the file is as it was. */
bool spool_file_compact(struct spool *s, struct err *e);

/* Closes, unlocks and frees. */
void spool_file_close(struct spool *s);

#endif
