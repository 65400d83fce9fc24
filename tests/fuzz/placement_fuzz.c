/* Any lines as a cluster: a bad record changes nothing, what a plan writes are records, nothing is
 * placed twice, and the state comes back as it was. The first byte is the policy. */
#include "codec/placement_file.h"
#include "codec/placement_record.h"
#include "fuzz.h"

struct plan {
	struct placement *world;
	struct record_reader *reader;
	struct placement_record records;
	struct buf line, out;
};

static void hear(void *user, const struct placed *s)
{
	struct plan *p = user;

	MUST(s->group.n != 0);
	MUST(s->node.n == 0 || s->term != 0);
	MUST(s->node.n == 0 || !s->crowded);
	placement_record_add(s, (instant){ 5 }, &p->out);
}

static void check_records(struct plan *p)
{
	struct record_reader *reader = record_reader_new();
	slice rest = buf_slice(&p->out);
	struct json_error e;
	struct record r;

	while (rest.n) {
		size_t n = (size_t)((const char *)memchr(rest.p, '\n', rest.n) - rest.p);
		MUST(record_read(reader, json_text(&p->line, (slice){ rest.p, n }), &r, &e));
		MUST(slice_is(r.kind, "place_slot") || slice_is(r.kind, "meshq.unplaced"));
		rest = (slice){ rest.p + n + 1, rest.n - n - 1 };
	}
	record_reader_free(reader);
}

static void pass(struct plan *p)
{
	struct placement_sum first, again;

	buf_clear(&p->out);
	first = placement_pass(p->world, hear, p);
	check_records(p);
	buf_clear(&p->out);
	again = placement_pass(p->world, hear, p);
	MUST(again.placed <= first.left);
	MUST(first.unplaced + first.left == again.placed + again.unplaced + again.left);
}

static void check_state(struct plan *p, const struct recovery_policy *policy)
{
	struct placement *other = placement_new(policy, (struct hash_seed){ 3, 4 });
	struct buf text = { 0 }, copy = { 0 };
	struct err e;

	placement_file_write(p->world, &text);
	MUST(placement_file_read(other, "state", json_text(&copy, buf_slice(&text)), &e));
	buf_clear(&copy);
	placement_file_write(other, &copy);
	MUST(slice_equal(buf_slice(&text), buf_slice(&copy)));
	placement_free(other);
	buf_free(&text);
	buf_free(&copy);
}

static void take(struct plan *p, slice line)
{
	struct told_bad bad = { 0 };
	struct json_error e;
	struct record r;

	if (!record_read(p->reader, json_text(&p->line, line), &r, &e))
		return;
	if (placement_record_read(&p->records, &r, p->world, &bad) == PLACEMENT_BAD)
		MUST(*bad.what &&
		     (!bad.at || (bad.at >= r.line.p && bad.at < r.line.p + r.line.n)));
	if (slice_is(r.kind, "meshq.tick"))
		pass(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recovery_policy policy = {
		.slots = size ? 1 + *data % 8 : 4,
		.rotate = size && *data & 16,
	};
	struct plan p = { .world = placement_new(&policy, (struct hash_seed){ 1, 2 }),
		          .reader = record_reader_new() };
	slice rest = { (const char *)data + !!size, size - !!size };
	struct err e;

	placement_record_init(&p.records, p.reader);
	placement_file_read(NULL, "state", json_text(&p.line, rest), &e);
	while (rest.n) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;
		take(&p, (slice){ rest.p, n });
		n += end != NULL;
		rest = (slice){ rest.p + n, rest.n - n };
	}
	pass(&p);
	check_state(&p, &policy);
	placement_free(p.world);
	placement_record_free(&p.records);
	record_reader_free(p.reader);
	buf_free(&p.line);
	buf_free(&p.out);
	return 0;
}
