#!/usr/bin/env bats
# meshq-exec --spool: what was accepted and has not come out outlives the process.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
}

teardown() {
	[ -z "${pid:-}" ] || kill -9 "$pid" 2>/dev/null || true
}

# pulls FIRST LAST: actions of which one may run each 250 ms.
pulls() {
	local i
	for ((i = $1; i <= $2; i++)); do
		echo '{"kind":"pull_replica","chain":'$i',"id":'$i',"at_ms":0}'
	done
}

# spool OPTION... -- COMMAND...: a run under the record clock.
spool() { meshq-exec --clock=record -j1 --spool q "$@"; }

# What an outcome says that must not depend on where the runs were cut.
story() { jq -c 'select(.outcome) | [.id, .outcome.status, .outcome.attempts, .outcome.defers, .outcome.at_ms, .outcome.queued_ms]'; }

ids() { jq -r 'select(.outcome) | "\(.id) \(.outcome.status)"'; }

# ---- between runs ----

@test "what waits at the end of the input stays, and goes on as if nothing had been" {
	pulls 1 5 >in
	meshq-exec --clock=record -j1 in -- true | story >whole
	run -0 --separate-stderr spool --on-eof=unfinished in -- true
	[ "$stderr" = "" ]
	[ "$(ids <<<"$output")" = "1 dispatched" ]
	story <<<"$output" >parts
	spool -- true </dev/null | story >>parts
	diff whole parts
	[ "$(spool -- true </dev/null)" = "" ]
}

@test "a run each minute takes up what has come due, and ends" {
	pulls 1 3 | spool --on-eof=unfinished -- true | ids >all
	for at in 100 250 499 500; do
		echo '{"kind":"meshq.tick","at_ms":'$at'}' |
			spool --on-eof=unfinished --stats -- true >out
		jq -r 'select(.outcome) | "'$at' \(.id) \(.outcome.defers)"' out >>all
		jq -r 'select(.kind == "meshq.stats") | "'$at' restored \(.restored) spooled \(.spooled)"' out >>all
	done
	diff - all <<-'END'
		1 dispatched
		100 restored 2 spooled 2
		250 2 1
		250 restored 2 spooled 1
		499 restored 1 spooled 1
		500 3 1
		500 restored 1 spooled 0
	END
}

@test "new actions come behind those that wait, and are numbered on" {
	printf '{"kind":"pull_replica","chain":%d}\n' 1 2 | spool --on-eof=unfinished -- true >/dev/null
	printf '{"kind":"pull_replica","chain":%d}\n' 3 | spool -- true | ids >out
	diff - out <<-'END'
		2 dispatched
		3 dispatched
	END
}

@test "windows, rates and holds are closed in the next run, too" {
	cat >c.yaml <<-'END'
		rules:
		  - name: window
		    kinds: [w]
		    window: 1s
		    key: k
		  - name: rate
		    kinds: [r]
		    rate: 2
		    per: 1s
		  - name: hold
		    kinds: [h]
		    hold: d
		    on_hold: wait
	END
	spool -c c.yaml -- true <<-'END' >/dev/null
		{"kind":"w","k":1,"at_ms":0}
		{"kind":"r","at_ms":100}
		{"kind":"r","at_ms":200}
		{"kind":"meshq.hold","d":"x","until_ms":3000}
	END
	for turn in 1 2; do # the second from a spool that was written anew
		echo '{"kind":"meshq.tick","at_ms":300}' | spool -c c.yaml -- true
	done
	run -0 spool -c c.yaml -- true <<-'END'
		{"kind":"w","k":1,"at_ms":500}
		{"kind":"w","k":2,"at_ms":500}
		{"kind":"r","at_ms":500}
		{"kind":"r","at_ms":500}
		{"kind":"h","d":"x","at_ms":500}
		{"kind":"h","d":"y","at_ms":500}
	END
	jq -r '"\(.kind)\(.k // .d // "") \(.outcome.at_ms)"' <<<"$output" | diff - <(
		printf '%s\n' 'w2 500' 'hy 500' 'w1 1000' 'r 1100' 'r 1200' 'hx 3000')
}

