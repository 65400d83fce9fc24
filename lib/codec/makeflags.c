#include "codec/makeflags.h"

/* Up to a blank that no backslash protects; *text goes on behind it. False: at the end.
 * Behind "--" there are only variables. */
static bool take_word(slice *text, slice *word)
{
	size_t n = 0;

	while (text->n > 0 && text->p[0] == ' ')
		*text = (slice){ text->p + 1, text->n - 1 };
	while (n < text->n && text->p[n] != ' ')
		n += text->p[n] == '\\' && n + 1 < text->n ? 2 : 1;
	*word = (slice){ text->p, n };
	*text = (slice){ text->p + n, text->n - n };
	return n > 0 && !slice_is(*word, "--");
}

static bool behind(slice word, const char *prefix, slice *rest)
{
	size_t n = strlen(prefix);

	*rest = (slice){ word.p + n, word.n - n };
	return slice_starts(word, prefix);
}

static bool auth_of(slice word, slice *auth)
{
	return behind(word, "--jobserver-auth=", auth) || behind(word, "--jobserver-fds=", auth);
}

static bool jobs_of(slice word, uint32_t *jobs)
{
	slice digits;
	uint64_t n;

	if (!behind(word, "-j", &digits) || !slice_u64(digits, &n))
		return false;
	*jobs = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
	return true;
}

/* "-1" is what make 4.4 writes for closed. */
static bool descriptor(slice text, int *fd)
{
	uint64_t n;
	bool negative = text.n > 0 && text.p[0] == '-';

	if (negative)
		text = (slice){ text.p + 1, text.n - 1 };
	if (!slice_u64(text, &n) || n > INT32_MAX)
		return false;
	*fd = negative ? -1 : (int)n;
	return true;
}

static bool read_auth(slice auth, struct makeflags *out)
{
	const char *comma = memchr(auth.p, ',', auth.n);
	slice path;

	if (behind(auth, "fifo:", &path) && path.n > 0) {
		out->fifo = path;
		out->pipe = false;
		return true;
	}
	if (!comma)
		return false;
	size_t n = (size_t)(comma - auth.p);
	out->fifo = (slice){ 0 };
	out->pipe = descriptor((slice){ auth.p, n }, &out->in) &&
	            descriptor((slice){ comma + 1, auth.n - n - 1 }, &out->out);
	return out->pipe;
}

bool makeflags_read(slice text, struct makeflags *out)
{
	slice word, auth;
	bool found = false;

	*out = (struct makeflags){ 0 };
	while (take_word(&text, &word))
		if (auth_of(word, &auth))
			found = read_auth(auth, out);
		else
			jobs_of(word, &out->jobs);
	return found;
}

void makeflags_strip(slice text, struct buf *out)
{
	slice all = text, word, auth;
	uint32_t jobs;
	size_t kept = 0; /* of all, what has been looked at */

	while (take_word(&text, &word)) {
		size_t end = (size_t)(word.p + word.n - all.p);

		if (!auth_of(word, &auth) && !jobs_of(word, &jobs))
			buf_add(out, all.p + kept, end - kept);
		kept = end;
	}
	buf_add(out, all.p + kept, all.n - kept);
}
