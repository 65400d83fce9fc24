#!/usr/bin/env bats
# meshq-recover as its users see it. See meshq-recover(1).
# shellcheck disable=SC2154 # run sets stderr and stderr_lines
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir d
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

recover() { meshq-recover --clock=record -H d "$@"; }

# recovered SLOT HANDLER: the record of a plain number.
recovered() { echo "{\"kind\":\"meshq.recovered\",\"recovered\":$1,\"handler\":\"$2\",\"at_ms\":${3:-0}}"; }

# ---- handlers and their results ----

@test "each handler runs once, in the order of the names, with 'recover' as its argument" {
	handler b 'echo "b $*" >>ran; echo 1'
	handler a 'echo "a $*" >>ran; echo 0'
	run -0 recover
	[ "$output" = "$(recovered 0 a; recovered 1 b)" ]
	[ "$(cat ran)" = $'a recover\nb recover' ]
}

@test "an object gets kind, handler and time; its own bytes stay as they are" {
	handler a "echo ' {\"recovered\" : {\"group\":\"ingest\",\"slot\":3},\"x\":1.0 } '"
	run -0 recover
	[ "$output" = ' {"recovered" : {"group":"ingest","slot":3},"x":1.0 ,"kind":"meshq.recovered","handler":"a","at_ms":0} ' ]
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
	run -0 --separate-stderr recover
	[ -z "$stderr" ]
}

@test "a directory that is not there is status 66, none at all wrong usage" {
	run -66 meshq-recover -H missing
	[ "$output" = "meshq-recover: missing: No such file or directory" ]
	run -64 meshq-recover
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
