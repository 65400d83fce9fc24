/* supervise_input.h - standard input of a supervisor: records, one at a time. */
#ifndef MESHQ_SUPERVISE_INPUT_H
#define MESHQ_SUPERVISE_INPUT_H

#include "cli/input.h"

struct supervise_input {
	bool wanted; /* set by the caller: somebody takes records */
	struct record_reader *reader;

	/* Its own. */
	struct input input;
	struct record record;
	bool has;    /* `record` waits to be taken */
	bool hungry; /* for more bytes */
	bool open;
};

/* A terminal is never read, and what was closed neither. */
bool supervise_input_open(struct supervise_input *in, struct cli *cli, struct err *e);

enum supervise_input_state {
	SUPERVISE_INPUT_RECORD, /* in->record is the next one, until supervise_input_taken */
	SUPERVISE_INPUT_MORE,   /* wait for supervise_input_fd, then supervise_input_fill */
	SUPERVISE_INPUT_END,    /* told once */
	SUPERVISE_INPUT_NONE,
};

enum supervise_input_state supervise_input_look(struct supervise_input *in);
void supervise_input_taken(struct supervise_input *in);

/* -1: there is nothing to wait for. */
int supervise_input_fd(const struct supervise_input *in);
void supervise_input_fill(struct supervise_input *in);

/* Returns the status. */
int supervise_input_close(struct supervise_input *in);

#endif
