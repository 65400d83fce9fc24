#!/usr/bin/env bats
# meshq-admit as its users see it.
bats_require_minimum_version 1.5.0

replay() { meshq-admit --clock=record "$@"; }
decisions() { jq -c 'select(.admission) | [.id, .admission.decision]' | tr -d '\n'; }

@test "an action comes back with its admission appended and no other byte changed" {
	line='{ "kind" : "mark_avoid", "id":18446744073709551615, "x":1.0, "x":1e2,  "note":"\u00e9" }'
	run replay <<<"$line"
	[ "$status" -eq 0 ]
	[ "$output" = "${line%'}'},\"admission\":{\"decision\":\"admit\",\"at_ms\":0}}" ]
}

@test "actions without an id are numbered by their place" {
	run replay <<<'{"kind":"a"}
{"kind":"b","id":"seven"}
{"kind":"c"}'
	[ "$(jq -c .id <<<"$output" | tr '\n' ' ')" = '1 "seven" 3 ' ]
}

@test "an earlier admission is replaced, not doubled" {
	run replay <<<'{"admission":{"decision":"gate"},"id":1,"kind":"a"}'
	[ "$output" = '{"id":1,"kind":"a","admission":{"decision":"admit","at_ms":0}}' ]
}

@test "keys compare by value: spelling and member order do not matter" {
	run replay <<<'{"id":1,"kind":"drop_replica","chain":{"a":1,"b":"x"}}
{"id":2,"kind":"drop_replica","chain":{"b":"\u0078","a":1.0}}
{"id":3,"kind":"drop_replica","chain":{"a":1,"b":"y"}}'
	[ "$(decisions <<<"$output")" = '[1,"admit"][2,"defer"][3,"admit"]' ]
}

@test "a failed outcome gives the reservation back, a dispatched one does not" {
	run replay <<<'{"id":1,"kind":"pull_replica","chain":1}
{"id":1,"kind":"pull_replica","chain":1,"outcome":{"status":"failed"}}
{"id":2,"kind":"pull_replica","chain":2}
{"id":2,"kind":"pull_replica","chain":2,"outcome":{"status":"dispatched"}}
{"id":3,"kind":"pull_replica","chain":3}'
	[ "$(decisions <<<"$output")" = '[1,"admit"][2,"admit"][3,"defer"]' ]
	[ "${lines[1]}" = '{"id":1,"kind":"pull_replica","chain":1,"outcome":{"status":"failed"}}' ]
}

@test "an action that was numbered here is known again by its outcome" {
	run replay <<<'{"kind":"pull_replica","chain":1}
{"id":1,"kind":"pull_replica","chain":1,"outcome":{"status":"retrying"}}
{"kind":"pull_replica","chain":2}'
	[ "$(decisions <<<"$output")" = '[1,"admit"][2,"admit"]' ]
}

@test "holds close, replace, shorten and open" {
	run replay <<<'{"kind":"meshq.hold","daemon":"d","until_ms":100}
{"id":1,"kind":"start_daemon","daemon":"d","at_ms":50}
{"kind":"meshq.hold","daemon":"d","until_ms":60}
{"id":2,"kind":"start_daemon","daemon":"d","at_ms":59}
{"id":3,"kind":"start_daemon","daemon":"d","at_ms":60}
{"kind":"meshq.hold","daemon":"d","until_ms":1000}
{"id":4,"kind":"start_daemon","daemon":"d"}
{"kind":"meshq.hold","daemon":"d","until_ms":null}
{"id":5,"kind":"start_daemon","daemon":"d"}
{"id":6,"kind":"start_daemon"}'
	[ "$(decisions <<<"$output")" = '[1,"gate"][2,"gate"][3,"admit"][4,"gate"][5,"admit"][6,"admit"]' ]
	[ "$(grep -c meshq.hold <<<"$output")" -eq 4 ]
}

