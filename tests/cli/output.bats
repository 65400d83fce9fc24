#!/usr/bin/env bats
# What goes out, and where it cannot go.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
}

commands() { # filters that write one line for this input
	echo '{"kind":"x","outcome":{"status":"failed","reason":"r","attempts":1,"defers":0,"at_ms":1}}' >in
	cat <<-END
		meshq-admit in
		meshq-exec in -- true
		meshq-backoff in
		meshq-failures --json in
	END
}

@test "a full disk is never success" {
	while read -r command; do
		tool=${command%% *}
		command -v "$tool" || continue
		run -74 bash -c "$command >/dev/full"
		[[ $output == *"$tool: write standard output: No space left on device"* ]]
	done < <(commands)
}

@test "a closed standard output is an error when there is something to say" {
	while read -r command; do
		tool=${command%% *}
		command -v "$tool" || continue
		run -74 bash -c "$command >&-"
		[[ $output == *"$tool: write standard output: Bad file descriptor"* ]]
	done < <(commands)
}

@test "no file is written to by mistake when standard descriptors are closed" {
	echo '{"kind":"x"}' >"$BATS_TEST_TMPDIR/in"
	cp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/before"
	run bash -c "meshq-admit --rejects '$BATS_TEST_TMPDIR/bad' '$BATS_TEST_TMPDIR/in' <&- >&- 2>&-"
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/before"
	[ ! -s "$BATS_TEST_TMPDIR/bad" ]
}

@test "a reader that leaves ends a filter quietly, by SIGPIPE" {
	run bash -c 'yes "{\"kind\":\"x\"}" | meshq-admit | head -n 1 >/dev/null; echo "${PIPESTATUS[1]}"'
	[ "$output" = 141 ]
}

@test "output to a pipe that must not wait is complete" {
	yes '{"kind":"x"}' | head -n 50000 >"$BATS_TEST_TMPDIR/in"
	mkfifo "$BATS_TEST_TMPDIR/out"
	perl -MFcntl -e 'fcntl(STDOUT, F_SETFL, O_NONBLOCK) or die $!; exec "meshq-admit", @ARGV' \
		"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" &
	[ "$(wc -l <"$BATS_TEST_TMPDIR/out")" = 50000 ]
	wait $!
}
