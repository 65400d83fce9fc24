#include "base/near.h"

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

void near_try(struct near *n, const char *name)
{
	slice candidate = slice_of(name);

	if (n->text.n > LONGEST || candidate.n > LONGEST)
		return;
	unsigned d = distance(n->text, candidate);
	if (d * 3 <= candidate.n && (!n->best || d < n->least)) {
		n->best = name;
		n->least = d;
	}
}
