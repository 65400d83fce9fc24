#!/usr/bin/env bats
# The same trace twice: through meshq-exec, with real handlers that really sleep, and
# through meshq-sim, with models of them. Three seconds of real time.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
	mkfifo paced
}

policy() {
	cat >policy.yaml <<-'END'
		rules:
		  - { name: pull-cooldown, window: 100ms }
		  - { name: chain-window, window: 1h }
		  - { name: drain-rate, rate: 3, per: 120ms }
		  - { name: daemon-backoff }
		backpressure: { assert_at: 8, release_at: 1 }
		executor:
		  jobs: 16
		  max_defers: 2
		  on_eof: unfinished
		  timeouts: { stuck: 150ms }
	END
}

# What handlers do, twice.
handlers() {
	handler default 'exec sleep 0.02'
	handler long 'exec sleep 3.2'
	handler bad 'sleep 0.02; exit 1'
	# shellcheck disable=SC2016 # it is for the handler
	handler flaky 'sleep 0.02; [ "$MESHQ_ATTEMPT" -ge 2 ] || { echo "{\"meshq\":{\"retry_after_ms\":500}}"; exit 75; }'
	handler busy 'sleep 0.02; echo "{\"meshq\":{\"retry_after_ms\":120}}"; exit 75'
	handler crashing 'sleep 0.02; ulimit -c 0; kill -SEGV $$'
	handler stuck 'exec sleep 60'
	cat >model.yaml <<-'END'
		handlers:
		  default: { duration: 20ms }
		  long: { duration: 3200ms }
		  bad: { duration: 20ms, outcomes: { fail: 1 } }
		  flaky: { duration: 20ms, retry_after: 500ms, outages: [{ until: 1500ms, outcome: retry }] }
		  busy: { duration: 20ms, outcomes: { retry: 1 }, retry_after: 120ms }
		  crashing: { duration: 20ms, outcomes: { crash: 1 } }
		  stuck: { outcomes: { hang: 1 } }
	END
}

# 40 actions, and what happens between them, from the time 0 on.
trace() {
	jq -cn 'def at($ms): .at_ms = $ms;
		({ kind: "long" } | at(0)),
		(range(6) | { kind: "pull_replica", chain: . } | at(0)),
		(range(12) | { kind: "migrate_blob", from: "n1" } | at(700)),
		(range(3) | { kind: "migrate_blob", from: "n2" } | at(820)),
		(("bad", "flaky", "busy") | { kind: . } | at(1220)),
		({ kind: "mark_avoid" } | at(1300)),
		({ kind: "crashing" } | at(1380)),
		({ kind: "meshq.hold", daemon: "d", until_ms: 9007199254740991 } | at(1860)),
		(("start_daemon", "stop_daemon") | { kind: ., daemon: "d" } | at(1860)),
		({ kind: "start_daemon", daemon: "e" } | at(1960)),
		({ kind: "meshq.hold", daemon: "d", until_ms: null } | at(2060)),
		({ kind: "stuck" } | at(2140)),
		(range(3) | { kind: "drop_replica", chain: 9 } | at(2440)),
		({ kind: "drop_replica", chain: 9, expires_ms: 2630 } | at(2440)),
		(range(5) | { kind: "mark_avoid" } | at(2800)),
		({ kind: "meshq.tick" } | at(3000))'
}

# pace START: the bursts on stdin, lines "TIME RECORD...", each at its time after START
# and all of it at once.
pace() {
	while IFS=$'\t' read -r at lines; do
		wait=$(($1 + at - ${EPOCHREALTIME/[.,]/} / 1000))
		[ "$wait" -le 0 ] || sleep "$(printf '%d.%03d' $((wait / 1000)) $((wait % 1000)))"
		lines=${lines//\"expires_ms\":2630/\"expires_ms\":$(($1 + 2630))}
		printf '%s\n' "${lines//$'\t'/$'\n'}"
	done
}

# What is said of each action, whatever chance does: all but when it was its turn.
said() {
	jq -cs 'map(select(.outcome)) | sort_by(.id)[] |
		[.id, .kind, (.outcome | del(.at_ms, .queued_ms, .run_ms, .due_ms, .defers))]' "$1"
}

# Without what depends on how much came together.
counters() {
	jq 'select(.kind == "meshq.stats") | del(.at_ms, .max_depth)' "$1"
}

# The outcomes that have changed places though 150 ms lie between them in the simulation.
swapped() {
	jq -cns --slurpfile simulated simulated --slurpfile real real '
		($simulated | map(select(.outcome) | { (.id | tostring): .outcome.at_ms }) | add) as $at |
		[$real[] | select(.outcome).id] as $ids | ($ids | length) as $n | range($n) as $i |
		range($i + 1; $n) as $j | select($at["\($ids[$i])"] - $at["\($ids[$j])"] >= 150) |
		"\($ids[$i]) before \($ids[$j])"'
}

# The ids of those that are earlier than in the simulation, where nothing is ever late.
early() {
	jq -cns --argjson start "$1" --slurpfile simulated simulated --slurpfile real real '
		[$simulated, $real] | map(map(select(.outcome)) | sort_by(.id)) | transpose[] |
		select(.[1].outcome.at_ms - $start < .[0].outcome.at_ms)[0].id'
}

# How late a process like the handlers was at worst, in ms, until there is a file `over`.
yardstick() {
	local worst=0 before late
	while [ ! -e over ]; do
		before=${EPOCHREALTIME/[.,]/}
		sleep 0.02
		late=$(((${EPOCHREALTIME/[.,]/} - before) / 1000 - 20))
		[ "$late" -le "$worst" ] || worst=$late
	done
	echo "$worst" >noise
}

# One run in real time. What is not as in the simulation fails, and where chance may be
# the cause it goes into `differences`.
compare() {
	local start measured
	start=$((${EPOCHREALTIME/[.,]/} / 1000 + 100))
	rm -f over
	yardstick 3>&- &
	measured=$!
	pace "$start" <bursts >paced 3>&- &
	meshq-exec -H h "$@" paced >real || [ $? -eq 1 ]
	: >over
	wait "$measured"
	diff <(said simulated) <(said real)
	[ "$(early "$start")" = '' ]
	{
		diff <(counters simulated) <(counters real) || true
		swapped
	} >differences
}

@test "a trace comes out the same in reality and in the simulation, in the same order" {
	policy
	handlers
	trace >records
	jq -rs 'group_by(.at_ms)[] | [.[0].at_ms, (.[] | tojson)] | join("\t")' records >bursts
	set -- --preset robust -c policy.yaml --stats
	run -1 --separate-stderr meshq-sim --handlers model.yaml "$@" records
	echo "$output" >simulated
	[ "$(jq -cs '[.[].outcome.status | values] | group_by(.) | map([.[0], length])' simulated)" = \
		'[["dispatched",33],["expired",1],["failed",4],["unfinished",2]]' ]

	# Where processes are later than what lies between things that happen, it means nothing.
	for _ in 1 2 3; do
		compare "$@"
		[ -s differences ] || return 0
		echo "$(cat noise) ms late at worst:"
		cat differences
		[ "$(cat noise)" -gt 30 ]
	done
	skip "this machine is busy: processes were $(cat noise) ms late"
}
