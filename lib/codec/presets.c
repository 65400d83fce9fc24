/* The files of share/presets are built in, so that a program needs no
 * installed file. Paths are from the top of the tree, where make runs. */
#include "codec/presets.h"

#include <stddef.h>

#define EMBED(symbol, path)                                                                        \
	__asm__(".pushsection .rodata\n"                                                           \
	        ".globl " #symbol ", " #symbol "_end\n" #symbol ": .incbin \"" path "\"\n" #symbol \
	        "_end: .byte 0\n"                                                                  \
	        ".popsection\n");                                                                  \
	extern const char symbol[], symbol##_end[]

EMBED(presets_meshos, "share/presets/meshos.yaml");
EMBED(presets_robust, "share/presets/robust.yaml");

const struct preset presets[] = {
	{ "meshos", presets_meshos, presets_meshos_end },
	{ "robust", presets_robust, presets_robust_end },
	{ NULL, NULL, NULL },
};
