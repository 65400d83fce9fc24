#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *e, enum status status, const char *format, ...)
{
	va_list args;

	e->status = status;
	va_start(args, format);
	vsnprintf(e->text, sizeof e->text, format, args);
	va_end(args);
	return false;
}

bool err_system(struct err *e, enum status status, const char *format, ...)
{
	int code = errno;
	va_list args;

	e->status = status;
	va_start(args, format);
	vsnprintf(e->text, sizeof e->text, format, args);
	va_end(args);
	size_t n = strlen(e->text);
	snprintf(e->text + n, sizeof e->text - n, ": %s", strerror(code));
	return false;
}

bool err_prefix(struct err *e, const char *format, ...)
{
	char old[sizeof e->text];
	va_list args;

	memcpy(old, e->text, sizeof old);
	va_start(args, format);
	vsnprintf(e->text, sizeof e->text, format, args);
	va_end(args);
	size_t n = strlen(e->text);
	snprintf(e->text + n, sizeof e->text - n, ": %s", old);
	return false;
}
