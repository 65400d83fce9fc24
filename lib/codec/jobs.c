#include "codec/jobs.h"

bool jobs_parse(slice text, struct jobs *out)
{
	uint64_t n;

	*out = (struct jobs){ .form = JOBS_NUMBER };
	if (slice_starts(text, "+") || slice_starts(text, "-")) {
		out->form = text.p[0] == '+' ? JOBS_MORE : JOBS_LESS;
		text = (slice){ text.p + 1, text.n - 1 };
	} else if (text.n > 0 && text.p[text.n - 1] == '%') {
		out->form = JOBS_PERCENT;
		text.n--;
	}
	if (!slice_u64(text, &n))
		return false;
	out->n = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
	return true;
}

bool jobs_is_none(struct jobs j)
{
	return j.n == 0 && (j.form == JOBS_NUMBER || j.form == JOBS_PERCENT);
}

/* No product of two 32-bit numbers is too large. */
static uint64_t count(struct jobs j, uint64_t processors)
{
	switch (j.form) {
	case JOBS_NUMBER:
		return j.n;
	case JOBS_PERCENT:
		return processors * j.n / 100;
	case JOBS_MORE:
		return processors + j.n;
	case JOBS_LESS:
		return processors > j.n ? processors - j.n : 0;
	}
	return 0;
}

uint32_t jobs_count(struct jobs j, uint32_t processors)
{
	uint64_t n = count(j, processors);

	if (jobs_is_none(j))
		return 0;
	return n == 0 ? 1 : n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}
