/* retry_budget.c - see retry_budget.h. */
#include "core/retry_budget.h"

static retry_sum price(const struct retry_budget_policy *p)
{
	return (retry_sum)RETRY_BUDGET_PARTS * (uint64_t)p->per.ns;
}

/* What a time brings: the floor, in `per`. No sum here needs more than 110 bits. */
static retry_sum income(const struct retry_budget_policy *p, uint64_t ns)
{
	return (retry_sum)RETRY_BUDGET_PARTS * p->floor * ns;
}

static retry_sum most(const struct retry_budget_policy *p)
{
	retry_sum least = RETRY_BUDGET_LEAST * price(p);
	retry_sum saved = income(p, RETRY_BUDGET_SECONDS * (uint64_t)NS_PER_S);

	return saved > least ? saved : least;
}

static void add(struct retry_budget *b, const struct retry_budget_policy *p, retry_sum what)
{
	b->level += what;
	if (b->level > most(p))
		b->level = most(p);
}

static void pass_time(struct retry_budget *b, const struct retry_budget_policy *p, instant now)
{
	if (!instant_after(now, b->latest))
		return;
	add(b, p, income(p, (uint64_t)now.ns - (uint64_t)b->latest.ns));
	b->latest = now;
}

void retry_budget_init(struct retry_budget *b, const struct retry_budget_policy *p, instant now)
{
	*b = (struct retry_budget){ .level = most(p), .latest = now };
}

void retry_budget_earn(struct retry_budget *b, const struct retry_budget_policy *p, instant now)
{
	if (p->floor == 0)
		return;
	double parts = (double)p->ratio * RETRY_BUDGET_PARTS + 0.5;
	pass_time(b, p, now);
	add(b, p, (retry_sum)(uint64_t)parts * (uint64_t)p->per.ns);
}

bool retry_budget_take(struct retry_budget *b, const struct retry_budget_policy *p, instant now)
{
	if (p->floor == 0)
		return true;
	pass_time(b, p, now);
	if (b->level < price(p))
		return false;
	b->level -= price(p);
	return true;
}
