#!/usr/bin/env bats
# The demo as a whole, on a short sample played back fast.
bats_require_minimum_version 1.5.0

demo=$BATS_TEST_DIRNAME/../../share/examples/demo

setup() {
	bin=$(dirname "$(command -v meshq-exec)")
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
}

@test "a short demo accounts for every action and leaves nothing behind" {
	run -0 "$demo" -n 300 -x 20 -k "$BATS_TEST_TMPDIR/kept" "$bin"
	[[ $output == *"are all that was received (300)"* ]]
	[[ $output == *"byte 1: expected '{'"* ]]
	[[ $output == *"oslo is still writing chain"* ]]
	[[ $output != *WRONG* ]]
	[ -z "$(ls -A "$TMPDIR")" ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/kept/rejects")" -eq 7 ]
	statuses=$(jq -r '.outcome.status // empty' "$BATS_TEST_TMPDIR/kept/outcomes.ndjson" | sort -u)
	[[ $statuses == dispatched*failed* ]]
}

@test "a demo in which an outcome is missing says so and fails" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	for tool in meshq-backoff meshq-failures; do
		ln -s "$bin/$tool" "$BATS_TEST_TMPDIR/bin/$tool"
	done
	printf '#!/bin/bash\nset -o pipefail\ntrap "" USR1\n"%s" "$@" | grep -v "^{.id.:7,"\n' \
		"$bin/meshq-exec" >"$BATS_TEST_TMPDIR/bin/meshq-exec"
	chmod +x "$BATS_TEST_TMPDIR/bin/meshq-exec"
	run -1 "$demo" -n 300 -x 100 "$BATS_TEST_TMPDIR/bin"
	[[ $output == *"WRONG: every action has one outcome: 299, expected 300"* ]]
}

@test "a demo that is stopped stops its processes and cleans up" {
	"$demo" -n 300 -k "$BATS_TEST_TMPDIR/kept" "$bin" 3>&- >"$BATS_TEST_TMPDIR/out" &
	pid=$!
	grep -qm1 start_daemon < <(tail -n +1 --pid=$pid -F "$BATS_TEST_TMPDIR/kept/chain.ndjson" 2>/dev/null)
	kill -s TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 143 ]
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "the demo takes the tools on the PATH, and says when there are none" {
	run -0 "$demo" -n 100 -x 100
	[[ $output == *"are all that was received (100)"* ]]
	run -64 env PATH=/nowhere /bin/sh "$demo"
	[[ ${lines[0]} == *"meshq-exec is not on the PATH" ]]
	run -64 "$demo" "$TMPDIR"
	[[ $output == usage:* ]]
}
