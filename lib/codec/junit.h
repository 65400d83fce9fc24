/* junit.h - expectations of runs as JUnit XML, which most CI systems show. */
#ifndef MESHQ_JUNIT_H
#define MESHQ_JUNIT_H

#include "base/buf.h"
#include "sim/expect.h"

/* One run. Everything is borrowed; texts may be any bytes. */
struct junit_suite {
	const char *name; /* of the scenario */
	uint64_t seed;
	span time; /* virtual */
	const struct expect_result *results;
	uint32_t count;
	slice out; /* what stands below the results, such as the summary */
};

/* Appends the document. An expectation is a test case; one that is not met fails, with
 * the value as the message. */
void junit_add(const struct junit_suite *suites, uint32_t count, struct buf *out);

#endif
