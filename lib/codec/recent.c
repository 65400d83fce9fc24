#include "codec/recent.h"

static const double forgets = 7; /* seconds: half of it is forgotten after five */

void recent_update(struct recent *r, instant at, uint64_t count)
{
	double seconds = (double)(at.ns - r->at.ns) / (double)NS_PER_S;

	if (r->begun && seconds <= 0)
		return;
	if (r->begun) {
		double keeps = forgets / (forgets + seconds);

		r->sum = (r->sum + (double)(count - r->count)) * keeps;
		r->seconds = (r->seconds + seconds) * keeps;
	}
	r->begun = true;
	r->at = at;
	r->count = count;
}

bool recent_rate(const struct recent *r, double *rate)
{
	*rate = r->seconds > 0 ? r->sum / r->seconds : 0;
	return r->seconds > 0;
}
