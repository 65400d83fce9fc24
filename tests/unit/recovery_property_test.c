/* Recovery passes against a naive model: handlers that come and go, passes, nested ones, faults,
 * passes that are broken off or killed, in any order; and that nobody starves. */
#include "codec/recovery_file.h"
#include "recovery_model.h"
#include "seed.h"
#include "t.h"

#include "base/rng.h"
#include "codec/json.h"

enum { STEPS = 400 };

/* ---- both side by side ---- */

struct pair {
	struct rng rng;
	struct recovery_policy policy;
	struct model m;
	struct recovery r;
	instant now;
	struct recovery_pass passes[PASSES]; /* the first is the outer one */
	bool alive[PASSES];
	int running[PASSES]; /* a thing that runs, or -1 */
	bool ran[PASSES][OBJECTS];
	char running_name[PASSES][2];
};

static uint64_t below(struct pair *p, uint64_t n)
{
	return rng_below(&p->rng, n);
}

static bool same_handler(const struct thing *t, const struct recovery_handler *h, instant now)
{
	bool ready = !t->evicted && (t->wait == 0 || t->ended + t->wait <= now.ns);

	return OK(h->name[0] == t->name) && OK((h->state == RECOVERY_EVICTED) == t->evicted) &&
	       EQ(h->strikes, t->strikes) && EQ(h->runs, t->runs) &&
	       EQ(h->recovered, t->recovered) && EQ(h->at.ns, t->ended) &&
	       EQ(recovery_ready(h, now), ready) &&
	       (h->state != RECOVERY_WAITING || EQ(h->until.ns, t->ended + t->wait));
}

static bool same(struct pair *p)
{
	bool good = EQ(p->r.count, p->m.count);

	for (uint32_t i = 0; good && i < p->r.count; i++)
		good = same_handler(&p->m.things[p->m.list[i]], &p->r.handlers[i], p->now);
	return good;
}

static void sync_both(struct pair *p)
{
	char names[NAMES + 1] = "", text[NAMES][2] = { 0 };
	const char *list[NAMES];
	int n = 0;

	for (int i = 0; i < NAMES; i++)
		if (below(p, 4))
			names[n++] = (char)('a' + i);
	for (int i = n - 1; i > 0; i--) {
		int k = (int)below(p, (uint64_t)i + 1);
		char c = names[i];
		names[i] = names[k];
		names[k] = c;
	}
	names[n] = '\0';
	for (int i = 0; i < n; i++) {
		text[i][0] = names[i];
		list[i] = text[i];
	}
	if (p->m.made + NAMES > OBJECTS)
		return;
	model_sync(&p->m, names);
	recovery_sync(&p->r, list, (uint32_t)n, NULL, NULL);
}

/* A nested pass needs one around it at its begin, but may outlive it. */
static void begin_both(struct pair *p)
{
	int pass = (int)below(p, PASSES);

	if (p->alive[pass] || (pass > 0 && !p->alive[0]))
		return;
	if (pass > 0)
		for (int i = 0; i < p->m.made; i++)
			if (p->m.things[i].owner == pass)
				return; /* killed, and not known to be */
	memset(p->ran[pass], 0, sizeof p->ran[pass]);
	model_begin(&p->m, pass, p->now.ns);
	recovery_begin(&p->r, &p->passes[pass], pass > 0, p->now);
	p->alive[pass] = true;
	p->running[pass] = -1;
}

static bool next_both(struct pair *p, int pass)
{
	int want = model_next(&p->m, pass, p->now.ns);
	const struct recovery_handler *h = recovery_next(&p->r, &p->passes[pass], p->now);

	p->running[pass] = want;
	if (!EQ(h ? h->name[0] : 0, want < 0 ? 0 : p->m.things[want].name))
		return false;
	if (want < 0)
		return true;
	p->running_name[pass][0] = h->name[0];
	if (!OK(!p->ran[pass][want]))
		return false;
	p->ran[pass][want] = true;
	for (int other = 0; other < PASSES; other++)
		if (other != pass && p->alive[other] && !OK(p->running[other] != want))
			return false;
	return true;
}

static bool end_both(struct pair *p, int pass)
{
	enum recovery_end end = (enum recovery_end)below(p, RECOVERY_TIMEOUT + 1);
	uint64_t recovered = below(p, 3);
	enum recovery_verdict want =
		model_ended(&p->m, pass, p->running[pass], end, recovered, p->now.ns);
	enum recovery_verdict got =
		recovery_ended(&p->r, &p->passes[pass], slice_of(p->running_name[pass]), end,
	                       recovered, SLICE("x"), p->now, rng_next(&p->rng));

	p->running[pass] = -1;
	return EQ(got, want);
}

static void drop(struct recovery_pass *p)
{
	for (uint32_t i = 0; i < p->count; i++)
		free(p->turns[i]);
	free(p->turns);
}

static bool step_pass(struct pair *p)
{
	int pass = (int)below(p, PASSES);

	if (!p->alive[pass])
		return true;
	if (below(p, 40) == 0) { /* killed */
		drop(&p->passes[pass]);
		p->alive[pass] = false;
		return true;
	}
	if (p->running[pass] >= 0)
		return end_both(p, pass);
	if (below(p, 40) && !model_over(&p->m, &p->m.passes[pass]))
		return next_both(p, pass);
	/* Over, or broken off. */
	if (model_over(&p->m, &p->m.passes[pass]) && !next_both(p, pass))
		return false;
	model_finish(&p->m, pass);
	recovery_finish(&p->r, &p->passes[pass]);
	p->alive[pass] = false;
	return true;
}

