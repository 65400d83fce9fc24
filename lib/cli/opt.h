/* opt.h - one table per tool: it drives parsing, --help and the check that man
 * page and completions list the same options (tests read --help).
 *
 * POSIX syntax with GNU long options: grouped letters, -jN and -j N, --jobs=N
 * and --jobs N, `--` ends options, options and operands may mix unless the
 * command says otherwise. No abbreviations. */
#ifndef MESHQ_OPT_H
#define MESHQ_OPT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/tick.h"

enum opt_type {
	OPT_END,
	OPT_GROUP,    /* no option: --help has the ones behind it under the heading `help` */
	OPT_FLAG,     /* bool *: set to true */
	OPT_COUNT,    /* int *: one more each time (-vv) */
	OPT_TEXT,     /* const char **: borrowed from argv */
	OPT_INPUT,    /* the same: the name of a file to read, not empty; "-" may be one */
	OPT_FILE,     /* the same: the name of a file, neither empty nor "-" */
	OPT_LIST,     /* struct opt_list *: every occurrence, in order */
	OPT_NUMBER,   /* uint64_t *: decimal */
	OPT_SIZE,     /* uint64_t *: dur_parse_size */
	OPT_DURATION, /* span *: dur_parse */
	OPT_CHOICE,   /* int *: index into choices */
	OPT_HALT,     /* struct halt_policy *: config_halt_parse */
	OPT_READ,     /* what `form` makes of it */
};

/* A form of values that a tool has for itself. */
struct opt_form {
	const char *noun; /* "a load (like 4 or 80%)": what a bad value is not */
	/* False: the text is none. */
	bool (*read)(const char *text, void *value);
	/* For opt_settle; NULL: there is no setting. */
	void (*settle)(const void *value, void *setting);
};

struct opt_list {
	const char **items;
	uint32_t count;
};

struct opt {
	enum opt_type type;
	char letter;      /* 0: long only */
	const char *name; /* without dashes */
	const char *arg;  /* the argument's name in --help: "FILE"; NULL for flags */
	const char *help; /* one line, lower case, no full stop */
	void *value;
	const char *const *choices;  /* OPT_CHOICE: NULL-terminated */
	const struct opt_form *form; /* OPT_READ */
	const char *env; /* "MESHQ_CONFIG": used when the option is not given; or NULL */
	bool *given;     /* set when given by option or environment; or NULL */
	void *setting;   /* in a policy, what opt_settle gives the value to: span, enum,
	                  * uint32_t or struct halt_policy for DURATION, CHOICE, NUMBER or
	                  * HALT; needs `given`. NULL: none */
};

struct opt_command {
	const char *name;     /* "meshq-admit" */
	const char *summary;  /* one line */
	const char *usage;    /* "[OPTION]... [FILE]..." ; lines separated by \n */
	const char *examples; /* shown first by --help; lines, indented by the printer */
	bool stop_at_operand; /* the first operand ends the options */
};

/* Parses; *operands points to the remaining arguments (a rearranged argv),
 * NULL-terminated. After `--`, operands are kept too; *dashes tells how many
 * operands stood before `--` (or all of them when there was none); may be NULL.
 * False: a usage error in e that names what is known. Options are read from
 * each table of the NULL-terminated array in turn. */
bool opt_parse(const struct opt_command *command, const struct opt *const *tables, int argc,
               char **argv, char ***operands, int *dashes, struct err *e);

/* Options that were given outweigh what the configuration says of their settings. */
void opt_settle(const struct opt *table);

/* Appends the text of --help. */
void opt_help(const struct opt_command *command, const struct opt *const *tables, struct buf *out);

void opt_list_free(struct opt_list *l);

#endif
