#include "core/watermark.h"

static bool has_moved(const struct watermark *w, double level)
{
	const double rounding = 1e-6; /* 0.1 is a little more than a tenth */
	double distance = level > w->level ? level - w->level : w->level - level;

	return w->policy.step > 0 && distance > 0 && distance + rounding >= (double)w->policy.step;
}

static enum edge cross(struct watermark *w, uint64_t depth)
{
	if (w->asserted && depth <= w->policy.release_at)
		return EDGE_RELEASED;
	if (!w->asserted && depth >= w->policy.assert_at)
		return EDGE_ASSERTED;
	return w->asserted && has_moved(w, watermark_level(w, depth)) ? EDGE_LEVEL : EDGE_NONE;
}

enum edge watermark_show(struct watermark *w, uint64_t depth)
{
	enum edge edge = cross(w, depth);

	if (edge != EDGE_NONE) {
		w->asserted = edge != EDGE_RELEASED;
		w->level = watermark_level(w, depth);
	}
	return edge;
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
