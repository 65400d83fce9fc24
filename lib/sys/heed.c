#include "sys/heed.h"

#include "base/buf.h"
#include "sys/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The set of signals behind a name in /proc/PID/status, the first signal in the lowest bit. */
static unsigned long long set_of(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

bool heed_catches(pid_t pid, int signal)
{
	struct buf status = { 0 };
	char path[40];
	struct err e;
	bool found;

	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	bool known = file_read(path, &status, &found, &e) && found;
	const char *text = buf_text(&status);
	known = known && strstr(text, "\nSigCgt:");
	unsigned long long heeded = set_of(text, "\nSigCgt:") | set_of(text, "\nSigBlk:");
	buf_free(&status);
	return !known || (heeded >> (signal - 1) & 1);
}
