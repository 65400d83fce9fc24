/* Every broken line of tests/data/broken is refused at the right byte with the
 * right words. Runs in the directory of the Makefile, or with MESHQ_TESTS set
 * to the tests. */
#include "codec/record.h"
#include "t.h"

static const char *tests(void)
{
	const char *named = getenv("MESHQ_TESTS");
	return named ? named : "tests";
}

static bool load(const char *name, struct buf *b)
{
	char path[500];
	size_t n;

	snprintf(path, sizeof path, "%s/data/broken/%s.line", tests(), name);
	FILE *f = fopen(path, "rb");
	if (!OK(f != NULL)) {
		printf("# %s\n", path);
		return false;
	}
	buf_clear(b);
	while ((n = fread(buf_reserve(b, 4096), 1, 4096, f)))
		b->n += n;
	fclose(f);
	return OK(b->n && b->p[--b->n] == '\n');
}

static void expect_refusal(struct record_reader *r, const char *expectation)
{
	char name[100], what[120];
	long at = 0;
	struct buf raw = { 0 }, copy = { 0 };
	struct json_error e = { 0 };
	struct record rec;

	if (OK(sscanf(expectation, "%99[^\t]\t%ld\t%119[^\n]", name, &at, what) == 3) &&
	    load(name, &raw) &&
	    (!OK(!record_read(r, json_text(&copy, buf_slice(&raw)), &rec, &e)) ||
	     !EQ(e.at + 1, at) || !SAME(slice_of(e.what), what)))
		printf("# of %s\n", name);
	buf_free(&copy);
	buf_free(&raw);
}

static void broken_lines_are_refused_at_the_right_byte(void)
{
	struct record_reader *r = record_reader_new();
	char path[500], line[500];
	int count = 0;

	snprintf(path, sizeof path, "%s/data/broken/EXPECT", tests());
	FILE *f = fopen(path, "r");
	if (!OK(f != NULL))
		return;
	while (fgets(line, sizeof line, f)) {
		if (*line == '#')
			continue;
		expect_refusal(r, line);
		count++;
	}
	OK(count >= 60);
	fclose(f);
	record_reader_free(r);
}

int main(void)
{
	RUN(broken_lines_are_refused_at_the_right_byte);
	return t_done();
}