@test "a hold that was taken back is not there any more" {
	spool -- true <<<'{"kind":"meshq.hold","daemon":"d","until_ms":9000,"at_ms":0}'
	spool -- true <<<'{"kind":"meshq.hold","daemon":"d","until_ms":null,"at_ms":10}'
	run -0 spool -- true <<<'{"kind":"start_daemon","daemon":"d","at_ms":20}'
	[ "$(jq -r .outcome.status <<<"$output")" = dispatched ]
}

@test "what failed has given back its place" {
	handler pull_replica 'exit 1'
	run -1 spool -H h <<<'{"kind":"pull_replica","chain":1,"at_ms":0}'
	handler pull_replica 'exit 0'
	run -0 spool -H h <<<'{"kind":"pull_replica","chain":1,"at_ms":1}'
	[ "$(jq .outcome.at_ms <<<"$output")" = 1 ]
}

@test "attempts and waits of earlier runs count against max_defers" {
	handler a 'exit 75'
	echo '{"kind":"a","id":1,"at_ms":0}' >in
	spool --set executor.max_defers=3 --on-eof=unfinished -H h in >out
	for at in 1000 2000 3000; do
		echo '{"kind":"meshq.tick","at_ms":'$at'}' |
			spool --set executor.max_defers=3 --on-eof=unfinished -H h >>out || [ "$at" = 3000 ]
	done
	jq -c '[.id,.outcome.status,.outcome.attempts]' out | diff - <(echo '[1,"failed",4]')
}

@test "a retry comes when it was due, and an action expires when it would have" {
	handler a 'exit 75'
	handler pull_replica true
	spool --set executor.retry_after=5s --on-eof=unfinished -H h \
		<<<'{"kind":"a","id":1,"at_ms":0}'
	spool --set executor.retry_after=5s --on-eof=unfinished -H h \
		<<<'{"kind":"pull_replica","chain":1,"id":2,"expires_ms":4000,"at_ms":1000}
{"kind":"pull_replica","chain":2,"id":3,"expires_ms":1100}' >/dev/null
	handler a true
	run -1 spool -H h </dev/null
	story <<<"$output" | diff - <(printf '%s\n' \
		'[3,"expired",0,1,1100.000001,100.000001]' '[1,"dispatched",2,0,5000,5000]')
}

@test "max_wait counts from when it was accepted" {
	pulls 1 2 | spool --set executor.max_wait=10s --set rules.pull-cooldown.window=1m --on-eof=unfinished -- true >/dev/null
	run -1 spool --set executor.max_wait=10s --set rules.pull-cooldown.window=1m -- true <<<'{"kind":"meshq.tick","at_ms":9000}'
	story <<<"$output" | diff - <(echo '[2,"expired",0,1,10000.000001,10000.000001]')
}

@test "an unfinished outcome is accepted with what it brings" {
	spool --on-eof=unfinished -- true \
		<<<'{"kind":"a","id":1,"at_ms":0,"outcome":{"status":"unfinished","attempts":2,"defers":1,"due_ms":700}}'
	run -0 spool -- true </dev/null
	story <<<"$output" | diff - <(echo '[1,"dispatched",3,1,700,700]')
}

@test "bytes are kept: order, spacing, digits, depth" {
	deep=$(printf '[%.0s' {1..511})$(printf ']%.0s' {1..511})
	line='{"z" : 1.0,"kind":"pull_replica", "chain":18446744073709551615,"é":"\u00e9","d":'$deep',"id":2 }'
	printf '%s\n' '{"kind":"pull_replica","chain":1,"id":1}' "$line" |
		spool --on-eof=unfinished -- true >/dev/null
	run -0 spool -- true </dev/null
	[ "${output%,\"outcome\"*}" = "${line% \}} " ] || [ "${output%,\"outcome\"*}" = "${line% \}}" ]
}

@test "what the chain says is done leaves the spool with --resume" {
	pulls 1 3 >in
	spool --on-eof=unfinished in -- true >/dev/null
	sed 2d in | meshq-exec --clock=record --set rules.pull-cooldown.window=0 --chain=chain -- true >/dev/null
	run -0 spool --resume chain -- true </dev/null
	[ "$(ids <<<"$output")" = "2 dispatched" ]
}

