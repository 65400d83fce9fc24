#!/usr/bin/env bats
# meshq-exec among other processes: signals, full disks, slow and vanished
# neighbours. Nothing here waits for time: FIFOs say when something has happened.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
	mkfifo in out started go
}

teardown() {
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
}

# A handler that says that it runs, and ends when it is let go.
slow_handler() {
	handler "$1" 'echo "$MESHQ_ID" >started; read -r x <go'
}

# start OPTION...: meshq-exec in the background, fed through 8, read through 9.
start() {
	env --default-signal=INT,HUP,TERM meshq-exec "$@" <in >out 2>err 3>&- &
	pid=$!
	exec 8>in 9<out
}

# The next outcome as "id status".
outcome() {
	read -r line <&9
	jq -r '"\(.id) \(.outcome.status)"' <<<"$line"
}

# Waits for the end; `ended` is the exit status.
finish() {
	exec 8>&-
	ended=0
	wait "$pid" || ended=$?
	pid=
}

actions() {
	seq -f '{"kind":"slow","id":%.0f}' "$@"
}

# ---- stopping ----

@test "one TERM: running handlers finish, the rest is unfinished, each action once" {
	slow_handler slow
	start -j1 -H h --chain=chain
	actions 5 >&8
	[ "$(cat started)" = 1 ]
	kill -TERM "$pid"
	for id in 2 3 4 5; do
		[ "$(outcome)" = "$id unfinished" ]
	done
	echo >go
	[ "$(outcome)" = "1 dispatched" ]
	finish
	[ "$ended" -eq 143 ]
	run ! read -r line <&9
	[ ! -s err ]
	[ "$(jq -c '[.id,.disposition.status]' chain | sort | tr '\n' ' ')" = '[1,"dispatched"] [2,"unfinished"] [3,"unfinished"] [4,"unfinished"] [5,"unfinished"] ' ]
}

@test "a second TERM kills what runs, and it is unfinished" {
	slow_handler slow
	start -j1 -H h
	actions 2 >&8
	[ "$(cat started)" = 1 ]
	kill -TERM "$pid"
	[ "$(outcome)" = "2 unfinished" ]
	kill -TERM "$pid"
	[ "$(outcome)" = "1 unfinished" ]
	finish
	[ "$ended" -eq 143 ]
}

@test "INT and HUP stop as TERM does, and are what it dies of" {
	slow_handler slow
	for signal in INT HUP; do
		start -j1 -H h
		actions 2 >&8
		[ "$(cat started)" = 1 ]
		kill -"$signal" "$pid"
		[ "$(outcome)" = "2 unfinished" ]
		echo >go
		[ "$(outcome)" = "1 dispatched" ]
		finish
		[ "$ended" -eq $((128 + $(kill -l "$signal"))) ]
	done
}

@test "a signal that was ignored when we were started stays ignored" {
	handler slow ''
	(trap '' HUP && exec meshq-exec -H h <in >out 2>err 3>&-) &
	pid=$!
	exec 8>in 9<out
	actions 1 >&8
	[ "$(outcome)" = "1 dispatched" ]
	kill -HUP "$pid"
	actions 1 >&8
	[ "$(outcome)" = "1 dispatched" ]
	finish
	[ "$ended" -eq 0 ]
}

@test "after --grace a handler that goes on is ended, and killed when it ignores that" {
	handler slow 'trap "" TERM; echo "$MESHQ_ID" >started; tail -f /dev/null'
	start -j1 -H h --grace=20ms --kill-after=20ms
	actions 1 >&8
	[ "$(cat started)" = 1 ]
	kill -TERM "$pid"
	[ "$(outcome)" = "1 unfinished" ]
	finish
	[ "$ended" -eq 143 ]
}

@test "deferred and retried actions are unfinished when stopped, with their due time" {
	handler slow 'exit 75'
	handler pull_replica ''
	start -j1 -H h --set executor.retry_after=1h --trace
	printf '%s\n' '{"kind":"slow","id":1}' '{"kind":"pull_replica","chain":1,"id":2}' '{"kind":"pull_replica","chain":1,"id":3}' >&8
	[ "$(outcome)" = "1 retrying" ]
	[ "$(outcome)" = "2 dispatched" ]
	[ "$(outcome)" = "3 deferred" ]
	kill -TERM "$pid"
	[ "$(outcome)" = "3 unfinished" ] # due in a minute
	read -r line <&9                  # due in an hour
	[ "$(jq -c '[.id,.outcome.status,.outcome.attempts,(.outcome.due_ms - .outcome.at_ms) > 3000000]' <<<"$line")" = '[1,"unfinished",1,true]' ]
	finish
	[ "$ended" -eq 143 ]
}

