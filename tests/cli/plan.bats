#!/usr/bin/env bats
# meshq-recover plan as its users see it. See meshq-recover(1).
# shellcheck disable=SC2154 # run sets stderr and stderr_lines
bats_require_minimum_version 1.5.0

load handlers.bash
examples=$BATS_TEST_DIRNAME/../../share/examples

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# What feed started ends with its input.
teardown() {
	exec 7>&- 8<&-
	if [ -n "$pid" ]; then
		wait "$pid" || true
	fi
}

plan() { meshq-recover plan --clock=record "$@"; }

# node NAME [MEMBERS]
node() { echo "{\"kind\":\"node\",\"node\":\"$1\"$2}"; }

# slot GROUP/NUMBER [MEMBERS]: one that is nowhere, or what the members say.
slot() { echo "{\"kind\":\"slot\",\"group\":\"${1%/*}\",\"slot\":${1#*/}$2}"; }

tick() { echo "{\"kind\":\"meshq.tick\",\"at_ms\":$1}"; }

# short: what was placed, as GROUP/SLOT>NODE@TERM, and what was not, as GROUP/SLOT!
short() {
	jq -r 'select(.kind == "place_slot") |= "\(.group)/\(.slot)>\(.node)@\(.term)" |
		if type == "string" then .
		elif .kind == "meshq.unplaced" then "\(.group)/\(.slot)!" else .kind end'
}

# feed OPTION...: a plan that goes on; its input is descriptor 7, its output 8.
feed() {
	mkfifo in out
	meshq-recover plan "$@" < in > out 3>&- &
	pid=$!
	exec 7> in 8< out
}

# next: its next line, waited for.
next() {
	local line
	IFS= read -r -t 60 line <&8 && printf '%s\n' "$line"
}

@test "the cluster that is installed as an example is planned" {
	run -1 --separate-stderr plan "$examples/cluster.ndjson"
	[ -z "$stderr" ]
	[ "$output" = "$(
		cat <<- 'END'
			{"kind":"meshq.tick","at_ms":1764000000500}
			{"kind":"meshq.unplaced","group":"ingest","slot":2,"from":"c1","zone":"eu-c","reason":"no healthy node in its zone","at_ms":1764000000500}
			{"kind":"place_slot","group":"ingest","slot":4,"node":"b2","from":"b2","zone":"eu-b","term":42,"at_ms":1764000000500}
			{"kind":"meshq.unplaced","group":"ingest","slot":5,"from":"c2","zone":"eu-c","reason":"no healthy node in its zone","at_ms":1764000000500}
			{"kind":"place_slot","group":"ledger","slot":2,"node":"a2","from":"c2","role":"standby","term":8,"reset_sync":true,"at_ms":1764000000500}
			{"kind":"place_slot","group":"search","slot":2,"node":"b1","from":"c1","term":13,"at_ms":1764000000500}
			{"kind":"place_slot","group":"search","slot":3,"node":"b2","from":"c2","term":13,"at_ms":1764000000500}
			{"kind":"place_slot","group":"search","slot":4,"node":"a1","from":null,"term":13,"at_ms":1764000000500}
		END
	)" ]
}

@test "meshq-exec carries a plan out" {
	mkdir h
	handler place_slot "jq -r '\"\(.group)/\(.slot) \(.from) \(.node) \(.term)\"' >>placed"
	run -0 --separate-stderr bash -c '
		{ meshq-recover plan "$1" || true; } | meshq-exec -j1 -H h' - "$examples/cluster.ndjson"
	[ "$(cat placed)" = "$(
		cat <<- 'END'
			ingest/4 b2 b2 42
			ledger/2 c2 a2 8
			search/2 c1 b1 13
			search/3 c2 b2 13
			search/4 null a1 13
		END
	)" ]
	[ "$(jq -r 'select(.outcome).outcome.status' <<< "$output" | sort | uniq -c | xargs)" = "5 dispatched" ]
	[ "$(grep -c '"meshq.unplaced"' <<< "$output")" = 2 ]
}

@test "all is placed: status 0; something finds no place: status 1" {
	run -0 plan <<< "$(node n1; slot g/0)"
	run -1 plan <<< "$(slot g/0)"
	run -1 plan <<< "$(slot g/0; tick 1; node n1)" # an earlier pass counts, too
	run -0 plan <<< "$(node n1)"
	run -0 plan < /dev/null
	[ -z "$output" ]
}

