#!/usr/bin/env bats
# meshq-exec: what becomes of an action. With the record clock a test that is
# about time takes none.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
}

exec_() { run --separate-stderr meshq-exec "$@"; }
replay() { run --separate-stderr meshq-exec --clock=record -j4 -H h "$@"; }

# of JQ-FILTER: what the filter says of each record of the output, in one line.
of() { jq -c "$1" <<<"$output" | tr '\n' ' '; }
statuses() { of '[.id, .outcome.status]'; }

# ---- the main job ----

@test "each kind has its handler, default takes the rest, and every action its outcome" {
	handler pull 'cat >pulled'
	handler default 'exit 3'
	replay <<<'{"id":7,"kind":"pull","x":1.0}
{"id":"b","kind":"else"}'
	[ "$status" -eq 1 ]
	[ "$(statuses)" = '[7,"dispatched"] ["b","failed"] ' ]
	[ "$(cat pulled)" = '{"id":7,"kind":"pull","x":1.0}' ]
	[ -z "$stderr" ]
}

@test "an outcome is appended and no other byte changed" {
	line='{ "kind" : "a", "id":18446744073709551615, "x":1.0, "x":1e2,  "note":"\u00e9" '
	exec_ --clock=record -- true <<<"$line}"
	[ "$output" = "$line,\"outcome\":{\"status\":\"dispatched\",\"attempts\":1,\"defers\":0,\"at_ms\":0,\"queued_ms\":0,\"run_ms\":0,\"exit\":0}}" ]
}

@test "actions without an id are numbered, and the handler sees the number" {
	exec_ --clock=record --output -- cat <<<'{"kind":"a"}
{"kind":"b","id":"x"}
{"kind":"c"}'
	[ "$(of '[.id, .outcome.output]')" = '[1,"{\"kind\":\"a\",\"id\":1}\n"] ["x","{\"kind\":\"b\",\"id\":\"x\"}\n"] [3,"{\"kind\":\"c\",\"id\":3}\n"] ' ]
}

@test "admitted actions reach the handler before the end of input ends the run" {
	exec_ --clock=record --stats -j1 -- true <<<'{"kind":"mark_avoid"}
{"kind":"request_placement"}'
	[ "$status" -eq 0 ]
	[ "$(of .dispatched)" = 'null null 2 ' ]
}

@test "no input, blank lines and a last line without a newline" {
	exec_ --stats -- true </dev/null
	[ "$status" -eq 0 ]
	[ "$(of '[.received, .rejected]')" = '[0,0] ' ]
	exec_ --clock=record -- true < <(printf '\n  \n{"kind":"a"}\r\n\n{"kind":"b"}')
	[ "$(statuses)" = '[1,"dispatched"] [2,"dispatched"] ' ]
}

