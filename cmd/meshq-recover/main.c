/* meshq-recover - run each recovery handler once a pass. See meshq-recover(1). */
#include "recover.h"

static const struct opt_command command = {
	.name = "meshq-recover",
	.summary = "run each recovery handler of a directory once a pass",
	.usage = "[OPTION]... -H DIR",
	.examples = "meshq-recover -H recover.d\n"
		    "meshq-recover -H recover.d | jq -c .recovered",
};

/* One a process, so that the table of options can be a table. */
static struct recover r;

static const struct opt options[] = {
	{ OPT_GROUP, .help = "Handlers" },
	{ OPT_TEXT, 'H', "handlers", "DIR", .value = &r.handlers,
	  .help = "run each program in DIR, with the argument 'recover'" },
	{ .type = OPT_END },
};

int main(int argc, char **argv)
{
	int status;

	if (!cli_start(&r.cli, &command, options, argc, argv, &status))
		return status;
	if (r.cli.operands[0])
		status = cli_usage(&r.cli, "unexpected operand '%s'", r.cli.operands[0]);
	else if (!r.handlers)
		status = cli_usage(&r.cli, "expected --handlers DIR");
	else
		status = recover_passes(&r);
	return cli_end(&r.cli, status);
}
