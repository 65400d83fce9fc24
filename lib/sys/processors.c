#include "sys/processors.h"

#include <errno.h>
#include <sched.h>

/* The kernel refuses a set that is smaller than its own. */
uint32_t processors_count(void)
{
	for (int room = 1024; room <= 1 << 20; room *= 2) {
		cpu_set_t *set = CPU_ALLOC((size_t)room);
		size_t size = CPU_ALLOC_SIZE((size_t)room);

		if (!set)
			break;
		int code = sched_getaffinity(0, size, set) == 0 ? 0 : errno;
		int count = code ? 0 : CPU_COUNT_S(size, set);
		CPU_FREE(set);
		if (count > 0)
			return (uint32_t)count;
		if (code != EINVAL)
			break;
	}
	return 1;
}