@test "bad lines are rejected, the good ones around them run, and 65 wins over 1" {
	exec_ --clock=record --stats --rejects=bad -- false <<<'{"kind":"a"}
{"kind":
{"kind":"b"}'
	[ "$status" -eq 65 ]
	[ "$(statuses)" = '[1,"failed"] [2,"failed"] [null,null] ' ]
	[ "$(cat bad)" = '{"kind":' ]
	[ "$(jq .rejected <<<"${lines[2]}")" = 1 ]
}

@test "several files are read in order, - is stdin" {
	echo '{"kind":"a"}' >one
	echo '{"kind":"c"}' >two
	exec_ --clock=record one - two -- true <<<'{"kind":"b"}'
	[ "$(of .kind)" = '"a" "b" "c" ' ]
	exec_ --clock=record missing one -- true
	[ "$status" -eq 66 ]
	[ "$(of .kind)" = '"a" ' ]
}

# ---- how a handler can end ----

@test "exit 75 is a retry, after executor.retry_after" {
	handler a '[ "$MESHQ_ATTEMPT" = 3 ] || exit 75'
	replay --stats --set executor.retry_after=30ms <<<'{"kind":"a","id":1}'
	[ "$status" -eq 0 ]
	[ "$(of '.outcome | select(.) | [.status,.attempts,.defers,.at_ms]')" = '["dispatched",3,0,60] ' ]
	[ "$(of '.dispatch_retries | select(.)')" = '2 ' ]
}

@test "executor.retries has waits for a kind, in a list or in a ladder" {
	handler a 'exit 75'
	handler b 'exit 75'
	replay --trace --set 'executor.retries={a: [1s, 5s], default: {initial: 2s, jitter: 0, most: 3}}' <<<'{"kind":"a","id":1}
{"kind":"b","id":2}'
	[ "$(of 'select(.id==1).outcome | [.status,.at_ms]')" = '["retrying",0] ["retrying",1000] ["failed",6000] ' ]
	[ "$(of 'select(.id==2).outcome | [.status,.at_ms]')" = '["retrying",0] ["retrying",2000] ["retrying",6000] ["failed",14000] ' ]
	[ "$(of 'select(.id==1 and .outcome.status=="failed").outcome.reason')" = \
		'"retried too often: 3 attempts, executor.retries has 2 retries" ' ]
}

@test "with jitter a replay draws the same every time" {
	handler a 'exit 75'
	replay --set 'executor.retries.default={initial: 10s, jitter: 1, most: 1}' <<<'{"kind":"a","id":1}
{"kind":"a","id":2}'
	first=$(of '.outcome.at_ms')
	[ "$(of '.outcome.at_ms < 10000 and .outcome.at_ms > 0')" = 'true true ' ]
	[ "$(of '.outcome.at_ms' | tr ' ' '\n' | sort -u | grep -c .)" -eq 2 ]
	replay --set 'executor.retries.default={initial: 10s, jitter: 1, most: 1}' <<<'{"kind":"a","id":1}
{"kind":"a","id":2}'
	[ "$(of '.outcome.at_ms')" = "$first" ]
}

@test "executor.retry_budget is used up by all actions together" {
	handler a 'echo no luck >&2; exit 75'
	seq -f '{"kind":"a","id":%.0f}' 20 >twenty
	replay --stats --set 'executor.retry_budget={ratio: 0, floor: 1}' --set executor.retry_after=1ms <twenty
	[ "$(of '.dispatch_retries | select(.)')" = '10 ' ]
	[ "$(of 'select(.id==20).outcome | [.status,.exit,.reason,.last_reason]')" = \
		'["failed",75,"not retried: executor.retry_budget is used up","no luck"] ' ]
}

@test "executor.max_wait ends what waits for a retry, and the earlier of two limits counts" {
	handler a 'exit 75'
	replay --set executor.retry_after=400ms --set executor.max_wait=1s <<<'{"kind":"a","id":1}
{"kind":"a","id":2,"expires_ms":500}'
	[ "$(of '[.id] + (.outcome | [.status,.attempts,(.at_ms|floor),.reason])')" = \
		'[2,"expired",2,500,"expired before it could run"] [1,"expired",3,1000,"waited longer than max_wait, 1s"] ' ]
}

@test "a reply asks for a retry in its own time" {
	handler a '[ "$MESHQ_ATTEMPT" = 2 ] || echo "{\"meshq\":{\"retry_after_ms\":50,\"reason\":\"peer busy\"}}"'
	replay --trace <<<'{"kind":"a","id":1}'
	[ "$(of '.outcome | [.status,.at_ms,.retry_after_ms,.reason]')" = \
		'["retrying",0,50,"peer busy"] ["dispatched",50,null,null] ' ]
}

@test "a reply can fail an action though the exit status is 0" {
	handler a 'echo working; echo "{\"meshq\":{\"fail\":\"bad chain\"}}"'
	replay <<<'{"kind":"a","id":1}'
	[ "$status" -eq 1 ]
	[ "$(of '.outcome | [.status,.exit,.reason]')" = '["failed",0,"bad chain"] ' ]
}

@test "a reply wins over the exit status, whichever it is" {
	handler a '[ "$MESHQ_ATTEMPT" = 2 ] || { echo "{\"meshq\":{\"retry_after_ms\":0.5}}"; exit 9; }'
	handler b 'echo "{\"meshq\":{\"fail\":true,\"reason\":\"no use\"}}"; exit 75'
	replay <<<'{"kind":"a","id":1}
{"kind":"b","id":2}'
	[ "$(of '[.id,.outcome.status,.outcome.attempts,.outcome.reason]')" = \
		'[2,"failed",1,"no use"] [1,"dispatched",2,null] ' ]
}

@test "only the last line can be a reply, and only an object with meshq" {
	handler a 'echo "{\"meshq\":{\"fail\":\"x\"}}"; echo done'
	handler b 'echo "{\"mesh\":1}"'
	handler c 'echo "{\"meshq\":1}"'
	handler d 'echo "{\"meshq\":{\"fail\":\"x\"}"'
	replay <<<'{"kind":"a"}
{"kind":"b"}
{"kind":"c"}
{"kind":"d"}'
	[ "$status" -eq 0 ]
	[ "$(of .outcome.status)" = '"dispatched" "dispatched" "dispatched" "dispatched" ' ]
}

@test "a reply that cannot be understood does not pass for success" {
	handler a 'echo "{\"meshq\":{\"retry_after_ms\":\"soon\"}}"'
	handler b 'echo "{\"meshq\":{\"retry_after_ms\":-1}}"'
	handler c 'echo "{\"meshq\":{\"fail\":7}}"'
	replay <<<'{"kind":"a"}
{"kind":"b"}
{"kind":"c"}'
	[ "$(of '[.outcome.status, (.outcome.reason | test("^bad reply: expected meshq"))]')" = \
		'["failed",true] ["failed",true] ["failed",true] ' ]
}

@test "any other exit status fails for good, with the end of stderr as the reason" {
	handler a 'echo first >&2; echo >&2; echo second >&2; echo "  " >&2; echo third >&2; printf last >&2; exit 4'
	handler b 'exit 5'
	handler c 'printf "caf\351\n" >&2; exit 1'
	replay --stats <<<'{"kind":"a"}
{"kind":"b"}
{"kind":"c"}'
	[ "$status" -eq 1 ]
	[ "$(of '.outcome | select(.) | [.status,.exit,.reason]')" = \
		'["failed",4,"second; third; last"] ["failed",5,"exit status 5"] ["failed",1,"caf�"] ' ]
	[ "$(of '.failed | select(.)')" = '3 ' ] # dispatch_errors_without_retry_record_failures
}

@test "a long reason is cut to its end, between characters" {
	handler a 'i=0; while [ $i -lt 300 ]; do printf é; i=$((i+1)); done >&2; exit 1'
	replay <<<'{"kind":"a"}'
	[ "$(of '.outcome.reason | [test("^é+$"), length <= 200, length > 150]')" = '[true,true,true] ' ]
}

@test "D-14 a handler that crashes is a failure that names the signal, and the next one runs" {
	handler crash 'echo about to >&2; kill -SEGV $$'
	handler fine ''
	replay -j1 --stats <<<'{"kind":"crash"}
{"kind":"fine"}'
	[ "$(of '.outcome | select(.) | [.status,.signal,.exit,.reason]')" = \
		'["failed","SEGV",null,"killed by SIGSEGV: about to"] ["dispatched",null,0,null] ' ]
	[ "$(of 'select(.failed) | [.failed,.dispatched]')" = '[1,1] ' ]
}

@test "D-13 a hung handler is ended after --timeout, and others run meanwhile" {
	handler hang 'echo stuck >&2; exec tail -f /dev/null'
	handler fine ''
	exec_ -j2 -H h --timeout=200ms <<<'{"kind":"hang","id":1}
{"kind":"fine","id":2}
{"kind":"fine","id":3}'
	[ "$(statuses)" = '[2,"dispatched"] [3,"dispatched"] [1,"failed"] ' ]
	[ "$(jq -r .outcome.reason <<<"${lines[2]}")" = 'timed out after 200ms: stuck' ]
}

@test "executor.timeouts has a time of its own for a kind" {
	handler hang 'exec tail -f /dev/null'
	handler free 'echo "<$MESHQ_DEADLINE_MS>"'
	exec_ -j1 -H h --output --timeout=1h --set 'executor.timeouts={hang: 50ms, free: none}' <<<'{"kind":"hang"}
{"kind":"free"}'
	[ "$(of '.outcome | [.status,.reason]')" = '["failed","timed out after 50ms"] ["dispatched",null] ' ]
	[ "$(jq -r .outcome.output <<<"${lines[1]}")" = '<>' ]
	replay --set 'executor.timeouts.hang=50ms' <<<'{"kind":"hang"}'
	[ "$(of '.outcome | [.status,.reason]')" = '["failed","timed out after 50ms"] ' ]
}

@test "executor.on_exit says what other exit statuses mean" {
	handler default 'exit "${MESHQ_KIND#x}"'
	replay --set 'executor.on_exit={24: ok, 75: fail, 111: retry}' --set executor.max_defers=1 <<<'{"kind":"x0"}
{"kind":"x24"}
{"kind":"x75"}
{"kind":"x100"}
{"kind":"x111"}'
	[ "$(of '[.kind, .outcome.status, .outcome.attempts, .outcome.exit]')" = \
		'["x0","dispatched",1,0] ["x24","dispatched",1,24] ["x75","failed",1,75] ["x100","failed",1,100] ["x111","failed",2,111] ' ]
	# A reply still says it better.
	handler default 'echo "{\"meshq\":{\"fail\":\"no\"}}"; exit 24'
	replay --set 'executor.on_exit={24: ok}' <<<'{"kind":"x"}'
	[ "$(of '[.outcome.status, .outcome.reason]')" = '["failed","no"] ' ]
}

@test "a handler that ignores TERM is killed --kill-after later, its children with it" {
	mkfifo held
	handler a "trap '' TERM; (exec tail -f /dev/null) 3>held & echo \$! >inner; tail -f /dev/null; tail -f /dev/null"
	(exec cat held >gone) &
	watcher=$!
	exec_ -H h --timeout=20ms --kill-after=20ms <<<'{"kind":"a"}'
	[ "$(of '.outcome | [.status,.signal]')" = '["failed","KILL"] ' ]
	wait "$watcher" # the FIFO ends only when nobody of the group holds it
}

@test "on_timeout: retry makes a timeout a retry" {
	handler a '[ "$MESHQ_ATTEMPT" = 2 ] || exec tail -f /dev/null'
	exec_ -H h --timeout=100ms --set executor.on_timeout=retry --set executor.retry_after=1ms <<<'{"kind":"a"}'
	[ "$(of '.outcome | [.status,.attempts]')" = '["dispatched",2] ' ]
}

@test "a timeout is real under the record clock too" {
	handler a 'exec tail -f /dev/null'
	replay --timeout=50ms <<<'{"kind":"a"}'
	[ "$(of '.outcome | [.status,.at_ms,.reason]')" = '["failed",0,"timed out after 50ms"] ' ]
}

# ---- what a handler is given, and what it may do ----

@test "the environment tells id, kind, attempt, defers and deadline" {
	export MESHQ_ID=outer MESHQ_DEADLINE_MS=1 OTHER=kept
	handler 'a b' 'echo "$MESHQ_ID|$MESHQ_KIND|$MESHQ_ATTEMPT|$MESHQ_DEFERS|$MESHQ_DEADLINE_MS|$OTHER"; [ "$MESHQ_ATTEMPT" -gt 1 ] || exit 75'
	replay --output --timeout=5s --set executor.retry_after=100ms <<<'{"kind":"a b","id":"x\ty","at_ms":1000}'
	[ "$(of .outcome.output)" = '"x\ty|a b|2|0|6100|kept\n" ' ]
	replay --output --timeout=0 <<<'{"kind":"a b","id":5,"outcome":{"status":"unfinished","attempts":3,"defers":2}}'
	[ "$(of .outcome.output)" = '"5|a b|4|2||kept\n" ' ]
}

@test "a handler that does not read or closes its stdin, or gets a megabyte" {
	big=$(head -c 1000000 /dev/zero | tr '\0' x)
	handler ignore ''
	handler close 'exec <&-; echo closed'
	handler count 'wc -c'
	printf '{"kind":"%s","big":"%s"}\n' ignore "$big" close "$big" count "$big" >in
	replay --output in
	[ "$status" -eq 0 ]
	[ "$(of .outcome.output)" = '"" "closed\n" "1000033\n" ' ]
}

@test "a flood on both streams is read and dropped, the end is kept" {
	handler a 'yes flood | head -c 3000000; yes error | head -c 3000000 >&2; echo the end'
	replay --output --set executor.capture=1K <<<'{"kind":"a"}'
	[ "$status" -eq 0 ]
	[ "$(of '.outcome.output | [length, endswith("flood\nthe end\n")]')" = '[1024,true] ' ]
}

@test "a reply is read whole, however little is captured" {
	handler a 'yes | head -c 100000; echo "{\"meshq\":{\"fail\":\"bad chain\"}}"'
	replay --output --set executor.capture=4 <<<'{"kind":"a"}'
	[ "$status" -eq 1 ]
	[ "$(of '.outcome | [.status,.reason,.output]')" = '["failed","bad chain","\"}}\n"] ' ]
}

@test "a grandchild that keeps the pipes does not keep the action" {
	mkfifo go
	handler a 'echo said; (read x <go; echo late) & exit 0'
	replay --output <<<'{"kind":"a"}'
	[ "$(of '.outcome | [.status,.output]')" = '["dispatched","said\n"] ' ]
	echo >go
}

@test "signals, mask and descriptors are clean" {
	handler a 'grep -E "^Sig(Blk|Ign)" /proc/self/status | cut -f2 | tr "\n" " "; ls /proc/self/fd | tr "\n" " "'
	exec 7</dev/null
	(trap '' HUP USR2 CHLD && meshq-exec --clock=record --output -H h <<<'{"kind":"a"}' 7</dev/null) >out
	[ "$(jq -r .outcome.output out)" = '0000000000000000 0000000000000000 0 1 2 3 ' ]
}

@test "descriptors do not pile up over many handlers, good and bad" {
	handler a 'ls "/proc/$PPID/fd" | wc -l'
	echo '#!/no/such/interpreter' >h/b
	chmod +x h/b
	for i in $(seq 100); do printf '{"kind":"a","id":%d}\n{"kind":"b"}\n' "$i"; done >in
	run --separate-stderr meshq-exec --clock=record -j1 --output -H h in
	jq -r '.outcome.output | select(.)' <<<"$output" | grep . | sort -n >counts
	[ "$(wc -l <counts)" -eq 100 ]
	# The ends for the handler may be open a moment longer than it takes to start.
	[ $(($(tail -n 1 counts) - $(head -n 1 counts))) -le 4 ]
}

@test "statuses are seen although SIGCHLD was ignored when we were started" {
	(trap '' CHLD && meshq-exec --clock=record -- false <<<'{"kind":"a"}' >out) || true
	[ "$(jq -c '[.outcome.status,.outcome.exit]' out)" = '["failed",1]' ]
}

@test "a kind cannot leave the directory, and needs a handler" {
	printf '#!/bin/sh\n' >outside
	chmod +x outside
	replay <<<'{"kind":"x/../../outside"}
{"kind":".hidden"}
{"kind":""}
{"kind":"nul\u0000"}
{"kind":"nobody"}'
	[ "$(of .outcome.status)" = '"failed" "failed" "failed" "failed" "failed" ' ]
	[ "$(of .outcome.reason)" = "\"a kind with '/' in it names no handler\" \"a kind that begins with '.' names no handler\" \"an empty kind names no handler\" \"a kind with a NUL in it names no handler\" \"no handler for 'nobody' in h, and no default\" " ]
}

@test "a handler that cannot be executed fails its action with the reason" {
	echo 'echo no interpreter line' >h/script
	chmod +x h/script
	echo '#!/bin/sh' >h/plain
	printf '#!/no/such/interpreter\n' >h/broken
	chmod +x h/broken
	mkdir h/directory
	replay <<<'{"kind":"script"}
{"kind":"plain"}
{"kind":"broken"}
{"kind":"directory"}'
	[ "$status" -eq 1 ]
	[ "$(of '.outcome | [.status,.reason]')" = '["failed","cannot execute h/script: no program, and no #! line"] ["failed","cannot execute h/plain: Permission denied"] ["failed","cannot execute h/broken: its interpreter is not there"] ["failed","cannot execute h/directory: Permission denied"] ' ]
}

@test "-v shows what handlers say on stderr, once they have ended" {
	handler a 'echo hello >&2'
	replay -v <<<'{"kind":"a"}'
	[ "$stderr" = 'meshq-exec: handler: hello' ]
}

# ---- a command for all ----

@test "a program in an argument is taken for a member, and the reason says what to write" {
	echo '{"kind":"a"}' >in
	run meshq-exec in -- awk '{print NR}'
	[ "$(jq -r .outcome.reason <<<"$output")" = "no member 'print NR' for argument 1; a brace is written '{{'" ]
}

@test "{member.path} in an argument is replaced: strings decoded, the rest as JSON" {
	exec_ --clock=record --output -- printf '<%s>' '{s}' 'n={o.n}{id}' '{o}' '{{x}' '}' <<<'{"kind":"a","id":7,"s":"a \"b\" $(c) \u00e9","o":{"n":1.0}}'
	[ "$(jq -r .outcome.output <<<"$output")" = '<a "b" $(c) é><n=1.07><{"n":1.0}><{x}><}>' ]
}

@test "an absent member or a NUL fails the action, not the run" {
	exec_ --clock=record -- echo '{a.b}' <<<'{"kind":"x"}
{"kind":"x","a":{"b":"\u0000"}}
{"kind":"x","a":{"b":null}}'
	[ "$(of '[.outcome.status,.outcome.reason]')" = "[\"failed\",\"no member 'a.b' for argument 1\"] [\"failed\",\"argument 1 has a NUL character in it\"] [\"dispatched\",null] " ]
}

@test "an argument that is too long for the system fails its action" {
	printf '{"kind":"a","x":"%s"}\n{"kind":"a","x":1}\n' "$(head -c 200000 /dev/zero | tr '\0' x)" >in
	exec_ --clock=record in -- echo '{x}'
	[ "$(of '[.outcome.status,.outcome.reason]')" = '["failed","cannot execute /usr/bin/echo: Argument list too long"] ["dispatched",null] ' ] ||
		[ "$(of '[.outcome.status,.outcome.reason]')" = '["failed","cannot execute /bin/echo: Argument list too long"] ["dispatched",null] ' ]
}

@test "a placeholder that names nothing is a usage error before any record" {
	for bad in '{}' 'a{' 'a{b'; do
		exec_ -- echo "$bad" <<<'{"kind":"a"}'
		[ "$status" -eq 64 ]
		[ -z "$output" ]
		[[ $stderr == *"expected {member.path}; a brace is written '{{'"* ]]
	done
}

@test "a command that is missing or cannot be executed is known before the first record" {
	run -127 --separate-stderr meshq-exec -- no-such-command-here <<<'{"kind":"a"}'
	[ "$status" -eq 127 ]
	[ "$stderr" = 'meshq-exec: command no-such-command-here: No such file or directory' ]
	[ -z "$output" ]
	exec_ -- /etc/passwd <<<'{"kind":"a"}'
	[ "$status" -eq 126 ]
	exec_ -- ./h <<<'{"kind":"a"}'
	[ "$status" -eq 126 ]
}

@test "-H needs a directory" {
	run -127 --separate-stderr meshq-exec -H missing <<<'{"kind":"a"}'
	[ "$status" -eq 127 ]
	[ "$stderr" = 'meshq-exec: handlers directory missing: No such file or directory' ]
	exec_ -H /etc/passwd <<<'{"kind":"a"}'
	[ "$status" -eq 126 ]
	[ "$stderr" = 'meshq-exec: handlers directory /etc/passwd: Not a directory' ]
}

@test "either -H or a command" {
	exec_ </dev/null
	[ "$status" -eq 64 ]
	exec_ -H h -- true </dev/null
	[ "$status" -eq 64 ]
	exec_ -H h -j 100000000 </dev/null
	[ "$status" -eq 64 ]
	[[ $stderr == *"more open files than 'ulimit -Hn' allows: at most "* ]]
}

# ---- the gate ----

@test "gated actions do not reach the handler and say how long the hold lasts" {
	handler default 'echo ran >>ran'
	replay --chain=chain --stats <<<'{"kind":"meshq.hold","daemon":"d","until_ms":4000}
{"kind":"start_daemon","daemon":"d","id":1,"at_ms":1000}
{"kind":"start_daemon","daemon":"e","id":2}
{"kind":"start_daemon","daemon":"d","id":3,"at_ms":4000}'
	[ "$status" -eq 1 ]
	[ "$(statuses)" = '[1,"gated"] [2,"dispatched"] [3,"dispatched"] [null,null] ' ]
	[ "$(jq -c '.outcome | [.rule,.until_ms]' <<<"${lines[0]}")" = '["daemon-backoff",4000]' ]
	[ "$(jq -c 'select(.id==1).disposition.cooldown_ms' chain)" = 3000 ]
	[ "$(wc -l <ran)" -eq 2 ]
	[ "$(jq -c '[.gated,.dispatched,.controls]' <<<"${lines[3]}")" = '[1,2,1]' ]
}

@test "the chain keeps what keys of rules ask for, and nothing else of the action" {
	handler default ''
	printf 'rules: [{ name: a, window: 1s, key: [source.zone, n] }, { name: b, window: 1s, key: n }]\n' >zones.yaml
	replay -c zones.yaml --chain=chain <<<'{"kind":"x","n":1.50,"source":{"host":"h","zone":"o\u0073lo"},"expires_ms":9}'
	[ "$(jq -c '[.members["source.zone"],.expires_ms,.members.source]' chain)" = '["oslo",9,null]' ]
	grep -qF '"members":{"n":1.50,"source.zone":"o\u0073lo"}' chain
	replay --chain=chain2 <<<'{"kind":"x","n":1}'
	[ "$(jq -c '[has("members"),has("expires_ms")]' chain2)" = '[false,false]' ]
}

@test "deferred actions reach the handler in their time" {
	handler default ''
	replay --stats <<<'{"kind":"pull_replica","chain":1,"id":1}
{"kind":"pull_replica","chain":2,"id":2}'
	[ "$status" -eq 0 ]
	[ "$(of '.outcome | select(.) | [.status,.defers,.at_ms]')" = '["dispatched",0,0] ["dispatched",1,250] ' ]
	[ "$(of '.deferred | select(.)')" = '1 ' ]
}

@test "a failed pull gives its cooldown back: another chain goes at once" {
	handler pull_replica '[ "$MESHQ_ID" = 2 ] || exit 75'
	replay --set executor.retry_after=10s --set executor.max_defers=1 <<<'{"kind":"pull_replica","chain":1,"id":1}
{"kind":"pull_replica","chain":2,"id":2,"at_ms":1}'
	[ "$(of '[.id,.outcome.status,.outcome.at_ms]')" = '[2,"dispatched",1] [1,"failed",10000] ' ]
}

@test "D-20 retries end after exactly max_defers + 1 attempts, and the last error is kept" {
	handler a 'echo "$MESHQ_ATTEMPT" >>attempts; echo "busy $MESHQ_ATTEMPT" >&2; exit 75'
	replay --stats --set executor.max_defers=3 <<<'{"kind":"a","id":1}'
	[ "$status" -eq 1 ]
	[ "$(wc -l <attempts)" -eq 4 ]
	[ "$(of '.outcome | select(.) | [.status,.attempts,.defers,.reason,.last_reason]')" = \
		'["failed",4,0,"retried too often: 0 defers and 4 attempts, max_defers is 3","busy 4"] ' ]
	[ "$(of 'select(.failed) | [.failed,.dispatch_retries]')" = '[1,3] ' ]
}

@test "D-12 an action is not run after its expires_ms, at once or from the queue" {
	handler default 'echo "$MESHQ_ID" >>ran'
	replay --stats <<<'{"kind":"a","id":1,"at_ms":1000,"expires_ms":999}
{"kind":"a","id":2,"expires_ms":1000}
{"kind":"pull_replica","chain":1,"id":3}
{"kind":"pull_replica","chain":2,"id":4,"expires_ms":1100}'
	[ "$status" -eq 1 ]
	[ "$(statuses)" = '[1,"expired"] [2,"dispatched"] [3,"dispatched"] [4,"expired"] [null,null] ' ]
	[ "$(sort ran | tr '\n' ' ')" = '2 3 ' ]
	[ "$(of '.expired | select(.)')" = '2 ' ]
}

@test "the admission of a meshq-admit upstream is honoured" {
	handler default ''
	replay --trace <<<'{"kind":"pull_replica","chain":1,"id":1,"admission":{"decision":"admit","at_ms":0}}
{"kind":"pull_replica","chain":1,"id":2,"admission":{"decision":"admit","at_ms":0}}
{"kind":"mark_avoid","id":3,"admission":{"decision":"defer","rule":"pull-cooldown","retry_after_ms":150,"at_ms":0}}
{"kind":"mark_avoid","id":4,"admission":{"decision":"gate","rule":"daemon-backoff","until_ms":4000,"at_ms":0}}'
	[ "$(of '[.id,.outcome.status,.outcome.at_ms,.outcome.rule]')" = '[3,"deferred",0,"pull-cooldown"] [4,"gated",0,"daemon-backoff"] [1,"dispatched",0,null] [2,"dispatched",0,null] [3,"dispatched",150,null] ' ]
	replay <<<'{"kind":"a","admission":{"decision":"maybe"}}'
	[ "$status" -eq 65 ]
}

@test "what meshq-admit lets through and defers, meshq-exec runs" {
	handler default ''
	meshq-admit --clock=record >admitted <<<'{"kind":"pull_replica","chain":1}
{"kind":"pull_replica","chain":2}
{"kind":"pull_replica","chain":3,"at_ms":300}'
	replay admitted
	[ "$(of '[.id,.outcome.at_ms]')" = '[1,0] [2,250] [3,300] ' ]
}

# ---- what is not an action of ours ----

@test "records with a final outcome and unknown control records are passed on untouched" {
	replay --stats <<<'{"kind":"a", "outcome":{"status":"failed"}}
{"kind":"meshq.backpressure","depth":3 }
{"kind":"meshq.depth","depth":3}
{"kind":"meshq.tick","at_ms":5}
{"kind":"a","outcome":{"status":"retrying"}}'
	[ "${lines[0]}" = '{"kind":"a", "outcome":{"status":"failed"}}' ]
	[ "${lines[1]}" = '{"kind":"meshq.backpressure","depth":3 }' ]
	[ "${lines[2]}" = '{"kind":"meshq.depth","depth":3}' ]
	[ "${lines[3]}" = '{"kind":"a","outcome":{"status":"retrying"}}' ]
	[ "$(jq -c '[.received,.passed,.controls,.at_ms]' <<<"${lines[4]}")" = '[0,4,1,5]' ]
}

@test "D-29 unfinished actions are taken up again, counts and wait with them" {
	handler default '[ "$MESHQ_KIND" != b ] || exit 75'
	replay --on-eof=unfinished <<<'{"kind":"pull_replica","chain":1,"id":1}
{"kind":"pull_replica","chain":2,"id":2}
{"kind":"b","id":3}'
	[ "$status" -eq 1 ]
	[ "$(of '[.id,.outcome.status,.outcome.attempts,.outcome.defers,.outcome.due_ms]')" = \
		'[2,"unfinished",0,1,250] [1,"dispatched",1,0,null] [3,"unfinished",1,0,1000] ' ]
	handler default ''
	replay <<<"$output"
	[ "$status" -eq 0 ]
	[ "$(of '[.id,.outcome.status,.outcome.attempts,.outcome.defers,.outcome.at_ms]')" = \
		'[1,"dispatched",1,0,0] [2,"dispatched",1,1,250] [3,"dispatched",2,0,1000] ' ]
	[[ $output != *unfinished* ]]
}

@test "an unfinished outcome with wrong members is a bad record" {
	replay <<<'{"kind":"a","outcome":{"status":"unfinished","attempts":-1}}'
	[ "$status" -eq 65 ]
	[ "$stderr" = 'meshq-exec: -:1: byte 57: expected a whole number' ]
}

# ---- order ----

@test "D-8 actions due at one instant run in the order of their arrival" {
	handler default '[ "$MESHQ_ATTEMPT" = 2 ] || exit 75'
	for id in 5 3 9 1 7; do echo "{\"kind\":\"a\",\"id\":$id}"; done >in
	replay -j1 in
	[ "$(of .id)" = '5 3 9 1 7 ' ]
}

@test "D-9 a replay gives the same bytes whatever the real timing and however it is run" {
	# Odd ones take a while for real, some are retried.
	handler default 'case $MESHQ_ID in *[13579]) printf x >&2; ls -R /proc/self/fdinfo >/dev/null;; esac
case $MESHQ_ID in *[27]) [ "$MESHQ_ATTEMPT" = 2 ] || exit 75;; esac'
	i=0
	while [ $((i += 1)) -le 60 ]; do
		echo "{\"kind\":\"drop_replica\",\"chain\":$((i % 7)),\"id\":$i,\"at_ms\":$((i / 4))}"
	done >in
	for jobs in 1 3; do
		meshq-exec --clock=record -H h -j$jobs --trace --stats --chain=chain1.$jobs in >out1.$jobs
		meshq-exec --clock=record -H h -j$jobs --trace --stats --chain=chain2.$jobs <in >out2.$jobs
		cmp out1.$jobs out2.$jobs
		cmp chain1.$jobs chain2.$jobs
		[ "$(jq -c 'select(.outcome.status=="dispatched").id' out1.$jobs | sort -n | uniq | wc -l)" -eq 60 ]
	done
}

