/* control_dir.h - the folder by which a supervisor is looked at and told what to do.
 *
 *	control       a FIFO that takes lines: restart NAME, stop NAME, start NAME, or a record
 *	status        what is the matter with each daemon, replaced at each change
 *	status.lock   locked as long as the supervisor is there; has its process ID
 *
 * What a supervisor that was killed has left there is taken over by the next. */
#ifndef MESHQ_CONTROL_DIR_H
#define MESHQ_CONTROL_DIR_H

#include "cli/cli.h"
#include "sys/lines.h"

enum control_command {
	CONTROL_RESTART,
	CONTROL_STOP,
	CONTROL_START,
};

/* "restart" */
const char *control_command_name(enum control_command command);

struct control_dir_calls {
	/* False: there is no daemon of this name, which has blanks neither before nor behind it. */
	bool (*command)(void *user, enum control_command command, slice name);
	/* A line that begins with '{', with the slack of lines.h; where it is from, for messages.
	 * NULL: such lines are for nobody. */
	void (*record)(void *user, slice line, const char *from, uint64_t number);
	void *user;
};

struct control_dir {
	struct cli *cli;
	const struct control_dir_calls *calls; /* borrowed */
	char *fifo;
	char *status;
	int lock;
	struct lines lines;
	struct buf published; /* what is in the status file */
	bool open;
	bool unpublished; /* it could not be written, and that was said */
	uint32_t bad;     /* lines in a row that were no commands */
};

/* Makes the folder, when it is absent, and what belongs into it. False: it cannot be used;
 * STATUS_DEFERRED says that another supervisor has it. `path` is borrowed for the call. */
bool control_dir_open(struct control_dir *d, struct cli *cli, const char *path,
                      const struct control_dir_calls *calls, struct err *e);

/* Readable when control_dir_serve has something to do; it never ends. -1 when not open. */
static inline int control_dir_fd(const struct control_dir *d)
{
	return d->open ? d->lines.fd : -1;
}

/* Takes the lines that are there, without waiting and not more than a block at a time. What is
 * no command is warned of. */
void control_dir_serve(struct control_dir *d);

/* Replaces the status file, unless this is what it has. That it cannot be written is said once,
 * and tried again with the next. */
void control_dir_publish(struct control_dir *d, slice status);

/* Removes the FIFO and the status. Nothing when it is not open. */
void control_dir_close(struct control_dir *d);

/* ---- for those who come to look ---- */

/* Names in the folder; the caller frees them. */
char *control_dir_file(const char *path, const char *name);

/* A supervisor is there now. *pid is its process ID, 0: unknown. */
bool control_dir_is_used(const char *path, int64_t *pid);

#endif
