/* Any bytes as a configuration file, and behind a zero byte as --set: refused
 * with a message on one line, or read, printed, and read back to the same. */
#include "base/mem.h"
#include "codec/config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n);

static bool is_good_message(const struct err *e)
{
	return e->status == STATUS_CONFIG && !strchr(e->text, '\n') &&
	       (strncmp(e->text, "fuzz.yaml:", 10) == 0 || strncmp(e->text, "--set: ", 7) == 0);
}

static void check_reads_back(const struct policy *p)
{
	struct buf once = { 0 }, twice = { 0 };
	struct config_sources s = { .file = "printed.yaml" };
	struct policy q;
	struct err e;

	config_print(p, &once);
	s.text = buf_slice(&once);
	if (!config_load(&q, &s, &e))
		abort();
	config_print(&q, &twice);
	if (!slice_equal(buf_slice(&once), buf_slice(&twice)))
		abort();
	config_free(&q);
	buf_free(&once);
	buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
	char *text = mem_text((const char *)bytes, n);
	size_t end = strlen(text);
	const char *sets[] = { end < n ? text + end + 1 : "" };
	struct config_sources s = {
		.file = "fuzz.yaml",
		.text = { text, end },
		.sets = sets,
		.set_count = end < n,
	};
	struct policy p;
	struct err e = { 0 };

	if (config_load(&p, &s, &e)) {
		check_reads_back(&p);
		config_free(&p);
	} else if (!is_good_message(&e)) {
		abort();
	}
	free(text);
	return 0;
}
