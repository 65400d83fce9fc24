#!/usr/bin/env bats
# What people know from xargs and GNU parallel comes out the same.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# Lines as actions.
actions() {
	jq -Rc '{kind: "line", line: .}'
}

lines() {
	printf '%s\n' plain 'two words' '  blanks  ' "it's" '"quoted"' 'a\b' '{line}' '{' '}}' '$HOME' \
		'*' '-n' '' 'é ü' $'tab\there' '%s %d' '`id`'
}

@test "each line is one argument, whatever is in it, as with xargs -d" {
	lines | xargs -d '\n' -n1 printf '<%s>\n' -- >expected
	lines | actions | meshq-exec -k --pass -- printf '<%s>\n' -- '{line}' >got
	diff expected got
}

@test "as many at once as xargs -P, and each once" {
	seq 500 | xargs -P4 -n1 echo | sort -n >expected
	seq 500 | actions | meshq-exec -j4 --pass -- echo '{line}' | sort -n >got
	diff expected got
}

@test "a failure shows in the exit status, and the others go on" {
	run -123 xargs -n1 test 3 -ne <<<'1 2 3 4'
	run -1 --separate-stderr meshq-exec -k --stats -- test 3 -ne '{line}' < <(seq 4 | actions)
	[ "$(jq -sc '[.[].outcome.status]' <<<"$output")" = '["dispatched","dispatched","failed","dispatched",null]' ]
}

@test "in order, as with parallel -k" {
	[ -x "$(command -v parallel)" ] || skip "there is no parallel"
	lines | parallel --will-cite -k -j4 printf "'<%s>\n'" -- >expected
	lines | actions | meshq-exec -k -j4 --pass -- printf '<%s>\n' -- '{line}' >got
	diff expected got
}

@test "done again from a log, only what failed runs" {
	seq 20 | actions >in
	run -1 meshq-exec -j4 --chain=log in -- sh -c 'echo "$1" >>ran; [ "$1" -ne 7 ]' sh '{line}'
	run -0 meshq-exec -j4 --resume=log --chain=log in -- sh -c 'echo "$1" >>ran' sh '{line}'
	[ "$(sort -n ran | uniq -d)" = 7 ]
	[ "$(sort -nu ran | wc -l)" -eq 20 ]
	run -0 meshq-exec --resume=log in -- false
}
