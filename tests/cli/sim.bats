#!/usr/bin/env bats
# meshq-sim: scenarios, records with modelled handlers, expectations.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# A stream with all that a gate decides on, 3000 records over a minute.
mixed() {
	awk 'BEGIN { srand(5)
		for (i = 1; i <= 3000; i++) {
			t += int(rand() * 40); d = int(rand() * 4); c = int(rand() * 30); k = int(rand() * 5)
			if (k == 0) printf "{\"kind\":\"pull_replica\",\"chain\":%d,\"at_ms\":%d}\n", c, t
			else if (k == 1) printf "{\"kind\":\"drop_replica\",\"chain\":%d,\"at_ms\":%d,\"expires_ms\":%d}\n", c, t, t + 30000
			else if (k == 2) printf "{\"kind\":\"migrate_blob\",\"at_ms\":%d}\n", t
			else if (k == 3) printf "{\"kind\":\"start_daemon\",\"daemon\":\"d%d\",\"at_ms\":%d}\n", d, t
			else printf "{\"kind\":\"meshq.hold\",\"daemon\":\"d%d\",\"until_ms\":%d,\"at_ms\":%d}\n", d, t + int(rand() * 2000), t
		} }'
}

queue() {
	cat >queue.yaml <<-'END'
		seed: 3
		until: 10m
		rules: []
		executor: { jobs: 2, queue: 100000 }
		arrivals:
		  - { kind: job, poisson: 10/s, fields: { host: { zipf: 20, prefix: h } } }
		handlers:
		  job: { duration: { exponential: 100ms }, outcomes: { fail: 1%, retry: 2% }, retry_after: 1s }
	END
}

figure() { meshq-sim queue.yaml --json "$@" | jq -c "$figure"; }

@test "with handlers that do nothing it prints, byte for byte, what meshq-exec replays" {
	mixed >records
	: >model.yaml
	for jobs in 1 3; do
		meshq-exec --clock=record -j$jobs --trace --stats records -- true >real || true
		meshq-sim --handlers model.yaml --set executor.jobs=$jobs --trace --stats records >simulated || true
		cmp real simulated
	done
	[ "$(wc -l <real)" -gt 4000 ]
}

@test "records that are nothing to the engine have their place in the output, and their time" {
	cat >records <<-'END'
		{"kind":"a","id":1,"at_ms":0}
		{"kind":"pull_replica","chain":1,"id":2,"at_ms":10}
		{"kind":"pull_replica","chain":1,"id":3,"at_ms":10}
		{"kind":"pull_replica","chain":2,"id":4,"at_ms":20}
		{"kind":"x","id":5,"outcome":{"status":"failed"},"at_ms":300}
		{"kind":"meshq.tick","at_ms":500}
	END
	: >model.yaml
	set -- --on-eof=unfinished --stats --trace
	run -1 meshq-exec --clock=record -j1 "$@" records -- true
	[ "$(jq -c 'select(.id == 3).outcome | [.status, .at_ms]' <<<"${lines[-2]}")" = '["unfinished",500]' ]
	echo "$output" >real
	run -1 meshq-exec --simulate model.yaml -j1 "$@" records
	diff real <(echo "$output")
}

@test "meshq-exec --simulate is the same thing by its other name" {
	mixed >records
	echo 'handlers: { default: { duration: { exponential: 100ms }, outcomes: { fail: 5% } } }' >model.yaml
	meshq-sim --handlers model.yaml --trace --stats <records >one || true
	meshq-exec --simulate model.yaml --trace --stats records >other || true
	cmp one other
	meshq-exec --simulate model.yaml -j 7 records | jq -s '[.[].outcome.status] | group_by(.) | map(length) | add' >count || true
	[ "$(cat count)" = "$(grep -vc meshq.hold records)" ]
}

