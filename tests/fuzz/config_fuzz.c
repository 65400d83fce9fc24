/* Any bytes as a configuration file: refused with a message on one line, or
 * read, printed, and read back to the same. */
#include "codec/config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n);

static bool load(struct policy *p, slice text, struct err *e)
{
	struct config_sources s = { .file = "fuzz.yaml", .text = text };
	return config_load(p, &s, e);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
	struct buf once = { 0 }, twice = { 0 };
	struct policy p;
	struct err e = { 0 };

	if (!load(&p, (slice){ n ? (const char *)bytes : "", n }, &e)) {
		if (e.status != STATUS_CONFIG || strncmp(e.text, "fuzz.yaml:", 10) != 0 ||
		    strchr(e.text, '\n'))
			abort();
		return 0;
	}
	config_print(&p, &once);
	config_free(&p);
	if (!load(&p, buf_slice(&once), &e))
		abort();
	config_print(&p, &twice);
	config_free(&p);
	if (!slice_equal(buf_slice(&once), buf_slice(&twice)))
		abort();
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
