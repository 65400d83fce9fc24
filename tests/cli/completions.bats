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
	[ "$(offers meshq-recover read)" = readmit ]
	[ "$(offers meshq recover li)" = list ]
	[ "$(offers meshq-backoff sta)" = "start status" ]
	[ "$(offers meshq-backoff restart --cont)" = --control= ]
	[ -z "$(offers meshq-sim x)" ]
	[ -z "$(offers meshq-sim a.yaml re)" ]
}

@test "nothing is made up" {
	[ -z "$(offers meshq-exec --jobs = '')" ]
	[ -z "$(offers meshq-admit --config '')" ]
	[ -z "$(offers meshq nothing --x)" ]
}

@test "--halt has its forms, --resume files, and what is behind -- is a command" {
	[ "$(offers meshq-exec --halt = '')" = "never soon,fail= now,fail=" ]
	[ "$(offers meshq-exec --halt s)" = soon,fail= ]
	[ "$(offers meshq-exec --preset = '')" = "meshos robust" ]
	[ "$(offers meshq-exec in -- tru)" = "$(compgen -c tru | tr '\n' ' ' | sed 's/ $//')" ]
	[ -z "$(offers meshq-exec in -- true --)" ]
	[ -z "$(offers meshq exec in -- true --)" ]
}

@test "fish offers options, choices and files" {
	command -v fish >/dev/null || skip "needs fish"
	fishes() { # what fish offers, without descriptions, files among it
		fish -c "source $BATS_TEST_DIRNAME/../../completions/meshq.fish; complete -C '$1'" |
			cut -f1 | grep -v '/$' | tr '\n' ' '
	}
	cd "$BATS_TEST_TMPDIR"
	touch chain.ndjson
	[ "$(fishes 'meshq-exec --batch')" = '--batch= --batch-wait= ' ]
	[ "$(fishes 'meshq exec --coproc')" = '--coprocess ' ]
	[ "$(fishes 'meshq-exec --on-eof ')" = 'drain unfinished ' ]
	[ "$(fishes 'meshq-exec --halt=')" = '--halt=never --halt=now,fail= --halt=soon,fail= ' ]
	[ "$(fishes 'meshq exec --clock=rea')" = '--clock=real ' ]
	[ "$(fishes 'meshq-exec --resume=ch')" = '--resume=chain.ndjson ' ]
	[ -z "$(fishes 'meshq-exec in -- true --coproc')" ]
}

@test "zsh offers options, choices and files" {
	command -v zsh >/dev/null || skip "needs zsh"
	cat >"$BATS_TEST_TMPDIR/offer" <<-'END'
		# What the functions of the completion system were given, for one command line.
		compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -r -- $@; }
		_files() { print -r -- files $@; }
		_command_names() { print -r -- commands; }
		_message() { print -r -- message $3; }
		_alternative() { print -r -- $2; }
		compset() { PREFIX=${PREFIX#*=}; }
		file=$1
		shift
		words=("$@") CURRENT=$# PREFIX=${@[-1]} service=$1
		source $file "$@"
	END
	# Below zsh, which blocks signals, a leak checker may wait for ever.
	zshes() {
		ASAN_OPTIONS=detect_leaks=0 zsh -f "$BATS_TEST_TMPDIR/offer" "$BATS_TEST_DIRNAME/../../completions/_meshq" "$@" | tr '\n' ' '
	}
	[[ " $(zshes meshq-exec --)" == *" --chain= "*" --coprocess "* ]]
	[ "$(zshes meshq-exec --halt=)" = 'never soon,fail= now,fail= ' ]
	[ "$(zshes meshq-exec --preset '')" = 'meshos robust ' ]
	[ "$(zshes meshq-exec --resume '')" = 'files ' ]
	[ "$(zshes meshq-exec --handlers '')" = 'files -/ ' ]
	[ "$(zshes meshq-exec in -- tr)" = 'commands ' ]
	[ "$(zshes meshq-exec in -- true --co)" = 'files ' ]
	[ "$(zshes meshq exec --on-eof '')" = 'drain unfinished ' ]
}
