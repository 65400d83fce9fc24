#!/usr/bin/env bats
# meshq-recover as its users see it. See meshq-recover(1).
# shellcheck disable=SC2154 # run sets stderr and stderr_lines
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir d
}

# Nothing that a test has started outlives it.
teardown() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
}

# handler NAME [LINE]...: a handler of these lines of shell.
handler() {
	{
		echo '#!/bin/sh'
		printf '%s\n' "${@:2}"
	} >"d/.$1"
	chmod +x "d/.$1"
	mv "d/.$1" "d/$1"
}

# One that waits: tells `begun` and goes on when `go` is told.
slow() { # NAME [LINE]...
	mkfifo begun go
	handler "$1" 'echo >begun' 'read -r line <go' "${@:2}"
}

begun() { read -r -t 60 line <begun; }
go() { echo >go; }

recover() { meshq-recover --clock=record -H d "$@"; }

# One in the background; its output goes to `out`, its messages to `err`.
begin() {
	meshq-recover --clock=record -H d >out 2>err 3>&- &
	pid=$!
}

# ends STATUS: it does, with this.
ends() {
	local got=0
	wait "$pid" || got=$?
	pid=
	[ "$got" = "$1" ]
}

# recovered SLOT HANDLER: the record of a plain number.
recovered() { echo "{\"kind\":\"meshq.recovered\",\"recovered\":$1,\"handler\":\"$2\",\"at_ms\":${3:-0}}"; }

events() { jq -c 'select(.kind == "meshq.handler") | [.handler, .event, .strikes]' <<<"$output" | tr '\n' ' '; }
slots() { jq -c 'select(.kind == "meshq.recovered") | .recovered' <<<"$output" | tr '\n' ' '; }
state() { meshq-recover list --json -H d | jq -r '"\(.handler)=\(.state)/\(.strikes)"' | tr '\n' ' '; }

# ---- handlers and their results ----

@test "each handler runs once, in the order of the names, with 'recover' as its argument" {
	handler b 'echo "b $*" >>ran; echo 1'
	handler a 'echo "a $*" >>ran; echo 0'
	run -0 --separate-stderr recover
	[ "$output" = "$(recovered 0 a; recovered 1 b)" ]
	[ "$(cat ran)" = $'a recover\nb recover' ]
}

@test "an object gets kind, handler and time; its own bytes stay as they are" {
	handler a "echo ' {\"recovered\" : {\"group\":\"ingest\",\"slot\":3},\"x\":1.0 } '"
	run -0 --separate-stderr recover
	[ "$output" = ' {"recovered" : {"group":"ingest","slot":3},"x":1.0 ,"kind":"meshq.recovered","handler":"a","at_ms":0} ' ]
}

@test "a handler may write other records, which are passed on and count for nothing" {
	handler a "echo '{\"kind\":\"place_slot\",\"slot\":3}'; echo '{\"kind\":\"meshq.tick\",\"at_ms\":5}'"
	run -0 --separate-stderr recover --cap 1 --stats
	[ "${lines[0]}" = '{"kind":"place_slot","slot":3,"handler":"a","at_ms":0}' ]
	[ "${lines[1]}" = '{"kind":"meshq.tick","at_ms":5}' ]
	[ "$(jq .recovered <<<"${lines[2]}")" -eq 0 ]
}

@test "files that run-parts would not run are left alone, and -v names them" {
	handler good 'echo 1'
	for name in bad.sh bad~ .hidden; do cp d/good "d/$name"; done
	touch d/plain
	mkdir d/folder
	run -0 --separate-stderr recover -v
	[ "$output" = "$(recovered 1 good)" ]
	[ "${#stderr_lines[@]}" -eq 4 ]
	[[ $stderr == *"d/plain is no handler: it may not be executed"* ]]
	[[ $stderr == *"d/folder is no handler: it is no regular file"* ]]
	run -0 --separate-stderr recover -v --every 1s --passes 3
	[ "${#stderr_lines[@]}" -eq 4 ]
	run -0 --separate-stderr recover
	[ -z "$stderr" ]
}

@test "a handler finds its name, the pass and what is left under the cap in its environment" {
	# shellcheck disable=SC2016
	for name in a b; do handler $name 'echo "$MESHQ_HANDLER $MESHQ_PASS [$MESHQ_LEFT]" >>seen; echo 1'; done
	MESHQ_LEFT=99 run -0 --separate-stderr recover
	run -0 --separate-stderr recover --cap 3
	[ "$(cat seen)" = $'a 1 []\nb 1 []\na 2 [3]\nb 2 [2]' ]
}

@test "a handler has an empty stdin, the three streams and a process group of its own" {
	handler a 'cat >got' 'readlink /proc/self/fd/0 >>got' 'ls /proc/self/fd | tr "\n" " " >>got' \
		'read -r _ _ _ _ group _ </proc/$$/stat' '[ "$group" = $$ ] && echo own >>got'
	echo noise | recover 7</dev/null
	[ "$(cat got)" = $'/dev/null\n0 1 2 3 own' ] # 3 is that of ls
}

