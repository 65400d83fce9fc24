#!/usr/bin/env bats
# Whole storms under the record clock, in no time: what fair queueing makes of the bursts
# of bursts.bats.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

pulls() { seq -f '{"kind":"pull_replica","chain":%.0f,"at_ms":0}' "$@"; }
migrations() { seq -f '{"kind":"migrate_blob","blob":%.0f,"at_ms":0}' "$@"; }

# The statistics of a run with instant handlers; outcomes in `out`.
replay() {
	meshq-exec --clock=record -j2 --stats -- true >all || true
	grep -v meshq.stats all | grep '"outcome"' >out
	tail -n 1 all >stats
}

stats() { jq -c "$1" stats; }
last_dispatch() { jq 'select(.outcome.status=="dispatched").outcome.at_ms' out | sort -n | tail -n 1; }

@test "100 pulls at once are all dispatched, in order, the last at 24.75 s" {
	replay < <(pulls 100)
	[ "$(stats '[.dispatched,.failed,.deferred]')" = '[100,0,99]' ]
	[ "$(jq -c '[.id,.outcome.at_ms]' out)" = "$(seq 1 100 | awk '{ print "[" $1 "," ($1 - 1) * 250 "]" }')" ]
}

@test "1000 pulls take 249.75 s and O(n) admissions" {
	replay < <(pulls 1000)
	[ "$(stats '[.dispatched,.failed,.admissions <= 2000]')" = '[1000,0,true]' ]
	[ "$(last_dispatch)" = 249750 ]
	jq .id out | sort -n -c
}

@test "in fair lines all of them survive, ten migrations a second" {
	replay < <(migrations 100)
	[ "$(stats '[.dispatched,.failed]')" = '[100,0]' ]
	replay < <(pulls 20 | sed 's/"chain":[0-9]*/"chain":7/')
	[ "$(stats '[.dispatched,.failed]')" = '[20,0]' ]
	[ "$(last_dispatch)" = $((19 * 60000)) ]
}

@test "pulls that arrive faster than they may go are all dispatched in the end" {
	replay < <(seq 0 999 | awk '{ print "{\"kind\":\"pull_replica\",\"chain\":" $1 ",\"at_ms\":" $1 * 200 "}" }')
	[ "$(stats '[.dispatched,.failed]')" = '[1000,0]' ]
	[ "$(last_dispatch)" = 249750 ]
}

@test "a retry takes its place back, and with undo: none another one" {
	printf 'rules: [{ name: calls, rate: 2, per: 1s }]\n' >calls.yaml
	printf '#!/bin/sh\n[ "$MESHQ_ATTEMPT" -ge 3 ] || exit 75\n' >handler
	chmod +x handler
	set -- --clock=record -j1 -c calls.yaml --set executor.retry_after=10ms
	printf '{"kind":"call","at_ms":0}\n{"kind":"call","at_ms":0}\n' >calls
	meshq-exec "$@" calls -- ./handler >given
	[ "$(jq -c '[.id,.outcome.attempts,.outcome.at_ms]' given | tr '\n' ' ')" = '[1,3,20] [2,3,20] ' ]
	meshq-exec "$@" --set rules.calls.undo=none calls -- ./handler >kept
	[ "$(jq -c '[.id,.outcome.attempts,.outcome.at_ms]' kept | tr '\n' ' ')" = '[1,3,2000] [2,3,2000] ' ]
}

@test "time moves with the records, never backwards" {
	meshq-exec --clock=record -j1 -- true >all <<'RECORDS'
{"kind":"a","at_ms":1000}
{"kind":"a","at_ms":500}
{"kind":"meshq.tick","at_ms":2000}
{"kind":"a"}
RECORDS
	[ "$(jq -c .outcome.at_ms all | tr '\n' ' ')" = '1000 1000 2000 ' ]
}

@test "what is due before the next record is done before it, in the order of time" {
	meshq-exec --clock=record -j1 -- true >all <<'RECORDS'
{"kind":"pull_replica","chain":1,"id":1,"at_ms":0}
{"kind":"pull_replica","chain":2,"id":2,"at_ms":0}
{"kind":"pull_replica","chain":3,"id":3,"at_ms":0}
{"kind":"a","id":4,"at_ms":300}
{"kind":"a","id":5,"at_ms":500}
RECORDS
	[ "$(jq -c '[.id,.outcome.at_ms]' all | tr '\n' ' ')" = '[1,0] [2,250] [4,300] [3,500] [5,500] ' ]
}
