/* jobs.h - how many handlers at once, as people say it: "4"; "50%" of the processors;
 * "+2" more than these; "-1" less. */
#ifndef MESHQ_JOBS_H
#define MESHQ_JOBS_H

#include "base/slice.h"

enum jobs_form {
	JOBS_NUMBER,
	JOBS_PERCENT,
	JOBS_MORE,
	JOBS_LESS,
};

struct jobs {
	enum jobs_form form;
	uint32_t n;
};

/* False: it is none of these. */
bool jobs_parse(slice text, struct jobs *out);

/* "0" and "0%": nothing is run at all. */
bool jobs_is_none(struct jobs j);

/* With so many processors; none is 0, anything else at least 1. */
uint32_t jobs_count(struct jobs j, uint32_t processors);

#endif
