#include "cli/supervise_events.h"

#include <string.h>

bool supervise_events_open(struct supervise_events *v, struct cli *cli, const char *where,
                           struct out *out, struct err *e)
{
	*v = (struct supervise_events){ .cli = cli, .log.fd = -1 };
	if (!where)
		return true;
	if (strcmp(where, "-") == 0) {
		v->out = out;
		return true;
	}
	if (!log_open(&v->log, where, false, e))
		return false;
	cli_writes(cli, v->log.fd);
	return true;
}

static void complain(struct supervise_events *v, const struct err *e)
{
	if (!v->failed)
		cli_fail(v->cli, e);
	v->failed = true;
	v->status = cli_worse(v->status, (int)e->status);
}

static void append(struct supervise_events *v, slice records)
{
	struct err e;

	while (records.n) {
		const char *end = memchr(records.p, '\n', records.n);
		size_t n = end ? (size_t)(end - records.p) + 1 : records.n;

		if (!log_append(&v->log, (slice){ records.p, n }, &e))
			complain(v, &e);
		records.p += n;
		records.n -= n;
	}
}

void supervise_events_write(struct supervise_events *v, struct buf *told)
{
	if (v->out && !v->out->failure)
		buf_add_slice(&v->out->pending, buf_slice(told));
	else if (v->log.path)
		append(v, buf_slice(told));
	buf_clear(told);
}

void supervise_events_close(struct supervise_events *v)
{
	struct err e;

	if (v->log.path && !log_close(&v->log, &e))
		complain(v, &e);
	v->log.path = NULL;
}
