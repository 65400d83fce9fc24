#include "cli/launch.h"

#include "base/mem.h"
#include "codec/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* An argument is a row of pieces: text, or the value of a member. */
struct piece {
	slice text;
	char *path;      /* NULL: text */
	uint32_t number; /* of the path */
};

struct argument {
	struct piece *pieces;
	uint32_t count;
};

/* What is set for a handler, in this order. */
static const char *const variables[] = {
	"MESHQ_ID", "MESHQ_KIND", "MESHQ_ATTEMPT", "MESHQ_DEFERS", "MESHQ_DEADLINE_MS",
};

enum { VARIABLES = sizeof variables / sizeof variables[0] };

struct launch {
	const char *dir; /* NULL: a command */
	struct record_reader *reader;
	struct identity who;
	struct buf path;
	struct buf scratch;

	struct argument *arguments; /* of the command, from argv[1] on */
	uint32_t count;
	char **given; /* the command as it was given, borrowed */
	char **argv;
	struct buf words; /* the arguments and variables that are made anew */

	char **environment; /* ours first, then what we have inherited */
};

/* ---- the environment ---- */

static bool is_ours(const char *entry)
{
	size_t n = strcspn(entry, "=");

	for (int i = 0; i < VARIABLES; i++)
		if (slice_equal((slice){ entry, n }, slice_of(variables[i])))
			return true;
	return false;
}

/* The first VARIABLES places are for ours. */
static void inherit_environment(struct launch *l)
{
	size_t n = 0;
	uint32_t to = VARIABLES;

	while (environ && environ[n])
		n++;
	l->environment = mem_zeroed(VARIABLES + n + 1, sizeof *l->environment);
	for (size_t i = 0; i < n; i++)
		if (!is_ours(environ[i]))
			l->environment[to++] = environ[i];
}

static struct launch *launch_new(void)
{
	struct launch *l = mem_zeroed(1, sizeof *l);

	l->reader = record_reader_new();
	l->who = identity_new(l->reader, NULL);
	inherit_environment(l);
	return l;
}

void launch_identify(struct launch *l, const char *path)
{
	l->who = identity_new(l->reader, path);
}

void launch_free(struct launch *l)
{
	if (!l)
		return;
	for (uint32_t i = 0; i < l->count; i++) {
		for (uint32_t j = 0; j < l->arguments[i].count; j++)
			free(l->arguments[i].pieces[j].path);
		free(l->arguments[i].pieces);
	}
	free(l->arguments);
	free(l->argv);
	free(l->environment);
	record_reader_free(l->reader);
	buf_free(&l->path);
	buf_free(&l->scratch);
	buf_free(&l->words);
	free(l);
}

/* ---- at the start ---- */

struct launch *launch_by_kind(const char *dir, struct err *e)
{
	struct stat info;

	if (stat(dir, &info) == 0 && !S_ISDIR(info.st_mode))
		errno = ENOTDIR;
	else if (access(dir, X_OK) == 0) {
		struct launch *l = launch_new();

		l->dir = dir;
		l->argv = mem_zeroed(2, sizeof *l->argv);
		return l;
	}
	err_system(e, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE,
	           "handlers directory %s", dir);
	return NULL;
}

static struct piece *add_piece(struct argument *a)
{
	a->pieces = mem_resize(a->pieces, a->count + 1, sizeof *a->pieces);
	a->pieces[a->count] = (struct piece){ 0 };
	return &a->pieces[a->count++];
}

static void add_text(struct argument *a, const char *p, size_t n)
{
	if (n)
		add_piece(a)->text = (slice){ p, n };
}

