#!/usr/bin/env bats
# The options that every tool has.

bats_require_minimum_version 1.5.0

tools() {
	for tool in meshq-admit meshq-exec meshq-backoff meshq-failures meshq-recover; do
		command -v "$tool" >/dev/null && echo "$tool"
	done
}

@test "--help shows examples first, then usage, then options, then where statuses are" {
	for tool in $(tools); do
		run -0 --separate-stderr "$tool" --help
		[[ ${lines[0]} == "$tool - "* ]]
		[ "${lines[1]}" = Examples: ]
		[[ $output == *$'\n\nUsage: '"$tool "*$'\n\n'[A-Z]*$':\n  '*$'\n\nCommon options:\n'* ]]
		[[ ${lines[-1]} == "Exit statuses"*"see meshq(7)." ]]
		[ -z "$stderr" ]
	done
}

@test "--help fits eighty columns" {
	for tool in $(tools); do
		run -0 "$tool" --help
		run -1 grep -E '^.{81}' <<<"$output"
	done
}

@test "--help and --version answer even when something else is wrong" {
	run -0 meshq-admit --help --bogus
	MESHQ_COLOR=pink run -0 meshq-admit -h
	run -0 meshq-admit -V --config /nonexistent
}

@test "--version names the tool and the version on its first line" {
	for tool in $(tools); do
		run -0 "$tool" --version
		[[ ${lines[0]} =~ ^$tool\ \(meshq\)\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	done
}

@test "--help, --version and --print-config on a full disk are status 74" {
	for tool in $(tools); do
		for option in --help --version --print-config; do
			run -74 sh -c "$tool $option >/dev/full"
			[ "$output" = "$tool: write standard output: No space left on device" ]
		done
	done
}

@test "a typing error is answered with the option that was meant" {
	run -64 --separate-stderr meshq-admit --rejcts=x
	[ -z "$output" ]
	[ "$stderr" = "meshq-admit: unknown option '--rejcts'; did you mean '--rejects'? (see --help)" ]
	run -64 meshq-admit --print
	[ "$output" = "meshq-admit: unknown option '--print'; did you mean '--print-config'? (see --help)" ]
	run -64 meshq-admit --clock=fake
	[ "$output" = "meshq-admit: --clock: 'fake' is not one of real, record (see --help)" ]
	run -64 meshq-admit --max-line=0
	run -64 meshq-admit --max-line=4G
	run -64 meshq-admit --max-line=big
	[ "$output" = "meshq-admit: --max-line: 'big' is not a size (like 64K or 1M) (see --help)" ]
}

@test "an empty file name is a mistake, an empty variable of the environment is none" {
	run -64 meshq-failures --ring="$UNSET" </dev/null
	[ "$output" = "meshq-failures: --ring: '' is not the name of a file (see --help)" ]
	MESHQ_REJECTS='' run -0 meshq-admit </dev/null
}

@test "a flag beats the environment, the environment beats the file" {
	echo 'failures: { ring: 7 }' >"$BATS_TEST_TMPDIR/seven.yaml"
	echo 'failures: { ring: 8 }' >"$BATS_TEST_TMPDIR/eight.yaml"
	export MESHQ_CONFIG=$BATS_TEST_TMPDIR/seven.yaml
	run -0 meshq-admit --print-config
	[[ $output == *"ring: 7"* ]]
	run -0 meshq-admit --print-config -c "$BATS_TEST_TMPDIR/eight.yaml"
	[[ $output == *"ring: 8"* ]]
	run -0 meshq-admit --print-config --set failures.ring=9
	[[ $output == *"ring: 9"* ]]
	MESHQ_MAX_LINE=nonsense run -64 meshq-admit </dev/null
	[ "$output" = "meshq-admit: MESHQ_MAX_LINE: 'nonsense' is not a size (like 64K or 1M) (see --help)" ]
	MESHQ_MAX_LINE=nonsense run -0 meshq-admit --max-line=1K </dev/null
}

@test "an option for a setting beats --set and the file, and --print-config shows it" {
	executor() { meshq-exec "$@" --print-config | sed -n '/^executor/,/^$/{ s/ *#.*//; s/^  //p }' | grep "^$name:"; }
	echo 'executor: { jobs: 3, timeout: 3s, kill_after: 3s, grace: 3s, on_eof: drain }' >"$BATS_TEST_TMPDIR/three.yaml"
	for option in --jobs=4 --timeout=4s --kill-after=4s --grace=4s --on-eof=unfinished; do
		name=${option%=*} name=${name#--} name=${name//-/_}
		[[ $(executor -c "$BATS_TEST_TMPDIR/three.yaml") == "$name: "[3d]* ]]
		[ "$(executor -c "$BATS_TEST_TMPDIR/three.yaml" "$option")" = "$name: ${option#*=}" ]
		[ "$(executor "$option" -c "$BATS_TEST_TMPDIR/three.yaml")" = "$name: ${option#*=}" ]
	done
	name='jobs'
	[ "$(executor -j5 --set executor.jobs=6)" = "jobs: 5" ]
	name='timeout'
	[ "$(executor --timeout=0)" = "timeout: none" ]
	run -64 meshq-exec -j 99999999999 -- true
	[[ $output == *"jobs need more open files"* ]]
}

@test "what a handler finds in its environment is no option" {
	MESHQ_ID=7 MESHQ_KIND=x MESHQ_ATTEMPT=y MESHQ_DEFERS=z run -0 meshq-admit </dev/null
}

@test "--print-config prints what -c reads back to the same" {
	meshq-admit --preset robust --set rules.pull-cooldown.window=77ms --print-config >"$BATS_TEST_TMPDIR/a.yaml"
	meshq-admit -c "$BATS_TEST_TMPDIR/a.yaml" --print-config >"$BATS_TEST_TMPDIR/b.yaml"
	cmp "$BATS_TEST_TMPDIR/a.yaml" "$BATS_TEST_TMPDIR/b.yaml"
	grep -q 77ms "$BATS_TEST_TMPDIR/b.yaml"
}

@test "operands follow -- even when they look like options" {
	cd "$BATS_TEST_TMPDIR"
	echo '{"kind":"x"}' >--help
	run -0 meshq-admit -- --help
	[[ $output == '{"kind":"x","id":1,'* ]]
}

@test "a message is one line and brings no control characters to the terminal" {
	run -66 meshq-admit $'no\nsuch\e[31mfile'
	[ "$output" = 'meshq-admit: no?such?[31mfile: No such file or directory' ]
}

@test "--color sets off the name of the tool in messages, NO_COLOR hushes a terminal only" {
	bold=$'\e[1mmeshq-admit:\e[0m'
	run -66 meshq-admit --color=always missing
	[ "$output" = "$bold missing: No such file or directory" ]
	MESHQ_COLOR=always NO_COLOR=1 run -66 meshq-admit missing
	[ "$output" = "$bold missing: No such file or directory" ]
	run -66 meshq-admit missing
	[ "$output" = "meshq-admit: missing: No such file or directory" ]
	MESHQ_COLOR=always run -66 meshq-admit --color=never missing
	[ "$output" = "meshq-admit: missing: No such file or directory" ]
	# A terminal of our own, to be seen by the automatic choice.
	on_terminal() { script -qec "$1" /dev/null </dev/null | tr -d '\r'; }
	script -qec true /dev/null >/dev/null 2>&1 || skip "no terminal to be had"
	[ "$(on_terminal 'meshq-admit missing')" = "$bold missing: No such file or directory" ]
	[ "$(on_terminal 'NO_COLOR=1 meshq-admit missing')" = "meshq-admit: missing: No such file or directory" ]
}

@test "files that are written have names: neither empty nor '-'" {
	for option in "meshq-admit --rejects" "meshq-exec --chain" "meshq-exec --failures" \
		"meshq-backoff --state" "meshq-failures --ring"; do
		read -ra command <<<"$option"
		run -64 "${command[@]}" - </dev/null
		[[ $output == *"'-' is not the name of a file (see --help)" ]]
		run -64 "${command[@]}" "" </dev/null
	done
}
