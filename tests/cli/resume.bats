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

# ---- --resume ----

abc() { printf '{"kind":"a","x":%s}\n' 1 2 3; }
counts() { tail -n 1 <<<"$output" | jq -c '[.received,.passed,.controls,.rejected,.skipped]'; }
xs() { jq -c 'select(.outcome) | .x' <<<"$output" | tr '\n' ' '; }
# ends FILE: who ended how, according to a chain.
ends() { jq -c '[.id, .disposition.status]' "$1" | tr '\n' ' '; }

@test "what a chain says was dispatched is skipped, what failed runs again" {
	abc >in
	replay --chain=chain in -- sh -c 'grep -qv 2'
	[ "$status" -eq 1 ]
	replay --resume=chain --stats in -- sh -c 'echo ran >>ran'
	[ "$status" -eq 0 ]
	[ "$(xs)" = '2 ' ]
	[ "$(counts)" = '[1,0,0,0,2]' ]
	[ "$(wc -l <ran)" -eq 1 ]
	[ -z "$stderr" ]
}

@test "one file is read first and then appended to; when nothing is left the status is 0" {
	abc >in
	replay --chain=chain --resume=chain --stats in -- sh -c 'grep -qv 2'
	[ "$status" -eq 1 ]
	[ "$(counts)" = '[3,0,0,0,0]' ]
	replay --chain=chain --resume=chain --epoch=second in -- true
	[ "$status" -eq 0 ]
	[ "$(ends chain)" = '[1,"dispatched"] [2,"failed"] [3,"dispatched"] [2,"dispatched"] ' ]
	replay --chain=chain --resume=chain --stats in -- false
	[ "$status" -eq 0 ]
	[ "$(counts)" = '[0,0,0,0,3]' ]
	[ "$(wc -l <chain)" -eq 4 ]
}

@test "every line is counted once" {
	abc >in
	replay --chain=chain in -- true
	{ cat in; printf '{"kind":"meshq.tick"}\n{"kind":\n\n{"kind":"b","outcome":{"status":"failed"}}\n{"kind":"a","x":4}\n'; } >more
	replay --resume=chain --stats more -- true
	[ "$status" -eq 65 ]
	[ "$(counts)" = '[1,1,1,1,3]' ]
	[ "$(xs)" = 'null 4 ' ]
}

@test "steps on the way are no ends: what was retried, deferred, expired, gated or left runs again" {
	cat >chain <<'END'
{"v":1,"epoch":"e","id":1,"kind":"a","at_ms":0,"content":"06ff883eae09681a5c08917e0ef059b2","disposition":{"status":"failed","retry_after_ms":5}}
{"v":1,"epoch":"e","id":2,"kind":"a","at_ms":0,"content":"06ff883eae09681a5c08917e0ef059b2","disposition":{"status":"deferred","retry_after_ms":5}}
{"v":1,"epoch":"e","id":3,"kind":"a","at_ms":0,"content":"06ff883eae09681a5c08917e0ef059b2","disposition":{"status":"expired"}}
{"v":1,"epoch":"e","id":4,"kind":"a","at_ms":0,"content":"06ff883eae09681a5c08917e0ef059b2","disposition":{"status":"gated"}}
{"v":1,"epoch":"e","id":5,"kind":"a","at_ms":0,"content":"06ff883eae09681a5c08917e0ef059b2","disposition":{"status":"unfinished"}}
{"v":1,"epoch":"e","id":6,"kind":"a","at_ms":0,"content":"06ff883eae09681a5c08917e0ef059b2","disposition":{"status":"failed","retry_after_ms":5}}
{"v":1,"epoch":"e","id":6,"kind":"a","at_ms":0,"content":"06ff883eae09681a5c08917e0ef059b2","disposition":{"status":"dispatched"}}
{"v":1,"epoch":"e","id":7,"kind":"a","at_ms":0,"content":"06ff883eae09681a5c08917e0ef059b2","disposition":{"status":"dispatched"}}
{"v":1,"epoch":"e","id":7,"kind":"a","at_ms":0,"content":"06ff883eae09681a5c08917e0ef059b2","disposition":{"status":"failed","retry_after_ms":5}}
{"v":1,"epoch":"f","id":8,"kind":"a","at_ms":0,"content":"06ff883eae09681a5c08917e0ef059b2","disposition":{"status":"dispatched"}}
{"v":1,"epoch":"g","id":8,"kind":"a","at_ms":0,"content":"06ff883eae09681a5c08917e0ef059b2","disposition":{"status":"failed"}}
END
	replay --resume=chain -- true < <(printf '{"kind":"a","id":%d}\n' 1 2 3 4 5 6 7 8)
	[ "$(of .id)" = '1 2 3 4 5 8 ' ]
}

