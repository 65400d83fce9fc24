/* Printing a policy: complete, explained, and read back to the same. */
#include "base/mem.h"
#include "base/rng.h"
#include "codec/config_daemon.h"
#include "codec/config_setting.h"
#include "codec/presets.h"
#include "config_load.h"

static slice pick(struct rng *r, const char *const *from, size_t count)
{
	return slice_of(from[rng_below(r, count)]);
}

/* Names and paths of all kinds, with what YAML and other readers trip over. */
static char *random_text(struct rng *r, const struct setting *s)
{
	static const char *const names[] = { "chain-window", "drain-rate", "a",  "1",
		                             "true",         "-",          "_x", "null" };
	static const char *const paths[] = { "chain", "meta.zone", "a\\.b", "ключ", "a b", "~" };
	static const char *const texts[] = { "pull_replica",
		                             "",
		                             " x ",
		                             "a: b",
		                             "#",
		                             "\n",
		                             "\"\\'",
		                             "\x01\x7f",
		                             "\xc2\x85",
		                             "日本",
		                             "a \xe2\x80\xa8 b",
		                             "yes",
		                             "1.5",
		                             "[a, b",
		                             "\xf0\x9f\x98\x80",
		                             "\xef\xbb\xbf" };
	static const char *const numbers[] = { "1", "75", "100", "255" };
	static const char *const daemons[] = { "telemetry", "a.b", "1", "демон", "x@1:\"", "#{" };
	slice t = s->type == SETTING_MAP && s->fault == config_daemon_name_fault
	                  ? pick(r, daemons, sizeof daemons / sizeof *daemons)
	          : s->type == SETTING_MAP && s->fault
	                  ? pick(r, numbers, sizeof numbers / sizeof *numbers)
	          : s->type == SETTING_MAP ? pick(r, texts, sizeof texts / sizeof *texts)
	          : s->fault && strcmp(s->path, "name") == 0
	                  ? pick(r, names, sizeof names / sizeof *names)
	          : s->fault ? pick(r, paths, sizeof paths / sizeof *paths)
	                     : pick(r, texts, sizeof texts / sizeof *texts);
	return mem_text(t.p, t.n);
}

static bool is_in(char *const *list, uint32_t count, const char *text)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

static void random_texts(struct rng *r, const struct setting *s, void *base)
{
	char ***list = config_setting_at(s, base);
	uint32_t *count = (uint32_t *)(void *)((char *)base + s->count);

	*list = mem_zeroed(4, sizeof **list);
	for (uint64_t n = rng_below(r, 4); n > 0; n--) {
		char *text = random_text(r, s);
		if (is_in(*list, *count, text))
			free(text);
		else
			(*list)[(*count)++] = text;
	}
}

static uint64_t random_whole(struct rng *r, const struct setting *s)
{
	uint64_t most = s->most ? s->most : s->type == SETTING_U32 ? UINT32_MAX : INT64_MAX;
	uint64_t value = rng_next(r) >> rng_below(r, 64);

	if (s->type == SETTING_DURATION && rng_below(r, 2))
		value = value % 1000 * (uint64_t)NS_PER_MS;
	if (value < s->least)
		value = s->least;
	return value > most ? most : value;
}

static float random_float(struct rng *r, const struct setting *s)
{
	float f = (float)rng_unit(r);
	return s->most_real > 1e30 && rng_below(r, 2)
	               ? f * 1e30F
	               : f * (float)(s->most_real > 1e30 ? 1 : s->most_real);
}

static void random_value(struct rng *r, const struct setting *s, void *base);

static void random_retry(struct rng *r, struct retry_policy *p)
{
	const struct setting any = { .type = SETTING_DURATION };

	*p = (struct retry_policy){ .listed = rng_below(r, 2) };
	if (p->listed) {
		for (uint64_t n = rng_below(r, RETRY_DELAYS + 1); n > 0; n--)
			p->delays[p->count++].ns = (int64_t)random_whole(r, &any);
		return;
	}
	p->most = 1 + (uint32_t)rng_below(r, RETRY_MOST);
	p->ladder = (struct ladder){ .initial = { (int64_t)random_whole(r, &any) },
		                     .factor = (float)rng_unit(r) * 4,
		                     .max = { (int64_t)random_whole(r, &any) },
		                     .jitter = (float)rng_unit(r) };
}

