/* terminal.h - what a terminal can show. */
#ifndef MESHQ_TERMINAL_H
#define MESHQ_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

/* The width of the terminal at `fd`, COLUMNS, or 0 when neither tells. */
uint32_t terminal_width(int fd);

/* The locale's characters are UTF-8, by LC_ALL, LC_CTYPE and LANG. */
bool terminal_is_utf8(void);

/* A line on it can be drawn again: it is a terminal, and none that is dumb. */
bool terminal_can_redraw(int fd);

/* It is ours now, and takes more without making us wait. */
bool terminal_is_ready(int fd);

#endif
