/* The output of several daemons in one stream: whole lines, each with its name. */
#include "cli/label.h"

#include "base/rng.h"
#include "sys/child.h"
#include "sys/daemon.h"
#include "t.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

extern char **environ;

enum { READERS = 2, MOST_FDS = 100, MUCH = 1 << 24 };

/* Who reads our stdout and our stderr. */
static int readers[READERS];
static int writers[READERS];
static struct buf heard[READERS];

static void open_label(struct label *l)
{
	label_open(l, false, false);
	l->same = false;
	for (int i = 0; i < READERS; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC))
			abort();
		readers[i] = ends[0];
		writers[i] = ends[1];
		out_init(&l->to[i], writers[i]);
		fcntl(writers[i], F_SETPIPE_SZ, 4096);
		fcntl(readers[i], F_SETFL, O_NONBLOCK);
	}
}

static void close_label(struct label *l)
{
	label_close(l);
	for (int i = 0; i < READERS; i++) {
		if (readers[i] >= 0)
			close(readers[i]);
		close(writers[i]);
		buf_free(&heard[i]);
	}
}

static void add_daemon(struct label *l, const char *name)
{
	struct err e;

	OK(label_add(l, name, LABEL_OUT, &e));
}

/* One turn of a driver. */
static void turn(struct label *l)
{
	struct pollfd fds[MOST_FDS];

	label_watch(l, fds);
	poll(fds, label_watched(l), 0);
	label_serve(l, fds);
}

static void hear(int i)
{
	for (;;) {
		ssize_t n = read(readers[i], buf_reserve(&heard[i], 4096), 4096);

		if (n <= 0)
			return;
		heard[i].n += (size_t)n;
	}
}

static void turn_until_written(struct label *l)
{
	while (!label_is_written(l)) {
		turn(l);
		for (int i = 0; i < READERS; i++)
			if (readers[i] >= 0)
				hear(i);
	}
	for (int i = 0; i < READERS; i++)
		if (readers[i] >= 0)
			hear(i);
}

static void say(const struct label *l, uint32_t daemon, enum label_stream stream, slice s)
{
	EQ(write(label_fd(l, daemon, stream), s.p, s.n), s.n);
}

static void each_line_has_the_name_of_its_daemon(void)
{
	struct label l;

	open_label(&l);
	add_daemon(&l, "telemetry");
	add_daemon(&l, "store");
	say(&l, 0, LABEL_OUT, SLICE("listening\n\nready\n"));
	say(&l, 0, LABEL_ERR, SLICE("oops\r\n"));
	say(&l, 1, LABEL_OUT, ((slice){ "\0\xff\x80 bytes\n", 10 }));
	turn_until_written(&l);
	OK(slice_equal(buf_slice(&heard[0]),
	               SLICE("telemetry: listening\ntelemetry: \ntelemetry: ready\n"
	                     "store: \0\xff\x80 bytes\n")));
	SAME(buf_slice(&heard[1]), "telemetry: oops\r\n");
	close_label(&l);
}

static void a_line_waits_for_its_end_or_that_of_the_run(void)
{
	struct label l;

	open_label(&l);
	add_daemon(&l, "a");
	add_daemon(&l, "b");
	say(&l, 0, LABEL_OUT, SLICE("one "));
	turn_until_written(&l);
	EQ(heard[0].n, 0);
	say(&l, 1, LABEL_OUT, SLICE("other\n"));
	turn_until_written(&l);
	say(&l, 0, LABEL_OUT, SLICE("line\nand a"));
	turn_until_written(&l);
	SAME(buf_slice(&heard[0]), "b: other\na: one line\n");
	label_ended(&l, 0);
	turn_until_written(&l);
	SAME(buf_slice(&heard[0]), "b: other\na: one line\na: and a\n");
	label_ended(&l, 0);
	label_ended(&l, 1);
	turn_until_written(&l);
	SAME(buf_slice(&heard[0]), "b: other\na: one line\na: and a\n");
	close_label(&l);
}

static void runs_do_not_share_a_line_though_both_are_read_later(void)
{
	struct label l;

	open_label(&l);
	add_daemon(&l, "a");
	say(&l, 0, LABEL_OUT, SLICE("first\nsec"));
	label_ended(&l, 0);
	say(&l, 0, LABEL_OUT, SLICE("third\n"));
	label_ended(&l, 0);
	label_ended(&l, 0);
	say(&l, 0, LABEL_OUT, SLICE("fou"));
	turn_until_written(&l);
	SAME(buf_slice(&heard[0]), "a: first\na: sec\na: third\n");
	say(&l, 0, LABEL_OUT, SLICE("rth\n"));
	turn_until_written(&l);
	SAME(buf_slice(&heard[0]), "a: first\na: sec\na: third\na: fourth\n");
	for (int i = 0; i < 100; i++) {
		say(&l, 0, LABEL_OUT, SLICE("x"));
		label_ended(&l, 0);
	}
	turn_until_written(&l);
	OK(heard[0].n > 43 + 100 && heard[0].p[heard[0].n - 1] == '\n');
	close_label(&l);
}

