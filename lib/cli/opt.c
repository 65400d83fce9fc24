#include "cli/opt.h"

#include "base/dur.h"
#include "base/mem.h"
#include "codec/config_halt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* One run over argv. */
struct parse {
	const struct opt *const *tables;
	char **argv;
	int i;      /* the argument being looked at */
	bool *seen; /* by the option's number over all tables */
	struct err *e;
};

/* How the option was spelt, for messages: "--jobs", "-j" or "MESHQ_JOBS". */
struct spelling {
	const char *dashes;
	slice name;
};

#define SPELT(s) (s).dashes, SLICE_ARG((s).name)

/* ---- finding ---- */

static const struct opt *option_at(const struct opt *const *tables, uint32_t number)
{
	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->type != OPT_END; o++)
			if (o->type != OPT_GROUP && number-- == 0)
				return o;
	return NULL;
}

static uint32_t option_count(const struct opt *const *tables)
{
	uint32_t n = 0;

	while (option_at(tables, n))
		n++;
	return n;
}

static const struct opt *find_name(const struct parse *p, slice name, uint32_t *number)
{
	const struct opt *o;

	for (*number = 0; (o = option_at(p->tables, *number)); ++*number)
		if (slice_is(name, o->name))
			return o;
	return NULL;
}

static const struct opt *find_letter(const struct parse *p, char letter, uint32_t *number)
{
	const struct opt *o;

	for (*number = 0; (o = option_at(p->tables, *number)); ++*number)
		if (o->letter == letter)
			return o;
	return NULL;
}