@test "what a handler complains of is shown behind its name, and hushed by -q" {
	handler a 'echo one >&2; echo; echo two >&2'
	run -0 --separate-stderr recover
	[ "$stderr" = $'meshq-recover: a: one\nmeshq-recover: a: two' ]
	run -0 --separate-stderr recover -q
	[ -z "$stderr" ]
}

@test "bad lines are named by handler, line and byte, and kept with --rejects" {
	handler a 'echo 1; echo; echo 256; echo "{\"x\":1}"; echo two'
	run -65 --separate-stderr recover --rejects bad
	[ "$output" = "$(recovered 1 a)" ]
	[ "${stderr_lines[0]}" = "meshq-recover: a:3: byte 1: expected the number of a slot, from 0 to 255" ]
	[ "${stderr_lines[1]}" = "meshq-recover: a:4: byte 7: expected a member 'recovered'" ]
	[ "${stderr_lines[2]}" = "meshq-recover: a:5: byte 1: expected an object or the number of a slot" ]
	[ "$(cat bad)" = $'256\n{"x":1}\ntwo' ]
}

@test "--max-line bounds a line, --strict stops behind the handler of the first bad one" {
	handler a 'echo "{\"recovered\":3,\"more\":\"xxxxxxxxxxxxxxx\"}"; echo 1'
	handler b 'echo 2'
	run -65 --separate-stderr recover --max-line 20
	[ "$output" = "$(recovered 1 a; recovered 2 b)" ]
	[ "$stderr" = "meshq-recover: a:1: byte 21: line longer than 20 bytes" ]
	run -65 --separate-stderr recover --max-line 20 --strict
	[ "$output" = "$(recovered 1 a)" ]
	[ "$(state)" = "a=ready/0 b=ready/0 " ]
}

@test "a directory that is not there is status 66, none at all wrong usage" {
	run -66 meshq-recover -H missing
	[ "$output" = "meshq-recover: missing: No such file or directory" ]
	run -66 meshq-recover list -H missing
	run -64 meshq-recover
	[[ $output == *"expected --handlers DIR, or recovery.handlers in a configuration"* ]]
}

@test "an empty directory has nothing to do" {
	run -0 --separate-stderr recover --stats
	[ "$output" = '{"kind":"meshq.stats","passes":1,"runs":0,"probes":0,"recovered":0,"struck":0,"evicted":0,"skipped":0,"held":0,"at_ms":0}' ]
}

# ---- the tests of the reference's registry, section 13 ----

@test "registry: results are collected, a crashing handler runs once and is gone from then on" {
	handler a 'echo 0'
	handler b 'echo ran >>b; echo 9; kill -SEGV $$'
	handler c 'echo 1'
	run -1 --separate-stderr recover
	[ "$(slots)" = "0 1 " ]
	[ "$(events)" = '["b","evicted",1] ' ]
	[ "$stderr" = "meshq-recover: b: killed by SIGSEGV: evicted until it is readmitted" ]
	run -0 --separate-stderr recover
	[ "$(slots)" = "0 1 " ]
	[ -z "$stderr" ]
	[ "$(wc -l <b)" -eq 1 ]
}

@test "registry: a handler that a handler drops in runs in the next pass, behind the survivors" {
	handler early 'echo 7; echo early >>ran'
	mv d/early .
	handler m 'echo 1; echo m >>ran; [ -e d/early ] || mv early d'
	handler z 'echo 2; echo z >>ran'
	run -0 --separate-stderr recover
	[ "$(slots)" = "1 2 " ]
	run -0 --separate-stderr recover
	[ "$(slots)" = "1 2 7 " ]
	[ "$(tr '\n' ' ' <ran)" = "m z m z early " ]
}

@test "registry: dropping one in does not wait for a slow handler, and it is not run in this pass" {
	slow a 'echo 1'
	begin
	begun
	handler b 'echo 2'
	go
	ends 0
	[ "$(cat out)" = "$(recovered 1 a)" ]
	handler a 'echo 1'
	run -0 --separate-stderr recover
	[ "$(slots)" = "1 2 " ]
}

@test "a handler that is removed is forgotten, with its strikes" {
	handler a 'kill -KILL $$'
	run -1 --separate-stderr recover
	[ "$(state)" = "a=evicted/1 " ]
	rm d/a
	run -0 --separate-stderr recover
	[ -z "$(state)" ]
	handler a 'echo 1'
	run -0 --separate-stderr recover
	[ "$(slots)" = "1 " ]
}

@test "a handler that is removed before its turn has none, and is not struck for it" {
	handler a 'rm d/b; chmod -x d/c; echo 1'
	handler b 'echo 2'
	handler c 'echo 3'
	handler d 'echo 4'
	run --separate-stderr recover -v
	[ "$status" = 0 ]
	[ "$(jq -c '[.handler, .recovered]' <<<"$output" | tr '\n' ' ')" = '["a",1] ["d",4] ' ]
	[[ $stderr == *"d/b is no handler any more: No such file or directory"* ]]
	[[ $stderr == *"d/c is no handler any more: it may not be executed"* ]]
	[ "$(meshq-recover list -H d | jq -r .handler | tr '\n' ' ')" = "a d " ]
}

