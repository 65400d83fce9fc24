#!/usr/bin/env bats
# meshq-backoff as its users see it. See meshq-backoff(1).
# shellcheck disable=SC2154 # run sets stderr and stderr_lines
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# What feed started ends with its input.
teardown() {
	exec 7>&- 8<&-
	if [ -n "$pid" ]; then
		wait "$pid" || true
	fi
}

# crash DAEMON AT_MS; the same for the other events.
crash() { echo "{\"kind\":\"daemon_crashed\",\"daemon\":$1,\"at_ms\":$2}"; }
start() { echo "{\"kind\":\"daemon_started\",\"daemon\":$1,\"at_ms\":$2}"; }
leave() { echo "{\"kind\":\"daemon_exited\",\"daemon\":$1,\"at_ms\":$2}"; }
force() { echo "{\"kind\":\"daemon_force_restart\",\"daemon\":$1,\"at_ms\":$2}"; }
tick() { echo "{\"kind\":\"meshq.tick\",\"at_ms\":$1}"; }

# hold DAEMON STATE UNTIL WINDOW CAUSE AT: the record.
hold() {
	echo "{\"kind\":\"meshq.hold\",\"daemon\":$1,\"state\":\"$2\",\"until_ms\":$3,\"window_ms\":$4,\"cause\":\"$5\",\"at_ms\":$6}"
}

# feed OPTION...: a filter that runs on; its input is descriptor 7, its output 8.
feed() {
	mkfifo in out
	meshq-backoff "$@" < in > out 3>&- &
	pid=$!
	exec 7> in 8< out
}

# next: its next line, waited for.
next() {
	local line
	IFS= read -r -t 60 line <&8 && printf '%s\n' "$line"
}

replay() { meshq-backoff --clock=record "$@"; }

@test "an event is answered by the hold, in the order of the members" {
	run -0 replay <<< "$(crash '"telemetry"' 1000)"
	[ "$output" = "$(hold '"telemetry"' backing_off 1500 1000 crashed 1000)" ]
}

@test "every event has its answer" {
	run -0 replay <<< "$(
		start '"a"' 0
		crash '"a"' 100
		start '"a"' 700
		leave '"a"' 800
		force '"a"' 900
	)"
	[ "$output" = "$(
		hold '"a"' idle null 500 started 0
		hold '"a"' backing_off 600 1000 crashed 100
		hold '"a"' idle null 1000 released 600
		hold '"a"' idle null 1000 started 700
		hold '"a"' idle null 1000 exited 800
		hold '"a"' idle null 500 force_restart 900
	)" ]
}

@test "what is no event is passed on byte for byte" {
	printf '%s\n' '{"kind":"pull_replica" , "id":18446744073709551615,"x":1.0,"y":1e2 }' \
		'{"kind":"apply_backoff","daemon":"a"}' '{"kind":"daemon_","daemon":"a"}' \
		'{"at_ms":7,"kind":"meshq.tick"}' '{"kind":"meshq.hold","daemon":"a","until_ms":9}' > in
	run -0 replay in
	printf '%s\n' "$output" | cmp - in
}

@test "the kind of an event is compared decoded, the daemon by value" {
	run -0 replay <<< "$(
		echo '{"kind":"daemon\u005fcrashed","daemon":{"id":1,"name":"caf\u00e9"},"at_ms":0}'
		echo '{"kind":"daemon_crashed","daemon":{"name":"café","id":1.0},"at_ms":0}'
		crash '"1"' 0
		crash 1 0
		crash true 0
		crash null 0
		crash '[1]' 0
	)"
	[ "${lines[0]}" = "$(hold '{"id":1,"name":"caf\u00e9"}' backing_off 500 1000 crashed 0)" ]
	[ "${lines[1]}" = "$(hold '{"name":"café","id":1.0}' backing_off 1000 2000 crashed 0)" ]
	for i in 2 3 4 5 6; do
		[[ ${lines[i]} == *'"until_ms":500,"window_ms":1000,'* ]]
	done
}

