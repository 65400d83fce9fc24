#!/usr/bin/env bats
# meshq-backoff as its users see it. See meshq-backoff(1).
bats_require_minimum_version 1.5.0

setup() {
	state=$BATS_TEST_TMPDIR/state
	cd "$BATS_TEST_TMPDIR" || return
}

# crash DAEMON AT_MS; the same for the other events.
crash() { echo "{\"kind\":\"daemon_crashed\",\"daemon\":$1,\"at_ms\":$2}"; }
start() { echo "{\"kind\":\"daemon_started\",\"daemon\":$1,\"at_ms\":$2}"; }
leave() { echo "{\"kind\":\"daemon_exited\",\"daemon\":$1,\"at_ms\":$2}"; }
force() { echo "{\"kind\":\"daemon_force_restart\",\"daemon\":$1,\"at_ms\":$2}"; }
tick() { echo "{\"kind\":\"meshq.tick\",\"at_ms\":$1}"; }

# hold DAEMON STATE UNTIL WINDOW CAUSE AT: the record.
hold() {
	echo "{\"kind\":\"meshq.hold\",\"daemon\":$1,\"state\":\"$2\",\"until_ms\":$3,\"window_ms\":$4,\"cause\":\"$5\",\"at_ms\":$6}"
}

replay() { meshq-backoff --clock=record "$@"; }

@test "an event is answered by the hold, in the order of the members" {
	run -0 replay <<< "$(crash '"telemetry"' 1000)"
	[ "$output" = "$(hold '"telemetry"' backing_off 1500 1000 crashed 1000)" ]
}

@test "every event has its answer" {
	run -0 replay <<< "$(
		start '"a"' 0
		crash '"a"' 100
		start '"a"' 700
		leave '"a"' 800
		force '"a"' 900
	)"
	[ "$output" = "$(
		hold '"a"' idle null 500 started 0
		hold '"a"' backing_off 600 1000 crashed 100
		hold '"a"' idle null 1000 released 600
		hold '"a"' idle null 1000 started 700
		hold '"a"' idle null 1000 exited 800
		hold '"a"' idle null 500 force_restart 900
	)" ]
}

@test "what is no event is passed on byte for byte" {
	printf '%s\n' '{"kind":"pull_replica" , "id":18446744073709551615,"x":1.0,"y":1e2 }' \
		'{"kind":"apply_backoff","daemon":"a"}' '{"kind":"daemon_","daemon":"a"}' \
		'{"at_ms":7,"kind":"meshq.tick"}' '{"kind":"meshq.hold","daemon":"a","until_ms":9}' > in
	run -0 replay in
	printf '%s\n' "$output" | cmp - in
}
