#!/usr/bin/env bats
# One case for each exit status of meshq(7).

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
}

one() { # KIND [MEMBERS]: one action
	echo "{\"kind\":\"$1\"${2+,$2}}"
}

pull_twice() { # the second is too early
	one pull_replica '"chain":1'
	one pull_replica '"chain":2'
}

held() { # a daemon that is held, and its start
	one meshq.hold '"daemon":"d","until_ms":99999999999999'
	one start_daemon '"daemon":"d"'
}

@test "status 0: everything went through" {
	run -0 meshq-admit < <(one x)
	run -0 meshq-exec -- true < <(one x)
	run -0 meshq-backoff < <(one daemon_crashed '"daemon":"d"')
	run -0 meshq-failures </dev/null
}

@test "status 1: an action failed, was gated, expired or is unfinished" {
	run -1 meshq-exec -- false < <(one x)
	run -1 meshq-exec -- true < <(held)
	run -1 meshq-exec -- true < <(one x '"expires_ms":1')
	run -1 meshq-exec --on-eof=unfinished -- true < <(pull_twice)
}

@test "status 1: more failures than --max" {
	meshq-exec -- false < <(one x; one x) >outcomes || true
	run -0 meshq-failures --max 2 outcomes
	run -1 meshq-failures --max 1 outcomes
}

@test "status 64: wrong usage" {
	for tool in meshq-admit meshq-exec meshq-backoff meshq-failures meshq-recover; do
		run -64 "$tool" --bogus </dev/null
		[[ $output == "$tool: unknown option '--bogus'"*"(see --help)" ]]
	done
	run -64 meshq-exec </dev/null
}

@test "status 65: bad records, whatever else happened to the good ones" {
	run -65 meshq-admit <<<bad
	run -65 meshq-exec -- true <<<bad
	run -65 meshq-exec -- false < <(one x; echo bad)
	run -65 meshq-backoff <<<bad
	run -65 meshq-failures <<<bad
}

@test "status 66: an input file cannot be read" {
	run -66 meshq-admit missing
	run -66 meshq-exec missing -- true
	run -66 meshq-backoff missing
	run -66 meshq-failures missing
}

@test "status 69: --check says gated" {
	run -69 meshq-admit --check < <(held)
}

@test "status 71: the system refused memory" {
	ulimit -v 100000
	meshq-admit -V >/dev/null 2>&1 || skip "a sanitizer wants more address space"
	head -c 200000000 /dev/zero >line
	run -71 meshq-admit --max-line=1G line
	[ "$output" = "meshq: out of memory" ]
}

@test "status 73: an output file cannot be created" {
	run -73 meshq-admit --rejects missing/file </dev/null
	run -73 meshq-exec --chain missing/file -- true </dev/null
}

@test "status 74: a write failed, on stdout and in a file" {
	run -74 sh -c 'echo "{\"kind\":\"x\"}" | meshq-admit >/dev/full'
	run -74 meshq-exec --chain /dev/full -- true < <(one x)
	run -74 meshq-admit --rejects /dev/full <<<bad
}

@test "status 75: --check says not yet" {
	run -75 meshq-admit --check < <(pull_twice)
	meshq-backoff --state s < <(one daemon_crashed '"daemon":"d"') >/dev/null
	run -75 meshq-backoff --check d --state s
}

@test "status 78: the configuration is wrong, known before any input is read" {
	echo 'rules: [{ name: r, window: fast }]' >c.yaml
	run -78 meshq-admit -c c.yaml < <(one x)
	[ "${#lines[@]}" = 1 ]
	[[ $output == "meshq-admit: c.yaml:1:"*"'fast' is not a duration (like 250ms, 1.5s or 2m)" ]]
}

@test "status 126: the handler command cannot be executed, known before any input is read" {
	touch handler
	run -126 meshq-exec -- ./handler < <(one x)
	[ "${#lines[@]}" = 1 ]
}

@test "status 127: the handler command is not found, known before any input is read" {
	run -127 meshq-exec -- no-such-command < <(one x)
	[ "${#lines[@]}" = 1 ]
	run -127 meshq-exec -- ./handler < <(one x)
}

@test "a signal: the tool dies of it" {
	mkfifo in
	meshq-admit <in &
	exec 7>in
	kill -INT $! 2>/dev/null || true # bash starts it with INT ignored
	kill -HUP $!
	wait $! || status=$?
	[ "$status" = 129 ]
	exec 7>&-
}

@test "every status of meshq(7) has its case here" {
	sed -n '/^\.Sh EXIT/,/^\.El/ s/^\.It \([0-9]\)/\1/p' "$BATS_TEST_DIRNAME/../../man/meshq.7" |
		tr -d ' ' | tr , '\n' | grep -vx 70 | sort >documented # 70 would be a fault of ours
	sed -n 's/^@test "status \([0-9]*\):.*/\1/p' "$BATS_TEST_FILENAME" | sort -u | diff documented -
}