@test "other records are passed on as they are, each in its place" {
	printf '%s\n' '{ "kind" : "pull_replica", "id":18446744073709551615,"x":1.0e2 ,"node":[1]}' \
		'{"kind":"node","node":"n1"}' '{"kind":"meshq.hold","daemon":"d","until_ms":5}' \
		'{"kind":"slot","group":"g","slot":0}' '{"kind":"meshq.tick"}' \
		'{"kind":"slo\u0074","group":"g","slot":1}' '' '{"kind":"x","role":7}' > in.ndjson
	run -1 plan in.ndjson
	[ "${#lines[@]}" = 6 ]
	[ "${lines[0]}" = "$(sed -n 1p in.ndjson)" ]
	[ "${lines[1]}" = "$(sed -n 3p in.ndjson)" ]
	[ "${lines[2]}" = '{"kind":"meshq.tick"}' ]
	[ "${lines[3]}" = '{"kind":"place_slot","group":"g","slot":0,"node":"n1","from":null,"term":1,"at_ms":0}' ]
	[ "${lines[4]}" = '{"kind":"x","role":7}' ]
	[[ ${lines[5]} = '{"kind":"meshq.unplaced","group":"g","slot":1,'* ]]
}

@test "a pass at each tick, and at the end when there is news" {
	run -0 bash -c "$(declare -f); { node n1; node n2; slot g/0; tick 10; slot g/1; tick 20; tick 30; } |
		plan | short"
	[ "$output" = "$(printf '%s\n' meshq.tick g/0\>n1@1 meshq.tick g/1\>n2@2 meshq.tick)" ]
	run -0 bash -c "$(declare -f); { node n1; node n2; slot g/0; tick 10; slot g/1; } | plan | short"
	[ "$output" = "$(printf '%s\n' meshq.tick g/0\>n1@1 g/1\>n2@2)" ]
}

@test "what found no place is tried again, and told again" {
	run -0 bash -c "$(declare -f); { slot g/0; tick 10; tick 20; node n1; tick 30; } | plan | short"
	[ "$output" = "$(printf '%s\n' meshq.tick g/0! meshq.tick g/0! meshq.tick g/0\>n1@1)" ]
}

@test "a pass is told at once, not when the input is over" {
	feed --clock=record
	{ node n1; slot g/0; tick 10; } >&7
	[ "$(next)" = "$(tick 10)" ]
	[ "$(next | short)" = "g/0>n1@1" ]
	echo '{"kind":"x"}' >&7
	[ "$(next)" = '{"kind":"x"}' ]
	exec 7>&-
	wait "$pid"
	pid=
}

@test "a pass has the time of the record clock, the latest that was shown" {
	run -0 plan <<< "$(node n1 ',"at_ms":5000'; slot g/0 ',"at_ms":4000'; echo '{"kind":"x","at_ms":7000.5}')"
	[ "$(jq .at_ms <<< "${lines[1]}")" = 7000.5 ]
	run -0 meshq-recover plan <<< "$(node n1; slot g/0)"
	[ "$(jq '.at_ms > 1600000000000' <<< "$output")" = true ]
}

@test "numbers of 64 bits are exact, and a number is no string" {
	run -0 plan << 'END'
{"kind":"node","node":18446744073709551615}
{"kind":"node","node":"18446744073709551615","healthy":false}
{"kind":"slot","group":9007199254740993,"slot":18446744073709551615,"term":18446744073709551613}
END
	[ "$output" = '{"kind":"place_slot","group":9007199254740993,"slot":18446744073709551615,"node":18446744073709551615,"from":null,"term":18446744073709551614,"at_ms":0}' ]
}

@test "a term at its end stays there" {
	run -0 bash -c "$(declare -f); { node n1; slot g/0 ',\"term\":18446744073709551615'; } | plan"
	[[ $output = *'"term":18446744073709551615,'* ]]
}

# Zone c is gone, and with it the place of the first four slots.
outage() {
	node a1 ',"zone":"a"'
	node c1 ',"zone":"c","healthy":false'
	for i in 0 1 2 3; do
		slot "ingest/$i" ',"node":"c1","healthy":false,"zone":"c"'
	done
	slot ingest/4 ',"node":"c1","healthy":false,"zone":"a"'
}

