#!/usr/bin/env bats
# Broken lines between good ones: the good ones come out, each bad one is
# reported with its byte, and its raw bytes are kept.

bats_require_minimum_version 1.5.0

setup() {
	broken=$BATS_TEST_DIRNAME/../data/broken
	cd "$BATS_TEST_TMPDIR" || return 1
	grep -v '^#' "$broken/EXPECT" > expect
}

# A good line that names itself, and what becomes of it.
good() {
	printf '{"id":%d,"kind":"good"}\n' "$1"
}
admitted() {
	printf '{"id":%d,"kind":"good","admission":{"decision":"admit","at_ms":0}}\n' "$1"
}

@test "every broken line alone between two good ones is reported and nothing else is lost" {
	while IFS=$'\t' read -r name byte text; do
		{ good 1; cat "$broken/$name.line"; good 2; } > in
		status=0
		meshq-admit --clock=record --rejects=kept < in > out 2> err || status=$?
		printf 'meshq-admit: -:2: byte %s: %s\n' "$byte" "$text" > want
		echo "$name: status $status"
		[ "$status" -eq 65 ]
		diff want err
		{ admitted 1; admitted 2; } | diff - out
		cmp "$broken/$name.line" kept
		rm kept
	done < expect
	[ "$(wc -l < expect)" -ge 60 ]
}

@test "all broken lines in one stream, each in its place" {
	n=0
	while IFS=$'\t' read -r name byte text; do
		good "$((++n))" >> in
		cat "$broken/$name.line" >> in
		cat "$broken/$name.line" >> raw
		printf 'meshq-admit: -:%d: byte %s: %s\n' "$((2 * n))" "$byte" "$text" >> want
	done < expect
	status=0
	meshq-admit --clock=record --rejects=kept in > out 2> err || status=$?
	[ "$status" -eq 65 ]
	sed 's/: -:/: in:/' want | diff - err
	for ((i = 1; i <= n; i++)); do admitted "$i"; done | diff - out
	cmp raw kept
}

@test "--strict stops at the first broken line" {
	{ good 1; cat "$broken/name-only.line"; good 2; } > in
	status=0
	meshq-admit --clock=record --strict in > out 2> err || status=$?
	[ "$status" -eq 65 ]
	admitted 1 | diff - out
	echo "meshq-admit: in:2: byte 8: expected ':' after member name" | diff - err
}
