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

@test "the simulator's options, by both its names" {
	for tool in meshq-sim "meshq sim"; do
		# shellcheck disable=SC2086 # one or two words
		[ "$(offers $tool --sw)" = --sweep= ]
		# shellcheck disable=SC2086
		all=" $(offers $tool --) "
		for option in --handlers= --expect= --junit= --find= --plot= --report= --diff --json; do
			[[ "$all" == *" $option "* ]]
		done
	done
	[ "$(offers meshq si)" = sim ]
}

@test "words in the place of an operand are offered, beside files" {
	cd "$BATS_TEST_TMPDIR"
	touch record.yaml
	[ "$(offers meshq-sim re)" = "replay record.yaml" ]
	[ "$(offers meshq sim rep)" = replay ]
	[ "$(offers meshq-backoff sch)" = schedule ]
	[ -z "$(offers meshq-sim x)" ]
	[ -z "$(offers meshq-sim a.yaml re)" ]
}

@test "nothing is made up" {
	[ -z "$(offers meshq-exec --jobs = '')" ]
	[ -z "$(offers meshq-admit --config '')" ]
	[ -z "$(offers meshq nothing --x)" ]
}
