#!/usr/bin/env bats
# meshq-failures: every option, every source, rotation, sharing, trouble.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	cat >outcomes <<'END'
{"kind":"pull_replica","id":1,"chain":7,"outcome":{"status":"dispatched","at_ms":900}}
{"kind":"pull_replica","id":2,"chain":8,"outcome":{"status":"failed","at_ms":1000,"reason":"disk gone"}}
{"kind":"start_daemon","id":"a","outcome":{"status":"gated","at_ms":2000.5,"reason":"held by hold for another 40.5 ms"}}
{"kind":"meshq.tick","at_ms":2500}
{"kind":"pull_replica","id":3,"chain":9,"outcome":{"status":"expired","at_ms":3000,"reason":"expired 3 ms ago"}}
{"kind":"drop_replica","id":4,"admission":{"decision":"admit"},"chain":9,"outcome":{"status":"unfinished","at_ms":4000,"reason":"stopped"}}
END
	cat >chain <<'END'
{"v":1,"epoch":"e","id":1,"kind":"pull_replica","emitted_at_ms":1,"at_ms":900,"disposition":{"status":"dispatched"}}
{"v":1,"epoch":"e","id":2,"kind":"pull_replica","emitted_at_ms":1,"at_ms":950,"disposition":{"status":"failed","reason":"disk slow","retry_after_ms":50}}
{"v":1,"epoch":"e","id":2,"kind":"pull_replica","emitted_at_ms":1,"at_ms":1000,"disposition":{"status":"failed","reason":"disk gone"}}
{"v":1,"epoch":"e","id":"a","kind":"start_daemon","emitted_at_ms":1,"at_ms":2000.5,"disposition":{"status":"gated","reason":"held by hold for another 40.5 ms"}}
{"v":1,"epoch":"e","id":3,"kind":"pull_replica","emitted_at_ms":1,"at_ms":2100,"disposition":{"status":"deferred","rule":"pull-cooldown","retry_after_ms":100}}
{"v":1,"epoch":"e","id":3,"kind":"pull_replica","emitted_at_ms":1,"at_ms":3000,"disposition":{"status":"expired","reason":"expired 3 ms ago"}}
{"v":1,"epoch":"e","id":4,"kind":"drop_replica","emitted_at_ms":1,"at_ms":4000,"disposition":{"status":"unfinished","reason":"stopped"}}
END
	cat >failures <<'END'
{"v":1,"epoch":"e","seq":1,"source":"action-id:2:pull_replica","reason":"disk gone","recorded_at_ms":1000,"status":"failed","id":2,"kind":"pull_replica"}
{"v":1,"epoch":"e","seq":2,"source":"action-id:a:start_daemon","reason":"held by hold for another 40.5 ms","recorded_at_ms":2000.5,"status":"gated","id":"a","kind":"start_daemon"}
{"v":1,"epoch":"e","seq":3,"source":"action-id:3:pull_replica","reason":"expired 3 ms ago","recorded_at_ms":3000,"status":"expired","id":3,"kind":"pull_replica"}
{"v":1,"epoch":"e","seq":4,"source":"action-id:4:drop_replica","reason":"stopped","recorded_at_ms":4000,"status":"unfinished","id":4,"kind":"drop_replica"}
END
	FAILURES=
}

# Whatever a test leaves behind when it fails.
teardown() {
	[ -z "${FAILURES-}" ] || kill -KILL "$FAILURES" 2>/dev/null || true
}

# records FIRST LAST: failure records of a run called e.
records() {
	for ((i = $1; i <= $2; i++)); do
		echo "{\"v\":1,\"epoch\":\"${3-e}\",\"seq\":$i,\"source\":\"action-id:$i:k\",\"reason\":\"r\",\"recorded_at_ms\":$i,\"status\":\"failed\",\"id\":$i,\"kind\":\"k\"}"
	done
}

# The numbers that were printed, gaps as FROM-TO.
numbers() {
	jq -r 'if .kind == "meshq.gap" then "\(.from_seq)-\(.to_seq)/\(.count)\(.reason[0:1])" else .seq end' | paste -sd' '
}

