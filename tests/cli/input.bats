#!/usr/bin/env bats
# What comes in: lines, files, and what is wrong with them.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
}

kinds() { # the kinds of the records on stdin, in order
	jq -r .kind | paste -sd ' '
}

long_record() { # BYTES: one record of that size without its newline
	printf '{"kind":"long","x":"%*s"}' "$(($1 - 22))" '' | tr ' ' y | sed 's/"kind"y/"kind" /'
}

@test "no input is no output and success" {
	run -0 meshq-admit </dev/null
	[ -z "$output" ]
}

@test "LF, CRLF, blank lines and a last line without an end" {
	printf '{"kind":"a"}\r\n\r\n \t\n\n{"kind":"b"}\n{"kind":"c"}' >in
	run -0 --separate-stderr meshq-admit in
	[ "$(kinds <<<"$output")" = "a b c" ]
	[ "${#lines[@]}" = 3 ]
	[ -z "$stderr" ]
}

@test "files are read one after the other, - is stdin" {
	echo '{"kind":"a"}' >one
	printf '{"kind":"c"}' >three
	run -0 meshq-admit one - three <<<'{"kind":"b"}'
	[ "$(kinds <<<"$output")" = "a b c" ]
}

@test "a bad line is named by input, line and byte, and the others come out" {
	printf '{"kind":"a"}\n{"kind" "b"}\n{"kind":"c"}\n[]\n{"id":3}\n' >in
	run -65 --separate-stderr meshq-admit - <in
	[ "$(kinds <<<"$output")" = "a c" ]
	[[ ${stderr_lines[0]} == "meshq-admit: -:2: byte 9: expected ':'"* ]]
	[[ ${stderr_lines[1]} == "meshq-admit: -:4: byte 1: "* ]]
	[[ ${stderr_lines[2]} == "meshq-admit: -:5: "* ]]
	[ "${#stderr_lines[@]}" = 3 ]
	run -65 --separate-stderr meshq-admit in
	[[ ${stderr_lines[0]} == "meshq-admit: in:2: byte 9: expected ':'"* ]]
}

@test "line numbers start anew in every file" {
	printf '{"kind":"a"}\nbad\n' >one
	printf 'bad\n' >two
	run -65 --separate-stderr meshq-admit one two
	[[ ${stderr_lines[0]} == "meshq-admit: one:2: "* ]]
	[[ ${stderr_lines[1]} == "meshq-admit: two:1: "* ]]
}

@test "a byte-order mark and bytes that are not UTF-8 are bad" {
	printf '\xef\xbb\xbf{"kind":"a"}\n{"kind":"b\xff"}\n{"kind":"c"}\n' >in
	run -65 --separate-stderr meshq-admit in
	[ "$(kinds <<<"$output")" = c ]
	[[ ${stderr_lines[0]} == "meshq-admit: in:1: byte 1: "* ]]
	[[ ${stderr_lines[1]} == "meshq-admit: in:2: byte 11: "* ]]
}

@test "--rejects keeps the raw bytes and appends" {
	printf 'one \xff\r\n{"kind":"a"}\ntwo' >in
	echo before >bad
	run -65 meshq-admit --rejects bad in
	printf 'before\none \xff\r\ntwo\n' >want
	cmp bad want
}

@test "--rejects: a file that cannot be made is 73, one that cannot be written is 74" {
	run -73 meshq-admit --rejects nowhere/bad <<<bad
	[ "$output" = "meshq-admit: nowhere/bad: No such file or directory" ]
	run -74 --separate-stderr meshq-admit --rejects /dev/full <<<$'bad\nbad\n{"kind":"a"}'
	[ "$(kinds <<<"$output")" = a ]
	[ "$(grep -c 'meshq-admit: write /dev/full: No space left on device' <<<"$stderr")" = 1 ]
	run -64 meshq-admit --rejects - <<<bad
}

@test "--strict stops at the first bad record" {
	run -65 --separate-stderr meshq-admit --strict --rejects bad <<<$'{"kind":"a"}\nbad\n{"kind":"b"}\nbad'
	[ "$(kinds <<<"$output")" = a ]
	[ "${#stderr_lines[@]}" = 1 ]
	[ "$(cat bad)" = bad ]
}