@test "two handlers run at once with -j2" {
	mkfifo a b
	handler one 'echo x >a; read y <b'
	handler two 'read y <a; echo x >b'
	exec_ -j2 -H h <<<'{"kind":"one"}
{"kind":"two"}'
	[ "$status" -eq 0 ]
}

# ---- the books ----

@test "D-19 --chain has every step, a deferral too, --failures every failure, of one epoch" {
	handler a '[ "$MESHQ_ATTEMPT" = 2 ] || { echo busy >&2; exit 75; }'
	handler b 'echo broken >&2; exit 1'
	handler pull_replica ''
	replay --chain=chain --failures=failures --epoch=night <<<'{"kind":"a","id":1,"at_ms":7}
{"kind":"b","id":2}
{"kind":"pull_replica","chain":1,"id":3}
{"kind":"pull_replica","chain":2,"id":4}
{"kind":"a","id":5,"expires_ms":1}'
	[ "$(jq -c '[.v,.epoch] ' chain failures | sort -u)" = '[1,"night"]' ]
	[ "$(jq -c '[.id,.disposition.status]' chain | tr '\n' ' ')" = '[4,"deferred"] [5,"expired"] [1,"failed"] [2,"failed"] [3,"dispatched"] [4,"dispatched"] [1,"dispatched"] ' ]
	[ "$(jq -c 'select(.id==1 and .disposition.status=="failed") | [.emitted_at_ms,.disposition.retry_after_ms != null,.disposition.reason]' chain)" = '[7,true,"busy"]' ]
	[ "$(jq -c '[.source,.reason]' failures | sort | tr '\n' ' ')" = '["action-id:2:b","broken"] ["action-id:5:a","expired before it could run"] ' ]
	[ "$(jq -c .seq failures | tr '\n' ' ')" = '1 2 ' ]
}

