/* opt_help.c - the text of --help, made from the table. */
#include "cli/opt.h"

#include <string.h>

enum {
	WIDTH = 80,       /* of the whole text */
	WIDEST_LEFT = 25, /* of the left column; longer ones get a line of their own */
	GAP = 2,
};

/* "-c, --config=FILE" */
static void left_column(const struct opt *o, struct buf *out)
{
	if (o->letter)
		buf_addf(out, "  -%c, ", o->letter);
	else
		buf_add_text(out, "      ");
	buf_addf(out, "--%s", o->name);
	if (o->arg)
		buf_addf(out, "=%s", o->arg);
	else
		for (size_t i = 0; o->choices && o->choices[i]; i++)
			buf_addf(out, "%c%s", i ? '|' : '=', o->choices[i]);
}

static void right_column(const struct opt *o, struct buf *out)
{
	buf_add_text(out, o->help);
	if (o->env)
		buf_addf(out, " [%s]", o->env);
}

static size_t left_width(const struct opt *const *tables)
{
	size_t widest = 0;

	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->type != OPT_END; o++) {
			struct buf left = { 0 };
			if (o->type == OPT_GROUP)
				continue;
			left_column(o, &left);
			if (left.n > widest && left.n <= WIDEST_LEFT)
				widest = left.n;
			buf_free(&left);
		}
	return widest + GAP;
}

static void spaces(struct buf *out, size_t n)
{
	while (n--)
		buf_add_char(out, ' ');
}

/* Words from column `indent` on; the first line has `used` columns already. */
static void wrap(slice text, size_t used, size_t indent, struct buf *out)
{
	size_t column = used;

	for (size_t i = 0; i < text.n;) {
		const char *space = memchr(text.p + i, ' ', text.n - i);
		size_t n = space ? (size_t)(space - text.p) - i : text.n - i;

		if (column > indent && column + 1 + n > WIDTH) {
			buf_add_char(out, '\n');
			column = 0;
		}
		if (column > indent)
			buf_add_char(out, ' ');
		else
			spaces(out, indent - column);
		column = column > indent ? column + 1 + n : indent + n;
		buf_add(out, text.p + i, n);
		i += n + 1;
	}
	buf_add_char(out, '\n');
}

static void option_line(const struct opt *o, size_t indent, struct buf *out)
{
	struct buf left = { 0 }, right = { 0 };

	left_column(o, &left);
	right_column(o, &right);
	buf_add_slice(out, buf_slice(&left));
	if (left.n + GAP > indent) {
		buf_add_char(out, '\n');
		left.n = 0;
	}
	wrap(buf_slice(&right), left.n, indent, out);
	buf_free(&left);
	buf_free(&right);
}

static void table_lines(const struct opt *table, const char *heading, size_t indent,
                        struct buf *out)
{
	if (table->type != OPT_END && table->type != OPT_GROUP)
		buf_addf(out, "\n%s:\n", heading);
	for (; table->type != OPT_END; table++)
		if (table->type == OPT_GROUP)
			buf_addf(out, "\n%s:\n", table->help);
		else
			option_line(table, indent, out);
}

static void usage_lines(const struct opt_command *command, struct buf *out)
{
	const char *line = command->usage;

	do {
		size_t n = strcspn(line, "\n");
		buf_addf(out, "%s%s %.*s\n", line == command->usage ? "Usage: " : "       ",
		         command->name, (int)n, line);
		line += n + (line[n] == '\n');
	} while (*line);
}

static void example_lines(const char *line, struct buf *out)
{
	buf_add_text(out, "Examples:\n");
	while (*line) {
		size_t n = strcspn(line, "\n");
		buf_addf(out, "%s%.*s\n", n ? "  " : "", (int)n, line);
		line += n + (line[n] == '\n');
	}
	buf_add_char(out, '\n');
}

void opt_help(const struct opt_command *command, const struct opt *const *tables, struct buf *out)
{
	size_t indent = left_width(tables);

	buf_addf(out, "%s - %s\n\n", command->name, command->summary);
	if (command->examples)
		example_lines(command->examples, out);
	usage_lines(command, out);
	for (size_t i = 0; tables[i]; i++)
		table_lines(tables[i], i && !tables[i + 1] ? "Common options" : "Options", indent,
		            out);
	buf_add_text(out, "\nExit statuses, records and configuration: see meshq(7).\n");
}
