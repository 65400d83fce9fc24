#include "sys/journal.h"

#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file system is asked for room in such pieces. */
enum { PIECE = 256 * 1024 };

bool journal_open(struct journal *j, const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	*j = (struct journal){ .fd = -1 };
	if (fd < 0)
		return err_system(e, STATUS_NO_CREATE, "open %s", path);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(e, STATUS_NO_CREATE, "%s is not a regular file", path);
	}
	/* Whoever wrote what is there may not have waited for the disk. */
	*j = (struct journal){
		.path = path, .fd = fd, .end = st.st_size, .room = st.st_size, .unsynced = true
	};
	return true;
}

static bool ask_for(struct journal *j, off_t room)
{
	if (fallocate(j->fd, FALLOC_FL_KEEP_SIZE, j->room, room - j->room) == 0) {
		j->room = room;
		return true;
	}
	if (errno != ENOSPC && errno != EDQUOT)
		j->cannot = true;
	return j->cannot;
}

/* The process may not make longer files than that. */
static bool allowed(off_t need)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_FSIZE, &files) != 0 || (rlim_t)need <= files.rlim_cur)
		return true;
	errno = EFBIG;
	return false;
}

/* A full disk may have room for these lines but not for a whole piece more. */
static bool make_room(struct journal *j, size_t n)
{
	off_t need = j->end + (off_t)n + JOURNAL_SPARE;

	if (need <= j->room)
		return true;
	if (!allowed(need))
		return false;
	return j->cannot || (allowed(need + PIECE) && ask_for(j, need + PIECE)) || ask_for(j, need);
}

/* Should cutting it back fail, too, a torn line is left, which readers are used to. */
bool journal_write_last(struct journal *j, slice lines, struct err *e)
{
	if (lines.n == 0)
		return true;
	if (!file_write(j->fd, lines)) {
		err_system(e, STATUS_IO, "write %s", j->path);
		(void)!ftruncate(j->fd, j->end);
		return false;
	}
	j->end += (off_t)lines.n;
	j->unsynced = true;
	return true;
}

bool journal_write(struct journal *j, slice lines, struct err *e)
{
	if (lines.n && !make_room(j, lines.n))
		return err_system(e, STATUS_IO, "write %s", j->path);
	return journal_write_last(j, lines, e);
}

bool journal_sync(struct journal *j, struct err *e)
{
	if (j->unsynced && fdatasync(j->fd) != 0 && errno != EINVAL && errno != EROFS)
		return err_system(e, STATUS_IO, "sync %s", j->path);
	j->unsynced = false;
	return true;
}

void journal_close(struct journal *j)
{
	if (!j->path)
		return;
	if (j->room > j->end)
		(void)!ftruncate(j->fd, j->end);
	close(j->fd);
	*j = (struct journal){ .fd = -1 };
}
