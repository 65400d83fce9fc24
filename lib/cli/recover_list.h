/* recover_list.h - which recovery handlers there are: the programs of a directory, or those that a
 * configuration names. */
#ifndef MESHQ_RECOVER_LIST_H
#define MESHQ_RECOVER_LIST_H

#include "cli/cli.h"

/* A handler, with room for one more argument: what it is asked for. */
struct recover_command {
	char *name;
	char *path;  /* of the file to execute */
	char **argv; /* argv[argc] is for what it is asked, and NULL is behind that */
	uint32_t argc;
};

struct recover_list {
	struct recover_command *commands; /* in the order in which new ones take their turns */
	uint32_t count;
};

/* Whether a file of a directory with this name is a handler, as run-parts(8) has it: letters,
 * digits, "_" and "-" only. So hidden files, backups and what is being copied are none. */
bool recover_list_is_name(const char *name);

/* Those of the directory, by name. Others are told of with -v, unless cli is NULL. False: it cannot
 * be read; the list is empty. */
bool recover_list_read(struct recover_list *l, const struct cli *cli, const char *dir,
                       struct err *e);

/* Whether one of a directory still is a handler, when its turn has come; -v tells why not. */
bool recover_list_is_there(const struct cli *cli, const struct recover_command *c);

/* Those of recovery.handlers. A program that cannot be found is a fault of the handler, when its
 * turn has come, and not of the others. */
void recover_list_take(struct recover_list *l, const struct policy_map *handlers);

void recover_list_free(struct recover_list *l);

/* NULL: there is none. */
const struct recover_command *recover_list_find(const struct recover_list *l, const char *name);

#endif
