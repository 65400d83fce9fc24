#include "sys/spawn.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK = 1 << 14 };

/* ---- system calls ---- */

/* While both of us run in one memory nothing of the C library may be used but what is
 * only read: not even errno. Returns what the kernel returns, errors as -errno. */
#if defined __x86_64__
enum { TWO_MAY_RUN = 1 };

static inline long call(long number, long a, long b, long c, long d)
{
	register long fourth __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
	                 : "=a"(result)
	                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
	                 : "rcx", "r11", "memory");
	return result;
}
#elif defined __aarch64__
enum { TWO_MAY_RUN = 1 };

static inline long call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
#else
enum { TWO_MAY_RUN = 0 };

static inline long call(long number, long a, long b, long c, long d)
{
	long result = syscall(number, a, b, c, d);

	return result < 0 ? -errno : result;
}
#endif

/* ---- in the new process ---- */

/* As the kernel has them: a disposition and a mask, both zeroed. */
static const long zeroes[8];

enum { MASK_SIZE = (NSIG - 1) / 8 };

static void take_stream(struct spawn *s, int fd, int number)
{
	long result = call(SYS_dup3, fd, number, 0, 0);

	if (result < 0 && !s->code)
		s->code = (int)-result;
}

/* The signal comes only for a death from now on. */
static void die_with_us(struct spawn *s)
{
	call(SYS_prctl, PR_SET_PDEATHSIG, s->death_signal, 0, 0);
	if (call(SYS_getppid, 0, 0, 0, 0) != s->parent)
		call(SYS_exit_group, 127, 0, 0, 0);
}

static void go_to_directory(struct spawn *s)
{
	long result = call(SYS_chdir, (long)s->directory, 0, 0, 0);

	s->lost = result < 0;
	if (s->lost)
		s->code = (int)-result;
}

/* Its frame never returns, so ASan must not mark it. Exec resets handled signals and
 * passes on ignored ones. */
__attribute__((no_sanitize("address", "undefined"))) static int become(void *argument)
{
	struct spawn *s = argument;

	if (!s->our_group)
		call(SYS_setpgid, 0, 0, 0, 0);
	for (int i = 1; i < NSIG; i++)
		if (sigismember(&s->ignored, i) == 1)
			call(SYS_rt_sigaction, i, (long)zeroes, 0, MASK_SIZE);
	if (s->files.rlim_max)
		call(SYS_prlimit64, 0, RLIMIT_NOFILE, (long)&s->files, 0);
	if (s->death_signal)
		die_with_us(s);
	/* Ours are close-on-exec already; this is for strays that we inherited.
	 * Kernels before 5.11 do without. */
	call(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC, 0);
	take_stream(s, s->in, 0);
	take_stream(s, s->out, 1);
	take_stream(s, s->err, 2);
	for (uint32_t i = 0; i < s->passed_count; i++)
		take_stream(s, s->passed[i].fd, s->passed[i].number);
	if (!s->code && s->directory)
		go_to_directory(s);
	if (!s->code) {
		call(SYS_rt_sigprocmask, SIG_SETMASK, (long)zeroes, 0, MASK_SIZE);
		s->code = (int)-call(SYS_execve, (long)s->path, (long)s->argv, (long)s->environment,
		                     0);
	}
	call(SYS_exit_group, 127, 0, 0, 0);
	return 0;
}

/* ---- here ---- */

/* No signal may run a handler of ours in the new process. */
static bool start(struct spawn *s, char *stack_end, int flags)
{
	sigset_t all, before;

	s->code = 0;
	s->lost = false;
	if (s->death_signal)
		s->parent = getpid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	s->pid = clone(become, stack_end, flags | CLONE_VM | CLONE_PIDFD | SIGCHLD, s, &s->pidfd);
	int code = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (s->pid >= 0)
		return true;
	s->code = code;
	return false;
}

