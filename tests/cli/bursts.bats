#!/usr/bin/env bats
# What the budget of the reference makes of bursts (its section 6.6): the same table for
# records through meshq-exec, for records through meshq-sim, and for a scenario.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# How many come, their kind and chains, milliseconds from one to the next, the budget;
# and then: dispatched, failed, ms of the last dispatch, admissions.
#
# The reference wakes those of one instant in an arbitrary order (D-8), which matters
# in the last row only: it has 807 dispatched there, we wake them in order of arrival.
table() {
	cat <<-'END'
		17   pull_replica own  0   16    17   0   4000   153
		18   pull_replica own  0   16    17   1   4000   170
		100  pull_replica own  0   16    17   83  4000   1564
		1000 pull_replica own  0   16    17   983 4000   16864
		30   migrate_blob own  0   16    20   10  1000   290
		100  migrate_blob own  0   16    20   80  1000   1480
		20   pull_replica same 0   16    17   3   960000 204
		1000 pull_replica own  0   9999  1000 0   249750 500500
		1000 pull_replica own  200 16    816  184 203750 16384
	END
}

records() {
	seq 0 $(($1 - 1)) | awk -v kind="$2" -v chains="$3" -v gap="$4" '{
		printf "{\"kind\":\"%s\",\"chain\":%d,\"at_ms\":%d}\n", kind, chains == "own" ? $1 : 7, $1 * gap }'
}

scenario() {
	local chain=7 when="burst: $1"

	[ "$3" = same ] || chain='{ sequence: 0 }'
	[ "$4" = 0 ] || when="even: 1/${4}ms, count: $1"
	echo "arrivals: [ { kind: $2, $when, fields: { chain: $chain } } ]"
}

figures() {
	jq -rs '([.[].outcome | select(.status == "dispatched").at_ms] | max) as $last
		| .[-1] | "\(.dispatched) \(.failed) \($last) \(.admissions)"'
}

@test "a burst comes to what the reference makes of it, whoever runs it" {
	: >model.yaml
	while read -r count kind chains gap budget expected; do
		echo "$count $kind $chains $gap $budget: $expected"
		expected=$(tr -s ' ' <<<"$expected")
		set -- --stats --set executor.queueing=reference --set executor.jobs=2 --set executor.max_defers="$budget"
		records "$count" "$kind" "$chains" "$gap" >records
		scenario "$count" "$kind" "$chains" "$gap" >scenario.yaml
		meshq-exec --clock=record "$@" records -- true >real || true
		meshq-sim --handlers model.yaml "$@" records >simulated || true
		meshq-sim --outcomes "$@" scenario.yaml >scripted || true
		[ "$(figures <real)" = "$expected" ]
		cmp real simulated
		[ "$(figures <scripted)" = "$expected" ]
	done < <(table)
}
