#include "codec/plot.h"

#include "codec/markup.h"
#include "codec/plot_scene.h"

const struct plot_paint plot_paints[PLOT_COLORS] = {
	[PLOT_INK] = { "ink", 0x1b1f24, 0xe6e8eb },
	[PLOT_FAINT] = { "faint", 0x5e6670, 0x9aa3ad },
	[PLOT_GRID] = { "grid", 0xe3e6ea, 0x2c3138 },
	[PLOT_PAPER] = { "paper", 0xffffff, 0x14171b },
	[PLOT_WAITING] = { "waiting", 0x0b62b0, 0x64aef5 },
	[PLOT_RUNNING] = { "running", 0x067a5f, 0x45c4a0 },
	[PLOT_PEAK] = { "peak", 0x8b939d, 0x838c97 },
	[PLOT_ASSERTED] = { "asserted", 0x9c5d00, 0xeeb035 },
	[PLOT_FAILED] = { "failed", 0xc8351f, 0xff7d6a },
};

bool plot_format_of(const char *path, enum plot_format *format)
{
	static const char *const extensions[] = { ".svg", ".png", ".txt" };
	size_t n = strlen(path);

	for (int i = 0; i < 3; i++)
		if (n > 4 && strcmp(path + n - 4, extensions[i]) == 0 && path[n - 5] != '/') {
			*format = (enum plot_format)i;
			return true;
		}
	return false;
}

/* In gnuplot nothing is special within single quotes but the quote. */
void plot_quote(const char *text, struct buf *out)
{
	struct buf clean = { 0 };

	markup_clean(slice_of(text), &clean);
	buf_add_char(out, '\'');
	for (size_t i = 0; i < clean.n; i++) {
		if (clean.p[i] == '\'')
			buf_add_char(out, '\'');
		buf_add_char(out, (unsigned char)clean.p[i] < ' ' ? ' ' : clean.p[i]);
	}
	buf_add_char(out, '\'');
	buf_free(&clean);
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static void find_peaks(struct plot_scene *s)
{
	for (uint32_t i = 0; i < s->level_count; i++) {
		s->peak.peak_depth = larger(s->peak.peak_depth, s->levels[i].peak_depth);
		s->peak.peak_running = larger(s->peak.peak_running, s->levels[i].peak_running);
		s->asserted |= s->levels[i].asserted > 0;
	}
	for (uint32_t i = 0; i < s->rate_count; i++) {
		s->peak.arrived = larger(s->peak.arrived, s->rates[i].arrived);
		s->peak.started = larger(s->peak.started, s->rates[i].started);
		s->peak.failed = larger(s->peak.failed, s->rates[i].failed);
	}
}

/* A watermark far above the depth would press everything else to the ground. */
static void look(struct plot_scene *s)
{
	const struct plot *p = s->plot;
	double level = (double)p->watermark->assert_at;

	s->length = s->levels[s->level_count - 1].to;
	if (s->length <= 0)
		s->length = (double)p->series->width.ns / (double)NS_PER_S;
	find_peaks(s);
	s->rate_unit = plot_axis_rate(larger(s->peak.arrived, s->peak.started));
	s->failed_unit = plot_axis_rate(s->peak.failed);
	s->watermark = s->asserted || s->peak.peak_depth * 2 >= level;
}

/* With few events a column, rates are mostly noise. */
static uint32_t rate_columns(const struct plot *p)
{
	enum { LEAST = 12, EVENTS = 10 };
	uint32_t most = p->narrow ? PLOT_RATES_NARROW : PLOT_RATES;
	uint64_t arrived = 0, started = 0;

	for (uint32_t i = 0; i < p->series->count; i++) {
		arrived += p->series->bins[i].arrived;
		started += p->series->bins[i].started;
	}
	uint64_t wanted = (arrived > started ? arrived : started) / EVENTS;
	return wanted > most ? most : wanted < LEAST ? LEAST : (uint32_t)wanted;
}

void plot_script(const struct plot *p, struct buf *out)
{
	struct plot_scene s = { .plot = p };

	if (p->format == PLOT_TXT) {
		s.level_count = s.rate_count = PLOT_LETTERS;
		plot_columns_even(p->series, p->end, PLOT_LETTERS, s.levels);
		plot_columns_even(p->series, p->end, PLOT_LETTERS, s.rates);
		look(&s);
		plot_text(&s, out);
		return;
	}
	s.level_count = plot_columns(p->series, p->end,
	                             p->narrow ? PLOT_LEVELS_NARROW : PLOT_LEVELS, s.levels);
	s.rate_count = plot_columns(p->series, p->end, rate_columns(p), s.rates);
	look(&s);
	plot_panels(&s, out);
}