@test "the same id with another content runs, which is told: the first three, and how many" {
	printf '{"kind":"a","id":"k%d","x":1}\n' 1 2 3 4 5 6 >in
	replay --chain=chain in -- true
	sed '3,6s/"x":1/"x":2/' in >edited
	replay --resume=chain --stats edited -- true
	[ "$status" -eq 0 ]
	[ "$(counts)" = '[4,0,0,0,2]' ]
	[ "$stderr" = 'meshq-exec: edited:3: id "k3": it is run, since what was done under that id was something else
meshq-exec: edited:4: id "k4": it is run, since what was done under that id was something else
meshq-exec: edited:5: id "k5": it is run, since what was done under that id was something else
meshq-exec: 4 actions in all were run, since something else was done under their ids; has the input changed?' ]
	replay -q --resume=chain edited -- true
	[ -z "$stderr" ]
}

@test "another spelling, order, time or admission is the same content" {
	replay --chain=chain -- true <<<'{"kind":"a","id":"b","x":10,"s":"\u00e9","o":{"a":1,"b":2},"at_ms":5}'
	replay --resume=chain --stats -- false <<<'{"admission":{"decision":"admit"},"o":{"b":2.0,"a":1},"s":"é","at_ms":9,"expires_ms":10,"x":1e1,"id":"\u0062","kind":"a"}'
	[ "$(counts)" = '[0,0,0,0,1]' ]
	replay --resume=chain --stats -- true <<<'{"kind":"a","id":"b","x":10,"s":"\u00e9","o":{"a":1,"b":3},"at_ms":5}'
	[ "$(counts)" = '[1,0,0,0,0]' ]
}

@test "two different actions under one id are both known" {
	printf '{"kind":"a","id":1,"x":%d}\n' 1 2 >in
	replay --chain=chain in -- true
	replay --resume=chain --stats in -- true
	[ "$(counts)" = '[0,0,0,0,2]' ]
	[ -z "$stderr" ]
	# One of them failed: only that one runs, and the id is no news.
	replay --chain=half in -- grep -q '"x":1'
	replay --resume=half --stats in -- true
	[ "$(counts)" = '[1,0,0,0,1]' ]
	[ "$(xs)" = '2 ' ]
}

@test "actions without an id go by their place: skipped ones keep theirs, and edits are told" {
	abc >in
	replay --chain=chain in -- true
	echo '{"kind":"a","x":4}' >>in
	replay --resume=chain in -- true
	[ "$(of '[.id,.x]')" = '[4,4] ' ]
	sed '1a {"kind":"a","x":"new"}' in >edited
	replay --resume=chain --stats edited -- true
	[ "$(xs)" = '"new" 2 3 4 ' ]
	[ "${stderr_lines[0]}" = 'meshq-exec: edited:2: action 2, which has no id: it is run, since what was done under that number was something else' ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	# With a member that says who they are, the place does not matter.
	replay --id=x --chain=named in -- true
	replay --id=x --resume=named edited -- true
	[ "$(xs)" = '"new" ' ]
	[ -z "$stderr" ]
}

@test "torn and damaged lines are told with file, line and byte, and the rest counts" {
	abc >in
	replay --chain=chain in -- true
	{ sed -n 1p chain; echo '{"v":1,"epoch":'; echo '{"v":2,"disposition":{}}'; sed -n 2p chain; sed -n 3p chain | head -c 100; } >torn
	replay --resume=torn --stats in -- true
	[ "$status" -eq 0 ]
	[ "$(counts)" = '[1,0,0,0,2]' ]
	[ "$(xs)" = '3 ' ]
	[ "${stderr_lines[0]}" = "meshq-exec: torn:2: byte 16: expected a value, found the end (left out)" ]
	[ "${stderr_lines[1]}" = "meshq-exec: torn:3: byte 6: version 2 not supported (this is 1) (left out)" ]
	[[ ${stderr_lines[2]} == "meshq-exec: torn:5: byte "*"(left out)" ]]
	for i in 1 2 3 4 5; do echo 'x'; done >>torn
	replay --resume=torn --strict in -- true
	[ "$status" -eq 0 ]
	[ "${stderr_lines[3]}" = "meshq-exec: torn: 7 lines in all were left out" ]
	# Torn in its only line, it is a chain all the same.
	head -c 30 chain >begun
	replay --resume=begun --chain=begun in -- true
	[ "$status" -eq 0 ]
	[ "$(xs)" = '1 2 3 ' ]
	replay --resume=begun --stats in -- true
	[ "$(counts)" = '[0,0,0,0,3]' ]
}

@test "several chains, in the order in which they were written" {
	abc >in
	replay --chain=one in -- grep -q 1
	replay --chain=two in -- grep -q 2
	replay --resume=one --resume=two in -- true
	[ "$(xs)" = '1 3 ' ]
	replay --resume=two --resume=one in -- true
	[ "$(xs)" = '2 3 ' ]
}

@test "what is no chain is refused, so is one that is not there unless this run begins it" {
	abc >in
	replay in -- true
	echo "$output" >out
	replay --resume=out in -- touch ran
	[ "$status" -eq 65 ]
	[ "${stderr_lines[-1]}" = "meshq-exec: --resume: out: expected the chain of an earlier run, as --chain writes it" ]
	replay --resume=none in -- touch ran
	[ "$status" -eq 66 ]
	[ "$stderr" = "meshq-exec: --resume: none: No such file or directory" ]
	replay --resume=in/x --chain=in/x in -- touch ran
	[ "$status" -eq 66 ]
	replay --resume=. in -- touch ran
	[ "$status" -eq 66 ]
	replay --resume= in -- touch ran
	[ "$status" -eq 64 ]
	[ ! -e ran ]
	: >empty
	replay --resume=empty in -- true
	[ "$status" -eq 0 ]
	echo 'arrivals: [{ kind: a, burst: 1 }]' >s.yaml
	run -64 --separate-stderr meshq-exec --simulate=s.yaml --resume=chain
	[[ $stderr == *"--resume: with --simulate no process is run"* ]]
}

@test "nothing that was simulated counts as done" {
	abc >in
	echo 'arrivals: []' >s.yaml
	meshq-exec --simulate=s.yaml --chain=chain in >out
	replay --resume=chain in -- true
	[ "$(xs)" = '1 2 3 ' ]
	[[ $stderr == "meshq-exec: chain: 3 records without 'content' say nothing of what was done"* ]]
}

@test "a chain that has nothing to do with the input is told" {
	abc >in
	replay --chain=chain in -- true
	replay --resume=chain --id=x in -- true
	[ "$(xs)" = '1 2 3 ' ]
	[ "${stderr_lines[-1]}" = "meshq-exec: nothing was skipped, though 3 actions are done: is that the chain of this input, and --id the same?" ]
	# One that goes on from run to run may well meet nothing but new actions.
	sed 's/:/: 1/2' in >other
	replay --resume=chain --chain=chain --id=x other -- true
	[ "$(wc -l <chain)" -eq 6 ]
	[ -z "$stderr" ]
}

@test "what is skipped is shown with -v, and still moves the record clock" {
	printf '{"kind":"a","x":%d,"at_ms":%d}\n' 1 1000 2 2000 >in
	replay --chain=chain in -- grep -q 1
	echo '{"kind":"a","x":3}' >>in
	sed -i '2s/.*/{"kind":"a","x":1,"at_ms":5000}/' in
	replay -v --resume=chain --stats in -- true
	[[ $stderr == *"action 1, which has no id: skipped, it is done or taken in"* ]]
	[ "$(jq -c 'select(.outcome) | [.x,.outcome.at_ms]' <<<"$output" | tr '\n' ' ')" = '[1,5000] [3,5000] ' ]
	replay --chain=chain in -- true
	replay --resume=chain --stats in -- true
	[ "$(tail -n 1 <<<"$output" | jq -c '[.skipped,.at_ms]')" = '[3,5000]' ]
}

@test "a stop leaves a chain that a second run goes on with" {
	handler default 'case $MESHQ_ID in 2) kill -TERM $PPID; sleep 100 ;; esac'
	printf '{"kind":"a","id":%d}\n' 1 2 3 4 >in
	run -143 meshq-exec -j1 --grace=0 --kill-after=0 --chain=chain --resume=chain -H h in
	handler default 'echo $MESHQ_ID >>ran'
	run -0 meshq-exec -j1 --chain=chain --resume=chain -H h in
	[ "$(tr '\n' ' ' <ran)" = '2 3 4 ' ]
}

# ---- with --spool ----

@test "the same input again: what is done and what is in the spool is skipped, the rest is new" {
	pulls() { printf '{"kind":"pull_replica","chain":%d,"at_ms":0%s}\n' 1 ',"x":1' 2 '' 3 ''; }
	pulls >in
	set -- --spool=spool --chain=chain --resume=chain
	replay "$@" --on-eof=unfinished --stats in -- sh -c 'echo $MESHQ_ID >>ran'
	[ "$(tail -n 1 <<<"$output" | jq -c '[.received,.dispatched,.spooled,.skipped]')" = '[3,1,2,0]' ]
	echo '{"kind":"pull_replica","chain":4,"at_ms":0}' >>in
	replay "$@" --stats in -- sh -c 'echo $MESHQ_ID >>ran'
	[ "$(tail -n 1 <<<"$output" | jq -c '[.restored,.received,.dispatched,.skipped]')" = '[2,3,3,3]' ]
	[ "$(tr '\n' ' ' <ran)" = '1 2 3 4 ' ]
	[ -z "$stderr" ]
	replay "$@" --stats in -- false
	[ "$status" -eq 0 ]
	[ "$(counts)" = '[0,0,0,0,4]' ]
}

@test "what the chain calls done leaves the spool without being run, and is no line of the input" {
	printf '{"kind":"pull_replica","chain":%d,"id":"%s","at_ms":0}\n' 1 a 2 b 3 c >in
	replay --spool=spool --on-eof=unfinished in -- true
	cp spool left
	replay --spool=spool --chain=chain -- true </dev/null
	[ "$(grep -c dispatched chain)" -eq 2 ]
	mv left spool # as if it had been killed before it could say so there
	replay --spool=spool --resume=chain --stats -- touch ran </dev/null
	[ "$status" -eq 0 ]
	[ ! -e ran ]
	[ "$(counts)" = '[0,0,0,0,0]' ]
}
