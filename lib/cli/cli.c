#include "cli/cli.h"

#include "base/mem.h"
#include "codec/config.h"
#include "sys/out.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_LINE = 1024 * 1024,
	MAX_LINE_MOST = 1024 * 1024 * 1024, /* sizes of lines are kept in 32 bits */
};

/* ---- messages ---- */

void cli_make_way(const struct cli *c)
{
	if (c->make_way)
		c->make_way(c->make_way_user);
}

/* One line and one write, whatever a record or a handler put into the text: no
 * control character reaches the terminal. */
static void say(const struct cli *c, const char *format, va_list args)
{
	struct buf line = { 0 };
	va_list again;

	buf_addf(&line,
	         cli_colored(c, STDERR_FILENO) ? "\033[1m%s:\033[0m " : "%s: ", c->command->name);
	size_t start = line.n;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	if (n > 0) {
		vsnprintf(buf_reserve(&line, (size_t)n + 1), (size_t)n + 1, format, again);
		line.n += (size_t)n;
	}
	va_end(again);
	for (size_t i = start; i < line.n; i++)
		if ((unsigned char)line.p[i] < ' ' || line.p[i] == 0x7f)
			line.p[i] = '?';
	buf_add_char(&line, '\n');
	cli_make_way(c);
	fwrite(line.p, 1, line.n, stderr); /* where could its failure be reported? */
	buf_free(&line);
}

void cli_warn(const struct cli *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(c, format, args);
	va_end(args);
}

void cli_note(const struct cli *c, const char *format, ...)
{
	va_list args;

	if (c->quiet)
		return;
	va_start(args, format);
	say(c, format, args);
	va_end(args);
}

void cli_detail(const struct cli *c, const char *format, ...)
{
	va_list args;

	if (!c->verbose || c->quiet)
		return;
	va_start(args, format);
	say(c, format, args);
	va_end(args);
}

int cli_fail(const struct cli *c, const struct err *e)
{
	cli_warn(c, "%s", e->text);
	return (int)e->status;
}

int cli_usage(const struct cli *c, const char *format, ...)
{
	struct err e;
	va_list args;

	va_start(args, format);
	vsnprintf(e.text, sizeof e.text, format, args);
	va_end(args);
	cli_warn(c, "%s (see --help)", e.text);
	return STATUS_USAGE;
}

bool cli_is_written(const struct cli *c, const struct stat *file)
{
	for (uint32_t i = 0; i < c->written_count; i++)
		if (c->written[i].device == file->st_dev && c->written[i].inode == file->st_ino)
			return true;
	return false;
}

void cli_writes(struct cli *c, int fd)
{
	const uint32_t most = sizeof c->written / sizeof c->written[0];
	struct stat file;

	if (fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && !cli_is_written(c, &file) &&
	    c->written_count < most)
		c->written[c->written_count++] = (struct cli_file){ file.st_dev, file.st_ino };
}

bool cli_colored(const struct cli *c, int fd)
{
	const char *never = getenv("NO_COLOR");

	switch ((enum cli_color)c->color) {
	case CLI_COLOR_ALWAYS:
		return true;
	case CLI_COLOR_NEVER:
		return false;
	case CLI_COLOR_AUTO:
		break;
	}
	return !(never && *never) && isatty(fd);
}

/* ---- the way out ---- */

/* What a status is worth: the later in this list, the worse. */
static int severity(int status)
{
	static const int order[] = { STATUS_OK,       STATUS_SHORTFALL, STATUS_DATA,
		                     STATUS_NO_INPUT, STATUS_NO_CREATE, STATUS_IO,
		                     STATUS_OS,       STATUS_INTERNAL };
	int count = sizeof order / sizeof order[0];

	for (int i = 0; i < count; i++)
		if (order[i] == status)
			return i;
	return count;
}

int cli_worse(int a, int b)
{
	return severity(b) > severity(a) ? b : a;
}

int cli_end(struct cli *c, int status)
{
	status = cli_worse(c->status, status);
	config_free(&c->policy);
	opt_list_free(&c->sets);
	return status;
}

_Noreturn void cli_die_of(int signal_number)
{
	sigset_t only;

	signal(signal_number, SIG_DFL);
	sigemptyset(&only);
	sigaddset(&only, signal_number);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	raise(signal_number);
	_exit(128 + signal_number); /* one whose default is to be ignored */
}

/* ---- the start ---- */

static const struct opt none[] = { { .type = OPT_END } };

/* A file opened on a closed standard descriptor would be taken for the real one.
 * The placeholders are open the wrong way round, so using them still fails. */
