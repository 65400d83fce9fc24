#include "cli/terminal.h"

#include "base/slice.h"

#include <poll.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

uint32_t terminal_width(int fd)
{
	struct winsize w;
	const char *columns = getenv("COLUMNS");
	uint64_t n;

	if (ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col)
		return w.ws_col;
	return columns && slice_u64(slice_of(columns), &n) && n < 10000 ? (uint32_t)n : 0;
}

bool terminal_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *locale = getenv(names[i]);
		const char *set = locale ? strchr(locale, '.') : NULL;

		if (locale && *locale)
			return set &&
			       (strcasecmp(set, ".utf-8") == 0 || strcasecmp(set, ".utf8") == 0);
	}
	return false;
}

bool terminal_can_redraw(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

bool terminal_is_ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	pid_t owner = tcgetpgrp(fd);

	return (owner < 0 || owner == getpgrp()) && poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}