@test "windows are printed to the nanosecond" {
	run -0 replay --set backoff.factor=1.1 <<< "$(crash 1 0; crash 1 0)"
	[ "${lines[1]}" = "$(hold 1 backing_off 550.000012 605.000026 crashed 0)" ]
}

@test "a crash loop is held for the cooldown" {
	run -0 replay <<< "$(for i in 0 1 2 3 4; do crash '"a"' $i; done)"
	[ "${lines[4]}" = "$(hold '"a"' crash_looping 300004 500 crashed 4)" ]
}

# ---- releases ----

@test "holds are released in the order of their ends, before the record that passes them" {
	run -0 replay <<< "$(
		crash '"late"' 100
		crash '"early"' 0
		crash '"early2"' 0
		tick 599
		echo '{"kind":"x","at_ms":600}'
	)"
	[ "$output" = "$(
		hold '"late"' backing_off 600 1000 crashed 100
		hold '"early"' backing_off 600 1000 crashed 100
		hold '"early2"' backing_off 600 1000 crashed 100
		tick 599
		hold '"late"' idle null 1000 released 600
		hold '"early"' idle null 1000 released 600
		hold '"early2"' idle null 1000 released 600
		echo '{"kind":"x","at_ms":600}'
	)" ]
}

@test "an event at the very end of a hold comes after its release" {
	run -0 replay <<< "$(crash 1 0; start 1 500)"
	[ "${lines[1]}" = "$(hold 1 idle null 1000 released 500)" ]
	[ "${lines[2]}" = "$(hold 1 idle null 1000 started 500)" ]
}

@test "at the end of a replay the holds stay: time stands still" {
	run -0 replay <<< "$(crash 1 0)"
	[ "${#lines[@]}" -eq 1 ]
}

@test "in real time a hold is released by waiting, while the input is silent" {
	feed --set backoff.initial=1ms
	crash '"a"' 0 >&7
	held=$(next)
	[[ $held == *'"state":"backing_off","until_ms":'* ]]
	released=$(next)
	until=$(jq .until_ms <<< "$held")
	[ "$(jq -c '[.state, .until_ms, .cause]' <<< "$released")" = '["idle",null,"released"]' ]
	[ "$(jq .at_ms <<< "$released")" = "$until" ]
	exec 7>&-
	wait "$pid"
	pid=
}

@test "in real time the answer is there before more input is" {
	feed
	crash 1 0 >&7
	[[ $(next) == *crashed* ]]
	echo '{"kind":"x"}' >&7
	[ "$(next)" = '{"kind":"x"}' ]
}

@test "at the end of the input it ends at once, however long a hold lasts" {
	run -0 timeout 60 meshq-backoff --set backoff.initial=1h <<< "$(crash 1 0)"
	[ "${#lines[@]}" -eq 1 ]
}

@test "in real time at_ms of an event is not now" {
	run -0 meshq-backoff <<< "$(crash 1 5)"
	[ "$(jq '.at_ms > 1e12' <<< "$output")" = true ]
}

# ---- repairs ----

@test "D-32 a start or exit while held is said in the record, and with -v in words" {
	run -0 --separate-stderr replay -v <<< "$(
		crash '"a"' 0
		start '"a"' 499
		crash '"a"' 500
		leave '"a"' 600
		leave '"a"' 700
	)"
	[[ ${lines[1]} == *'"cause":"started","was_held":true,"at_ms":499}' ]]
	[[ ${lines[3]} == *'"cause":"exited","was_held":true,"at_ms":600}' ]]
	[[ ${lines[4]} == *'"cause":"exited","at_ms":700}' ]]
	[ "${stderr_lines[0]}" = 'meshq-backoff: -:2: started while held: daemon "a"' ]
	[ "${stderr_lines[1]}" = 'meshq-backoff: -:4: exited while held: daemon "a"' ]
	[ "${#stderr_lines[@]}" -eq 2 ]
}

