#!/usr/bin/env bats
# meshq-sim at the edges: figures checked from outside, ends of time, ends of the input.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# Everything that can become of an action, in one scenario.
everything() {
	cat >everything.yaml <<-'END'
		until: 2m
		executor: { jobs: 3, queue: 5, max_waiting: 20, max_defers: 3, timeout: 2s }
		backpressure: { assert_at: 10, release_at: 2 }
		rules:
		  - { name: pull, kinds: [pull], window: 500ms, key: chain }
		  - { name: rate, kinds: [pull, push], rate: 3, per: 1s }
		  - { name: held, kinds: [start], hold: daemon }
		arrivals:
		  - { kind: pull, poisson: 4/s, fields: { chain: { zipf: 5 } } }
		  - { kind: push, burst: 30, every: 30s, expires: 10s }
		  - { kind: start, even: 1/s, fields: { daemon: { choice: [a, b] } } }
		handlers:
		  default:
		    duration: { exponential: 400ms }
		    outcomes: { retry: 0.1, fail: 0.05, crash: 0.05, hang: 0.02 }
		events:
		  - { at: 10s, crash: a, every: 7s, times: 5 }
	END
}

@test "the figures are those that come of the outcomes" {
	everything
	cat >figures.jq <<-'END'
		def quantile(part): sort | if length == 0 then 0 else .[([(length * part | ceil), 1] | max) - 1] end;
		map(select(.outcome)) as $all | [$all[] | select(.outcome.status | IN("retrying", "deferred") | not)] as $ends
		| def ended(status): [$ends[] | select(.outcome.status == status)] | length;
		[$ends[] | select(.outcome.status != "gated") | .outcome.at_ms - .at_ms - .outcome.run_ms] as $waits
		| [$ends[] | select(.outcome.attempts > 0) | .outcome.run_ms] as $runs
		| { received: ($ends | length), dispatched: ended("dispatched"), failed: ended("failed"),
		    gated: ended("gated"), expired: ended("expired"), unfinished: ended("unfinished"),
		    deferred: [$all[] | select(.outcome.status == "deferred")] | length,
		    retries: [$all[] | select(.outcome.status == "retrying")] | length,
		    attempts: [$ends[].outcome.attempts] | add,
		    asserts: [.[] | select(.state == "asserted")] | length,
		    p50_wait_ms: $waits | quantile(0.5), p99_wait_ms: $waits | quantile(0.99), max_wait_ms: $waits | max,
		    p95_run_ms: $runs | quantile(0.95),
		    mean_depth: ([$ends[].outcome | .queued_ms + .run_ms] | add / 120000) }
		| map_values(. * 1000 | round)
	END
	for seed in 1 2 3; do
		meshq-sim everything.yaml --seed $seed --outcomes --trace >outcomes || true
		meshq-sim everything.yaml --seed $seed --json >run
		jq -Ssf figures.jq outcomes >computed
		diff <(jq -S --slurpfile c computed 'with_entries(select(.key as $k | $c[0] | has($k))) | map_values(. * 1000 | round)' run) computed
		[ "$(jq 'map_values(select(. == 0)) | length' computed)" = 0 ]
		[ "$(jq -s 'map(select(.outcome.status | IN(null, "retrying", "deferred") | not).id) | sort == [range(1; length + 1)]' outcomes)" = true ]
	done
}

@test "what never came in is in no figure, but for how long it stood outside" {
	cat >late.yaml <<-'END'
		until: 10s
		executor: { jobs: 1, queue: 1 }
		arrivals:
		  - { kind: slow, burst: 3, from: 1s }
		  - { kind: late, burst: 1, from: 7s }
		  - { kind: early, burst: 1 }
		handlers: { slow: { duration: 1h } }
	END
	run -0 meshq-sim late.yaml --json
	[ "$(jq -c '[.received, .max_blocked_ms, (.kinds | keys)]' <<<"$output")" = '[3,9000,["early","slow"]]' ]
	echo 'events: [ { at: 5s, stop: true } ]' >>late.yaml
	run -0 meshq-sim late.yaml --json
	[ "$(jq -c '[.received, .max_blocked_ms, (.kinds | keys)]' <<<"$output")" = '[3,4000,["early","slow"]]' ]
}

@test "from one end of time to the other nothing is lost" {
	: >model.yaml
	for at in -9223372036854 -1 0 9223372036854; do
		echo "{\"kind\":\"x\",\"at_ms\":$at}"
	done >ends
	run -0 meshq-sim --handlers model.yaml ends
	[ "$(jq -sc 'map(.outcome.at_ms)' <<<"$output")" = '[-9223372036854,-1,0,9223372036854]' ]
	echo 'handlers: { x: { duration: 106751d } }' >model.yaml
	run -1 meshq-sim --handlers model.yaml ends
	[ "$(jq -sc 'map(.id) | sort' <<<"$output")" = '[1,2,3,4]' ]
}

@test "work that would be retried for ever ends, and its figures are not told" {
	cat >flaky.yaml <<-'END'
		arrivals: [ { kind: x, burst: 3 } ]
		handlers: { x: { outcomes: { retry: 1 } } }
	END
	run -78 --separate-stderr meshq-sim flaky.yaml --until 1h \
		--set executor.max_defers=unlimited --set executor.retry_after=0s
	[ -z "$output" ]
	[[ "$stderr" == *"have ended nothing"*max_defers*until* ]]
	meshq-sim flaky.yaml --chain chain >log
	run -78 meshq-sim replay chain -q --set executor.max_defers=unlimited
	run -0 meshq-sim flaky.yaml --set executor.max_defers=unlimited --until 1d --expect 'unfinished == 3'
}

@test "a sweep or a search names itself when a value is refused, and before it prints anything" {
	echo 'arrivals: [ { kind: x, burst: 3 } ]' >small.yaml
	run -78 --separate-stderr meshq-sim small.yaml --csv \
		--sweep executor.jobs=9999..10001 --sweep executor.queueing=fair,reference
	[ -z "$output" ]
	[[ "$stderr" == "meshq-sim: --sweep: executor.jobs: '10001' "* ]]
	run -64 meshq-sim small.yaml --sweep executor.jobs=1..2 --sweep executor.jobs=3
	[[ "$output" == *'executor.jobs is there twice'* ]]
	run -78 meshq-sim small.yaml --find 'max executor.jobs in 1..10001 such that received==3'
	[[ "$output" == "meshq-sim: --find: executor.jobs: '10001' "*'each processor' ]]
	run -0 meshq-sim small.yaml --find 'max executor.jobs in 1..10000 such that received==3'
}