# start ARG...: meshq-failures in the background; its output is line by line on fd 5.
start() {
	mkfifo out
	# a shell starts background jobs with INT ignored
	perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' meshq-failures "$@" >out 2>errors 3>&- 5>&- &
	FAILURES=$!
	exec 5<out
}

# The next line of what was started, within ten seconds.
line() {
	read -r -t 10 -u 5 line || { echo "no line came"; cat errors; return 1; }
}

# ended STATUS: what was started has ended so.
ended() {
	local got=0
	wait "$FAILURES" || got=$?
	FAILURES=
	[ "$got" -eq "$1" ] || { echo "status $got instead of $1"; cat errors; return 1; }
}

# stop SIGNAL STATUS
stop() {
	kill -"$1" "$FAILURES"
	ended "$2"
	exec 5<&-
}

@test "D-21 a failure reads the same from outcomes, chain and failure records" {
	meshq-failures failures >from-failures
	cmp failures from-failures
	meshq-failures chain | cmp failures -
	meshq-failures outcomes | jq -c '.epoch = "e"' >from-outcomes
	jq -c . failures | cmp - from-outcomes
}

@test "D-21 chain and failures of one run, read together, count once" {
	meshq-failures chain failures | cmp failures -
	meshq-failures failures chain | cmp failures -
}

@test "D-21 a failed attempt that is retried is no failure" {
	run -0 meshq-failures --kind pull_replica --status failed chain
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *'"reason":"disk gone"'* ]]
}

@test "outcomes without a run of their own get one" {
	run -0 meshq-failures outcomes
	first=$(jq -r .epoch <<<"${lines[0]}")
	[[ $first =~ ^[0-9a-f]{16}$ ]]
	[ "$(jq -rs 'map(.epoch) | unique | length' <<<"$output")" -eq 1 ]
	run -0 meshq-failures outcomes
	[ "$(jq -r .epoch <<<"${lines[0]}")" != "$first" ]
}

@test "stdin and files, mixed; - is stdin" {
	run -0 bash -c 'meshq-failures <failures'
	[ "${#lines[@]}" -eq 4 ]
	run -0 bash -c 'meshq-failures failures - <outcomes'
	[ "${#lines[@]}" -eq 8 ]
	run -0 bash -c 'meshq-failures </dev/null'
	[ -z "$output" ]
	run -66 meshq-failures failures nowhere
	[[ $output == *"meshq-failures: nowhere: No such file or directory"* ]]
}

@test "what is no failure is skipped silently and counted with -v" {
	run -0 --separate-stderr meshq-failures outcomes
	[ -z "$stderr" ]
	run -0 --separate-stderr meshq-failures -v outcomes
	[ "$stderr" = "meshq-failures: 6 records: 2 no failures, 0 bad, 0 failures told before" ]
}

@test "D-23 unknown versions are named, good lines around them come out" {
	{ records 1 1; records 2 2 | sed 's/"v":1/"v":99/'; records 3 3; sed -n 3p chain | sed 's/"v":1/"v":"x"/'; } >mixed
	run -65 --separate-stderr meshq-failures --rejects bad mixed
	[ "$(numbers <<<"$output")" = "1 2-2/1m 3" ]
	[ "${stderr_lines[0]}" = "meshq-failures: mixed:2: byte 6: version 99 not supported (this is 1)" ]
	[ "${stderr_lines[1]}" = 'meshq-failures: mixed:4: byte 6: version "x" not supported (this is 1)' ]
	[ "$(wc -l <bad)" -eq 2 ]
}

@test "bad records are bad records" {
	printf '%s\n' '{"seq":1}' 'x' '{"kind":"a","outcome":{"status":7}}' >bad
	run -65 meshq-failures bad
	[ "${lines[0]}" = "meshq-failures: bad:1: byte 9: expected a member 'kind'" ]
	[[ ${lines[1]} == *"bad:2: byte 1: "* ]]
	[ "${lines[2]}" = "meshq-failures: bad:3: byte 33: expected a string as 'outcome.status'" ]
	run -65 meshq-failures --strict bad
	[ "${#lines[@]}" -eq 1 ]
}

@test "D-22 a ring of 256 tells what it no longer keeps" {
	records 1 300 | meshq-failures >out
	[ "$(wc -l <out)" -eq 257 ]
	[ "$(head -1 out)" = '{"kind":"meshq.gap","epoch":"e","from_seq":1,"to_seq":44,"count":44,"reason":"evicted","at_ms":44}' ]
	[ "$(tail -1 out | jq .seq)" -eq 300 ]
}

