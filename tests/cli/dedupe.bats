#!/usr/bin/env bats
# --dedupe: of actions that ask for the same thing one is run.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
	: >ran
	handler default 'echo "$MESHQ_ID" >>ran; [ ! -e "fail$MESHQ_ID" ]'
}

exec_() { run --separate-stderr meshq-exec "$@"; }
replay() { run --separate-stderr meshq-exec --clock=record -j1 -H h "$@"; }
of() { jq -c "$1" <<<"$output" | tr '\n' ' '; }
ran() { tr '\n' ' ' <ran; }

@test "D-28 repeated requests for the same thing run once, however they are spelt" {
	replay --dedupe=1h --stats <<<'{"kind":"pull","chain":1,"from":{"a":1,"b":2},"at_ms":0}
{"from":{"b":2.0,"a":1},"kind":"pull","id":"x","chain":1.0,"at_ms":5,"expires_ms":99}
{"kind":"push","chain":1,"from":{"a":1,"b":2}}
{"kind":"pull","chain":2,"from":{"a":1,"b":2}}'
	[ "$status" -eq 0 ]
	[ "$(ran)" = '1 3 4 ' ]
	[ "$(of 'select(.id) | [.id, .outcome.status, .outcome.attempts, .outcome.exit, .outcome.joined]')" = \
		'[1,"dispatched",1,0,null] ["x","dispatched",0,null,1] [3,"dispatched",1,0,null] [4,"dispatched",1,0,null] ' ]
	[ "$(jq -c '[.received, .dispatched, .coalesced]' <<<"${lines[-1]}")" = '[4,4,1]' ]
}

@test "D-28 what was done counts for TIME, to the millisecond" {
	replay --dedupe=100ms <<<'{"kind":"a","at_ms":0}
{"kind":"a","at_ms":99}
{"kind":"a","at_ms":100}
{"kind":"a","at_ms":199}
{"kind":"a","at_ms":200}'
	[ "$(ran)" = '1 3 5 ' ]
	[ "$(of '[.id, .outcome.joined]')" = '[1,null] [2,1] [3,null] [4,3] [5,null] ' ]
	: >ran
	replay --dedupe=0 <<<'{"kind":"a","at_ms":0}
{"kind":"a","at_ms":0}'
	[ "$(ran)" = '1 2 ' ]
}

@test "twins wait while the first runs, and take its place when it fails" {
	mkfifo started go
	handler default 'echo "$MESHQ_ID" >>ran; echo >started; read -r x <go; [ "$MESHQ_ID" != 1 ]'
	meshq-exec -j4 -H h --dedupe=1h >out < <(printf '{"kind":"a"}\n%.0s' 1 2 3) &
	pid=$!
	for _ in 1 2; do
		read -r _ <started
		echo >go
	done
	wait "$pid" && status=0 || status=$?
	[ "$status" -eq 1 ]
	[ "$(ran)" = '1 2 ' ]
	[ "$(jq -c '[.id, .outcome.status, .outcome.joined]' out | tr '\n' ' ')" = \
		'[1,"failed",null] [2,"dispatched",null] [3,"dispatched",2] ' ]
}

@test "executor.dedupe.key names what makes actions the same" {
	replay --set 'executor.dedupe={for: 1h, key: [chain]}' <<<'{"kind":"a","chain":1,"x":1}
{"kind":"a","chain":1,"x":2}
{"kind":"b","chain":1}
{"kind":"a","x":3}
{"kind":"a","x":3}'
	[ "$(ran)" = '1 3 4 5 ' ]
	[ "$(of 'select(.outcome.joined) | [.id, .outcome.joined]')" = '[2,1] ' ]
}

@test "with --id the member that names an action is not what it asks for" {
	replay --dedupe=1h --id=key <<<'{"kind":"a","key":"k1","x":1}
{"kind":"a","key":"k2","x":1}'
	[ "$(of '[.key, .outcome.joined]')" = '["k1",null] ["k2","k1"] ' ]
}

@test "a waiting action that is read again later still knows its twins and its lane" {
	for id in {1..30}; do
		printf '{"kind":"pull_replica","chain":%d,"id":%d,"at_ms":0}\n' $((id % 3)) "$id"
	done >in
	replay --preset=robust --dedupe=1h --set executor.serialize=chain in
	[ "$status" -eq 0 ]
	[ "$(ran)" = '1 2 3 ' ]
	[ "$(jq -s 'map(.outcome.joined) | map(select(.)) | length' <<<"$output")" = 27 ]
}

@test "a simulation and a replay of its chain coalesce the same" {
	cat >s.yaml <<'END'
arrivals:
  - { kind: copy, even: 100/s, count: 40, fields: { chain: { sequence: [1, 4] }, note: { sequence: 1 } } }
handlers:
  copy: { duration: 50ms }
END
	args=(--set executor.jobs=8 --set 'executor.dedupe={for: 100ms, key: chain}')
	run --separate-stderr meshq-sim s.yaml "${args[@]}" --chain=chain --outcomes --stats
	[ "$(jq -c 'select(.coalesced) | [.dispatched, .coalesced > 10, .coalesced < 36]' <<<"$output")" = '[40,true,true]' ]
	jq -c 'select(.disposition.joined) | .id' chain >first
	run --separate-stderr meshq-sim replay chain "${args[@]}" --chain=again -q
	[ "$status" -eq 0 ]
	jq -c 'select(.disposition.joined) | .id' again >second
	cmp first second
	# What a chain lacks cannot be compared.
	run --separate-stderr meshq-sim replay chain --set executor.dedupe.for=1h
	[ "$status" -eq 0 ]
	[[ "$stderr" == *'executor.dedupe is left out'* ]]
}

@test "a time that is none is told" {
	exec_ --dedupe=soon -- true </dev/null
	[ "$status" -eq 64 ]
	[[ "$stderr" == "meshq-exec: --dedupe: 'soon' is not a duration"* ]]
}
