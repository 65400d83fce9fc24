/* stream_bench - lines that a scenario makes, with two fields each: the best of
 * several rounds, in processor time. */
#include "sim/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LINES = 2000000, ROUNDS = 3 };

static char kind[] = "pull_replica", chain[] = "chain", zone[] = "zone", prefix[] = "zone-";

struct shape {
	const char *name;
	enum process_type type;
	double ramp_to;
	struct field second; /* the first one counts */
	uint32_t streams;
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double measure(const struct stream *list, uint32_t count)
{
	struct streams *s = streams_new(list, count, 1, (instant){ 0 });
	struct buf line = { 0 };
	size_t bytes = 0;
	double start = seconds();

	for (int i = 0; i < LINES; i++) {
		buf_clear(&line);
		streams_take(s, &line);
		bytes += line.n;
	}
	double took = seconds() - start;
	streams_free(s);
	buf_free(&line);
	return bytes ? took / LINES : 0;
}

static void run(const struct shape *shape)
{
	struct field fields[] = { { .name = chain, .type = FIELD_SEQUENCE }, shape->second };
	struct stream *list = calloc(shape->streams, sizeof *list);
	double best = 0;

	fields[0].most = 1000000;
	fields[0].step = 1;
	fields[1].name = zone;
	field_prepare(&fields[1]);
	for (uint32_t i = 0; i < shape->streams; i++) {
		list[i] = (struct stream){ .kind = kind, .fields = fields, .field_count = 2 };
		list[i].process = (struct process){ .type = shape->type, .rate = 1000 };
		list[i].process.ramp_to = shape->ramp_to;
		list[i].process.until.ns = 1000000 * NS_PER_S;
	}
	for (int i = 0; i < ROUNDS; i++) {
		double took = measure(list, shape->streams);
		best = i == 0 || took < best ? took : best;
	}
	printf("%-28s %6.1f ns %6.2f M lines/s\n", shape->name, best * 1e9, 1e-6 / best);
	free(fields[1].shares);
	free(list);
}

int main(void)
{
	const struct field uniform = { .type = FIELD_UNIFORM, .most = 99, .prefix = prefix };
	const struct field some = { .type = FIELD_ZIPF, .most = 1000, .exponent = 1 };
	const struct field many = { .type = FIELD_ZIPF, .most = 10000000, .exponent = 0.9 };
	const struct shape shapes[] = {
		{ "even", PROCESS_EVEN, 1000, uniform, 1 },
		{ "poisson", PROCESS_POISSON, 1000, uniform, 1 },
		{ "poisson, ramp", PROCESS_POISSON, 2000, uniform, 1 },
		{ "poisson, 1000 keys", PROCESS_POISSON, 1000, some, 1 },
		{ "poisson, 10^7 keys", PROCESS_POISSON, 1000, many, 1 },
		{ "poisson, 20 streams", PROCESS_POISSON, 1000, uniform, 20 },
	};

	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
		run(&shapes[i]);
	return 0;
}