@test "-n sets the size of the ring, failures.ring its default" {
	[ "$(records 1 5 | meshq-failures -n 2 | numbers)" = "1-3/3e 4 5" ]
	[ "$(records 1 5 | meshq-failures --set failures.ring=1 | numbers)" = "1-4/4e 5" ]
	[ "$(records 1 5 | meshq-failures -n 0 | numbers)" = "1-5/5e" ]
	run -64 meshq-failures -n 4294967296 failures
	run -64 meshq-failures -n x failures
}

@test "D-22 failures that never came are a gap; late ones fill it" {
	[ "$({ records 3 4; records 7 7; records 5 5; } | meshq-failures | numbers)" = "1-2/2m 3 4 6-6/1m 7 5" ]
}

@test "D-22 the number starts anew with each epoch, and no gap is claimed" {
	[ "$({ records 1 2 e1; records 1 2 e2; } | meshq-failures | numbers)" = "1 2 1 2" ]
}

@test "output read again says the same" {
	{ records 3 4; records 7 9; } | meshq-failures -n 3 >once
	meshq-failures once | cmp once -
}

@test "--since SEQ, EPOCH:SEQ and a duration" {
	[ "$(records 1 5 | meshq-failures --since 3 | numbers)" = "4 5" ]
	[ "$(records 1 5 | meshq-failures --since 0 | numbers)" = "1 2 3 4 5" ]
	[ "$({ records 1 3 a; records 1 2 b; records 1 1 c; } | meshq-failures --since b:1 | jq -r '.epoch + (.seq | tostring)' | paste -sd' ')" = "b2 c1" ]
	[ "$({ records 1 2 a; records 1 2 b; } | meshq-failures --since gone:9 | numbers)" = "1 2 1 2" ]
	[ "$(meshq-failures --clock=record --since 1s failures | numbers)" = "3 4" ]
	[ "$(meshq-failures --since 10m failures | numbers)" = "" ]
	[ "$(meshq-failures --since 36500d failures | numbers)" = "1 2 3 4" ]
	# what the reader of 1-3 has missed is still said
	[ "$(records 1 9 | meshq-failures -n 2 --since 3 | numbers)" = "1-7/7e 8 9" ]
	run -64 meshq-failures --since soon failures
	[[ $output == *"--since: 'soon' is neither a number (17)"* ]]
	run -64 meshq-failures --since 10m:x failures
}

@test "--kind, --status, --source and --reason select, each several times but the last" {
	[ "$(meshq-failures --kind pull_replica failures | numbers)" = "1 3" ]
	[ "$(meshq-failures --kind drop_replica --kind start_daemon failures | numbers)" = "2 4" ]
	[ "$(meshq-failures --status gated --status expired failures | numbers)" = "2 3" ]
	[ "$(meshq-failures --source action-id:2 failures | numbers)" = "1" ]
	[ "$(meshq-failures --source action-id:2:pull_replica failures | numbers)" = "1" ]
	[ "$(meshq-failures --source action-id failures | numbers)" = "1 2 3 4" ]
	[ "$(meshq-failures --source action-i failures | numbers)" = "" ]
	[ "$(meshq-failures --reason '^(disk|stop)' failures | numbers)" = "1 4" ]
	[ "$(meshq-failures --kind pull_replica --reason 'ago$' failures | numbers)" = "3" ]
	run -64 meshq-failures --reason '(' failures
	[[ $output == *"--reason: '(': "* ]]
}

@test "--reason also finds the last error behind a spent budget" {
	echo '{"kind":"x","id":1,"outcome":{"status":"failed","at_ms":1,"reason":"retried too often","last_reason":"peer busy"}}' |
		meshq-failures --reason busy | grep -q '"last_reason":"peer busy"'
}