@test "the same seed gives the same bytes, another one others" {
	queue
	meshq-sim queue.yaml --outcomes --stats >one || true
	meshq-sim queue.yaml --outcomes --stats >again || true
	meshq-sim queue.yaml --outcomes --stats --seed 4 >other || true
	cmp one again
	run -1 cmp -s one other
	[ "$(tail -n 1 one | jq '.received - .dispatched - .failed - .unfinished')" = 0 ]
}

@test "a scenario may come from a program: - is the standard input" {
	queue
	meshq-sim queue.yaml >one
	meshq-sim - <queue.yaml | cmp one -
	echo '{"kind":"job"}' >record
	meshq-sim --handlers - record --until 1s <queue.yaml | head -n 1 | jq -e '.kind == "job"'
	run -78 meshq-sim - <<<'until: never'
	[[ "$output" == "meshq-sim: -:1:1: until: 'never' "* ]]
}

@test "--print-config shows what a run would have, or the defaults without a scenario" {
	queue
	diff <(meshq-sim --print-config) <(meshq-exec --print-config)
	meshq-sim queue.yaml --print-config --set executor.queue=7 >config
	[ "$(grep -cE '^  (jobs: 2|queue: 7) ' config)" = 2 ]
}

@test "the summary is for people, --json for programs, and both say the same" {
	queue
	run -0 meshq-sim queue.yaml
	[[ "${lines[0]}" == "600s of virtual time, seed 3: "* ]]
	figure='[.dispatched + .failed + .unfinished == .received, .utilization > 0.45, .utilization < 0.55, .duration_ms]'
	[ "$(figure)" = '[true,true,true,600000]' ]
}

@test "expectations print pass or FAIL with the value, and decide the status" {
	queue
	run -0 meshq-sim queue.yaml --expect 'received > 5000' --expect 'p99_wait < 1m'
	[[ "${lines[-2]}" =~ ^pass\ \ received\ \>\ 5000\ +[56][0-9]{3}$ ]]
	run -1 meshq-sim queue.yaml --expect 'received > 5000' --expect 'max_wait{kind="job"} == 0'
	[[ "${lines[-1]}" == 'FAIL  max_wait{kind="job"} == 0  '* ]]
	printf 'expect:\n  - failed == 0\n' >>queue.yaml
	run -1 meshq-sim queue.yaml
	[[ "${lines[-1]}" == 'FAIL  failed == 0  '* ]]
}

@test "what holds only because nothing came is noted" {
	queue
	run -0 --separate-stderr meshq-sim queue.yaml --expect 'failed{kind="jop"} == 0' --expect 'failed{kind="job"} > 0'
	[ "$stderr" = $'meshq-sim: \'failed{kind="jop"} == 0\': no action of that kind has come' ]
	echo 'handlers: { job: { duration: 1s } }' >model.yaml
	run -0 --separate-stderr meshq-sim model.yaml --expect 'p99_wait < 1s'
	[ "$stderr" = 'meshq-sim: model.yaml: no action has come: it has no arrivals; records come with --handlers' ]
	run -0 --separate-stderr meshq-sim -q model.yaml
	[ "$stderr" = '' ]
}

@test "beside records, expectations go to stderr and still decide" {
	queue
	run -1 --separate-stderr meshq-sim queue.yaml --outcomes --expect 'failed == 0'
	[[ "$stderr" == 'FAIL  failed == 0  '* ]]
	[ "$(jq -s 'map(select(.outcome.status == "failed")) | length > 0' <<<"$output")" = true ]
	run -0 --separate-stderr meshq-sim queue.yaml --outcomes --expect 'failed > 0'
}

@test "--json adds the figures to the records, as the last" {
	queue
	meshq-sim queue.yaml --outcomes --json | tail -n 2 >last || true
	[ "$(jq -sc 'map(.outcome.status // .kind)' last)" = '["unfinished","meshq.figures"]' ]
	: >model.yaml
	echo '{"kind":"a"}' | meshq-sim --handlers model.yaml --json >both
	[ "$(jq -sc 'map(.outcome.status // .received)' both)" = '["dispatched",1]' ]
}

