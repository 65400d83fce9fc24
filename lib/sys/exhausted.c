/* exhausted.c - the end of a program that is out of memory (base/mem.h). */
#include "base/err.h"
#include "base/mem.h"

#include <unistd.h>

_Noreturn void mem_exhausted(void)
{
	static const char text[] = "meshq: out of memory\n";

	/* Nothing that could want memory again. */
	ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
	(void)ignored;
	_exit(STATUS_OS);
}
