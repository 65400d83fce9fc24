#!/usr/bin/env bats
# meshq-exec --batch: one process for many actions. With the record clock a batch goes off
# when nothing else can join it, so what is in it does not depend on time.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
}

# batches N ARG...: with the record clock and one batch at a time.
batches() {
	local n=$1
	shift
	run --separate-stderr timeout 60 meshq-exec --clock=record -j1 -H h --batch="$n" "$@"
}

# of JQ-FILTER: what the filter says of each record of the output, in one line.
of() { jq -c "$1" <<<"$output" | tr '\n' ' '; }
statuses() { of '[.id, .outcome.status]'; }
actions() { seq -f '{"kind":"a","id":%.0f}' "$@"; }

# ---- which actions go together ----

@test "a process has the lines of up to N actions, in order" {
	handler a 'cat >"got.$$"; echo $$ >>order'
	batches 3 < <(actions 7)
	[ "$status" -eq 0 ]
	[ "$(statuses)" = '[1,"dispatched"] [2,"dispatched"] [3,"dispatched"] [4,"dispatched"] [5,"dispatched"] [6,"dispatched"] [7,"dispatched"] ' ]
	[ "$(while read -r pid; do jq .id "got.$pid" | xargs; done <order)" = "$(printf '1 2 3\n4 5 6\n7')" ]
	[ -z "$stderr" ]
}

@test "one that is not full goes off when nothing can join it, in every instant of a replay" {
	handler a 'wc -l >>sizes'
	batches 10 <<'EOF'
{"kind":"a","at_ms":5}
{"kind":"a","at_ms":5}
{"kind":"a","at_ms":6}
EOF
	[ "$(xargs <sizes)" = '2 1' ]
}

@test "in real time the first of a batch waits for others no longer than --batch-wait" {
	handler a 'wc -l >>sizes; cat >gone'
	mkfifo in out gone
	timeout 60 meshq-exec -j1 -H h --batch=3 --batch-wait=1ms <in >out 3>&- &
	exec 8>in 9<out
	actions 2 >&8
	: <gone
	read -r -t 30 line <&9
	read -r -t 30 line <&9
	[ "$(jq -r '.id, .outcome.status' <<<"$line" | xargs)" = '2 dispatched' ]
	exec 8>&-
	wait
	[ "$(xargs <sizes)" = 2 ]
}

@test "the end of the input waits for nobody" {
	handler a 'wc -l >>sizes'
	run -0 timeout 60 meshq-exec -j1 -H h --batch=3 --batch-wait=1h < <(actions 4)
	[ "$(xargs <sizes)" = '3 1' ]
}

@test "each program has batches of its own, and other kinds run otherwise" {
	handler a 'jq -r .id | xargs >>a'
	handler b 'jq -r .id | xargs >>b'
	handler c 'jq -r .id | xargs >>c'
	for id in 1 2 3 4 5 6; do
		printf '{"kind":"%s","id":%d}\n' a $id b 1$id c 2$id
	done >in
	batches 2 --set 'executor.run={ b: { as: batch, batch: 4 }, c: { as: spawn } }' in
	[ "$(cat a)" = "$(printf '1 2\n3 4\n5 6')" ]
	[ "$(cat b)" = "$(printf '11 12 13 14\n15 16')" ]
	[ "$(wc -l <c)" -eq 6 ]
	[ "$(statuses | grep -o dispatched | wc -l)" -eq 18 ]
}

@test "a replay of batches gives the same bytes, whatever the real timing" {
	handler a 'while read -r line; do echo "$line" | jq -c "{id, meshq: {retry_after_ms: (if .id % 3 == 0 then 5 else null end)} | del(..|nulls)}"; [ -e fast ] || sleep 0.001; done; exit 75'
	seq -f '{"kind":"a","id":%.0f,"at_ms":10}' 20 >in
	seq -f '{"kind":"a","id":%.0f,"at_ms":12}' 21 40 >>in
	for n in 1 2 3; do
		meshq-exec --clock=record -j3 -H h --batch=4 --trace --set executor.max_defers=2 in >"out.$n" || true
		: >fast
	done
	cmp out.1 out.2
	cmp out.1 out.3
	[ "$(jq -r 'select(.outcome.status != "retrying") | .id' out.1 | sort -n)" = "$(seq 40)" ]
}

