#include "cli/supervise_input.h"

#include <fcntl.h>
#include <unistd.h>

/* What stands in for a closed one cannot be read (see cli.c). */
static bool can_be_read(void)
{
	int mode = fcntl(STDIN_FILENO, F_GETFL);

	return mode >= 0 && (mode & O_ACCMODE) != O_WRONLY && !isatty(STDIN_FILENO);
}

bool supervise_input_open(struct supervise_input *in, struct cli *cli, struct err *e)
{
	static char *none[] = { NULL };

	if (!in->wanted || !can_be_read())
		return true;
	in->open = true;
	return input_start(&in->input, cli, none, e);
}

enum supervise_input_state supervise_input_look(struct supervise_input *in)
{
	if (!in->open)
		return SUPERVISE_INPUT_NONE;
	if (in->has)
		return SUPERVISE_INPUT_RECORD;
	in->hungry = false;
	switch (input_next(&in->input, in->reader, &in->record)) {
	case INPUT_RECORD:
		in->has = true;
		return SUPERVISE_INPUT_RECORD;
	case INPUT_MORE:
		in->hungry = true;
		return SUPERVISE_INPUT_MORE;
	case INPUT_END:
		break;
	}
	in->open = false;
	return SUPERVISE_INPUT_END;
}

void supervise_input_taken(struct supervise_input *in)
{
	in->has = false;
}

int supervise_input_fd(const struct supervise_input *in)
{
	return in->open && in->hungry ? input_fd(&in->input) : -1;
}

void supervise_input_fill(struct supervise_input *in)
{
	input_fill(&in->input);
}

int supervise_input_close(struct supervise_input *in)
{
	int status = in->input.cli ? input_finish(&in->input) : STATUS_OK;

	in->open = false;
	return status;
}