@test "a handler that is removed while it runs: its results count, nothing is kept of it" {
	slow a 'rm d/a; echo 1'
	begin
	begun
	go
	ends 0
	[ "$(cat out)" = "$(recovered 1 a)" ]
	run -0 --separate-stderr recover --trace
	[ "$(events)" = '["a","removed",0] ' ]
}

@test "--trace tells of handlers that come and go" {
	handler a 'echo 1'
	run -0 --separate-stderr recover --trace
	[ "$output" = '{"kind":"meshq.handler","handler":"a","event":"registered","strikes":0,"at_ms":0}'$'\n'"$(recovered 1 a)" ]
	rm d/a
	handler b
	run -0 --separate-stderr recover --trace
	[ "$(events)" = '["a","removed",0] ["b","registered",0] ' ]
}

# ---- nested and concurrent passes ----

@test "a nested pass runs what came since the outer one began, and nothing else" {
	handler new 'echo 7; echo new >>ran'
	mv d/new .
	handler a 'echo 1; mv new d; meshq-recover --clock=record -H d 2>nested'
	handler b 'echo 2; echo b >>ran'
	run -0 --separate-stderr recover
	[ "$output" = "$(recovered 1 a; recovered 7 new; recovered 2 b)" ]
	[ "$(tr '\n' ' ' <ran)" = "new b " ]
	[ ! -s nested ]
}

@test "a nested pass with nothing new does nothing, and says so" {
	handler a 'echo 1; meshq-recover --clock=record -H d --stats 2>nested'
	run -0 --separate-stderr recover
	[ "$(slots)" = "1 " ]
	[ "$(cat nested)" = "meshq-recover: another pass is on its way, and no handler has come since" ]
	[ "$(state)" = "a=ready/0 " ]
}

@test "a concurrent pass leaves alone what the first has taken, and does not wait for it" {
	slow a 'echo 1'
	handler b 'echo 2'
	begin
	begun
	run -0 --separate-stderr recover
	[ -z "$output" ]
	[ "$stderr" = "meshq-recover: another pass is on its way, and no handler has come since" ]
	handler c 'echo 3'
	run -0 --separate-stderr recover
	[ "$(slots)" = "3 " ]
	go
	ends 0
	[ "$(cat out)" = "$(recovered 1 a; recovered 2 b)" ]
}

@test "a first pass leaves alone what a nested one still has, and frees what a killed one had" {
	handler a 'echo 1; echo >a_begun; read -r line <a_go'
	mkfifo a_begun a_go
	meshq-recover -H d >out_a 3>&- &
	first=$!
	read -r -t 60 line <a_begun
	slow b 'echo 2'
	begin # nested, with b
	begun
	echo >a_go
	wait "$first"
	handler a 'echo 1'
	run -0 --separate-stderr recover
	[ "$(slots)" = "1 " ]
	kill -KILL "$pid"
	ends 137
	handler b 'echo 2'
	run -0 --separate-stderr recover
	[ "$(slots)" = "1 2 " ]
}

@test "many passes at once: no handler runs twice at a time, none is lost" {
	for name in a b c d e; do
		handler $name "mkdir busy_$name || echo $name >>overlap" "echo $name >>ran" "rmdir busy_$name" 'echo 1'
	done
	for _ in 1 2 3 4 5 6; do
		for _ in 1 2 3 4 5; do recover -q >>all; done 3>&- &
	done
	wait
	[ ! -e overlap ]
	[ "$(wc -l <ran)" -eq "$(wc -l <all)" ]
	run -0 --separate-stderr recover
	[ "${#lines[@]}" -eq 5 ]
	[ "$(state)" = "a=ready/0 b=ready/0 c=ready/0 d=ready/0 e=ready/0 " ]
}

# ---- D-27 ----

@test "D-27 an eviction is told by a record: who, why, when; readmit takes it back" {
	handler ingest 'echo "no route to n5" >&2; kill -ABRT $$'
	run -1 --separate-stderr recover
	[ "$output" = '{"kind":"meshq.handler","handler":"ingest","event":"evicted","strikes":1,"signal":"ABRT","reason":"killed by SIGABRT: no route to n5","at_ms":0}' ]
	run -0 --separate-stderr meshq-recover readmit --clock=record -H d ingest
	[ "$output" = '{"kind":"meshq.handler","handler":"ingest","event":"readmitted","strikes":0,"at_ms":0}' ]
	run -1 --separate-stderr recover
	[ "$(events)" = '["ingest","evicted",1] ' ]
}

@test "D-27 a handler that takes too long is ended, and the others have their turn" {
	handler a 'echo 9; exec sleep infinity'
	handler b 'echo 2'
	run -1 --separate-stderr recover --timeout 1s
	[ "$(slots)" = "2 " ]
	[ "$(jq -c 'select(.event) | [.event, .timed_out, .signal, .reason]' <<<"$output")" = \
		'["evicted",true,null,"ended because its time was over"]' ]
	handler a 'trap "" TERM; echo 9; while :; do sleep 1000 & wait; done'
	meshq-recover readmit -H d a
	run -1 --separate-stderr recover --timeout 1s --kill-after 50ms
	[ "$(slots)" = "2 " ]
	[ "$(events)" = '["a","evicted",1] ' ]
}