/* A line of n bytes 'x', then `end`. */
static void say_long(struct label *l, size_t n, const char *end)
{
	char block[4096];

	memset(block, 'x', sizeof block);
	while (n) {
		size_t part = n < sizeof block ? n : sizeof block;

		say(l, 0, LABEL_OUT, (slice){ block, part });
		turn(l);
		hear(0);
		n -= part;
	}
	say(l, 0, LABEL_OUT, slice_of(end));
	turn_until_written(l);
}

static void a_line_of_more_than_64K_comes_in_pieces(void)
{
	struct label l;

	open_label(&l);
	add_daemon(&l, "a");
	say_long(&l, LABEL_LINE, "\n");
	EQ(heard[0].n, LABEL_LINE + 4);
	buf_clear(&heard[0]);
	say_long(&l, LABEL_LINE, "y\n");
	EQ(heard[0].n, LABEL_LINE + 4 + 5);
	SAME(((slice){ heard[0].p + LABEL_LINE, 9 }), "xxx\na: y\n");
	buf_clear(&heard[0]);
	say_long(&l, 3 * LABEL_LINE, "");
	EQ(heard[0].n, 2 * (LABEL_LINE + 4)); /* the last piece may be a whole line yet */
	label_ended(&l, 0);
	turn_until_written(&l);
	EQ(heard[0].n, 3 * (LABEL_LINE + 4));
	close_label(&l);
}

static void names_have_colors_where_they_are_wanted(void)
{
	struct label l;

	open_label(&l);
	l.colored[LABEL_OUT] = true;
	add_daemon(&l, "a");
	add_daemon(&l, "b");
	say(&l, 0, LABEL_OUT, SLICE("x\n"));
	say(&l, 1, LABEL_OUT, SLICE("x\n"));
	say(&l, 1, LABEL_ERR, SLICE("x\n"));
	turn_until_written(&l);
	SAME(buf_slice(&heard[0]), "\033[36ma:\033[m x\n\033[33mb:\033[m x\n");
	SAME(buf_slice(&heard[1]), "b: x\n");
	close_label(&l);
}

static void its_stdout_can_go_to_our_stderr(void)
{
	struct label l;
	struct err e;

	open_label(&l);
	OK(label_add(&l, "a", LABEL_ERR, &e));
	say(&l, 0, LABEL_OUT, SLICE("x\n"));
	buf_add_text(&label_out(&l, LABEL_OUT)->pending, "{}\n");
	turn_until_written(&l);
	SAME(buf_slice(&heard[0]), "{}\n");
	SAME(buf_slice(&heard[1]), "a: x\n");
	close_label(&l);
}

static void one_file_for_both_has_whole_lines(void)
{
	struct label l;
	int out = dup(1), err = dup(2), ends[2];

	OK(pipe2(ends, O_CLOEXEC) == 0);
	fflush(stdout);
	dup2(ends[1], 1);
	label_open(&l, false, false);
	bool apart = !l.same;
	dup2(ends[1], 2);
	label_open(&l, false, false);
	dup2(out, 1);
	dup2(err, 2);
	OK(apart);
	OK(l.same);
	OK(label_out(&l, LABEL_OUT) == label_out(&l, LABEL_ERR));
	add_daemon(&l, "a");
	EQ(l.to[0].fd, 1);
	out_init(&l.to[0], ends[1]);
	say(&l, 0, LABEL_ERR, SLICE("x\n"));
	turn(&l);
	char text[10] = "";
	EQ(read(ends[0], text, sizeof text), 5);
	label_close(&l);
	close(out), close(err), close(ends[0]), close(ends[1]);
}

/* ---- readers ---- */

/* Writes lines until nobody takes more. */
static size_t flood(struct label *l, uint32_t daemon)
{
	int fd = label_fd(l, daemon, LABEL_OUT);
	size_t said = 0;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int still = 0; still < 3; still++) {
		for (ssize_t n; said < MUCH && (n = write(fd, "0123456\n", 8)) > 0; still = 0)
			said += (size_t)n;
		turn(l);
	}
	return said;
}