@test "an epoch is new with each run, and fixed in a replay" {
	meshq-exec --chain=chain -- true <<<'{"kind":"a"}' >out
	meshq-exec --chain=chain -- true <<<'{"kind":"a"}' >out
	[ "$(jq -r .epoch chain | sort -u | grep -cE '^[0-9a-f]{16}$')" -eq 2 ]
	meshq-exec --clock=record --chain=replayed -- true <<<'{"kind":"a"}' >out
	[ "$(jq -r .epoch replayed)" = replay ]
}

@test "a failing chain never stops dispatch: counted, told once, and status 74" {
	exec_ --clock=record --stats --chain=/dev/full --failures=/dev/full -- true <<<'{"kind":"a"}
{"kind":"b"}
{"kind":"a","expires_ms":-1}'
	[ "$status" -eq 74 ]
	[ "$(of '.outcome.status | select(.)')" = '"expired" "dispatched" "dispatched" ' ]
	[ "$(jq -c '[.dispatched,.chain_append_failures,.failures_append_failures]' <<<"${lines[3]}")" = '[2,3,1]' ]
	[ "$(grep -c 'No space left' <<<"$stderr")" -eq 2 ]
}

@test "--sync is for a chain on a disk, and no error for one that is not" {
	mkfifo pipe
	cat pipe >chain &
	exec_ --sync --chain pipe --failures log -- false <<<'{"kind":"a"}'
	[ "$status" -eq 1 ]
	wait $!
	[ "$(jq -r .disposition.status chain)" = failed ]
	[ "$(jq .seq log)" = 1 ]
}

