#!/usr/bin/env bats
# executor.serialize: actions with the same value of a member go one by one.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
}

replay() { run --separate-stderr meshq-exec --clock=record -j4 -H h "$@"; }
of() { jq -c "$1" <<<"$output" | tr '\n' ' '; }

@test "one at a time for each value, however it is spelt, in order of arrival" {
	handler default 'mkdir "lock$MESHQ_KIND" || exit 3; echo "$MESHQ_ID" >>order; rmdir "lock$MESHQ_KIND"'
	for id in {1..60}; do
		printf '{"kind":"k%d","id":%d,"where":{"zone":%s}}\n' $((id % 3)) "$id" "$((id % 3))$([ $((id % 2)) = 0 ] || echo .0)"
	done >in
	run --separate-stderr meshq-exec -j8 -H h --set executor.serialize=where.zone in
	[ "$status" -eq 0 ]
	for lane in 0 1 2; do
		awk -v lane="$lane" '$1 % 3 == lane' order >"lane$lane"
		sort -c -n "lane$lane"
		[ "$(wc -l <"lane$lane")" = 20 ]
	done
}

@test "a retry keeps those behind it waiting, others and actions without the member pass" {
	handler default '[ "$MESHQ_ID" != 1 ] || [ "$MESHQ_ATTEMPT" = 3 ] || exit 75'
	replay --set executor.serialize=c --set executor.retry_after=100ms --stats <<<'{"kind":"a","id":1,"c":1,"at_ms":0}
{"kind":"a","id":2,"c":1}
{"kind":"a","id":3,"c":2}
{"kind":"a","id":4}
{"kind":"b","id":5,"c":1}'
	[ "$(of 'select(.id) | [.id, .outcome.at_ms, .outcome.queued_ms, .outcome.defers]')" = \
		'[3,0,0,0] [4,0,0,0] [1,200,200,0] [2,200,200,0] [5,200,200,0] ' ]
	[ "$(jq -c '[.received, .dispatched, .deferred, .pending]' <<<"${lines[-1]}")" = '[5,5,0,0]' ]
}

@test "several members make one key" {
	handler default '[ "$MESHQ_ID" != 1 ] || exit 3'
	replay --set 'executor.serialize=[a, b]' <<<'{"kind":"x","id":1,"a":1,"b":2}
{"kind":"x","id":2,"a":1,"b":2}
{"kind":"x","id":3,"a":1}
{"kind":"x","id":4,"b":2}'
	[ "$(of '[.id, .outcome.status]')" = '[1,"failed"] [3,"dispatched"] [4,"dispatched"] [2,"dispatched"] ' ]
}

@test "what is left unfinished keeps its order when it is taken up again" {
	handler default '[ -e free ] || exit 75'
	printf '{"kind":"x","id":%d,"c":1}\n' 1 2 3 >in
	replay --set executor.serialize=c --on-eof=unfinished in
	[ "$(of '[.id, .outcome.status, .outcome.due_ms]')" = '[1,"unfinished",1000] [2,"unfinished",0] [3,"unfinished",0] ' ]
	touch free
	replay --set executor.serialize=c <<<"$output"
	[ "$(of '[.id, .outcome.status, .outcome.at_ms]')" = '[1,"dispatched",1000] [2,"dispatched",1000] [3,"dispatched",1000] ' ]
}

@test "a simulation serializes, and so does a replay of its chain" {
	cat >s.yaml <<'END'
arrivals:
  - { kind: copy, even: 100/s, count: 30, fields: { chain: { uniform: [1, 2] } } }
handlers:
  copy: { duration: 100ms }
END
	args=(--set executor.jobs=8 --set executor.serialize=chain)
	run --separate-stderr meshq-sim s.yaml "${args[@]}" --chain=chain --expect 'max_running==2' --expect 'dispatched==30'
	[ "$status" -eq 0 ]
	run --separate-stderr meshq-sim replay chain "${args[@]}" --expect 'max_running==2' --expect 'dispatched==30'
	[ "$status" -eq 0 ]
	run --separate-stderr meshq-sim replay chain --set executor.jobs=8 --set executor.serialize=[] --expect 'max_running==8'
	[ "$status" -eq 0 ]
}

@test "a wrong member is refused before anything is read" {
	run --separate-stderr meshq-exec --set executor.serialize=a..b -- true
	[ "$status" -eq 78 ]
	[[ "$stderr" == *"executor.serialize: 'a..b' is not a path of member names"* ]]
}
