#include "sys/machine.h"

#include "base/buf.h"
#include "sys/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct machine machine_here = { .proc = "/proc", .cgroups = "/sys/fs/cgroup" };

/* The whole file, terminated; "" when it is not there. */
static bool read_text(const char *folder, const char *name, struct buf *text, bool *found,
                      struct err *e)
{
	struct buf path = { 0 };

	buf_clear(text);
	buf_addf(&path, "%s/%s", folder, name);
	bool good = file_read(buf_text(&path), text, found, e);
	if (good && !*found)
		err_set(e, STATUS_OS, "%s is not there", buf_text(&path));
	buf_free(&path);
	buf_text(text);
	return good;
}

static bool odd(struct err *e, const char *folder, const char *name)
{
	return err_set(e, STATUS_OS, "%s/%s is not as it should be", folder, name);
}

bool machine_load(const struct machine *m, double *load, struct err *e)
{
	struct buf text = { 0 };
	bool found;
	bool good = read_text(m->proc, "loadavg", &text, &found, e) && found;

	if (good && sscanf(text.p, "%lf", load) != 1)
		good = odd(e, m->proc, "loadavg");
	buf_free(&text);
	return good;
}

/* "some avg10=1.23 avg60=..." is the first line. */
bool machine_pressure(const struct machine *m, const char *resource, double *percent, struct err *e)
{
	struct buf text = { 0 };
	char name[32];
	bool found;

	snprintf(name, sizeof name, "pressure/%s", resource);
	bool good = read_text(m->proc, name, &text, &found, e) && found;
	if (good && sscanf(text.p, "some avg10=%lf", percent) != 1)
		good = odd(e, m->proc, name);
	buf_free(&text);
	return good;
}

/* ---- memory ---- */

struct memory {
	uint64_t free;
	double share;
};

static void tighten(struct memory *m, uint64_t free, uint64_t all)
{
	double share = all ? (double)free / (double)all : 0;

	if (free < m->free)
		m->free = free;
	if (share < m->share)
		m->share = share;
}

/* The number behind a word at the beginning of a line: "MemAvailable:", "inactive_file". */
static bool number_behind(const char *text, const char *word, uint64_t *value)
{
	size_t n = strlen(word);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, word, n) == 0 && line[n] == ' ')
			return sscanf(line + n, "%" SCNu64, value) == 1;
	}
	return false;
}

static bool read_meminfo(const struct machine *m, struct memory *memory, struct err *e)
{
	struct buf text = { 0 };
	uint64_t free, all;
	bool found;
	bool good = read_text(m->proc, "meminfo", &text, &found, e) && found;

	if (good && number_behind(text.p, "MemAvailable:", &free) &&
	    number_behind(text.p, "MemTotal:", &all))
		tighten(memory, free * 1024, all * 1024);
	else if (good)
		good = odd(e, m->proc, "meminfo");
	buf_free(&text);
	return good;
}

/* The number in a file of a group. False: there is none, or it is "max". */
static bool group_number(const char *group, const char *name, uint64_t *value)
{
	struct buf text = { 0 };
	struct err e;
	bool found;
	bool good = read_text(group, name, &text, &found, &e) && found &&
	            sscanf(text.p, "%" SCNu64, value) == 1;

	buf_free(&text);
	return good;
}

/* Pages of files that nobody has used lately are as good as free. */
static uint64_t reclaimable(const char *group)
{
	struct buf text = { 0 };
	struct err e;
	uint64_t value = 0;
	bool found;

	if (read_text(group, "memory.stat", &text, &found, &e) && found)
		number_behind(text.p, "inactive_file", &value);
	buf_free(&text);
	return value;
}

static void read_group(const char *group, struct memory *memory)
{
	uint64_t most, used;

	if (!group_number(group, "memory.max", &most) ||
	    !group_number(group, "memory.current", &used))
		return;
	uint64_t spare = reclaimable(group);

	used -= spare < used ? spare : used;
	tighten(memory, used < most ? most - used : 0, most);
}

/* The line "0::/PATH" says which it is; each group above it may have a limit, too. */
static const char *group_path(const char *text)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "0::/", 4) == 0)
			return line + 3;
	}
	return NULL;
}

static void read_groups(const struct machine *m, struct memory *memory)
{
	struct buf text = { 0 }, path = { 0 };
	struct err e;
	bool found;
	const char *group = NULL;

	if (read_text(m->proc, "self/cgroup", &text, &found, &e))
		group = group_path(text.p);
	if (group)
		buf_addf(&path, "%s%.*s", m->cgroups, (int)strcspn(group, "\n"), group);
	while (path.n > strlen(m->cgroups)) {
		read_group(buf_text(&path), memory);
		path.n = (size_t)(strrchr(path.p, '/') - path.p);
	}
	buf_free(&path);
	buf_free(&text);
}

bool machine_memory(const struct machine *m, uint64_t *free, double *share, struct err *e)
{
	struct memory memory = { .free = UINT64_MAX, .share = 1 };

	if (!read_meminfo(m, &memory, e))
		return false;
	read_groups(m, &memory);
	*free = memory.free;
	*share = memory.share;
	return true;
}
