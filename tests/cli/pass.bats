#!/usr/bin/env bats
# meshq-exec --pass: what handlers write is the output.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
	mkfifo go
}

actions() {
	seq -f '{"kind":"x","id":%.0f}' "$@"
}

limited() { # COMMAND...: with so little memory that nothing big fits
	ulimit -v 100000
	"$@"
}

sanitized() {
	! (limited meshq-exec -V >/dev/null 2>&1)
}

@test "what handlers write is the output, and outcomes go to their file" {
	run -1 --separate-stderr meshq-exec -j1 --pass --outcomes o -- sh -c 'echo "a $1"; printf "b $1"; [ "$1" != 2 ]' x '{id}' < <(actions 3)
	[ "$output" = "$(printf '%s\n' 'a 1' 'b 1' 'a 2' 'b 2' 'a 3' 'b 3')" ]
	[ -z "$stderr" ]
	[ "$(jq -c '[.id, .outcome.status]' o | tr '\n' ' ')" = '[1,"dispatched"] [2,"failed"] [3,"dispatched"] ' ]
}

@test "without --outcomes what has not gone through is told, ten of it and a count" {
	run -1 --separate-stderr meshq-exec -k -j1 --pass -- sh -c 'echo oh >&2; exit 3' < <(actions 13)
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" = 11 ]
	[ "${stderr_lines[0]}" = "meshq-exec: action 1 (x) failed: oh" ]
	[ "${stderr_lines[10]}" = "meshq-exec: 3 more have not gone through: --outcomes would keep them all" ]
	run -0 --separate-stderr meshq-exec --pass -- true < <(actions 2)
	[ -z "$output$stderr" ]
}

@test "counters go to standard error when nobody wants records" {
	run -0 --separate-stderr meshq-exec --pass --stats -- echo '{id}' < <(actions 1)
	[ "$output" = 1 ]
	[ "$(jq .dispatched <<<"$stderr")" = 1 ]
}

@test "a reply is understood and not passed on" {
	handler x 'echo "try $MESHQ_ATTEMPT"; [ "$MESHQ_ATTEMPT" = 2 ] || echo "{\"meshq\":{\"retry_after_ms\":0}}"'
	run -0 meshq-exec --pass --clock=record -H h < <(actions 1)
	[ "$output" = "$(printf 'try 1\ntry 2')" ]
}

@test "with --keep-order output comes out in the order of the input" {
	handler x 'case $MESHQ_ID in 1) echo begin; read -r x <go; echo end;; 50) echo "$MESHQ_ID"; echo >go;; *) echo "$MESHQ_ID"; esac'
	run -0 meshq-exec -k -j2 --pass -H h < <(actions 50)
	[ "$output" = "$(echo begin; echo end; seq 2 50)" ]
}

@test "lines of handlers that run together are never mixed" {
	handler x 'for i in 1 2 3 4 5 6 7 8 9; do for c in a b c d e f g h; do printf "%s" "$MESHQ_ID$c"; done; echo; done'
	run -0 meshq-exec -j8 --pass -H h < <(actions 8)
	[ "${#lines[@]}" = 72 ]
	for id in 1 2 3 4 5 6 7 8; do
		[ "$(grep -cx "${id}a${id}b${id}c${id}d${id}e${id}f${id}g${id}h" <<<"$output")" = 9 ]
	done
}

@test "with the record clock the output is the same each time" {
	handler x 'case $MESHQ_ID in 1) read -r x <go; echo 1;; 2) echo 2; echo >go; esac'
	run -0 meshq-exec --clock=record -j2 --pass -H h < <(actions 2)
	[ "$output" = "$(printf '1\n2')" ]
}

@test "a flood is passed on whole, in little memory" {
	sanitized && skip "a sanitizer wants more address space"
	[ "$(limited meshq-exec --pass -- head -c 150000000 /dev/zero < <(actions 1) | wc -c)" = 150000001 ]
	handler x 'seq 15000000'
	[ "$(limited meshq-exec --pass -H h < <(actions 1) | tail -n 1)" = 15000000 ]
}

