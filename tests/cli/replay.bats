#!/usr/bin/env bats
# meshq-sim replay: recorded work under another policy.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

pulls() { seq -f '{"kind":"pull_replica","chain":%.0f,"at_ms":0}' "$@"; }

# A minute of everything that a gate decides on, holds too.
mixed() {
	awk 'BEGIN { srand(11)
		for (i = 1; i <= 700; i++) {
			t += int(rand() * 150); d = int(rand() * 4); c = int(rand() * 30); k = int(rand() * 5)
			if (k == 0) printf "{\"kind\":\"pull_replica\",\"chain\":%d,\"at_ms\":%d}\n", c, t
			else if (k == 1) printf "{\"kind\":\"drop_replica\",\"chain\":%d,\"at_ms\":%d,\"expires_ms\":%d}\n", c, t, t + 9000
			else if (k == 2) printf "{\"kind\":\"migrate_blob\",\"at_ms\":%d}\n", t
			else if (k == 3) printf "{\"kind\":\"start_daemon\",\"daemon\":\"d%d\",\"at_ms\":%d}\n", d, t
			else printf "{\"kind\":\"meshq.hold\",\"daemon\":\"d%d\",\"until_ms\":%d,\"at_ms\":%d}\n", d, t + int(rand() * 2000), t
		} }'
}

# Some fail, some are killed, some succeed later, after a wait of their own or not.
script() {
	printf '%s\n' '#!/bin/sh' 'case $((MESHQ_ID * 7 % 11)) in' '0) exit 3 ;;' \
		'1) [ "$MESHQ_ATTEMPT" -ge 3 ] || exit 75 ;;' \
		'2) [ "$MESHQ_ATTEMPT" -ge 2 ] || echo "{\"meshq\":{\"retry_after_ms\":1500}}" ;;' \
		'3) kill -SEGV $$ ;;' 'esac' >script
	chmod +x script
}

# outcomes FILE: who ended how and when, step by step, without the words.
outcomes() { jq -c 'select(.outcome) | [.id, (.outcome | del(.reason, .last_reason))]' "$1"; }

# done ID QUEUED RUN: a record of an action that was emitted at 0 and done without a retry.
done_record() {
	printf '{"v":1,"epoch":"e","id":%d,"kind":"x","arrival":%d,"emitted_at_ms":0,"at_ms":%d,"disposition":{"status":"dispatched","exit":0,"attempts":1,"defers":0,"queued_ms":%d,"run_ms":%d}}\n' \
		"$1" "$1" $(($2 + $3)) "$2" "$3"
}

@test "the same policy gives the same outcomes, steps and counters, from a chain alone" {
	mixed >records
	script
	meshq-exec --clock=record -j3 --chain=chain --trace --stats records -- ./script >real || true
	meshq-sim replay chain --outcomes --trace --stats >again || true # it says that there were 3 jobs
	outcomes real >real.outcomes
	outcomes again | cmp real.outcomes -
	cmp <(tail -n 1 real | jq -c 'del(.controls)') <(tail -n 1 again | jq -c 'del(.controls)')
	[ "$(tail -n 1 real | jq -c '[.gated > 50, .failed > 50, .dispatch_retries > 50, .expired > 10]')" = '[true,true,true,true]' ]
}

@test "recorded, as configured: the same column twice" {
	mixed >records
	script
	meshq-exec --clock=record -j3 --chain=chain --trace records -- ./script >real || true
	echo 'executor: { jobs: 3 }' >jobs.yaml
	for record in chain real; do
		meshq-sim replay $record -c jobs.yaml --diff --json >diff
		run jq -c 'select(.recorded and .recorded != .configured) | .figure' diff
		[ -z "$output" ]
		[ "$(jq -s 'length > 80' diff)" = true ]
	done
	grep -v retrying real | grep -v '"deferred"' >final
	meshq-sim replay final -c jobs.yaml --diff --json 2>note | jq -c 'select(.figure | test("^(received|dispatched|failed|gated|expired|attempts|retries|deferred)$")) | .recorded' >counts
	meshq-sim replay chain -c jobs.yaml --diff --json | jq -c 'select(.figure | test("^(received|dispatched|failed|gated|expired|attempts|retries|deferred)$")) | .recorded' | cmp counts -
	grep -q 'attempts that are recorded only together' note
}