@test "D-33 jitter: daemons that fail together do not come back together" {
	events=$(for i in 1 2 3 4 5 6 7 8; do crash $i 0; done)
	run -0 replay --set backoff.jitter=0.5 <<< "$events"
	[ "$(jq .until_ms <<< "$output" | sort -u | wc -l)" -eq 8 ]
	[ "$(jq -s 'all(.until_ms >= 250 and .until_ms <= 500)' <<< "$output")" = true ]
	first=$output
	run -0 replay --set backoff.jitter=0.5 <<< "$events"
	[ "$output" = "$first" ] # a replay is repeatable
	run -0 replay --set backoff.jitter=0.5 --seed 7 <<< "$events"
	[ "$output" != "$first" ]
}

@test "D-34 an event that comes late counts as now" {
	run -0 replay <<< "$(crash 1 1000; crash 1 5)"
	[ "${lines[1]}" = "$(hold 1 backing_off 2000 2000 crashed 1000)" ]
}

# ---- keys ----

@test "--key names another member, also inside of objects" {
	run -0 replay --key unit <<< '{"kind":"daemon_crashed","unit":"a","daemon":7,"at_ms":0}'
	[[ $output == '{"kind":"meshq.hold","unit":"a","state":"backing_off",'* ]]
	run -0 replay --key meta.unit <<< '{"kind":"daemon_crashed","meta":{"unit":"a","x":1},"at_ms":0}'
	[[ $output == '{"kind":"meshq.hold","meta":{"unit":"a"},"state":"backing_off",'* ]]
	run -64 replay --key state < /dev/null
	[ "$output" = "meshq-backoff: --key: a hold record has a member 'state' of its own (see --help)" ]
}

# ---- bad events ----

@test "an event that names no daemon is a bad record, the stream goes on" {
	run -65 --separate-stderr replay --rejects bad <<< "$(
		crash 1 0
		echo '{"kind":"daemon_crashed","at_ms":1000000}'
		crash 1 1
	)"
	[ "$stderr" = "meshq-backoff: -:2: byte 41: daemon_crashed without the member 'daemon' (see --key)" ]
	[ "${lines[1]}" = "$(hold 1 backing_off 1001 2000 crashed 1)" ]
	[ "$(cat bad)" = '{"kind":"daemon_crashed","at_ms":1000000}' ]
}

@test "a line that is no record is reported, the stream goes on" {
	run -65 --separate-stderr replay <<< "$(crash 1 0; echo '{"kind":'; crash 1 1)"
	[[ $stderr == 'meshq-backoff: -:2: byte 9: '* ]]
	[ "${#lines[@]}" -eq 2 ]
	run -65 --separate-stderr replay --strict <<< "$(crash 1 0; echo '{"kind":'; crash 1 1)"
	[ "${#lines[@]}" -eq 1 ]
}

@test "a daemon that is there twice is a bad record" {
	run -65 replay <<< '{"kind":"daemon_crashed","daemon":1,"daemon":2,"at_ms":0}'
	[[ $output == 'meshq-backoff: -:1: byte '* ]]
}

# ---- --state ----

@test "--state: the ladder goes on in the next run" {
	replay --state s <<< "$(crash '"a"' 0)"
	run -0 replay --state s <<< "$(crash '"a"' 600)"
	[ "$output" = "$(
		hold '"a"' backing_off 500 1000 restored 0
		hold '"a"' idle null 1000 released 500
		hold '"a"' backing_off 1600 2000 crashed 600
	)" ]
}

@test "--state: a run in pieces answers as one run does" {
	for i in $(seq 0 99); do
		crash "$((i * 7 % 3))" $((i * 400))
		[ $((i % 9)) -ne 0 ] || start "$((i % 3))" $((i * 400 + 100))
	done > events
	replay < events > whole
	split -l 10 events piece.
	for piece in piece.*; do
		replay --state s "$piece"
	done > pieces
	grep -v '"restored"' pieces | cmp - whole
}

@test "--state: what is held is told at the start, what has ended is released once" {
	meshq-backoff --state s --set backoff.initial=1h <<< "$(crash '"long"' 0)"
	jq -c 'if .daemons then .daemons = 2 else ., (.daemon = "short" | .until_ms = 5) end' s > t
	mv t s
	run -0 meshq-backoff --state s < /dev/null
	[ "$(jq -c '[.daemon, .cause]' <<< "$output" | tr '\n' ' ')" = \
		'["short","released"] ["long","restored"] ' ]
	run -0 meshq-backoff --state s < /dev/null
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == '{"kind":"meshq.hold","daemon":"long","state":"backing_off",'*'"cause":"restored"'* ]]
}

