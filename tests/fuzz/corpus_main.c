/* corpus_main.c - runs a fuzz target over its corpus, so that `make check` needs
 * neither clang nor luck. TAP: one line an input; build/fuzz/json_fuzz takes its
 * inputs from tests/fuzz/corpus/json, or from the arguments. */
#include "base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of the exact size, so that a sanitizer sees every byte too far. */
static void run(const struct buf *input)
{
	uint8_t *data = malloc(input->n ? input->n : 1);

	if (!data)
		abort();
	if (input->n)
		memcpy(data, input->p, input->n);
	LLVMFuzzerTestOneInput(data, input->n);
	free(data);
}

static void run_file(const char *path, int number)
{
	struct buf input = { 0 };
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f) {
		printf("Bail out! %s: %s\n", path, strerror(errno));
		exit(1);
	}
	do {
		n = fread(buf_reserve(&input, 65536), 1, 65536, f);
		input.n += n;
	} while (n);
	fclose(f);
	printf("# %s\n", path); /* the last line before a crash names its cause */
	fflush(stdout);
	run(&input);
	printf("ok %d - %s\n", number, path);
	buf_free(&input);
}

static int run_folder(const char *folder)
{
	struct dirent **entries;
	int found = scandir(folder, &entries, NULL, alphasort);
	int count = 0;

	for (int i = 0; i < found; i++) {
		char path[4096 + 256];
		if (entries[i]->d_name[0] != '.') {
			snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
			run_file(path, ++count);
		}
		free(entries[i]);
	}
	if (found >= 0)
		free(entries);
	return count;
}

int main(int argc, char **argv)
{
	int count = 0;

	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			run_file(argv[i], ++count);
	} else {
		const char *slash = strrchr(argv[0], '/');
		const char *name = slash ? slash + 1 : argv[0];
		const char *end = strstr(name, "_fuzz");
		char folder[4096];

		snprintf(folder, sizeof folder, "tests/fuzz/corpus/%.*s",
		         end ? (int)(end - name) : (int)strlen(name), name);
		count = run_folder(folder);
		if (!count)
			printf("# %s has no inputs\n", folder);
	}
	printf("1..%d\n", count);
	return count == 0;
}
