#!/usr/bin/env bats
# What bash offers after a Tab.

bats_require_minimum_version 1.5.0

# complete WORD...: the offers for the last word, in order.
offers() {
	bash -c '
		source "$1/../../completions/meshq.bash"
		compopt() { :; }
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_meshq
		echo "${COMPREPLY[*]}"' - "$BATS_TEST_DIRNAME" "$@"
}

@test "tools and their options are offered" {
	[ "$(offers meshq ex)" = exec ]
	[[ " $(offers meshq help '') " == *" admit "* ]]
	[ "$(offers meshq-admit --prin)" = --print-config ]
	[ "$(offers meshq admit --prin)" = --print-config ]
	[[ " $(offers meshq-admit -) " == *" --config= "* ]]
}

@test "the words of a choice are offered, however the argument is written" {
	[ "$(offers meshq-admit --clock = '')" = "real record" ]
	[ "$(offers meshq-admit --clock =)" = "real record" ]
	[ "$(offers meshq-admit --clock rea)" = real ]
	[ "$(offers meshq-admit --color = n)" = never ]
	[ "$(offers meshq admit --preset r)" = robust ]
}

@test "nothing is made up" {
	[ -z "$(offers meshq-admit --config '')" ]
	[ -z "$(offers meshq nothing --x)" ]
}