@test "a replay can be stopped as well" {
	slow_handler slow
	start --clock=record -j1 -H h
	actions 2 >&8
	exec 8>&-
	[ "$(cat started)" = 1 ]
	kill -TERM "$pid"
	[ "$(outcome)" = "2 unfinished" ]
	kill -TERM "$pid"
	[ "$(outcome)" = "1 unfinished" ]
	finish
	[ "$ended" -eq 143 ]
}

@test "signals end it though nobody reads its output" {
	handler slow ''
	head -c 100000 /dev/zero | tr '\0' x >payload
	start -H h
	# More than the pipe and our own buffer hold.
	for _ in $(seq 30); do
		printf '{"kind":"slow","outcome":{"status":"failed"},"x":"%s"}\n' "$(cat payload)"
	done >&8 &
	writer=$!
	while kill -TERM "$pid" 2>/dev/null; do :; done # one by one they add up
	ended=0
	wait "$pid" || ended=$?
	pid=
	[ "$ended" -eq 143 ]
	exec 8>&-
	wait "$writer" || true
}

@test "kill -9 leaves a chain that is readable to its last whole record" {
	handler slow ''
	start -j2 -H h --chain=chain
	actions 2000 >&8 &
	writer=$!
	for _ in $(seq 20); do
		outcome >>seen
	done
	kill -9 "$pid"
	wait "$pid" || true
	pid=
	exec 8>&- 9<&-
	wait "$writer" || true
	jq -e . chain >/dev/null
	[ "$(jq -s length chain)" -ge 20 ]
	[ "$(jq .id chain | sort | uniq -d | wc -l)" -eq 0 ]
	# And the next run goes on with the same file.
	meshq-exec -H h --chain=chain <<<'{"kind":"slow","id":"next"}' >after
	[ "$(tail -n 1 chain | jq -c '[.id,.disposition.status]')" = '["next","dispatched"]' ]
}

# ---- D-7: the end of input ----

@test "D-7 at the end of input deferred and retried work is finished" {
	handler default '[ "$MESHQ_ATTEMPT" = 2 ] || [ "$MESHQ_KIND" != a ] || exit 75'
	run --separate-stderr meshq-exec --clock=record -H h --stats --set backpressure.assert_at=2 --set backpressure.release_at=0 <<<'{"kind":"a","id":1}
{"kind":"pull_replica","chain":1,"id":2}
{"kind":"pull_replica","chain":1,"id":3}'
	[ "$status" -eq 0 ]
	[ "$(jq -c 'select(.outcome) | [.id,.outcome.status]' <<<"$output" | sort | tr '\n' ' ')" = '[1,"dispatched"] [2,"dispatched"] [3,"dispatched"] ' ]
	# and the pressure is released in the end
	[ "$(jq -r 'select(.kind=="meshq.backpressure").state' <<<"$output" | tail -n 1)" = released ]
}

@test "D-7 with --on-eof=unfinished what waits is reported, what runs is finished" {
	slow_handler slow
	handler pull_replica ''
	printf '%s\n' '{"kind":"pull_replica","chain":1,"id":1}' '{"kind":"slow","id":2}' '{"kind":"pull_replica","chain":1,"id":3}' >records
	start -j2 -H h --on-eof=unfinished --stats
	cat records >&8
	exec 8>&-
	[ "$(cat started)" = 2 ]
	echo >go
	{ outcome && outcome && outcome; } >seen
	[ "$(sort seen | tr '\n' ' ')" = '1 dispatched 2 dispatched 3 unfinished ' ]
	read -r line <&9
	[ "$(jq -c '[.received,.dispatched,.unfinished]' <<<"$line")" = '[3,2,1]' ]
	finish
	[ "$ended" -eq 1 ]
}

# ---- D-11: bounded reading ----

@test "D-11 behind a blocked handler an endless producer is read no further than the queue" {
	slow_handler slow
	mkfifo stats
	env --default-signal=TERM meshq-exec -j1 -H h --set executor.queue=4 < <(exec yes '{"kind":"slow"}') >out.file 2>stats 3>&- &
	pid=$!
	exec 7<stats
	[ "$(cat started)" = 1 ]
	kill -USR1 "$pid"
	read -r line <&7
	[ "$(jq -c '[.kind,.received,.pending]' <<<"$line")" = '["meshq.stats",5,5]' ]
	kill -TERM "$pid"
	echo >go
	finish
	[ "$ended" -eq 143 ]
	# What had been read into memory by then is unfinished, and nothing twice.
	jq -r 'select(.id) | "\(.id) \(.outcome.status)"' out.file | sort -n >seen
	[ "$(head -n 1 seen)" = '1 dispatched' ]
	[ "$(grep -c unfinished seen)" -eq $(($(wc -l <seen) - 1)) ]
	[ "$(cut -d' ' -f1 seen)" = "$(seq "$(wc -l <seen)")" ]
}

