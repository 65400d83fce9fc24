#!/usr/bin/env bats
# Back-pressure, from whom it comes to whom it is told: D-3.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	marks=(--set backpressure.assert_at=2 --set backpressure.release_at=1 --set backpressure.ceiling=6)
}

# State, depth and level of each record of back-pressure.
edges() {
	jq -r 'select(.kind == "meshq.backpressure") | "\(.state) \(.depth) \(.level)"'
}

flood() {
	for ((i = 0; i < $1; i++)); do
		echo '{"kind":"a"}'
	done
}

climb_and_fall='asserted 2 0
asserted 4 0.5
asserted 6 1
asserted 4 0.5
asserted 2 0
released 1 0'

@test "the level of an edge is how far the depth stands between the mark and the ceiling" {
	run --separate-stderr -0 meshq-admit --clock=record "${marks[@]}" < <(printf '{"kind":"meshq.depth","depth":%s}\n' 1 3 9 0 9 1)
	[ "$(edges <<<"$output")" = 'asserted 3 0.25
released 0 0
asserted 9 1
released 1 0' ]
}

@test "with a step the level is told as it moves, by admit, exec and sim alike" {
	run --separate-stderr -0 meshq-admit --clock=record "${marks[@]}" --set backpressure.step=0.5 < <(printf '{"kind":"meshq.depth","depth":%s}\n' 1 2 3 4 5 6 7 6 5 4 3 2 1)
	[ "$(edges <<<"$output")" = "$climb_and_fall" ]
	run --separate-stderr -0 meshq-exec --clock=record -j1 "${marks[@]}" --set backpressure.step=0.5 -- true < <(flood 7)
	[ "$(edges <<<"$output")" = "$climb_and_fall" ]
	printf '%s\n' 'arrivals: [ { kind: a, burst: 7 } ]' 'handlers: { default: { duration: 1s } }' >s.yaml
	run --separate-stderr -0 meshq-sim --outcomes "${marks[@]}" --set executor.jobs=1 --set backpressure.step=0.5 s.yaml
	[ "$(edges <<<"$output")" = "$climb_and_fall" ]
}

@test "robust tells every quarter of the level, meshos none" {
	run --separate-stderr -0 meshq-exec --clock=record -j1 --preset robust "${marks[@]}" -- true < <(flood 7)
	[ "$(edges <<<"$output" | head -n 5 | tail -n 4)" = 'asserted 3 0.25
asserted 4 0.5
asserted 5 0.75
asserted 6 1' ]
	run --separate-stderr -0 meshq-exec --clock=record -j1 "${marks[@]}" -- true < <(flood 7)
	[ "$(edges <<<"$output")" = 'asserted 2 0
released 1 0' ]
}

@test "a level that has moved is no edge: counters and a replay have one" {
	meshq-exec --clock=record -j1 "${marks[@]}" --set backpressure.step=0.5 --stats --trace -- true < <(flood 7) >out
	[ "$(jq -r 'select(.kind=="meshq.stats") | "\(.backpressure_asserts) \(.backpressure_releases)"' out)" = '1 1' ]
	run --separate-stderr -0 meshq-sim replay --diff --json out
	[ "$(jq -r 'select(.figure == "asserts") | .recorded' <<<"$output")" = 1 ] || {
		echo "$output"
		false
	}
}

@test "--on-backpressure hears of the level, and of the latest in the end" {
	meshq-exec --clock=record -j1 "${marks[@]}" --set backpressure.step=0.5 --on-backpressure='echo $1 $2 >>hooked' -- true < <(flood 7) >out
	[ "$(head -n 1 hooked)" = 'asserted 0' ]
	[ "$(tail -n 1 hooked)" = 'released 0' ]
	run -1 grep -vxE 'asserted (0|0.5|1)|released 0' hooked
}

@test "a coprocess that asks for it hears of the level, too" {
	printf '%s\n' '#!/usr/bin/perl' '$| = 1; while (<STDIN>) { if (/backpressure/) { open(my $f, ">>", "told"); print $f $_; next } print "ok\n" }' >w
	chmod +x w
	meshq-exec --clock=record -j1 --set 'executor.run.default={as: coprocess, window: 1, backpressure: true}' "${marks[@]}" --set backpressure.step=0.5 -- ./w < <(flood 7) >out
	# What it has not read yet is replaced by what is so.
	jq -r '.meshq | "\(.backpressure) \(.level)"' told >levels
	run -1 grep -vxE 'asserted (0|0.5|1)|released 0' levels
	grep -q 'asserted 0.5' levels
	[ "$(tail -n 1 levels)" = 'released 0' ]
}