@test "--chain and --failures are written beside a summary, too" {
	queue
	run -0 meshq-sim queue.yaml --chain chain --failures failures
	figure='[.dispatched + .failed + .unfinished + .retries, .failed + .unfinished]'
	[ "$(figure)" = "[$(wc -l <chain),$(wc -l <failures)]" ]
	run -73 meshq-sim queue.yaml --chain missing/chain
}

@test "a full disk is no success" {
	queue
	status=0
	meshq-sim queue.yaml >/dev/full 2>errors || status=$?
	[ "$status" = 74 ]
	status=0
	meshq-sim queue.yaml --outcomes >/dev/full 2>errors || status=$?
	[ "$status" = 74 ]
}

@test "--junit has a test case for each expectation" {
	queue
	run -1 meshq-sim queue.yaml --expect 'received > 5000' --expect 'failed == 0' --junit result.xml
	[ "$(grep -c '<testcase' result.xml)" = 2 ]
	[ "$(grep -c '<failure' result.xml)" = 1 ]
	grep -q 'tests="2" failures="1"' result.xml
	run -73 meshq-sim queue.yaml --junit missing/result.xml
	run -74 meshq-sim queue.yaml --junit /dev/full
	run -64 meshq-sim queue.yaml --junit x --runs 2 --sweep executor.jobs=1..2
}

@test "outcomes of the filter go into meshq-failures" {
	echo 'handlers: { default: { outcomes: { crash: 1 } } }' >model.yaml
	printf '%s\n' '{"kind":"a","at_ms":5000}' '{"kind":"b","at_ms":6000}' |
		meshq-sim --handlers model.yaml | meshq-failures --json >failures
	[ "$(jq -sc 'map(.source)' failures)" = '["action-id:1:a","action-id:2:b"]' ]
	[ "$(jq -sc 'map(.recorded_at_ms)' failures)" = '[5000,6000]' ]
}

@test "things happen at their time: jobs, holds, crashes, a stop" {
	cat >events.yaml <<-'END'
		executor: { jobs: 1 }
		rules:
		  - { name: held, kinds: [start_daemon], hold: daemon, on_hold: wait }
		arrivals:
		  - { kind: start_daemon, even: 1/s, until: 10s, fields: { daemon: web } }
		  - { kind: slow, burst: 6, from: 20s }
		handlers:
		  slow: { duration: 10s }
		events:
		  - { at: 1500ms, hold: { daemon: web }, for: 1h }
		  - { at: 4500ms, release: { daemon: web } }
		  - { at: 5800ms, crash: web }
		  - { at: 25s, jobs: 2 }
		  - { at: 42s, stop: true }
	END
	run -0 --separate-stderr meshq-sim events.yaml --outcomes --expect 'unfinished == 1'
	[ "$(jq -sc 'map(select(.kind == "start_daemon").outcome.at_ms)' <<<"$output")" = \
		'[0,1000,4500,4500,4500,5000,6300,7000,8000,9000]' ]
	[ "$(jq -sc 'map(select(.kind == "slow").outcome.at_ms) | sort' <<<"$output")" = \
		'[30000,35000,40000,42000,45000,50000]' ]
}

@test "what is left when the time is over is unfinished" {
	queue
	figure='[.duration_ms, .unfinished > 0]'
	[ "$(figure --until 5s --set executor.jobs=1 --set rules='[{name: one, rate: 1, per: 1s}]')" = '[5000,true]' ]
}

