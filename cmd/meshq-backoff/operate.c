/* operate.c - those who look at a supervisor, or tell it what to do: status, restart, stop, start.
 */
#include "backoff_tool.h"
#include "base/mem.h"
#include "cli/control_client.h"
#include "codec/config_text.h"
#include "sys/out.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct operate {
	struct backoff_tool *tool;
	struct control_client client;
	bool named;         /* by operands; else all are meant */
	uint32_t *who;      /* places in the client's list: the supervisor adds none */
	uint64_t *commands; /* taken for each before ours ... */
	uint64_t *starts;   /* ... and its starts until then */
	uint32_t count;
};

static void refuse_name(struct operate *o, const char *name)
{
	struct buf text = { 0 };

	config_text_quote(&text, slice_of(name));
	buf_addf(&text, " is not the name of a daemon; known %s",
	         o->client.count == 1 ? "is" : "are");
	for (uint32_t i = 0; i < o->client.count; i++) {
		buf_add_text(&text, i ? ", " : " ");
		config_text_show(&text, control_client_name(&o->client, i));
	}
	cli_usage(&o->tool->cli, "%s", buf_text(&text));
	buf_free(&text);
}

static bool choose(struct operate *o, char **names)
{
	struct control_client *c = &o->client;

	o->named = *names;
	for (uint32_t i = 0; !o->named && i < c->count; i++)
		o->count++;
	for (uint32_t i = 0; names[i]; i++)
		o->count++;
	o->who = mem_zeroed(o->count + 1, sizeof *o->who);
	o->commands = mem_zeroed(o->count + 1, sizeof *o->commands);
	o->starts = mem_zeroed(o->count + 1, sizeof *o->starts);
	for (uint32_t i = 0; i < o->count; i++) {
		int64_t at = o->named ? control_client_find(c, slice_of(names[i])) : i;
		if (at < 0) {
			refuse_name(o, names[i]);
			return false;
		}
		o->who[i] = (uint32_t)at;
		o->commands[i] = c->list[at].commands;
		o->starts[i] = c->list[at].starts;
	}
	return true;
}

static const struct daemon_status *daemon_of(const struct operate *o, uint32_t i)
{
	return &o->client.list[o->who[i]];
}

/* ---- status ---- */

/* One that is asked for by name is to be up; of all, those that somebody wants. */
static bool is_good(const struct operate *o, uint32_t i)
{
	const struct daemon_status *s = daemon_of(o, i);

	return o->named ? s->state == SUPERVISED_UP : daemon_status_good(s);
}

/* Nothing will change it but a command. */
static bool is_hopeless(const struct operate *o, uint32_t i)
{
	return daemon_of(o, i)->state == SUPERVISED_DOWN && !is_good(o, i);
}

static int print(struct operate *o)
{
	struct backoff_tool *t = o->tool;
	struct daemon_status *list = mem_zeroed(o->count + 1, sizeof *list);
	bool good = true;
	struct out out;
	struct err e;

	out_init(&out, STDOUT_FILENO);
	for (uint32_t i = 0; i < o->count; i++) {
		list[i] = *daemon_of(o, i);
		good = good && is_good(o, i);
	}
	if (t->table || (!t->json && isatty(STDOUT_FILENO)))
		daemon_status_table(list, o->count, clock_now(&t->clock), &out.pending);
	else
		for (uint32_t i = 0; i < o->count; i++)
			daemon_status_add(&list[i], &out.pending);
	free(list);
	if (!out_close(&out, "standard output", &e))
		return cli_fail(&t->cli, &e);
	return good ? STATUS_OK : STATUS_SHORTFALL;
}

static bool is_settled(const struct operate *o)
{
	bool good = true;

	for (uint32_t i = 0; i < o->count; i++) {
		if (is_hopeless(o, i))
			return true;
		good = good && is_good(o, i);
	}
	return good;
}

static int status(struct operate *o)
{
	struct err e;

	while (o->tool->wait && !is_settled(o)) {
		control_client_wait(&o->client);
		if (!control_client_look(&o->client, &e))
			return cli_fail(&o->tool->cli, &e);
	}
	return print(o);
}

