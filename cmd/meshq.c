/* meshq - runs the other tools: `meshq exec ...` is `meshq-exec ...`. See meshq(1). */
#include "cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	const char *summary;
} tools[] = {
	{ "admit", "decide for each action: admit, defer or gate" },
	{ "exec", "gate, run, defer and retry actions; account for every one" },
	{ "backoff", "run daemons; hold those that crash, longer each time" },
	{ "failures", "keep, filter, count and replay failures" },
	{ "recover", "run the recovery handlers of a directory once a pass" },
	{ "sim", "run the executor under a virtual clock" },
};
enum { TOOLS = sizeof tools / sizeof tools[0] };

static const struct opt_command command = {
	.name = "meshq",
	.summary = "decide whether actions may run now, run them, account for failures",
	.usage = "TOOL [ARGUMENT]...\nhelp [TOOL]\nversion",
	.examples = "meshq exec -j4 -H handlers.d < actions.ndjson | meshq failures\n"
		    "meshq help admit",
	.stop_at_operand = true,
};

static void list_tools(struct buf *text)
{
	buf_add_text(text, "Tools:\n");
	for (size_t i = 0; i < TOOLS; i++)
		buf_addf(text, "  %-10s %s\n", tools[i].name, tools[i].summary);
	buf_add_text(text, "\n`meshq help TOOL` tells more; meshq(7) explains it all.\n");
}

static int print_tools(const struct cli *c)
{
	struct buf text = { 0 };

	buf_addf(&text, "%s - %s\n\n", command.name, command.summary);
	list_tools(&text);
	int status = cli_print(c, buf_slice(&text));
	buf_free(&text);
	return status;
}

static int print_help(const struct cli *c, const struct opt *options)
{
	const struct opt *const tables[] = { options, NULL };
	struct buf text = { 0 };

	opt_help(&command, tables, &text);
	buf_add_char(&text, '\n');
	list_tools(&text);
	int status = cli_print(c, buf_slice(&text));
	buf_free(&text);
	return status;
}

/* The folder of this program, with a slash; empty when it cannot be known. */
static void own_folder(struct buf *folder)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path);

	while (n > 0 && path[n - 1] != '/')
		n--;
	if (n > 0)
		buf_add(folder, path, (size_t)n);
}

static int unknown(const struct cli *c, const char *name)
{
	struct buf known = { 0 };

	for (size_t i = 0; i < TOOLS; i++)
		buf_addf(&known, "%s, ", tools[i].name);
	int status = cli_usage(c, "unknown tool '%s'; known are %shelp and version", name,
	                       buf_text(&known));
	buf_free(&known);
	return status;
}

static bool is_known(const char *name)
{
	for (size_t i = 0; i < TOOLS; i++)
		if (strcmp(tools[i].name, name) == 0)
			return true;
	return false;
}

/* Becomes meshq-NAME: the one beside this program, else the one on PATH. A name
 * that is not in the table may still be somebody's own meshq-NAME. */
static int become(const struct cli *c, const char *name, char **argv)
{
	struct buf path = { 0 }, program = { 0 };

	if (strchr(name, '/'))
		return unknown(c, name);
	own_folder(&path);
	buf_addf(&path, "meshq-%s", name);
	buf_addf(&program, "meshq-%s", name);
	buf_text(&program);
	argv[0] = program.p;
	execv(buf_text(&path), argv);
	if (errno == ENOENT)
		execvp(program.p, argv);
	int code = errno;
	int status = code == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
	if (code == ENOENT && !is_known(name))
		status = unknown(c, name);
	else
		cli_warn(c, "%s: %s", program.p, strerror(code));
	buf_free(&path);
	buf_free(&program);
	return status;
}

static int help_on(const struct cli *c, const char *name)
{
	char help[] = "--help";
	char *argv[] = { NULL, help, NULL };

	return become(c, name, argv);
}

static int print_version(const struct cli *c)
{
	return cli_print(c, SLICE("meshq (meshq) " MESHQ_VERSION "\nLicense MIT. No warranty.\n"));
}

int main(int argc, char **argv)
{
	bool help = false, version = false;
	char **operands;
	const struct opt options[] = {
		{ OPT_FLAG, 'h', "help", .value = &help, .help = "show this text" },
		{ OPT_FLAG, 'V', "version", .value = &version, .help = "show the version" },
		{ .type = OPT_END },
	};
	const struct opt *const tables[] = { options, NULL };
	const struct cli c = { .command = &command };
	struct err e;

	if (!opt_parse(&command, tables, argc, argv, &operands, NULL, &e))
		return cli_usage(&c, "%s", e.text);
	const char *name = operands[0];
	if (help)
		return print_help(&c, options);
	if (version || (name && strcmp(name, "version") == 0))
		return print_version(&c);
	if (!name)
		return print_tools(&c);
	if (strcmp(name, "help") == 0)
		return operands[1] ? help_on(&c, operands[1]) : print_help(&c, options);
	return become(&c, name, operands);
}