@test "--sweep runs every combination, with every seed" {
	queue
	run -0 meshq-sim queue.yaml --sweep executor.jobs=1..3 --sweep executor.max_defers=1,16 --runs 2 --csv
	[ "${lines[0]}" = 'executor.jobs,executor.max_defers,seed,dispatched,failed,p50_wait_ms,p99_wait_ms,max_depth,asserts,utilization' ]
	[ "${#lines[@]}" = 13 ]
	run -0 meshq-sim queue.yaml --sweep executor.jobs=1..3 --runs 2 --json --figures 'max_running, p50_wait{kind="job"}'
	[ "$(jq -sc 'map([.set["executor.jobs"], .seed, .max_running])' <<<"$output")" = '[[1,3,1],[1,4,1],[2,3,2],[2,4,2],[3,3,3],[3,4,3]]' ]
	run -1 meshq-sim queue.yaml --sweep executor.jobs=1..3 --runs 2 --expect 'max_running <= 2'
	[[ "${lines[3]}" == *' 0/2' ]]
	[[ "${lines[2]}" == *' 2/2' ]]
}

@test "without a sweep, --runs, --figures and --csv make a table of one line" {
	queue
	run -0 meshq-sim queue.yaml --runs 3 --figures received,max_running --expect 'received>5000'
	[ "${#lines[@]}" = 2 ]
	[[ "${lines[0]}" =~ ^\ *received\ +max_running\ +pass$ ]]
	[[ "${lines[1]}" =~ ^\ *[56][0-9]{3}[.0-9]*\ +2\ +3/3$ ]]
	run -0 meshq-sim queue.yaml --csv --runs 2 --figures max_running
	[ "$output" = $'seed,max_running\n3,2\n4,2' ]
	run -0 meshq-sim queue.yaml --figures max_running --json
	[ "$output" = '{"kind":"meshq.figures","set":{},"seed":3,"max_running":2}' ]
}

@test "a handler of a kind that never came is noted, and one that hangs for ever" {
	printf 'arrivals: [{ kind: copy, burst: 2 }]\nhandlers: { cpoy: { duration: 1s }, default: { duration: 2s } }\n' >typo.yaml
	run -0 --separate-stderr meshq-sim typo.yaml
	[ "$stderr" = 'meshq-sim: typo.yaml: handlers.cpoy: no action of that kind has come' ]
	echo '{"kind":"copy"}' >records
	run -0 --separate-stderr meshq-sim --handlers typo.yaml records
	[ "$stderr" = '' ]
	printf 'arrivals: [{ kind: copy, burst: 2 }]\nhandlers: { copy: { outcomes: { hang: 100%% } } }\n' >hang.yaml
	run -0 --separate-stderr meshq-sim hang.yaml
	[ "$stderr" = 'meshq-sim: hang.yaml: handlers.copy hangs, and no executor.timeout ends it' ]
	run -0 --separate-stderr meshq-sim hang.yaml --set executor.timeouts.copy=1s
	[ "$stderr" = '' ]
}

@test "--find without a range goes as far as the setting does" {
	queue
	run -1 meshq-sim queue.yaml --find 'min executor.jobs such that received==0'
	[ "${lines[0]}" = 'no value will do' ]
	[ "${lines[1]}" = 'executor.jobs=10000' ]
	run -0 meshq-sim queue.yaml --find 'max executor.jobs such that received>0' --json
	[ "$output" = '{"kind":"meshq.found","path":"executor.jobs","value":10000}' ]
	run -78 meshq-sim queue.yaml --find 'min executor.job such that received==0'
	[[ "$output" == "meshq-sim: --find: executor: 'job' is not a setting;"* ]]
	run -78 meshq-sim queue.yaml --sweep executor.jobs=1-3
	[[ "$output" == "meshq-sim: --sweep: executor.jobs: '1-3' is not a whole number"* ]]
}

