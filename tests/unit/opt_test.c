/* Options: one table that parses, explains itself and corrects typing errors. */
#include "cli/opt.h"
#include "t.h"

struct values {
	bool hold;
	bool trace;
	int loud;
	const char *config;
	struct opt_list sets;
	uint64_t jobs;
	uint64_t size;
	span wait;
	int color;
	bool wait_given;
};

static const char *const colors[] = { "auto", "always", "never", NULL };

static const struct opt_command command = {
	.name = "meshq-demo",
	.summary = "try the options",
	.usage = "[OPTION]... [FILE]...\n--check ID",
	.examples = "meshq-demo -j4 actions\nmeshq-demo --wait 2s",
};

/* What one command line made of the table. */
struct outcome {
	bool good;
	char **operands;
	int dashes;
	struct err e;
	struct values v;
	char *argv[16];
};

static void table_of(struct values *v, struct opt table[10])
{
	const struct opt options[10] = {
		{ OPT_FLAG, 'H', "hold-back", .value = &v->hold, .help = "keep what is deferred",
		  .env = "MESHQ_TEST_HOLD" },
		{ OPT_FLAG, 't', "trace", .value = &v->trace, .help = "report steps" },
		{ OPT_COUNT, 'v', "verbose", .value = &v->loud, .help = "more notes" },
		{ OPT_INPUT, 'c', "config", "FILE", .value = &v->config, .help = "read FILE",
		  .env = "MESHQ_TEST_CONFIG" },
		{ OPT_LIST, 0, "set", "PATH=VALUE", .value = &v->sets, .help = "one setting" },
		{ OPT_NUMBER, 'j', "jobs", "N", .value = &v->jobs, .help = "handlers at once" },
		{ OPT_SIZE, 0, "max-line", "SIZE", .value = &v->size, .help = "longest line" },
		{ OPT_DURATION, 'w', "wait", "TIME", .value = &v->wait, .given = &v->wait_given,
		  .help = "a help text that is long enough to need a second line in the output" },
		{ OPT_CHOICE, 0, "color", .value = &v->color, .choices = colors, .help = "colour",
		  .env = "MESHQ_TEST_COLOR" },
		{ .type = OPT_END },
	};

	memcpy(table, options, sizeof options);
}

/* Splits `line` at spaces and parses it. */
static void parse_with(struct outcome *o, const struct opt_command *with, const char *line)
{
	static char text[256];
	struct opt table[10];
	const struct opt *const tables[] = { table, NULL };
	int argc = 1;

	*o = (struct outcome){ .argv = { (char[]){ "meshq-demo" } } };
	table_of(&o->v, table);
	snprintf(text, sizeof text, "%s", line);
	for (char *word = text; *word; argc++) {
		o->argv[argc] = word;
		word += strcspn(word, " ");
		if (*word)
			*word++ = '\0';
	}
	o->good = opt_parse(with, tables, argc, o->argv, &o->operands, &o->dashes, &o->e);
}

static void parse(struct outcome *o, const char *line)
{
	parse_with(o, &command, line);
}

static void refused(const char *line, const char *text)
{
	struct outcome o;

	parse(&o, line);
	OK(!o.good);
	EQ(o.e.status, STATUS_USAGE);
	SAME(slice_of(o.e.text), text);
	opt_list_free(&o.v.sets);
}

static void every_form_of_an_argument_is_understood(void)
{
	static const char *const forms[] = { "-j4", "-j 4", "--jobs=4", "--jobs 4" };
	struct outcome o;

	for (size_t i = 0; i < 4; i++) {
		parse(&o, forms[i]);
		OK(o.good);
		EQ(o.v.jobs, 4);
		OK(!o.operands[0]);
	}
}

static void letters_may_stand_together(void)
{
	struct outcome o;

	parse(&o, "-vHvc- -v");
	OK(o.good);
	EQ(o.v.loud, 3);
	OK(o.v.hold && !o.v.trace);
	SAME(slice_of(o.v.config), "-");
}

