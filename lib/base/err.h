/* err.h - what went wrong, for the person at the terminal.
 *
 * A function that can fail for outside reasons returns bool and takes a
 * `struct err *` last. On false the err holds one line without a newline and
 * the exit status it deserves. The setters return false so that failing is one
 * statement: return err_set(e, STATUS_CONFIG, "..."). */
#ifndef MESHQ_ERR_H
#define MESHQ_ERR_H

#include <stdbool.h>

/* Exit statuses of every tool: sysexits(3) where it has a word. The table in
 * meshq(7) is the promise to users. */
enum status {
	STATUS_OK = 0,
	STATUS_SHORTFALL = 1,  /* something did not go through */
	STATUS_USAGE = 64,     /* wrong options or operands */
	STATUS_DATA = 65,      /* bad records in the input */
	STATUS_NO_INPUT = 66,  /* an input file cannot be read */
	STATUS_HELD = 69,      /* --check: gate */
	STATUS_INTERNAL = 70,  /* a fault of ours */
	STATUS_OS = 71,        /* the system refused: no process, no memory */
	STATUS_NO_CREATE = 73, /* an output file cannot be created */
	STATUS_IO = 74,        /* a read or write failed */
	STATUS_DEFERRED = 75,  /* --check: not yet */
	STATUS_CONFIG = 78,    /* the configuration is wrong */
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
};

struct err {
	enum status status;
	char text[1000];
};

bool err_set(struct err *e, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As err_set, with ": " and the text of errno behind it. */
bool err_system(struct err *e, enum status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "PREFIX: " before the text that is there. */
bool err_prefix(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