static void a_daemon_feels_that_nobody_reads(void)
{
	enum { MOST = 256 * 1024 + 16 * 1024 * 11 / 8 };
	struct label l;
	struct pollfd fds[MOST_FDS];

	open_label(&l);
	add_daemon(&l, "a");
	add_daemon(&l, "b");
	size_t said = flood(&l, 0);
	OK(said > 256 * 1024 * 8 / 11);
	OK(l.to[0].pending.n <= MOST);
	label_watch(&l, fds);
	EQ(fds[2].fd, -1); /* its stdout, nor that of the other, ... */
	EQ(fds[4].fd, -1);
	OK(fds[3].fd >= 0); /* ... but what goes to our stderr */
	say(&l, 1, LABEL_ERR, SLICE("x\n"));
	turn(&l);
	hear(1);
	SAME(buf_slice(&heard[1]), "b: x\n");
	turn_until_written(&l);
	EQ(heard[0].n, said / 8 * 11);
	close_label(&l);
}

static void one_that_floods_leaves_room_for_another(void)
{
	struct label l;

	open_label(&l);
	add_daemon(&l, "a");
	add_daemon(&l, "b");
	flood(&l, 0);
	say(&l, 1, LABEL_OUT, SLICE("here\n"));
	for (int i = 0; i < 1000; i++) { /* it always has more to say */
		int fd = label_fd(&l, 0, LABEL_OUT);

		while (write(fd, "0123456\n", 8) > 0)
			;
		turn(&l);
		hear(0);
		if (heard[0].n && memmem(heard[0].p, heard[0].n, "\nb: here\n", 9))
			break;
	}
	OK(memmem(heard[0].p, heard[0].n, "\nb: here\n", 9) != NULL);
	close_label(&l);
}

static void a_full_disk_loses_lines_and_leaves_the_daemon_alone(void)
{
	struct label l;

	open_label(&l);
	add_daemon(&l, "a");
	int pipe = l.to[LABEL_OUT].fd;
	l.to[LABEL_OUT].fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	for (int i = 0; i < 3; i++) {
		say(&l, 0, LABEL_OUT, SLICE("lost\n"));
		turn(&l);
		EQ(label_failure(&l), ENOSPC);
		OK(label_is_written(&l));
	}
	close(l.to[LABEL_OUT].fd);
	l.to[LABEL_OUT].fd = pipe;
	say(&l, 0, LABEL_OUT, SLICE("here\nagain\n"));
	turn_until_written(&l);
	SAME(buf_slice(&heard[0]), "\na: here\na: again\n");
	EQ(label_failure(&l), ENOSPC);
	close_label(&l);
}

static void a_reader_that_has_gone_is_gone_for_the_daemon(void)
{
	struct label l;

	open_label(&l);
	add_daemon(&l, "a");
	close(readers[0]);
	readers[0] = -1;
	say(&l, 0, LABEL_OUT, SLICE("lost\n"));
	EQ(label_failure(&l), 0);
	turn(&l);
	EQ(label_failure(&l), EPIPE);
	EQ(write(label_fd(&l, 0, LABEL_OUT), "x\n", 2), -1);
	EQ(errno, EPIPE);
	say(&l, 0, LABEL_ERR, SLICE("here\npart"));
	label_ended(&l, 0);
	turn_until_written(&l);
	SAME(buf_slice(&heard[1]), "a: here\na: part\n");
	EQ(label_failure(&l), EPIPE);
	close_label(&l);
}

/* ---- processes ---- */

static bool start(struct daemon *d, const struct label *l, uint32_t i, const char *script)
{
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)script, NULL };
	struct daemon_command c = {
		.path = "/bin/sh",
		.argv = argv,
		.environment = environ,
		.in = -1,
		.out = label_fd(l, i, LABEL_OUT),
		.err = label_fd(l, i, LABEL_ERR),
		.pressure_fd = -1,
	};
	struct err e;
	int code;

	child_prepare(&c.ignored);
	return OK(daemon_start(d, &c, &code, &e));
}

