/* order.h - who has done what is handed on in the order of coming, whatever the order of
 * ending: places 1, 2, 3 ... in a row, and whose turn it is.
 *
 * The first place has its turn until it is over; then it leaves, and the next one has. A
 * place in between may be over long before. Every place has one pointer of the caller's,
 * for what it holds back until its turn; one that holds nothing costs 16 bytes, and only
 * from the first place that is still here to the last that was asked for. */
#ifndef MESHQ_ORDER_H
#define MESHQ_ORDER_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed it is a row in which nobody has come yet. */
struct order {
	struct order_place {
		void *held;
		bool over;
	} * places;     /* a ring: place n is at n modulo room */
	uint64_t gone;  /* places 1 .. gone have left */
	uint64_t count; /* places behind them that are in the ring */
	uint64_t room;  /* a power of two, or 0 */
};

/* The pointers stay the caller's. */
void order_free(struct order *o);

static inline uint64_t order_turn(const struct order *o)
{
	return o->gone + 1;
}

/* The pointer of a place that has not left, NULL at first. It holds until the next call. */
void **order_place(struct order *o, uint64_t place);

bool order_is_over(const struct order *o, uint64_t place);
void order_over(struct order *o, uint64_t place);

/* The one whose turn it is leaves, if it is over, with *held its pointer. False: it is not. */
bool order_next(struct order *o, void **held);

#endif