@test "--state: kill -9 loses nothing that was answered" {
	feed --state s
	for i in 1 2 3 4 5; do
		crash '"a"' 0 >&7
		next
	done
	kill -9 "$pid"
	wait "$pid" || status=$?
	pid=
	[ "$status" -eq 137 ]
	run -75 meshq-backoff --state s --check a
	[ "$(jq -r .state <<< "$output")" = crash_looping ]
	[ "$(jq -r 'select(.daemon) | .crashes_ms | length' s)" -eq 5 ]
}

@test "--state: what another process decides is told before the next record" {
	feed --state s
	echo '{"kind":"x"}' >&7
	next
	meshq-backoff --state s --set backoff.initial=1h <<< "$(crash '"b"' 0)"
	echo '{"kind":"start_daemon","daemon":"b"}' >&7
	[[ $(next) == '{"kind":"meshq.hold","daemon":"b","state":"backing_off",'*'"restored"'* ]]
	[ "$(next)" = '{"kind":"start_daemon","daemon":"b"}' ]
	meshq-backoff --state s <<< "$(force '"b"' 0)"
	echo '{"kind":"y"}' >&7
	[[ $(next) == '{"kind":"meshq.hold","daemon":"b","state":"idle",'*'"restored"'* ]]
}

@test "--state: a hold that another process has ended is told once, in order" {
	feed --clock=record --state s
	crash '"late"' 200 >&7
	crash '"early"' 100 >&7
	next
	next
	replay --state s <<< "$(tick 9000; crash '"other"' 9000)" > /dev/null
	tick 9000 >&7
	[ "$(next)" = "$(hold '"late"' idle null 1000 released 700)" ]
	[ "$(next)" = "$(hold '"early"' idle null 1000 released 700)" ]
	[ "$(next)" = "$(hold '"other"' backing_off 9500 1000 restored 9000)" ]
	[ "$(next)" = "$(tick 9000)" ]
}

@test "--state: processes that write at the same time lose no update" {
	writers=()
	for w in 1 2 3 4; do
		for i in $(seq 15); do
			meshq-backoff --state s <<< "$(crash "[$w,$i]" 0; crash '"all"' 0)" > /dev/null
		done 3>&- &
		writers+=($!)
	done
	wait "${writers[@]}"
	[ "$(head -n 1 s)" = '{"meshq":"backoff-state","v":1,"daemons":61}' ]
	# 60 crashes at once: one step of the ladder and five that count are kept.
	[ "$(jq -r 'select(.daemon == "all") | .crashes_ms | length' s)" -eq 5 ]
}

@test "--state: a file that cannot be understood is refused and left alone" {
	for text in 'garbage' '{"meshq":"backoff-state","v":2,"daemons":0}' \
		'{"meshq":"backoff-state","v":1,"daemons":3}'; do
		echo "$text" > s
		run -65 replay --state s <<< "$(crash 1 0)"
		[[ $output == "meshq-backoff: s:1: "* ]]
		[ "$(cat s)" = "$text" ]
		run -65 replay --state s --check 1
		[[ $output == "meshq-backoff: s:1: "* ]]
	done
	[[ $output == *"3 daemons were announced, 0 are there" ]]
}

@test "--state: a file that is damaged while we run stops us, and is left alone" {
	feed --state s
	crash 1 0 >&7
	next
	echo garbage > s
	crash 1 0 >&7
	wait "$pid" || status=$?
	pid=
	[ "$status" -eq 65 ]
	[ "$(cat s)" = garbage ]
}

@test "--state: an empty file is a new one, a removed one is written anew" {
	: > s
	feed --state s
	crash '"a"' 0 >&7
	next
	rm s
	crash '"a"' 0 >&7
	next
	[ "$(jq -r 'select(.daemon) | .crashes_ms | length' s)" -eq 2 ]
}

