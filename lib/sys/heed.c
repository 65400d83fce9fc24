#include "sys/heed.h"

#include "base/buf.h"
#include "sys/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 2 };

/* The signals that are in any of these sets of /proc/PID/status, the first one in the lowest bit.
 * False: nobody can say. */
static bool read_sets(pid_t pid, const char *const names[SETS], unsigned long long *signals)
{
	struct buf status = { 0 };
	char path[40];
	struct err e;
	bool known;

	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	known = file_read(path, &status, &known, &e) && known;
	*signals = 0;
	for (int i = 0; i < SETS; i++) {
		const char *at = strstr(buf_text(&status), names[i]);

		known &= at != NULL;
		*signals |= at ? strtoull(at + strlen(names[i]), NULL, 16) : 0;
	}
	buf_free(&status);
	return known;
}

bool heed_catches(pid_t pid, int signal)
{
	static const char *const names[SETS] = { "\nSigCgt:", "\nSigBlk:" };
	unsigned long long heeded;

	return !read_sets(pid, names, &heeded) || (heeded >> (signal - 1) & 1);
}

bool heed_has_had(pid_t pid, int signal)
{
	static const char *const names[SETS] = { "\nSigPnd:", "\nShdPnd:" };
	unsigned long long pending;

	return !read_sets(pid, names, &pending) || !(pending >> (signal - 1) & 1);
}
