#include "codec/presets.h"

/* Written by scripts/presets.c. */
#include "codec/presets.inc"