@test "a smaller window makes waits shorter, by as much as can be computed" {
	pulls 100 >storm
	meshq-exec --clock=record -j2 --chain=chain storm -- true >out
	run -0 --separate-stderr meshq-sim replay chain --set rules.pull-cooldown.window=100ms --diff
	[ "$(awk '$1 == "max_wait"' <<<"$output" | tr -s ' ')" = 'max_wait 24.75s 24.75s 9.9s -60 %' ]
	[ "$(awk '$1 == "p50_wait"' <<<"$output" | tr -s ' ')" = 'p50_wait 12.25s 12.25s 4.9s -60 %' ]
	[ "$(awk '$1 == "dispatched"' <<<"$output" | tr -s ' ')" = 'dispatched 100 100 100' ]
	meshq-sim replay chain --set rules.pull-cooldown.window=100ms --diff --json |
		jq -c 'select(.figure == "p99_wait_ms") | [.recorded, .configured, .changed, .change]' >p99
	[ "$(cat p99)" = '[24500,24500,9800,-0.6]' ]
}

@test "a rule with a key is decided from a chain alone" {
	printf 'rules: [{ name: a, window: 10s, key: [source.zone, chain] }, { name: b, window: 1s, kinds: [x], key: source }]\n' >keys.yaml
	for i in 0 1 2 3 4 5 6 7; do
		printf '{"kind":"x","id":%d,"chain":%d,"source":{"zone":"z%d","n":1.0},"other":1,"at_ms":0}\n' $i $((i / 4)) $((i / 2 % 2))
	done >records
	meshq-exec --clock=record -j8 -c keys.yaml --chain=chain records -- true >real
	meshq-sim replay chain -c keys.yaml --outcomes --set executor.jobs=8 >again
	outcomes real >real.outcomes
	outcomes again | cmp real.outcomes -
	[ "$(jq -c '[.id, .outcome.at_ms]' again | sort | tr '\n' ' ')" = '[0,0] [1,10000] [2,0] [3,10000] [4,1000] [5,11000] [6,1000] [7,11000] ' ]
	# Without the members all would share one key.
	jq -c 'del(.members)' chain >bare
	[ "$(meshq-sim replay bare -c keys.yaml --outcomes | jq .outcome.at_ms | tail -n 1)" = 70000 ]
}

@test "run times are those that were recorded, whatever the policy" {
	{ done_record 1 0 400 && done_record 2 0 300 && done_record 3 300 200; } >chain
	run -0 --separate-stderr meshq-sim replay chain --diff --set executor.jobs=1
	[ "$(awk '$1 == "max_wait"' <<<"$output" | tr -s ' ')" = 'max_wait 300ms 300ms 700ms +133 %' ]
	[ "$(awk '$1 == "p50_run"' <<<"$output" | tr -s ' ')" = 'p50_run 300ms 300ms 300ms' ]
	[ "$(awk '$1 == "utilization"' <<<"$output" | tr -s ' ')" = 'utilization - 0.9 1 +11 %' ]
	run -0 --separate-stderr meshq-sim replay chain
	[[ $stderr == *"executor.jobs is auto: 2 at once, as many as were busy"* ]]
}

@test "settings of retries and timeouts are changed like any other" {
	cat >chain <<-'END'
		{"v":1,"epoch":"e","id":1,"kind":"x","emitted_at_ms":0,"at_ms":10,"disposition":{"status":"failed","retry_after_ms":100,"exit":75,"attempts":1,"defers":0,"queued_ms":0,"run_ms":10}}
		{"v":1,"epoch":"e","id":1,"kind":"x","emitted_at_ms":0,"at_ms":120,"disposition":{"status":"dispatched","exit":0,"attempts":2,"defers":0,"queued_ms":100,"run_ms":20}}
		{"v":1,"epoch":"e","id":2,"kind":"x","emitted_at_ms":1000,"at_ms":3000,"disposition":{"status":"failed","timed_out":true,"signal":"TERM","attempts":1,"defers":0,"queued_ms":0,"run_ms":2000}}
	END
	echo 'executor: { retry_after: 100ms, timeout: 2s, max_defers: 2 }' >e.yaml
	at() { meshq-sim replay chain -c e.yaml --outcomes "$@" | jq -c '[.id, .outcome.status, .outcome.attempts, .outcome.at_ms]' | tr '\n' ' '; }
	[ "$(at)" = '[1,"dispatched",2,120] [2,"failed",1,3000] ' ]
	[ "$(at --set executor.retry_after=5ms)" = '[1,"dispatched",2,25] [2,"failed",1,3000] ' ]
	[ "$(at --set executor.timeout=500ms)" = '[1,"dispatched",2,120] [2,"failed",1,1500] ' ]
	[ "$(at --set executor.timeout=500ms --set executor.on_timeout=retry)" = '[1,"dispatched",2,120] [2,"failed",3,2700] ' ]
}

