/* summary_record.c - what a run has come to, for programs. */
#include "codec/json.h"
#include "codec/summary.h"

/* The unit belongs to the name: "p99_wait_ms{kind=\"x\"}". */
void summary_name(const struct figure *f, struct buf *out)
{
	struct figure plain = *f;
	struct buf name = { 0 };

	plain.kind = NULL;
	figure_name(&plain, &name);
	size_t n = name.n;
	buf_clear(&name);
	figure_name(f, &name);
	buf_add(out, name.p, n);
	if (f->unit == FIGURE_TIME)
		buf_add_text(out, "_ms");
	buf_add(out, name.p + n, name.n - n);
	buf_free(&name);
}

/* A mean has a fraction of a nanosecond, and nobody wants to know it. */
void summary_value(const struct figure *f, struct measure *m, struct buf *out)
{
	double value = figure_value(f, m);

	if (f->unit == FIGURE_TIME)
		buf_add_ms(out, value < 0x1p63 ? (int64_t)(value + 0.5) : INT64_MAX);
	else
		figure_format_digits(f->unit == FIGURE_COUNT ? FIGURE_COUNT : FIGURE_LEVEL, value,
		                     9, out);
}

static void add_member(const struct figure *f, struct measure *m, struct buf *out)
{
	struct buf name = { 0 };

	summary_name(f, &name);
	json_add_string(out, buf_slice(&name));
	buf_add_char(out, ':');
	summary_value(f, m, out);
	buf_free(&name);
}

void summary_members(const struct figure *figures, uint32_t count, struct measure *m,
                     struct buf *out)
{
	for (uint32_t i = 0; i < count; i++) {
		buf_add_char(out, ',');
		add_member(&figures[i], m, out);
	}
}

/* The figures of one kind, under their plain names. */
static void add_kind(const char *kind, struct measure *m, struct buf *out)
{
	struct figure f;
	const char *comma = "";

	json_add_string(out, slice_of(kind));
	buf_add_text(out, ":{");
	for (uint32_t i = 0; figure_nth(i, &f); i++) {
		struct buf name = { 0 };
		if (!figure_has_kinds(&f))
			continue;
		summary_name(&f, &name);
		buf_addf(out, "%s\"%s\":", comma, buf_text(&name));
		f.kind = (char *)(uintptr_t)kind; /* lent */
		summary_value(&f, m, out);
		comma = ",";
		buf_free(&name);
	}
	buf_add_char(out, '}');
}

void summary_record(struct measure *m, uint64_t seed, struct buf *out)
{
	struct figure f;

	buf_add_text(out, "{\"kind\":\"meshq.figures\",\"seed\":");
	buf_add_u64(out, seed);
	for (uint32_t i = 0; figure_nth(i, &f); i++)
		summary_members(&f, 1, m, out);
	buf_add_text(out, ",\"kinds\":{");
	for (uint32_t i = 0; i < m->kind_count; i++) {
		if (i)
			buf_add_char(out, ',');
		add_kind(m->kinds[i].kind, m, out);
	}
	buf_add_text(out, "},\"at_ms\":");
	buf_add_ms(out, m->now.ns);
	buf_add_text(out, "}\n");
}

/* ---- CSV ---- */

void summary_csv_cell(slice text, struct buf *out)
{
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++)
		quoted |= strchr(",\"\r\n", text.p[i]) != NULL;
	if (!quoted) {
		buf_add_slice(out, text);
		return;
	}
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, text.p[i]);
	}
	buf_add_char(out, '"');
}

void summary_csv_names(const struct figure *figures, uint32_t count, struct buf *out)
{
	for (uint32_t i = 0; i < count; i++) {
		struct buf name = { 0 };
		if (i)
			buf_add_char(out, ',');
		summary_name(&figures[i], &name);
		summary_csv_cell(buf_slice(&name), out);
		buf_free(&name);
	}
}

void summary_csv_values(const struct figure *figures, uint32_t count, struct measure *m,
                        struct buf *out)
{
	for (uint32_t i = 0; i < count; i++) {
		if (i)
			buf_add_char(out, ',');
		summary_value(&figures[i], m, out);
	}
}
