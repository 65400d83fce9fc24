#include "codec/schedule.h"
#include "backoff_tool.h"
#include "sys/out.h"

#include <unistd.h>

int backoff_schedule(struct backoff_tool *t)
{
	static char daemon[] = "daemon";
	char *standard[] = { daemon, NULL };
	char **daemons = t->cli.operands + 1;
	struct schedule s = {
		.policy = &t->cli.policy.backoff,
		.every = t->every,
		.crashes = t->crashes,
		.daemons = *daemons ? daemons : standard,
		.table = t->table || (!t->json && isatty(STDOUT_FILENO)),
		.rng = { t->jitter_seed },
	};
	struct out out;
	struct err e;

	out_init(&out, STDOUT_FILENO);
	schedule_begin(&s, &out.pending);
	while (schedule_next(&s, &out.pending) && out_commit(&out))
		;
	backoff_free(&s.tracker);
	return out_close(&out, "standard output", &e) ? STATUS_OK : cli_fail(&t->cli, &e);
}