@test "D-27 under meshos four unplaceable slots starve the rest for ever" {
	mkdir h
	handler default 'cat >>ran'
	run -0 --separate-stderr bash -c "$(declare -f)
		{ outage; for i in \$(seq 50); do tick \$i; done; } | { plan || [ \$? = 1 ]; } >planned
		meshq-exec --clock=record -H h planned"
	[ ! -e ran ]
	[ "$(grep -c '"meshq.unplaced"' planned)" = 200 ]
	[ "$(jq 'select(.kind == "meshq.unplaced").slot' planned | sort -u | xargs)" = "0 1 2 3" ]
	[ "$stderr" = "meshq-recover: 1 more slot needs a place, and is left for another pass" ]
}

@test "D-27 under robust four unplaceable slots do not starve the rest" {
	mkdir h
	handler default 'cat >>ran'
	run -0 --separate-stderr bash -c "$(declare -f)
		outage | { plan --preset robust || [ \$? = 1 ]; } >planned
		meshq-exec --clock=record -H h planned"
	[ -z "$stderr" ]
	[ "$(short < planned)" = "$(printf '%s\n' ingest/0! ingest/1! ingest/2! ingest/3! 'ingest/4>a1@1')" ]
	[ "$(short < ran)" = "ingest/4>a1@1" ]
}

@test "D-27 under robust four slots that keep failing do not starve the rest, over runs with --state" {
	for i in 1 2 3 4 5; do node "n$i"; done > nodes
	for i in 0 1 2 3 4; do slot "g/$i"; done > slots
	for run in 1 2; do
		plan -q --preset robust --state s nodes slots > "out$run"
	done
	[ "$(short < out1 | xargs)" = "g/0>n1@1 g/1>n2@1 g/2>n3@1 g/3>n4@1" ]
	[ "$(short < out2 | xargs)" = "g/4>n1@2 g/0>n2@2 g/1>n3@2 g/2>n4@2" ]
	plan -q nodes slots > out1
	plan -q --state t nodes slots > /dev/null
	plan -q --state t nodes slots > out2
	[ "$(short < out1 | xargs)" = "g/0>n1@1 g/1>n2@1 g/2>n3@1 g/3>n4@1" ]
	[ "$(short < out2 | xargs)" = "g/0>n1@2 g/1>n2@2 g/2>n3@2 g/3>n4@2" ]
}

@test "what is left for another pass is told, and not with -q" {
	for i in 0 1 2 3 4 5; do slot "g/$i"; done > slots
	run -1 --separate-stderr plan slots
	[ "$stderr" = "meshq-recover: 2 more slots need a place, and are left for another pass" ]
	run -1 --separate-stderr plan -q slots
	[ -z "$stderr" ]
	run -1 --separate-stderr plan --set recovery.slots=6 slots
	[ -z "$stderr" ]
	[ "${#lines[@]}" = 6 ]
}