@test "files that cannot be made are known before the first record" {
	exec_ --chain=missing/chain -- true <<<'{"kind":"a"}'
	[ "$status" -eq 73 ]
	[ -z "$output" ]
	exec_ --failures=- -- true <<<'{"kind":"a"}'
	[ "$status" -eq 64 ]
	[[ $stderr == "meshq-exec: --failures: '-' is not the name of a file"* ]]
}

@test "every line is counted once" {
	handler default 'case $MESHQ_ID in 1) exit 1;; 2) exit 75;; esac'
	replay --stats --on-eof=unfinished <<<'{"kind":"a","id":1}
{"kind":"a","id":2}
{"kind":"a","id":3}
bad
{"kind":"a","id":4,"expires_ms":-1}
{"kind":"meshq.hold","daemon":"d","until_ms":10}
{"kind":"start_daemon","daemon":"d"}
{"kind":"a","outcome":{"status":"dispatched"}}'
	[ "$(of 'select(.received) | [.received, .dispatched + .failed + .gated + .expired + .unfinished + .pending]')" = '[5,5] ' ]
	[ "$(of 'select(.received) | .received + .passed + .controls + .rejected')" = '8 ' ]
	[ "$(of 'select(.received) | [.dispatched,.failed,.gated,.expired,.unfinished]')" = '[1,1,1,1,1] ' ]
}