static bool readmit_both(struct pair *p)
{
	if (p->m.count == 0)
		return true;
	uint32_t i = (uint32_t)below(p, (uint64_t)p->m.count);
	struct thing *t = &p->m.things[p->m.list[i]];
	bool had = t->strikes > 0;

	t->evicted = false;
	t->strikes = 0;
	t->wait = 0;
	return EQ(recovery_readmit(&p->r.handlers[i]), had);
}

static void free_nested_both(struct pair *p)
{
	if (p->alive[1] || p->alive[2])
		return;
	model_finish(&p->m, 1);
	model_finish(&p->m, 2);
	recovery_free_nested(&p->r);
}

/* What another process does: it reads the state, and passes go on with what it wrote. */
static bool keep(struct pair *p)
{
	struct buf out = { 0 }, copy = { 0 };
	struct err e = { 0 };

	recovery_file_write(&p->r, &out);
	recovery_free(&p->r);
	bool good = recovery_file_read(&p->r, "s", json_text(&copy, buf_slice(&out)), &e);
	if (!good)
		printf("# %s\n", e.text);
	buf_free(&out);
	buf_free(&copy);
	return OK(good);
}

static bool step(struct pair *p)
{
	switch (below(p, 24)) {
	case 0:
		sync_both(p);
		break;
	case 1:
	case 2:
	case 3:
		begin_both(p);
		break;
	case 4:
		if (!readmit_both(p))
			return false;
		break;
	case 5:
		free_nested_both(p);
		break;
	case 6:
		p->now.ns += (int64_t)below(p, 40) * NS_PER_MS;
		break;
	case 7:
		if (below(p, 8) == 0)
			p->now.ns -= (int64_t)below(p, 40) * NS_PER_MS;
		break;
	case 8:
		if (!keep(p))
			return false;
		break;
	default:
		if (!step_pass(p))
			return false;
	}
	return same(p);
}

static struct recovery_policy random_policy(struct rng *r)
{
	return (struct recovery_policy){
		.exit_strikes = rng_below(r, 2),
		.strikes = (uint32_t)rng_below(r, 4),
		.backoff = { .initial = { (int64_t)rng_below(r, 10) * NS_PER_MS },
		             .factor = 2,
		             .max = { (int64_t)rng_below(r, 100) * NS_PER_MS } },
		.cap = (uint32_t)rng_below(r, 5),
		.rotate = rng_below(r, 2),
	};
}

static bool try_seed(uint64_t seed)
{
	struct pair *p = calloc(1, sizeof *p);
	bool good = true;

	p->rng = (struct rng){ seed };
	p->policy = random_policy(&p->rng);
	p->m.policy = &p->policy;
	p->m.begin = -1;
	p->now = instant_ms(1000000);
	recovery_init(&p->r, &p->policy);
	sync_both(p);
	for (int i = 0; good && i < STEPS; i++) {
		good = step(p);
		if (!good)
			printf("# at step %d\n", i);
	}
	for (int i = 0; i < PASSES; i++)
		if (p->alive[i])
			recovery_finish(&p->r, &p->passes[i]);
	recovery_free(&p->r);
	free(p);
	return good;
}

static void passes_are_those_of_the_model(void)
{
	uint64_t first = t_seed(1), seeds = t_seeds(2000);

	for (uint64_t seed = first; seed < first + seeds; seed++) {
		seed_begin(seed);
		if (!OK(try_seed(seed))) {
			t_again(seed);
			return;
		}
	}
}

/* ---- nobody starves ---- */

/* Passes that end by the cap, are broken off or killed as soon as one handler has run: with
 * rotation each handler that is ready has its turn in as many passes as there are handlers, and
 * one more for each that came since. */
static bool no_one_starves(uint64_t seed)
{
	struct rng rng = { seed };
	struct recovery_policy policy = { .cap = 1 + (uint32_t)rng_below(&rng, 4), .rotate = true };
	struct recovery r;
	char text[NAMES][2] = { 0 };
	const char *list[NAMES];
	unsigned without[NAMES] = { 0 }, count = 1 + (unsigned)rng_below(&rng, NAMES);
	bool good = true;

	recovery_init(&r, &policy);
	for (unsigned i = 0; i < NAMES; i++) {
		text[i][0] = (char)('a' + i);
		list[i] = text[i];
	}
	for (int n = 0; good && n < 60; n++) {
		struct recovery_pass p;
		struct recovery_handler *h;

		if (count < NAMES && rng_below(&rng, 10) == 0)
			count++;
		recovery_sync(&r, list, count, NULL, NULL);
		for (unsigned i = 0; i < count; i++)
			without[i]++;
		recovery_begin(&r, &p, false, instant_ms(n));
		while ((h = recovery_next(&r, &p, instant_ms(n)))) {
			without[h->name[0] - 'a'] = 0;
			if (rng_below(&rng, 8) == 0)
				break;
			recovery_ended(&r, &p, slice_of(h->name),
			               (enum recovery_end)rng_below(&rng, RECOVERY_TIMEOUT + 1),
			               rng_below(&rng, 6), SLICE(""), instant_ms(n), 0);
		}
		if (rng_below(&rng, 2))
			recovery_finish(&r, &p);
		else
			drop(&p);
		for (unsigned i = 0; i < count; i++)
			good &= OK(without[i] < count);
	}
	recovery_free(&r);
	return good;
}

static void D_27_with_rotation_each_has_its_turn_in_so_many_passes_as_there_are_handlers(void)
{
	uint64_t first = t_seed(1), seeds = t_seeds(2000);

	for (uint64_t seed = first; seed < first + seeds; seed++) {
		seed_begin(seed);
		if (!OK(no_one_starves(seed))) {
			t_again(seed);
			return;
		}
	}
}

int main(void)
{
	RUN(passes_are_those_of_the_model);
	RUN(D_27_with_rotation_each_has_its_turn_in_so_many_passes_as_there_are_handlers);
	return t_done();
}
