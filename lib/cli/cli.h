/* cli.h - what every tool shares: the common options, messages, the way out.
 *
 * With opt.c, input.c and report.c the only code of the library that prints. */
#ifndef MESHQ_CLI_H
#define MESHQ_CLI_H

#include "cli/opt.h"
#include "core/policy.h"

#include <sys/stat.h>

#define MESHQ_VERSION "0.1.0"

enum cli_clock {
	CLI_CLOCK_REAL,
	CLI_CLOCK_RECORD,
};

enum cli_color {
	CLI_COLOR_AUTO,
	CLI_COLOR_ALWAYS,
	CLI_COLOR_NEVER,
};

/* The common options of design.md 5, and what came of them. */
struct cli {
	const struct opt_command *command;
	bool help, version, print_config, strict, quiet;
	int verbose;
	const char *config;
	const char *preset;
	struct opt_list sets;
	int clock;
	const char *rejects;
	uint64_t max_line;
	int color;
	const char *scenario; /* of the simulator: its policy counts, too; NULL: none */
	slice scenario_text;
	int status; /* what was read before the work began deserves it, whatever comes then */
	char **operands;
	int before_dashes;
	struct policy policy;
	struct cli_file {
		dev_t device;
		ino_t inode;
	} written[8]; /* what cli_writes was told of */
	uint32_t written_count;
	/* Called before anything is written to stderr: what is shown there makes way. NULL:
	 * nothing is. */
	void (*make_way)(void *user);
	void *make_way_user;
	struct opt common[16]; /* the table, bound to this struct */
};

/* Parses the common options and those of `own` (ended by OPT_END; NULL: none),
 * answers --help, --version and --print-config, and loads the policy. Returns
 * true to go on; false: return *status from main. */
bool cli_start(struct cli *c, const struct opt_command *command, const struct opt *own, int argc,
               char **argv, int *status);

/* The two halves of cli_start, for a tool that has to look at what was parsed to know
 * of a scenario. False: return *status from main. */
bool cli_parse(struct cli *c, const struct opt_command *command, const struct opt *own, int argc,
               char **argv, int *status);
bool cli_load(struct cli *c, const struct opt *own, int *status);

/* The policy with more settings (PATH=VALUE), behind those of the command line; `name` is
 * the option that they are from, for messages. */
bool cli_policy(const struct cli *c, const char *const *sets, uint32_t set_count, const char *name,
                struct policy *out, struct err *e);

/* "NAME: TEXT" on stderr. cli_note is hushed by -q; cli_detail needs -v. */
void cli_warn(const struct cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cli_note(const struct cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cli_detail(const struct cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For those who write to stderr by themselves: calls make_way. */
void cli_make_way(const struct cli *c);

/* Prints e as cli_warn does and returns its status. */
int cli_fail(const struct cli *c, const struct err *e);

/* A usage error: one line and the hint at --help; returns STATUS_USAGE. */
int cli_usage(const struct cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes text to stdout and closes it, for what is printed instead of working.
 * Returns the status for main. */
int cli_print(const struct cli *c, slice text);

/* The tool writes to this descriptor from now on. If a regular file is behind it, it must not
 * be read as input as well, for that would never end. */
void cli_writes(struct cli *c, int fd);
bool cli_is_written(const struct cli *c, const struct stat *file);

/* Whether to colour what goes to the descriptor (--color, NO_COLOR, a terminal). */
bool cli_colored(const struct cli *c, int fd);

/* The status that counts when both happened: a system error over bad data over
 * shortfall over success (65 wins over 1). */
int cli_worse(int a, int b);

/* Frees what cli_start made; returns status, or c->status if that is worse, for `return cli_end(&c,
 * status)`. */
int cli_end(struct cli *c, int status);

/* Die of the signal, as the shell expects of a program that a signal stopped. */
_Noreturn void cli_die_of(int signal);

#endif