@test "--state: a directory that is not there is known before the input is read" {
	run -73 meshq-backoff --state no/such < /dev/null
	[[ $output == "meshq-backoff: create no/such.lock: No such file or directory" ]]
}

# The limit of a file's size stands for the full disk; so the outputs are pipes.
full_disk() {
	{
		(
			trap '' XFSZ
			ulimit -f 0
			meshq-backoff --state "$PWD/s"
		)
		echo "status $?"
	} 2>&1 | cat
}

@test "--state: a full disk is no success, but the decisions go on" {
	touch s.lock
	run -0 full_disk <<< "$(crash 1 0; crash 1 0)"
	[[ ${lines[0]} == "meshq-backoff: write "*"/s.new: File too large" ]]
	[[ ${lines[2]} == '{"kind":"meshq.hold","daemon":1,"state":"backing_off",'*'"window_ms":2000,'* ]]
	[ "${lines[3]}" = "status 74" ]
	[ ! -e s ] && [ ! -e s.new ]
}

@test "--state: a clock that was set back counts as no time passed" {
	meshq-backoff --state s --set backoff.initial=1h <<< "$(crash '"a"' 0)"
	# Everything in the file happened ten years from now.
	jq -c 'walk(if type == "number" and . > 1e12 then . + 315576000000 else . end)' s > t
	mv t s
	run -0 meshq-backoff --state s < /dev/null
	[ "$(jq -c '.until_ms - .at_ms | . > 3500000 and . <= 3600000' <<< "$output")" = true ]
}

# ---- --check ----

@test "--check: 0 when it may be started, 75 and the hold when not yet" {
	meshq-backoff --state s --set backoff.initial=1h <<< "$(
		crash '"telemetry"' 0
		crash '{"id":1,"name":"b"}' 0
		crash 7 0
	)"
	run -75 meshq-backoff --check telemetry --state s
	[[ $output == '{"kind":"meshq.hold","daemon":"telemetry","state":"backing_off",'* ]]
	run -75 meshq-backoff --check '"telemetry"' --state s
	run -75 meshq-backoff --check ' { "name" : "b", "id":1}' --state s
	run -75 meshq-backoff --check 7 --state s
	run -0 meshq-backoff --check '"7"' --state s
	run -0 meshq-backoff --check unknown --state s
	[ -z "$output" ]
	run -0 meshq-backoff --check telemetry --state other
	[ ! -e other ] && [ ! -e other.lock ]
}

@test "--check: open from the end of the hold on" {
	replay --state s <<< "$(crash 1 0)"
	run -75 replay --state s --check 1
	[ "$output" = "$(hold 1 backing_off 500 1000 restored 0)" ]
	run -0 meshq-backoff --state s --check 1
}

@test "--check: what is not complete is refused" {
	run -64 meshq-backoff --check telemetry
	[ "$output" = "meshq-backoff: --check needs --state FILE (see --help)" ]
	run -64 meshq-backoff --check '{"id":' --state s
	[[ $output == "meshq-backoff: --check: byte 7: "* ]]
	run -64 meshq-backoff --check a --state s file
	[ "$output" = "meshq-backoff: --check takes no operands (see --help)" ]
}

# ---- schedule ----

@test "schedule: the default ladder is 0.5 1 2 4 and then 300 seconds" {
	run -0 meshq-backoff schedule -n 6
	[ "$(jq -c '[.crash, .wait_ms / 1000, .until_ms / 1000]' <<< "$output" | tr '\n' ' ')" = \
		"[1,0.5,0.5] [2,1,1.5] [3,2,3.5] [4,4,7.5] [5,300,307.5] [6,0.5,308] " ]
	[ "${lines[4]}" = '{"daemon":"daemon","crash":5,"at_ms":7500,"state":"crash_looping","wait_ms":300000,"until_ms":307500}' ]
}

@test "schedule: without a trip the cap resets itself, by default" {
	run -0 meshq-backoff schedule -n 9 --set backoff.crash_loop.threshold=99
	[ "$(jq '.wait_ms / 1000' <<< "$output" | tr '\n' ' ')" = "0.5 1 2 4 8 16 32 60 0.5 " ]
}