@test "a flood whose turn has not come waits in a file" {
	sanitized && skip "a sanitizer wants more address space"
	handler x 'case $MESHQ_ID in 1) read -r x <go; echo one;; 2) seq 15000000; echo >go; esac'
	limited meshq-exec -k -j2 --pass -H h < <(actions 2) >out
	[ "$(head -n 1 out)" = one ]
	[ "$(sed 1d out | cksum)" = "$(seq 15000000 | cksum)" ]
}

@test "a reader that leaves ends it quietly" {
	# The handler, too, which has not seen the grace of half a day to its end.
	run env --default-signal bash -c '
		meshq-exec --grace=12h --outcomes=o --pass -- yes < <(echo "{\"kind\":\"x\"}") | head -n 1
		echo "${PIPESTATUS[0]}"'
	[ "$output" = "$(printf 'y\n141')" ]
	[ "$(jq -c '[.outcome.status, .outcome.signal]' o)" = '["failed","PIPE"]' ]
}

@test "what is lost is never success" {
	run -74 sh -c 'meshq-exec --pass -- echo a >/dev/full' < <(actions 1)
	[ "$output" = "meshq-exec: write standard output: No space left on device" ]
	run -74 sh -c 'meshq-exec --pass -- echo a >&-' < <(actions 1)
	handler x 'case $MESHQ_ID in 1) read -r x <go;; 2) seq 100000; echo >go; esac'
	TMPDIR=/nowhere run -74 --separate-stderr meshq-exec -k -j2 --outcomes o --pass -H h < <(actions 2)
	[ "$stderr" = "meshq-exec: a temporary file in /nowhere: No such file or directory" ]
}

@test "a slow reader is waited for, and so are handlers" {
	mkfifo out
	handler x 'seq 200000'
	meshq-exec -j4 --pass -H h < <(actions 8) >out 3>&- &
	pid=$!
	[ "$(sort -n <out | uniq -c | awk '$1 != 8' | wc -l)" = 0 ]
	wait "$pid"
}

@test "nothing is run in a simulation, so there is nothing to pass on" {
	echo 'seed: 1' >s.yaml
	run -64 meshq-exec --pass --simulate s.yaml </dev/null
	[[ $output == "meshq-exec: --pass: with --simulate no process is run"* ]]
}

@test "so are the lines of coprocesses and batches, but for replies to us" {
	cat >worker <<-'END'
		#!/bin/sh
		while read -r line; do
			case $line in *'"id":2}') echo '{"meshq":{"fail":"no"}}';; *) echo "got $line";; esac
		done
	END
	cat >batch <<-'END'
		#!/bin/sh
		jq -c 'if .id == 2 then {id, meshq: {fail: "no"}} else {id, twice: (.id * 2)} end'
	END
	chmod +x worker batch
	run -1 --separate-stderr meshq-exec -k -j2 --coprocess --pass -- ./worker < <(actions 3)
	[ "$output" = "$(printf 'got {"kind":"x","id":%d}\n' 1 3)" ]
	[ "$stderr" = "meshq-exec: action 2 (x) failed: no" ]
	run -1 --separate-stderr meshq-exec -k -j1 --batch=3 --pass -- ./batch < <(actions 3)
	[ "$output" = "$(printf '{"id":%d,"twice":%d}\n' 1 2 3 6)" ]
	[ "$stderr" = "meshq-exec: action 2 (x) failed: no" ]
}

@test "when the reader goes away nothing is said of what was not done" {
	run --separate-stderr bash -c 'yes "{\"kind\":\"a\"}" | meshq-exec --pass -j2 -- echo x | head -n 1; echo "${PIPESTATUS[@]}"'
	[ "$output" = $'x\n141 141 0' ]
	[ -z "$stderr" ]
}
