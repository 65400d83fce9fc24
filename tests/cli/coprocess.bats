#!/usr/bin/env bats
# meshq-exec --coprocess: handlers that stay, a line in and a line out for each action.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
	seq -f '{"kind":"a","id":%g}' 200 >records
}

# worker NAME PERL: a coprocess that runs PERL for each line; $_ is the line, $n its number.
worker() {
	printf '#!/usr/bin/perl\n$| = 1;\nmy $n = 0;\nwhile (<STDIN>) {\n$n++;\n%s\n}\n' "$2" >"$1"
	chmod +x "$1"
}

outcomes() {
	jq -r '.outcome.status | select(.)' | sort | uniq -c | xargs
}

@test "a coprocess answers in order, one process for all actions" {
	worker w 'print "pid $$ line $_";'
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess -j1 --output records -- ./w
	[ "$(outcomes <<<"$output")" = '200 dispatched' ]
	[ "$(jq -r .id <<<"$output" | xargs)" = "$(seq 200 | xargs)" ]
	[ "$(jq -r '.outcome.output' <<<"$output" | cut -d' ' -f2 | sort -u | wc -l)" = 1 ]
	[ "$(jq -r '.outcome.output' <<<"$output" | sed -n 7p)" = "pid $(jq -r '.outcome.output' <<<"$output" | sed -n 7p | cut -d' ' -f2) line {\"kind\":\"a\",\"id\":7}" ]
}

@test "as many coprocesses as jobs, and no more than there is work for" {
	worker w 'print "$$\n";'
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess -j3 --output records -- ./w
	[ "$(jq -r '.outcome.output' <<<"$output" | sort -u | wc -l)" = 3 ]
	echo '{"kind":"a"}' >one
	worker w 'open(my $f, ">>", "started"); print $f "x\n"; print "ok\n";'
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess -j9 one -- ./w
	[ "$(wc -l <started)" = 1 ]
}

@test "tools that flush their lines are coprocesses as they are" {
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess -j1 --output records -- jq --unbuffered -c '[.id]'
	[ "$(jq -r '.outcome.output | fromjson[0]' <<<"$output" | xargs)" = "$(seq 200 | xargs)" ]
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess records -- cat
	[ "$(outcomes <<<"$output")" = '200 dispatched' ]
	handler sh 'while read -r line; do echo "$line"; done'
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess records -- h/sh
	[ "$(outcomes <<<"$output")" = '200 dispatched' ]
}

@test "a reply line means what the last line of a handler means" {
	worker w 'my $m = $n == 1 ? q("fail":"bad chain") : $n == 2 ? q("retry_after_ms":1,"reason":"busy") : $n == 3 ? q("fail":7) : q("reason":"fine");
	print "{\"meshq\":{$m}}\n";'
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --trace <(head -n 3 records) -- ./w
	[ "$(jq -c '[.id,.outcome.status,.outcome.attempts,.outcome.reason]' <<<"$output" | sort | xargs -d '\n')" = '[1,"failed",1,"bad chain"] [2,"dispatched",2,null] [2,"retrying",1,"busy"] [3,"failed",1,"bad reply: expected meshq.fail to be a string"]' ]
}

@test "more actions than the window are never out" {
	# It answers only when it has seen as many lines as the window has.
	worker w 'push @l, $_; if (@l == 8) { print "ok\n" for @l; @l = () }'
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess -j1 --window 8 records -- ./w
	[ "$(outcomes <<<"$output")" = '200 dispatched' ]
	# With one less it would wait for ever.
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --window 7 --timeout 300ms <(head -n 7 records) -- ./w
	[ "$(outcomes <<<"$output")" = '7 failed' ]
}

@test "what a coprocess has not answered when it crashes has failed like a spawned handler" {
	worker w 'if (/"id":3[,}]/) { print STDERR "out of paper\n"; exit 9 } print "ok\n";'
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --window 1 <(head -n 5 records) --set backoff.initial=1ms -- ./w
	[ "$(outcomes <<<"$output")" = '4 dispatched 1 failed' ]
	[ "$(jq -c 'select(.id == 3) | .outcome | [.status,.exit,.reason]' <<<"$output")" = '["failed",9,"out of paper"]' ]
	worker w 'kill 9, $$ if /"id":3[,}]/; print "ok\n";'
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --window 1 <(head -n 5 records) --set backoff.initial=1ms -- ./w
	[ "$(jq -c 'select(.id == 3) | .outcome | [.status,.signal]' <<<"$output")" = '["failed","KILL"]' ]
}

