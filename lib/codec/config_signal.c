#include "codec/config_signal.h"

#include "codec/config_text.h"

#include <signal.h>

int config_signal_find(slice name)
{
	for (int i = 1; i < NSIG; i++) {
		const char *known = sigabbrev_np(i);

		if (known && slice_is(name, known))
			return i;
	}
	return 0;
}

static bool read_one(slice text, int *signal, struct buf *why)
{
	bool prefixed = text.n > 3 && memcmp(text.p, "SIG", 3) == 0;

	*signal = config_signal_find(prefixed ? (slice){ text.p + 3, text.n - 3 } : text);
	if (*signal)
		return true;
	config_text_quote(why, text);
	buf_add_text(why, " is not the name of a signal such as TERM");
	return false;
}

bool config_signal_read(const struct setting *s, void *base, slice text, struct buf *why)
{
	int signal;

	if (!read_one(text, &signal, why))
		return false;
	*(int *)config_setting_at(s, base) = signal;
	return true;
}

void config_signal_print(const struct setting *s, const void *base, struct buf *out)
{
	buf_add_text(out, sigabbrev_np(*(const int *)config_setting_look(s, base)));
}

bool config_signal_read_pair(const struct setting *s, void *base, const struct config_node *node,
                             const struct config_node **culprit, struct buf *why)
{
	int *at = config_setting_at(s, base);
	int pair[2] = { 0 };

	*culprit = node;
	if (node->kind != CONFIG_LIST || (node->count != 0 && node->count != 2)) {
		buf_add_text(why, "a list of two signals is expected, or [] for none");
		return false;
	}
	for (uint32_t i = 0; i < node->count; i++) {
		*culprit = node->items[i];
		if ((*culprit)->kind != CONFIG_TEXT) {
			buf_add_text(why, "the name of a signal is expected");
			return false;
		}
		if (!read_one((*culprit)->text, &pair[i], why))
			return false;
	}
	if (pair[0] != 0 && pair[0] == pair[1]) {
		buf_add_text(why, "one signal cannot say both");
		return false;
	}
	at[0] = pair[0];
	at[1] = pair[1];
	return true;
}

void config_signal_print_pair(const struct setting *s, const void *base, struct buf *out)
{
	const int *pair = config_setting_look(s, base);

	if (pair[0] == 0)
		buf_add_text(out, "[]");
	else
		buf_addf(out, "[%s, %s]", sigabbrev_np(pair[0]), sigabbrev_np(pair[1]));
}