static void random_halt(struct rng *r, struct halt_policy *p)
{
	*p = (struct halt_policy){ .when = (enum halt)rng_below(r, 3) };
	if (p->when == HALT_NEVER)
		return;
	p->percent = rng_below(r, 2);
	p->fail = 1 + (uint32_t)rng_below(r, p->percent ? 100 : UINT32_MAX);
}

static void random_table(struct rng *r, const struct setting_table *t, void *at)
{
	for (uint32_t i = 0; i < t->count; i++)
		random_value(r, &t->settings[i], at);
}

static void random_map(struct rng *r, const struct setting *s, void *base)
{
	struct policy_map *map = config_setting_at(s, base);

	map->entries = mem_zeroed(4, sizeof *map->entries);
	for (uint64_t n = rng_below(r, 4); n > 0; n--) {
		char *name = random_text(r, s);
		if (policy_find(map, slice_of(name))) {
			free(name);
			continue;
		}
		struct policy_entry *entry = &map->entries[map->count++];
		entry->name = name;
		random_value(r, s->entry, entry);
	}
}

static int random_signal(struct rng *r)
{
	return 1 + (int)rng_below(r, 31);
}

/* What contradicts itself could not be read back. */
static void settle(struct daemon_policy *d)
{
	int *told = d->pressure_signal;

	if (d->pressure_fd == 1 || d->pressure_fd == 2 ||
	    (d->ready_fd && d->pressure_fd == (int32_t)d->ready_fd))
		d->pressure_fd = 0;
	if (d->ready_fd == 0)
		d->ready_timeout = (span){ 0 };
	if (told[0] == told[1] || told[0] == d->stop_signal || told[1] == d->stop_signal)
		told[0] = told[1] = 0;
}

static void random_command(struct rng *r, const struct setting *s, void *base)
{
	uint32_t *count = (uint32_t *)(void *)((char *)base + s->count);
	char ***list = config_setting_at(s, base);

	*list = mem_zeroed(4, sizeof **list);
	(*list)[(*count)++] = mem_text("true", 4);
	for (uint64_t n = rng_below(r, 4); n > 0; n--)
		(*list)[(*count)++] = random_text(r, &(struct setting){ .type = s->type });
}

static void random_value(struct rng *r, const struct setting *s, void *base)
{
	void *at = config_setting_at(s, base);
	bool word = s->word && rng_below(r, 4) == 0;
	uint64_t whole = word ? (uint64_t)s->word_value : random_whole(r, s);

	switch (s->type) {
	case SETTING_DURATION:
		*(span *)at = (span){ (int64_t)whole };
		break;
	case SETTING_U32:
		*(uint32_t *)at = (uint32_t)whole;
		break;
	case SETTING_U64:
	case SETTING_SIZE:
		*(uint64_t *)at = whole;
		break;
	case SETTING_FLOAT:
		*(float *)at = random_float(r, s);
		break;
	case SETTING_CHOICE:
		*(unsigned *)at = (unsigned)rng_below(r, s->words[2] ? 3 : 2);
		break;
	case SETTING_SWITCH:
		*(bool *)at = rng_below(r, 2);
		break;
	case SETTING_TEXT:
		*(char **)at = word ? NULL : random_text(r, s);
		break;
	case SETTING_TEXTS:
		random_texts(r, s, base);
		break;
	case SETTING_COMMAND:
		random_command(r, s, base);
		break;
	case SETTING_SIGNAL:
		*(int *)at = random_signal(r);
		break;
	case SETTING_SIGNALS:
		((int *)at)[0] = random_signal(r);
		((int *)at)[1] = random_signal(r);
		break;
	case SETTING_RETRY:
		random_retry(r, at);
		break;
	case SETTING_HALT:
		random_halt(r, at);
		break;
	case SETTING_TABLE:
		random_table(r, s->table, at);
		if (s->table == &config_daemon_table)
			settle(at);
		break;
	case SETTING_MAP:
		random_map(r, s, base);
		break;
	case SETTING_RULES:
	case SETTING_SECTION:
		break;
	}
}