@test "a missing file and a directory are 66, the others are still read" {
	mkdir folder
	echo '{"kind":"a"}' >one
	run -66 --separate-stderr meshq-admit nowhere folder one
	[ "$(kinds <<<"$output")" = a ]
	[ "${stderr_lines[0]}" = "meshq-admit: nowhere: No such file or directory" ]
	[ "${stderr_lines[1]}" = "meshq-admit: folder: Is a directory" ]
	run -66 meshq-admit <folder
	[ "$output" = "meshq-admit: -: Is a directory" ]
}

@test "a missing file outweighs bad records, a failed read outweighs both" {
	run -66 meshq-admit nowhere - <<<bad
	run -74 bash -c 'meshq-admit nowhere - <&-'
	[[ $output == *"meshq-admit: -: read: Bad file descriptor" ]]
}

@test "a record of 1 MB passes, with every byte" {
	long_record 1000000 >in
	echo >>in
	meshq-admit in >out
	[ "$(head -c 999999 out | cmp - <(head -c 999999 in) && echo same)" = same ]
	[ "$(jq -r .admission.decision out)" = admit ]
}

@test "a line of 2 MB is bad, kept whole, and the lines around it come out" {
	{
		echo '{"kind":"a"}'
		long_record 2000000
		printf '\r\n{"kind":"b"}\n'
	} >in
	run -65 --separate-stderr meshq-admit --rejects bad in
	[ "$(kinds <<<"$output")" = "a b" ]
	[ "$stderr" = "meshq-admit: in:2: byte 1048577: line longer than 1048576 bytes" ]
	cmp bad <(sed -n 2p in)
	run -0 meshq-admit --max-line=2M in
	[ "$(kinds <<<"$output")" = "a long b" ]
}

@test "an endless line costs no memory" {
	ulimit -v 200000
	meshq-admit -V >/dev/null 2>&1 || skip "a sanitizer wants more address space"
	run -65 bash -c 'head -c 300000000 /dev/zero | meshq-admit'
	[ "$output" = "meshq-admit: -:1: byte 1048577: line longer than 1048576 bytes" ]
}

@test "the limit is exact" {
	long_record 100 >in
	[ "$(wc -c <in)" = 100 ]
	run -0 meshq-admit --max-line=100 in
	run -65 meshq-admit --max-line=99 in
	[ "$output" = "meshq-admit: in:1: byte 100: line longer than 99 bytes" ]
}

@test "the first line comes out before the second is there" {
	mkfifo in out
	meshq-admit <in >out &
	exec 5>in 6<out
	echo '{"kind":"a"}' >&5
	read -r -t 30 line <&6
	[[ $line == '{"kind":"a",'* ]]
	echo '{"kind":"b"}' >&5
	read -r -t 30 line <&6
	[[ $line == '{"kind":"b",'* ]]
	exec 5>&-
	wait $!
}

@test "input that must not wait is waited for" {
	mkfifo in out
	# perl puts O_NONBLOCK on the pipe that both share.
	perl -MFcntl -e 'fcntl(STDIN, F_SETFL, O_NONBLOCK) or die $!; exec "meshq-admit"' <in >out &
	exec 5>in 6<out
	printf '{"kind":' >&5
	printf '"a"}\n' >&5
	read -r -t 30 line <&6
	[[ $line == '{"kind":"a",'* ]]
	exec 5>&-
	wait $!
}

@test "a file that is the output as well is not read, for it would never end" {
	cd "$BATS_TEST_TMPDIR" || exit
	for tool in meshq-admit 'meshq-exec -- true' meshq-backoff meshq-failures; do
		echo '{"id":1,"kind":"a","outcome":{"status":"failed"}}' >own
		run -66 bash -c "timeout 60 $tool <own 2>&1 >>own"
		[ "$output" = "${tool%% *}: -: the input is the output as well" ]
	done
	echo '{"id":1,"kind":"a"}' >own
	run -66 bash -c 'timeout 60 meshq-admit own 2>&1 >>own'
	[ "$(cat own)" = '{"id":1,"kind":"a"}' ]
}

@test "nor is a file that bad lines, chains or failures are appended to" {
	cd "$BATS_TEST_TMPDIR" || exit
	: >model.yaml
	for option in --rejects --chain --failures; do
		for tool in 'meshq-exec own -- false' 'meshq-sim --handlers model.yaml own'; do
			printf '%s\n' '{"id":1,"kind":"a"}' 'no record' >own
			run -66 bash -c "timeout 60 ${tool/ / $option own }"
			[[ "$output" == *": own: the input is the output as well" ]]
			[ "$(wc -l <own)" = 2 ]
		done
	done
	printf 'no record\n' >own
	run -66 timeout 60 meshq-admit --rejects own own
}
