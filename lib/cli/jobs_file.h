/* jobs_file.h - the file of -j FILE: a number of jobs that may change while we run.
 *
 * It is read again at each look: it is short, and no stamp of a file tells for certain
 * that it is the same. What cannot be used leaves the number as it was, and is told when
 * two looks have found it so: a writer that was met half way is nobody's mistake. */
#ifndef MESHQ_JOBS_FILE_H
#define MESHQ_JOBS_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "codec/jobs.h"

struct jobs_file {
	const char *path;
	uint32_t processors;
	uint32_t jobs;   /* the last good number */
	struct buf seen; /* what was wrong at the last look; empty: nothing */
	bool told;       /* what is wrong has been */
};

enum jobs_file_news {
	JOBS_FILE_SAME,
	JOBS_FILE_NEW, /* `jobs` is another number */
	JOBS_FILE_BAD, /* since the look before, and now it is certain: e says why */
};

/* For the first time: it has to have a number. */
bool jobs_file_open(struct jobs_file *f, const char *path, uint32_t processors, struct err *e);

enum jobs_file_news jobs_file_look(struct jobs_file *f, struct err *e);

void jobs_file_free(struct jobs_file *f);

#endif
