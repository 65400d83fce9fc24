#include "sys/spawner.h"

#include "sys/loop.h"

static struct handlers *handlers_of(const struct runner *r)
{
	return &((struct spawner *)(uintptr_t)r)->handlers;
}

static uint32_t watched(const struct runner *r)
{
	return handlers_watched(handlers_of(r));
}

static void watch(struct runner *r, struct pollfd *fds)
{
	handlers_watch(handlers_of(r), fds);
}

static void tell_end(struct spawner *s, const struct handler *h)
{
	const struct child *c = &h->child;
	struct err e;
	int code;

	if (child_failed(c, &code, &e)) {
		loop_ended(s->loop, &(struct run_end){ .how = RUN_NO_PROCESS,
		                                       .action = h->owner,
		                                       .code = code,
		                                       .why = e.text });
		return;
	}
	loop_ended(s->loop, &(struct run_end){
				    .how = RUN_EXITED,
				    .action = h->owner,
				    .status = h->status,
				    .out = child_tail(&c->out_tail, c->capture),
				    .err = child_tail(&c->err_tail, s->loop->policy->capture),
				    .timed_out = h->overdue,
			    });
}

static void serve(struct runner *r, const struct pollfd *fds)
{
	struct spawner *s = (struct spawner *)r;
	struct handler *h;

	handlers_serve(&s->handlers, fds);
	while ((h = handlers_take(&s->handlers, false))) {
		tell_end(s, h);
		handlers_release(h);
	}
}

static span wait(struct runner *r)
{
	return handlers_wait(handlers_of(r));
}

static void tell(struct runner *r, const struct action *a, int signal)
{
	handlers_signal(handlers_of(r), a, signal);
}

static bool end(struct runner *r, bool hurry)
{
	(void)hurry;
	return handlers_of(r)->count == 0;
}

static const struct runner_ops ops = {
	.watched = watched,
	.watch = watch,
	.serve = serve,
	.wait = wait,
	.tell = tell,
	.end = end,
};

void spawner_open(struct spawner *s, struct loop *l, span kill_after)
{
	*s = (struct spawner){ .runner = { &ops }, .loop = l };
	s->handlers.kill_after = kill_after;
}

void spawner_close(struct spawner *s)
{
	handlers_free(&s->handlers);
}