@test "D-27 three strikes under robust, with waits between, and a pass without a fault forgives" {
	handler a '[ "$1" = probe ] || [ -e good ] || kill -KILL $$'
	recover() { meshq-recover --preset robust --clock=record -H d --every 500ms "$@"; }
	run -1 --separate-stderr recover --passes 9
	[ "$(jq -c '[.at_ms, .event, .strikes, .until_ms]' <<<"$output" | tr '\n' ' ')" = \
		'[0,"struck",1,1000] [1000,"struck",2,3000] [3000,"evicted",3,null] ' ]
	[ "${stderr_lines[0]}" = "meshq-recover: a: killed by SIGKILL: strike 1, it waits for 1s" ]
	[ "${stderr_lines[1]}" = "meshq-recover: a: killed by SIGKILL: strike 2, it waits for 2s" ]
	[ "${stderr_lines[2]}" = "meshq-recover: a: killed by SIGKILL: evicted until it is readmitted" ]
	meshq-recover readmit -H d a
	run -1 --separate-stderr recover --passes 1
	[ "$(state)" = "a=waiting/1 " ] || [ "$(state)" = "a=ready/1 " ]
	touch good
	run -0 --separate-stderr recover --passes 4
	[ "$(state)" = "a=ready/0 " ]
}

@test "D-27 strikes are kept between the passes of cron, each a process of its own" {
	handler a 'kill -KILL $$'
	nightly() { meshq-recover --preset robust --set recovery.probe=off --set recovery.backoff.initial=none -H d; }
	run -1 --separate-stderr nightly
	[ "$(events)" = '["a","struck",1] ' ]
	run -1 --separate-stderr nightly
	[ "$(events)" = '["a","struck",2] ' ]
	run -1 --separate-stderr nightly
	[ "$(events)" = '["a","evicted",3] ' ]
	run -0 --separate-stderr nightly
	[ -z "$output" ]
}

@test "D-27 four that cannot be placed do not starve the rest: the cap rotates" {
	for name in a b c d e f; do handler $name "echo 1; echo $name >>ran"; done
	capped() { recover --cap 2 --set recovery.rotate=on; }
	run -0 --separate-stderr capped
	run -0 --separate-stderr capped
	run -0 --separate-stderr capped
	run -0 --separate-stderr capped
	[ "$(tr '\n' ' ' <ran)" = "a b c d e f a b " ]
	: >ran
	run -0 --separate-stderr recover --cap 2 # meshos: from the start each time
	run -0 --separate-stderr recover --cap 2
	[ "$(tr '\n' ' ' <ran)" = "a b a b " ]
}

@test "D-27 slots name their group and their handler" {
	handler ingest "echo '{\"recovered\":{\"group\":\"ingest\",\"slot\":0}}'"
	handler index "echo '{\"recovered\":{\"group\":\"index\",\"slot\":0}}'"
	run -0 --separate-stderr recover
	[ "$(jq -c '[.handler, .recovered.group, .recovered.slot]' <<<"$output" | tr '\n' ' ')" = \
		'["index","index",0] ["ingest","ingest",0] ' ]
}

@test "D-27 the cheap test is asked first: 0 something to do, 1 nothing" {
	handler busy 'echo "$0 $1" >>ran; [ "$1" = recover ] && echo 1; exit 0'
	handler idle 'echo "$0 $1" >>ran; [ "$1" = recover ] && echo 2; exit 1'
	run -0 --separate-stderr recover --set recovery.probe=on --stats
	[ "$(slots)" = "1 " ]
	[ "$(tr '\n' ' ' <ran)" = "d/busy probe d/busy recover d/idle probe " ]
	[ "$(jq -c 'select(.kind == "meshq.stats") | [.runs, .probes, .skipped]' <<<"$output")" = '[1,2,1]' ]
}

@test "D-27 a probe that fails is a fault of its handler, and what it writes is no result" {
	handler a 'echo 3; [ "$1" = probe ] && kill -BUS $$'
	handler b 'echo 4; exit 2'
	run -1 --separate-stderr recover --set recovery.probe=on --set recovery.on_exit=strike
	[ -z "$(slots)" ]
	[ "$(jq -c '[.handler, .reason]' <<<"$output" | tr '\n' ' ')" = \
		'["a","probe: killed by SIGBUS"] ["b","probe: exit status 2"] ' ]
}

@test "an exit status other than 0 is a note under meshos and a strike under robust; results count" {
	handler a 'echo 1; echo "one is left" >&2; exit 3'
	run -0 --separate-stderr recover
	[ "$(slots)" = "1 " ]
	[ "${stderr_lines[1]}" = "meshq-recover: a: exit status 3" ]
	run -1 --separate-stderr recover --set recovery.on_exit=strike
	[ "$(slots)" = "1 " ]
	[ "$(jq -c 'select(.event) | [.event, .exit, .reason]' <<<"$output")" = '["evicted",3,"exit status 3: one is left"]' ]
}

@test "meshq-failures reads strikes and evictions" {
	handler a 'kill -SEGV $$'
	run -1 --separate-stderr recover
	run -0 meshq-failures --json <<<"$output"
	[ "$(jq -c '[.source, .reason]' <<<"$output")" = '["handler:a","killed by SIGSEGV"]' ]
}

# ---- hostile handlers ----

