/* plan.c - from records of a cluster to actions that place slots anew. */
#include "cli/input.h"
#include "codec/placement_file.h"
#include "codec/placement_record.h"
#include "sys/clock.h"
#include "sys/entropy.h"
#include "sys/file.h"
#include "tool.h"

#include <string.h>
#include <unistd.h>

struct plan {
	struct cli *cli;
	struct input input;
	struct out out;
	struct clock clock;
	struct record_reader *reader;
	struct placement_record records;
	struct placement *world;
	const char *state;
	bool save_failed; /* said once */
	bool news;        /* of the cluster, since the last pass */
	uint64_t left;    /* slots that the last pass did not look at */
	instant now;      /* of a pass */
	int status;
};

static bool fail(struct plan *p, const struct err *e)
{
	p->status = cli_worse(p->status, cli_fail(p->cli, e));
	return false;
}

/* ---- the state: read, changed and replaced in each pass, under its lock ---- */

/* Takes the lock and reads the file into `text`, and what it says into the world, or nowhere.
 * Returns what holds the lock, or -1. */
static int begin(struct plan *p, struct placement *into, struct buf *text)
{
	int lock;
	bool found;
	struct err e;

	if ((lock = file_lock(p->state, &e)) < 0) {
		fail(p, &e);
		return -1;
	}
	if (file_read(p->state, text, &found, &e)) {
		memset(buf_reserve(text, JSON_SLACK), 0, JSON_SLACK);
		if (placement_file_read(into, p->state, buf_slice(text), &e))
			return lock;
	}
	fail(p, &e);
	close(lock);
	return -1;
}

/* A state that cannot be written does not stop the plan. */
static void save(struct plan *p, slice before)
{
	struct buf text = { 0 };
	struct err e;

	placement_file_write(p->world, &text);
	if (!slice_equal(buf_slice(&text), before) &&
	    !file_replace(p->state, buf_slice(&text), &e) && !p->save_failed) {
		p->save_failed = true;
		fail(p, &e);
	}
	buf_free(&text);
}

/* ---- passes ---- */

static void hear(void *user, const struct placed *slot)
{
	struct plan *p = user;

	placement_record_add(slot, p->now, &p->out.pending);
}

static void look(struct plan *p)
{
	p->now = clock_now(&p->clock);
	struct placement_sum sum = placement_pass(p->world, hear, p);
	p->left = sum.left;
	p->news = false;
	if (sum.unplaced)
		p->status = cli_worse(p->status, STATUS_SHORTFALL);
	cli_detail(p->cli, "a pass: %ju placed, %ju without a place, %ju left for later",
	           (uintmax_t)sum.placed, (uintmax_t)sum.unplaced, (uintmax_t)sum.left);
}

/* What was decided is on the disk before anybody hears of it. */
static bool look_with_state(struct plan *p)
{
	struct buf before = { 0 };
	int lock = begin(p, p->world, &before);

	if (lock >= 0) {
		look(p);
		save(p, buf_slice(&before));
		close(lock);
	}
	buf_free(&before);
	return lock >= 0;
}

static bool pass(struct plan *p)
{
	if (!p->state)
		look(p);
	else if (!look_with_state(p))
		return false;
	return out_commit(&p->out);
}

/* A state that cannot be used is known before the first record is read. */
static bool try_state(struct plan *p)
{
	struct buf text = { 0 };
	int lock = p->state ? begin(p, NULL, &text) : -1;

	if (lock >= 0)
		close(lock);
	buf_free(&text);
	return !p->state || lock >= 0;
}

/* ---- records ---- */

static bool take(struct plan *p, const struct record *r)
{
	struct told_bad bad;

	switch (placement_record_read(&p->records, r, p->world, &bad)) {
	case PLACEMENT_BAD:
		input_reject(&p->input, r, bad.at, "%s", bad.what);
		return true;
	case PLACEMENT_NEWS:
		p->news = true;
		break;
	case PLACEMENT_OTHER:
		buf_add_slice(&p->out.pending, r->line);
		buf_add_char(&p->out.pending, '\n');
		break;
	}
	if (r->has_at)
		clock_show(&p->clock, r->at);
	if (slice_is(r->kind, "meshq.tick"))
		return pass(p);
	return out_commit(&p->out);
}

/* False: stopped before the end, by what makes it useless to go on. */
static bool read_all(struct plan *p)
{
	struct record r;

	for (;;)
		switch (input_next(&p->input, p->reader, &r)) {
		case INPUT_RECORD:
			if (!take(p, &r))
				return false;
			break;
		case INPUT_MORE:
			if (!out_flush(&p->out))
				return false;
			input_fill(&p->input);
			break;
		case INPUT_END:
			return true;
		}
}

/* A cluster of which a part is unknown is not one to be strict about. */
static bool knows_enough(const struct plan *p)
{
	return !p->cli->strict || p->input.status == STATUS_OK;
}

static void plan_all(struct plan *p)
{
	if (!try_state(p) || !read_all(p))
		return;
	if (p->news && knows_enough(p) && !pass(p))
		return;
	if (p->left)
		cli_note(p->cli, "%ju more slot%s a place, and %s left for another pass",
		         (uintmax_t)p->left, p->left == 1 ? " needs" : "s need",
		         p->left == 1 ? "is" : "are");
}

int tool_plan(struct tool *t, char **files)
{
	struct cli *c = &t->cli;
	struct plan p = { .cli = c, .state = t->state };
	struct err e;

	if (!input_start(&p.input, c, files, &e))
		return cli_fail(c, &e);
	out_init(&p.out, STDOUT_FILENO);
	clock_start(&p.clock, c->clock == CLI_CLOCK_RECORD);
	p.reader = record_reader_new();
	placement_record_init(&p.records, p.reader);
	p.world = placement_new(&c->policy.recovery,
	                        (struct hash_seed){ entropy_u64(), entropy_u64() });
	plan_all(&p);
	p.status = cli_worse(p.status, input_finish(&p.input));
	if (!out_close(&p.out, "standard output", &e))
		fail(&p, &e);
	placement_free(p.world);
	placement_record_free(&p.records);
	record_reader_free(p.reader);
	return p.status;
}
