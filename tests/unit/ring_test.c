/* The last N items. */
#include "base/rng.h"
#include "core/ring.h"
#include "t.h"

static void *item(uintptr_t n)
{
	return (void *)n;
}

static void a_ring_with_room_evicts_nothing(void)
{
	struct ring r;

	ring_init(&r, 3);
	for (uintptr_t n = 1; n <= 3; n++)
		OK(ring_push(&r, item(n)) == NULL);
	EQ(r.count, 3);
	EQ(r.evicted, 0);
	for (uint32_t i = 0; i < 3; i++)
		OK(ring_at(&r, i) == item(i + 1));
	ring_free(&r);
}

static void a_full_ring_hands_back_the_oldest(void)
{
	struct ring r;

	ring_init(&r, 3);
	for (uintptr_t n = 1; n <= 5; n++)
		OK(ring_push(&r, item(n)) == (n > 3 ? item(n - 3) : NULL));
	EQ(r.evicted, 2);
	EQ(r.count, 3);
	for (uint32_t i = 0; i < 3; i++)
		OK(ring_at(&r, i) == item(i + 3));
	ring_free(&r);
}

static void a_ring_of_none_hands_back_every_item(void)
{
	struct ring r = { 0 };

	OK(ring_push(&r, item(1)) == item(1));
	OK(ring_push(&r, item(2)) == item(2));
	EQ(r.evicted, 2);
	EQ(r.count, 0);
	ring_free(&r);
	ring_free(&r);
}

static void a_ring_is_the_end_of_the_list_of_all_pushes(void)
{
	uint64_t seed = t_seed(1);
	struct rng rng = { seed };

	for (int round = 0; round < 300; round++) {
		uint32_t room = (uint32_t)rng_below(&rng, 70);
		uint32_t pushes = (uint32_t)rng_below(&rng, 200);
		struct ring r;
		bool good = true;

		ring_init(&r, room);
		for (uintptr_t n = 1; n <= pushes; n++) {
			void *evicted = ring_push(&r, item(n));
			good = good && evicted == (n > room ? item(n - room) : NULL);
		}
		uint32_t kept = pushes < room ? pushes : room;
		good = good && r.count == kept && r.evicted == pushes - kept;
		for (uint32_t i = 0; good && i < kept; i++)
			good = ring_at(&r, i) == item(pushes - kept + i + 1);
		ring_free(&r);
		if (!OK(good)) {
			printf("# SEED=%" PRIu64 " round %d room %u pushes %u\n", seed, round, room,
			       pushes);
			return;
		}
	}
}

int main(void)
{
	RUN(a_ring_with_room_evicts_nothing);
	RUN(a_full_ring_hands_back_the_oldest);
	RUN(a_ring_of_none_hands_back_every_item);
	RUN(a_ring_is_the_end_of_the_list_of_all_pushes);
	return t_done();
}
