#!/usr/bin/env bats
# meshq-exec --id and --resume: who an action is, and what need not be done again.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
}

replay() { run --separate-stderr meshq-exec --clock=record -j1 "$@"; }

# of JQ-FILTER: what the filter says of each record of the output, in one line.
of() { jq -c "$1" <<<"$output" | tr '\n' ' '; }

# ---- --id ----

@test "--id names the member that says who an action is: to the handler, the chain and the failures" {
	replay --id=order.no --chain=chain --failures=failures -- sh -c 'echo "$MESHQ_ID" >&2; exit 3' <<<'{"kind":"a","order":{"no":"A-1"}}
{"kind":"a","order":{"no":18446744073709551615},"id":5}'
	[ "$status" -eq 1 ]
	[ "$(of .outcome.reason)" = '"A-1" "18446744073709551615" ' ]
	[[ ${lines[0]} == '{"kind":"a","order":{"no":"A-1"},"id":"A-1","outcome":'* ]]
	[[ ${lines[1]} == '{"kind":"a","order":{"no":18446744073709551615},"id":5,"outcome":'* ]]
	for file in chain failures; do
		[[ $(sed -n 1p $file) == *'"id":"A-1",'* ]]
		[[ $(sed -n 2p $file) == *'"id":18446744073709551615,'* ]]
	done
}

@test "an action without that member is a bad record, other records need none" {
	replay --id=order --stats -- true <<<'{"kind":"a","id":1}
{"kind":"a","order":[]}
{"kind":"meshq.tick","at_ms":1}
{"kind":"a","outcome":{"status":"dispatched"}}
{"kind":"a","order":"x"}'
	[ "$status" -eq 65 ]
	[ "${stderr_lines[0]}" = "meshq-exec: -:1: byte 19: expected a member 'order', which --id names" ]
	[ "${stderr_lines[1]}" = "meshq-exec: -:2: byte 21: expected an unsigned 64-bit integer or a string as 'order'" ]
	[ "$(tail -n 1 <<<"$output" | jq -c '[.received,.rejected,.passed,.controls]')" = '[1,2,1,1]' ]
}

@test "what was left unfinished with --id is taken up by its member again" {
	replay --id=order --on-eof=unfinished -- true <<<'{"kind":"pull_replica","chain":1,"order":"x"}
{"kind":"pull_replica","chain":2,"order":"y"}'
	meshq-exec --clock=record --id=order --chain=chain -- true <<<"$output" >again || true
	[ "$(jq -c '[.id,.disposition.status]' chain)" = '["y","dispatched"]' ]
	[[ $(sed -n 2p again) == '{"kind":"pull_replica","chain":2,"order":"y","id":"y","outcome":'* ]]
}

@test "an empty path is wrong usage, and a simulation has no --id" {
	replay --id= -- true </dev/null
	[ "$status" -eq 64 ]
	[[ $stderr == *"--id: expected the path of a member"* ]]
	echo 'arrivals: [{ kind: a, burst: 1 }]' >s.yaml
	run -64 --separate-stderr meshq-exec --simulate=s.yaml --id=x
	[[ $stderr == *"--id: with --simulate no process is run"* ]]
}
