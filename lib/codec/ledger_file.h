/* ledger_file.h - the text of a persistent ring: a line that says what it is,
 * then the account as meshq-failures prints it, with the actions. So it can be
 * read like any other input too. */
#ifndef MESHQ_LEDGER_FILE_H
#define MESHQ_LEDGER_FILE_H

#include "codec/ledger.h"

void ledger_file_write(struct ledger *l, struct buf *out);

/* A new ledger with `room` for what the text says; an empty text makes an empty
 * one with a run called `own`. JSON_SLACK bytes behind the text are readable.
 * NULL: *line, from 1, is wrong as e says. */
struct ledger *ledger_file_read(slice text, uint32_t room, slice own, uint64_t *line,
                                struct json_error *e);

#endif