@test "exit 75 retries what was not answered, on_exit counts, and exit 0 without a reply is no success" {
	worker w 'exit 75 if /"id":2[,}]/ && !-e "seen" && open(my $f, ">", "seen"); print "ok\n";'
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess -j1 --set executor.retry_after=1ms --set backoff.initial=1ms <(head -n 5 records) -- ./w
	[ "$(outcomes <<<"$output")" = '5 dispatched' ]
	rm seen
	worker w 'exit 24 if /"id":2[,}]/ && !-e "seen" && open(my $f, ">", "seen"); print "ok\n";'
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess -j1 --set executor.on_exit.24=retry --set executor.retry_after=1ms --set backoff.initial=1ms <(head -n 5 records) -- ./w
	[ "$(outcomes <<<"$output")" = '5 dispatched' ]
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 <(head -n 3 records) -- true
	[ "$(outcomes <<<"$output")" = '3 failed' ]
	[ "$(jq -r .outcome.reason <<<"$output" | sort -u)" = 'it ended without a reply' ]
}

@test "an action that takes too long has timed out, and the ones behind it are none the worse" {
	worker w 'sleep 1000 if /"id":3[,}]/; print "ok\n";'
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --timeout 1s --trace <(head -n 9 records) -- ./w
	[ "$(jq -c 'select(.outcome.status == "failed") | [.id,.outcome.attempts,.outcome.signal,.outcome.reason]' <<<"$output")" = '[3,1,"TERM","timed out after 1s"]' ]
	[ "$(jq -c 'select(.outcome.status == "dispatched") | [.id,.outcome.attempts]' <<<"$output" | sort | xargs)" = '[1,1] [2,1] [4,1] [5,1] [6,1] [7,1] [8,1] [9,1]' ]
	[ "$(jq -r 'select(.outcome.status == "retrying") | .outcome.reason' <<<"$output" | sort | uniq -c | xargs)" = '6 its coprocess was ended because of another action' ]
}

@test "the time of an action counts from when its coprocess is at it" {
	# Six of them take longer together than one may.
	worker w 'select undef, undef, undef, 0.3; print "ok\n";'
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess -j1 --timeout 1500ms <(head -n 6 records) -- ./w
	[ "$(outcomes <<<"$output")" = '6 dispatched' ]
	[ "$(jq '.outcome.run_ms < 1500' <<<"$output" | sort -u)" = true ]
}

@test "one that ignores TERM is killed" {
	worker w '$SIG{TERM} = "IGNORE"; sleep 1000 if $n == 2; print "ok\n";'
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --timeout 1s --kill-after 100ms <(head -n 3 records) -- ./w
	[ "$(jq -c 'select(.id == 2) | .outcome.signal' <<<"$output")" = '"KILL"' ]
	[ "$(outcomes <<<"$output")" = '2 dispatched 1 failed' ]
}

@test "lines that nothing was asked for, and lines without an end, break the protocol" {
	worker w 'print "one\ntwo\n";'
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess -j1 --window 1 --set backoff.initial=1ms <(head -n 1 records) -- ./w
	[[ "$stderr" = *'coprocess ./w was ended: it wrote a line that nothing was asked for'* ]]
	worker w 'print "x" x 100000, "\n" if /"id":2[,}]/; print "ok\n";'
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --set backoff.initial=1ms --set executor.capture=1K <(head -n 4 records) -- ./w
	[ "$(jq -c 'select(.id == 2) | .outcome | [.status,.reason]' <<<"$output")" = '["failed","its reply is too long a line"]' ]
	[ "$(outcomes <<<"$output")" = '3 dispatched 1 failed' ]
	handler flood 'read -r line; exec tr "\0" x </dev/zero'
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --kill-after 100ms <(head -n 1 records) -- h/flood
	[ "$(jq -c '.outcome | [.status,.reason]' <<<"$output")" = '["failed","its reply is too long a line"]' ]
}

@test "what a coprocess floods us with while it has to end is dropped" {
	handler flood 'trap "" TERM; read -r line; echo one; echo two; head -c 80000000 /dev/zero | tr "\0" x
grep VmHWM /proc/$PPID/status >memory'
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess -j1 --kill-after 60s <(head -n 1 records) -- h/flood
	read -r _ kilobytes _ <memory
	[ "$kilobytes" -lt 60000 ]
}