@test "depth is answered by edges with hysteresis and not passed on" {
	run replay <<<'{"kind":"meshq.depth","depth":999}
{"kind":"meshq.depth","depth":1000,"at_ms":5}
{"kind":"meshq.depth","depth":1500}
{"kind":"meshq.depth","depth":201}
{"kind":"meshq.depth","depth":200,"at_ms":7}'
	[ "$output" = '{"kind":"meshq.backpressure","state":"asserted","depth":1000,"level":0,"at_ms":5}
{"kind":"meshq.backpressure","state":"released","depth":200,"level":0,"at_ms":7}' ]
}

@test "a wrong control member is a bad record" {
	run -65 --separate-stderr replay <<<'{"kind":"meshq.depth","depth":-1}
{"kind":"meshq.hold","daemon":"d","until_ms":"soon"}
{"id":1,"kind":"a"}'
	[ "$(decisions <<<"$output")" = '[1,"admit"]' ]
	[ "${stderr_lines[0]}" = "meshq-admit: -:1: byte 31: expected depth to be a whole number" ]
	[[ "${stderr_lines[1]}" = "meshq-admit: -:2: byte 46: expected until_ms "* ]]
}

@test "a hold that does not say until when is a bad record, and opens nothing" {
	run -65 --separate-stderr replay <<<'{"kind":"meshq.hold","daemon":"d","until_ms":100}
{"kind":"meshq.hold","daemon":"d","until":null}
{"id":1,"kind":"start_daemon","daemon":"d"}
{"kind":"meshq.depth"}'
	[ "$(decisions <<<"$output")" = '[1,"gate"]' ]
	[ "${stderr_lines[0]}" = "meshq-admit: -:2: byte 47: expected until_ms to be a number of milliseconds or null" ]
	[ "${stderr_lines[1]}" = "meshq-admit: -:4: byte 22: expected depth to be a whole number" ]
}

@test "ticks move the record clock, which never goes back" {
	run replay <<<'{"id":1,"kind":"pull_replica","chain":1,"at_ms":1000}
{"kind":"meshq.tick","at_ms":1250}
{"id":2,"kind":"pull_replica","chain":2,"at_ms":10}
{"id":3,"kind":"pull_replica","chain":3}'
	[ "$(decisions <<<"$output")" = '[1,"admit"][2,"admit"][3,"defer"]' ]
	[ "$(jq -c 'select(.id==3).admission.retry_after_ms' <<<"$output")" = 250 ]
}

@test "--only selects by decision and passes everything else on" {
	input='{"id":1,"kind":"pull_replica","chain":1}
{"kind":"meshq.tick"}
{"id":2,"kind":"pull_replica","chain":2}'
	[ "$(replay --only=admit <<<"$input" | jq -c '.id')" = '1
null' ]
	[ "$(replay --only=defer,gate <<<"$input" | jq -c '.id')" = 'null
2' ]
	run -64 replay --only=defer,none <<<"$input"
}

@test "--check answers by its status: 0 admit, 75 defer, 69 gate" {
	run -0 replay --check <<<'{"kind":"a"}'
	run -75 replay --check <<<'{"kind":"pull_replica","chain":1}
{"kind":"pull_replica","chain":1}'
	run -69 replay --check <<<'{"kind":"meshq.hold","daemon":"d","until_ms":9}
{"kind":"start_daemon","daemon":"d"}'
	run -65 replay --check <<<''
	run -65 replay --check <<<'{"kind":'
}

@test "D-16 a closed window no longer hides a longer cooldown, unless the preset asks for it" {
	input='{"id":1,"kind":"pull_replica","chain":1,"at_ms":0}
{"id":2,"kind":"pull_replica","chain":1,"at_ms":50}'
	[ "$(replay --set rules.chain-window.window=100ms <<<"$input" |
		jq 'select(.id==2).admission.retry_after_ms')" = 50 ]
	[ "$(replay --preset=robust --set rules.chain-window.window=100ms <<<"$input" |
		jq 'select(.id==2).admission.retry_after_ms')" = 200 ]
}

@test "--hold-back lets deferred actions out in order when their time has come" {
	run replay --hold-back <<<'{"id":1,"kind":"pull_replica","chain":1,"at_ms":0}
{"id":2,"kind":"pull_replica","chain":2,"at_ms":1}
{"id":3,"kind":"mark_avoid","at_ms":2}
{"id":4,"kind":"pull_replica","chain":4,"at_ms":3}
{"id":5,"kind":"mark_avoid","at_ms":400}'
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.id,.admission.decision,.admission.at_ms]' <<<"$output" | tr -d '\n')" = \
		'[1,"admit",0][3,"admit",2][2,"admit",250][5,"admit",400][4,"admit",500]' ]
}

@test "--hold-back loses nothing of a burst and keeps every other record" {
	input=$(for i in $(seq 200); do echo "{\"id\":$i,\"kind\":\"pull_replica\",\"chain\":$i}"; done
		echo '{"kind":"meshq.tick","at_ms":1000000}'
		echo '{"id":"x","kind":"done","outcome":{"status":"dispatched"}}')
	run replay --hold-back <<<"$input"
	[ "$(jq -c 'select(.admission).id' <<<"$output")" = "$(seq 200)" ]
	[ "$(grep -c 'meshq.tick\|dispatched' <<<"$output")" -eq 2 ]
}

@test "--hold-back gates what is held, and undoes by outcomes that come along" {
	run replay --hold-back <<<'{"kind":"meshq.hold","daemon":"d","until_ms":100}
{"id":1,"kind":"start_daemon","daemon":"d","at_ms":50}
{"id":2,"kind":"pull_replica","chain":1,"at_ms":60}
{"id":3,"kind":"pull_replica","chain":2,"at_ms":61}
{"id":2,"kind":"pull_replica","chain":1,"outcome":{"status":"failed"},"at_ms":70}'
	[ "$(jq -c 'select(.admission) | [.id,.admission.decision,.admission.at_ms]' <<<"$output" | tr -d '\n')" = \
		'[1,"gate",50][2,"admit",60][3,"admit",70]' ]
}

@test "--hold-back in real time: TERM gives back what is kept, as deferred" {
	mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	meshq-admit --hold-back --set rules.pull-cooldown.window=1h \
		<"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" &
	exec 7>"$BATS_TEST_TMPDIR/in" 8<"$BATS_TEST_TMPDIR/out"
	echo '{"id":1,"kind":"pull_replica","chain":1}' >&7
	read -r first <&8
	echo '{"id":2,"kind":"pull_replica","chain":2}' >&7
	echo '{"id":3,"kind":"mark_avoid"}' >&7
	read -r second <&8
	[[ $first == *'"id":1,'* && $second == *'"id":3,'* ]]
	kill -TERM $!
	read -r third <&8
	[[ $third == *'"id":2,'*'"decision":"defer","rule":"pull-cooldown"'* ]]
	exec 7>&-
	wait $! || status=$?
	[ "$status" = 143 ]
}

@test "D-11 --hold-back keeps a bounded number of bytes, not only of actions" {
	long=$(printf '%0100000d' 0)
	# Of an endless input something comes back only when no more is kept.
	yes "{\"kind\":\"a\",\"x\":\"$long\"}" |
		timeout 60 meshq-admit --hold-back --set 'rules=[{name: none, rate: none}]' |
		head -n 1 >"$BATS_TEST_TMPDIR/first"
	[ "$(jq -c '[.id,.admission.decision]' "$BATS_TEST_TMPDIR/first")" = '[1,"defer"]' ]
}

@test "records come out before the next one is waited for" {
	mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	meshq-admit <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" &
	exec 7>"$BATS_TEST_TMPDIR/in" 8<"$BATS_TEST_TMPDIR/out"
	echo '{"id":1,"kind":"a"}' >&7
	read -r first <&8
	[[ $first == '{"id":1,'* ]]
	exec 7>&-
	wait $!
}