static void random_rule(struct rng *r, struct policy *p)
{
	struct rule_policy *made = &p->rules[p->rule_count];
	char name[16];

	*made = config_rule_default();
	made->type = (enum rule_type)rng_below(r, 3);
	for (int i = 0; i < CONFIG_RULE_SETTINGS; i++)
		if (config_rule_settings[i].rules & (1U << made->type))
			random_value(r, &config_rule_settings[i], made);
	if (made->type == RULE_RATE && made->undo == UNDO_ANY)
		made->undo = UNDO_OWNER;
	for (uint32_t i = 0; i < p->rule_count; i++)
		if (strcmp(p->rules[i].name, made->name) == 0) {
			snprintf(name, sizeof name, "other%u", p->rule_count);
			free(made->name);
			made->name = mem_text(name, strlen(name));
		}
	p->rule_count++;
}

static struct policy random_policy(struct rng *r)
{
	struct policy p = { 0 };

	for (int i = 0; i < CONFIG_SETTINGS; i++)
		random_value(r, &config_settings[i], &p);
	p.backpressure.force |= p.backpressure.release_at >= p.backpressure.assert_at;
	if (p.backpressure.ceiling <= p.backpressure.assert_at)
		p.backpressure.ceiling = 0;
	p.rules = mem_zeroed(4, sizeof *p.rules);
	for (uint64_t n = rng_below(r, 5); n > 0; n--)
		random_rule(r, &p);
	return p;
}

