/* field.h - a member of the actions that a scenario makes. */
#ifndef MESHQ_FIELD_H
#define MESHQ_FIELD_H

#include "base/buf.h"
#include "base/rng.h"

enum field_type {
	FIELD_CONSTANT, /* `text` */
	FIELD_SEQUENCE, /* least, least + step, ... and from the beginning after `most` */
	FIELD_UNIFORM,  /* a whole number from `least` to `most`, both included */
	FIELD_ZIPF,     /* 1 .. `most`; k with a probability in proportion to k^-exponent */
	FIELD_CHOICE,   /* one of `choices`, each as likely */
};

struct field {
	char *name; /* of the member */
	enum field_type type;
	char *text;   /* CONSTANT: a JSON value */
	char *prefix; /* NULL: a number; else a string with this before the number */
	int64_t least;
	int64_t most;    /* SEQUENCE: INT64_MAX: no end */
	int64_t step;    /* SEQUENCE: at least 1 */
	double exponent; /* ZIPF: above 0 */
	double *shares;  /* ZIPF: cumulative, `most` of them; made by field_prepare; owned */
	char **choices;  /* CHOICE: JSON values; owned */
	uint32_t choice_count;
};

enum { FIELD_ZIPF_MOST = 10000000 };

/* Makes what sampling needs; once, after the fields above are set. */
void field_prepare(struct field *f);
void field_free(struct field *f);

/* Appends UTF-8 text as what stands between the quotes of a JSON string. */
void field_add_escaped(const char *text, struct buf *out);

/* Appends the value of the nth action of the stream (from 0), as JSON. */
void field_add(const struct field *f, uint64_t n, struct rng *rng, struct buf *out);

#endif
