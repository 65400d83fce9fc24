#!/usr/bin/env bats
# meshq-exec below GNU make: its jobs are make's jobs. Nothing here waits for time.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
	mkfifo started go tokens
	unset MAKEFLAGS MFLAGS MAKELEVEL
	# Says that it runs, ends when it is let go, and keeps a log of both.
	handler slow 'echo start >>log; echo "$PPID" >started; read -r x <go; echo end >>log'
}

teardown() {
	[ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
}

actions() {
	seq -f '{"kind":"slow","id":%.0f}' "$1"
}

# How many of them ran at once, at most.
busiest() {
	awk '/start/ { if (++n > most) most = n } /end/ { n-- } END { print most + 0 }' log
}

# begin N COMMAND...: in the background, until N handlers run.
begin() {
	local n=$1
	shift
	env --default-signal "$@" >out 2>err 3>&- &
	pid=$!
	exec 8<>go 9<>started
	for ((; n; n--)); do
		read -r parent <&9
	done
}

# Lets N handlers end, and waits for the end of it all.
finish() {
	seq "$1" >&8
	ended=0
	wait "$pid" || ended=$?
	pid=
	exec 8>&- 9>&- # what is left in them goes with them
}

@test "with make -j3 three handlers run at once, and every token is given back" {
	printf 'all:\n\t+meshq-exec -H h in >outcomes\n' >Makefile
	actions 7 >in
	begin 3 make -j3
	finish 7
	[ "$ended" -eq 0 ]
	[ "$(busiest)" -eq 3 ]
	[ "$(grep -c dispatched outcomes)" -eq 7 ]
	[ ! -s err ]
}

@test "two of them below one make share its jobs" {
	printf 'all: a b\na b:\n\t+meshq-exec -H h in >outcomes.$@\n' >Makefile
	actions 4 >in
	begin 4 make -j4
	finish 8
	[ "$ended" -eq 0 ]
	[ "$(busiest)" -eq 4 ]
	[ "$(cat outcomes.* | grep -c dispatched)" -eq 8 ]
	[ ! -s err ]
}

@test "told to stop, it gives its tokens back as its handlers end" {
	printf 'all:\n\t+exec meshq-exec -H h in >outcomes\n' >Makefile
	actions 7 >in
	begin 3 make -j3
	kill -TERM "$parent"
	finish 3
	[ "$ended" -eq 2 ]
	[ "$(grep -c unfinished outcomes)" -eq 4 ]
	run ! grep INTERNAL err
}

@test "a signal that kills it leaves no token behind" {
	printf 'all:\n\t+exec meshq-exec -H h in >outcomes\n' >Makefile
	actions 7 >in
	begin 3 make -j3
	kill -QUIT "$parent"
	finish 3
	[ "$ended" -eq 2 ]
	run ! grep INTERNAL err
}

@test "a fifo of make 4.4 does as well" {
	exec 7<>tokens
	printf 'ab' >&7
	export MAKEFLAGS=" -j3 --jobserver-auth=fifo:$PWD/tokens"
	actions 5 >in
	begin 3 meshq-exec -H h in
	finish 5
	[ "$ended" -eq 0 ]
	[ "$(busiest)" -eq 3 ]
	[ "$(timeout 10 head -c 2 <&7 | fold -w1 | sort | tr -d '\n')" = ab ]
}

@test "with -j nothing is asked of make" {
	exec 7<>tokens
	export MAKEFLAGS=" -j3 --jobserver-auth=fifo:$PWD/tokens"
	actions 4 >in
	begin 2 meshq-exec -j2 -H h in
	finish 4
	[ "$ended" -eq 0 ]
	[ "$(busiest)" -eq 2 ]
}

@test "without tokens one handler runs all the same, and executor.jobs is the most" {
	exec 7<>tokens
	export MAKEFLAGS=" -j3 --jobserver-auth=fifo:$PWD/tokens"
	actions 3 >in
	begin 1 meshq-exec -H h in
	finish 3
	[ "$(busiest)" -eq 1 ]
	printf 'abc' >&7
	rm log
	begin 2 meshq-exec --set executor.jobs=2 -H h in
	finish 3
	[ "$(busiest)" -eq 2 ]
	[ "$(timeout 10 head -c 3 <&7 | wc -c)" -eq 3 ]
}

@test "what handlers find in MAKEFLAGS they can use" {
	printf 'all:\n\t+meshq-exec --output -- make -f sub <in >outcomes\n' >Makefile
	# shellcheck disable=SC2016
	printf 'all:\n\t@echo "<$(MAKEFLAGS)>"\n' >sub
	echo '{"kind":"x"}' >in
	run -0 make -ks -j3 --no-print-directory X=y
	[ -z "$output" ]
	output=$(jq -r .outcome.output outcomes)
	[[ $output == "<"*"X=y>" ]]
	[[ $output != *job* ]]
	[[ $output != *-j3* ]]
}

@test "a replay asks nothing of make" {
	exec 7<>tokens
	export MAKEFLAGS=" -j3 --jobserver-auth=fifo:$PWD/tokens"
	echo '{"kind":"x"}' >in
	run -0 --separate-stderr meshq-exec -v --clock=record in -- true
	[ -z "$stderr" ]
}

@test "a jobserver that make has closed is told with -v, and is none" {
	printf 'all:\n\tmeshq-exec -v -- true <in\n' >Makefile
	echo '{"kind":"x"}' >in
	run -0 --separate-stderr make -s -j3
	[[ $stderr == "meshq-exec: the jobserver of make cannot be used: its pipe is not open: is there a '+' before the line in the Makefile?" ]]
	run -0 --separate-stderr make -s
	[ -z "$stderr" ]
}
