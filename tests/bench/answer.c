/* answer - a worker for `meshq-exec --coprocess` that does nothing: one line for each that
 * comes, written when its input is drained. For tests/bench/run. */
#include <string.h>
#include <unistd.h>

static char in[1 << 16], out[2 * sizeof in];

static int put(size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t some = write(STDOUT_FILENO, out + done, n - done);

		if (some <= 0)
			return 0;
		done += (size_t)some;
	}
	return 1;
}

int main(void)
{
	ssize_t n;

	while ((n = read(STDIN_FILENO, in, sizeof in)) > 0) {
		const char *p = in, *end = in + n;
		size_t m = 0;

		while ((p = memchr(p, '\n', (size_t)(end - p)))) {
			out[m++] = '1';
			out[m++] = '\n';
			if (++p == end)
				break;
		}
		if (!put(m))
			return 1;
	}
	return 0;
}