# ---- replies ----

@test "each reply is for the action of its id, and the output" {
	handler a 'cat >/dev/null
echo "{\"id\":3,\"meshq\":{\"fail\":\"bad chain\"}}"
echo "{\"id\":1,\"n\":7}"
echo "{\"id\":2,\"meshq\":{\"retry_after_ms\":5,\"reason\":\"peer busy\"}}"'
	batches 3 --output --trace --set executor.max_defers=1 < <(actions 3)
	[ "$status" -eq 1 ]
	[ "$(of '[.id, .outcome.status, .outcome.reason]')" = '[1,"dispatched",null] [2,"retrying","peer busy"] [3,"failed","bad chain"] [2,"failed","retried too often: 0 defers and 2 attempts, max_defers is 1"] ' ]
	[ "$(jq -r 'select(.id == 1) | .outcome.output' <<<"$output")" = '{"id":1,"n":7}' ]
}

@test "those without a reply share the exit status" {
	handler a 'read -r first; echo "$first"; exit 3'
	batches 3 < <(actions 3)
	[ "$(of '[.id, .outcome.status, .outcome.exit]')" = '[1,"dispatched",null] [2,"failed",3] [3,"failed",3] ' ]
	handler a 'read -r first; echo "$first"; echo "no luck" >&2; exit 75'
	batches 3 --set executor.max_defers=2 < <(actions 2)
	[ "$(of '[.id, .outcome.status, .outcome.attempts, .outcome.last_reason]')" = '[1,"dispatched",1,null] [2,"dispatched",2,null] ' ]
}

@test "an object with meshq and no id speaks for all that have no reply" {
	handler a 'read -r first; echo "$first"; echo "{\"meshq\":{\"fail\":\"closed today\"}}"'
	batches 3 < <(actions 3)
	[ "$(of '[.id, .outcome.status, .outcome.reason]')" = '[1,"dispatched",null] [2,"failed","closed today"] [3,"failed","closed today"] ' ]
}

@test "ids are equal however they are spelt, and 1 is not \"1\"" {
	handler a 'cat >/dev/null
echo "{\"id\":\"\\u0061\\/b\",\"meshq\":{\"fail\":\"slash\"}}"
echo "{ \"\\u0069d\" : 18446744073709551615 , \"meshq\":{\"fail\":\"large\"}}"
echo "{\"id\":\"1\",\"meshq\":{\"fail\":\"text\"}}"
echo "  {\"id\":1.0,\"meshq\":{\"fail\":\"number\"}}"'
	batches 4 <<'EOF'
{"kind":"a","id":"a/b"}
{"kind":"a","id":18446744073709551615}
{"kind":"a","id":1}
{"kind":"a","id":"1"}
EOF
	[ "$(of .outcome.reason)" = '"slash" "large" "number" "text" ' ]
	[ -z "$stderr" ]
}

@test "actions of one id get its replies one after the other" {
	handler a 'cat >/dev/null
echo "{\"id\":7}"
echo "{\"id\":7,\"meshq\":{\"fail\":\"second\"}}"
exit 9'
	batches 3 <<'EOF'
{"kind":"a","id":7}
{"kind":"a","id":7}
{"kind":"a","id":7}
EOF
	[ "$(of '[.outcome.status, .outcome.reason]')" = '["dispatched",null] ["failed","second"] ["failed","exit status 9"] ' ]
}