/* Cuts "a{b.c}d" into pieces; "{{" stands for one brace. */
static bool parse_argument(struct launch *l, struct argument *a, const char *text, struct err *e)
{
	for (;;) {
		size_t n = strcspn(text, "{");

		if (text[n] == '{' && text[n + 1] == '{') {
			add_text(a, text, n + 1);
			text += n + 2;
			continue;
		}
		add_text(a, text, n);
		text += n;
		if (!*text)
			return true;
		n = strcspn(++text, "}");
		if (n == 0 || text[n] != '}')
			return err_set(e, STATUS_USAGE,
			               "'{%s': expected {member.path}; a brace is written '{{'",
			               text);
		struct piece *piece = add_piece(a);
		piece->path = mem_text(text, n);
		piece->number = record_reader_add(l->reader, piece->path);
		text += n + 1;
	}
}

static bool parse_command(struct launch *l, char **argv, bool plain, struct err *e)
{
	while (argv[1 + l->count])
		l->count++;
	l->arguments = mem_zeroed(l->count, sizeof *l->arguments);
	l->argv = mem_zeroed(l->count + 2, sizeof *l->argv);
	l->argv[0] = argv[0];
	l->given = argv;
	for (uint32_t i = 0; i < l->count && !plain; i++)
		if (!parse_argument(l, &l->arguments[i], argv[1 + i], e))
			return false;
	return true;
}

struct launch *launch_command(char **argv, bool plain, struct err *e)
{
	struct launch *l = launch_new();
	int code;

	if (!child_find(argv[0], &l->path, &code)) {
		errno = code;
		err_system(e, code == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE,
		           "command %s", argv[0]);
	} else if (parse_command(l, argv, plain, e)) {
		return l;
	}
	launch_free(l);
	return NULL;
}

/* ---- for one action ---- */

/* A record can hold a NUL ("\u0000"), a word cannot. */
static bool end_word(struct launch *l, size_t begin, const char *name, struct err *e)
{
	if (memchr(l->words.p + begin, '\0', l->words.n - begin))
		return err_set(e, STATUS_DATA, "%s has a NUL character in it", name);
	buf_add_char(&l->words, '\0');
	return true;
}

static slice plain(struct launch *l, slice value)
{
	return json_type(value) == JSON_STRING ? json_string(value, &l->scratch) : value;
}

static bool add_argument(struct launch *l, uint32_t i, const struct record *r, struct err *e)
{
	const struct argument *a = &l->arguments[i];
	size_t begin = l->words.n;
	char name[40];

	for (uint32_t j = 0; j < a->count; j++) {
		const struct piece *piece = &a->pieces[j];
		if (!piece->path) {
			buf_add_slice(&l->words, piece->text);
			continue;
		}
		slice value = r->found[piece->number].text;
		if (!value.p)
			return err_set(e, STATUS_DATA, "no member '%s' for argument %u%s",
			               piece->path, i + 1,
			               strpbrk(piece->path, " $;(\"") ? "; a brace is written '{{'"
			                                              : "");
		buf_add_slice(&l->words, plain(l, value));
	}
	snprintf(name, sizeof name, "argument %u", i + 1);
	return end_word(l, begin, name, e);
}

static bool add_variable(struct launch *l, int i, slice value, struct err *e)
{
	size_t begin = l->words.n;

	buf_addf(&l->words, "%s=", variables[i]);
	buf_add_slice(&l->words, value);
	return end_word(l, begin, variables[i], e);
}

static void add_number(struct launch *l, int i, uint64_t value)
{
	buf_addf(&l->words, "%s=%llu", variables[i], (unsigned long long)value);
	buf_add_char(&l->words, '\0');
}

/* A deadline that there is not leaves an empty variable. */
static void add_deadline(struct launch *l, int i, instant deadline)
{
	buf_addf(&l->words, "%s=", variables[i]);
	if (deadline.ns != INT64_MAX)
		buf_add_ms(&l->words, deadline.ns);
	buf_add_char(&l->words, '\0');
}

static bool add_variables(struct launch *l, const struct action *a, const struct record *r,
                          instant deadline, struct err *e)
{
	if (!add_variable(l, 0, plain(l, r->id_member.text), e) || !add_variable(l, 1, r->kind, e))
		return false;
	add_number(l, 2, a->attempts);
	add_number(l, 3, a->defers);
	add_deadline(l, 4, deadline);
	return true;
}

