#!/usr/bin/env bats
# What makes meshq-exec give up: too many failures, an exit that asks for it, no room.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
	unset pid
}

teardown() {
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
}

exec_() { run --separate-stderr meshq-exec "$@"; }
replay() { run --separate-stderr meshq-exec --clock=record -j1 -H h "$@"; }
of() { jq -c "$1" <<<"$output" | tr '\n' ' '; }
statuses() { of '[.id, .outcome.status]'; }
kinds() { printf '{"kind":"%s"}\n' "$@"; }

@test "--halt=soon: what runs ends in its own time, the rest is unfinished, status 1" {
	mkfifo go started
	handler bad 'read -r x <started; exit 1'
	handler slow 'echo >started; read -r x <go'
	handler next 'exit 0'
	(meshq-exec -j2 -H h --halt=soon,fail=1 --grace=0s > >(while read -r line; do
		echo "$line"
		case $line in *unfinished*) echo >go ;; esac
	done >out) 2>err < <(kinds slow bad next) || echo $? >status) &
	pid=$!
	wait "$pid"
	pid=
	[ "$(cat status)" = 1 ]
	until [ "$(wc -l <out)" = 3 ]; do :; done
	[ "$(jq -c '[.id, .outcome.status, .outcome.reason]' out | tr '\n' ' ')" = \
		'[2,"failed","exit status 1"] [3,"unfinished","halted: 1 action failed"] [1,"dispatched",null] ' ]
	[ "$(cat err)" = 'meshq-exec: halted: 1 action failed' ]
}

@test "--halt=now: what runs is told to end, and killed when it does not" {
	mkfifo started
	handler bad 'read -r x <started; exit 1'
	handler slow 'trap "" TERM; echo >started; while :; do tail -f /dev/null; done'
	exec_ -j2 -H h --halt=now,fail=1 --kill-after=20ms < <(kinds slow bad next)
	[ "$status" -eq 1 ]
	[ "$(jq -sc 'sort_by(.id)[] | [.id, .outcome.status]' <<<"$output" | tr '\n' ' ')" = \
		'[1,"unfinished"] [2,"failed"] [3,"unfinished"] ' ]
}

@test "an endless input is not read on after a halt" {
	handler default 'exit 1'
	exec_ -j1 -H h --halt=soon,fail=2 --stats < <(yes '{"kind":"x"}')
	[ "$status" -eq 1 ]
	[ "$(jq -c '[.failed, .dispatched, .pending]' <<<"${lines[-1]}")" = '[2,0,0]' ]
	[ "$(jq '.received == .failed + .unfinished' <<<"${lines[-1]}")" = true ]
}

@test "a part of those that have ended counts from the tenth on" {
	handler ok 'exit 0'
	handler bad 'exit 1'
	replay --halt=soon,fail=20% < <(kinds bad bad ok ok ok ok ok ok ok ok ok ok)
	[ "$status" -eq 1 ]
	[ "$(of '.outcome.status[0:1]')" = '"f" "f" "d" "d" "d" "d" "d" "d" "d" "d" "u" "u" ' ]
}

@test "what a halt leaves is taken up again" {
	handler bad 'exit 1'
	handler ok 'exit 0'
	replay --halt=soon,fail=1 < <(kinds ok bad ok)
	[ "$(statuses)" = '[1,"dispatched"] [2,"failed"] [3,"unfinished"] ' ]
	replay <<<"$output"
	[ "$(statuses)" = '[1,"dispatched"] [2,"failed"] [3,"dispatched"] ' ]
	[ "$status" -eq 0 ]
}

