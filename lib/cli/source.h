/* source.h - the records that come into a simulated engine, in the order of their time:
 * recorded ones from files, work that was done before, and the actions that a scenario
 * makes.
 *
 * Of one instant, those that were done before come first, then recorded ones, in the order of their
 * files, then made ones in the order of their streams. A record without at_ms, or with one that
 * lies before the last of its file, comes right after that one. */
#ifndef MESHQ_SOURCE_H
#define MESHQ_SOURCE_H

#include "cli/input.h"
#include "codec/recorded.h"
#include "sim/scenario.h"

struct source_record {
	instant at;
	const struct recorded_action *again; /* it was done before; NULL: it was not */
	slice line;          /* with JSON_SLACK bytes behind it; until the next call */
	struct input *input; /* that it was read from; NULL: made here */
};

/* A file, or the operands one after the other, read one record ahead. */
struct recorded_input {
	struct input input;
	char *files[2];
	struct record_reader *reader;
	struct record record;
	instant at;
	bool taken; /* the record has been handed out */
	bool over;
};

struct source {
	/* Set by the caller. */
	struct cli *cli;
	const struct scenario *scenario;
	char **operands; /* files with records, NULL at the end; NULL: none, not even stdin */
	const struct recorded *recorded; /* work to do again; NULL: none */
	uint64_t seed;

	instant start;  /* of virtual time: that of the first record, else 0 */
	uint32_t again; /* recorded actions handed out so far */
	struct recorded_input *inputs;
	uint32_t input_count;
	struct streams *streams;
	struct buf line;
};

/* Opens the files and reads their first records, waiting for them. */
bool source_open(struct source *s, struct err *e);

/* The next record; false: no more come. */
bool source_next(struct source *s, struct source_record *next);

/* Bad lines so far. */
uint64_t source_rejected(const struct source *s);

/* Closes everything; the status that the files deserve. */
int source_close(struct source *s);

#endif
