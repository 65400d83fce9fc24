/* scan_bench - what reading a record costs: scan_bench [FILE]
 *
 * Prints ns a record and records a second for each stage, the best of several
 * rounds, over the lines of FILE or over generated records of about 127 bytes,
 * of which one in ten has escapes, UTF-8 or nesting. */
#include "base/mem.h"
#include "base/rng.h"
#include "codec/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { GENERATED = 20000, ROUNDS = 60 };

struct data {
	struct buf text;
	slice *lines;
	size_t count;
};

static void generate(struct buf *b)
{
	static const char *const kinds[] = { "pull_replica", "drop_replica",     "migrate_blob",
		                             "start_daemon", "stop_daemon",      "apply_backoff",
		                             "mark_avoid",   "enter_maintenance" };
	struct rng rng = { 1 };

	for (uint64_t i = 1; i <= GENERATED; i++) {
		buf_addf(b, "{\"id\":%llu,\"kind\":\"%s\",\"at_ms\":%llu,\"chain\":\"c%llu\"",
		         (unsigned long long)i, kinds[rng_below(&rng, 8)],
		         (unsigned long long)(1700000000000 + i * 7),
		         (unsigned long long)rng_below(&rng, 25000));
		switch (rng_below(&rng, 30)) {
		case 0:
			buf_addf(b, ",\"note\":\"a \\\"quoted\\\" word\\n\"");
			break;
		case 1:
			buf_addf(b, ",\"note\":\"caf\xc3\xa9 \xe2\x82\xac 12\"");
			break;
		case 2:
			buf_addf(b, ",\"meta\":{\"zone\":[1,2,{\"x\":true}]}");
			break;
		default:
			buf_addf(b, ",\"node\":\"node-%llu\",\"bytes\":%llu",
			         (unsigned long long)rng_below(&rng, 100),
			         (unsigned long long)rng_below(&rng, 1000000));
		}
		buf_addf(b, ",\"reason\":\"%.*s\"}\n", (int)rng_below(&rng, 20),
		         "rebalance after a join");
	}
}

static void load(struct buf *b, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f) {
		perror(path);
		exit(1);
	}
	while ((n = fread(buf_reserve(b, 1 << 20), 1, 1 << 20, f)))
		b->n += n;
	fclose(f);
}

static void cut(struct data *d)
{
	const char *p = d->text.p, *end = p + d->text.n;
	size_t room = 0;

	memset(buf_reserve(&d->text, JSON_SLACK), 0, JSON_SLACK);
	p = d->text.p;
	end = p + d->text.n;
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		newline = newline ? newline : end;
		if (d->count == room) {
			room = room ? room * 2 : 1024;
			d->lines = mem_resize(d->lines, room, sizeof *d->lines);
		}
		d->lines[d->count++] = (slice){ p, (size_t)(newline - p) };
		p = newline + 1;
	}
}

struct stage {
	const char *name;
	void (*run)(const struct data *d, struct record_reader *r, struct record_keys *k);
};

static uint64_t sink;

static void check(const struct data *d, struct record_reader *r, struct record_keys *k)
{
	struct json_error e;

	(void)r, (void)k;
	for (size_t i = 0; i < d->count; i++)
		sink += json_check(d->lines[i], &e);
}

static void read_only(const struct data *d, struct record_reader *r, struct record_keys *k)
{
	struct json_error e;
	struct record rec;

	(void)k;
	for (size_t i = 0; i < d->count; i++)
		sink += record_read(r, d->lines[i], &rec, &e);
}

static void read_and_key(const struct data *d, struct record_reader *r, struct record_keys *k)
{
	struct json_error e;
	struct record rec;
	struct key key;

	for (size_t i = 0; i < d->count; i++)
		if (record_read(r, d->lines[i], &rec, &e) && record_key_of(k, 0, &rec, &key))
			sink += key.lo + record_owner(k, &rec);
}

static void copy(const struct data *d, struct record_reader *r, struct record_keys *k)
{
	struct json_error e;
	struct record rec;
	struct buf out = { 0 };

	(void)k;
	for (size_t i = 0; i < d->count; i++) {
		if (out.n > 1 << 16)
			buf_clear(&out);
		if (!record_read(r, d->lines[i], &rec, &e))
			continue;
		record_open(&rec, RECORD_ADMISSION, &out);
		buf_add_slice(&out, SLICE(",\"admission\":{\"decision\":\"admit\"}"));
		record_close(&rec, &out);
	}
	sink += out.n;
	buf_free(&out);
}

static double measure(const struct stage *s, const struct data *d, struct record_reader *r,
                      struct record_keys *k)
{
	double best = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct timespec a, b;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		s->run(d, r, k);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		double ns = (double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec);
		if (best == 0 || ns < best)
			best = ns;
	}
	return best / (double)d->count;
}

int main(int argc, char **argv)
{
	static const struct stage stages[] = {
		{ "check", check },
		{ "read", read_only },
		{ "read, key, owner", read_and_key },
		{ "read, copy, append", copy },
	};
	static char *chain[] = { "chain" }, *daemon[] = { "daemon" };
	struct rule_policy rules[] = { { .key = chain, .key_count = 1 },
		                       { .key = daemon, .key_count = 1 } };
	struct policy policy = { .rules = rules, .rule_count = 2 };
	struct data d = { 0 };
	struct record_reader *r = record_reader_new();
	struct record_keys *k = record_keys_new(&policy, r, (struct hash_seed){ 1, 2 });

	if (argc > 1)
		load(&d.text, argv[1]);
	else
		generate(&d.text);
	cut(&d);
	if (d.count == 0)
		return 1;
	printf("%zu records of %.1f bytes\n", d.count, (double)d.text.n / (double)d.count);
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
		double ns = measure(&stages[i], &d, r, k);
		printf("%-20s %7.1f ns %8.2f M/s\n", stages[i].name, ns, 1e3 / ns);
	}
	record_keys_free(k);
	record_reader_free(r);
	free(d.lines);
	buf_free(&d.text);
	return sink == 0;
}
