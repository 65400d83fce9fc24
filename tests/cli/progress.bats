#!/usr/bin/env bats
# The status line of meshq-exec, on a terminal that script(1) makes. Handlers end when the
# terminal shows what a test waits for, so no test depends on time.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
	export TERM=xterm LC_ALL=C SHELL=/bin/sh
	unset NO_COLOR COLUMNS
	command -v script >/dev/null || skip "needs script(1)"
}

actions() {
	seq -f '{"kind":"x","id":%.0f}' "$@"
}

# on_terminal FILE COMMAND: what the terminal shows goes to FILE.
on_terminal() {
	script -qefc "$2" /dev/null </dev/null >"$1" 3>&-
}

# until_shown FILE TEXT: for handlers.
until_shown() {
	handler x "until grep -q '$2' $1; do :; done"
}

# What is left on the screen: every line after its last erasure.
left() {
	perl -pe 's/^.*\033\[K(?=[^\r])//; s/\r[^\r\n]*\033\[K//g; s/\r//g' "$1"
}

@test "on a terminal it says how the work stands, and is gone at the end" {
	until_shown tty '0 done, 0 failed, 1 waiting, 1 running, 0.0/s'
	actions 2 >in
	on_terminal tty 'meshq-exec -j1 -H h in >out'
	[ "$(wc -l <out)" = 2 ]
	[ "$(tail -c 4 tty | od -An -c | tr -s ' ')" = ' \r 033 [ K' ]
}

@test "what is left is guessed when the input is a file" {
	handler x 'case $MESHQ_ID in 2) until grep -q "1 done.* left" tty; do :; done; esac'
	actions 2 >in
	on_terminal tty 'meshq-exec -j1 -H h in >out'
}

@test "it makes way for messages" {
	until_shown tty '1 running'
	echo 'echo hello >&2' >>h/x
	actions 1 >in
	on_terminal tty 'meshq-exec -v --color=never -j1 -H h in >out'
	grep -q $'running.*\r\033\[Kmeshq-exec: handler: hello' tty
}

@test "it makes way for counters, too" {
	until_shown tty '1 running'
	actions 1 >in
	on_terminal tty 'meshq-exec -j1 --stats --pass --outcomes=/dev/null -H h in >out'
	handler x 'until grep -q "1 running" tty2; do :; done; kill -USR1 $PPID; until grep -q received tty2; do :; done'
	on_terminal tty2 'meshq-exec -j1 -H h in >out'
	grep -q $'\r\033\[K{"kind":"meshq.stats"' tty2
}

@test "it fits the window" {
	until_shown tty '0 done, 0 failed'
	actions 1 >in
	on_terminal tty 'stty cols 20; meshq-exec -j1 -H h in >out'
	run ! grep -q running tty
}

@test "without a window it fits COLUMNS" {
	until_shown tty '0 done, 0 failed'
	actions 1 >in
	COLUMNS=20 on_terminal tty 'stty cols 0; meshq-exec -j1 -H h in >out'
	run ! grep -q running tty
}

@test "colours and characters are those that are wanted" {
	handler x 'case $MESHQ_ID in 1) exit 1;; esac; until grep -q "1 failed" tty; do :; done'
	actions 2 >in
	run on_terminal tty 'meshq-exec -j1 -H h in >out'
	grep -q $'0 done, \033\[31m1 failed\033\[m, 0 waiting' tty
	: >tty
	NO_COLOR=1 run on_terminal tty 'meshq-exec -j1 -H h in >out'
	grep -q '0 done, 1 failed, 0 waiting' tty
	: >tty
	LC_ALL=C.UTF-8 run on_terminal tty 'meshq-exec --color=never -j1 -H h in >out'
	grep -q '0 done · 1 failed · 0 waiting' tty
}

# never COMMAND: shows nothing, while another one beside it shows its line.
never() {
	until_shown loud '1 running'
	actions 1 >in
	on_terminal quiet "$1" &
	on_terminal loud 'meshq-exec -j1 -H h in >out'
	wait $!
	[ -z "$(left quiet)" ]
	run ! grep -q running quiet
}

@test "there is none with -q" { never 'meshq-exec -q -j1 -H h in >out2'; }

@test "there is none with the record clock" { never 'meshq-exec --clock=record -j1 -H h in >out2'; }

@test "there is none on a terminal that is dumb" { never 'TERM=dumb meshq-exec -j1 -H h in >out2'; }

@test "there is none where standard error is no terminal" {
	never 'meshq-exec -j1 -H h in >out2 2>err2'
	[ ! -s err2 ]
}

@test "there is none where outcomes come out on the same terminal" {
	until_shown loud '1 running'
	actions 1 >in
	on_terminal quiet 'meshq-exec -j1 -H h in' &
	on_terminal loud 'meshq-exec -j1 -H h in >out'
	wait $!
	run ! grep -q running quiet
	grep -q dispatched quiet
}

@test "on a terminal the limit that keeps everything waiting is named, once" {
	actions 2 >in
	script -qefc 'echo $$ >pid; exec meshq-exec --min-free=100% --outcomes=out in -- true' /dev/null </dev/null >tty 3>&- &
	until grep -q 'nothing new is started: .*% of the memory is free, and --min-free is ' tty 2>/dev/null; do
		kill -0 $! || break
	done
	kill -TERM "$(cat pid)"
	wait $! || true
	[ "$(grep -c 'nothing new is started' tty)" = 1 ]
}
