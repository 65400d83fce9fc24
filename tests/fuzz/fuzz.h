/* fuzz.h - what the fuzz targets share.
 *
 * A target is tests/fuzz/NAME_fuzz.c, its seeds are tests/fuzz/corpus/NAME/. With
 * clang's libFuzzer it gets random input (make fuzz); with any compiler
 * corpus_main.c feeds it the seeds (make check). */
#ifndef MESHQ_FUZZ_H
#define MESHQ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the run, so that the fuzzer keeps the input. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