@test "executor.on_exit: halt fails the action and stops; -q says nothing of it" {
	handler default 'echo no key >&2; exit 99'
	replay -q --set 'executor.on_exit={99: halt}' < <(kinds a b)
	[ "$status" -eq 1 ]
	[ "$(of '[.outcome.status, .outcome.reason]')" = '["failed","no key"] ["unfinished","halted: the end of a handler asks for it"] ' ]
	[ -z "$stderr" ]
	# A reply that says why does not undo the halt; one that asks for a retry does.
	handler default 'echo "{\"meshq\":{\"fail\":\"why\"}}"; exit 99'
	replay --set 'executor.on_exit={99: halt}' < <(kinds a b)
	[ "$(of '[.outcome.status, .outcome.reason]')" = '["failed","why"] ["unfinished","halted: the end of a handler asks for it"] ' ]
	handler default '[ "$MESHQ_ATTEMPT" = 2 ] || echo "{\"meshq\":{\"retry_after_ms\":5}}"; [ "$MESHQ_ATTEMPT" = 2 ] || exit 99'
	replay --set 'executor.on_exit={99: halt}' < <(kinds a b)
	[ "$(of '.outcome.status')" = '"dispatched" "dispatched" ' ]
}

@test "executor.on_exit knows signals, but not those that we sent" {
	handler default 'kill -s "$MESHQ_KIND" $$'
	replay --set 'executor.on_exit={SEGV: ok, KILL: retry}' --set executor.max_defers=2 < <(kinds SEGV KILL TERM)
	[ "$(of '[.kind, .outcome.status, .outcome.attempts, .outcome.signal]')" = \
		'["SEGV","dispatched",1,"SEGV"] ["TERM","failed",1,"TERM"] ["KILL","failed",3,"KILL"] ' ]
	handler default 'exec tail -f /dev/null'
	exec_ -H h --timeout=20ms --set 'executor.on_exit={TERM: ok}' < <(kinds a)
	[ "$(of '[.outcome.status, .outcome.timed_out]')" = '["failed",true] ' ]
}

@test "executor.on_full: fail lets those fail that would have to wait" {
	handler default 'exit 0'
	line() { printf '{"kind":"%s","chain":%d,"at_ms":0}\n' "$@"; }
	replay --preset=robust --set executor.max_waiting=2 --set executor.on_full=fail \
		< <(line pull_replica 1 pull_replica 2 pull_replica 3 pull_replica 4 mark_avoid 5)
	[ "$status" -eq 1 ]
	[ "$(statuses)" = '[1,"dispatched"] [4,"failed"] [5,"dispatched"] [2,"dispatched"] [3,"dispatched"] ' ]
	[ "$(jq -r 'select(.id==4).outcome | "\(.attempts) \(.defers) \(.reason)"' <<<"$output")" = \
		'0 0 no room to wait: 2 are waiting, which is executor.max_waiting' ]
}

@test "a wrong --halt is told how one looks" {
	for wrong in '' soon now,3 soon,fail=0 now,fail=101% later,fail=1; do
		exec_ --halt="$wrong" -- true </dev/null
		[ "$status" -eq 64 ]
		[[ "$stderr" == "meshq-exec: --halt: '$wrong' is not never, or soon or now with a number of failures (like soon,fail=3 or now,fail=10%)"* ]]
	done
	exec_ --halt=never --set executor.halt=soon,fail=1 --print-config -- true
	[[ "$output" == *"halt: never"* ]]
}

@test "a simulation halts too, and applies on_exit" {
	cat >s.yaml <<'END'
arrivals:
  - { kind: good, even: 100/s, count: 20 }
  - { kind: bad, even: 20/s, count: 4 }
handlers:
  good: { duration: 1ms }
  bad: { duration: 5ms, outcomes: { fail: 100% } }
END
	run --separate-stderr meshq-sim s.yaml --outcomes --set executor.halt=soon,fail=2
	[ "$status" -eq 1 ]
	[ "$(jq -c 'select(.kind=="bad").outcome.status' <<<"$output" | tr '\n' ' ')" = '"failed" "failed" ' ]
	run --separate-stderr meshq-exec --simulate s.yaml --halt=now,fail=1
	[ "$(jq -c 'select(.kind=="bad").outcome.status' <<<"$output" | tr '\n' ' ')" = '"failed" ' ]
	run --separate-stderr meshq-sim s.yaml --outcomes --set executor.on_exit.1=ok
	[ "$status" -eq 0 ]
}
