#include "cli/metrics_file.h"

#include "sys/entropy.h"
#include "sys/file.h"

#include <fcntl.h>
#include <unistd.h>

static struct metrics_state state_of(const struct metrics_file *f)
{
	const struct report *r = f->report;
	const struct engine_stats *s = engine_stats(f->engine);
	const struct watermark mark = { .policy = r->cli->policy.backpressure };
	uint64_t depth = engine_depth(f->engine);

	return (struct metrics_state){
		.engine = s,
		.rejected = f->intake->input->rejected,
		.passed = f->intake->passed,
		.controls = f->intake->controls,
		.skipped = f->intake->skipped,
		.restored = r->restored,
		.spooled = r->spooled,
		.chain_append_failures = r->chain_append_failures,
		.failures_append_failures = r->failures_append_failures,
		.depth = depth,
		.running = engine_running(f->engine),
		.jobs = engine_jobs(f->engine),
		.asserted = s->asserts > s->releases,
		.level = watermark_level(&mark, depth),
	};
}

static bool write_now(struct metrics_file *f, struct err *e)
{
	struct metrics_state state = state_of(f);

	f->due = instant_add(clock_now(&f->clock), (span){ NS_PER_S });
	buf_clear(&f->text);
	metrics_text(&f->metrics, &state, &f->text);
	return file_publish(f->path, buf_slice(&f->text), e);
}

static void write_again(struct metrics_file *f)
{
	struct err e;

	if (write_now(f, &e))
		return;
	if (f->status == STATUS_OK)
		cli_warn(f->report->cli, "%s (told once)", e.text);
	f->status = STATUS_IO;
}

/* A slip of the hand must not cost the input, or whatever else is there. What cannot be
 * read is left to the writing. */
static bool may_replace(const char *path)
{
	char head[METRICS_HEAD];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return true;
	ssize_t n = read(fd, head, sizeof head);
	close(fd);
	return n <= 0 || metrics_begins((slice){ head, (size_t)n });
}

bool metrics_file_open(struct metrics_file *f, struct err *e)
{
	if (!f->path)
		return true;
	if (!may_replace(f->path))
		return err_set(e, STATUS_NO_CREATE, "%s has something else than metrics in it",
		               f->path);
	metrics_init(&f->metrics, (struct hash_seed){ entropy_u64(), entropy_u64() });
	clock_start(&f->clock, false);
	f->open = write_now(f, e);
	return f->open;
}

span metrics_file_look(struct metrics_file *f)
{
	instant now;

	if (!f->open)
		return SPAN_MAX;
	now = clock_now(&f->clock);
	if (instant_after(f->due, now))
		return instant_until(now, f->due);
	write_again(f);
	return (span){ NS_PER_S };
}

int metrics_file_close(struct metrics_file *f)
{
	if (f->open)
		write_again(f);
	metrics_free(&f->metrics);
	buf_free(&f->text);
	return f->status;
}