@test "one that closes its output or its input is given a time, and then ended" {
	worker w 'close STDOUT; sleep 1000;'
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --window 1 --kill-after 100ms --set backoff.initial=1ms <(head -n 1 records) -- ./w
	[ "$(jq -c '.outcome | [.status,.reason]' <<<"$output")" = '["failed","it closed its output"]' ]
	# The second line finds nobody.
	handler w 'read -r line; exec 0</dev/null; echo ok; exec tail -f /dev/null'
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --window 1 --kill-after 100ms --set backoff.initial=1ms <(head -n 2 records) -- h/w
	[ "$(jq -c '[.outcome.status,.outcome.reason]' <<<"$output" | xargs -d '\n')" = '["dispatched",null] ["failed","it closed its input"]' ]
}

@test "one that never reads blocks nobody, and ends in its time" {
	long=$(printf '%0100000d' 0)
	for i in 1 2 3 4; do echo "{\"kind\":\"a\",\"id\":$i,\"x\":\"$long\"}"; done >records
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --timeout 200ms --kill-after 1h records -- tail -f /dev/null
	[ "$(outcomes <<<"$output")" = '4 failed' ]
}

@test "a flood of errors is drained, and its end is the reason" {
	worker w 'print STDERR "noise\n" x 100000; if ($n == 2) { print STDERR "the end\n"; exit 3 } print "ok\n";'
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --window 1 --set backoff.initial=1ms <(head -n 2 records) -- ./w
	[ "$(jq -r 'select(.id == 2) | .outcome.reason' <<<"$output")" = 'noise; noise; the end' ]
}

@test "a grandchild that holds the pipes does not hold us" {
	worker w 'if ($n == 2) { my $pid = fork; exec "sleep", "1000" if $pid == 0; open my $f, ">", "pid"; print $f $pid; close $f; exit 3 } print "ok\n";'
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --window 1 --set backoff.initial=1ms <(head -n 3 records) -- ./w
	kill "$(cat pid)"
	[ "$(outcomes <<<"$output")" = '2 dispatched 1 failed' ]
}

@test "at the end of the input a coprocess has the time to end well" {
	printf '#!/bin/sh\nwhile read -r line; do echo ok; done\necho bye >bye\n' >h/w
	chmod +x h/w
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess -j1 records -- h/w
	[ "$(cat bye)" = bye ]
	[ -z "$stderr" ]
	# One that does not end is ended, which is no failure.
	worker w 'print "ok\n"; sleep 1000 if $n == 200;'
	run --separate-stderr -0 timeout 60 meshq-exec --coprocess -j1 --kill-after 100ms records -- ./w
	[ "$(outcomes <<<"$output")" = '200 dispatched' ]
}

@test "crash loops are told, and the slots are gone until they end" {
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -j1 --window 1 --set 'backoff={initial: 1ms, crash_loop: {threshold: 2, cooldown: 50ms}}' <(head -n 3 records) -- false
	[ "$(outcomes <<<"$output")" = '3 failed' ]
	[[ "$stderr" = *'coprocess '*' has crashed 2 times within 60s: not started again for 50ms'* ]]
	# Held for an hour: what is left is unfinished at a stop.
	mkfifo pipe
	timeout 60 meshq-exec --coprocess -j1 --window 1 --set backoff.initial=1h --set backoff.max=1h --metrics m <(head -n 3 records) -- false >out &
	pid=$!
	until grep -q failed out; do :; done
	kill -TERM "$(pgrep -P "$pid" meshq-exec)"
	wait "$pid" || true
	[ "$(outcomes <out)" = '1 failed 2 unfinished' ]
}

@test "a program that cannot be started fails the action and says why" {
	printf '#!/no/such/shell\n' >h/a
	chmod +x h/a
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -H h <(head -n 2 records)
	[ "$(jq -r .outcome.reason <<<"$output" | sort -u)" = 'cannot execute h/a: its interpreter is not there' ]
	run --separate-stderr -1 timeout 60 meshq-exec --coprocess -H h <<<'{"kind":"b"}'
	[ "$(jq -r .outcome.reason <<<"$output")" = "no handler for 'b' in h, and no default" ]
}

