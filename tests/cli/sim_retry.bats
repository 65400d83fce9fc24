#!/usr/bin/env bats
# An outage of a quarter of a minute, with a retry budget and without.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset MESHQ_CONFIG MESHQ_PRESET
	cat >outage.yaml <<-'YAML'
		seed: 1
		rules: []
		executor:
		  jobs: 100
		  max_defers: unlimited
		  retry_after: 100ms
		arrivals: [{ kind: job, even: 20/s, until: 20s }]
		handlers:
		  job: { duration: 5ms, outages: [{ until: 15s, outcome: retry }] }
	YAML
}

retries() {
	meshq-sim outage.yaml --outcomes --trace "$@" >out || true
	jq -c 'select(.outcome.status=="retrying").outcome.at_ms' out | wc -l
}

@test "without a budget an outage becomes a storm of retries" {
	[ "$(retries)" -gt 10000 ]
}

@test "a budget bounds the retries of an outage, and work after it is done" {
	# 10 are saved up; 15 s bring one each, and 300 first attempts a tenth.
	n=$(retries --set 'executor.retry_budget={ratio: 0.1, floor: 1, per: 1s}')
	[ "$n" -le $((10 + 15 + 30 + 1)) ]
	[ "$n" -ge 50 ]
	[ "$(jq -c 'select(.outcome.status=="dispatched")' out | wc -l)" -ge 100 ]
	grep -q '"reason":"not retried: executor.retry_budget is used up"' out
}

@test "chance spreads the retries of a simulation as its seed says" {
	set -- --set 'executor.retries.default={initial: 1s, max: 10s, jitter: 1, most: 20}'
	retries "$@" >first
	mv out first.out
	retries "$@" >second
	cmp out first.out
	retries "$@" --seed 2 >third
	run ! cmp -s out first.out
}
