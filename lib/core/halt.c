/* halt.c - see halt.h. */
#include "core/halt.h"

bool halt_due(const struct halt_policy *p, uint64_t failed, uint64_t ended)
{
	if (p->when == HALT_NEVER)
		return false;
	if (!p->percent)
		return failed >= p->fail;
	return ended >= HALT_ENDS && failed * 100 >= (uint64_t)p->fail * ended;
}
