#!/usr/bin/env bats
# meshq-backoff run as its users see it: daemons started, ended, and started again when they may be.
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=120

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export MARK="$BATS_TEST_TMPDIR" # known by all that a test starts
}

# Whatever went wrong in a test, nothing of it stays.
teardown() {
	exec 7>&- 8<&-
	if [ -n "$pid" ]; then
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" || true
	fi
	local stray
	for stray in $(strays); do
		kill -KILL "$stray" 2>/dev/null || true
	done
}

# strays: processes of this test that are still there; those of bats itself do not count.
strays() {
	local files file
	files=$(grep -slzFx "MARK=$MARK" /proc/[0-9]*/environ)
	while IFS= read -r file; do
		file=${file#/proc/} file=${file%/environ}
		! grep -qz . "/proc/$file/environ" 2>/dev/null || grep -sqz bats "/proc/$file/cmdline" ||
			echo "$file"
	done <<<"$files"
}

replay() { timeout 60 meshq-backoff run --clock=record --events=- "$@" </dev/null; }

# members NAME...: these members of each record, as arrays.
members() {
	local list
	list=$(printf '.%s,' "$@")
	jq -c "[${list%,}]"
}

# events: the daemon's own, without the holds.
events() { jq -c 'select(.kind == "meshq.daemon")'; }
holds() { jq -c 'select(.kind == "meshq.hold")'; }
count() { grep -c "\"event\":\"$1\""; }

# up OPTION...: a supervisor that runs on; what happens is on descriptor 8. A shell has its jobs
# ignore INT, which would then be none of our business.
up() {
	mkfifo happens
	env --default-signal=INT meshq-backoff run --events=happens "$@" 3>&- 2>errors >out &
	pid=$!
	exec 8<happens
}

# await WORD: its next record with that word, waited for; it is in $record.
await() {
	while IFS= read -r -t 60 record <&8; do
		[[ $record != *"$1"* ]] || return 0
	done
	echo "no $1" >&2
	return 1
}

# ended STATUS: the supervisor ends by itself, so.
ended() {
	local status=0
	wait "$pid" || status=$?
	pid=
	[ "$status" = "$1" ] || { echo "status $status" >&2; return 1; }
}

# zombies: whether the supervisor has any.
zombies() { ps -o stat= --ppid "$pid" | awk '/Z/ { z = 1 } END { exit !z }'; }

# ---- the ladder ----

@test "a daemon that dies at once is started 5 times in the first 307.5 s" {
	run --separate-stderr -0 replay --for 307.5s -- false
	[ "$(count started <<<"$output")" = 5 ]
	[ "$(events <<<"$output" | members event at_ms | xargs)" = "$(
		for at in 0 500 1500 3500 7500; do echo "[started,$at] [crashed,$at]"; done | xargs
	)" ]
}

@test "its holds are those that the filter would print" {
	run --separate-stderr -0 replay --for 400s --name d -- false
	holds <<<"$output" >got
	events <<<"$output" | jq -c 'select(.event == "started" or .event == "crashed") |
		{kind: "daemon_\(.event)", daemon, at_ms}' >in
	run -0 meshq-backoff --clock=record in
	diff <(printf '%s\n' "$output") <(grep -v '"cause":"released","at_ms":607500' got)
	[ "$(jq -c 'select(.cause == "crashed") | [.at_ms, .until_ms]' got | head -n 6 | xargs)" = \
		"[0,500] [500,1500] [1500,3500] [3500,7500] [7500,307500] [307500,308000]" ]
}

@test "the records, in the order of their members" {
	run --separate-stderr -0 replay --for 400ms -- sh -c 'exit 3'
	[ "$output" = '{"kind":"meshq.daemon","daemon":"sh","event":"started","at_ms":0}
{"kind":"meshq.hold","daemon":"sh","state":"idle","until_ms":null,"window_ms":500,"cause":"started","at_ms":0}
{"kind":"meshq.daemon","daemon":"sh","event":"crashed","exit":3,"ran_ms":0,"reason":"exit status 3","at_ms":0}
{"kind":"meshq.hold","daemon":"sh","state":"backing_off","until_ms":500,"window_ms":1000,"cause":"crashed","at_ms":0}' ]
	[ "$stderr" = "meshq-backoff: sh: exit status 3 after 0s; held for 500ms" ]
}

@test "a crash loop is told loudly, once per trip, -q or not" {
	run --separate-stderr -0 replay -q --for 600s -- false
	[ "${#stderr_lines[@]}" = 2 ]
	[ "${stderr_lines[0]}" = "meshq-backoff: false: CRASH LOOP: 5 crashes within 60s, the last: exit status 1 after 0s; held for 300s" ]
}

@test "D-33 daemons that fail together come back apart with preset robust" {
	cat >two.yaml <<<'daemons: { a: { command: "false" }, b: { command: "false" } }'
	run --separate-stderr -0 replay --preset robust -c two.yaml --seed 7 --for 5s
	holds <<<"$output" | jq -c 'select(.cause == "crashed")' >crashes
	[ "$(jq -s 'map(.until_ms) | length == (unique | length)' crashes)" = true ]
	[ "$(jq -s 'map(.until_ms - .at_ms) | .[0] >= 250 and .[0] <= 500 and .[1] >= 250' crashes)" = true ]
}

@test "a replay is the same each time, and so is chance" {
	replay --preset robust --for 1h -- false >first
	replay --preset robust --for 1h -- false | cmp - first
	run -0 replay --preset robust --seed 7 --for 1h -- false
	[ "$output" != "$(cat first)" ]
}

@test "D-24 the wildest settings hold a daemon long, and nothing worse" {
	run --separate-stderr -0 replay -q --for 2000d --set backoff.factor=1e30 --set backoff.max=106751d \
		--set backoff.crash_loop.threshold=1000000 -- false
	[ "$(holds <<<"$output" | jq -c 'select(.cause == "crashed") | [.at_ms, .until_ms]' | xargs)" = '[0,500] [500,9223286400500]' ]
}

@test "D-25 with preset robust a crash that others see cuts no hold short" {
	for preset in meshos robust; do
		rm -f s
		run --separate-stderr -0 replay --preset $preset --set backoff.jitter=0 --state s --for 8s -- false
		tail -n 1 <<<"$output" | grep '"until_ms":307500'
		meshq-backoff --clock=record --preset $preset --set backoff.jitter=0 --state s \
			<<<'{"kind":"daemon_crashed","daemon":"false","at_ms":120000}' >out
		run --separate-stderr -0 replay --preset $preset --set backoff.jitter=0 --state s --for 180s -- false
		count started <<<"$output" >$preset || true
	done
	[ "$(cat meshos)" -gt 0 ]
	[ "$(cat robust)" = 0 ]
}

@test "D-26 a long run is forgiven by preset robust with the crash that ends it" {
	mkfifo in go
	for preset in meshos robust; do
		rm -f runs
		meshq-backoff run --clock=record --events=- --preset $preset --set backoff.jitter=0 --for 100s -- \
			sh -c 'echo x >>runs; [ "$(wc -l <runs)" != 3 ] || read -r x <go; exit 1' <in >out 2>errors 3>&- &
		pid=$!
		exec 7>in
		# time stands still until a record moves it
		until grep -q '"until_ms":500' out; do :; done
		echo '{"kind":"meshq.tick","at_ms":500}' >&7
		until grep -q '"until_ms":1500' out; do :; done
		echo '{"kind":"meshq.tick","at_ms":1500}' >&7
		until [ "$(wc -l <runs)" = 3 ]; do :; done
		echo '{"kind":"meshq.tick","at_ms":90000}' >&7
		until grep -q 90000 out; do :; done
		echo >go
		exec 7>&-
		ended 0
		holds <out | jq -c 'select(.cause == "crashed" and .at_ms == 90000) | .until_ms' >$preset
	done
	[ "$(cat meshos)" = 92000 ]
	[ "$(cat robust)" = 90500 ]
}

@test "D-32 an override while it is held is told as such" {
	up --set backoff.initial=1h --set backoff.max=1h -- sh -c '[ -e again ] && exec sleep 1000; >again; exit 1'
	await '"state":"backing_off"'
	kill -USR2 "$pid"
	await '"cause":"force_restart"'
	[[ $record == *'"state":"idle","until_ms":null,"window_ms":3600000,"cause":"force_restart","was_held":true'* ]]
	await '"event":"started"'
	kill "$pid"
	ended 143
}

@test "real processes in real time: the same holds, and no start before their end" {
	run --separate-stderr -1 timeout 60 meshq-backoff run --events=- --give-up 1 \
		--set backoff.initial=10ms --set backoff.crash_loop.threshold=6 \
		--set backoff.max=100ms --set backoff.crash_loop.cooldown=70ms -- sh -c 'exit 1' </dev/null
	[ "$(holds <<<"$output" | jq -c 'select(.cause == "crashed") | .until_ms - .at_ms' | xargs)" = "10 20 40 80 100 70" ]
	jq -s -e '[.[] | select(.cause == "crashed").until_ms] as $until |
		[.[] | select(.event == "started").at_ms] as $starts |
		[range(1; $starts | length)] | all($starts[.] >= $until[. - 1])' <<<"$output"
}

# ---- ends, and what follows ----

@test "an end without a fault is the end, unless it is to run always" {
	run --separate-stderr -0 replay -- true
	[ "$(events <<<"$output" | members event exit | xargs)" = '[started,null] [exited,0]' ]
	run --separate-stderr -0 replay --restart=always --for 1s -- true
	[ "$(events <<<"$output" | members event reason at_ms | xargs -d '\n')" = '["started",null,0] ["crashed","exit status 0: it is not meant to end",0] ["started",null,500] ["crashed","exit status 0: it is not meant to end",500]' ]
}

@test "--restart=always: after a stable run it is started at once" {
	run --separate-stderr -1 timeout 60 meshq-backoff run --events=- --restart=always --set backoff.stable_run=50ms \
		--set backoff.initial=1h --set backoff.max=1h --set backoff.crash_loop.threshold=1 \
		--give-up 1 -- sh -c '[ -e second ] && exit 1; >second; exec sleep 0.1' </dev/null
	[ "$(events <<<"$output" | jq -r .event | xargs)" = 'started exited started crashed given_up' ]
}

@test "--restart=never: a crash is the end, and the status 1" {
	run --separate-stderr -1 replay --restart=never -- false
	[ "$(events <<<"$output" | jq -r .event | xargs)" = 'started crashed' ]
	[ "$stderr" = "meshq-backoff: false: exit status 1 after 0s" ]
	run --separate-stderr -0 replay --restart=never -- true
}

@test "--give-up: after so many crash loops it stays down, and the status is 1" {
	run --separate-stderr -1 replay --give-up 2 -- false
	[ "$(count given_up <<<"$output")" = 1 ]
	[ "$(events <<<"$output" | tail -n 1)" = '{"kind":"meshq.daemon","daemon":"false","event":"given_up","reason":"2 crash loops without a stable run","at_ms":315000}' ]
	[ "${stderr_lines[-1]}" = "meshq-backoff: false: given up after 2 crash loops without a stable run" ]
}

@test "what is told is what meshq-failures counts" {
	run -1 bash -c 'meshq-backoff run -q --clock=record --events=- --give-up 1 -- false 2>/dev/null </dev/null | meshq-failures | jq -r .source | sort | uniq -c | xargs; exit ${PIPESTATUS[0]}'
	[ "$output" = "6 daemon:false" ]
}

@test "what is told closes the gate of meshq-exec" {
	replay --for 8s --name telemetry -- false 2>/dev/null >told
	echo '{"kind":"start_daemon","daemon":"telemetry","at_ms":8000}' >>told
	run -1 meshq-exec --clock=record told -- true
	[[ ${lines[-1]} == *'"status":"gated"'*'"until_ms":307500'* ]]
}

# ---- being ready ----

@test "--ready-fd: it is ready when it says so" {
	mkfifo go
	up --ready-fd 5 -- sh -c 'read -r x <go; echo yes >&5; exec sleep 1000'
	await started
	echo >go
	await '"event":"ready"'
	kill "$pid"
	ended 143
}

@test "--ready-fd: one that ends before is never ready" {
	run --separate-stderr -0 replay --ready-fd 5 --for 100ms -- sh -c 'printf no-line >&5; exit 1'
	[ "$(events <<<"$output" | jq -r .event | xargs)" = 'started crashed' ]
}

@test "--ready-timeout: one that is not ready in time has crashed" {
	run --separate-stderr -1 timeout 60 meshq-backoff run --events=- --restart=never --ready-fd 3 --ready-timeout 20ms -- sleep 1000 </dev/null
	[ "$(events <<<"$output" | jq -r .event | xargs)" = 'started not_ready crashed' ]
	[[ $output == *'"event":"crashed",'*'"signal":"TERM",'*'"reason":"killed by SIGTERM: it was not ready in time"'* ]]
	[ "${stderr_lines[0]}" = "meshq-backoff: sleep: not ready after 20ms, so it has to end" ]
	run --separate-stderr -1 replay --restart=never --ready-fd 3 --ready-timeout 20ms -- sleep 1000
	[ "$(events <<<"$output" | members event at_ms | xargs)" = '[started,0] [not_ready,20] [crashed,20]' ]
}

# ---- being told to end ----

@test "TERM, INT and HUP are passed on as the stop signal, and we die of them" {
	for signal in TERM INT HUP; do
		rm -f happens
		up --stop-signal=QUIT -- sh -c 'trap "echo quit >told; exit 0" QUIT; echo >ready; while :; do sleep 0.01; done'
		await started
		until [ -e ready ]; do :; done
		kill -$signal "$pid"
		await stopping
		await stopped
		[[ $record == *'"exit":0,'* ]]
		ended $((128 + $(kill -l $signal)))
		[ "$(cat told)" = quit ]
		rm ready told
	done
}

@test "one that ignores TERM gets KILL after --grace, with all of its group" {
	up --grace 50ms -- sh -c 'trap "" TERM; sh -c "while :; do sleep 1; done" & echo >ready; while :; do sleep 1; done'
	await started
	until [ -e ready ]; do :; done
	kill "$pid"
	await stopped
	[[ $record == *'"signal":"KILL",'* ]]
	ended 143
	[ -z "$(strays)" ]
}

@test "a second TERM kills at once" {
	up --grace 1h -- sh -c 'trap "" TERM; echo >ready; while :; do sleep 1; done'
	await started
	until [ -e ready ]; do :; done
	kill "$pid"
	await stopping
	kill "$pid"
	await stopped
	[[ $record == *'"signal":"KILL",'* ]]
	ended 143
}

@test "a hold is no reason to stay" {
	up --set backoff.initial=1h --set backoff.max=1h -- false
	await '"state":"backing_off"'
	kill "$pid"
	ended 143
}

@test "--for: after so long all are stopped, and the status is 0" {
	run --separate-stderr -0 timeout 60 meshq-backoff run --events=- --for 50ms -- sleep 1000 </dev/null
	[ "$(events <<<"$output" | jq -r .event | xargs)" = 'started stopping stopped' ]
}

# ---- nothing is left behind ----

@test "what is left of its group when a daemon ends is killed before it is started again" {
	up --set backoff.initial=1ms -- sh -c '[ ! -e first ] || exec sleep 1000; sleep 1000 & echo $! >first; exit 1'
	await started
	await started
	run ! kill -0 "$(cat first)"
	kill "$pid"
	ended 143
	[ -z "$(strays)" ]
}

@test "a grandchild with a session of its own is adopted, reaped, and killed at our end" {
	up -- sh -c '(setsid sh -c "echo \$\$ >far; exec sleep 1000" &); (setsid true &); exec sleep 1000'
	await started
	until [ -s far ]; do :; done
	until [ "$(ps -o ppid= -p "$(cat far)" | xargs)" = "$pid" ]; do :; done
	while zombies; do :; done
	kill "$pid"
	ended 143
	[ -z "$(strays)" ]
}

@test "kill -9 of its children in any order: no zombie, no stray" {
	echo 'daemons:' >many.yaml
	for i in 1 2 3 4 5 6; do
		echo "  d$i: { command: 'sleep 1000 & sleep 1000 & wait; exit 1' }" >>many.yaml
	done
	up -q -c many.yaml --set backoff.initial=1ms --set backoff.max=2ms --set backoff.crash_loop.threshold=1000 \
		--set backoff.crash_loop.cooldown=1ms
	for i in 1 2 3 4 5 6; do
		await '"event":"started"'
	done
	for round in 1 2 3 4 5; do
		# all that are below it at this moment, in some order
		ps -e -o pid=,ppid= | awk -v top="$pid" -v seed="$round" '{ p[$1] = $2 }
			END { srand(seed)
				for (c in p) for (q = c; q in p; q = p[q]) if (p[q] == top) { print rand(), c; break } }' |
			sort | cut -d' ' -f2 >victims
		[ "$(wc -l <victims)" -ge 6 ]
		xargs kill -KILL <victims 2>/dev/null || true
		for i in 1 2 3 4 5 6; do
			await '"event":"started"'
		done
	done
	while zombies; do :; done
	kill "$pid"
	ended 143
	[ -z "$(strays)" ]
}

@test "when we are killed our daemons are told to end" {
	up -- sh -c 'trap "echo told >told; exit" TERM; echo >ready; while :; do sleep 0.01; done'
	await started
	until [ -e ready ]; do :; done
	kill -KILL "$pid"
	until [ -s told ]; do :; done
	ended 137
}

# ---- once ----

@test "--once: it ends as the daemon ends" {
	run --separate-stderr -7 meshq-backoff run --once -- sh -c 'exit 7'
	[ -z "$stderr" ]
	run -0 meshq-backoff run --once -- true
	run -139 meshq-backoff run --once -- sh -c 'kill -SEGV $$'
	run -143 meshq-backoff run --once -- sh -c 'kill $$'
}

@test "--once: standard input, output and error are the daemon's" {
	run --separate-stderr -0 meshq-backoff run --once -- sh -c 'tr a-z A-Z; echo error >&2' <<<'some words'
	[ "$output" = 'SOME WORDS' ]
	[ "$stderr" = error ]
}

@test "--once --state: a crash holds the next one, which waits, or does not" {
	run -1 meshq-backoff run --once --state s --clock=record --name d -- false
	run -0 meshq-backoff run --once --no-wait --state s --clock=record -- touch ran
	rm ran
	run --separate-stderr -75 meshq-backoff run --once --no-wait --state s --clock=record --name d -- touch ran
	[ ! -e ran ]
	[ "$output" = '{"kind":"meshq.hold","daemon":"d","state":"backing_off","until_ms":500,"window_ms":1000,"cause":"restored","at_ms":0}' ]
	run -1 meshq-backoff run --once --state s --clock=record --name d --events=told -- false
	grep '"event":"started","at_ms":500' told
	run -75 meshq-backoff --check d --state s --clock=record
}

# ---- state ----

@test "--state: a ladder goes on in the next run, and a filter and --check know of it" {
	run --separate-stderr -0 replay --state s --for 3s --name d -- false
	run -75 meshq-backoff --check d --state s --clock=record
	[[ $output == *'"until_ms":3500,'* ]]
	run --separate-stderr -0 replay --state s --for 3s --name d -- false
	[[ ${lines[0]} == *'"until_ms":3500,"window_ms":4000,"cause":"restored","at_ms":1500}' ]]
	[ "$(events <<<"$output" | members event at_ms | xargs)" = '[started,3500] [crashed,3500]' ]
	run -0 meshq-backoff --clock=record --state s <<<'{"kind":"daemon_crashed","daemon":"d","at_ms":7600}'
	[[ ${lines[1]} == *'"cause":"released","at_ms":7500}' ]]
	[[ ${lines[2]} == *'"state":"crash_looping","until_ms":307600,'* ]]
}

@test "--state: what another process decides is heeded, and told" {
	up --state s --set backoff.initial=1h --set backoff.max=1h -- sh -c '[ -e again ] && exec sleep 1000; >again; exit 1'
	await '"state":"backing_off"'
	meshq-backoff --state s <<<'{"kind":"daemon_force_restart","daemon":"sh"}' >/dev/null
	await '"cause":"restored"'
	[[ $record == *'"state":"idle"'* ]]
	await '"event":"started"'
	kill "$pid"
	ended 143
}

@test "a damaged state file is refused before anything runs, and left alone" {
	echo nonsense >s
	run -65 meshq-backoff run --state s -- touch ran
	[ ! -e ran ]
	[ "$(cat s)" = nonsense ]
}

@test "a state file that is damaged later is left alone, and the daemons go on" {
	mkfifo go
	up --state s --set backoff.initial=1ms -- sh -c 'echo x >>runs; [ "$(wc -l <runs)" -lt 3 ] || exec sleep 1000; read -r x <go; exit 1'
	await '"event":"started"'
	echo nonsense >s
	echo >go
	await '"event":"started"'
	echo >go
	await '"event":"started"'
	grep -q 'going on without s, which is left as it is' errors
	kill "$pid"
	ended 143
	[ "$(cat s)" = nonsense ]
}

# ---- where things go ----

@test "--events: a file is appended to, a descriptor will do" {
	echo '{"kind":"meshq.tick"}' >told
	timeout 60 meshq-backoff run --clock=record --events=told -- true
	[ "$(wc -l <told)" = 5 ]
	timeout 60 meshq-backoff run --clock=record --events=/dev/fd/5 -- true 5>other
	tail -n 4 told | cmp - other
	run -0 bash -c 'timeout 60 meshq-backoff run --clock=record --events=/dev/fd/5 -- true 5>&1 | cat'
	[ "${#lines[@]}" = 4 ]
}

@test "--events=-: what the daemon writes is on standard error then" {
	run --separate-stderr -0 replay -- echo words
	[ "$stderr" = words ]
	[ "${#lines[@]}" = 4 ]
	run --separate-stderr -0 timeout 60 meshq-backoff run -- echo words
	[ "$output" = words ]
}

@test "--events=-: records of standard input go through, bad ones do not" {
	printf '%s\n' '{"kind":"pull_replica","id":1}' '{"kind":' '{"kind":"x" }' >in
	mkfifo go
	run --separate-stderr -65 bash -c '{ cat in; echo >go; } | meshq-backoff run --events=- --rejects bad -- sh -c "read x <go"'
	[ "$(grep -v '"meshq\.' <<<"$output")" = "$(grep -v '^{"kind":$' in)" ]
	[ "$(cat bad)" = '{"kind":' ]
	[ "${stderr_lines[0]}" = "meshq-backoff: -:2: byte 9: expected a value, found the end" ]
}

@test "records that cannot be written: the daemons run, it is told once, and the status is 74" {
	run --separate-stderr -74 timeout 60 meshq-backoff run -q --clock=record --events=/dev/full --for 1s -- sh -c 'echo x >>runs; exit 1'
	[ "$(wc -l <runs)" = 2 ]
	[ "$stderr" = "meshq-backoff: write /dev/full: No space left on device" ]
	run --separate-stderr -74 bash -c 'timeout 60 meshq-backoff run -q --clock=record --events=- --for 1s -- sh -c "echo y >>runs; exit 1" >/dev/full </dev/null'
	[ "$(wc -l <runs)" = 4 ]
	[ "$stderr" = "meshq-backoff: write standard output: No space left on device" ]
	run -73 meshq-backoff run --events=no/such/folder -- touch ran
	[ ! -e ran ]
}

@test "output that cannot be written is lost, and no daemon dies of it" {
	run --separate-stderr -74 bash -c 'timeout 60 meshq-backoff run -q --label --events=told -- sh -c "seq 3; seq 3" >/dev/full'
	[ "$stderr" = "meshq-backoff: write standard output: No space left on device" ]
	[ "$(jq -r 'select(.event == "exited") | .exit' told)" = 0 ]
}

@test "a reader of the records that goes takes us along, and the daemons" {
	run -141 bash -c 'meshq-backoff run --events=- --set backoff.initial=1ms --set backoff.max=1ms --set backoff.crash_loop.cooldown=1ms -- false 2>/dev/null </dev/null | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}'
	[ -z "$(strays)" ]
}

@test "holds of no length end, in a replay and when the command is gone" {
	local none=(--set backoff.initial=0s --set backoff.crash_loop.threshold=1 --set backoff.crash_loop.cooldown=0s)
	run --separate-stderr -0 timeout 60 meshq-backoff run --clock=record "${none[@]}" --for 20ms --events=told -- false
	[[ $stderr == *"CRASH LOOP: 1 crash within 60s"* ]]
	[ "$(grep -c '"event":"started"' told)" = 21 ]
	printf '#!/bin/sh\nrm gone\nexit 1\n' >gone
	chmod +x gone
	run -0 timeout -k 1 60 meshq-backoff run -q "${none[@]}" --for 100ms --events=gone.told -- ./gone
	[ "$(grep -c '"event":"started"' gone.told)" = 1 ]
	grep -q '"event":"unstarted"' gone.told
}

@test "a start that the system cannot do now is tried again" {
	cp /bin/true busy
	exec 7>>busy
	run -0 meshq-backoff run -q --clock=record --for 600ms --events=told -- ./busy 7>&-
	exec 7>&-
	[ "$(jq -r 'select(.event == "unstarted") | .at_ms' told | xargs)" = "0 500" ]
	[[ $(jq -r 'select(.event == "unstarted").reason' told | sort -u) == *": Text file busy" ]]
}

@test "closed standard descriptors" {
	run -74 bash -c 'meshq-backoff run --clock=record --events=- --for 1s -- false >&- </dev/null'
	run -0 bash -c 'meshq-backoff run --clock=record --events=told --for 1s -- false <&- >&- 2>&-'
	[ "$(count started <told)" = 2 ]
}

@test "several daemons, or --label: each line has the name of its daemon" {
	cat >two.yaml <<'END'
daemons:
  one: { command: "echo first; echo second >&2" }
  two: { command: [printf, 'no newline'] }
END
	run --separate-stderr -0 timeout 60 meshq-backoff run -c two.yaml
	[ "$(sort <<<"$output" | xargs -d '\n')" = 'one: first two: no newline' ]
	[ "$stderr" = 'one: second' ]
	run --separate-stderr -0 timeout 60 meshq-backoff run --label --name me -- echo words
	[ "$output" = 'me: words' ]
	run --separate-stderr -0 timeout 60 meshq-backoff run --label --events=- --clock=record -- echo words </dev/null
	[ "$stderr" = 'echo: words' ]
	[ "${#lines[@]}" = 4 ]
}

@test "what daemons wrote before their end is passed on, all of it" {
	run --separate-stderr -0 bash -c 'timeout 60 meshq-backoff run --label -- seq 300000 | { read -r first; echo "$first"; cat; } | cmp - <(seq -f "seq: %.0f" 300000)'
}

@test "what a daemon gets: a group of its own, no input, its name, default signals, no descriptor" {
	exec 9<"$BATS_TEST_FILENAME"
	run --separate-stderr -0 bash -c 'trap "" HUP USR1; meshq-backoff run --name me --ready-fd 4 -- sh -c '\''
		echo "$MESHQ_DAEMON $MESHQ_READY_FD"
		[ "$(ps -o pgid= -p $$ | xargs)" = $$ ] && echo group
		cat
		grep -E "Sig(Ign|Blk)" /proc/self/status | tr -d "\t"
		ls /proc/$$/fd | xargs'\'' <"$0"' "$BATS_TEST_FILENAME"
	echo "$output"
	[ "$output" = 'me 4
group
SigBlk:0000000000000000
SigIgn:0000000000000000
0 1 2 4' ]
}

@test "USR1: how they all are, on standard error" {
	up --set backoff.initial=1h --set backoff.max=1h --name telemetry -- false
	await '"state":"backing_off"'
	kill -USR1 "$pid"
	until grep -q '^telemetry' errors; do :; done
	kill "$pid"
	ended 143
}

@test "-v: starts and stops are told, too" {
	run --separate-stderr -0 timeout 60 meshq-backoff run -v --clock=record -- true
	[[ ${stderr_lines[0]} == "meshq-backoff: true: started, pid "* ]]
	[ "${stderr_lines[1]}" = "meshq-backoff: true: exited: exit status 0" ]
}

@test "--key names the member of the daemon" {
	run --separate-stderr -0 replay --key meta.unit --name x -- true
	[ "${lines[0]}" = '{"kind":"meshq.daemon","meta":{"unit":"x"},"event":"started","at_ms":0}' ]
	run -64 replay --key reason -- true
	[ "$output" = "meshq-backoff: --key: a meshq.daemon record has a member 'reason' of its own (see --help)" ]
}

# ---- commands that cannot be run ----

@test "a command that is not there: 127; one that cannot be executed: 126" {
	run --separate-stderr -127 meshq-backoff run -- no-such-program
	[ "$stderr" = "meshq-backoff: no-such-program: No such file or directory" ]
	echo 'no program' >text
	run --separate-stderr -126 meshq-backoff run -- ./text
	[ "$stderr" = "meshq-backoff: ./text: Permission denied" ]
	chmod +x text
	run --separate-stderr -126 meshq-backoff run -- ./text
	[ "$stderr" = "meshq-backoff: text: cannot execute ./text: no program, and no #! line" ]
	run --separate-stderr -127 meshq-backoff run --once -- no-such-program
	echo 'daemons: { a: { command: "true" }, b: { command: no-such-program } }' >two.yaml
	run --separate-stderr -127 meshq-backoff run -c two.yaml
	[ "$stderr" = "meshq-backoff: b: no-such-program: No such file or directory" ]
}

@test "many daemons have the descriptors they need, and their own limit" {
	for ((i = 0; i < 30; i++)); do
		echo "  d$i: { command: [sh, -c, 'ulimit -Sn'] }"
	done | sed '1i daemons:' >many.yaml
	run -0 bash -c 'ulimit -Sn 64 && exec meshq-backoff run -c many.yaml'
	[ "$(sort <<<"$output" | cut -d' ' -f2 | uniq -c | tr -s ' ')" = ' 30 64' ]
}

@test "a command that goes away is a crash each time, and comes back" {
	printf '#!/bin/sh\nrm prog\nexit 1\n' >prog
	chmod +x prog
	run --separate-stderr -0 replay --for 1s -- ./prog
	[ "$(events <<<"$output" | members event reason at_ms | xargs -d '\n')" = '["started",null,0] ["crashed","exit status 1",0] ["unstarted","cannot execute ./prog: No such file or directory",500]' ]
	[[ $output == *'"until_ms":1500,"window_ms":2000,"cause":"crashed","at_ms":500'* ]]
}

@test "directory: it runs there, and a relative command counts from there" {
	mkdir there
	printf '#!/bin/sh\npwd\n' >there/prog
	chmod +x there/prog
	echo 'daemons: { a: { command: [./prog], directory: there } }' >one.yaml
	run -0 meshq-backoff run -c one.yaml
	[ "$output" = "$PWD/there" ]
	run --separate-stderr -126 meshq-backoff run -c one.yaml --set daemons.a.directory=nowhere --set daemons.a.command=/bin/true
	[ "$stderr" = "meshq-backoff: nowhere: No such file or directory" ]
	run --separate-stderr -126 meshq-backoff run -c one.yaml --set daemons.a.directory=nowhere
	[ "$stderr" = "meshq-backoff: nowhere: No such file or directory" ]
}

# ---- usage ----

@test "daemons of the configuration: all, or those that are named" {
	echo 'daemons: { a: { command: [echo, a] }, b: { command: [echo, b] }, c: { command: [echo, c] } }' >three.yaml
	run -0 meshq-backoff run -c three.yaml
	[ "$(sort <<<"$output" | xargs)" = 'a: a b: b c: c' ]
	run -0 meshq-backoff run -c three.yaml c a a
	[ "$(sort <<<"$output" | xargs)" = 'a: a c: c' ]
	run -0 meshq-backoff run -c three.yaml b
	[ "$output" = b ]
	run -64 meshq-backoff run -c three.yaml d
	[ "$output" = "meshq-backoff: no daemon 'd' in the configuration; known are a, b, c (see --help)" ]
}

@test "bad usage is explained" {
	refuse() {
		local words=$1
		shift
		run -64 meshq-backoff "$@"
		[ "$output" = "meshq-backoff: $words (see --help)" ]
	}
	echo 'daemons: { a: { command: "true" }, b: { command: "true" } }' >two.yaml
	refuse "run what? a command behind --, or the daemons of a configuration" run
	refuse "there are no daemons in the configuration; a command stands behind --: run [OPTION]... -- sleep" run sleep 10
	refuse "'a': names of daemons, or a command behind --, not both" run a -- true
	refuse "--grace is for a command behind --; for a daemon of the configuration there is --set daemons.NAME.SETTING=VALUE" run -c two.yaml --grace 1s
	refuse "--once is for one daemon, and there are 2" run -c two.yaml --once
	refuse "--give-up is not for --once, which restarts nothing" run --once --give-up 2 -- true
	refuse "--no-wait needs --once" run --no-wait -- true
	refuse "--ready-timeout needs --ready-fd" run --ready-timeout 1s -- true
	refuse "--ready-fd: 2 is not a number from 3 to 1023" run --ready-fd 2 -- true
	refuse "--give-up: 0 is not a number from 1 to 1000000" run --give-up 0 -- true
	refuse "--stop-signal: 'NONE' is not a signal (like TERM or INT)" run --stop-signal NONE -- true
	refuse "--restart: 'no' is not one of on-crash, always, never" run --restart=no -- true
	refuse "--name: 'a b' is not a name: there are blanks or control characters in it" run --name 'a b' -- true
	refuse "'' is not a program" run -- ''
	refuse "'sleep 1; true' is not a program; a line for the shell is run by: sh -c 'sleep 1; true'" run -- 'sleep 1; true'
	refuse "'my prog' is not a name: there are blanks or control characters in it; give it one with --name" run -- './my prog'
	refuse "--once belongs to run" --once
	refuse "--grace belongs to run" schedule --grace 1s
	refuse "--count and --every belong to schedule" run -n 3 -- true
	refuse "--json and --table belong to schedule and status" run --json -- true
	refuse "--check takes no operands" run --check a --state s -- true
}

@test "the words of a command are its own, options among them" {
	run -0 meshq-backoff run -- echo -q --once -- run
	[ "$output" = '-q --once -- run' ]
	run -0 meshq-backoff -- /dev/null
}