@test "waits that executor.retries has named are named again, those of the handler stay" {
	printf '{"kind":"%s","id":%d,"at_ms":0}\n' a 1 a 2 b 3 >records
	printf '#!/bin/sh\n[ "$MESHQ_ATTEMPT" -ge 3 ] && exit\n[ "$MESHQ_KIND" = a ] || echo "{\\"meshq\\":{\\"retry_after_ms\\":70}}"\nexit 75\n' >script
	chmod +x script
	set -- --set rules=[] --set 'executor.retries.default={initial: 100ms, factor: 2, max: 1s, jitter: 0.5, most: 5}'
	for clock in record real; do # in real time luck has no seed
		rm -f chain
		meshq-exec --clock=$clock -j3 --chain=chain "$@" records -- ./script >real
		steps() { jq -c 'select(.outcome.status == "retrying") | [.id, .outcome.attempts, .outcome.retry_after_ms]' | sort; }
		jq -c 'select(.disposition.retry_after_ms) | [.id, .disposition.attempts, .disposition.retry_after_ms]' chain | sort >waits
		[ "$(wc -l <waits)" -eq 6 ]
		meshq-sim replay chain "$@" --seed=9 --outcomes --trace | steps | cmp waits -
		run -0 steps < <(meshq-sim replay chain "$@" --set executor.retries.default.jitter=0 --outcomes --trace)
		[ "$(tr '\n' ' ' <<<"$output")" = '[1,1,100] [1,2,200] [2,1,100] [2,2,200] [3,1,70] [3,2,70] ' ]
	done
}

@test "a run that the end of a handler has halted is halted again" {
	printf '{"kind":"a","id":%d,"at_ms":%d}\n' 1 0 2 10 3 20 4 30 >records
	printf '#!/bin/sh\n[ "$MESHQ_ID" != 2 ] || exit 9\n' >script
	chmod +x script
	meshq-exec --clock=record -j1 --set 'executor.on_exit={9: halt}' --chain=chain records -- ./script >real || true
	[ "$(jq -c '[.id, .disposition.status, .disposition.halts]' chain | tr '\n' ' ')" = '[1,"dispatched",null] [2,"failed",true] [3,"unfinished",null] [4,"unfinished",null] ' ]
	run -1 meshq-sim replay chain --outcomes
	[ "$(jq -c '[.id, .outcome.status]' <<<"$output" | tr '\n' ' ')" = '[1,"dispatched"] [2,"failed"] ' ]
	sed -i 's/"halts":true,//' chain # then it goes on
	run -1 meshq-sim replay chain --outcomes
	[ "$(jq -c '[.id, .outcome.status]' <<<"$output" | tr '\n' ' ')" = '[1,"dispatched"] [2,"failed"] [3,"dispatched"] [4,"dispatched"] ' ]
}

@test "kinds with slots of their own have them again" {
	for i in 1 2 3 4 5 6; do printf '{"kind":"a","id":%d,"at_ms":0}\n{"kind":"b","id":%d,"at_ms":0}\n' $i $((i + 10)); done >records
	meshq-exec --clock=record -j3 --set rules=[] --set 'executor.run={b: {as: coprocess, jobs: 2, window: 4}}' --chain=chain records -- cat >real
	[ "$(jq -c '[.kind, .pool, .jobs]' chain | sort -u | tr '\n' ' ')" = '["a",null,3] ["b",1,2] ' ]
	sed -i 's/"run_ms":0/"run_ms":100/' chain # as if it had taken that long
	at() { meshq-sim replay chain --set rules=[] --outcomes "$@" | jq -c 'select(.kind == "b") | .outcome.at_ms' | tr '\n' ' '; }
	[ "$(at)" = '100 100 200 200 300 300 ' ]
	[ "$(at --set executor.jobs=1)" = '100 100 200 200 300 300 ' ]
	[ "$(at --set executor.run.b.jobs=3)" = '100 100 100 200 200 200 ' ]
	sed -i 's/"pool":1,"jobs":2/"pool":1001,"jobs":2/' chain
	run -65 --separate-stderr meshq-sim replay chain
	[[ ${stderr_lines[0]} == *"expected a number up to 1000 as 'pool'" ]]
}

@test "a number of jobs that has changed is told" {
	{ done_record 1 0 400 && done_record 2 0 300; } >chain
	sed -i '1s/"emitted/"jobs":2,"emitted/; 2s/"emitted/"jobs":4,"emitted/' chain
	run -0 --separate-stderr meshq-sim replay chain
	[[ $stderr == *"times that the number of jobs has changed, which is the greatest throughout now: 1"* ]]
	[[ $output == *"of 4 jobs busy"* ]]
}