static void runs_of_processes_are_told_apart(void)
{
	struct label l;
	struct daemon d = { 0 };
	struct pollfd fds[MOST_FDS];

	open_label(&l);
	add_daemon(&l, "a");
	for (int i = 0; i < 5; i++) {
		bool ended = false;

		if (!start(&d, &l, 0, "seq 3000; printf begun; echo >&2; kill -9 $$"))
			return;
		while (!ended) {
			uint32_t n = label_watched(&l);

			label_watch(&l, fds);
			daemon_watch(&d, fds + n);
			for (int k = 0; k < READERS; k++)
				fds[n + DAEMON_WATCHED + (uint32_t)k] =
					(struct pollfd){ readers[k], POLLIN, 0 };
			poll(fds, n + DAEMON_WATCHED + READERS, -1);
			ended = daemon_serve(&d, fds + n).ended;
			label_serve(&l, fds);
			hear(0);
			hear(1);
		}
		label_ended(&l, 0);
	}
	turn_until_written(&l);
	EQ(heard[0].n, 5 * (13893 + 3000 * 3 + 9));
	SAME(((slice){ heard[0].p + heard[0].n - 17, 17 }), "a: 3000\na: begun\n");
	SAME(buf_slice(&heard[1]), "a: \na: \na: \na: \na: \n");
	daemon_free(&d);
	close_label(&l);
}

/* ---- against a model ---- */

/* What lines look like, written down without pieces or cuts. */
static void model(struct buf *want, const struct buf *run)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n; i++) {
		bool end = run->p[i] == '\n';

		if (n == 0 || (n == LABEL_LINE && !end)) {
			buf_add_text(want, n ? "\nname: " : "name: ");
			n = 0;
		}
		buf_add_char(want, run->p[i]);
		n = end ? 0 : n + 1;
	}
	if (n)
		buf_add_char(want, '\n');
}

static void add_random(struct rng *r, struct buf *b)
{
	size_t n = rng_below(r, 5) ? rng_below(r, 50) : rng_below(r, 2000);
	uint64_t newlines = rng_below(r, 4) ? 20 : 100000;

	while (n--)
		buf_add_char(b, rng_below(r, newlines) ? (char)rng_below(r, 256) : '\n');
}

static bool try_model(uint64_t seed)
{
	struct rng r = { seed };
	struct buf run = { 0 }, said = { 0 }, want = { 0 };
	struct label l;

	open_label(&l);
	add_daemon(&l, "name");
	for (int step = 0; step < 300; step++) {
		buf_clear(&said);
		add_random(&r, &said);
		say(&l, 0, LABEL_OUT, buf_slice(&said));
		buf_add_slice(&run, buf_slice(&said));
		if (rng_below(&r, 60) == 0) {
			label_ended(&l, 0);
			model(&want, &run);
			buf_clear(&run);
		}
		if (rng_below(&r, 3) || step % 8 == 0)
			turn(&l);
		hear(0);
	}
	label_ended(&l, 0);
	model(&want, &run);
	turn_until_written(&l);
	bool same = OK(slice_equal(buf_slice(&heard[0]), buf_slice(&want)));
	buf_free(&run);
	buf_free(&said);
	buf_free(&want);
	close_label(&l);
	return same;
}

static void no_byte_is_lost_or_moved(void)
{
	uint64_t first = t_seed(1), count = t_seeds(50);

	for (uint64_t seed = first; seed < first + count; seed++)
		if (!try_model(seed)) {
			t_again(seed);
			return;
		}
}

static int open_descriptors(void)
{
	int n = 0;
	DIR *dir = opendir("/proc/self/fd");

	while (dir && readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void descriptors_do_not_pile_up(void)
{
	int before = open_descriptors(), n = 0;
	struct rlimit limit, few;
	struct label l;
	struct err e;

	open_label(&l);
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	few.rlim_cur = 50;
	setrlimit(RLIMIT_NOFILE, &few);
	while (label_add(&l, "a", LABEL_OUT, &e) && n < 50)
		n++;
	setrlimit(RLIMIT_NOFILE, &limit);
	OK(n > 0 && n < 13);
	SAME(slice_of(e.text), "cannot label the output of a: Too many open files");
	EQ(label_watched(&l), 2 + 2 * n);
	close_label(&l);
	label_close(&l);
	EQ(open_descriptors(), before);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	RUN(each_line_has_the_name_of_its_daemon);
	RUN(a_line_waits_for_its_end_or_that_of_the_run);
	RUN(runs_do_not_share_a_line_though_both_are_read_later);
	RUN(a_line_of_more_than_64K_comes_in_pieces);
	RUN(names_have_colors_where_they_are_wanted);
	RUN(its_stdout_can_go_to_our_stderr);
	RUN(one_file_for_both_has_whole_lines);
	RUN(a_daemon_feels_that_nobody_reads);
	RUN(one_that_floods_leaves_room_for_another);
	RUN(a_full_disk_loses_lines_and_leaves_the_daemon_alone);
	RUN(a_reader_that_has_gone_is_gone_for_the_daemon);
	RUN(runs_of_processes_are_told_apart);
	RUN(no_byte_is_lost_or_moved);
	RUN(descriptors_do_not_pile_up);
	return t_done();
}