# ---- kills ----

@test "kill -9: what was done is done, what ran runs again and knows, the rest waits" {
	mkfifo started go
	handler a 'echo "$MESHQ_ID $MESHQ_ATTEMPT" >>ran; [ "$MESHQ_ID" != 2 ] || { echo >started; read -r x <go; }'
	seq -f '{"kind":"a","id":%.0f}' 4 >in
	meshq-exec -j1 --spool q -H h in >out 3>&- &
	pid=$!
	read -r _ <started
	grep -m1 '"end":1,' < <(exec tail -n +1 -f --pid="$pid" q)
	kill -9 "$pid"
	wait "$pid" || true
	pid=
	echo >go # the handler has outlived it
	[ "$(ids <out)" = "1 dispatched" ]
	handler a 'echo "$MESHQ_ID $MESHQ_ATTEMPT" >>ran'
	run -0 meshq-exec -j1 --spool q -H h </dev/null
	ids <<<"$output" | diff - <(printf '%s dispatched\n' 2 3 4)
	diff ran <(printf '%s\n' '1 1' '2 1' '2 2' '3 1' '4 1')
}

@test "kill -9: a window that the action had closed stays closed" {
	mkfifo started go
	handler w 'echo >started; read -r x <go'
	cat >c.yaml <<-'END'
		rules: [{name: w, kinds: [w], window: 1d}]
	END
	echo '{"kind":"w","id":1}' >in
	meshq-exec -c c.yaml -j1 --spool q -H h in >out 3>&- &
	pid=$!
	read -r _ <started
	kill -9 "$pid"
	wait "$pid" || true
	pid=
	echo >go
	echo '{"kind":"w","id":2}' >in
	run -0 meshq-exec -c c.yaml --spool q --on-eof=unfinished --stats -H h in
	[ "$(jq -c '[.restored,.dispatched,.spooled]' <<<"$output")" = '[1,0,2]' ]
}

@test "TERM: what waits and what had to be killed stays, untold; the rest is told" {
	mkfifo started
	handler a 'trap "" TERM; echo >started; exec tail -f /dev/null'
	seq -f '{"kind":"a","id":%.0f}' 3 >in
	env --default-signal=TERM meshq-exec -j1 --grace=0 --kill-after=0 --spool q --chain=chain --failures=failures -H h in >out 3>&- &
	pid=$!
	read -r _ <started
	kill -TERM "$pid"
	ended=0
	wait "$pid" || ended=$?
	pid=
	[ "$ended" = 143 ]
	[ ! -s out ]
	[ ! -s failures ]
	handler a 'echo "$MESHQ_ID $MESHQ_ATTEMPT" >>ran'
	run -0 meshq-exec -j1 --spool q --chain=chain -H h </dev/null
	ids <<<"$output" | diff - <(printf '%s dispatched\n' 1 2 3)
	diff ran <(printf '%s\n' '1 2' '2 1' '3 1')
	[ "$(jq -r .id chain | sort | uniq -c | sort -u | wc -l)" = 3 ]
}

@test "an outcome that nobody has read was not told: it is done again" {
	mkfifo out go
	handler a 'echo >>ran; [ -e gone ] || read -r _ <go'
	echo '{"kind":"a","id":1}' >in
	env --default-signal=PIPE meshq-exec --spool q -H h in >out 3>&- &
	pid=$!
	: <out
	echo >go
	wait "$pid" || true
	pid=
	touch gone
	run -0 meshq-exec --spool q -H h </dev/null
	[ "$(ids <<<"$output")" = "1 dispatched" ]
	[ "$(wc -l <ran)" = 2 ]
}

@test "what was passed on but could not be written is done again" {
	pulls 1 3 | sed s/pull_replica/any/ >in
	for order in '' -k; do
		rm -f q
		status=0
		meshq-exec --spool q --pass ${order:+"$order"} -j1 in -- sh -c 'seq -s " " 50000' >/dev/full || status=$?
		[ "$status" = 74 ]
		run -0 meshq-exec --spool q --pass -j1 -- echo '{id}' </dev/null
		[ "$output" = $'1\n2\n3' ]
	done
}