@test "a handler that floods is ended, and counts for nothing" {
	handler a 'yes 1'
	handler b 'echo 2'
	run -1 --separate-stderr recover
	[ "$(jq -c 'select(.event) | [.event, .reason]' <<<"$output")" = '["evicted","more than 1 MiB of output"]' ]
	[ "$(slots)" = "2 " ]
}

@test "a handler that floods stderr is shown the last of it" {
	handler a 'seq 100000 >&2; echo 1'
	run -0 --separate-stderr recover
	[ "$(slots)" = "1 " ]
	[ "${stderr_lines[-1]}" = "meshq-recover: a: 100000" ]
	[ "${#stderr_lines[@]}" -lt 1000 ]
	[[ ${stderr_lines[0]} =~ ^meshq-recover:\ a:\ [0-9]{5}$ ]]
}

@test "what a handler leaves behind in its group ends with it, though it holds the streams" {
	handler a 'sleep infinity & echo $! >child; echo 1'
	run -0 --separate-stderr recover
	[ "$(slots)" = "1 " ]
	run kill -0 "$(cat child)"
	[ "$status" -ne 0 ] || grep -q '^State:.Z' "/proc/$(cat child)/status"
}

@test "a handler may close its streams" {
	handler a 'exec <&- >&- 2>&-; echo >a_closed; read -r line <a_go; exit 0'
	mkfifo a_closed a_go
	begin
	read -r -t 60 line <a_closed
	echo >a_go
	ends 0
	[ ! -s out ]
}

@test "garbage is reported line by line, and does not reach the output" {
	handler a 'printf "\377\000{\n{\"recovered\":\n{\"recovered\":3}\0\n\033[31m\n5"'
	run -65 --separate-stderr recover --rejects bad
	[ "$output" = "$(recovered 5 a)" ]
	[ "${#stderr_lines[@]}" -eq 4 ]
	[ "$(wc -c <bad)" -eq 41 ]
}

@test "what cannot be executed is a fault of its own: no program, no interpreter" {
	handler c 'echo 3'
	printf '\177ELF nonsense' >d/a
	printf '#!/no/such/shell\n' >d/b
	chmod +x d/a d/b
	run -1 --separate-stderr recover
	[ "$(slots)" = "3 " ]
	[ "$(jq -c 'select(.event) | [.handler, .event, .exit, .reason]' <<<"$output" | tr '\n' ' ')" = \
		'["a","evicted",null,"cannot execute d/a: no program, and no #! line"] ["b","evicted",null,"cannot execute d/b: its interpreter is not there"] ' ]
}

@test "a handler that is still being written is left for the next pass" {
	cp /bin/true d/a
	exec 7>>d/a
	run -0 --separate-stderr recover 7>&7
	exec 7>&-
	[[ $stderr == "meshq-recover: a: cannot execute d/a: Text file busy: left for the next pass" ]]
	[ "$(state)" = "a=ready/0 " ]
	run -0 --separate-stderr recover
}

@test "no room for a process is no fault of the handler, and -q does not hush it" {
	handler a 'echo 1'
	run -71 --separate-stderr sh -c 'exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n 8; exec meshq-recover -q -H d'
	[[ $stderr == "meshq-recover: a: cannot "*" d/a: Too many open files: left for the next pass" ]]
	[ "$(state)" = "a=ready/0 " ]
}

# ---- when it is stopped ----

@test "TERM ends the handler, which is no fault of its own, and us; the next pass is a first one" {
	slow a 'kill -SEGV $$'
	handler b 'echo 2'
	begin
	begun
	kill -TERM "$pid"
	ends 143
	[ ! -s out ]
	[ "$(state)" = "a=ready/0 b=ready/0 " ]
	handler a 'echo 1'
	run -0 --separate-stderr recover
	[ "$(slots)" = "1 2 " ]
}

@test "what a handler says to TERM counts when it ends well" {
	handler a 'trap "echo 4; exit 0" TERM; echo >a_begun; while :; do sleep 1000 & wait; done'
	mkfifo a_begun
	begin
	read -r -t 60 line <a_begun
	kill -HUP "$pid"
	ends 129
	[ "$(cat out)" = "$(recovered 4 a)" ]
}

@test "USR1 shows the counters on stderr, and nothing else changes" {
	handler a 'echo 1'
	slow b 'echo 2'
	mkfifo told
	meshq-recover --clock=record -H d >out 2>told 3>&- &
	pid=$!
	exec 8<told
	begun
	kill -USR1 "$pid"
	read -r -t 60 line <&8
	[ "$(jq -c '[.kind, .passes, .runs, .recovered]' <<<"$line")" = '["meshq.stats",1,1,1]' ]
	go
	ends 0
	[ "$(cat out)" = "$(recovered 1 a; recovered 2 b)" ]
}

@test "a probe that is told to end forgives nothing" {
	handler a '[ "$1" = probe ] || kill -SEGV $$'
	again() { recover --set recovery.probe=on --set recovery.strikes=3; }
	run -1 --separate-stderr again
	mkfifo a_begun
	handler a 'trap "exit 0" TERM; echo >a_begun; while :; do sleep 1000 & wait; done'
	meshq-recover --clock=record -H d --set recovery.probe=on --set recovery.strikes=3 3>&- &
	pid=$!
	read -r -t 60 line <a_begun
	kill -TERM "$pid"
	ends 143
	[ "$(state)" = "a=ready/1 " ]
}