bool spawn_wait(struct spawn *s)
{
	_Alignas(16) char stack[STACK];

	if (!start(s, stack + sizeof stack, CLONE_VFORK))
		return false;
	if (s->code == 0)
		return true;
	while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(s->pidfd);
	return false;
}

/* ---- words ---- */

/* The file is there, seen from where it was executed. */
static bool is_there(const struct spawn *s)
{
	int dir = s->directory ? open(s->directory, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	bool there = faccessat(dir < 0 ? AT_FDCWD : dir, s->path, F_OK, 0) == 0;

	if (dir >= 0)
		close(dir);
	return there;
}

/* The system's words for a script's two common faults name the wrong file or none. */
bool spawn_refused(const struct spawn *s, struct err *e)
{
	enum status status = s->code == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;

	if (!s->lost && s->code == ENOENT && is_there(s))
		return err_set(e, status, "cannot execute %s: its interpreter is not there",
		               s->path);
	if (!s->lost && s->code == ENOEXEC)
		return err_set(e, status, "cannot execute %s: no program, and no #! line", s->path);
	errno = s->code;
	if (s->lost)
		return err_system(e, STATUS_OS, "cannot go to %s", s->directory);
	return err_system(e, status, "cannot execute %s", s->path);
}

/* ---- early ---- */

/* What the process uses as long as it has not executed the file: words and the lists of
 * them lie behind it. */
struct spawn_early {
	_Alignas(16) char stack[STACK];
	struct spawn spawn;
	char *lists[];
};

static uint32_t count_of(char *const *list)
{
	uint32_t n = 0;

	while (list[n])
		n++;
	return n;
}

static size_t size_of(char *const *list, uint32_t n)
{
	size_t size = 0;

	for (uint32_t i = 0; i < n; i++)
		size += strlen(list[i]) + 1;
	return size;
}

static char *copy_word(char **room, const char *word)
{
	size_t n = strlen(word) + 1;
	char *copy = memcpy(*room, word, n);

	*room += n;
	return copy;
}

/* Copies the first `fresh` words and the pointers to the others, with the NULL. */
static void copy_list(char **to, char *const *list, uint32_t n, uint32_t fresh, char **room)
{
	for (uint32_t i = 0; i < fresh; i++)
		to[i] = copy_word(room, list[i]);
	memcpy(to + fresh, list + fresh, (n - fresh + 1) * sizeof *to);
}

static struct spawn_early *early_new(const struct spawn *s)
{
	uint32_t arguments = count_of(s->argv), variables = count_of(s->environment);
	uint32_t fresh = s->fresh < variables ? s->fresh : variables;
	size_t lists = ((size_t)arguments + variables + 2) * sizeof(char *);
	size_t words = strlen(s->path) + 1 + (s->directory ? strlen(s->directory) + 1 : 0) +
	               size_of(s->argv, arguments) + size_of(s->environment, fresh);
	struct spawn_early *e = mem_new(sizeof *e + lists + words);
	char *room = (char *)e + sizeof *e + lists;

	e->spawn = *s;
	e->spawn.path = copy_word(&room, s->path);
	if (s->directory)
		e->spawn.directory = copy_word(&room, s->directory);
	e->spawn.argv = e->lists;
	e->spawn.environment = e->lists + arguments + 1;
	copy_list(e->lists, s->argv, arguments, arguments, &room);
	copy_list(e->lists + arguments + 1, s->environment, variables, fresh, &room);
	return e;
}

bool spawn_early(struct spawn *s, struct spawn_early **early)
{
	*early = NULL;
	if (!TWO_MAY_RUN)
		return spawn_wait(s);
	struct spawn_early *e = early_new(s);
	bool started = start(&e->spawn, e->stack + sizeof e->stack, 0);

	s->pid = e->spawn.pid;
	s->pidfd = e->spawn.pidfd;
	if (started) {
		*early = e;
		return true;
	}
	s->code = e->spawn.code;
	free(e);
	return false;
}

const struct spawn *spawn_was(const struct spawn_early *early)
{
	return &early->spawn;
}