static void guard_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static void bind_common(struct cli *c)
{
	static const char *const clocks[] = { "real", "record", NULL };
	static const char *const colors[] = { "auto", "always", "never", NULL };
	const struct opt table[] = {
		{ OPT_FLAG, 'h', "help", .value = &c->help, .help = "show this text" },
		{ OPT_FLAG, 'V', "version", .value = &c->version, .help = "show the version" },
		{ OPT_FILE, 'c', "config", "FILE", .value = &c->config, .env = "MESHQ_CONFIG",
		  .help = "read the configuration from FILE (YAML)" },
		{ OPT_TEXT, 0, "preset", "meshos|robust", .value = &c->preset,
		  .env = "MESHQ_PRESET", .help = "start from a preset (meshos)" },
		{ OPT_LIST, 0, "set", "PATH=VALUE", .value = &c->sets,
		  .help = "change one setting, such as rules.pull-cooldown.window=100ms" },
		{ OPT_FLAG, 0, "print-config", .value = &c->print_config,
		  .help = "print the whole configuration as YAML and exit" },
		{ OPT_CHOICE, 0, "clock", .value = &c->clock, .choices = clocks,
		  .env = "MESHQ_CLOCK", .help = "take now from the system or from at_ms" },
		{ OPT_FILE, 0, "rejects", "FILE", .value = &c->rejects, .env = "MESHQ_REJECTS",
		  .help = "append the raw bytes of bad lines to FILE" },
		{ OPT_FLAG, 0, "strict", .value = &c->strict, .env = "MESHQ_STRICT",
		  .help = "stop at the first bad record" },
		{ OPT_SIZE, 0, "max-line", "SIZE", .value = &c->max_line, .env = "MESHQ_MAX_LINE",
		  .help = "longest line accepted (1M)" },
		{ OPT_FLAG, 'q', "quiet", .value = &c->quiet,
		  .help = "no notes and no status line on stderr" },
		{ OPT_COUNT, 'v', "verbose", .value = &c->verbose, .help = "more notes on stderr" },
		{ OPT_CHOICE, 0, "color", .value = &c->color, .choices = colors,
		  .env = "MESHQ_COLOR", .help = "colour the output" },
		{ .type = OPT_END },
	};

	static_assert(sizeof table <= sizeof c->common, "struct cli has room for the table");
	memcpy(c->common, table, sizeof table);
}

int cli_print(const struct cli *c, slice text)
{
	struct out out;
	struct err e;

	out_init(&out, STDOUT_FILENO);
	buf_add_slice(&out.pending, text);
	return out_close(&out, "standard output", &e) ? STATUS_OK : cli_fail(c, &e);
}

static void add_answer(const struct cli *c, const struct opt *const *tables, struct buf *text)
{
	if (c->help)
		opt_help(c->command, tables, text);
	else if (c->version)
		buf_addf(text,
		         "%s (meshq) " MESHQ_VERSION "\n"
		         "License MIT. No warranty.\n",
		         c->command->name);
	else
		config_print(&c->policy, text);
}

static int answer(const struct cli *c, const struct opt *const *tables)
{
	struct buf text = { 0 };

	add_answer(c, tables, &text);
	int status = cli_print(c, buf_slice(&text));
	buf_free(&text);
	return status;
}

bool cli_policy(const struct cli *c, const char *const *sets, uint32_t set_count, const char *name,
                struct policy *out, struct err *e)
{
	const char **all = mem_zeroed(c->sets.count + set_count + 1, sizeof *all);
	const struct config_sources sources = {
		.preset = c->preset,
		.file = c->config,
		.scenario = c->scenario,
		.scenario_text = c->scenario_text,
		.sets = all,
		.set_count = c->sets.count + set_count,
		.sets_name = name,
	};

	for (uint32_t i = 0; i < sources.set_count; i++)
		all[i] = i < c->sets.count ? c->sets.items[i] : sets[i - c->sets.count];
	bool good = config_load(out, &sources, e);
	free(all);
	return good;
}

static bool load_policy(struct cli *c, const struct opt *own, struct err *e)
{
	if (!cli_policy(c, NULL, 0, "--set", &c->policy, e))
		return false;
	opt_settle(own);
	return true;
}

bool cli_parse(struct cli *c, const struct opt_command *command, const struct opt *own, int argc,
               char **argv, int *status)
{
	const struct opt *const tables[] = { own ? own : none, c->common, NULL };
	struct err e;

	guard_standard_descriptors();
	*c = (struct cli){ .command = command, .max_line = MAX_LINE };
	bind_common(c);
	bool good = opt_parse(command, tables, argc, argv, &c->operands, &c->before_dashes, &e);

	if (c->help || c->version) /* also when something else is wrong */
		*status = answer(c, tables);
	else if (!good)
		*status = cli_usage(c, "%s", e.text);
	else if (c->max_line == 0 || c->max_line > MAX_LINE_MOST)
		*status = cli_usage(c, "--max-line must be at least 1 and at most 1G");
	else
		return true;
	*status = cli_end(c, *status);
	return false;
}

bool cli_load(struct cli *c, const struct opt *own, int *status)
{
	const struct opt *const tables[] = { own ? own : none, c->common, NULL };
	struct err e;

	if (!load_policy(c, tables[0], &e))
		*status = cli_fail(c, &e);
	else if (c->print_config)
		*status = answer(c, tables);
	else
		return true;
	*status = cli_end(c, *status);
	return false;
}

bool cli_start(struct cli *c, const struct opt_command *command, const struct opt *own, int argc,
               char **argv, int *status)
{
	return cli_parse(c, command, own, argc, argv, status) && cli_load(c, own, status);
}