@test "--find does not say that there is no greatest value when the last one is good" {
	queue
	run -0 meshq-sim queue.yaml --find 'max executor.jobs in 1..20 such that p90_wait<50ms'
	[ "${lines[0]}" = 'executor.jobs=20' ]
	[ "${lines[2]}" = 'executor.jobs=1' ]
	[[ "${lines[1]}" == pass* && "${lines[3]}" == FAIL* ]]
	run -1 meshq-sim queue.yaml --find 'max executor.jobs in 1..20 such that received==0'
	[ "${lines[0]}" = 'no value will do' ]
}

@test "--find bisects to the border and shows both sides" {
	queue
	run -0 meshq-sim queue.yaml --find 'min executor.jobs in 1..20 such that p90_wait<50ms'
	best=${lines[0]#executor.jobs=}
	[[ "${lines[1]}" == pass* && "${lines[3]}" == FAIL* ]]
	[ "${lines[2]}" = "executor.jobs=$((best - 1))" ]
	run -0 meshq-sim queue.yaml --find 'max executor.jobs in 1..20 such that max_running<=5' --json
	[ "$output" = '{"kind":"meshq.found","path":"executor.jobs","value":5}' ]
	run -1 meshq-sim queue.yaml --find 'min executor.jobs in 1..4 such that received==0'
	[ "${lines[0]}" = 'no value will do' ]
	run -64 meshq-sim queue.yaml --find 'least executor.jobs'
	[[ "$output" == *"--find: expected 'min' or 'max', found 'least'"* ]]
}

@test "what cannot be asked is refused before anything runs" {
	queue
	run -64 meshq-sim
	run -64 meshq-sim queue.yaml queue.yaml
	run -64 meshq-sim queue.yaml --expect 'p99_wait < 5'
	run -64 meshq-sim queue.yaml --runs 0
	run -64 meshq-sim queue.yaml --until 0
	run -64 meshq-sim --handlers - <queue.yaml
	run -64 meshq-sim queue.yaml --csv --json
	run -64 meshq-sim queue.yaml --runs 3 --plot a.svg
	run -64 meshq-sim queue.yaml --runs 3 --outcomes
	run -64 meshq-sim queue.yaml --stats
	run -64 meshq-sim queue.yaml --sweep executor.jobs=1..3 --find 'min executor.jobs such that failed==0'
	run -64 meshq-sim --handlers queue.yaml --sweep executor.jobs=1..3
	run -64 meshq-exec --simulate queue.yaml -- true
	run -64 meshq-exec --simulate queue.yaml --output
	run -64 meshq-exec --simulate queue.yaml --on-backpressure true
	run -66 meshq-sim missing.yaml
	run -78 --separate-stderr meshq-sim queue.yaml --sweep executor.jobs=0..3
	[[ "$stderr" == *executor.jobs* ]]
	[ -z "$output" ]
	run -64 meshq-sim queue.yaml --find 'min executor.jobs such that failed==0' --expect 'failed==0'
	run -64 meshq-sim queue.yaml --trace
}

# The names of the figures in a section of meshq-sim(1), one a line.
documented() {
	awk -v section="$1" '/^\.S[sh] / { inside = $0 == ".Ss " section }
		inside && /^\.It Cm / { sub(/^\.It Cm /, ""); gsub(/ , /, "\n"); print }' \
		"$BATS_TEST_DIRNAME/../../man/meshq-sim.1" | sort
}

# Without the unit, and without the statistics of times.
plain() { sed 's/_ms$//' | grep -vE '_(wait|run|latency)$' | sort; }

@test "meshq-sim(1) lists every figure, and those that kinds have" {
	queue
	meshq-sim queue.yaml --json >run
	diff <(documented Actions) <(jq -r '.kinds.job | keys[]' run | plain)
	diff <(documented "The run as a whole") \
		<(jq -r '. as $run | keys[] | select($run.kinds.job[.] == null)' run |
			grep -vxE 'kind|kinds|seed|at_ms' | plain)
	diff <(documented "Times of actions") \
		<(jq -r 'keys[]' run | sed -n 's/^mean_\(.*\)_ms$/\1/p' | sort)
}
