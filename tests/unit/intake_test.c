/* What is counted of actions that are in memory. */
#include "cli/intake.h"
#include "t.h"

static const struct gate_class class;

static void what_a_waiting_action_has_written_counts(void)
{
	struct intake in = { 0 };
	struct action *a = engine_action_new(&class), *b = engine_action_new(&class);
	struct result first = { .output_size = 200u << 20 };
	struct result last = { .output_size = 1 };

	intake_result(&in, a, &first);
	a->result = &first;
	OK(!intake_full(&in));
	intake_result(&in, b, &first);
	OK(intake_full(&in));
	/* The next attempt takes the place of the one before. */
	intake_result(&in, a, &last);
	a->result = &last;
	OK(!intake_full(&in));
	EQ(in.held, (200u << 20) + 1);
	intake_result(&in, a, NULL);
	EQ(in.held, 200u << 20);
	a->result = NULL;
	engine_action_free(a);
	engine_action_free(b);
}

int main(void)
{
	RUN(what_a_waiting_action_has_written_counts);
	return t_done();
}
