#!/usr/bin/env bats
# meshq becomes the tool that is named.

bats_require_minimum_version 1.5.0

setup() {
	folder=$BATS_TEST_TMPDIR/bin
	mkdir "$folder"
	cp "$(command -v meshq)" "$folder/meshq"
}

tool() { # NAME FOLDER: a stand-in that says where it is and what it got
	mkdir -p "$2"
	printf '#!/bin/sh\necho "%s: $*"; exit 3\n' "$2" >"$2/meshq-$1"
	chmod +x "$2/meshq-$1"
}

@test "meshq lists the tools" {
	run -0 --separate-stderr meshq
	[[ $output == *"  exec       gate, run, "* ]]
	[ -z "$stderr" ]
}

@test "every tool of the list exists and knows its name" {
	for tool in $(meshq | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
		command -v "meshq-$tool" || continue
		run -0 meshq "$tool" --version
		[[ ${lines[0]} =~ ^meshq-$tool\ \(meshq\)\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
		run -0 meshq help "$tool"
		[[ ${lines[0]} == "meshq-$tool - "* ]]
	done
}

@test "arguments and the exit status pass through, options too" {
	tool exec "$folder"
	run -3 "$folder/meshq" exec --version -j4 -- a 'b c'
	[ "$output" = "$folder: --version -j4 -- a b c" ]
}

@test "the tool beside meshq is preferred, the one on PATH is found" {
	tool own "$BATS_TEST_TMPDIR/elsewhere"
	PATH=$BATS_TEST_TMPDIR/elsewhere:$PATH
	run -3 "$folder/meshq" own
	[ "$output" = "$BATS_TEST_TMPDIR/elsewhere: " ]
	tool own "$folder"
	run -3 "$folder/meshq" own
	[ "$output" = "$folder: " ]
}

@test "an unknown tool is told from the known ones" {
	run -64 meshq frobnicate
	[ "$output" = "meshq: unknown tool 'frobnicate'; known are admit, exec, backoff, failures, recover, sim, help and version (see --help)" ]
	run -64 meshq ../meshq-admit
}

@test "a known tool that is missing is 127, one that cannot run is 126" {
	# Not the PATH of this machine, where meshq may be installed.
	run -127 env PATH="$folder" "$folder/meshq" exec
	[ "$output" = "meshq: meshq-exec: No such file or directory" ]
	touch "$folder/meshq-exec"
	run -126 env PATH="$folder" "$folder/meshq" exec
	[ "$output" = "meshq: meshq-exec: Permission denied" ]
}

@test "version and help say so" {
	run -0 meshq version
	[[ ${lines[0]} =~ ^meshq\ \(meshq\)\ [0-9.]+$ ]]
	run -0 meshq -V
	[[ ${lines[0]} =~ ^meshq\ \(meshq\)\ [0-9.]+$ ]]
	run -0 meshq --help
	[[ ${lines[1]} == "Examples:" ]]
	run -74 sh -c 'meshq version >/dev/full'
}