@test "--keep-order: an outcome that waited for its turn when the kill came is not lost" {
	mkfifo started go
	handler a 'echo "$MESHQ_ID" >>ran; [ "$MESHQ_ID" != 1 ] || { read -r x <go; }; [ "$MESHQ_ID" != 3 ] || { echo >started; read -r x <go; }'
	seq -f '{"kind":"a","id":%.0f}' 3 >in
	meshq-exec -k -j2 --spool q -H h in >out 3>&- &
	pid=$!
	read -r _ <started
	kill -9 "$pid"
	wait "$pid" || true
	pid=
	printf '\n\n' >go
	[ ! -s out ]
	handler a 'echo "$MESHQ_ID" >>ran'
	run -0 meshq-exec -k -j2 --spool q --outcomes o -H h </dev/null
	[ "$output" = "" ]
	ids <o | diff - <(printf '%s dispatched\n' 1 2 3)
	[ "$(sort ran | uniq -c | awk '{print $1 $2}' | paste -sd,)" = 21,22,23 ]
	[ "$(meshq-exec --spool q -H h </dev/null)" = "" ]
}

@test "--keep-order: what stays in the spool holds nobody up" {
	printf '%s\n' '{"kind":"pull_replica","chain":1,"id":1}' '{"kind":"pull_replica","chain":2,"id":2}' '{"kind":"a","id":3}' >in
	run -0 meshq-exec --clock=record -k -j1 --spool q --on-eof=unfinished in -- true
	ids <<<"$output" | diff - <(printf '%s dispatched\n' 1 3)
}

# ---- statuses ----

@test "the status is about what ended, not about what goes on" {
	pulls 1 2 | spool --on-eof=unfinished -- true >/dev/null
	run -1 spool --on-eof=unfinished -- true <<<'{"kind":"pull_replica","chain":9,"expires_ms":0,"at_ms":5}'
	[ "$(ids <<<"$output")" = "3 expired" ]
}

@test "what a rule would never let run stays, but that is worth a status" {
	cat >c.yaml <<-'END'
		rules: [{name: never, kinds: [n], rate: none, per: 1s}]
	END
	run -1 spool -c c.yaml -- true <<<'{"kind":"n","id":1,"at_ms":0}'
	[ "$output" = "" ]
	run -0 spool -- true </dev/null # under another configuration it may
	[ "$(ids <<<"$output")" = "1 dispatched" ]
}

@test "another process has it: 75, told, and its input is not read" {
	mkfifo started go
	handler a 'echo >started; read -r x <go'
	meshq-exec --spool q -H h >out 3>&- <<<'{"kind":"a","id":1}' &
	pid=$!
	read -r _ <started
	ln -s q other
	run -75 meshq-exec --spool other -H h <<<'{"kind":"a","id":2}'
	[ "$output" = "meshq-exec: other: another process is using it" ]
	echo >go
	wait "$pid"
	pid=
	[ "$(ids <out)" = "1 dispatched" ]
}

@test "a file of another kind is refused and left as it is" {
	echo '{"kind":"a"}' >other
	cp other before
	run -65 meshq-exec --spool other -- true </dev/null
	[ "$output" = "meshq-exec: other:1: byte 13: expected meshq to be \"spool\" (this is no spool of meshq-exec)" ]
	printf 'no line' >other
	run -65 meshq-exec --spool other -- true </dev/null
	[[ "$output" = *"(this is no spool of meshq-exec)" ]]
	[ "$(cat other)" = "no line" ]
	echo '{"meshq":"spool","v":2}' >other
	run -65 meshq-exec --spool other -- true </dev/null
	[[ "$output" = *"a later version of meshq has written this"* ]]
	run -73 meshq-exec --spool . -- true </dev/null
	run -73 meshq-exec --spool none/q -- true </dev/null
	run -73 meshq-exec --spool /dev/null -- true </dev/null
	[[ "$output" = *"/dev/null is not a regular file" ]]
}