static bool same_texts(char *const *a, uint32_t n, char *const *b, uint32_t m)
{
	for (uint32_t i = 0; n == m && i < n; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return n == m;
}

static bool same_rule(const struct rule_policy *a, const struct rule_policy *b)
{
	return strcmp(a->name, b->name) == 0 &&
	       same_texts(a->kinds, a->kind_count, b->kinds, b->kind_count) &&
	       same_texts(a->key, a->key_count, b->key, b->key_count) && a->type == b->type &&
	       a->window.ns == b->window.ns && a->rate == b->rate && a->per.ns == b->per.ns &&
	       a->retry_after.ns == b->retry_after.ns && a->undo == b->undo && a->hint == b->hint &&
	       a->on_hold == b->on_hold;
}

static bool same_retry(const struct retry_policy *a, const struct retry_policy *b)
{
	for (uint32_t i = 0; a->listed && a->count == b->count && i < a->count; i++)
		if (a->delays[i].ns != b->delays[i].ns)
			return false;
	if (a->listed || b->listed)
		return a->listed == b->listed && a->count == b->count;
	return a->most == b->most && a->ladder.initial.ns == b->ladder.initial.ns &&
	       a->ladder.max.ns == b->ladder.max.ns && a->ladder.factor == b->ladder.factor &&
	       a->ladder.jitter == b->ladder.jitter;
}

static bool same_retries(const struct policy_map *a, const struct policy_map *b)
{
	for (uint32_t i = 0; a->count == b->count && i < a->count; i++)
		if (strcmp(a->entries[i].name, b->entries[i].name) != 0 ||
		    !same_retry(&a->entries[i].retry, &b->entries[i].retry))
			return false;
	return a->count == b->count;
}

static bool same_map(const struct policy_map *a, const struct policy_map *b, bool times)
{
	for (uint32_t i = 0; a->count == b->count && i < a->count; i++) {
		const struct policy_entry *x = &a->entries[i], *y = &b->entries[i];
		if (strcmp(x->name, y->name) != 0 ||
		    (times ? x->time.ns != y->time.ns : x->on_exit != y->on_exit))
			return false;
	}
	return a->count == b->count;
}

static bool same_executor(const struct executor_policy *a, const struct executor_policy *b)
{
	return a->jobs == b->jobs && a->queue == b->queue && a->max_waiting == b->max_waiting &&
	       a->max_defers == b->max_defers && a->queueing == b->queueing &&
	       a->on_eof == b->on_eof && a->retry_after.ns == b->retry_after.ns &&
	       a->timeout.ns == b->timeout.ns && a->max_wait.ns == b->max_wait.ns &&
	       a->retry_budget.ratio == b->retry_budget.ratio &&
	       a->retry_budget.floor == b->retry_budget.floor &&
	       a->retry_budget.per.ns == b->retry_budget.per.ns &&
	       a->kill_after.ns == b->kill_after.ns && a->on_timeout == b->on_timeout &&
	       a->grace.ns == b->grace.ns && a->capture == b->capture && a->on_full == b->on_full &&
	       same_texts(a->serialize, a->serialize_count, b->serialize, b->serialize_count) &&
	       a->dedupe.keep.ns == b->dedupe.keep.ns &&
	       same_texts(a->dedupe.key, a->dedupe.key_count, b->dedupe.key, b->dedupe.key_count) &&
	       a->halt.when == b->halt.when && a->halt.percent == b->halt.percent &&
	       a->halt.fail == b->halt.fail && same_map(&a->timeouts, &b->timeouts, true) &&
	       same_map(&a->on_exit, &b->on_exit, false) && same_retries(&a->retries, &b->retries);
}

static bool same_backoff(const struct backoff_policy *a, const struct backoff_policy *b)
{
	return a->initial.ns == b->initial.ns && a->factor == b->factor && a->max.ns == b->max.ns &&
	       a->jitter == b->jitter && a->threshold == b->threshold &&
	       a->crash_window.ns == b->crash_window.ns && a->cooldown.ns == b->cooldown.ns &&
	       a->stable_run.ns == b->stable_run.ns &&
	       a->stable_from_start_to_exit == b->stable_from_start_to_exit &&
	       a->never_shorten == b->never_shorten && a->clear_on_release == b->clear_on_release;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_daemon(const struct daemon_policy *a, const struct daemon_policy *b)
{
	return same_texts(a->command, a->command_count, b->command, b->command_count) &&
	       same_text(a->directory, b->directory) && a->restart == b->restart &&
	       a->give_up == b->give_up && a->grace.ns == b->grace.ns &&
	       a->stop_signal == b->stop_signal && a->ready_fd == b->ready_fd &&
	       a->ready_timeout.ns == b->ready_timeout.ns &&
	       same_text(a->pressure_file, b->pressure_file) && a->pressure_fd == b->pressure_fd &&
	       memcmp(a->pressure_signal, b->pressure_signal, sizeof a->pressure_signal) == 0;
}

static bool same_daemons(const struct policy_map *a, const struct policy_map *b)
{
	for (uint32_t i = 0; a->count == b->count && i < a->count; i++)
		if (strcmp(a->entries[i].name, b->entries[i].name) != 0 ||
		    !same_daemon(&a->entries[i].daemon, &b->entries[i].daemon))
			return false;
	return a->count == b->count;
}

static bool same_handlers(const struct policy_map *a, const struct policy_map *b)
{
	for (uint32_t i = 0; a->count == b->count && i < a->count; i++) {
		const struct policy_entry *x = &a->entries[i], *y = &b->entries[i];
		if (strcmp(x->name, y->name) != 0 ||
		    !same_texts(x->command.words, x->command.count, y->command.words,
		                y->command.count))
			return false;
	}
	return a->count == b->count;
}

static bool same_recovery(const struct recovery_policy *a, const struct recovery_policy *b)
{
	return a->timeout.ns == b->timeout.ns && a->kill_after.ns == b->kill_after.ns &&
	       a->exit_strikes == b->exit_strikes && a->probe == b->probe &&
	       a->strikes == b->strikes && a->backoff.initial.ns == b->backoff.initial.ns &&
	       a->backoff.factor == b->backoff.factor && a->backoff.max.ns == b->backoff.max.ns &&
	       a->backoff.jitter == b->backoff.jitter && a->cap == b->cap && a->slots == b->slots &&
	       a->rotate == b->rotate && same_handlers(&a->handlers, &b->handlers);
}

static bool same_policy(const struct policy *a, const struct policy *b)
{
	const struct backpressure_policy *x = &a->backpressure, *y = &b->backpressure;

	for (uint32_t i = 0; a->rule_count == b->rule_count && i < a->rule_count; i++)
		if (!same_rule(&a->rules[i], &b->rules[i]))
			return false;
	return a->rule_count == b->rule_count && x->assert_at == y->assert_at &&
	       x->release_at == y->release_at && x->ceiling == y->ceiling && x->step == y->step &&
	       x->force == y->force && same_executor(&a->executor, &b->executor) &&
	       same_backoff(&a->backoff, &b->backoff) && same_daemons(&a->daemons, &b->daemons) &&
	       same_recovery(&a->recovery, &b->recovery) && a->failures.ring == b->failures.ring;
}

/* Whatever the preset below it says, because every setting is printed. */
static bool reads_back(const struct policy *p, const char *preset)
{
	struct buf text = { 0 }, again = { 0 };
	struct policy q;
	struct err e;
	bool same = false;

	config_print(p, &text);
	if (load(&q, preset, buf_text(&text), &e)) {
		config_print(&q, &again);
		same = same_policy(p, &q) && slice_equal(buf_slice(&text), buf_slice(&again));
		config_free(&q);
	} else {
		printf("# %s\n", e.text);
	}
	if (!same)
		printf("# %s\n", buf_text(&text));
	buf_free(&text);
	buf_free(&again);
	return same;
}

static void what_is_printed_reads_back_to_the_same(void)
{
	uint64_t seed = t_seed(20);
	struct rng r = { seed };

	for (const struct preset *p = presets; p->name; p++) {
		struct policy made = good(p->name, "");
		OK(reads_back(&made, "meshos"));
		OK(reads_back(&made, "robust"));
		config_free(&made);
	}
	for (int i = 0; i < 3000; i++) {
		struct policy made = random_policy(&r);
		bool same = reads_back(&made, i % 2 ? "robust" : "meshos");
		config_free(&made);
		if (!OK(same)) {
			printf("# SEED=%" PRIu64 ", round %d\n", seed, i);
			return;
		}
	}
}

static void texts_that_other_readers_of_YAML_mistake_are_quoted(void)
{
	struct policy p = good(NULL, "rules: [{ name: '1', window: 1s, kinds: [yes, 'null', 1.5, "
	                             "-a, a-b/c.d_e, 'No', '', x y] }]");
	struct buf text = { 0 };

	config_print(&p, &text);
	OK(strstr(buf_text(&text), "name: \"1\" "));
	OK(strstr(buf_text(&text), "kinds: [\"yes\", \"null\", \"1.5\", \"-a\", a-b/c.d_e, \"No\", "
	                           "\"\", \"x y\"] "));
	buf_free(&text);
	config_free(&p);
}

static void printing_tells_every_setting_and_what_it_means(void)
{
	struct policy p = good(NULL, "");
	struct buf text = { 0 };

	config_print(&p, &text);
	for (int i = 0; i < CONFIG_SETTINGS; i++)
		OK(strstr(buf_text(&text), config_settings[i].help));
	for (int i = 0; i < CONFIG_RULE_SETTINGS; i++)
		OK(strstr(buf_text(&text), config_rule_settings[i].help));
	buf_free(&text);
	config_free(&p);
}

int main(void)
{
	RUN(what_is_printed_reads_back_to_the_same);
	RUN(texts_that_other_readers_of_YAML_mistake_are_quoted);
	RUN(printing_tells_every_setting_and_what_it_means);
	return t_done();
}