@test "a second signal kills a handler that does not end" {
	mkfifo a_begun a_term
	handler a 'trap "echo >a_term" TERM; echo >a_begun; while :; do sleep 1000 & wait; done'
	begin
	read -r -t 60 line <a_begun
	kill -TERM "$pid"
	read -r -t 60 line <a_term
	kill -TERM "$pid"
	ends 143
}

# Two replacements soon after each other look like none by number, size and time.
@test "what another process has written counts, though the file looks the same" {
	local state=d/.meshq-recover.state
	handler a "sed 's/\"runs\":0/\"runs\":7/' $state >other" "cp -p $state as" \
		"cat other >$state" "touch -r as $state"
	handler b 'echo 1'
	run -0 recover
	[ "$(meshq-recover list -H d b | jq .runs)" = 8 ]
}

@test "kill -9 in the middle forgets no strike, and leaves no pass and no handler behind" {
	handler a 'kill -SEGV $$'
	mkfifo begun
	mkfifo never
	handler b 'trap "" TERM' 'echo $$ >b' 'echo >begun' 'read -r line <never'
	handler c 'echo 3'
	begin
	begun
	kill -KILL "$pid"
	ends 137
	timeout 60 sh -c 'while grep -q "^State:.[^Z]" "/proc/$(cat b)/status"; do :; done' 2>/dev/null
	[ "$(state)" = "a=evicted/1 b=ready/0 c=ready/0 " ]
	handler b 'echo 2'
	run -0 --separate-stderr recover
	[ "$(slots)" = "2 3 " ]
}

@test "kill -9 at any moment: a strike is kept, no handler is lost" {
	for name in a b c d; do handler $name 'echo 1; exit 1'; done
	mkfifo pipe
	for _ in 1 2 3 4 5 6 7 8; do
		meshq-recover -q -H d --set recovery.on_exit=strike --set recovery.strikes=none --every 0 >pipe 3>&- &
		pid=$!
		{
			for ((i = 0; i < 5 + RANDOM % 30; i++)); do read -r -t 60 line; done
			kill -KILL "$pid"
			cat
		} <pipe >>told
		ends 137
	done
	# What was told is kept: strikes in the file are at least those of the last record.
	for name in a b c d; do
		last=$(jq -R "fromjson? | select(.event == \"struck\" and .handler == \"$name\") | .strikes" told | tail -n 1)
		[ "$(meshq-recover list --json -H d $name | jq .strikes)" -ge "${last:-0}" ]
	done
	run -0 --separate-stderr recover
	[ "${#lines[@]}" -ge 4 ]
}

# ---- files ----

@test "a full disk is status 74" {
	handler a 'echo 1'
	run -74 sh -c 'meshq-recover -H d >/dev/full'
	[ "$output" = "meshq-recover: write standard output: No space left on device" ]
}

@test "a closed pipe ends the pass quietly, with its state in order" {
	slow a 'echo 1'
	handler b 'echo ran >>b'
	mkfifo pipe
	meshq-recover --clock=record -H d >pipe 2>err 3>&- &
	pid=$!
	exec 8<pipe
	begun
	exec 8<&-
	go
	ends 141
	[ ! -s err ]
	[ ! -e b ]
	[ "$(state)" = "a=ready/0 b=ready/0 " ]
}

@test "a second signal gives up a reader that does not read, with --stats as well" {
	handler a 'yes 1 | head -n 100000'
	mkfifo pipe
	meshq-recover --clock=record -H d --stats >pipe 2>err 3>&- &
	pid=$!
	exec 8<pipe
	timeout 60 sh -c 'until meshq-recover list --json -H d | grep -q "\"runs\":1"; do :; done'
	kill -TERM "$pid"
	kill -HUP "$pid"
	timeout 60 sh -c 'while grep -q "^State:.[^Z]" "/proc/$1/status"; do :; done' sh "$pid"
	wait "$pid" || status=$?
	pid=
	exec 8<&-
	[ "$status" = 143 ] || [ "$status" = 129 ]
	[ "$(state)" = "a=ready/0 " ]
}

@test "a state that cannot be written is said once; the passes go on" {
	handler a 'kill -SEGV $$'
	handler b 'echo 2'
	# A pipe for both: the limit is for files.
	run -74 sh -c 'ulimit -f 0; meshq-recover --clock=record -H d --every 1s --passes 3'
	[ "$(grep -c 'File too large' <<<"$output")" -eq 1 ]
	output=$(grep '^{' <<<"$output")
	[ "$(slots)" = "2 2 2 " ]
	[ "$(events)" = '["a","evicted",1] ' ]
}

@test "what could not be written counts more than an older file" {
	handler a 'echo 1'
	handler b 'echo 2'
	run -0 recover
	handler a 'kill -SEGV $$'
	run -74 sh -c 'ulimit -f 0; meshq-recover --clock=record -H d --every 1s --passes 3'
	output=$(grep '^{' <<<"$output")
	[ "$(slots)" = "2 2 2 " ]
	[ "$(events)" = '["a","evicted",1] ' ]
}

