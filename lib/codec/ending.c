#include "codec/ending.h"

#include <string.h>

/* Real-time signals have no name. */
void ending_add_words(int exit, int signal, struct buf *out)
{
	const char *name = signal ? sigabbrev_np(signal) : NULL;

	if (name)
		buf_addf(out, "killed by SIG%s", name);
	else if (signal)
		buf_addf(out, "killed by signal %d", signal);
	else
		buf_addf(out, "exit status %d", exit);
}

void ending_add_member(int exit, int signal, struct buf *out)
{
	const char *name = signal ? sigabbrev_np(signal) : NULL;

	if (name)
		buf_addf(out, ",\"signal\":\"%s\"", name);
	else if (signal)
		buf_addf(out, ",\"signal\":\"%d\"", signal);
	else if (exit >= 0)
		buf_addf(out, ",\"exit\":%d", exit);
}
