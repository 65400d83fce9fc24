#include "cli/judge.h"

#include <stdio.h>
#include <string.h>

static const struct policy_entry *find(const struct executor_policy *policy,
                                       const struct result *result)
{
	char status[12];
	const char *name = result->signal ? sigabbrev_np(result->signal) : status;

	snprintf(status, sizeof status, "%d", result->exit);
	return name ? policy_find(&policy->on_exit, slice_of(name)) : NULL;
}

void judge_end(const struct executor_policy *policy, struct result *result)
{
	const struct policy_entry *own = policy->on_exit.count ? find(policy, result) : NULL;

	if (!own)
		return;
	switch (own->on_exit) {
	case ON_EXIT_OK:
		result->verdict = RESULT_OK;
		break;
	case ON_EXIT_FAIL:
		result->verdict = RESULT_FAIL;
		break;
	case ON_EXIT_RETRY:
		result->verdict = RESULT_RETRY;
		break;
	case ON_EXIT_HALT:
		result->verdict = RESULT_HALT;
		break;
	}
}
