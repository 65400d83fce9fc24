/* ending.h - how a process has ended, in the words of records and messages. */
#ifndef MESHQ_ENDING_H
#define MESHQ_ENDING_H

#include "base/buf.h"

/* Appends "killed by SIGSEGV", or "exit status 3" when `signal` is 0. */
void ending_add_words(int exit, int signal, struct buf *out);

/* Appends ,"signal":"SEGV" or ,"exit":3; nothing when there is neither (exit -1). */
void ending_add_member(int exit, int signal, struct buf *out);

#endif