/* ---- commands ---- */

/* What the command is for. */
static bool is_reached(const struct operate *o, uint32_t i, enum control_command command)
{
	const struct daemon_status *s = daemon_of(o, i);

	switch (command) {
	case CONTROL_STOP:
		return s->state == SUPERVISED_DOWN;
	case CONTROL_START:
		return s->state == SUPERVISED_UP ||
		       (s->state == SUPERVISED_DOWN && s->rest == REST_DONE);
	case CONTROL_RESTART:
		return s->starts > o->starts[i] &&
		       (s->state == SUPERVISED_UP ||
		        (s->state == SUPERVISED_DOWN && s->rest == REST_DONE));
	}
	return false;
}

/* It was taken; with --wait, too, and it is where it was to be, or *failed: at rest elsewhere. */
static bool is_over(const struct operate *o, uint32_t i, enum control_command command, bool *failed)
{
	const struct daemon_status *s = daemon_of(o, i);

	if (s->commands <= o->commands[i])
		return false;
	if (!o->tool->wait || is_reached(o, i, command))
		return true;
	*failed = s->state == SUPERVISED_DOWN;
	return *failed;
}

static int await(struct operate *o, enum control_command command)
{
	int worst = STATUS_OK;
	struct err e;

	for (uint32_t i = 0; i < o->count; i++) {
		bool failed = false;

		while (!is_over(o, i, command, &failed)) {
			control_client_wait(&o->client);
			if (!control_client_look(&o->client, &e))
				return cli_fail(&o->tool->cli, &e);
		}
		if (!failed)
			continue;
		cli_warn(&o->tool->cli, "%.*s: %s",
		         SLICE_ARG(control_client_name(&o->client, o->who[i])),
		         daemon_status_word(daemon_of(o, i)));
		worst = STATUS_SHORTFALL;
	}
	return worst;
}

static int tell(struct operate *o, enum control_command command)
{
	struct err e;

	signal(SIGPIPE, SIG_IGN); /* the supervisor may end while we write to it */
	for (uint32_t i = 0; i < o->count; i++)
		if (!control_client_tell(&o->client, command,
		                         control_client_name(&o->client, o->who[i]), &e))
			return cli_fail(&o->tool->cli, &e);
	return await(o, command);
}

/* ---- which of them ---- */

static bool find_command(const char *word, enum control_command *command)
{
	static const enum control_command all[] = { CONTROL_RESTART, CONTROL_STOP, CONTROL_START };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(word, control_command_name(all[i])) == 0) {
			*command = all[i];
			return true;
		}
	return false;
}

bool backoff_operates(const char *word)
{
	enum control_command command;

	return strcmp(word, "status") == 0 || find_command(word, &command);
}

/* Who waits for daemons to be up may be earlier than their supervisor. */
static bool look_first(struct operate *o, bool patient, struct err *e)
{
	struct control_client *c = &o->client;

	if (control_client_look(c, e))
		return true;
	if (patient && !c->pid)
		cli_note(&o->tool->cli, "%s; waiting for one", e->text);
	while (patient && !c->pid && e->status == STATUS_SHORTFALL) {
		control_client_wait(c);
		if (control_client_look(c, e))
			return true;
	}
	return false;
}

static int work(struct operate *o, char **operands)
{
	enum control_command command = CONTROL_RESTART;
	bool commands = find_command(operands[0], &command);
	struct err e;

	if (!look_first(o, o->tool->wait && !commands, &e))
		return cli_fail(&o->tool->cli, &e);
	if (!choose(o, operands + 1))
		return STATUS_USAGE;
	return commands ? tell(o, command) : status(o);
}

int backoff_operate(struct backoff_tool *t)
{
	struct operate o = { .tool = t };

	if (!t->control)
		return cli_usage(&t->cli, "%s needs --control DIR, or MESHQ_CONTROL",
		                 t->cli.operands[0]);
	clock_start(&t->clock, false);
	control_client_init(&o.client, t->control);
	int result = work(&o, t->cli.operands);
	control_client_free(&o.client);
	free(o.who);
	free(o.commands);
	free(o.starts);
	return result;
}
