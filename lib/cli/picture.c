#include "cli/picture.h"

#include "codec/svg.h"
#include "sys/file.h"
#include "sys/tool.h"

bool picture_find(struct buf *gnuplot, struct err *e)
{
	if (tool_find("gnuplot", gnuplot, e))
		return true;
	return e->status == STATUS_NOT_FOUND
	               ? err_set(e, STATUS_NOT_FOUND, "gnuplot: not found; install gnuplot-nox")
	               : false;
}

/* What it wrote, made fit to be shown. */
static bool finish(const struct plot *p, slice drawn, struct buf *out, struct err *e)
{
	const char *title = p->title ? p->title : "depth, running and rates over time";
	bool good = drawn.n > 0;

	if (p->format == PLOT_SVG)
		good = p->bare ? svg_element(drawn, title, out) : svg_file(drawn, title, out);
	else if (p->format == PLOT_TXT)
		plot_trim(drawn, out);
	else
		buf_add_slice(out, drawn);
	return good || err_set(e, STATUS_OS, "gnuplot: it has drawn nothing");
}

/* Without the user's own settings (-d). From a file, even if it is this one, it stops at
 * the first error. */
bool picture_draw(const char *gnuplot, const struct plot *p, struct buf *out, struct err *e)
{
	char *argv[] = { "gnuplot", "-d", "/dev/stdin", NULL };
	struct buf script = { 0 }, drawn = { 0 };

	plot_script(p, &script);
	bool good = tool_run(gnuplot, argv, buf_slice(&script), &drawn, e) &&
	            finish(p, buf_slice(&drawn), out, e);
	buf_free(&script);
	buf_free(&drawn);
	return good;
}

bool picture_write(const char *gnuplot, const struct plot *p, const char *path, struct err *e)
{
	struct buf drawn = { 0 };
	bool good = picture_draw(gnuplot, p, &drawn, e);

	if (!good)
		err_prefix(e, "%s", path);
	good = good && file_put(path, buf_slice(&drawn), e);
	buf_free(&drawn);
	return good;
}