@test "schedule: slow crashers and several daemons" {
	run -0 meshq-backoff schedule -n 2 --every 90s a b
	[ "$(jq -r '[.daemon, .at_ms, .wait_ms] | @tsv' <<< "$output" | tr '\n\t' ';,')" = \
		"a,90000,500;a,180500,500;b,90000,500;b,180500,500;" ]
}

@test "schedule: a table for people" {
	run -0 meshq-backoff schedule -n 5 --table telemetry
	[ "${lines[0]}" = "DAEMON     CRASH          AT        WAIT       UNTIL  STATE" ]
	[ "${lines[1]}" = "telemetry      1          0s        0.5s        0.5s  backing_off" ]
	[ "${lines[5]}" = "telemetry      5        7.5s        300s      307.5s  crash_looping" ]
}

@test "schedule: its options are refused elsewhere" {
	run -64 meshq-backoff --table < /dev/null
	[ "$output" = "meshq-backoff: --json and --table belong to schedule and status (see --help)" ]
	run -64 meshq-backoff -n 3 < /dev/null
	[ "$output" = "meshq-backoff: --count and --every belong to schedule (see --help)" ]
	run -64 meshq-backoff schedule --json --table
}

# ---- the rest ----

@test "files are operands" {
	crash 1 0 > a
	crash 1 0 > b
	run -0 replay a b
	[ "${#lines[@]}" -eq 2 ]
	run -66 replay missing
	[ "$output" = "meshq-backoff: missing: No such file or directory" ]
}

@test "no input, blank lines, CRLF and a missing last newline" {
	run -0 replay < /dev/null
	[ -z "$output" ]
	run -0 replay < <(printf '\n%s\r\n\n%s' "$(crash 1 0)" "$(crash 1 0)")
	[ "${#lines[@]}" -eq 2 ]
}

@test "a lost output is no success" {
	run -74 bash -c 'meshq-backoff --clock=record <<< "$1" > /dev/full' - "$(crash 1 0)"
	[ "$output" = "meshq-backoff: write standard output: No space left on device" ]
	run -74 bash -c 'meshq-backoff schedule > /dev/full'
}

@test "usage" {
	run -0 meshq-backoff --help
	[[ $output == *"meshq-backoff schedule"* ]]
	run -64 meshq-backoff --frobnicate
	run -78 meshq-backoff --set backoff.factor=-1 < /dev/null
}

@test "ten thousand daemons crash and are released, in order" {
	awk 'BEGIN {
		for (i = 0; i < 10000; i++)
			printf "{\"kind\":\"daemon_crashed\",\"daemon\":{\"id\":%d},\"at_ms\":%d}\n", i, i % 977
	}' | sort -t: -k5 -n > events
	tick 100000 >> events
	replay events > answers
	[ "$(grep -c '"crashed"' answers)" -eq 10000 ]
	[ "$(grep -c '"released"' answers)" -eq 10000 ]
	jq .at_ms answers | sort -nc
	replay --state s events > again
	cmp answers again
	[ "$(head -n 1 s)" = '{"meshq":"backoff-state","v":1,"daemons":10000}' ]
}

# ---- the whole path ----

@test "D-1 D-3 a crash closes the gate for the restart, and its end opens it" {
	{
		crash '"telemetry"' 1000
		echo '{"kind":"start_daemon","daemon":"telemetry","id":1,"at_ms":1499}'
		echo '{"kind":"start_daemon","daemon":"other","id":2,"at_ms":1499}'
		echo '{"kind":"start_daemon","daemon":"telemetry","id":3,"at_ms":1500}'
	} | meshq-backoff --clock=record | meshq-admit --clock=record > out
	run -0 jq -c 'select(.id) | [.id, .admission.decision, .admission.rule, .admission.until_ms]' out
	[ "${lines[0]}" = '[1,"gate","daemon-backoff",1500]' ]
	[ "${lines[1]}" = '[2,"admit",null,null]' ]
	[ "${lines[2]}" = '[3,"admit",null,null]' ]
}

