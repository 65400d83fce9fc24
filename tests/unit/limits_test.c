/* The limits of the throttle in words. */
#include "codec/limits.h"
#include "t.h"

static struct throttle_policy p;

static bool load(const char *text)
{
	p = (struct throttle_policy){ 0 };
	return limits_read_load(text, 8, &p);
}

static bool free_memory(const char *text)
{
	p = (struct throttle_policy){ 0 };
	return limits_read_free(text, &p);
}

static bool pressure(const char *text)
{
	p = (struct throttle_policy){ 0 };
	return limits_read_pressure(text, &p);
}

static void a_load_is_a_number_or_a_part_of_the_processors(void)
{
	OK(load("2.5") && p.max_load == 2.5);
	OK(load("50%") && p.max_load == 4);
	OK(load("200%") && p.max_load == 16);
	OK(!load("0") && !load("0%") && !load("") && !load("-1") && !load("4x") && !load("1e3"));
	OK(!load("nan") && !load("%") && !load("0x4") && !load("1.2.3") && !load("4%%"));
}

static void free_memory_is_a_size_or_a_part(void)
{
	OK(free_memory("512M") && p.min_free == 512 << 20 && p.min_free_share == 0);
	OK(free_memory("25%") && p.min_free == 0 && p.min_free_share == 0.25);
	OK(free_memory("4096") && p.min_free == 4096);
	OK(!free_memory("0") && !free_memory("0%") && !free_memory("101%") && !free_memory("1.5G"));
	OK(!free_memory("") && !free_memory("x") && !free_memory("-1M"));
}

static void the_last_form_of_a_limit_counts(void)
{
	p = (struct throttle_policy){ 0 };
	OK(limits_read_free("10%", &p) && limits_read_free("1M", &p));
	OK(p.min_free == 1 << 20 && p.min_free_share == 0);
	OK(limits_read_free("10%", &p));
	OK(p.min_free == 0 && p.min_free_share == 0.1);
}

static void pressure_is_a_list_of_resources(void)
{
	OK(pressure("cpu=40%") && p.max_pressure[THROTTLE_CPU] == 40);
	OK(pressure("io=5,memory=0.5%") && p.max_pressure[THROTTLE_IO] == 5 &&
	   p.max_pressure[THROTTLE_MEMORY] == 0.5 && p.max_pressure[THROTTLE_CPU] == 0);
	OK(limits_read_pressure("cpu=100%", &p) && p.max_pressure[THROTTLE_IO] == 5);
	static const char *const wrong[] = { "",         "cpu",     "cpu=",         "cpu=0%",
		                             "cpu=101%", "disk=4%", "cpu=4%,",      ",cpu=4%",
		                             "40%",      "cpu=4%%", "cpu=4% io=4%", "cpu=4x" };
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (!OK(!pressure(wrong[i])))
			printf("# '%s'\n", wrong[i]);
}

static void why(unsigned cause, double measured, const char *words)
{
	const struct throttle_policy policy = { 4, 1 << 30, 0.1, { 40, 10, 5 } };
	const struct throttle t = { .cause = cause, .measured = measured };
	struct buf out = { 0 };

	limits_why(&policy, &t, &out);
	SAME(buf_slice(&out), words);
	buf_free(&out);
}

static void what_is_exceeded_is_told_with_both_numbers(void)
{
	why(THROTTLE_NOT, 0, "");
	why(THROTTLE_LOAD, 5.25, "the load is 5.25, and --max-load is 4.00");
	why(THROTTLE_FREE, 1 << 29, "512M of memory are free, and --min-free is 1024M");
	why(THROTTLE_FREE_SHARE, 0.05, "5.0% of the memory is free, and --min-free is 10.0%");
	why(THROTTLE_PRESSURE + THROTTLE_IO, 7.5,
	    "the io pressure is 7.5%, and --max-pressure is 5.0%");
}

int main(void)
{
	RUN(a_load_is_a_number_or_a_part_of_the_processors);
	RUN(free_memory_is_a_size_or_a_part);
	RUN(the_last_form_of_a_limit_counts);
	RUN(pressure_is_a_list_of_resources);
	RUN(what_is_exceeded_is_told_with_both_numbers);
	return t_done();
}