/* The words lie one behind the other; only now do they stay where they are. */
static void point_at_words(struct launch *l)
{
	char *p = l->words.p;

	for (uint32_t i = 0; i < l->count; i++, p += strlen(p) + 1)
		l->argv[1 + i] = p;
	for (int i = 0; i < VARIABLES; i++, p += strlen(p) + 1)
		l->environment[i] = p;
}

static bool set_path(struct launch *l, slice name)
{
	buf_clear(&l->path);
	buf_add_text(&l->path, l->dir);
	buf_add_char(&l->path, '/');
	buf_add_slice(&l->path, name);
	return access(buf_text(&l->path), F_OK) == 0;
}

static bool find_handler(struct launch *l, slice kind, struct err *e)
{
	const char *wrong = kind.n == 0                    ? "an empty kind"
	                    : kind.p[0] == '.'             ? "a kind that begins with '.'"
	                    : memchr(kind.p, '/', kind.n)  ? "a kind with '/' in it"
	                    : memchr(kind.p, '\0', kind.n) ? "a kind with a NUL in it"
	                                                   : NULL;
	if (wrong)
		return err_set(e, STATUS_DATA, "%s names no handler", wrong);
	if (!set_path(l, kind) && !set_path(l, SLICE("default")))
		return err_set(e, STATUS_DATA, "no handler for '%.*s' in %s, and no default",
		               SLICE_ARG(kind), l->dir);
	l->argv[0] = l->path.p;
	return true;
}

bool launch_prepare(struct launch *l, const struct action *a, slice line, instant deadline,
                    struct child_command *command, struct err *e)
{
	struct json_error bad;
	struct told_bad nobody;
	struct record r;

	if (!record_read(l->reader, line, &r, &bad))
		return err_set(e, STATUS_INTERNAL, "%s", bad.what);
	if (!identity_take(&l->who, &r, &nobody))
		return err_set(e, STATUS_INTERNAL, "%s", nobody.what);
	buf_clear(&l->words);
	for (uint32_t i = 0; i < l->count; i++)
		if (!add_argument(l, i, &r, e))
			return false;
	if ((l->dir && !find_handler(l, r.kind, e)) || !add_variables(l, a, &r, deadline, e))
		return false;
	point_at_words(l);
	command->path = buf_text(&l->path);
	command->argv = l->argv;
	command->environment = l->environment;
	command->fresh = VARIABLES;
	command->input = (slice){ line.p, line.n + 1 };
	return true;
}

/* ---- programs that stay ---- */

struct launch_program {
	char *path;
	char **argv;        /* the words are the command's */
	char **environment; /* the launch's */
};

struct launch_program *launch_program(struct launch *l, slice kind, struct err *e)
{
	if (l->dir && !find_handler(l, kind, e))
		return NULL;
	struct launch_program *p = mem_zeroed(1, sizeof *p);

	p->path = mem_text(l->path.p, l->path.n);
	p->argv = mem_zeroed(l->count + 2, sizeof *p->argv);
	p->argv[0] = l->dir ? p->path : l->argv[0];
	for (uint32_t i = 0; i < l->count; i++)
		p->argv[1 + i] = l->given[1 + i];
	p->environment = l->environment + VARIABLES;
	return p;
}

void launch_program_free(struct launch_program *p)
{
	if (!p)
		return;
	free(p->path);
	free(p->argv);
	free(p);
}

bool launch_program_same(const struct launch_program *p, const struct launch_program *other)
{
	return strcmp(p->path, other->path) == 0;
}

const char *launch_program_path(const struct launch_program *p)
{
	return p->path;
}

void launch_program_command(const struct launch_program *p, struct child_command *command)
{
	command->path = p->path;
	command->argv = p->argv;
	command->environment = p->environment;
}
