#!/usr/bin/env bats
# meshq-exec and handlers that do what no handler should.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
}

@test "a handler that leaves its process group is ended in its time all the same" {
	cat >h/a <<'PERL'
#!/usr/bin/env perl
setpgrp(0, getpgrp(getppid)) or exit 9;
sleep;
PERL
	chmod +x h/a
	run --separate-stderr -1 timeout 60 meshq-exec -H h --timeout=300ms <<<'{"kind":"a"}'
	[ "$(jq -c '.outcome | [.signal,.reason]' <<<"$output")" = '["TERM","timed out after 300ms"]' ]
}

@test "a back-pressure command that hangs does not outlive --grace=0" {
	handler default ''
	printf '{"kind":"a"}\n{"kind":"a"}\n{"kind":"a"}\n' >records
	run --separate-stderr -0 timeout 60 meshq-exec -j1 -H h --grace=0 --set backpressure.assert_at=2 --set backpressure.release_at=1 '--on-backpressure=exec tail -f /dev/null' records
	[[ "$stderr" = *'--on-backpressure: ended after the grace'* ]]
}

@test "a handler that has stopped itself is woken to end as TERM asks" {
	handler a 'trap "echo cleaned >&2; exit 3" TERM; kill -STOP $$; exec tail -f /dev/null'
	run --separate-stderr -1 timeout 60 meshq-exec -H h --timeout=500ms --kill-after=1h <<<'{"kind":"a"}'
	[ "$(jq -c '.outcome | [.exit,.reason]' <<<"$output")" = '[3,"timed out after 500ms: cleaned"]' ]
}

@test "D-11 long lines of actions that can never run do not block the ones behind them" {
	handler default ''
	long=$(printf '%0100000d' 0)
	# With an endless input only a full memory can tell that nothing will come of it.
	yes "{\"kind\":\"never\",\"x\":\"$long\"}" |
		timeout 60 meshq-exec -H h --set 'rules=[{name: none, kinds: never, rate: none}]' |
		grep -m 1 outcome >first
	[ "$(jq -c '[.id,.outcome.status,.outcome.reason]' first)" = '[1,"unfinished","none would never let it run"]' ]
}

@test "more jobs than descriptors: the limit is raised for us and not for handlers" {
	handler a 'ulimit -n'
	seq -f '{"kind":"a","id":%g}' 30 >records
	ulimit -Sn 80
	run --separate-stderr -0 timeout 60 meshq-exec -j30 --output -H h records
	[ "$(jq -r .outcome.output <<<"$output" | sort | grep . | uniq -c | xargs)" = '30 80' ]
	[ -z "$stderr" ]
}

@test "a time beyond all clocks does not hang a replay" {
	# Microseconds instead of milliseconds, as happens.
	for at in 1795235659283000 9223372036854775807; do
		echo "{\"kind\":\"a\",\"at_ms\":$at}" >record
		run --separate-stderr -0 timeout 60 meshq-exec --clock=record record -- true
		[ "$(jq -r .outcome.status <<<"$output")" = dispatched ]
		run --separate-stderr -0 timeout 60 meshq-admit --clock=record --hold-back record
		[ "$(jq -r .admission.decision <<<"$output")" = admit ]
	done
}

@test "a chain that reaches the limit of file sizes loses nothing but itself" {
	handler a ''
	seq -f '{"kind":"a","id":%g}' 100 >records
	run --separate-stderr -74 bash -c 'ulimit -f 8; exec meshq-exec -H h --chain=chain --set executor.jobs=2 records'
	[ "$(jq -r .id <<<"$output" | sort -n)" = "$(seq 100)" ]
	[[ "$stderr" = 'meshq-exec: write chain: '*'(told once)' ]]
}