@test "D-11 at most max_waiting actions are kept deferred" {
	handler pull_replica ''
	mkfifo stats
	env --default-signal=TERM meshq-exec -j1 -H h --set executor.queue=4 --set executor.max_waiting=3 \
		< <(exec yes '{"kind":"pull_replica","chain":1}') >out 2>stats 3>&- &
	pid=$!
	exec 9<out 7<stats
	[ "$(outcome)" = "1 dispatched" ]
	kill -USR1 "$pid"
	read -r line <&7
	[ "$(jq -c '[.received <= 8,.deferred <= 3]' <<<"$line")" = '[true,true]' ]
	cat <&9 >rest &
	kill -TERM "$pid"
	finish
	[ "$ended" -eq 143 ]
}

# ---- back-pressure ----

@test "D-3 the first edge is asserted, the last released, and the command hears of both" {
	handler default ''
	cat >hook <<'SCRIPT'
#!/bin/sh
echo "$# $1 $2 $(cat)" >>hooked
SCRIPT
	chmod +x hook
	run --separate-stderr meshq-exec --clock=record -j1 -H h --on-backpressure=./hook --set backpressure.assert_at=3 --set backpressure.release_at=1 <<<'{"kind":"a"}
{"kind":"a"}
{"kind":"a"}
{"kind":"a"}'
	[ "$status" -eq 0 ]
	jq -c 'select(.kind=="meshq.backpressure") | [.state,.depth]' <<<"$output" >edges
	[ "$(head -n 1 edges)" = '["asserted",3]' ]
	[ "$(tail -n 1 edges)" = '["released",1]' ]
	[ "$(head -n 1 hooked)" = '2 asserted 0 {"kind":"meshq.backpressure","state":"asserted","depth":3,"level":0,"at_ms":0}' ]
	[ "$(tail -n 1 hooked | cut -d' ' -f1-2)" = '2 released' ]
}

@test "the command may be text for the shell; its failure is told and changes nothing" {
	handler default ''
	set -- --clock=record -j1 -H h --set backpressure.assert_at=2 --set backpressure.release_at=1
	printf '{"kind":"a"}\n{"kind":"a"}\n' >records
	run --separate-stderr meshq-exec "$@" '--on-backpressure=echo "$1 $2" >>hooked' records
	[ "$status" -eq 0 ]
	[ "$(tr '\n' ' ' <hooked)" = 'asserted 0 released 0 ' ]
	run --separate-stderr meshq-exec "$@" '--on-backpressure=echo oops >&2; exit 3' records
	[ "$status" -eq 0 ]
	[ "${stderr_lines[0]}" = 'meshq-exec: --on-backpressure: exit status 3: oops' ]
}

@test "a command that hangs blocks nothing and ends after the grace" {
	handler slow ''
	start -j1 -H h --grace=50ms --kill-after=20ms --set backpressure.assert_at=2 --set backpressure.release_at=1 '--on-backpressure=exec tail -f /dev/null'
	actions 3 >&8
	read -r line <&9
	[ "$(jq -r .state <<<"$line")" = asserted ]
	[ "$(outcome)" = "1 dispatched" ]
	[ "$(outcome)" = "2 dispatched" ]
	read -r line <&9
	[ "$(jq -r .state <<<"$line")" = released ]
	[ "$(outcome)" = "3 dispatched" ]
	finish
	[ "$ended" -eq 0 ]
	grep -q 'ended after the grace' err
}

@test "USR1 shows the counters on stderr and nothing else changes" {
	slow_handler slow
	mkfifo stats
	env --default-signal=TERM meshq-exec -j1 -H h <in >out 2>stats 3>&- &
	pid=$!
	exec 8>in 9<out 7<stats
	actions 3 >&8
	[ "$(cat started)" = 1 ]
	kill -USR1 "$pid"
	read -r line <&7
	[ "$(jq -c '[.received, .dispatched, .pending]' <<<"$line")" = '[3,0,3]' ]
	echo >go
	[ "$(cat started)" = 2 ]
	kill -USR1 "$pid" # handle_exposes_atomic_stats_to_outside_observers
	read -r line <&7
	[ "$(jq -c '[.received, .dispatched, .pending]' <<<"$line")" = '[3,1,2]' ]
	echo >go
	[ "$(cat started)" = 3 ]
	echo >go
	exec 8>&-
	[ "$(outcome)$(outcome)$(outcome)" = '1 dispatched2 dispatched3 dispatched' ]
	finish
	[ "$ended" -eq 0 ]
}