@test "--trace shows the steps on the way" {
	handler default '[ "$MESHQ_ATTEMPT" = 2 ] || exit 75'
	replay --trace <<<'{"kind":"pull_replica","chain":1,"id":1}
{"kind":"pull_replica","chain":1,"id":2}'
	[ "$(of 'select(.id==1).outcome.status')" = '"retrying" "dispatched" ' ]
	[ "$(of 'select(.id==2 and .outcome.status=="deferred").outcome | [.rule, .retry_after_ms]' | cut -d' ' -f1)" = '["chain-window",60000]' ]
}

@test "after the end of the input -v says what is left and how long it waits" {
	mkfifo err
	meshq-exec -v -- true 2>err >out <<<'{"kind":"pull_replica","chain":1,"id":1}
{"kind":"pull_replica","chain":1,"id":2}' &
	read -r line <err
	kill -TERM $!
	[[ $line == "meshq-exec: the input has ended; "*" left to do, the next wait is over in "@(60|59|58)s ]]
	stopped=0
	wait $! || stopped=$?
	[ "$stopped" -eq 143 ]
}

@test "a run's name is one that meshq-failures takes" {
	run -64 meshq-exec --epoch "$(printf '%301s' x)" -- true </dev/null
	run -0 meshq-exec --epoch "$(printf '%300s' x)" -- true </dev/null
}