@test "a file that may not be written is refused" {
	[ "$(id -u)" != 0 ] || skip "root may write anything"
	pulls 1 2 | spool --on-eof=unfinished -- true >/dev/null
	chmod a-w q
	run -73 spool -- true </dev/null
	[[ "$output" = *"open q: Permission denied" ]]
}

@test "the spool is no input" {
	pulls 1 2 | spool --on-eof=unfinished -- true >/dev/null
	run -66 spool q -- true
	[[ "$output" = *"q: the input is the output as well"* ]]
}

@test "--simulate has no use for a spool" {
	run -64 meshq-exec --simulate x.yaml --spool q </dev/null
	[ "${lines[0]}" = "meshq-exec: --spool: with --simulate no process is run (see --help)" ]
}

# ---- damage ----

@test "a last line that was cut off is normal, and forgotten" {
	pulls 1 3 | spool --on-eof=unfinished -- true >/dev/null
	printf '{"accept":4,"at_ms":0,"rec' >>q
	run -0 --separate-stderr spool -- true </dev/null
	[ "$stderr" = "" ]
	ids <<<"$output" | diff - <(printf '%s dispatched\n' 2 3)
}

@test "damage in the middle is told and kept, and the rest is used" {
	pulls 1 4 | spool --on-eof=unfinished -- true >/dev/null
	n=$(grep -n '"accept":3' q | cut -d: -f1)
	sed -i "${n}s/chain\":3/chain\"-3/" q
	sed -n "${n}p" q >bad
	run -65 --separate-stderr spool -- true </dev/null
	ids <<<"$output" | diff - <(printf '%s dispatched\n' 2 4)
	[ "${stderr_lines[0]}" = "meshq-exec: q:$n: byte $(($(grep -bo 'chain"-' bad | cut -d: -f1) + 7)): expected ':' after member name" ]
	[ "${stderr_lines[1]}" = "meshq-exec: q: 1 damaged lines are left out, and kept in q.damaged" ]
	diff bad q.damaged
	run -0 --separate-stderr spool -- true </dev/null
	[ "$stderr" = "" ]
}

@test "what a rule remembers is forgotten when it has another key, and that is told" {
	spool -- true <<<'{"kind":"pull_replica","chain":1,"at_ms":0}' >/dev/null
	run -0 --separate-stderr spool --set rules.chain-window.key=source -- true <<<'{"kind":"pull_replica","chain":1,"at_ms":300}'
	[[ "$stderr" = *"q: what rule 'chain-window' had admitted or held is forgotten"* ]]
	[ "$(jq .outcome.at_ms <<<"$output")" = 300 ]
}

# ---- a full disk ----

@test "no room for the spool: what cannot be accepted is not run, and comes out unfinished" {
	handler a 'echo "$MESHQ_ID" >>ran'
	seq -f '{"kind":"a","id":%.0f,"pad":"'"$(printf 'x%.0s' {1..4000})"'"}' 40 >in
	# Files may have 128 KiB here, pipes anything.
	run -74 --separate-stderr bash -o pipefail -c 'ulimit -f 128
		meshq-exec -j2 --set executor.queue=1 --spool q --stats -H h in | cat'
	[ "$stderr" = "meshq-exec: write q: File too large" ]
	ids <<<"$output" | sort -n >out
	cut -d' ' -f1 out | diff - <(seq 40)
	sort -n ran | diff - <(sed -n 's/ dispatched//p' out)
	[ "$(grep -c dispatched out)" -gt 5 ]
	[ "$(grep -c unfinished out)" -gt 5 ]
	# There is nothing left to do but what came out unfinished.
	[ "$(meshq-exec --spool q -H h </dev/null)" = "" ]
	run -0 meshq-exec --spool q -H h <<<"$(jq -c 'select(.outcome.status == "unfinished")' <<<"$output")"
	sort -n ran | diff - <(seq 40)
}

@test "a spool is written for nobody else" {
	spool -- true </dev/null
	[ "$(stat -c %a q)" = 600 ]
}
