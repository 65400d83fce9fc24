#include "cli/jobs_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 255 }; /* bytes that count */

static slice trimmed(slice text)
{
	static const char blank[] = " \t\r\n";

	while (text.n > 0 && strchr(blank, text.p[text.n - 1]))
		text.n--;
	while (text.n > 0 && strchr(blank, text.p[0]))
		text = (slice){ text.p + 1, text.n - 1 };
	return text;
}

/* A pipe would be read only once, so it would be no use. */
static bool read_file(const char *path, char text[MOST], size_t *n, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return err_system(e, STATUS_NO_INPUT, "%s", path);
	bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	ssize_t got = regular ? read(fd, text, MOST) : 0;
	int code = errno;

	close(fd);
	if (!regular)
		return err_set(e, STATUS_NO_INPUT, "%s is not a regular file", path);
	errno = code;
	if (got < 0)
		return err_system(e, STATUS_NO_INPUT, "%s", path);
	*n = (size_t)got;
	return true;
}

static bool read_jobs(const struct jobs_file *f, uint32_t *jobs, struct err *e)
{
	char text[MOST];
	size_t n = 0;
	struct jobs j;

	if (!read_file(f->path, text, &n, e))
		return false;
	slice word = trimmed((slice){ text, n });
	if (word.n == 0)
		return err_set(e, STATUS_USAGE, "%s is empty", f->path);
	if (!jobs_parse(word, &j))
		return err_set(e, STATUS_USAGE,
		               "%s: '%.*s' is not a number of jobs (like 4, 50%%, +1 or -1)",
		               f->path, SLICE_ARG(word));
	*jobs = jobs_count(j, f->processors);
	return true;
}

bool jobs_file_open(struct jobs_file *f, const char *path, uint32_t processors, struct err *e)
{
	*f = (struct jobs_file){ .path = path, .processors = processors };
	return read_jobs(f, &f->jobs, e);
}

static enum jobs_file_news found_good(struct jobs_file *f, uint32_t jobs)
{
	bool same = jobs == f->jobs;

	buf_clear(&f->seen);
	f->jobs = jobs;
	return same ? JOBS_FILE_SAME : JOBS_FILE_NEW;
}

enum jobs_file_news jobs_file_look(struct jobs_file *f, struct err *e)
{
	uint32_t jobs;

	if (read_jobs(f, &jobs, e))
		return found_good(f, jobs);
	if (!slice_is(buf_slice(&f->seen), e->text)) {
		buf_clear(&f->seen);
		buf_add_text(&f->seen, e->text);
		f->told = false;
	} else if (!f->told) {
		f->told = true;
		return JOBS_FILE_BAD;
	}
	return JOBS_FILE_SAME;
}

void jobs_file_free(struct jobs_file *f)
{
	buf_free(&f->seen);
}
