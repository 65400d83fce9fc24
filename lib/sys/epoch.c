#include "sys/epoch.h"

#include "sys/entropy.h"

#include <inttypes.h>
#include <stdio.h>

void epoch_make(char text[EPOCH_TEXT])
{
	snprintf(text, EPOCH_TEXT, "%016" PRIx64, entropy_u64());
}