@test "several runs in one chain, and several files" {
	pulls 3 >storm
	for epoch in monday tuesday; do
		meshq-exec --clock=record --epoch=$epoch --chain=chain storm -- true >$epoch
	done
	[ "$(meshq-sim replay chain --json | jq .received)" = 6 ]
	[ "$(meshq-sim replay monday tuesday --json | jq .received)" = 6 ]
	[ "$(meshq-sim replay --json <chain | jq .received)" = 6 ]
	[ "$(meshq-sim replay chain --set rules.pull-cooldown.window=0 --set rules.chain-window.window=0 --json | jq .max_wait_ms)" = 0 ]
}

@test "what a killed run leaves is used as far as it goes" {
	{ done_record 1 0 400 && done_record 2 0 300; } >chain
	printf '{"v":1,"epoch":"e","id":3,"kind":"x","emitted_at_ms":10,"at_ms":20,"disposition":{"status":"deferred"}}\n{"v":1,"epoch":"e","id":4,"ki' >>chain
	run -65 --separate-stderr meshq-sim replay chain --diff
	[[ $stderr == *'chain:4: byte 30: unterminated string'* ]]
	[[ $stderr == *'actions whose end is not recorded: 1'* ]]
	[ "$(awk '$1 == "dispatched"' <<<"$output" | tr -s ' ')" = 'dispatched 2 3 +50 %' ]
	[ "$(awk '$1 == "unfinished"' <<<"$output" | tr -s ' ')" = 'unfinished 1 0 -100 %' ]
}

@test "expectations, sweeps and searches are about the replay" {
	pulls 100 >storm
	meshq-exec --clock=record --chain=chain storm -- true >out
	run -1 --separate-stderr meshq-sim replay chain --diff --expect 'max_wait<10s'
	[[ $output == *'FAIL  max_wait<10s  24.75s'* ]]
	run -0 --separate-stderr meshq-sim replay chain --set rules.pull-cooldown.window=100ms --expect 'max_wait<10s'
	meshq-sim replay chain --sweep rules.pull-cooldown.window=100ms,200ms --figures max_wait --csv >sweep
	[ "$(tail -n 2 sweep | cut -d, -f1,3 | tr '\n' ' ')" = '100ms,9900 200ms,19800 ' ]
	meshq-sim replay chain --find 'max rules.pull-cooldown.window in 10ms..1s such that max_wait<=9.9s' >found
	grep -q 100ms found
}

@test "a scenario takes run times from a chain" {
	{ done_record 1 0 400 && done_record 2 0 300; } >chain
	printf 'arrivals: [{ kind: %s, burst: 100 }]\nhandlers: { %s: { duration: { empirical: chain } } }\nrules: []\n' x x >s.yaml
	[ "$(meshq-sim s.yaml --json | jq -c '[.min_run_ms,.max_run_ms]')" = '[300,400]' ]
	sed 's/\<x\>/y/g' s.yaml >other.yaml
	run -78 --separate-stderr meshq-sim other.yaml
	[ "$stderr" = "meshq-sim: handlers: 'chain' has no run time of the kind 'y'" ]
	sed 's/ x: {/ default: {/' s.yaml >default.yaml
	[ "$(meshq-sim default.yaml --json | jq -c '[.min_run_ms,.max_run_ms]')" = '[300,400]' ]
	echo '{' >>chain
	run -65 --separate-stderr meshq-sim s.yaml --expect 'dispatched == 100'
	[[ $stderr == *'chain:3: byte '* && $output == *'pass  dispatched == 100'* ]]
	rm chain
	run -66 --separate-stderr meshq-sim s.yaml
	[[ $stderr == *'chain: No such file or directory'* ]]
}

@test "what there is nothing to replay in says so" {
	echo '{"kind":"x","id":1,"at_ms":0}' >records
	run -65 --separate-stderr meshq-sim replay records
	[[ $stderr == *'records left out, since they tell nothing of an action: 1'* ]]
	[[ $stderr == *'there is nothing to replay: expected a chain or outcomes of meshq-exec'* ]]
	run -66 --separate-stderr meshq-sim replay missing
	[[ $stderr == *'missing: No such file or directory'* ]]
	echo '{"v":7,"kind":"x","at_ms":0,"disposition":{}}' >future
	run -65 --separate-stderr meshq-sim replay future
	[[ $stderr == *'future:1: byte 6: version 7 not supported (this is 1)'* ]]
	echo 'rules: []' >scenario.yaml
	run -64 --separate-stderr meshq-sim --diff scenario.yaml
	[[ $stderr == *"--diff needs 'replay'"* ]]
	done_record 1 0 1 >chain
	run -64 --separate-stderr meshq-sim replay chain --diff --outcomes
	[[ $stderr == *'--diff compares one run'* ]]
}
