#include "codec/summary_column.h"

#include <stddef.h>

const struct summary_count summary_counts[SUMMARY_COUNTS] = {
	{ "actions", offsetof(struct tally, arrived) },
	{ "dispatched", offsetof(struct tally, dispatched) },
	{ "failed", offsetof(struct tally, failed) },
	{ "gated", offsetof(struct tally, gated) },
	{ "expired", offsetof(struct tally, expired) },
	{ "unfinished", offsetof(struct tally, unfinished) },
	{ "deferred", offsetof(struct tally, deferred) },
	{ "retries", offsetof(struct tally, retries) },
};

const struct summary_wait summary_waits[SUMMARY_WAITS] = {
	{ "wait p50", 50000 },
	{ "p95", 95000 },
	{ "p99", 99000 },
	{ "max", SAMPLES_WHOLE },
};

uint64_t summary_count_of(const struct tally *t, uint32_t i)
{
	return *(const uint64_t *)(const void *)((const char *)t + summary_counts[i].offset);
}
