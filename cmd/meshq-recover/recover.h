/* recover.h - meshq-recover from the inside: what its files share. */
#ifndef MESHQ_RECOVER_H
#define MESHQ_RECOVER_H

#include "cli/recover_list.h"
#include "cli/recover_run.h"
#include "codec/recovery_line.h"
#include "sys/clock.h"
#include "sys/out.h"

struct recover {
	struct cli cli;
	struct clock clock;
	struct out out;
	struct out rejects;
	bool keeps_rejects;
	struct recover_list list;
	struct recover_run run;
	struct recovery_line_reader *lines;
	int status;

	/* Options. */
	const char *handlers; /* -H */
};

/* pass.c: recovery passes. Returns the status of main. */
int recover_passes(struct recover *r);

#endif
