#include "core/watermark.h"

enum edge watermark_show(struct watermark *w, uint64_t depth)
{
	if (w->asserted && depth <= w->policy.release_at) {
		w->asserted = false;
		return EDGE_RELEASED;
	}
	if (!w->asserted && depth >= w->policy.assert_at) {
		w->asserted = true;
		return EDGE_ASSERTED;
	}
	return EDGE_NONE;
}

double watermark_level(const struct watermark *w, uint64_t depth)
{
	uint64_t low = w->policy.assert_at;
	uint64_t high = w->policy.ceiling;

	if (high == 0)
		high = low <= UINT64_MAX / 2 ? 2 * low : UINT64_MAX;
	if (depth <= low)
		return 0;
	if (depth >= high)
		return 1;
	return (double)(depth - low) / (double)(high - low);
}