@test "replies that nobody waits for are told once and change nothing" {
	handler a 'cat >/dev/null
for i in 1 2 3; do echo "{\"id\":99,\"meshq\":{\"fail\":\"x\"}}"; done
for i in 1 2 3; do echo "{\"id\":1}"; done
echo "{\"id\":1,\"meshq\":{\"fail\":\"x\"}}"'
	batches 2 < <(actions 4)
	[ "$status" -eq 0 ]
	[ "$(statuses)" = '[1,"dispatched"] [2,"dispatched"] [3,"dispatched"] [4,"dispatched"] ' ]
	[ "$stderr" = 'meshq-exec: handler h/a: a reply for an id that is not of its batch: 99 (told once)
meshq-exec: handler h/a: another reply for an id that has one: 1 (told once)' ]
}

# ---- what must not pass for success ----

@test "a reply that cannot be read passes for no success of anybody" {
	for reply in '{"id":2,"meshq":{"fail":"x"' '{"id":2,"meshq":true}' '{"id":2,"id":2}' '{"id":null}' \
		'{"id":2,"meshq":{"fail":"a","fail":"b"}}'; do
		echo "$reply" >reply
		handler a 'read -r first; echo "$first"; cat reply'
		batches 2 < <(actions 2)
		[ "$(of '[.id, .outcome.status, .outcome.reason]')" = '[1,"dispatched",null] [2,"failed","a reply of its batch could not be read, and may have been for it"] ' ]
		[[ "$stderr" = 'meshq-exec: handler h/a: a reply that cannot be read: {"id":'*' (told once)' ]]
	done
}

@test "a reply that is too long passes for no success of anybody; noise does" {
	handler a 'cat >/dev/null; echo "{\"id\":1}"; printf "{\"id\":2,\"meshq\":{\"fail\":\"%0100000d\"}}\n" 0'
	batches 2 < <(actions 2)
	[ "$(of '[.id, .outcome.status, .outcome.reason]')" = '[1,"dispatched",null] [2,"failed","a reply of its batch was too long, and may have been for it"] ' ]
	handler a 'cat >/dev/null; printf "%0100000d\n" 0; echo "[1]"; yes | head -c 3000000'
	batches 2 < <(actions 2)
	[ "$(statuses)" = '[1,"dispatched"] [2,"dispatched"] ' ]
	[ -z "$stderr" ]
}

@test "several replies that have lost their ids pass for no success" {
	handler a 'cat >/dev/null; echo "{\"meshq\":{\"fail\":\"x\"}}"; echo "{\"meshq\":{}}"'
	batches 2 < <(actions 2)
	[ "$(of .outcome.status)" = '"failed" "failed" ' ]
}

# ---- what handlers do ----

@test "a process that is killed has answered what it has answered" {
	handler a 'read -r first; echo "$first"; printf "{\"id\":2"; kill -KILL $$'
	batches 3 < <(actions 3)
	[ "$(of '[.id, .outcome.status, .outcome.signal]')" = '[1,"dispatched",null] [2,"failed","KILL"] [3,"failed","KILL"] ' ]
}

@test "a process that hangs is ended with all that it has not answered" {
	handler a 'read -r first; echo "$first"; exec tail -f /dev/null'
	for clock in record real; do
		run --separate-stderr -1 timeout 60 meshq-exec --clock=$clock -j1 -H h --batch=3 --timeout=100ms < <(actions 3)
		[ "$(of '[.id, .outcome.status, .outcome.reason]')" = '[1,"dispatched",null] [2,"failed","timed out after 100ms"] [3,"failed","timed out after 100ms"] ' ]
	done
}

@test "one that ends well only because it was told to end has done nothing for those without a reply" {
	handler a 'trap "exit 0" TERM; read -r first; echo "$first"; while :; do read -r -t 60 x <>p; done'
	mkfifo p
	sed -i 's/^#!.*/#!\/bin\/bash/' h/a
	for clock in record real; do
		run --separate-stderr -1 timeout 60 meshq-exec --clock=$clock -j1 -H h --batch=2 --timeout=300ms < <(actions 2)
		[ "$(of '[.id, .outcome.status]')" = '[1,"dispatched"] [2,"failed"] ' ]
	done
}

@test "those whose process had to end for another one are tried again, and it is not their fault" {
	handler default 'cat >lines; if grep -q slow lines; then exec tail -f /dev/null; fi'
	printf '{"kind":"a","id":1}\n{"kind":"slow","id":2}\n{"kind":"a","id":3}\n' >in
	for clock in record real; do
		run --separate-stderr -1 timeout 60 meshq-exec --clock=$clock -j1 --batch=3 --trace --set 'executor.timeouts={ slow: 100ms }' in -- "$PWD/h/default"
		[ "$(jq -c 'select(.id != 2) | [.id, .outcome.status, .outcome.attempts]' <<<"$output" | tr '\n' ' ')" = '[1,"retrying",0] [3,"retrying",0] [1,"dispatched",1] [3,"dispatched",1] ' ]
		[ "$(jq -r 'select(.outcome.status == "retrying") | .outcome.reason' <<<"$output" | uniq)" = 'the time of another action of its batch was over' ]
		[ "$(jq -c 'select(.id == 2) | .outcome.status' <<<"$output")" = '"failed"' ]
	done
}

@test "a flood, closed streams and an unread input harm nobody" {
	long=$(printf '%0300000d' 0)
	for id in 1 2 3; do printf '{"kind":"a","id":%d,"x":"%s"}\n' $id "$long"; done >in
	for script in 'exec <&-' 'exec <&- >&- 2>&-' 'yes | head -c 5000000' 'yes | head -c 5000000 >&2' ':'; do
		handler a "$script"
		batches 3 in
		[ "$status" -eq 0 ]
		[ "$(statuses)" = '[1,"dispatched"] [2,"dispatched"] [3,"dispatched"] ' ]
	done
}

@test "a handler that cannot be executed fails every action, once each" {
	printf '#!/does/not/exist\n' >h/a
	chmod +x h/a
	batches 3 < <(actions 5)
	[ "$status" -eq 1 ]
	[ "$(statuses)" = '[1,"failed"] [2,"failed"] [3,"failed"] [4,"failed"] [5,"failed"] ' ]
	[ "$(of .outcome.reason | cut -d' ' -f1-4 | head -1)" = '"cannot execute h/a: its' ]
	batches 3 <<<'{"kind":"nobody","id":1}'
	[ "$(of .outcome.reason)" = "\"no handler for 'nobody' in h, and no default\" " ]
}

@test "one that has replied to all and does not end is told to, and nobody suffers" {
	handler a 'cat; exec tail -f /dev/null'
	for clock in record real; do
		run --separate-stderr -0 timeout 60 meshq-exec --clock=$clock -j1 -H h --batch=2 --kill-after=50ms < <(actions 4)
		[ "$(statuses)" = '[1,"dispatched"] [2,"dispatched"] [3,"dispatched"] [4,"dispatched"] ' ]
	done
}

@test "what the handler says on stderr is shown once, with -v" {
	handler a 'echo oops >&2; exit 4'
	batches 3 -v < <(actions 3)
	[ "$(grep -c oops <<<"$stderr")" -eq 1 ]
	[ "$(of .outcome.reason)" = '"oops" "oops" "oops" ' ]
}

# ---- stopping ----

@test "TERM: a batch gets its grace, what was not answered and what had not begun is unfinished" {
	handler a 'read -r first; echo "$first"; echo >started; exec tail -f /dev/null'
	mkfifo in out started
	env --default-signal=TERM meshq-exec -j1 -H h --batch=2 --grace=50ms --stats <in >out 3>&- &
	pid=$!
	exec 8>in 9<out
	actions 4 >&8
	read -r _ <started
	kill -TERM "$pid"
	timeout 60 cat <&9 >lines
	ended=0
	wait "$pid" || ended=$?
	[ "$ended" -eq 143 ]
	[ "$(jq -c 'select(.id) | [.id, .outcome.status, .outcome.attempts]' lines | sort | tr '\n' ' ')" = '[1,"dispatched",1] [2,"unfinished",1] [3,"unfinished",0] [4,"unfinished",0] ' ]
	[ "$(jq -c 'select(.kind == "meshq.stats") | [.received,.dispatched,.unfinished,.pending]' lines)" = '[4,1,3,0]' ]
}

# ---- usage ----

@test "wrong numbers and what does not go together is told" {
	run --separate-stderr -64 meshq-exec --batch=0 -- true </dev/null
	[ "${stderr_lines[0]}" = 'meshq-exec: --batch: expected 1 to 65536 (see --help)' ]
	run --separate-stderr -64 meshq-exec --batch=65537 -- true </dev/null
	run --separate-stderr -64 meshq-exec --batch-wait=1s -- true </dev/null
	[ "${stderr_lines[0]}" = 'meshq-exec: --batch-wait: it is for --batch (see --help)' ]
	run --separate-stderr -64 meshq-exec --batch=2 --coprocess -- true </dev/null
	[ "${stderr_lines[0]}" = 'meshq-exec: either --coprocess or --batch, not both (see --help)' ]
}