@test "executor.run: every program of a directory has coprocesses of its own, beside spawned ones" {
	worker h/a 'print "a $$\n";'
	worker h/default 'print "default $$\n";'
	handler c 'cat >/dev/null; echo "c $$"'
	for i in 1 2 3 4; do for k in a b c d; do echo "{\"kind\":\"$k\"}"; done; done >records
	run --separate-stderr -0 timeout 60 meshq-exec -j1 --output --set 'executor.run={default: {as: coprocess}, c: {as: spawn}}' -H h records
	[ "$(jq -r '[.kind,.outcome.output] | join(" ") | rtrimstr("\n")' <<<"$output" | sort | uniq -c | awk '{ print $1, $2, $3 }' | sort | xargs)" = '1 c c 1 c c 1 c c 1 c c 4 a a 4 b default 4 d default' ]
}

@test "executor.run: jobs of a kind are its own" {
	handler a 'echo x >>a; while [ ! -e b ]; do :; done'
	handler b 'touch b'
	printf '{"kind":"a"}\n{"kind":"a"}\n{"kind":"b"}\n' >records
	run --separate-stderr -0 timeout 60 meshq-exec -j1 --set executor.run.a.jobs=1 -H h records
	[ "$(outcomes <<<"$output")" = '3 dispatched' ]
}

@test "a coprocess that asks for it is told of back-pressure and answers nothing to it" {
	worker w 'if (/backpressure/) { open(my $f, ">>", "told"); print $f $_; next } print "ok\n";'
	run --separate-stderr -0 timeout 60 meshq-exec -j1 --set 'executor.run.default={as: coprocess, window: 4, backpressure: true}' --set backpressure.assert_at=50 --set backpressure.release_at=20 records -- ./w
	[ "$(grep -v backpressure <<<"$output" | outcomes)" = '200 dispatched' ]
	[ "$(head -n 1 told)" = '{"meshq":{"backpressure":"asserted","level":0}}' ]
	grep -q '"released"' told
	worker w 'exit 9 if /backpressure/; print "ok\n";'
	run --separate-stderr -0 timeout 60 meshq-exec -j1 --coprocess --set backpressure.assert_at=50 --set backpressure.release_at=20 records -- ./w
}

@test "a replay with coprocesses repeats itself, crashes and timeouts included" {
	worker w 'exit 9 if /"id":[0-9]*7[,}]/; sleep 1000 if /"id":94[,}]/; print "ok\n";'
	for i in 1 2 3; do
		timeout 60 meshq-exec --clock=record --coprocess -j2 --window 3 --timeout 1s --trace records -- ./w >"out$i" || true
	done
	cmp out1 out2
	cmp out2 out3
	[ "$(grep -c '"status":"\(failed\|dispatched\)"' out1)" = 200 ]
	grep -q 'timed out' out1
	grep -q '"exit":9' out1
}

@test "TERM lets a coprocess finish what it has, a second one kills it" {
	worker w 'open(my $f, ">", "runs"); close $f; until (-e "go") { select undef, undef, undef, 0.01 } print "ok\n";'
	timeout 60 meshq-exec --coprocess -j1 --window 2 records -- ./w >out &
	until [ -e runs ]; do :; done
	pid=$(pgrep -P $! meshq-exec)
	kill -TERM "$pid"
	touch go
	wait $! || true
	[ "$(outcomes <out)" = '2 dispatched 198 unfinished' ] || [ "$(outcomes <out | grep -c '^2 dispatched')" = 1 ]
	rm -f go runs
	timeout 60 meshq-exec --coprocess -j1 --window 2 --grace 1h records -- ./w >out &
	until [ -e runs ]; do :; done
	pid=$(pgrep -P $! meshq-exec)
	kill -TERM "$pid"
	kill -INT "$pid"
	wait $! || true
	[ "$(jq -r .outcome.status <out | sort -u)" = unfinished ]
}

@test "bad usage of --window is told" {
	run -64 timeout 60 meshq-exec --window 3 records -- cat
	[[ "$output" = *'--window: it is for --coprocess'* ]]
	run -64 timeout 60 meshq-exec --coprocess --window 0 records -- cat
	[[ "$output" = *'--window: expected 1 to 65536'* ]]
}

@test "in the arguments of a program that stays, braces are braces" {
	printf '{"kind":"a","x":%d}\n' 1 2 >in
	meshq-exec --coprocess -j1 --pass in -- jq --unbuffered -c '{y: .x} + {"{{": "}"}' >out
	[ "$(cat out)" = '{"y":1,"{{":"}"}
{"y":2,"{{":"}"}' ]
	# One process each for some kinds: there a member takes the place.
	echo '{"kind":"b","x":7}' | meshq-exec --set 'executor.run={a: {as: coprocess}}' --pass -- echo '{x}' >out
	[ "$(cat out)" = 7 ]
}
