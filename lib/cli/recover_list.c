#include "cli/recover_list.h"

#include "base/mem.h"
#include "sys/child.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool recover_list_is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	return *name && name[strspn(name, letters)] == '\0';
}

static char *join(const char *dir, const char *name)
{
	struct buf path = { 0 };

	buf_add_text(&path, dir);
	if (path.n && path.p[path.n - 1] != '/')
		buf_add_char(&path, '/');
	buf_add_text(&path, name);
	buf_text(&path);
	return path.p;
}

static const char *why_none(const char *name, const char *path)
{
	struct stat st;

	if (!recover_list_is_name(name))
		return "its name has other characters than letters, digits, _ and -";
	if (stat(path, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "it is no regular file";
	return access(path, X_OK) == 0 ? NULL : "it may not be executed";
}

static char *copy(const char *text)
{
	return mem_text(text, strlen(text));
}

static struct recover_command *add(struct recover_list *l, const char *name, char *path,
                                   uint32_t words)
{
	l->commands = mem_resize(l->commands, l->count + 1, sizeof *l->commands);
	struct recover_command *c = &l->commands[l->count++];

	*c = (struct recover_command){ .name = copy(name), .path = path };
	c->argv = mem_zeroed(words + 2, sizeof *c->argv);
	return c;
}

static void add_word(struct recover_command *c, const char *word)
{
	c->argv[c->argc++] = copy(word);
}

static int by_name(const void *a, const void *b)
{
	const struct recover_command *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void take_entry(struct recover_list *l, const struct cli *cli, const char *dir,
                       const char *name)
{
	char *path = join(dir, name);
	const char *why = why_none(name, path);

	if (!why) {
		add_word(add(l, name, path, 1), path);
		return;
	}
	if (cli && *name != '.')
		cli_detail(cli, "%s is no handler: %s", path, why);
	free(path);
}

bool recover_list_read(struct recover_list *l, const struct cli *cli, const char *dir,
                       struct err *e)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	*l = (struct recover_list){ 0 };
	if (!d)
		return err_system(e, STATUS_NO_INPUT, "%s", dir);
	while ((errno = 0, entry = readdir(d)))
		take_entry(l, cli, dir, entry->d_name);
	int code = errno;
	closedir(d);
	if (code) {
		recover_list_free(l);
		errno = code;
		return err_system(e, STATUS_NO_INPUT, "read %s", dir);
	}
	if (l->count)
		qsort(l->commands, l->count, sizeof *l->commands, by_name);
	return true;
}

bool recover_list_is_there(const struct cli *cli, const struct recover_command *c)
{
	const char *why = why_none(c->name, c->path);

	if (why)
		cli_detail(cli, "%s is no handler any more: %s", c->path, why);
	return !why;
}

/* What stands behind such a text would be $0 for it. */
static bool is_shell(const struct command_policy *p)
{
	return p->count == 3 && strcmp(p->words[0], "/bin/sh") == 0 &&
	       strcmp(p->words[1], "-c") == 0;
}

void recover_list_take(struct recover_list *l, const struct policy_map *handlers)
{
	for (uint32_t i = 0; i < handlers->count; i++) {
		const char *name = handlers->entries[i].name;
		const struct command_policy *p = &handlers->entries[i].command;
		struct buf path = { 0 };
		int code;

		if (!child_find(p->words[0], &path, &code)) {
			buf_clear(&path);
			buf_add_text(&path, p->words[0]);
		}
		buf_text(&path);
		struct recover_command *c = add(l, name, path.p, p->count + 1);
		for (uint32_t j = 0; j < p->count; j++)
			add_word(c, p->words[j]);
		if (is_shell(p))
			add_word(c, name);
	}
}

void recover_list_free(struct recover_list *l)
{
	for (uint32_t i = 0; i < l->count; i++) {
		struct recover_command *c = &l->commands[i];

		for (uint32_t j = 0; j < c->argc; j++)
			free(c->argv[j]);
		free(c->argv);
		free(c->name);
		free(c->path);
	}
	free(l->commands);
	*l = (struct recover_list){ 0 };
}

const struct recover_command *recover_list_find(const struct recover_list *l, const char *name)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (strcmp(l->commands[i].name, name) == 0)
			return &l->commands[i];
	return NULL;
}
