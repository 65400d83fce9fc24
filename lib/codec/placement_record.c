#include "codec/placement_record.h"

void placement_record_init(struct placement_record *p, struct record_reader *r)
{
	*p = (struct placement_record){
		.node = record_reader_add(r, "node"),
		.healthy = record_reader_add(r, "healthy"),
		.zone = record_reader_add(r, "zone"),
		.group = record_reader_add(r, "group"),
		.slot = record_reader_add(r, "slot"),
		.role = record_reader_add(r, "role"),
		.term = record_reader_add(r, "term"),
	};
}

void placement_record_free(struct placement_record *p)
{
	for (int i = 0; i < 3; i++)
		buf_free(&p->names[i]);
	buf_free(&p->scratch);
}

/* ---- members ---- */

/* The value; p is NULL when it is absent or null. */
static slice member(const struct record *r, uint32_t number)
{
	slice value = r->found[number].text;

	if (value.p && json_type(value) == JSON_NULL)
		value = (slice){ 0 };
	return value;
}

/* Where a member that was refused is: behind all others, when it is missing. */
static const char *place_of(const struct record *r, uint32_t number)
{
	return r->found[number].text.p;
}

/* A name spelt in one way only: without an escape there is no other. `own` may hold it. */
static slice spelt(struct placement_record *p, slice value, struct buf *own)
{
	if (!memchr(value.p, '\\', value.n))
		return value;
	slice text = json_string(value, &p->scratch);
	buf_clear(own);
	json_add_string(own, text);
	return buf_slice(own);
}

static bool is_name(slice value)
{
	uint64_t number;

	return json_type(value) == JSON_STRING ? value.n > 2 : json_u64(value, &number);
}

enum which { NODE, GROUP, ZONE };

/* Empty: it is absent. */
static bool read_name(struct placement_record *p, const struct record *r, enum which which,
                      slice *name, struct told_bad *bad)
{
	static const char *const titles[] = { "node", "group", "zone" };
	const uint32_t numbers[] = { p->node, p->group, p->zone };
	slice value = member(r, numbers[which]);

	*name = (slice){ 0 };
	if (!value.p)
		return true;
	if (!is_name(value))
		return told_refuse(bad, value.p, "expected a string or a whole number as '%s'%s",
		                   titles[which], *value.p == '"' ? ", not an empty one" : "");
	*name = spelt(p, value, &p->names[which]);
	return true;
}

static bool need_name(struct placement_record *p, const struct record *r, enum which which,
                      slice *name, struct told_bad *bad)
{
	if (!read_name(p, r, which, name, bad))
		return false;
	return name->p || told_refuse(bad, place_of(r, which == NODE ? p->node : p->group),
	                              "expected a member '%s'", which == NODE ? "node" : "group");
}

/* A number that may be absent; *value stays what it is then. */
static bool read_number(const struct record *r, uint32_t number, const char *name, uint64_t *value,
                        struct told_bad *bad)
{
	slice text = member(r, number);

	return !text.p || json_u64(text, value) ||
	       told_refuse(bad, text.p, "expected an unsigned 64-bit integer as '%s'", name);
}

static bool need_number(const struct record *r, uint32_t number, const char *name, uint64_t *value,
                        struct told_bad *bad)
{
	if (!member(r, number).p)
		return told_refuse(bad, place_of(r, number), "expected a member '%s'", name);
	return read_number(r, number, name, value, bad);
}

/* *healthy stays what it is when it is absent. */
static bool read_health(const struct placement_record *p, const struct record *r, bool *healthy,
                        struct told_bad *bad)
{
	slice value = member(r, p->healthy);

	if (!value.p)
		return true;
	*healthy = json_type(value) == JSON_TRUE;
	return *healthy || json_type(value) == JSON_FALSE ||
	       told_refuse(bad, value.p, "expected true or false as 'healthy'");
}

static const char *role_name(enum slot_role role)
{
	return role == SLOT_ACTIVE ? "active" : "standby";
}

static bool read_role(struct placement_record *p, const struct record *r, enum slot_role *role,
                      struct told_bad *bad)
{
	slice value = member(r, p->role);

