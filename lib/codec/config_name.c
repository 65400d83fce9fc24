#include "codec/config_name.h"

void config_name_add(struct config_names *known, const char *name)
{
	if (known->count < sizeof known->names / sizeof known->names[0])
		known->names[known->count++] = name;
	else
		known->left_out++;
}

enum { LONGEST = 32 };

/* How many letters to change, add, leave out or swap with their neighbour to
 * turn a into b: the distance of Damerau and Levenshtein, row by row. */
static unsigned distance(slice a, slice b)
{
	unsigned rows[3][LONGEST + 1];
	unsigned *above2 = rows[0], *above = rows[1], *row = rows[2];

	for (unsigned j = 0; j <= b.n; j++)
		above[j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		row[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			bool same = a.p[i - 1] == b.p[j - 1];
			unsigned best = above[j - 1] + !same;
			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1] && above2[j - 2] + 1 < best)
				best = above2[j - 2] + 1;
			row[j] = best;
		}
		unsigned *old = above2;
		above2 = above;
		above = row;
		row = old;
	}
	return above[b.n];
}

/* Near means: a third of the letters at most is wrong. */
static const char *nearest(slice text, const struct config_names *known)
{
	const char *best = NULL;
	unsigned least = 0;

	for (uint32_t i = 0; i < known->count; i++) {
		slice name = slice_of(known->names[i]);
		if (text.n > LONGEST || name.n > LONGEST)
			continue;
		unsigned d = distance(text, name);
		if (d * 3 <= name.n && (!best || d < least)) {
			best = known->names[i];
			least = d;
		}
	}
	return best;
}

void config_name_suggest(struct buf *out, slice text, const struct config_names *known)
{
	const char *near = nearest(text, known);

	if (near)
		buf_addf(out, "; did you mean '%s'? Known are: ", near);
	else
		buf_add_text(out, known->count ? "; known are: " : "; there is none");
	for (uint32_t i = 0; i < known->count; i++)
		buf_addf(out, "%s%s", i ? ", " : "", known->names[i]);
	if (known->left_out)
		buf_addf(out, " and %u more", known->left_out);
}
