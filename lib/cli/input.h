/* input.h - the input of a filter: operands or stdin, line by line, good
 * records to the caller, bad ones reported, kept with --rejects, and counted. */
#ifndef MESHQ_INPUT_H
#define MESHQ_INPUT_H

#include "cli/cli.h"
#include "codec/record.h"
#include "sys/lines.h"
#include "sys/out.h"

struct input {
	struct cli *cli;
	char **files;      /* what is left of the operands */
	char *standard[2]; /* "-" when there are none */
	const char *name;  /* of the open file; "-" is stdin */
	struct lines lines;
	bool open;
	bool pipe;     /* a named one */
	bool finished; /* nothing more to come */
	struct out rejects;
	bool keeps_rejects;
	uint64_t closed;  /* bytes of the files that are done */
	uint64_t records; /* good ones so far */
	uint64_t rejected;
	int status; /* STATUS_OK, STATUS_DATA, STATUS_NO_INPUT, STATUS_IO ... */
};

enum input_state {
	INPUT_RECORD, /* *record is the next one */
	INPUT_MORE,   /* nothing whole in memory: wait for input_fd, then input_fill */
	INPUT_END,    /* all files read, or stopped by --strict or an error */
};

/* `files` are operands (may be empty: stdin). Opens --rejects. */
bool input_start(struct input *in, struct cli *cli, char **files, struct err *e);

/* The next good record; bad lines on the way are dealt with. The record holds
 * until the next call. */
enum input_state input_next(struct input *in, struct record_reader *reader, struct record *record);

/* Reads more, waiting as read(2) does. Problems go into `status`. */
void input_fill(struct input *in);
int input_fd(const struct input *in);

/* A record that parses but cannot be used: reported like a bad line. `at` points
 * into record->line; NULL is the end of the object, where something is missing. */
void input_reject(struct input *in, const struct record *record, const char *at, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));

/* How many bytes of the files have been handed out so far, for those who watch. */
uint64_t input_bytes(const struct input *in);

/* After INPUT_END: goes on with these files. */
void input_again(struct input *in, char **files);

/* Closes everything; returns the status. */
int input_finish(struct input *in);

#endif
