/* How many handlers at once, as people say it. */
#include "codec/jobs.h"
#include "t.h"

/* With eight processors; -1: it is no number of jobs. */
static int64_t count(const char *text)
{
	struct jobs j;

	return jobs_parse(slice_of(text), &j) ? (int64_t)jobs_count(j, 8) : -1;
}

static void a_number_is_that_many(void)
{
	EQ(count("1"), 1);
	EQ(count("300"), 300);
	EQ(count("99999999999"), UINT32_MAX);
}

static void a_percentage_is_of_the_processors_and_at_least_one(void)
{
	EQ(count("100%"), 8);
	EQ(count("250%"), 20);
	EQ(count("49%"), 3);
	EQ(count("1%"), 1);
	EQ(count("4294967295%"), INT64_C(343597383));
}

static void more_and_less_are_than_the_processors_and_at_least_one(void)
{
	EQ(count("+2"), 10);
	EQ(count("+0"), 8);
	EQ(count("-3"), 5);
	EQ(count("-8"), 1);
	EQ(count("-99"), 1);
	EQ(count("+4294967295"), UINT32_MAX);
}

static void none_is_none(void)
{
	EQ(count("0"), 0);
	EQ(count("0%"), 0);
}

static void anything_else_is_a_name(void)
{
	static const char *const names[] = { "",    "%",   "+",   "-",  "x",   "4x",
		                             "4%%", "+4%", "+-4", " 4", "4.5", "0x4" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (!OK(count(names[i]) == -1))
			printf("# '%s'\n", names[i]);
}

int main(void)
{
	RUN(a_number_is_that_many);
	RUN(a_percentage_is_of_the_processors_and_at_least_one);
	RUN(more_and_less_are_than_the_processors_and_at_least_one);
	RUN(none_is_none);
	RUN(anything_else_is_a_name);
	return t_done();
}
