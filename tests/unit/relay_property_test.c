/* Who is told what of back-pressure, against a naive model that keeps all that has happened and
 * looks through it each time. */
#include "base/rng.h"
#include "core/relay.h"
#include "t.h"

static char path[] = "level";

enum { MOST_EVENTS = 300, DAEMONS = 4 };

enum happening { SHOWN, OVER, STARTED, READY, ENDING, ENDED, TOLD, WAITS, RETRY };

struct model {
	struct happened {
		enum happening what;
		enum relay_source source;
		uint32_t daemon;
		enum relay_way way;
		struct pressure pressure;
	} events[MOST_EVENTS];
	uint32_t count;
	struct daemon_policy policies[DAEMONS];
};

static void happens(struct model *m, struct happened h)
{
	if (m->count < MOST_EVENTS)
		m->events[m->count++] = h;
}

/* What is so: the last record, unless its source has ended since. */
static struct pressure model_now(const struct model *m)
{
	struct pressure now = { .asserted = false };
	enum relay_source from = RELAY_INPUT;

	for (uint32_t i = 0; i < m->count; i++) {
		const struct happened *h = &m->events[i];
		if (h->what == SHOWN) {
			now = h->pressure;
			from = h->source;
		} else if (h->what == OVER && h->source == from) {
			now = (struct pressure){ .asserted = false };
		}
	}
	if (!now.asserted)
		now.level = 0;
	return now;
}

/* The last thing that happened to the process of a daemon. */
static enum happening model_life(const struct model *m, uint32_t daemon)
{
	enum happening life = ENDED;

	for (uint32_t i = 0; i < m->count; i++) {
		const struct happened *h = &m->events[i];
		bool runs = life != ENDED;
		if (h->daemon != daemon)
			continue;
		if (h->what == STARTED || (h->what == ENDED && runs) ||
		    (h->what == READY && runs) || (h->what == ENDING && runs))
			life = h->what;
	}
	return life;
}

static bool model_reaches(const struct daemon_policy *p, enum happening life, enum relay_way way)
{
	if (way == RELAY_FILE)
		return p->pressure_file;
	if (way == RELAY_LINE)
		return p->pressure_fd >= 0 && life != ENDED;
	return p->pressure_signal[0] && (life == READY || (life == STARTED && !p->ready_fd));
}

/* Whether there is something to tell. */
static bool model_due(const struct model *m, uint32_t daemon, enum relay_way way)
{
	enum happening life = model_life(m, daemon);
	struct pressure now = model_now(m), told = { .asserted = false };
	bool known = way != RELAY_FILE, blocked = false;

	if (!model_reaches(&m->policies[daemon], life, way))
		return false;
	for (uint32_t i = 0; i < m->count; i++) {
		const struct happened *h = &m->events[i];
		if (h->what == RETRY)
			blocked = false;
		if (h->daemon != daemon)
			continue;
		if (h->what == STARTED && way != RELAY_FILE) {
			told = (struct pressure){ .asserted = false };
			blocked = false;
		}
		if (h->way != way)
			continue;
		if (h->what == TOLD) {
			told = h->pressure;
			known = true;
		}
		blocked = h->what == WAITS;
	}
	return !blocked && (!known || told.asserted != now.asserted ||
	                    (way != RELAY_SIGNAL && told.level != now.level));
}

static bool agrees(const struct model *m, const struct relay *r)
{
	struct relay_effect e = { 0 };
	struct pressure now = model_now(m);
	bool some = relay_poll(r, &e);

	for (uint32_t i = 0; i < DAEMONS; i++)
		for (enum relay_way way = 0; way < RELAY_WAYS; way++)
			if (model_due(m, i, way))
				return some && e.daemon == i && e.way == way &&
				       e.pressure.asserted == now.asserted &&
				       e.pressure.level == now.level;
	return !some;
}

static void step_process(struct model *m, struct relay *r, struct rng *rng)
{
	uint32_t i = (uint32_t)rng_below(rng, DAEMONS);
	static void (*const calls[])(struct relay *, uint32_t) = {
		[STARTED] = relay_started,
		[READY] = relay_ready,
		[ENDING] = relay_ending,
		[ENDED] = relay_ended,
	};
	enum happening what = STARTED + (enum happening)rng_below(rng, 4);
	bool runs = model_life(m, i) != ENDED;

	/* As a supervisor does it: started only when it does not run, ready once, and not while
	 * it ends. */
	if ((what == STARTED) == runs || (what == READY && model_life(m, i) != STARTED))
		return;
	happens(m, (struct happened){ .what = what, .daemon = i, .way = RELAY_WAYS });
	calls[what](r, i);
}

static void step_answer(struct model *m, struct relay *r, struct rng *rng)
{
	struct relay_effect e;

	if (!relay_poll(r, &e))
		return;
	struct happened h = { .daemon = e.daemon, .way = e.way, .pressure = e.pressure };
	bool waits = rng_below(rng, 8) == 0;
	h.what = waits ? WAITS : TOLD;
	(waits ? relay_wait : relay_told)(r, &e);
	happens(m, h);
}

static void step(struct model *m, struct relay *r, struct rng *rng)
{
	struct happened h = { .source = (enum relay_source)rng_below(rng, 2), .way = RELAY_WAYS };

	switch (rng_below(rng, 8)) {
	case 0:
	case 1:
		h.what = SHOWN;
		h.daemon = DAEMONS;
		h.pressure =
			(struct pressure){ rng_below(rng, 3) > 0, (double)rng_below(rng, 3) / 2 };
		relay_show(r, h.source, h.pressure);
		happens(m, h);
		break;
	case 2:
		h.what = OVER;
		h.daemon = DAEMONS;
		relay_over(r, h.source);
		happens(m, h);
		break;
	case 3:
		h.what = RETRY;
		h.daemon = DAEMONS;
		relay_retry(r);
		happens(m, h);
		break;
	case 4:
	case 5:
		step_process(m, r, rng);
		break;
	default:
		step_answer(m, r, rng);
	}
}

static void everybody_knows_what_a_naive_model_says(void)
{
	uint64_t first = t_seed(1);

	for (uint64_t seed = first; seed < first + t_seeds(300); seed++) {
		struct rng rng = { seed };
		struct model m = { .count = 0 };
		struct relay r = { 0 };
		bool good = true;

		for (uint32_t i = 0; i < DAEMONS; i++) {
			uint64_t ways = rng_below(&rng, 8);
			m.policies[i] = (struct daemon_policy){
				.pressure_file = ways & 1 ? path : NULL,
				.pressure_fd = ways & 2 ? 0 : -1,
				.pressure_signal = { ways & 4 ? 10 : 0, ways & 4 ? 12 : 0 },
				.ready_fd = rng_below(&rng, 2) ? 3 : 0,
			};
			relay_add(&r, &m.policies[i]);
		}
		while (good && m.count < MOST_EVENTS - 1 && rng_below(&rng, 1000)) {
			step(&m, &r, &rng);
			good = agrees(&m, &r);
		}
		relay_free(&r);
		if (!OK(good)) {
			t_again(seed);
			return;
		}
	}
}

int main(void)
{
	RUN(everybody_knows_what_a_naive_model_says);
	return t_done();
}