/* ---- what was meant by a name that is not known ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Insertions, removals and replacements from one to the other (Levenshtein). */
static uint32_t distance(slice a, slice b)
{
	enum { LONGEST = 40 };
	uint32_t row[LONGEST + 1];

	if (a.n > LONGEST || b.n > LONGEST)
		return UINT32_MAX;
	for (uint32_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (uint32_t i = 1; i <= a.n; i++) {
		uint32_t corner = row[0];
		row[0] = i;
		for (uint32_t j = 1; j <= b.n; j++) {
			uint32_t replaced = corner + (a.p[i - 1] != b.p[j - 1]);
			corner = row[j];
			row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[b.n];
}

/* The option whose name begins like that, or the nearest within two typos. */
static const struct opt *nearest(const struct opt *const *tables, slice name)
{
	const struct opt *best = NULL, *o;
	uint32_t best_distance = 3;

	for (uint32_t i = 0; (o = option_at(tables, i)); i++) {
		slice known = slice_of(o->name);
		uint32_t d = distance(name, known);

		if (name.n >= 2 && known.n > name.n && memcmp(known.p, name.p, name.n) == 0)
			d = 1;
		if (d < best_distance && d < name.n) {
			best_distance = d;
			best = o;
		}
	}
	return best;
}

static bool unknown_name(const struct parse *p, slice name)
{
	const struct opt *o = nearest(p->tables, name);

	if (o)
		return err_set(p->e, STATUS_USAGE, "unknown option '--%.*s'; did you mean '--%s'?",
		               SLICE_ARG(name), o->name);

	struct buf known = { 0 };
	for (uint32_t i = 0; (o = option_at(p->tables, i)); i++)
		buf_addf(&known, "%s--%s", i ? " " : "", o->name);
	err_set(p->e, STATUS_USAGE, "unknown option '--%.*s'; known are %s", SLICE_ARG(name),
	        buf_text(&known));
	buf_free(&known);
	return false;
}

/* ---- values ---- */

static bool bad_value(const struct parse *p, struct spelling s, const char *text, const char *form)
{
	return err_set(p->e, STATUS_USAGE, "%s%.*s: '%s' is not %s", SPELT(s), text, form);
}

static void list_add(struct opt_list *l, const char *item)
{
	l->items = mem_resize(l->items, (size_t)l->count + 1, sizeof *l->items);
	l->items[l->count++] = item;
}

void opt_list_free(struct opt_list *l)
{
	free(l->items);
	*l = (struct opt_list){ 0 };
}

static bool set_choice(const struct parse *p, const struct opt *o, struct spelling s,
                       const char *text)
{
	for (int i = 0; o->choices[i]; i++)
		if (strcmp(o->choices[i], text) == 0) {
			*(int *)o->value = i;
			return true;
		}

	struct buf known = { 0 };
	for (int i = 0; o->choices[i]; i++)
		buf_addf(&known, "%s%s", i ? ", " : "", o->choices[i]);
	err_set(p->e, STATUS_USAGE, "%s%.*s: '%s' is not one of %s", SPELT(s), text,
	        buf_text(&known));
	buf_free(&known);
	return false;
}

/* `text` is NULL for options that take no argument. */
static bool set_value(const struct parse *p, const struct opt *o, struct spelling s,
                      const char *text)
{
	switch (o->type) {
	case OPT_END:
	case OPT_GROUP:
		break;
	case OPT_FLAG:
		*(bool *)o->value = true;
		break;
	case OPT_COUNT:
		++*(int *)o->value;
		break;
	case OPT_INPUT:
	case OPT_FILE:
		/* What a script gives as "$UNSET" is no file to do without. */
		if (!*text || (o->type == OPT_FILE && strcmp(text, "-") == 0))
			return bad_value(p, s, text, "the name of a file");
		*(const char **)o->value = text;
		break;
	case OPT_TEXT:
		*(const char **)o->value = text;
		break;
	case OPT_LIST:
		list_add(o->value, text);
		break;
	case OPT_NUMBER:
		if (!slice_u64(slice_of(text), o->value))
			return bad_value(p, s, text, "a whole number");
		break;
	case OPT_SIZE:
		if (!dur_parse_size(slice_of(text), o->value))
			return bad_value(p, s, text, "a size (like 64K or 1M)");
		break;
	case OPT_DURATION:
		if (!dur_parse(slice_of(text), o->value))
			return bad_value(p, s, text, "a duration (like 250ms, 1.5s or 2m)");
		break;
	case OPT_HALT:
		if (!config_halt_parse(slice_of(text), o->value))
			return bad_value(p, s, text, "never, or " CONFIG_HALT_FORM);
		break;
	case OPT_CHOICE:
		if (!set_choice(p, o, s, text))
			return false;
		break;
	case OPT_READ:
		if (!o->form->read(text, o->value))
			return bad_value(p, s, text, o->form->noun);
		break;
	}
	if (o->given)
		*o->given = true;
	return true;
}

void opt_settle(const struct opt *table)
{
	for (const struct opt *o = table; o->type != OPT_END; o++) {
		if (!o->setting || !*o->given)
			continue;
		if (o->type == OPT_DURATION) {
			*(span *)o->setting = *(const span *)o->value;
		} else if (o->type == OPT_CHOICE) {
			*(unsigned *)o->setting = (unsigned)*(const int *)o->value;
		} else if (o->type == OPT_HALT) {
			*(struct halt_policy *)o->setting = *(const struct halt_policy *)o->value;
		} else if (o->type == OPT_READ) {
			o->form->settle(o->value, o->setting);
		} else {
			assert(o->type == OPT_NUMBER);
			uint64_t n = *(const uint64_t *)o->value;
			*(uint32_t *)o->setting = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
		}
	}
}

static bool takes_argument(const struct opt *o)
{
	return o->type != OPT_FLAG && o->type != OPT_COUNT;
}

/* Takes the argument from `inline_text` or, when that is NULL, from argv. */
static bool apply(struct parse *p, const struct opt *o, uint32_t number, struct spelling s,
                  const char *inline_text)
{
	const char *text = NULL;

	if (takes_argument(o)) {
		text = inline_text ? inline_text : p->argv[p->i + 1];
		if (!text)
			return err_set(p->e, STATUS_USAGE, "option '%s%.*s' needs an argument",
			               SPELT(s));
		if (!inline_text)
			p->i++;
	}
	p->seen[number] = true;
	return set_value(p, o, s, text);
}

/* ---- the command line ---- */

static bool parse_long(struct parse *p)
{
	const char *text = p->argv[p->i] + 2;
	const char *equals = strchr(text, '=');
	slice name = equals ? (slice){ text, (size_t)(equals - text) } : slice_of(text);
	uint32_t number;
	const struct opt *o = find_name(p, name, &number);

	if (!o)
		return unknown_name(p, name);
	if (equals && !takes_argument(o))
		return err_set(p->e, STATUS_USAGE, "option '--%s' takes no argument", o->name);
	return apply(p, o, number, (struct spelling){ "--", name }, equals ? equals + 1 : NULL);
}

static bool parse_letters(struct parse *p)
{
	for (const char *at = p->argv[p->i] + 1; *at; at++) {
		uint32_t number;
		const struct opt *o = find_letter(p, *at, &number);
		struct spelling s = { "-", { at, 1 } };

		if (!o)
			return err_set(p->e, STATUS_USAGE, "unknown option '-%c'", *at);
		bool ends = takes_argument(o);
		if (!apply(p, o, number, s, ends && at[1] ? at + 1 : NULL))
			return false;
		if (ends)
			return true;
	}
	return true;
}

/* "1", "yes" and "true" set a flag, "0", "no" and "false" leave it. */
static bool environment_flag(const struct parse *p, struct spelling s, const char *text, bool *yes)
{
	static const char *const words[] = { "0", "1", "no", "yes", "false", "true" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i], text) == 0) {
			*yes = i % 2;
			return true;
		}
	return bad_value(p, s, text, "yes or no");
}

/* An empty variable counts as one that is not set. */
static bool parse_environment(struct parse *p)
{
	const struct opt *o;

	for (uint32_t i = 0; (o = option_at(p->tables, i)); i++) {
		const char *text = o->env && !p->seen[i] ? getenv(o->env) : NULL;
		bool yes = true;

		if (!text || !*text)
			continue;
		struct spelling s = { "", slice_of(o->env) };
		if (!takes_argument(o) && !environment_flag(p, s, text, &yes))
			return false;
		if (yes && !set_value(p, o, s, text))
			return false;
	}
	return true;
}

/* Operands gather at the front of argv: there is always room, because at least
 * as many arguments have been looked at. */
static bool parse_arguments(struct parse *p, bool stop_at_operand, int *count, int *dashes)
{
	bool options = true;

	*dashes = -1;
	for (p->i = 1; p->argv[p->i]; p->i++) {
		char *text = p->argv[p->i];

		if (!options || text[0] != '-' || !text[1]) {
			p->argv[1 + (*count)++] = text;
			options = options && !stop_at_operand;
		} else if (strcmp(text, "--") == 0) {
			*dashes = *count;
			options = false;
		} else if (text[1] == '-' ? !parse_long(p) : !parse_letters(p)) {
			return false;
		}
	}
	if (*dashes < 0)
		*dashes = *count;
	p->argv[1 + *count] = NULL;
	return true;
}

bool opt_parse(const struct opt_command *command, const struct opt *const *tables, int argc,
               char **argv, char ***operands, int *dashes, struct err *e)
{
	struct parse p = { .tables = tables, .argv = argv, .e = e };
	int count = 0, before;

	if (argc < 1)
		return err_set(e, STATUS_USAGE, "called without a name");
	p.seen = mem_zeroed(option_count(tables) + 1, sizeof *p.seen);
	bool good = parse_arguments(&p, command->stop_at_operand, &count, &before) &&
	            parse_environment(&p);
	free(p.seen);
	if (!good)
		return false;
	*operands = argv + 1;
	if (dashes)
		*dashes = before;
	return true;
}
