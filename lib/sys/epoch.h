/* epoch.h - the name of one run, for records whose numbers start anew with it. */
#ifndef MESHQ_EPOCH_H
#define MESHQ_EPOCH_H

enum { EPOCH_TEXT = 17 };

/* 64 random bits as hexadecimal digits, terminated. */
void epoch_make(char text[EPOCH_TEXT]);

#endif
