/* launch.h - which process handles an action: a file of a directory by its kind,
 * or one command with members of the record in its arguments. */
#ifndef MESHQ_LAUNCH_H
#define MESHQ_LAUNCH_H

#include "core/engine.h"
#include "sys/child.h"

struct launch;

/* DIR/KIND for each action, else DIR/default. NULL with e: there is no such
 * directory. */
struct launch *launch_by_kind(const char *dir, struct err *e);

/* The command, found in PATH now: NULL with e and its status 126 or 127, or 64
 * when an argument has a bad {placeholder}. plain: no action has a process of its own, so
 * braces are braces. Borrows argv. */
struct launch *launch_command(char **argv, bool plain, struct err *e);

/* Who an action is says this member of it, and not `id`. */
void launch_identify(struct launch *l, const char *path);

void launch_free(struct launch *l);

/* Fills in everything but `ignored` and `files`; borrowed until the next call. `deadline` is
 * told to the handler unless it is INSTANT_NEVER. False: the action cannot be
 * handled, e says why. */
bool launch_prepare(struct launch *l, const struct action *a, slice line, instant deadline,
                    struct child_command *command, struct err *e);

/* A program that handles more than one action: its arguments are as they were given, and
 * without MESHQ_ variables in its environment. */
struct launch_program;

/* The one for the kind; NULL with e: there is none. It borrows from the launch. */
struct launch_program *launch_program(struct launch *l, slice kind, struct err *e);
void launch_program_free(struct launch_program *p);
bool launch_program_same(const struct launch_program *p, const struct launch_program *other);

const char *launch_program_path(const struct launch_program *p);

/* Fills in path, argv and environment, borrowed from the program and the launch. */
void launch_program_command(const struct launch_program *p, struct child_command *command);

#endif
