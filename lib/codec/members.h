/* members.h - the members of an action that the keys of rules name, by path: what an
 * action chain keeps of it, so that a rule with a key can be decided again.
 *
 * In a chain they lie flat, {"chain":3,"source.zone":"x"}: the path as a rule has it,
 * the value as the action had it. `kind`, `id` and the like are not among them: a chain
 * record has those anyway. */
#ifndef MESHQ_MEMBERS_H
#define MESHQ_MEMBERS_H

#include "codec/record.h"

struct members;

/* Adds the paths to the reader. */
struct members *members_new(const struct policy *policy, struct record_reader *r);
void members_free(struct members *m);

/* Appends the object; nothing when the record has no such member. */
void members_add(const struct members *m, const struct record *r, struct buf *out);

/* The way back: appends `,"chain":3,"source":{"zone":"x"}` for a flat object that a scan
 * has accepted. Names that cannot be are left out: interpreted ones, those
 * inside of a member that is there itself, and paths of hundreds of characters, which
 * might be nested too deeply. */
void members_nest(slice object, struct buf *out);

#endif
