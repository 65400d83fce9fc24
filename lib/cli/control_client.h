/* control_client.h - those who look at a supervisor, or tell it what to do, through its folder
 * (control_dir.h). */
#ifndef MESHQ_CONTROL_CLIENT_H
#define MESHQ_CONTROL_CLIENT_H

#include "cli/control_dir.h"
#include "codec/daemon_status.h"
#include "sys/follow.h"

struct control_client {
	const char *path; /* of the folder; borrowed */
	char *status;
	char *fifo;
	int64_t pid; /* the supervisor that was seen first; 0: none yet */
	int to;      /* the FIFO, or -1 */
	struct follow follow;
	struct daemon_status_reader *reader;
	struct buf text;            /* the status file */
	struct buf names;           /* decoded, for control_client_name */
	struct daemon_status *list; /* as it was looked at last */
	uint32_t count;
};

/* Does not look yet. */
void control_client_init(struct control_client *c, const char *path);
void control_client_free(struct control_client *c);

/* Fills in the list. False: nobody is there, or not the one any more that was; or what is there
 * cannot be read. */
bool control_client_look(struct control_client *c, struct err *e);

/* Waits until looking again may help. */
void control_client_wait(struct control_client *c);

/* The daemon of this name, as people write it: its place in the list, or -1. */
int64_t control_client_find(struct control_client *c, slice name);

/* The name of the ith; holds until the next call. */
slice control_client_name(struct control_client *c, uint32_t i);

/* Gives the supervisor a command, waiting until it has room for it. */
bool control_client_tell(struct control_client *c, enum control_command command, slice name,
                         struct err *e);

#endif
