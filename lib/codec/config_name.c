#include "codec/config_name.h"

#include "base/near.h"

void config_name_add(struct config_names *known, const char *name)
{
	if (known->count < sizeof known->names / sizeof known->names[0])
		known->names[known->count++] = name;
	else
		known->left_out++;
}

static const char *nearest(slice text, const struct config_names *known)
{
	struct near n = { .text = text };

	for (uint32_t i = 0; i < known->count; i++)
		near_try(&n, known->names[i]);
	return n.best;
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
