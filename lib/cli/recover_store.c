#include "cli/recover_store.h"

#include "codec/json.h"
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void recover_store_init(struct recover_store *s, const char *path,
                        const struct recovery_policy *policy)
{
	*s = (struct recover_store){ .path = path, .lock = -1, .pass = -1 };
	recovery_init(&s->registry, policy);
}

static void close_and_forget(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void recover_store_free(struct recover_store *s)
{
	recovery_free(&s->registry);
	close_and_forget(&s->pass);
	close_and_forget(&s->lock);
}

/* ---- the file ---- */

/* Zeroes stand for a file that is not there. */
static struct stat identify(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		memset(&st, 0, sizeof st);
	return st;
}

/* A file that was replaced is another inode, or at least has another time. */
static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool read_state(const struct recover_store *s, struct recovery *fresh, struct err *e)
{
	struct buf text = { 0 };
	bool found;
	bool good = file_read(s->path, &text, &found, e);

	if (good) {
		memset(buf_reserve(&text, JSON_SLACK), 0, JSON_SLACK);
		good = recovery_file_read(fresh, s->path, buf_slice(&text), e);
	}
	buf_free(&text);
	return good;
}

/* It is read each time: whether it is another one cannot be told for sure by number, size and time,
 * as two replacements soon after each other give the same number back. One that could not be
 * written says less than we know, though, as long as it is the same; and one that somebody has
 * removed is not missed: the next commit writes it anew. */
static bool load(struct recover_store *s, struct err *e)
{
	struct stat now = identify(s->path);
	struct recovery fresh;

	if (s->loaded && (!now.st_ino || (s->unsaved && same(&now, &s->identity))))
		return true;
	recovery_init(&fresh, s->registry.policy);
	bool good = read_state(s, &fresh, e);
	recovery_free(good ? &s->registry : &fresh);
	if (!good)
		return false;
	s->registry = fresh;
	s->identity = now;
	s->loaded = true;
	return true;
}

bool recover_store_look(struct recover_store *s, struct err *e)
{
	return !s->path || load(s, e);
}

bool recover_store_begin(struct recover_store *s, struct err *e)
{
	if (!s->path)
		return true;
	s->lock = file_lock(s->path, e);
	if (s->lock < 0)
		return false;
	if (load(s, e))
		return true;
	recover_store_drop(s);
	return false;
}

void recover_store_drop(struct recover_store *s)
{
	close_and_forget(&s->lock);
}

bool recover_store_commit(struct recover_store *s, bool leave, struct err *e)
{
	struct buf text = { 0 };
	bool good = true;

	if (s->path) {
		recovery_file_write(&s->registry, &text);
		good = leave || s->lasting ? file_replace(s->path, buf_slice(&text), e)
		                           : file_publish(s->path, buf_slice(&text), e);
		buf_free(&text);
		s->identity = identify(s->path);
	}
	s->unsaved = !good;
	s->lasting = false;
	/* The pass ends before anybody else can look: who begins now is not nested. */
	if (leave)
		close_and_forget(&s->pass);
	recover_store_drop(s);
	return good;
}

/* ---- the pass ---- */

/* The first byte is for the pass that is the first, the second for all nested ones. */
enum { PLACE_FIRST, PLACE_NESTED };

/* An open file's lock: it goes with the descriptor, also with that of a process that is killed.
 * 0, or errno. */
static int take_place(int fd, int place, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = place, .l_len = 1 };

	while (fcntl(fd, F_OFD_SETLK, &lock) != 0)
		if (errno != EINTR)
			return errno == EACCES ? EAGAIN : errno;
	return 0;
}

static int open_pass(const char *path, struct err *e)
{
	struct buf name = { 0 };
	char *target = realpath(path, NULL); /* by whatever name it is reached */

	buf_addf(&name, "%s.pass", target ? target : path);
	free(target);
	int fd = open(buf_text(&name), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd < 0)
		err_system(e, STATUS_NO_CREATE, "create %s", buf_text(&name));
	buf_free(&name);
	return fd;
}

static bool enter_first(struct recover_store *s)
{
	if (take_place(s->pass, PLACE_NESTED, F_WRLCK) == 0) {
		recovery_free_nested(&s->registry); /* those that had something were killed */
		take_place(s->pass, PLACE_NESTED, F_UNLCK);
	}
	return true;
}

bool recover_store_enter(struct recover_store *s, struct err *e)
{
	s->nested = false;
	if (!s->path)
		return true;
	s->pass = open_pass(s->path, e);
	if (s->pass < 0)
		return false;
	int code = take_place(s->pass, PLACE_FIRST, F_WRLCK);
	if (code == 0)
		return enter_first(s);
	s->nested = code == EAGAIN;
	if (s->nested)
		code = take_place(s->pass, PLACE_NESTED, F_RDLCK);
	if (code == 0)
		return true;
	close_and_forget(&s->pass);
	errno = code;
	return err_system(e, STATUS_OS, "lock %s.pass", s->path);
}