@test "--by counts, greatest first" {
	run -0 meshq-failures --by kind failures
	[ "$output" = '{"kind":"pull_replica","count":2}
{"kind":"drop_replica","count":1}
{"kind":"start_daemon","count":1}' ]
	run -0 meshq-failures --by status --table failures
	[ "${lines[0]}" = "      1  expired" ]
	run -0 meshq-failures --by source failures
	[ "${#lines[@]}" -eq 4 ]
	run -64 meshq-failures --by moon failures
}

@test "--by reason does not tell times apart" {
	{ cat failures; sed -n 2p failures | sed 's/"seq":2/"seq":5/; s/40.5 ms/1234 ms/'; } >longer
	meshq-failures --by reason longer | grep -qx '{"reason":"held by hold for another N ms","count":2}'
}

@test "--by and --max count what the ring no longer keeps, too" {
	records 1 300 >many
	[ "$(meshq-failures --by kind many 2>/dev/null)" = '{"kind":"k","count":300}' ]
	run -1 meshq-failures --max 299 -q many
	run -0 meshq-failures --max 300 -q many
}

@test "--max: status 1 when there are more failures that are wanted" {
	run -0 meshq-failures --max 4 failures
	run -1 --separate-stderr meshq-failures --max 3 failures
	[ "${#lines[@]}" -eq 4 ]
	[ "$stderr" = "meshq-failures: 4 failures, more than 3" ]
	run -0 meshq-failures --max 1 --kind start_daemon failures
	run -1 meshq-failures --max 0 --kind start_daemon failures
	run -65 bash -c '{ cat failures; echo x; } | meshq-failures --max 0'
}

@test "--actions gives the actions back as they were" {
	run -0 meshq-failures --actions outcomes
	[ "$output" = '{"kind":"pull_replica","id":2,"chain":8}
{"kind":"start_daemon","id":"a"}
{"kind":"pull_replica","id":3,"chain":9}
{"kind":"drop_replica","id":4,"chain":9}' ]
	run -0 meshq-failures --actions --status expired outcomes
	[ "$output" = '{"kind":"pull_replica","id":3,"chain":9}' ]
}

@test "--actions says once that chain and failure records have none" {
	run -1 --separate-stderr meshq-failures --actions outcomes chain
	[ "${#lines[@]}" -eq 4 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[ "$stderr" = "meshq-failures: --actions: 4 failures come without their action; only outcome records have it" ]
	run -64 meshq-failures --actions --json outcomes
	run -64 meshq-failures --actions --by kind outcomes
}

@test "--table for people: columns, colours, cut to the width" {
	run -0 env COLUMNS=60 meshq-failures --table --clock=record failures
	[ "$output" = " AGE  SEQ  ID  KIND          STATUS      REASON
  3s    1  2   pull_replica  failed      disk gone
  1s    2  a   start_daemon  gated       held by hold for an…
  1s    3  3   pull_replica  expired     expired 3 ms ago
  0s    4  4   drop_replica  unfinished  stopped" ]
	run -0 meshq-failures --table --color=always failures
	[[ $output == *$'\e[31mfailed'*$'\e[0m'* ]]
	run -0 meshq-failures --table -n 2 failures
	[ "${lines[1]}" = " ...  2 older, no longer kept: numbers 1 to 2" ]
}

@test "--by says what is missing in its counts, and nothing of what it has counted" {
	seq -f '{"kind":"x","id":%g,"outcome":{"status":"failed","at_ms":1,"reason":"no"}}' 300 >many
	run -0 --separate-stderr meshq-failures --table --by reason many
	[ "$output" = '    300  no' ]
	[ "$stderr" = '' ]
	meshq-failures --json many >kept
	run -0 --separate-stderr meshq-failures --table --by reason kept
	[ "$output" = '    256  no' ]
	[ "$stderr" = 'meshq-failures: 44 failures are no longer kept' ]
}

@test "a table shows nothing that a terminal would obey" {
	printf '%s\n' '{"kind":"x\u001b[2J","id":1,"outcome":{"status":"failed","at_ms":1,"reason":"a\nb\u009bc\u007f"}}' >nasty
	run -0 meshq-failures --table nasty
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[1]} == *"x [2J"*"a b c " ]]
}

@test "a terminal gets a table, a pipe gets records" {
	script -qec true /dev/null >/dev/null 2>&1 || skip "no terminal to be had"
	run -0 script -qec "meshq-failures failures" /dev/null
	[[ ${lines[0]} == *SEQ*REASON* ]]
	run -0 script -qec "meshq-failures --json failures" /dev/null
	[[ ${lines[0]} == '{"v":1,'* ]]
}

@test "--ring goes on counting where the last run ended" {
	echo '{"kind":"x","id":1,"outcome":{"status":"failed","at_ms":1,"reason":"r"}}' >one
	[ "$(meshq-failures --ring ring one | numbers)" = "1" ]
	[ "$(meshq-failures --ring ring one | numbers)" = "1 2" ]
	[ "$(meshq-failures --ring ring </dev/null | numbers)" = "1 2" ]
	[ "$(meshq-failures --ring ring -n 1 one | numbers)" = "1-2/2e 3" ]
	[ "$(meshq-failures --ring ring </dev/null | jq -rs 'map(.epoch) | unique | length')" -eq 1 ]
	[ "$(meshq-failures ring | numbers)" = "1-2/2e 3" ]
}

@test "--ring: the same failure records again change nothing" {
	meshq-failures --ring ring failures >once
	meshq-failures --ring ring failures chain | cmp once -
	{ cat failures; records 5 5; } >longer
	[ "$(meshq-failures --ring ring longer | numbers)" = "1 2 3 4 5" ]
}

@test "--ring keeps the actions for --actions" {
	meshq-failures --ring ring outcomes >/dev/null
	run -0 bash -c 'meshq-failures --ring ring --actions --kind drop_replica </dev/null'
	[ "$output" = '{"kind":"drop_replica","id":4,"chain":9}' ]
}

@test "--ring: writers at once lose nothing and number without holes" {
	for ((i = 1; i <= 20; i++)); do
		echo '{"kind":"x","id":1,"outcome":{"status":"failed","at_ms":1,"reason":"r"}}'
	done >twenty
	for ((w = 0; w < 6; w++)); do
		meshq-failures --ring ring twenty >/dev/null 3>&- &
		writers+=" $!"
	done
	for pid in $writers; do wait "$pid"; done
	meshq-failures --ring ring </dev/null | jq .seq | cmp - <(seq 120)
}

@test "--ring that is none, or cannot be written, is said and nothing is lost" {
	echo '{"kind":"x"}' >ring
	run -65 --separate-stderr meshq-failures --ring ring failures
	[ "$stderr" = "meshq-failures: ring:1: byte 1: this is no ring of meshq-failures" ]
	[ "$(numbers <<<"$output")" = "1 2 3 4" ]
	[ "$(cat ring)" = '{"kind":"x"}' ]
	run -73 meshq-failures --ring nowhere/ring failures
	[[ $output == *"nowhere/ring.lock"* ]]
}

@test "--ring on a full disk: status 74, the old ring stays" {
	meshq-failures --ring ring failures >/dev/null
	cp ring before
	records 5 200 >longer
	run -74 --separate-stderr bash -c 'trap "" XFSZ; ulimit -f 4; meshq-failures --ring ring longer 2>&1 >/dev/null | cat; exit ${PIPESTATUS[0]}'
	cmp ring before
}

@test "a full disk is never success" {
	run -74 bash -c 'meshq-failures failures >/dev/full'
	[[ $output == *"No space left on device"* ]]
	run -74 bash -c 'meshq-failures failures >&-'
}

@test "whoever stops reading stops us quietly" {
	records 1 256 >many
	run -0 bash -c 'meshq-failures many many | head -1; exit 0'
	[ "${#lines[@]}" -eq 1 ]
}

@test "no final newline, CRLF, blank lines, nothing" {
	printf '%s' "$(cat failures)" | meshq-failures | cmp failures -
	sed 's/$/\r/' failures | meshq-failures | cmp failures -
	sed G failures | meshq-failures | cmp failures -
}

@test "--follow prints what is there, then each failure as it comes" {
	records 1 2 >log
	start --follow log
	line; [[ $line == *'"seq":1,'* ]]
	line; [[ $line == *'"seq":2,'* ]]
	records 3 3 >>log
	line; [[ $line == *'"seq":3,'* ]]
	printf '%s' "$(records 4 4)" >>log
	echo >>log
	line; [[ $line == *'"seq":4,'* ]]
	stop TERM 0
}

@test "--follow goes on across rotation and says what it missed" {
	records 1 1 >log
	start --follow log
	line; [[ $line == *'"seq":1,'* ]]
	mv log log.1
	records 2 2 >>log.1 # a writer that had not noticed yet
	records 4 4 >log
	line; [[ $line == *'"seq":2,'* ]]
	line; [ "$line" = '{"kind":"meshq.gap","epoch":"e","from_seq":3,"to_seq":3,"count":1,"reason":"missed","at_ms":4}' ]
	line; [[ $line == *'"seq":4,'* ]]
	rm log
	records 5 5 >log
	line; [[ $line == *'"seq":5,'* ]]
	stop INT 0
}

@test "--follow reads a file from the start that was cut in place" {
	records 1 3 >log
	start --follow log
	line; line; line; [[ $line == *'"seq":3,'* ]]
	records 4 4 >log
	line; [[ $line == *'"seq":4,'* ]]
	grep -q "log was cut" errors
	stop TERM 0
}

@test "--follow waits for a file that is not there yet" {
	start --follow log
	until grep -q "waiting for log to appear" errors; do :; done
	records 1 1 >log
	line; [[ $line == *'"seq":1,'* ]]
	stop TERM 0
}

@test "--follow with filters, --max, --by, a table and bad lines" {
	records 1 1 >log
	start --follow log --max 1 --reason r --table --clock=record
	line; [[ $line == *SEQ* ]]
	line; [[ $line == *" 1 "* ]]
	{ echo x; records 2 2; } >>log
	line; [[ $line == *" 2 "* ]]
	stop TERM 65
	grep -q "2 failures, more than 1" errors
	rm out
	start --follow log --by kind
	# the count comes at the end: wait until it has read
	until [ -s log ] && grep -q "log:2" errors; do :; done
	kill -TERM "$FAILURES"
	line; [ "$line" = '{"kind":"k","count":2}' ]
	ended 65
}

@test "--follow - prints what comes through a pipe at once" {
	mkfifo in out
	meshq-failures --follow - <in >out 3>&- 5>&- 6>&- &
	FAILURES=$!
	exec 6>in 5<out
	records 1 1 >&6
	line; [[ $line == *'"seq":1,'* ]]
	records 2 2 >&6
	line; [[ $line == *'"seq":2,'* ]]
	exec 6>&-
	ended 0
}

@test "--follow with --ring: others see it at once" {
	: >log
	start --follow log --ring ring
	records 1 1 >>log
	line; [[ $line == *'"seq":1,'* ]]
	[ "$(meshq-failures --ring ring </dev/null | numbers)" = "1" ]
	stop TERM 0
}

@test "TERM while reading a pipe: what came is printed, then the signal kills" {
	mkfifo in out
	meshq-failures -v --ring ring <in >out 2>errors 3>&- 5>&- 6>&- &
	FAILURES=$!
	exec 6>in 5<out
	records 1 1 >&6
	until [ -s ring ]; do :; done
	kill -TERM "$FAILURES"
	line; [[ $line == *'"seq":1,'* ]]
	ended 143
	exec 6>&-
}

@test "the first INT while reading a pipe lets the producer finish" {
	mkfifo in out
	perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' meshq-failures --ring ring <in >out 2>errors 3>&- 5>&- 6>&- &
	FAILURES=$!
	exec 6>in 5<out
	records 1 1 >&6
	until [ -s ring ]; do :; done
	kill -INT "$FAILURES"
	until grep -q "waiting for the input to end" errors; do :; done
	records 2 2 >&6
	exec 6>&-
	line; [[ $line == *'"seq":1,'* ]]
	line; [[ $line == *'"seq":2,'* ]]
	ended 0
}

@test "a named pipe that nobody writes to does not keep us from ending" {
	mkfifo in out
	meshq-failures -v in >out 2>errors 3>&- 5>&- 6>&- &
	FAILURES=$!
	exec 5<out
	# from here on it takes TERM when it looks for it, and opens the pipe next
	until grep -q "^SigBlk:.*4...$" "/proc/$FAILURES/status"; do :; done
	kill -TERM "$FAILURES"
	ended 143
}

@test "--follow a named pipe: what comes, until it ends" {
	mkfifo in
	start --follow in
	exec 6>in
	records 1 1 >&6
	line; [[ $line == *'"seq":1,'* ]]
	exec 6>&-
	ended 0
}

@test "--follow what cannot be read is an error, not a loop" {
	mkdir folder
	run -66 timeout 10 meshq-failures --follow folder
	[[ $output == *"folder: Is a directory"* ]]
}

@test "--ring: looking makes no files" {
	run -0 bash -c 'meshq-failures --ring ring </dev/null'
	[ ! -e ring ]
	[ ! -e ring.lock ]
}

@test "help and usage" {
	run -0 meshq-failures --help
	[[ $output == *"--follow"* ]]
	run -64 meshq-failures --nonsense
	run -64 meshq-failures --json --table failures
}

# A stream in which everything happens: success, failure, retry, budget, hold,
# expiry, and something left over.
everything() {
	cat <<'END'
{"id":1,"kind":"ok","at_ms":0}
{"id":"b","kind":"bad","at_ms":0}
{"id":3,"kind":"busy","at_ms":0}
{"kind":"meshq.hold","daemon":"d","until_ms":9000,"at_ms":1}
{"id":4,"kind":"start_daemon","daemon":"d","at_ms":2}
{"id":5,"kind":"ok","expires_ms":1,"at_ms":3}
{"id":6,"kind":"pull_replica","chain":1,"at_ms":4}
{"id":7,"kind":"pull_replica","chain":1,"at_ms":4}
END
	mkdir handlers
	printf '#!/bin/sh\nexit 0\n' >handlers/default
	printf '#!/bin/sh\necho out of luck >&2\nexit 3\n' >handlers/bad
	cat >handlers/busy <<'END'
#!/bin/sh
echo '{"meshq":{"retry_after_ms":0.9,"reason":"peer busy"}}'
END
	chmod +x handlers/*
}

@test "D-21 D-22 end to end: meshq-exec's outcomes, chain and failures tell the same" {
	everything >actions
	run -1 bash -c 'meshq-exec --clock=record --set executor.max_defers=2 --on-eof=unfinished -H handlers --chain c --failures f <actions >o'
	[ "$(meshq-failures f | jq -r '"\(.status) \(.reason)"')" = "failed out of luck
failed retried too often: 0 defers and 3 attempts, max_defers is 2
gated held by daemon-backoff for another 8998 ms
expired expired before it could run
unfinished the input ended before it was done" ] || { meshq-failures f; false; }
	meshq-failures f | cmp f -
	meshq-failures c | cmp f -
	meshq-failures o | jq -c '.epoch = "replay"' | cmp f -
	# retried attempts and ordinary defers are in the chain (D-19)
	[ "$(jq -r 'select(.disposition.retry_after_ms) | .disposition.status' c | sort | uniq -c | xargs)" = "1 deferred 2 failed" ]
	# D-31: the hint of 0.9 ms is not cut
	[ "$(jq -c "select(.disposition.status == \"failed\" and .disposition.retry_after_ms) | .disposition.retry_after_ms" c | xargs)" = "0.9 0.9" ]
}

@test "--actions goes back into meshq-exec" {
	everything >actions
	run -1 bash -c 'meshq-exec --clock=record --on-eof=unfinished -H handlers <actions >o'
	rm handlers/bad handlers/busy
	run -0 --separate-stderr bash -c 'meshq-failures --actions --status failed --status unfinished o | meshq-exec --clock=record -H handlers'
	[ "$(jq -c '[.id, .outcome.status]' <<<"$output" | sort | xargs)" = '[b,dispatched] [3,dispatched] [7,dispatched]' ]
}

@test "D-20 --reason finds the last error of a spent budget, end to end" {
	everything >actions
	run -0 bash -c 'meshq-exec --clock=record -H handlers --chain c <actions | meshq-failures --reason "peer busy" | jq -r .last_reason'
	[ "$output" = "peer busy" ]
	[ "$(meshq-failures --reason "peer busy" c | jq -r .last_reason)" = "peer busy" ]
}

@test "a status that there is not is no filter that nothing passes" {
	echo '{"kind":"a","id":1,"outcome":{"status":"failed"}}' >one
	run -64 --separate-stderr meshq-failures --status=fail --max=0 one
	[[ "$stderr" = "meshq-failures: --status: 'fail' is not one of failed, gated, expired, unfinished"* ]]
}