@test "without a place for the state nothing runs" {
	handler a 'echo ran >ran'
	run -73 recover --state nowhere/state
	[ "$output" = "meshq-recover: the state needs a place (see --state): create nowhere/state.lock: No such file or directory" ]
	[ ! -e ran ]
	if [ "$(id -u)" -ne 0 ]; then
		chmod a-w d
		run -73 --separate-stderr recover
		chmod u+w d
		[ ! -e ran ]
	fi
}

@test "a damaged state is refused, and left as it is; nothing runs" {
	handler a 'echo ran >ran'
	recover
	rm ran
	echo '{"meshq":"recovery-state","v":99}' >d/.meshq-recover.state
	cp d/.meshq-recover.state before
	run -65 recover
	[[ $output == "meshq-recover: d/.meshq-recover.state:1: "* ]]
	run -65 meshq-recover list -H d
	run -65 meshq-recover readmit -H d a
	cmp before d/.meshq-recover.state
	[ ! -e ran ]
}

@test "a state that is damaged while a pass runs ends the pass; what has come of it is told" {
	handler a 'echo nonsense >d/.meshq-recover.state; echo 1'
	handler b 'echo ran >ran'
	run -65 --separate-stderr recover
	[ "$output" = "$(recovered 1 a)" ]
	[[ $stderr == "meshq-recover: d/.meshq-recover.state:1: "* ]]
	[ "$(cat d/.meshq-recover.state)" = nonsense ]
	[ ! -e ran ]
}

@test "a state that is removed while a pass runs is written anew" {
	handler a 'rm d/.meshq-recover.state; kill -SEGV $$'
	handler b 'echo 2'
	run -1 --separate-stderr recover
	[ "$(slots)" = "2 " ]
	[ "$(state)" = "a=evicted/1 b=ready/0 " ]
}

@test "a service that a handler starts in a session of its own stays" {
	handler a 'setsid sh -c "echo \$\$ >service; exec 1>&-; read -r line <never" 2>&- &' 'read -r line <started' 'echo 1'
	mkfifo never started
	sed -i 's/>service;/>service; echo >started;/' d/a
	run -0 recover
	[ "$(slots)" = "1 " ]
	kill -0 "$(cat service)"
	kill -KILL "$(cat service)"
}

@test "--state keeps it elsewhere, and the directory can be read-only" {
	handler a 'kill -SEGV $$'
	run -1 --separate-stderr recover --state s
	[ -z "$(find d -name '.*state*')" ]
	run -0 --separate-stderr recover --state s
	[ "$(meshq-recover list --json -H d --state s | jq -r .state)" = evicted ]
}

# ---- a list of handlers in a configuration ----

@test "handlers of a configuration run in its order, as lists of words or as text for the shell" {
	cat >c.yaml <<-'END'
		recovery:
		  handlers:
		    z: [sh, -c, 'echo 1; echo "$@" >z', name, more]
		    a: echo 2; echo "$0 $1" >a
		    missing: [no-such-program]
	END
	run -1 --separate-stderr meshq-recover --clock=record -c c.yaml --state s
	[ "$(slots)" = "1 2 " ]
	[ "$(cat z a)" = $'more recover\na recover' ]
	[ "$(jq -r 'select(.event).reason' <<<"$output")" = "cannot execute no-such-program: No such file or directory" ]
	[ "$(meshq-recover list --json -c c.yaml --state s | jq -r .state | tr '\n' ' ')" = "ready ready evicted " ]
}

@test "handlers of a configuration need a place for their state, unless they stay; -H is another place" {
	echo 'recovery: { handlers: { a: echo 1 } }' >c.yaml
	run -64 meshq-recover -c c.yaml
	[[ $output == *"handlers of a configuration need --state FILE, or --every TIME"* ]]
	run -0 meshq-recover --clock=record -c c.yaml --every 1s --passes 2
	[ "$output" = "$(recovered 1 a; recovered 1 a 1000)" ]
	run -64 meshq-recover -c c.yaml -H d
	[[ $output == *"either --handlers or recovery.handlers, not both"* ]]
	run -64 meshq-recover list -c c.yaml
}

# ---- passes ----

@test "--every makes a pass each period, under the clock of records without waiting" {
	handler a 'echo 1'
	run -0 --separate-stderr recover --every 500ms --passes 3 --stats
	[ "$(jq -c 'select(.recovered == 1) | .at_ms' <<<"$output" | tr '\n' ' ')" = "0 500 1000 " ]
	[ "$(jq -c 'select(.passes) | [.passes, .runs, .at_ms]' <<<"$output")" = '[3,3,1000]' ]
}

@test "the clock of records goes on where the state ends" {
	handler a 'echo 1'
	run -0 --separate-stderr recover --every 1h --passes 2
	run -0 --separate-stderr recover
	[ "$output" = "$(recovered 1 a 3600000)" ]
}

@test "--every in real time: the next pass is told before the input of anybody, and TERM ends it" {
	mkfifo pipe
	handler a 'echo 1'
	meshq-recover -H d --every 10ms >pipe 3>&- &
	pid=$!
	exec 8<pipe
	for _ in 1 2 3; do read -r -t 60 line <&8; done
	handler b 'echo 2'
	until [ "$(jq .recovered <<<"$line")" = 2 ]; do read -r -t 60 line <&8; done
	kill -TERM "$pid"
	ends 143
	exec 8<&-
}