static void values_have_types(void)
{
	struct outcome o;

	parse(&o, "--max-line 2K -w1.5s --color=never --set a=b --set= --set c=d --config x");
	OK(o.good);
	EQ(o.v.size, 2048);
	EQ(o.v.wait.ns, 1500 * NS_PER_MS);
	OK(o.v.wait_given);
	EQ(o.v.color, 2);
	EQ(o.v.sets.count, 3);
	SAME(slice_of(o.v.sets.items[1]), "");
	SAME(slice_of(o.v.sets.items[2]), "c=d");
	SAME(slice_of(o.v.config), "x");
	opt_list_free(&o.v.sets);
}

static void operands_mix_with_options_and_keep_their_order(void)
{
	struct outcome o;

	parse(&o, "one -t - two -- -v -- three");
	OK(o.good && o.v.trace && o.v.loud == 0);
	static const char *const want[] = { "one", "-", "two", "-v", "--", "three" };
	for (size_t i = 0; i < 6; i++)
		SAME(slice_of(o.operands[i]), want[i]);
	OK(!o.operands[6]);
	EQ(o.dashes, 3);
	parse(&o, "one two");
	EQ(o.dashes, 2);
}

static void a_command_may_end_its_options_at_the_first_operand(void)
{
	struct opt_command stops = command;
	struct outcome o;

	stops.stop_at_operand = true;
	parse_with(&o, &stops, "-t run -v --bogus");
	OK(o.good && o.v.trace && o.v.loud == 0);
	SAME(slice_of(o.operands[0]), "run");
	SAME(slice_of(o.operands[2]), "--bogus");
}

static void what_is_not_known_is_told_from_what_is(void)
{
	refused("--hold", "unknown option '--hold'; did you mean '--hold-back'?");
	refused("--colour=never", "unknown option '--colour'; did you mean '--color'?");
	refused("--zzzz", "unknown option '--zzzz'; known are --hold-back --trace --verbose "
	                  "--config --set --jobs --max-line --wait --color");
	refused("-x", "unknown option '-x'");
	refused("-tx", "unknown option '-x'");
}

static void wrong_values_are_told_from_right_ones(void)
{
	refused("-jmany", "-j: 'many' is not a whole number");
	refused("--jobs -1", "--jobs: '-1' is not a whole number");
	refused("--jobs=18446744073709551616",
	        "--jobs: '18446744073709551616' is not a whole number");
	refused("--max-line=1X", "--max-line: '1X' is not a size (like 64K or 1M)");
	refused("--wait soon", "--wait: 'soon' is not a duration (like 250ms, 1.5s or 2m)");
	refused("--color=red", "--color: 'red' is not one of auto, always, never");
	refused("--config", "option '--config' needs an argument");
	refused("-tc", "option '-c' needs an argument");
	refused("--trace=yes", "option '--trace' takes no argument");
}

static void the_environment_fills_what_was_not_given(void)
{
	struct outcome o;

	setenv("MESHQ_TEST_CONFIG", "from-environment", 1);
	setenv("MESHQ_TEST_COLOR", "", 1);
	setenv("MESHQ_TEST_HOLD", "no", 1);
	parse(&o, "-t");
	OK(o.good && !o.v.hold);
	SAME(slice_of(o.v.config), "from-environment");
	EQ(o.v.color, 0);
	parse(&o, "-c given");
	SAME(slice_of(o.v.config), "given");
	setenv("MESHQ_TEST_HOLD", "1", 1);
	parse(&o, "");
	OK(o.v.hold);
	setenv("MESHQ_TEST_COLOR", "red", 1);
	parse(&o, "--color always");
	OK(o.good);
	EQ(o.v.color, 1);
	refused("", "MESHQ_TEST_COLOR: 'red' is not one of auto, always, never");
	unsetenv("MESHQ_TEST_CONFIG");
	unsetenv("MESHQ_TEST_COLOR");
	unsetenv("MESHQ_TEST_HOLD");
}