@test "D-1 D-3 the gate is closed from run to run by the state" {
	replay --state s <<< "$(for i in 0 1 2 3 4; do crash '"t"' $i; done)"
	run -0 bash -c 'meshq-backoff --clock=record --state s | meshq-admit --clock=record' \
		<<< '{"kind":"start_daemon","daemon":"t","at_ms":299999}'
	[[ ${lines[1]} == *'"admission":{"decision":"gate",'*'"until_ms":300004,'* ]]
}

@test "D-1 D-3 a hold rule with a path meets a hold record with that path" {
	run -0 bash -c 'meshq-backoff --clock=record --key meta.unit |
		meshq-admit --clock=record --set rules.daemon-backoff.hold=meta.unit' <<< "$(
		echo '{"kind":"daemon_crashed","meta":{"unit":"u"},"at_ms":0}'
		echo '{"kind":"start_daemon","meta":{"unit":"u"},"at_ms":1}'
	)"
	[[ ${lines[1]} == *'"decision":"gate"'* ]]
}

@test "D-17 one key for tracker and gate: by its id a daemon that was renamed is still held" {
	printf '%s\n' '{"kind":"daemon_crashed","daemon":{"id":7,"name":"old"},"at_ms":0}' \
		'{"kind":"start_daemon","daemon":{"id":7,"name":"new"},"at_ms":1}' >in
	run -0 bash -c 'meshq-backoff --clock=record --key daemon.id in |
		meshq-admit --clock=record --set rules.daemon-backoff.hold=daemon.id'
	[ "${lines[0]}" = "$(hold '{"id":7}' backing_off 500 1000 crashed 0)" ]
	[[ ${lines[1]} == *'"decision":"gate"'* ]]
	# As the reference has it, id and name together are the key, to both alike.
	run -0 bash -c 'meshq-backoff --clock=record in | meshq-admit --clock=record'
	[[ ${lines[1]} == *'"decision":"admit"'* ]]
}

@test "D-1 D-3 meshq-exec does not restart what is held, and does when the hold is over" {
	{
		crash '"telemetry"' 1000
		echo '{"kind":"start_daemon","daemon":"telemetry","id":1,"at_ms":1100}'
		echo '{"kind":"start_daemon","daemon":"other","id":2,"at_ms":1100}'
		echo '{"kind":"start_daemon","daemon":"telemetry","id":3,"at_ms":1500}'
	} | meshq-backoff --clock=record > stream
	run -1 --separate-stderr meshq-exec --clock=record stream -- true
	run -0 jq -c '[.id, .outcome.status, .outcome.until_ms]' <<< "$output"
	[ "${lines[0]}" = '[1,"gated",1500]' ]
	[ "${lines[1]}" = '[2,"dispatched",null]' ]
	[ "${lines[2]}" = '[3,"dispatched",null]' ]
}

@test "D-2 D-3 with the robust preset the restart waits for the end of the hold" {
	{
		crash '"telemetry"' 1000
		echo '{"kind":"start_daemon","daemon":"telemetry","id":1,"at_ms":1100}'
		echo '{"kind":"stop_daemon","daemon":"telemetry","id":2,"at_ms":1100}'
	} | replay > stream
	run -0 --separate-stderr meshq-exec --preset robust --clock=record stream -- true
	run -0 jq -sc 'sort_by(.id) | map([.id, .outcome.status, .outcome.at_ms])' <<< "$output"
	[ "$output" = '[[1,"dispatched",1500],[2,"dispatched",1100]]' ]
}

# Everything in real time, and nothing but the pipe between the two.
@test "D-1 D-3 in real time a start waits for the end of the hold" {
	policy=(--preset robust --set backoff.initial=40ms)
	{ crash '"d"' 0; echo '{"kind":"start_daemon","daemon":"d"}'; } |
		meshq-backoff "${policy[@]}" | tee holds |
		meshq-exec "${policy[@]}" -- true > outcomes
	until=$(jq 'select(.cause == "crashed") | .until_ms' holds)
	run -0 jq -c --argjson until "$until" '[.outcome.status, .outcome.at_ms >= $until]' outcomes
	[ "$output" = '["dispatched",true]' ]
}
