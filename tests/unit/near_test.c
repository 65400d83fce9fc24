/* Which name was meant. */
#include "base/near.h"
#include "t.h"

static const char *nearest(const char *text)
{
	static const char *const names[] = { "window", "rate", "max_depth", "max_defers" };
	struct near n = { .text = slice_of(text) };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		near_try(&n, names[i]);
	return n.best ? n.best : "";
}

static void a_name_with_a_slip_or_two_is_found(void)
{
	SAME(slice_of(nearest("windwo")), "window");
	SAME(slice_of(nearest("max_deph")), "max_depth");
	SAME(slice_of(nearest("max_defer")), "max_defers");
	SAME(slice_of(nearest("rat")), "rate");
}

static void another_word_is_not_near(void)
{
	SAME(slice_of(nearest("")), "");
	SAME(slice_of(nearest("cooldown")), "");
	SAME(slice_of(nearest("max_max_max_max_max_max_max_max_depth")), "");
}

int main(void)
{
	RUN(a_name_with_a_slip_or_two_is_found);
	RUN(another_word_is_not_near);
	return t_done();
}
