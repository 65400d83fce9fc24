/* Looking at a supervisor and telling it what to do, with the supervisor in the same process. */
#include "cli/control_client.h"

#include "scratch.h"
#include "t.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/meshq-client-XXXXXX";
static char folder[sizeof directory + 16];
static const struct opt_command tool = { .name = "tool" };
static struct cli cli = { .command = &tool, .max_line = 200 };
static struct control_dir dir;
static struct control_client client;
static struct buf heard;
static struct err e;

static bool on_command(void *user, enum control_command command, slice name)
{
	(void)user;
	buf_addf(&heard, "%s(%.*s) ", control_command_name(command), SLICE_ARG(name));
	return true;
}

static const struct control_dir_calls calls = { .command = on_command };

static void publish(const char *daemon, enum supervised_state state)
{
	struct buf text = { 0 };

	daemon_status_add(&(struct daemon_status){ .name = SLICE("\"first\"") }, &text);
	daemon_status_add(&(struct daemon_status){ .name = slice_of(daemon), .state = state },
	                  &text);
	control_dir_publish(&dir, buf_slice(&text));
	buf_free(&text);
}

static void begin(void)
{
	OK(control_dir_open(&dir, &cli, folder, &calls, &e));
	publish("\"st\\u00f6r\"", SUPERVISED_UP);
	control_client_init(&client, folder);
}

static void end(void)
{
	control_client_free(&client);
	control_dir_close(&dir);
}

static void the_daemons_are_listed_and_found_by_name(void)
{
	begin();
	OK(control_client_look(&client, &e));
	EQ(client.count, 2);
	EQ(control_client_find(&client, SLICE("first")), 0);
	EQ(control_client_find(&client, SLICE("stör")), 1);
	EQ(control_client_find(&client, SLICE("second")), -1);
	SAME(control_client_name(&client, 1), "stör");
	OK(client.list[1].state == SUPERVISED_UP);
	publish("7", SUPERVISED_WAITING);
	OK(control_client_look(&client, &e));
	EQ(control_client_find(&client, SLICE("7")), 1);
	OK(client.list[1].state == SUPERVISED_WAITING);
	end();
}

static void commands_arrive(void)
{
	begin();
	buf_clear(&heard);
	OK(control_client_tell(&client, CONTROL_RESTART, SLICE("a"), &e));
	OK(control_client_tell(&client, CONTROL_STOP, SLICE("stör"), &e));
	control_dir_serve(&dir);
	SAME(buf_slice(&heard), "restart(a) stop(stör) ");
	int other = open(client.fifo, O_WRONLY);
	OK(write(other, "{\"kind\":", 8) == 8);
	OK(control_client_tell(&client, CONTROL_START, SLICE("a"), &e));
	control_dir_serve(&dir);
	SAME(buf_slice(&heard), "restart(a) stop(stör) start(a) ");
	close(other);
	end();
}

static void where_nobody_is_there_is_nothing_to_look_at(void)
{
	control_client_init(&client, "/nowhere");
	OK(!control_client_look(&client, &e));
	EQ(e.status, STATUS_SHORTFALL);
	SAME(slice_of(e.text), "/nowhere: no supervisor is there: No such file or directory");
	OK(!control_client_tell(&client, CONTROL_STOP, SLICE("a"), &e));
	SAME(slice_of(e.text), "/nowhere: no supervisor is there");
	control_client_free(&client);
}

/* As if it had been killed: the files stay, the lock goes. */
static void what_a_killed_one_said_is_not_told_as_the_truth(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (!control_dir_open(&dir, &cli, folder, &calls, &e))
			_exit(1);
		publish("\"a\"", SUPERVISED_UP);
		_exit(0);
	}
	OK(waitpid(pid, &status, 0) == pid && status == 0);
	control_client_init(&client, folder);
	OK(access(client.status, F_OK) == 0);
	OK(!control_client_look(&client, &e));
	OK(strstr(e.text, ": no supervisor is there"));
	OK(!control_client_tell(&client, CONTROL_STOP, SLICE("a"), &e));
	OK(strstr(e.text, ": no supervisor is there"));
	control_client_free(&client);
}

static void one_that_has_ended_is_told_from_its_successor(void)
{
	begin();
	OK(control_client_look(&client, &e));
	control_dir_close(&dir);
	OK(!control_client_look(&client, &e));
	OK(strstr(e.text, ": the supervisor has ended"));
	OK(control_dir_open(&dir, &cli, folder, &calls, &e));
	publish("\"a\"", SUPERVISED_UP);
	client.pid++; /* it was another */
	OK(!control_client_look(&client, &e));
	OK(strstr(e.text, ": the supervisor has ended"));
	end();
}

static void waiting_ends_when_the_status_changes(void)
{
	begin();
	OK(control_client_look(&client, &e));
	publish("\"b\"", SUPERVISED_UP);
	control_client_wait(&client); /* or the test would not end for a second */
	OK(control_client_look(&client, &e));
	EQ(control_client_find(&client, SLICE("b")), 1);
	end();
}

static void a_status_that_is_none_is_refused(void)
{
	begin();
	control_dir_publish(&dir, SLICE("{\"kind\":\"x\"}\n"));
	OK(!control_client_look(&client, &e));
	OK(strstr(e.text, "/status:1: it is no meshq.status record"));
	control_dir_publish(&dir, SLICE("{\"kind\":\n"));
	OK(!control_client_look(&client, &e));
	OK(strstr(e.text, "/status:1: byte 9: "));
	control_dir_publish(&dir, SLICE(""));
	OK(control_client_look(&client, &e));
	EQ(client.count, 0);
	end();
}

int main(void)
{
	if (!mkdtemp(directory))
		return 1;
	signal(SIGPIPE, SIG_IGN);
	snprintf(folder, sizeof folder, "%s/d", directory);
	RUN(the_daemons_are_listed_and_found_by_name);
	RUN(commands_arrive);
	RUN(where_nobody_is_there_is_nothing_to_look_at);
	RUN(what_a_killed_one_said_is_not_told_as_the_truth);
	RUN(one_that_has_ended_is_told_from_its_successor);
	RUN(waiting_ends_when_the_status_changes);
	RUN(a_status_that_is_none_is_refused);
	scratch_remove(directory);
	buf_free(&heard);
	return t_done();
}
