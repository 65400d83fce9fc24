#!/usr/bin/env bats
# The scenarios that are installed, and those of meshq-scenario(5).
bats_require_minimum_version 1.5.0

setup() {
	top=$BATS_TEST_DIRNAME/../..
	cd "$BATS_TEST_TMPDIR" || return
	unset MESHQ_CONFIG MESHQ_PRESET
}

# The comments of a scenario have commands with what they print. As a page of
# documentation, with the scenario as a file of its own.
page_of() {
	printf '```yaml\n# example: %s\n' "$(basename "$1")"
	cat "$1"
	printf '```\n'
	awk '/^# \$ / && !inside { print "```console"; inside = 1 }
		inside && !/^# ./ { print "```"; inside = 0 }
		inside { sub(/^# /, ""); print }
		END { if (inside) print "```" }' "$1"
}

# Every command in the head of a scenario prints what stands below it.
answers() {
	scenario=$top/share/scenarios/$1.yaml
	page_of "$scenario" >"$1.md"
	run -0 "$top/tests/docs/run-examples" "$1.md"
	[ "${#lines[@]}" -ge 4 ]
	run -0 meshq-sim "$scenario"
	[ "$(grep -c '^pass' <<<"$output")" -ge 5 ]
}

@test "a node is lost: replica-storm.yaml answers its questions" {
	answers replica-storm
}

@test "a daemon crashes in a loop: crash-loop.yaml answers its questions" {
	answers crash-loop
}

@test "a zone is drained: zone-drain.yaml answers its questions" {
	answers zone-drain
}

@test "no scenario is without a test" {
	for scenario in "$top"/share/scenarios/*.yaml; do
		grep -q "answers $(basename "$scenario" .yaml)\$" "$BATS_TEST_FILENAME"
	done
}

@test "what a scenario promises does not hang on its seed" {
	for scenario in "$top"/share/scenarios/*.yaml; do
		run -0 meshq-sim "$scenario" --runs 10
		[[ "${lines[-1]}" == *" 10/10" ]]
	done
}

@test "the scenario in the README is the one that is installed, and so is its picture" {
	awk '/^# example: replica-storm.yaml/ { inside = 1; next } /^```/ { inside = 0 } inside' \
		"$top/README.md" >readme.yaml
	cmp <(meshq-sim readme.yaml --json) <(meshq-sim "$top/share/scenarios/replica-storm.yaml" --json)
	picture=$(grep -o '(share/[^)]*svg)' "$top/README.md" | tr -d '()')
	grep -q 'replica-storm.yaml, seed 1' "$top/$picture"
	# The mark at the end of the axis tells the length of the run.
	grep -q '<text>25 min</text>' "$top/$picture"
}

@test "every example of meshq-scenario(5) is good" {
	page=$top/man/meshq-scenario.5
	awk '/^\.Bd/ { getline; if (sub(/^# example: /, "")) { file = $0; next } }
	     /^\.Ed/ { file = "" }
	     file { gsub(/\\e/, "\\"); print > file }' "$page"
	# The files that they name.
	echo '{"kind":"migrate_blob","at_ms":0}' >day.ndjson
	meshq-exec --clock=record --chain yesterday.chain day.ndjson -- true >log
	count=0
	rm wrong.yaml
	for example in *.yaml; do
		meshq-sim "$example" >"$example.out" || [ $? = 1 ]
		grep -q '^.* of virtual time, seed ' "$example.out"
		count=$((count + 1))
	done
	[ "$count" -ge 6 ]
	[ $((count + 1)) -eq "$(grep -c '^# example: .*yaml$' "$page")" ]
}
