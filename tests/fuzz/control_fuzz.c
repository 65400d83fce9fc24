/* Any bytes as a control record: what is refused has its place, and back-pressure that is read is
 * what daemons can be told, in each form. */
#include "codec/control.h"
#include "fuzz.h"

#include <string.h>

struct paths {
	struct control_paths control;
	struct control_pressure_paths pressure;
};

static void check_place(slice line, const char *at, const char *what)
{
	MUST(at >= line.p && at < line.p + line.n && *what);
}

/* As the line for a file: the level to four digits, above 0 while asserted. */
static void check_level(struct pressure p)
{
	struct buf text = { 0 };
	char *end;

	control_add_level(p, &text);
	double level = strtod(buf_text(&text), &end);
	MUST(strcmp(end, "\n") == 0);
	MUST(p.asserted ? level > 0 && level <= 1 : level == 0);
	MUST(!p.asserted || p.level < 0.01 || (level - p.level < 1e-4 && p.level - level < 1e-4));
	buf_free(&text);
}

/* As the record that an executor would write of it: it is read as the same. */
static void check_again(struct record_reader *r, const struct paths *paths, struct pressure p)
{
	enum edge edge = p.asserted ? EDGE_ASSERTED : EDGE_RELEASED;
	struct buf text = { 0 }, copy = { 0 };
	struct pressure again;
	struct json_error e;
	struct record record;
	const char *at, *what;

	control_add_edge(edge, 7, p.level, (instant){ 5 }, &text);
	MUST(record_read(r, json_text(&copy, (slice){ text.p, text.n - 1 }), &record, &e));
	MUST(control_read_pressure(&paths->pressure, &record, &again, &at, &what));
	MUST(again.asserted == p.asserted);
	MUST(again.level - p.level < 1e-4 && p.level - again.level < 1e-4);
	buf_free(&copy);
	buf_free(&text);
}

static void check(struct record_reader *r, const struct paths *paths, const struct record *record)
{
	struct pressure p;
	struct control c;
	const char *at, *what;

	if (!control_read(&paths->control, record, &c, &at, &what))
		check_place(record->line, at, what);
	if (!control_read_pressure(&paths->pressure, record, &p, &at, &what)) {
		check_place(record->line, at, what);
		return;
	}
	MUST(p.level >= 0 && p.level <= 1 && (p.asserted || p.level == 0));
	check_level(p);
	check_again(r, paths, p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_reader *r = record_reader_new();
	const struct paths paths = { control_paths(r), control_pressure_paths(r) };
	struct buf copy = { 0 };
	struct record record;
	struct json_error e;

	if (record_read(r, json_text(&copy, (slice){ (const char *)data, size }), &record, &e))
		check(r, &paths, &record);
	buf_free(&copy);
	record_reader_free(r);
	return 0;
}