# ---- list and readmit ----

@test "list shows each handler, those that have not run yet among them" {
	handler a 'echo 1; echo 2'
	handler b 'echo "it broke" >&2; kill -SEGV $$'
	run -1 --separate-stderr recover
	handler c
	run -0 meshq-recover list -H d
	[ "${lines[0]}" = '{"handler":"a","state":"ready","strikes":0,"runs":1,"recovered":2,"at_ms":0}' ]
	[ "${lines[1]}" = '{"handler":"b","state":"evicted","strikes":1,"runs":1,"recovered":0,"reason":"killed by SIGSEGV: it broke","at_ms":0}' ]
	[ "${lines[2]}" = '{"handler":"c","state":"ready","strikes":0,"runs":0,"recovered":0}' ]
	run -0 meshq-recover list --clock=record --table -H d
	[ "${lines[0]}" = "HANDLER  STATE          STRIKES      RUNS  RECOVERED  LAST  REASON" ]
	[ "${lines[1]}" = "a        ready                0         1          2    0s" ]
	[ "${lines[2]}" = "b        evicted              1         1          0    0s  killed by SIGSEGV: it broke" ]
	[ "${lines[3]}" = "c        ready                0         0          0     -" ]
	[ "${#lines[@]}" -eq 4 ]
	run -0 meshq-recover list --table -H d b
	[ "${#lines[@]}" -eq 2 ]
	run -64 meshq-recover --cap 1000001 -H d
	[ "${lines[0]}" = "meshq-recover: --cap is at most 1000000 (see --help)" ]
	run -64 meshq-recover list -H d x
	[ "$output" = "meshq-recover: no handler 'x'; known are a, b, c" ]
}

@test "what a handler says brings no control characters to the terminal" {
	handler a 'printf "\033[31mred\007" >&2; kill -SEGV $$'
	run -1 recover
	run -1 grep -P '[\x00-\x08\x0b-\x1f]' <<<"$output"
	run -0 meshq-recover list --table -H d
	[[ ${lines[1]} == *"killed by SIGSEGV:  [31mred" ]]
}

@test "list says until when one waits, and changes nothing" {
	handler a 'kill -SEGV $$'
	run -1 --separate-stderr recover --set recovery.strikes=3 --set recovery.backoff.initial=90s
	before=$(cat d/.meshq-recover.state)
	run -0 meshq-recover list --clock=record -H d
	[ "$output" = '{"handler":"a","state":"waiting","until_ms":90000,"strikes":1,"runs":1,"recovered":0,"reason":"killed by SIGSEGV","at_ms":0}' ]
	run -0 meshq-recover list --clock=record --table -H d
	[[ ${lines[1]} == "a        waits 90s      "* ]]
	handler b
	run -0 meshq-recover list -H d
	[ "$before" = "$(cat d/.meshq-recover.state)" ]
}

@test "readmit asks for names that are known, and notes those without strikes" {
	handler a 'echo 1'
	recover
	run -0 --separate-stderr meshq-recover readmit -H d a
	[ -z "$output" ]
	[ "$stderr" = "meshq-recover: a has no strikes" ]
	run -64 meshq-recover readmit -H d
	[[ $output == *"readmit: expected the NAME of a handler"* ]]
	run -64 meshq-recover readmit -H d b
	[ "$output" = "meshq-recover: no handler 'b'; known are a" ]
}

@test "options that a task would ignore are mistakes" {
	run -64 meshq-recover list -H d --every 1s
	[ "$output" = "meshq-recover: --every is not for list (see --help)" ]
	run -64 meshq-recover readmit -H d --stats a
	run -64 meshq-recover -H d --table
	[ "$output" = "meshq-recover: --table is not for a pass (see --help)" ]
	run -64 meshq-recover list -H d --json --table
	run -64 meshq-recover -H d --passes 3
	[ "$output" = "meshq-recover: --passes needs --every TIME (see --help)" ]
	run -64 meshq-recover -H d --once --every 1s
	run -64 meshq-recover -H d lst
	[ "$output" = "meshq-recover: unknown task 'lst'; known are list, readmit and plan (see --help)" ]
}

@test "the handlers of the examples bring back what is down, four a pass under robust" {
	cp -R "$BATS_TEST_DIRNAME/../../share/examples/recover/." d
	printf '%s %s n3 down\n' index 0 ingest 0 ingest 1 ingest 2 ingest 3 ingest 4 >slots
	robust() { meshq-recover --preset robust --clock=record -H d; }
	run -0 robust
	[ "$(jq -c '[.handler, .recovered.slot, .node]' <<<"$output" | tr '\n' ' ')" = \
		'["index",0,"n1"] ["ingest",0,"n1"] ["ingest",1,"n1"] ["ingest",2,"n1"] ' ]
	run -0 robust
	[ "${#lines[@]}" -eq 2 ]
	[ "$(cut -d' ' -f4 slots | sort -u)" = up ]
	run -0 robust
	[ -z "$output" ]
}
