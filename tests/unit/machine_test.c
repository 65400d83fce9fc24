/* What the kernel tells of the machine, from files of our own. */
#include "scratch.h"
#include "sys/machine.h"
#include "t.h"

#include "base/buf.h"
#include "sys/processors.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/meshq-machine-XXXXXX";
static char proc[sizeof folder + 8], cgroups[sizeof folder + 8];
static struct machine here;

/* Makes the file with all its folders. */
static void put(const char *name, const char *text)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s", folder, name);

	for (char *p = path + sizeof folder; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0700);
		*p = '/';
	}
	FILE *f = fopen(path, "w");
	if (OK(f != NULL)) {
		fputs(text, f);
		fclose(f);
	}
}

static void take_away(const char *name)
{
	char path[200];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	unlink(path);
}

static void the_load_is_that_of_the_last_minute(void)
{
	struct err e;
	double load;

	put("proc/loadavg", "0.54 1.25 2.00 3/98 7987\n");
	OK(machine_load(&here, &load, &e) && load == 0.54);
	put("proc/loadavg", "");
	OK(!machine_load(&here, &load, &e));
	take_away("proc/loadavg");
	OK(!machine_load(&here, &load, &e));
	EQ(e.status, STATUS_OS);
	OK(strstr(e.text, "proc/loadavg is not there") != NULL);
}

static void pressure_is_the_part_of_ten_seconds_in_which_some_waited(void)
{
	struct err e;
	double percent;

	put("proc/pressure/cpu", "some avg10=42.88 avg60=70.70 avg300=30.77 total=7\n"
	                         "full avg10=1.00 avg60=0.00 avg300=0.00 total=0\n");
	OK(machine_pressure(&here, "cpu", &percent, &e) && percent == 42.88);
	OK(!machine_pressure(&here, "io", &percent, &e));
	put("proc/pressure/cpu", "full avg10=1.00\n");
	OK(!machine_pressure(&here, "cpu", &percent, &e));
}

static bool memory_is(uint64_t free, double share)
{
	struct err e;
	uint64_t got = 0;
	double part = 0;

	return OK(machine_memory(&here, &got, &part, &e)) && EQ(got, free) && OK(part == share);
}

static void free_memory_is_what_is_available(void)
{
	struct err e;
	uint64_t free;
	double share;

	take_away("proc/self/cgroup");
	OK(!machine_memory(&here, &free, &share, &e));
	put("proc/meminfo", "MemTotal:     8000 kB\nMemFree:  100 kB\nMemAvailable:   2000 kB\n");
	memory_is(2000 * 1024, 0.25);
	put("proc/meminfo", "MemTotal:     8000 kB\n");
	OK(!machine_memory(&here, &free, &share, &e));
}

static void the_tightest_group_counts(void)
{
	put("proc/meminfo", "MemTotal: 8000 kB\nMemAvailable: 2000 kB\n");
	put("proc/self/cgroup", "10::/x\n4:memory:/y\n0::/a/b\n");
	put("cgroup/x/memory.max", "1\n");
	put("cgroup/x/memory.current", "1\n");
	put("cgroup/a/b/memory.max", "max\n");
	put("cgroup/a/b/memory.current", "4096\n");
	memory_is(2000 * 1024, 0.25);
	put("cgroup/a/memory.max", "1000000\n");
	put("cgroup/a/memory.current", "900000\n");
	memory_is(100000, 0.1);
	put("cgroup/a/memory.stat", "anon 1\ninactive_file 400000\nfile 500000\n");
	memory_is(500000, 0.25);
	put("cgroup/a/b/memory.max", "4096\n");
	memory_is(0, 0);
	put("cgroup/a/b/memory.max", "1\n");
	memory_is(0, 0);
}

static void the_root_of_a_container_may_have_a_limit(void)
{
	put("proc/self/cgroup", "0::/\n");
	put("cgroup/memory.max", "1000\n");
	put("cgroup/memory.current", "200\n");
	memory_is(800, 0.25);
	take_away("cgroup/memory.max");
	memory_is(2000 * 1024, 0.25);
}

static void there_is_a_processor_for_us(void)
{
	OK(processors_count() >= 1);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	snprintf(proc, sizeof proc, "%s/proc", folder);
	snprintf(cgroups, sizeof cgroups, "%s/cgroup", folder);
	here = (struct machine){ proc, cgroups };

	RUN(the_load_is_that_of_the_last_minute);
	RUN(pressure_is_the_part_of_ten_seconds_in_which_some_waited);
	RUN(free_memory_is_what_is_available);
	RUN(the_tightest_group_counts);
	RUN(the_root_of_a_container_may_have_a_limit);
	RUN(there_is_a_processor_for_us);
	scratch_remove(folder);
	return t_done();
}
