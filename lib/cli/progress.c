#include "cli/progress.h"

#include "cli/terminal.h"
#include "core/watermark.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80 };

/* Short work needs no line. */
static const span first = { 500 * NS_PER_MS }, again = { 250 * NS_PER_MS };

/* A terminal that fails has shown all it could. */
static void put(slice text)
{
	(void)!write(STDERR_FILENO, text.p, text.n);
}

static void erase(void *user)
{
	struct progress *p = user;

	if (p->shown)
		put(SLICE("\r\033[K"));
	p->shown = false;
}

/* The bytes of all files; 0 when one of them is none, or is longer than it says. */
static uint64_t size_of(char **files)
{
	struct stat info;
	uint64_t size = 0;

	for (; *files; files++) {
		bool standard = strcmp(*files, "-") == 0;

		if ((standard ? fstat(STDIN_FILENO, &info) : stat(*files, &info)) != 0 ||
		    !S_ISREG(info.st_mode))
			return 0;
		size += (uint64_t)info.st_size;
	}
	return size;
}

void progress_open(struct progress *p, char **files)
{
	static char standard[] = "-";
	char *usual[] = { standard, NULL };
	const struct cli *c = p->cli;

	p->wanted = !c->quiet && c->clock != CLI_CLOCK_RECORD && !p->told_elsewhere &&
	            terminal_can_redraw(STDERR_FILENO);
	if (!p->wanted)
		return;
	p->utf8 = terminal_is_utf8();
	p->size = size_of(*files ? files : usual);
	clock_start(&p->clock, false);
	p->due = instant_add(clock_now(&p->clock), first);
	recent_update(&p->recent, clock_now(&p->clock), 0);
	p->cli->make_way = erase;
	p->cli->make_way_user = p;
}

static struct status_line now(struct progress *p)
{
	const struct engine_stats *s = engine_stats(p->engine);
	const struct watermark mark = { .policy = p->cli->policy.backpressure };
	uint64_t depth = engine_depth(p->engine), running = engine_running(p->engine);
	uint64_t read = input_bytes(p->input);
	struct status_line line = {
		.done = s->dispatched,
		.failed = s->failed + s->gated + s->expired + s->unfinished,
		.waiting = depth - running,
		.running = running,
		.asserted = s->asserts > s->releases,
		.level = watermark_level(&mark, depth),
	};

	line.has_rate = recent_rate(&p->recent, &line.rate);
	if (p->size && read <= p->size)
		line.has_left = status_left(s->received, line.done + line.failed, read, p->size,
		                            line.rate, &line.left);
	return line;
}

static void draw(struct progress *p)
{
	const struct status_line line = now(p);
	uint32_t width = terminal_width(STDERR_FILENO);
	const struct status_style style = {
		.width = (width ? width : USUAL_WIDTH) - 1, /* the last column may begin a line */
		.utf8 = p->utf8,
		.color = cli_colored(p->cli, STDERR_FILENO),
	};

	buf_clear(&p->line);
	buf_add_char(&p->line, '\r');
	status_line(&line, &style, &p->line);
	buf_add_text(&p->line, "\033[K");
	if (p->shown && slice_equal(buf_slice(&p->line), buf_slice(&p->last)))
		return;
	put(buf_slice(&p->line));
	buf_clear(&p->last);
	buf_add_slice(&p->last, buf_slice(&p->line));
	p->shown = true;
}

span progress_look(struct progress *p)
{
	instant at;

	if (!p->wanted)
		return SPAN_MAX;
	at = clock_now(&p->clock);
	if (instant_after(p->due, at))
		return instant_until(at, p->due);
	const struct engine_stats *s = engine_stats(p->engine);
	recent_update(&p->recent, at, s->received - engine_depth(p->engine));
	if (terminal_is_ready(STDERR_FILENO))
		draw(p);
	p->due = instant_add(at, again);
	return again;
}

void progress_close(struct progress *p)
{
	erase(p);
	buf_free(&p->line);
	buf_free(&p->last);
	p->wanted = false;
	if (p->cli && p->cli->make_way_user == p)
		p->cli->make_way = NULL;
}
