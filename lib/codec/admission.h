/* admission.h - the member that meshq-admit appends and meshq-exec honours. */
#ifndef MESHQ_ADMISSION_H
#define MESHQ_ADMISSION_H

#include "codec/json.h"
#include "core/gate.h"

/* Appends the value: {"decision":"defer","rule":...,"retry_after_ms":...,"at_ms":...}. */
void admission_add(const struct verdict *v, const struct policy *policy, instant now,
                   struct buf *out);

/* What an admission member says. */
struct admission {
	enum decision decision;
	uint32_t rule; /* UINT32_MAX: none that the policy has */
	instant until; /* DEFER: at_ms + retry_after_ms. GATE: until_ms */
};

/* Finds the members of an admission object. */
struct admission_reader;
struct admission_reader *admission_reader_new(void);
void admission_reader_free(struct admission_reader *r);

/* `value` is an object that a scan has accepted; `now` stands in for an absent
 * at_ms. False: it is no admission; *what says what was expected. */
bool admission_read(struct admission_reader *r, slice value, const struct policy *policy,
                    instant now, struct admission *out, const char **what);

#endif
