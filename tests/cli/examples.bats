#!/usr/bin/env bats
# The sample stream and the handlers that work on it, each by itself.
bats_require_minimum_version 1.5.0

examples=$BATS_TEST_DIRNAME/../../share/examples

setup() {
	export MESH=$BATS_TEST_TMPDIR/mesh
	"$examples/make-nodes" "$MESH" 1
	chain=$(inventory oslo chain)
	blob=$(inventory turin blob)
}

# Handlers find the mesh gone and daemons end by themselves.
teardown() {
	cat "$MESH"/*/daemons/*.pid 2>/dev/null | xargs -r kill -9 || true
}

# inventory NODE WHAT: the first such thing of a node.
inventory() {
	"$examples/make-mesh" --nodes 1 | awk -v node="$1" -v what="$2" \
		'$1 == node && $2 == what { print $3; exit }'
}

# handle RECORD: runs the handler of its kind as meshq-exec does.
handle() {
	local kind=${1#*\"kind\":\"}
	printf '%s\n' "$1" | "$examples/handlers/${kind%%\"*}"
}

@test "the committed sample is what its generator writes" {
	"$examples/make-mesh" 1 2500 | cmp - "$examples/mesh.ndjson"
}

@test "another seed tells another story, a count is kept" {
	run -0 "$examples/make-mesh" 2 300
	actions=$(printf '%s\n' "$output" | LC_ALL=C grep -ac '^{"id":[^-].*"kind":.*}$') # with the cut line
	[ "$actions" -eq 300 ]
	[ "$output" != "$("$examples/make-mesh" 1 300)" ]
	run -255 "$examples/make-mesh" 1 3
	[[ $output == "make-mesh: COUNT must be at least "* ]]
}

@test "the sample has all eleven kinds with their fields" {
	expect() { # KIND MEMBER...
		local kind=$1 member
		shift
		for member; do
			grep -a "\"kind\":\"$kind\"" "$examples/mesh.ndjson" | grep -aq "\"$member\":" ||
				{ echo "no $kind with $member"; return 1; }
		done
	}
	expect start_daemon daemon
	expect stop_daemon daemon reason deadline_ms
	expect pull_replica chain source
	expect drop_replica chain
	expect request_placement chain exclude target
	expect request_eviction chain victim
	expect migrate_blob blob from to expires_ms
	expect reduce_heat blob by
	expect mark_avoid peer reason ttl_ms
	expect apply_backoff daemon until_ms
	expect commit_maintenance_transition node target
	for event in started exited crashed force_restart; do expect "daemon_$event" daemon; done
}

@test "pull_replica copies the chain, drop_replica removes it, both more than once" {
	pull='{"id":1,"kind":"pull_replica","node":"riga","chain":'$chain',"source":"oslo"}'
	run -0 handle "$pull"
	cmp "$MESH/oslo/chains/$chain" "$MESH/riga/chains/$chain"
	run -0 handle "$pull"
	for _ in 1 2; do
		run -0 handle '{"kind":"drop_replica","node":"riga","chain":'"$chain"'}'
		[ ! -e "$MESH/riga/chains/$chain" ]
	done
}

@test "pull_replica asks to come back when the source is busy or still writing" {
	pull='{"kind":"pull_replica","node":"riga","chain":'$chain',"source":"oslo"}'
	exec 8>>"$MESH/oslo/serving"
	flock 8
	run -75 handle "$pull"
	[ "$output" = '{"meshq":{"retry_after_ms":40,"reason":"oslo is serving another copy"}}' ]
	exec 8>&-
	run -0 handle "$pull"
	partial=$(inventory oslo partial)
	run -75 handle "${pull/$chain/$partial}"
	[[ $output == *"oslo is still writing chain $partial"* ]]
}

@test "pull_replica fails for an unknown chain and crashes over a corrupt one" {
	run -1 handle '{"kind":"pull_replica","node":"riga","chain":7,"source":"oslo"}'
	[ "$output" = "oslo has no chain 7" ]
	corrupt=$(inventory riga corrupt)
	run -134 handle '{"kind":"pull_replica","node":"oslo","chain":'"$corrupt"',"source":"riga"}'
	run ! compgen -G "$MESH/oslo/chains/$corrupt*"
}

@test "migrate_blob moves a blob once, and waits for one that is to come" {
	move='{"kind":"migrate_blob","node":"turin","blob":'$blob',"from":"turin","to":"porto"}'
	run -0 handle "$move"
	[ -e "$MESH/porto/blobs/$blob" ]
	[ ! -e "$MESH/turin/blobs/$blob" ]
	run -0 handle "$move"
	run -75 handle '{"kind":"migrate_blob","blob":'"$blob"',"from":"oslo","to":"riga"}'
	[[ $output == *"blob $blob is not on oslo yet"* ]]
}

@test "reduce_heat takes away, ten at once, and stops at zero" {
	before=$(cat "$MESH/turin/heat/$blob")
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		handle '{"kind":"reduce_heat","node":"turin","blob":'"$blob"',"by":3}' &
	done
	wait
	[ "$(cat "$MESH/turin/heat/$blob")" -eq $((before - 30)) ]
	handle '{"kind":"reduce_heat","node":"turin","blob":'"$blob"',"by":4294967295}'
	[ "$(cat "$MESH/turin/heat/$blob")" -eq 0 ]
}

@test "start_daemon starts one process, stop_daemon ends it" {
	for daemon in '"météo"' '{"id":18446744073709551557,"name":"indexer"}'; do
		name=${daemon%\"*} name=${name##*\"}
		pidfile=$MESH/riga/daemons/$name.pid
		start='{"kind":"start_daemon","node":"riga","daemon":'$daemon'}'
		run -0 handle "$start"
		pid=$(cat "$pidfile")
		kill -0 "$pid"
		run -0 handle "$start"
		[ "$(cat "$pidfile")" = "$pid" ]
		run -0 handle '{"kind":"stop_daemon","node":"riga","daemon":'"$daemon"',"reason":"test"}'
		[ ! -e "$pidfile" ]
	done
}

@test "a daemon ends when its mesh is gone, even the one that will not stop" {
	run -0 handle '{"kind":"start_daemon","node":"gdansk","daemon":"mule"}'
	pid=$(cat "$MESH/gdansk/daemons/mule.pid")
	kill "$pid"
	until rm -rf "$MESH" 2>/dev/null; do :; done
	# A process that nobody has reaped yet is over as well.
	while grep -q '^State:[[:space:]]*[^Z]' "/proc/$pid/status" 2>/dev/null; do :; done
}

@test "commit_maintenance_transition follows the order of the states" {
	commit() { handle '{"kind":"commit_maintenance_transition","node":"oslo","target":"'"$1"'"}'; }
	for target in entering_maintenance drain_failed exiting_maintenance recovery active; do
		run -0 commit $target
		[ "$(cat "$MESH/oslo/state")" = $target ]
		run -0 commit $target
	done
	run -1 commit maintenance
	[ "$output" = "oslo is active and cannot become maintenance" ]
	[ "$(cat "$MESH/oslo/state")" = active ]
}

@test "requests reach the journal whole, avoided peers and holds are noted" {
	for i in 1 2 3 4 5 6 7 8; do
		handle '{"kind":"request_placement","chain":'$i',"exclude":["riga"],"target":null}' &
		handle '{"kind":"request_eviction","chain":'$i',"victim":"porto"}' &
	done
	wait
	[ "$(jq -s 'map(.chain) | add' "$MESH/oslo/journal")" -eq 72 ]
	run -0 handle '{"kind":"mark_avoid","node":"oslo","peer":"riga","reason":"rtt 300 ms","ttl_ms":5000}'
	grep -qE '^[0-9]{13} rtt 300 ms$' "$MESH/oslo/avoid/riga"
	run -0 handle '{"kind":"apply_backoff","node":"porto","daemon":"telemetry","until_ms":1767225607500}'
	[ "$(cat "$MESH/porto/daemons/telemetry.held")" = 1767225607500 ]
}

@test "no value leads out of the mesh" {
	touch "$BATS_TEST_TMPDIR/outside"
	for name in ../../outside ..; do
		for record in '{"kind":"drop_replica","node":"oslo/chains","chain":"'$name'"}' \
			'{"kind":"drop_replica","node":"oslo","chain":"'$name'"}' \
			'{"kind":"migrate_blob","blob":"'$name'","from":"oslo","to":"riga"}' \
			'{"kind":"mark_avoid","node":"oslo","peer":"'$name'","reason":"","ttl_ms":1}'; do
			run -1 handle "$record"
			[[ $output == *"is not a name" ]]
		done
	done
	[ -e "$BATS_TEST_TMPDIR/outside" ]
	run -1 handle '{"kind":"drop_replica","node":"oslo"}'
	[ "$output" = "the record has no member 'chain'" ]
	run -1 handle '{"kind":"drop_replica","node":"paris","chain":1}'
	[ "$output" = "there is no node 'paris'" ]
}

@test "replay keeps every line, and moves times that lie in the sample's past" {
	"$examples/make-mesh" 1 200 >"$BATS_TEST_TMPDIR/sample"
	now=$(date +%s%3N)
	"$examples/replay" "$BATS_TEST_TMPDIR/sample" 1000 >"$BATS_TEST_TMPDIR/replayed"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/replayed")" -eq "$(wc -l <"$BATS_TEST_TMPDIR/sample")" ]
	blank() { sed -E 's/("[a-z]+_ms":)[0-9]{13}/\1T/g' "$BATS_TEST_TMPDIR/$1"; }
	cmp <(LC_ALL=C blank sample) <(LC_ALL=C blank replayed)
	first=$(head -n 1 "$BATS_TEST_TMPDIR/replayed" | jq .at_ms)
	[ "$first" -ge "$now" ]
}