@test "--state keeps terms and turns, of groups that this run does not see as well" {
	run -0 plan --preset robust --state s <<< "$(node n1; slot a/0; slot b/3 ',"term":7')"
	[ "$(cat s)" = '{"meshq":"placement-state","v":1,"groups":2}
{"group":"a","term":1,"next":1}
{"group":"b","term":8,"next":4}' ]
	run -0 plan --preset robust --state s <<< "$(node n1; slot b/0)"
	[[ $output = *'"term":9,'* ]]
	[ "$(cat s)" = '{"meshq":"placement-state","v":1,"groups":2}
{"group":"b","term":9,"next":1}
{"group":"a","term":1,"next":1}' ]
}

@test "two plans that share a state never give the same term" {
	{ node n1; for i in $(seq 40); do slot g/0; tick "$i"; done; } > in.ndjson
	plan --state s in.ndjson > one &
	plan --state s in.ndjson > two
	wait $!
	[ "$(jq -s '[.[].term | numbers] | [length, (unique | length)]' -c one two)" = "[80,80]" ]
}

@test "a state that is none is refused before anything is read, and left alone" {
	echo '{"meshq":"backoff-state","v":1,"daemons":0}' > s
	run -65 --separate-stderr plan --state s <<< '{"kind":"x"}'
	[ "$stderr" = "meshq-recover: s:1: this is no state file of meshq-recover plan" ]
	[ -z "$output" ]
	[ "$(cat s)" = '{"meshq":"backoff-state","v":1,"daemons":0}' ]
}

@test "a state that cannot be locked ends the run" {
	run -73 --separate-stderr plan --state none/s <<< "$(node n1; slot g/0)"
	[[ $stderr = "meshq-recover: create none/s.lock: "* ]]
	[ -z "$output" ]
}

@test "bad records are told with line and byte, and the rest is planned" {
	cat > in.ndjson << 'END'
{"kind":"node","node":"n1"}
{"kind":"node","node":""}
{"kind":"slot","group":"g","slot":-1}
{"kind":"slot","group":"g","slot":0,"node":"n9"}
{"kind":"slot","group":"g","slot":0,"slot":1}
{"kind":"slot","group":"g","slot":7}
END
	run -65 --separate-stderr plan --rejects bad in.ndjson
	[ "$(short <<< "$output")" = "g/7>n1@1" ]
	[ "$stderr" = "$(
		cat <<- 'END'
			meshq-recover: in.ndjson:2: byte 23: expected a string or a whole number as 'node', not an empty one
			meshq-recover: in.ndjson:3: byte 35: expected an unsigned 64-bit integer as 'slot'
			meshq-recover: in.ndjson:4: byte 48: expected a member 'healthy'
			meshq-recover: in.ndjson:5: byte 37: duplicate member 'slot'
		END
	)" ]
	[ "$(cat bad)" = "$(sed -n 2,5p in.ndjson)" ]
}

@test "bad input counts more than what finds no place" {
	run -65 --separate-stderr plan <<< "$(slot g/0; echo '{"kind":"node"}')"
	[ "$(short <<< "$output")" = "g/0!" ]
}

@test "--strict makes no plan of half a cluster" {
	run -65 --separate-stderr plan --strict <<< "$(node n1; slot g/0; echo '{"kind":"node"}'; node n2)"
	[ -z "$output" ]
	[ "$stderr" = "meshq-recover: -:3: byte 15: expected a member 'node'" ]
	node n1 > nodes
	slot g/0 > slots
	run -66 --separate-stderr plan --strict nodes none slots
	[ -z "$output" ]
	run -66 --separate-stderr plan nodes none slots
	[ "$(short <<< "$output")" = "g/0>n1@1" ]
}

@test "a full disk is told" {
	run -74 --separate-stderr bash -c "$(declare -f); { node n1; slot g/0; } | plan >/dev/full"
	[[ $stderr = *"standard output: No space left on device" ]]
}

@test "a reader that has enough ends it quietly" {
	run -141 --separate-stderr bash -c "set -o pipefail; $(declare -f)
		{ node n1; for i in \$(seq 20000); do slot g/0; tick \$i; done; } >in.ndjson
		plan in.ndjson | head -n1"
	[ "$output" = "$(tick 1)" ]
	[ -z "$stderr" ]
}

# What must hold of any plan, checked by jq: over the cluster first, then the plan.
lawful='
	reduce inputs as $r ({ nodes: {}, slots: {}, bad: 0 };
		if $r.kind == "node" then .nodes[$r.node] = $r.healthy
		elif $r.kind == "slot" then
			if $r.healthy then .slots[$r.group][$r.node] = 1 else . end
		else .bad += (if .nodes[$r.node] and .slots[$r.group][$r.node] == null then 0 else 1 end) |
			.slots[$r.group][$r.node] = 1 | .placed += 1 | .group[$r.group] += 1 end) |
	[.bad, .placed, (.group | map(select(. > 4)) | length)]'

@test "a large cluster is planned lawfully, and in the same way each time" {
	awk 'BEGIN {
		for (i = 0; i < 2000; i++)
			printf "{\"kind\":\"node\",\"node\":\"n%d\",\"healthy\":%s}\n", i, i % 20 ? "true" : "false"
		for (i = 0; i < 20000; i++) {
			n = (i * 7919) % 2000
			printf "{\"kind\":\"slot\",\"group\":\"g%d\",\"slot\":%d,\"node\":\"n%d\",\"healthy\":%s}\n", \
				i / 100, i % 100, n, n % 20 ? "true" : "false"
		}
	}' > big.ndjson
	run -0 --separate-stderr plan -q big.ndjson
	plan -q big.ndjson | cmp - <(printf '%s\n' "$output")
	[ "$(cat big.ndjson <(printf '%s\n' "$output") | jq -nc "$lawful")" = "[0,800,0]" ]
}

@test "options of other tasks are refused" {
	run -64 --separate-stderr plan -H h
	[ "${stderr_lines[0]}" = "meshq-recover: --handlers is not for plan (see --help)" ]
	run -64 --separate-stderr plan --every 1s
	[ "${stderr_lines[0]}" = "meshq-recover: --every is not for plan (see --help)" ]
}