	if (!value.p)
		return true;
	if (json_type(value) == JSON_STRING) {
		slice text = json_string(value, &p->scratch);
		for (*role = SLOT_ACTIVE; *role <= SLOT_STANDBY; ++*role)
			if (slice_is(text, role_name(*role)))
				return true;
	}
	return told_refuse(bad, value.p, "expected \"active\" or \"standby\" as 'role'");
}

/* ---- records ---- */

static bool read_node(struct placement_record *p, const struct record *r, struct placement *world,
                      struct told_bad *bad)
{
	struct node_news news = { .healthy = true };

	if (!need_name(p, r, NODE, &news.node, bad) || !read_health(p, r, &news.healthy, bad) ||
	    !read_name(p, r, ZONE, &news.zone, bad))
		return false;
	placement_node(world, &news);
	return true;
}

static bool read_place(struct placement_record *p, const struct record *r, struct slot_news *news,
                       struct told_bad *bad)
{
	if (!read_name(p, r, NODE, &news->node, bad) || !read_health(p, r, &news->healthy, bad))
		return false;
	if (news->node.p && !member(r, p->healthy).p)
		return told_refuse(bad, place_of(r, p->healthy), "expected a member 'healthy'");
	return news->node.p || !news->healthy ||
	       told_refuse(bad, place_of(r, p->healthy), "a slot without a node is not healthy");
}

static bool read_slot(struct placement_record *p, const struct record *r, struct placement *world,
                      struct told_bad *bad)
{
	struct slot_news news = { 0 };

	if (!need_name(p, r, GROUP, &news.group, bad) ||
	    !need_number(r, p->slot, "slot", &news.slot, bad) || !read_place(p, r, &news, bad) ||
	    !read_role(p, r, &news.role, bad) || !read_name(p, r, ZONE, &news.zone, bad) ||
	    !read_number(r, p->term, "term", &news.term, bad))
		return false;
	placement_slot(world, &news);
	return true;
}

static bool read_group(struct placement_record *p, const struct record *r, struct placement *world,
                       struct told_bad *bad)
{
	uint64_t term = 0;
	slice group;

	if (!need_name(p, r, GROUP, &group, bad) || !need_number(r, p->term, "term", &term, bad))
		return false;
	placement_group(world, group, term);
	return true;
}

enum placement_told placement_record_read(struct placement_record *p, const struct record *r,
                                          struct placement *world, struct told_bad *bad)
{
	bool good;

	if (slice_is(r->kind, "slot"))
		good = read_slot(p, r, world, bad);
	else if (slice_is(r->kind, "node"))
		good = read_node(p, r, world, bad);
	else if (slice_is(r->kind, "group"))
		good = read_group(p, r, world, bad);
	else
		return PLACEMENT_OTHER;
	return good ? PLACEMENT_NEWS : PLACEMENT_BAD;
}

/* ---- writing ---- */

static const char *reason(const struct placed *s)
{
	if (s->crowded)
		return s->zone.n
		               ? "every healthy node in its zone has a healthy member of the group"
		               : "every healthy node has a healthy member of the group";
	return s->zone.n ? "no healthy node in its zone" : "no healthy node";
}

static void add_name(const char *before, slice name, struct buf *out)
{
	buf_add_text(out, before);
	if (name.n)
		buf_add_slice(out, name);
	else
		buf_add_text(out, "null");
}

void placement_record_add(const struct placed *s, instant at, struct buf *out)
{
	bool found = s->node.n != 0;

	buf_addf(out, "{\"kind\":\"%s\"", found ? "place_slot" : "meshq.unplaced");
	add_name(",\"group\":", s->group, out);
	buf_add_text(out, ",\"slot\":");
	buf_add_u64(out, s->slot);
	if (found)
		add_name(",\"node\":", s->node, out);
	add_name(",\"from\":", s->from, out);
	if (s->zone.n)
		add_name(",\"zone\":", s->zone, out);
	if (s->role != SLOT_MEMBER)
		buf_addf(out, ",\"role\":\"%s\"", role_name(s->role));
	if (found) {
		buf_add_text(out, ",\"term\":");
		buf_add_u64(out, s->term);
		if (s->role == SLOT_STANDBY)
			buf_add_text(out, ",\"reset_sync\":true");
	} else {
		buf_addf(out, ",\"reason\":\"%s\"", reason(s));
	}
	buf_add_text(out, ",\"at_ms\":");
	buf_add_ms(out, at.ns);
	buf_add_text(out, "}\n");
}
