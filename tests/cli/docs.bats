#!/usr/bin/env bats
# The runner of the documentation's examples can fail, and says where.

bats_require_minimum_version 1.5.0

runner="$BATS_TEST_DIRNAME/../docs/run-examples"

page() {
	cat >"$BATS_TEST_TMPDIR/$1"
	run "$runner" "$BATS_TEST_TMPDIR/$1"
}

@test "an example that prints what it should passes" {
	page good.1 <<-'END'
		.Bd -literal -offset indent
		$ echo one; echo two >&2
		one
		two
		$ false
		$ echo $?
		1
		.Ed
	END
	[ "$status" = 0 ]
	[ "${lines[-1]}" = "1..3" ]
}

@test "an example that prints something else fails and names its line" {
	page bad.1 <<-'END'
		.Sh EXAMPLES
		.Bd -literal
		$ echo one
		two
		.Ed
	END
	[ "$status" = 1 ]
	[[ $output == *"not ok 1 - "*"bad.1:3: echo one"* ]]
}

@test "an example that prints more than it should fails" {
	page more.1 <<-'END'
		.Bd -literal
		$ echo one; echo two
		one
		.Ed
	END
	[ "$status" = 1 ]
}

@test "dots stand for a part of a line or for lines" {
	page dots.md <<-'END'
		```console
		$ seq 5
		1
		...
		5
		$ echo at 12345 ms
		at ... ms
		```
	END
	[ "$status" = 0 ]
	[ "${lines[-1]}" = "1..2" ]
}

@test "a script has its name below its first line, and no more rights than a copy has" {
	page script.md <<-'END'
		```sh
		#!/bin/sh
		# example: hello
		echo "$0"
		```
		```console
		$ cat hello
		#!/bin/sh
		echo "$0"
		$ ./hello
		...Permission denied
		$ chmod +x hello; ./hello
		./hello
		```
	END
	[ "$status" = 0 ]
	[ "${lines[-1]}" = "1..3" ]
}

@test "files of a page are there for its commands, and escapes are undone" {
	page files.1 <<-'END'
		.Bd -literal
		# example: data.txt
		a\eb
		\&.dot
		.Ed
		Other literal text is no example:
		.Bd -literal
		rules: []
		.Ed
		.Bd -literal
		$ cat \e
		> data.txt
		a\eb
		\&.dot
		.Ed
	END
	[ "$status" = 0 ]
	[ "${lines[-1]}" = "1..1" ]
}
