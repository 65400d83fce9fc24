/* pressure.h - meshq.backpressure records reach the daemons that ask for them: as the level in a
 * file, as lines on a descriptor, or as signals. core/relay decides who has to be told what.
 *
 * A signal goes to a daemon only once it catches it; before that it would die of it. One that does
 * not yet is looked at again: soon at first, then four times a second. So is one that has not had
 * the signal before, which this one could overtake. */
#ifndef MESHQ_PRESSURE_H
#define MESHQ_PRESSURE_H

#include "cli/cli.h"
#include "codec/control.h"
#include "core/relay.h"
#include "sys/daemon.h"

struct pressure_daemon {
	const char *name;
	const struct daemon_policy *policy;
	struct daemon *process;
	bool failed; /* its file could not be written, and that was said */
};

struct pressure_relay {
	const struct cli *cli;
	struct relay relay; /* tell it of starts, ends and readiness */
	struct control_pressure_paths paths;
	struct pressure_daemon *daemons; /* as many as relay.count */
	bool began;                      /* somebody was told something, or could have been */
	int patience;                    /* ms until the next look; 0: nobody is waited for */
	int status;
};

/* Before the reader of the input reads its first line. */
void pressure_init(struct pressure_relay *p, const struct cli *cli, struct record_reader *reader);

/* Returns its number, from 0. All are borrowed. */
uint32_t pressure_add(struct pressure_relay *p, const char *name,
                      const struct daemon_policy *policy, struct daemon *process);

/* Somebody asks, so records are to be read. */
bool pressure_is_wanted(const struct pressure_relay *p);

/* A record of any kind, of the reader of the input: *ours says whether it is one of back-pressure.
 * False: it is, and wrong; see control_read. */
bool pressure_take(struct pressure_relay *p, enum relay_source source, const struct record *r,
                   bool *ours, const char **at, const char **what);

/* The input is over: what it has asserted last is released. */
void pressure_over(struct pressure_relay *p);

/* Tells all that is to be told; after whatever else has happened, and before the first start.
 * Never blocks. */
void pressure_work(struct pressure_relay *p);

/* After how many milliseconds of real time to work again though nothing happens; -1: none. */
int pressure_patience(const struct pressure_relay *p);

/* All processes are gone: files are left at 0. Frees; the status is STATUS_IO when a file could
 * not be written at some time. */
int pressure_finish(struct pressure_relay *p);

#endif
