/* Any bytes as a spool: what is made of them can be written, and says the same then. */
#include "codec/spool_fold.h"
#include "fuzz.h"

static char window[] = "w", rate[] = "r", hold[] = "h", path[] = "k";
static char *keys[] = { path };

static struct rule_policy rules[] = {
	{ .name = window,
	  .type = RULE_WINDOW,
	  .window = { NS_PER_S },
	  .key = keys,
	  .key_count = 1,
	  .undo = UNDO_ANY },
	{ .name = rate, .type = RULE_RATE, .rate = 2, .per = { NS_PER_S } },
	{ .name = hold, .type = RULE_HOLD, .key = keys, .key_count = 1 },
};
static const struct policy policy = { .rules = rules, .rule_count = 3 };

static struct spool_fold fold(slice text, struct hash_seed seed)
{
	struct record_reader *reader = record_reader_new();
	struct record_keys *of = record_keys_new(&policy, reader, seed);
	struct spool_fold f = { .policy = &policy,
		                .gate = gate_new(&policy),
		                .reader = reader,
		                .keys = of,
		                .who = identity_new(reader, NULL) };

	spool_fold(&f, text);
	record_keys_free(of);
	record_reader_free(reader);
	return f;
}

static uint64_t marks(const struct gate *g, instant now)
{
	struct gate_walk walk = { 0 };
	struct gate_mark m;
	uint64_t n = 0;

	while (gate_next_mark(g, &walk, &m))
		n += m.over.ns > now.ns;
	return n;
}

static void check_live(const struct spool_live *a, const struct spool_live *b)
{
	MUST(slice_equal(a->record, b->record));
	MUST(a->arrived.ns == b->arrived.ns && a->ran.ns == b->ran.ns);
	MUST(a->attempts == b->attempts && a->defers == b->defers);
	MUST(a->started == b->started && a->waits == b->waits && a->in_line == b->in_line);
	MUST(a->reserved == b->reserved || !a->started);
	MUST(!a->waits || a->in_line || a->due.ns == b->due.ns);
}

static void check_again(const struct spool_fold *f)
{
	struct buf text = { 0 }, copy = { 0 };

	spool_fold_write(f, f->header.seed, f->gate, f->latest, true, &text);
	struct spool_fold again = fold(json_text(&copy, buf_slice(&text)), f->header.seed);
	MUST(again.exact && !again.torn && again.damage_count == 0 && again.strange == 0);
	MUST(again.count == f->count && again.accepted == f->accepted);
	for (size_t i = 0; i < f->count; i++)
		check_live(&f->live[i], &again.live[i]);
	MUST(marks(f->gate, f->latest) == marks(again.gate, again.latest));
	gate_free(again.gate);
	spool_fold_free(&again);
	buf_free(&text);
	buf_free(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf copy = { 0 };
	struct spool_header h;
	struct json_error e;
	slice text = json_text(&copy, (slice){ (const char *)data, size });

	if (spool_fold_header(text, &h, &e)) {
		struct spool_fold f = fold(text, h.seed);

		for (size_t i = 0; i < f.damage_count; i++)
			MUST(f.damage[i].at <= f.damage[i].text.n && f.damage[i].what[0] &&
			     f.damage[i].line > 1);
		for (size_t i = 1; i < f.count; i++)
			MUST(f.live[i - 1].number < f.live[i].number);
		check_again(&f);
		gate_free(f.gate);
		spool_fold_free(&f);
	} else {
		MUST(e.at <= size && *e.what);
	}
	buf_free(&copy);
	return 0;
}
