#!/usr/bin/env bats
# executor.run in a simulation: kinds with slots of their own.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset MESHQ_CONFIG MESHQ_PRESET
	cat >two.yaml <<-'YAML'
		arrivals: [{ kind: a, burst: 4 }, { kind: b, burst: 4 }]
		handlers: { a: { duration: 100ms }, b: { duration: 100ms } }
		rules: []
		executor: { jobs: 2 }
	YAML
}

# ends KIND OPTION...: when the actions of a kind end.
ends() {
	meshq-sim two.yaml --outcomes "${@:2}" >out
	jq -c --arg kind "$1" 'select(.kind == $kind) | .outcome.at_ms' out | tr '\n' ' '
}

@test "kinds share the slots of executor.jobs unless they have their own" {
	[ "$(ends b)" = '300 300 400 400 ' ]
	[ "$(ends b --set 'executor.run.b={jobs: 1}')" = '100 200 300 400 ' ]
	[ "$(ends a --set 'executor.run.b={jobs: 1}')" = '100 100 200 200 ' ]
}

@test "a coprocess works on one at a time, a batch on all that it has room for" {
	[ "$(ends b --set 'executor.run.b={as: coprocess, jobs: 1, window: 8}')" = '100 200 300 400 ' ]
	[ "$(ends b --set 'executor.run.b={as: batch, jobs: 1, batch: 3}')" = '100 100 100 200 ' ]
}

@test "slots that no kind can take are not counted" {
	run -0 meshq-sim two.yaml --set 'executor.run={default: {as: coprocess}}'
	[[ $output == *"of 2 jobs busy"* ]]
	run -0 meshq-sim two.yaml --set 'executor.run={default: {as: coprocess}, a: {as: spawn}}'
	[[ $output == *"of 4 jobs busy"* ]]
}