# ---- the output ----

@test "an outcome comes out before the next action comes in" {
	handler slow ''
	start -H h
	for id in 1 2 3; do
		echo "{\"kind\":\"slow\",\"id\":$id}" >&8
		[ "$(outcome)" = "$id dispatched" ]
	done
	finish
	[ "$ended" -eq 0 ]
}

@test "a full disk behind stdout is status 74, and stops the run" {
	handler slow ''
	run --separate-stderr bash -c 'yes "{\"kind\":\"slow\"}" | meshq-exec -H h --chain=chain >/dev/full; echo "${PIPESTATUS[1]}"'
	[ "$output" = 74 ]
	[ "$stderr" = 'meshq-exec: write standard output: No space left on device' ]
	# The chain knows what became of everything that was read.
	[ "$(jq .id chain | sort -n | uniq -d | wc -l)" -eq 0 ]
	[ "$(jq -r .disposition.status chain | sort -u | tr '\n' ' ')" = 'dispatched unfinished ' ]
}

@test "a closed stdout is status 74, a closed stdin too" {
	run bash -c 'meshq-exec -- true <<<"{\"kind\":\"a\"}" >&-'
	[ "$status" -eq 74 ]
	run bash -c 'meshq-exec -- true <&-'
	[ "$status" -eq 74 ]
}

@test "when the reader goes away it dies of SIGPIPE quietly, and the chain has everything" {
	handler slow ''
	run --separate-stderr bash -c 'yes "{\"kind\":\"slow\"}" | meshq-exec -j1 -H h --chain=chain | head -n 1 >first; echo "${PIPESTATUS[@]}"'
	[ "$output" = '141 141 0' ]
	[ -z "$stderr" ]
	[ "$(jq .id chain | sort -n | uniq -d | wc -l)" -eq 0 ]
	[ "$(jq .id chain | sort -n | tail -n 1)" -eq "$(wc -l <chain)" ]
}

@test "when the reader goes away a running handler still finishes" {
	slow_handler slow
	handler quick ''
	mkfifo chain
	start -j2 -H h --chain=chain
	exec 7<chain
	echo '{"kind":"slow","id":1}' >&8
	[ "$(cat started)" = 1 ]
	exec 9<&-
	echo '{"kind":"quick","id":2}' >&8
	read -r line <&7
	[ "$(jq -c '[.id,.disposition.status]' <<<"$line")" = '[2,"dispatched"]' ]
	echo >go
	read -r line <&7
	[ "$(jq -c '[.id,.disposition.status]' <<<"$line")" = '[1,"dispatched"]' ]
	ended=0
	wait "$pid" || ended=$?
	pid=
	[ "$ended" -eq 141 ]
}

# ---- the files ----

@test "a chain that is rotated goes on in the new file" {
	handler slow ''
	start -j1 -H h --chain=chain --failures=failures
	actions 1 >&8
	[ "$(outcome)" = "1 dispatched" ]
	mv chain chain.old
	echo '{"kind":"nobody","id":2}' >&8
	[ "$(outcome)" = "2 failed" ]
	mv failures failures.old
	echo '{"kind":"nobody","id":3}' >&8
	[ "$(outcome)" = "3 failed" ]
	finish
	[ "$ended" -eq 1 ]
	[ "$(jq -c .id chain.old | tr '\n' ' ')" = '1 ' ]
	[ "$(jq -c .id chain | tr '\n' ' ')" = '2 3 ' ]
	[ "$(jq -c .seq failures.old failures | tr '\n' ' ')" = '1 2 ' ]
}

@test "the grace after a stop is not told as a wait that work is left for" {
	slow_handler x
	start -v -j1 -H h
	echo '{"kind":"x","id":1}
{"kind":"x","id":2}' >&8
	read -r _ <started
	exec 8>&-
	kill -TERM "$pid"
	[ "$(outcome)" = "2 unfinished" ]
	echo >go
	[ "$(outcome)" = "1 dispatched" ]
	finish
	[ "$ended" -eq 143 ]
	run ! grep 'input has ended' err
}
