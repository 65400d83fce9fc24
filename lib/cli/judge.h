/* judge.h - what the end of a handler means, from its exit status or signal. */
#ifndef MESHQ_JUDGE_H
#define MESHQ_JUDGE_H

#include "core/engine.h"

/* Changes the verdict of a result whose `exit` and `signal` are set when
 * executor.on_exit has something to say of them. */
void judge_end(const struct executor_policy *policy, struct result *result);

#endif
