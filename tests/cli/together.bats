#!/usr/bin/env bats
# Options of meshq-exec that do not go together: told, and not silently one of them.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	echo '{"kind":"a","n":1}' >in
}

refused() { # STATUS MESSAGE OPTION...
	local status=$1 message=$2
	shift 2
	run "-$status" --separate-stderr timeout 60 meshq-exec "$@" in -- true
	[ -z "$output" ]
	[ "$stderr" = "meshq-exec: $message" ]
}

@test "a file that is replaced as a whole is nobody else's" {
	refused 73 '--metrics: f is the file of --chain as well' --chain=f --metrics=f
	refused 73 '--metrics: f is the file of --failures as well' --failures=f --metrics=f
	refused 73 '--metrics: f is the file of --spool as well' --spool=f --metrics=f
	refused 73 '--metrics: f is the file of --outcomes as well' --outcomes=f --metrics=f
	refused 73 '--metrics: f is the file of --rejects as well' --rejects=f --metrics=f
	refused 73 '--spool: f is the file of --chain as well' --spool=f --chain=f
	[ ! -e f ]
}

@test "by another name it is the same file, and stays as it was" {
	touch f
	ln -s f g
	refused 73 '--spool: f is the file of --chain as well' --spool=f --chain=g
	[ ! -s f ]
}

@test "what changes only outcomes that nobody gets is refused" {
	refused 64 '--output: with --pass it is for the file of --outcomes (see --help)' --pass --output
	refused 64 '--trace: with --pass it is for the file of --outcomes (see --help)' --pass --trace
	run -0 meshq-exec --pass --output --trace --outcomes=out in -- echo hi
	[ "$output" = hi ]
	[ "$(jq -r .outcome.output out)" = hi ]
}

@test "--sync without a file to wait for is refused" {
	refused 64 '--sync: it is for --chain, --failures and --spool (see --help)' --sync
	run -0 meshq-exec --sync --failures=f in -- true
}

@test "--id that can be no path is refused before the first record" {
	refused 64 "--id: 'a..b' is not a path of member names with dots between (see --help)" --id=a..b
	run -0 meshq-exec --id=n in -- true
}

@test "--simulate has coprocesses and batches from the same options" {
	cp "$BATS_TEST_DIRNAME/../../share/scenarios/crash-loop.yaml" one.yaml
	run -64 meshq-exec --simulate=one.yaml --window=3
	[ "$output" = 'meshq-exec: --window: it is for --coprocess (see --help)' ]
	run -64 meshq-exec --simulate=one.yaml -- true
	[ "$output" = 'meshq-exec: COMMAND: with --simulate no process is run (see --help)' ]
}