static void help_shows_examples_then_usage_then_two_columns(void)
{
	struct values v = { 0 };
	struct opt table[10];
	const struct opt common[] = {
		{ OPT_FLAG, 'h', "help", .value = &v.trace, .help = "show this text" },
		{ .type = OPT_END },
	};
	const struct opt *const tables[] = { table, common, NULL };
	struct buf text = { 0 };

	table_of(&v, table);
	opt_help(&command, tables, &text);
	SAME(buf_slice(&text),
	     "meshq-demo - try the options\n"
	     "\n"
	     "Examples:\n"
	     "  meshq-demo -j4 actions\n"
	     "  meshq-demo --wait 2s\n"
	     "\n"
	     "Usage: meshq-demo [OPTION]... [FILE]...\n"
	     "       meshq-demo --check ID\n"
	     "\n"
	     "Options:\n"
	     "  -H, --hold-back       keep what is deferred [MESHQ_TEST_HOLD]\n"
	     "  -t, --trace           report steps\n"
	     "  -v, --verbose         more notes\n"
	     "  -c, --config=FILE     read FILE [MESHQ_TEST_CONFIG]\n"
	     "      --set=PATH=VALUE  one setting\n"
	     "  -j, --jobs=N          handlers at once\n"
	     "      --max-line=SIZE   longest line\n"
	     "  -w, --wait=TIME       a help text that is long enough to need a second line in\n"
	     "                        the output\n"
	     "      --color=auto|always|never\n"
	     "                        colour [MESHQ_TEST_COLOR]\n"
	     "\n"
	     "Common options:\n"
	     "  -h, --help            show this text\n"
	     "\n"
	     "Exit statuses, records and configuration: see meshq(7).\n");
	buf_free(&text);
}

/* ---- what a tool adds ---- */

static bool read_even(const char *text, void *value)
{
	return slice_u64(slice_of(text), value) && *(uint64_t *)value % 2 == 0;
}

static void settle_half(const void *value, void *setting)
{
	*(uint64_t *)setting = *(const uint64_t *)value / 2;
}

static const struct opt_form even = {
	.noun = "an even number",
	.read = read_even,
	.settle = settle_half,
};

static bool parse_grouped(const char *word, uint64_t *half, struct buf *help, struct err *e)
{
	uint64_t number = 0;
	bool given = false, quick = false;
	const struct opt table[] = {
		{ OPT_GROUP, .help = "Numbers" },
		{ OPT_READ, 'e', "even", "N", .value = &number, .form = &even, .given = &given,
		  .setting = half, .help = "an even number" },
		{ OPT_GROUP, .help = "Other things" },
		{ OPT_FLAG, 'q', "quick", .value = &quick, .help = "do not wait" },
		{ .type = OPT_END },
	};
	const struct opt *const tables[] = { table, NULL };
	char *argv[] = { (char[]){ "meshq-demo" }, (char[]){ "-q" }, (char *)word, NULL };
	char **operands;
	bool good = opt_parse(&command, tables, 3, argv, &operands, NULL, e);

	if (good) {
		OK(quick);
		opt_settle(table);
	}
	opt_help(&command, tables, help);
	return good;
}

static void a_tool_may_have_forms_of_its_own_and_groups(void)
{
	struct buf help = { 0 };
	uint64_t half = 0;
	struct err e;

	OK(parse_grouped("--even=8", &half, &help, &e));
	EQ(half, 4);
	OK(strstr(buf_text(&help), "\n\nNumbers:\n"
	                           "  -e, --even=N  an even number\n"
	                           "\n"
	                           "Other things:\n"
	                           "  -q, --quick   do not wait\n"
	                           "\n") != NULL);
	OK(!strstr(help.p, "Options:"));
	OK(!parse_grouped("--even=7", &half, &help, &e));
	SAME(slice_of(e.text), "--even: '7' is not an even number");
	OK(!parse_grouped("--evn", &half, &help, &e));
	SAME(slice_of(e.text), "unknown option '--evn'; did you mean '--even'?");
	OK(!parse_grouped("-e", &half, &help, &e));
	EQ(half, 4);
	buf_free(&help);
}

int main(void)
{
	RUN(every_form_of_an_argument_is_understood);
	RUN(letters_may_stand_together);
	RUN(values_have_types);
	RUN(operands_mix_with_options_and_keep_their_order);
	RUN(a_command_may_end_its_options_at_the_first_operand);
	RUN(what_is_not_known_is_told_from_what_is);
	RUN(wrong_values_are_told_from_right_ones);
	RUN(the_environment_fills_what_was_not_given);
	RUN(help_shows_examples_then_usage_then_two_columns);
	RUN(a_tool_may_have_forms_of_its_own_and_groups);
	return t_done();
}
