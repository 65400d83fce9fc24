#!/usr/bin/env bats
# meshq-exec --keep-order and --outcomes: what comes out, where, and in which order.
# Handlers wait for each other by FIFOs, so no test waits for time.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
	mkfifo go
}

teardown() {
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
}

# The first action is over when the last one, numbered $1, lets it go.
backwards() {
	handler default "case \$MESHQ_ID in 1) read -r x <go;; $1) echo >go;; esac"
}

actions() {
	seq -f '{"kind":"x","id":%.0f}' "$@"
}

# of JQ-FILTER: what the filter says of each record of the output, in one line.
of() { jq -c "$1" <<<"$output" | tr '\n' ' '; }

@test "without --keep-order the one that ends first comes out first" {
	handler default '[ "$MESHQ_ID" = 2 ] || until grep -q "\"id\":2" out; do :; done'
	meshq-exec -j2 -H h < <(actions 2) >out
	[ "$(jq .id out | tr '\n' ' ')" = '2 1 ' ]
}

@test "with --keep-order outcomes come out in the order of the input" {
	backwards 100
	run -0 meshq-exec -k -j2 -H h < <(actions 100)
	[ "$(of .id)" = "$(seq -s ' ' 100) " ]
	[ "$(of .outcome.status | tr ' ' '\n' | sort | uniq -c | tr -s ' ')" = ' 100 "dispatched"' ]
}

@test "actions that end without running keep their places, and steps stay with theirs" {
	handler default 'case $MESHQ_ID in 4) exit 3;; 1) [ "$MESHQ_ATTEMPT" = 2 ] || exit 75;; esac'
	run -1 meshq-exec -k -j2 --trace --clock=record -H h <<-'END'
		{"kind":"meshq.hold","daemon":"d","until_ms":99999}
		{"kind":"x","id":1,"at_ms":10}
		{"kind":"start_daemon","daemon":"d","id":2}
		{"kind":"x","id":3,"expires_ms":1}
		{"kind":"x","id":4}
		{"kind":"no/handler","id":5}
	END
	[ "$(of '[.id, .outcome.status]')" = '[1,"retrying"] [1,"dispatched"] [2,"gated"] [3,"expired"] [4,"failed"] [5,"failed"] ' ]
}

@test "records that are passed on keep their places, too" {
	backwards 2
	run -0 meshq-exec -k -j2 -H h <<-'END'
		{"kind":"meshq.depth","depth":1}
		{"kind":"x","id":1}
		{"kind":"meshq.depth","depth":2}
		{"kind":"y","id":9,"outcome":{"status":"dispatched"}}
		{"kind":"x","id":2}
		{"kind":"meshq.depth","depth":3}
	END
	[ "$(of '.id // .depth')" = '1 1 2 9 2 3 ' ]
}

@test "at a stop everything that was held back comes out, in order" {
	mkfifo in third
	handler default 'case $MESHQ_ID in 1) read -r x <go;; 3) echo >third;; esac'
	env --default-signal=TERM meshq-exec -k -j2 -H h <in >out 3>&- &
	pid=$!
	exec 8>in
	actions 4 >&8
	read -r x <third
	kill -TERM "$pid"
	echo >go
	ended=0
	wait "$pid" || ended=$?
	pid=
	exec 8>&-
	[ "$ended" -eq 143 ]
	[ "$(jq -c .id out | tr '\n' ' ')" = '1 2 3 4 ' ]
}

@test "what is held back is bounded: the input has to wait" {
	# The first one ends when no more has been read for a while, and fails if that was all.
	handler default '
		while [ "$n" != 2000 ]; do
			read -r now <written
			[ "$now" = "$last" ] && n=$((n + 1)) || n=0
			last=$now
		done
		[ "$now" -le 280 ] # megabytes
	'
	echo 0 >written
	perl -e 'open $w, "+<", "written";
		$| = 1;
		print "{\"kind\":\"x\"}\n";
		for (1..400) {
			print "{\"kind\":\"meshq.y\",\"p\":\"", "y" x 1000000, "\"}\n";
			sysseek $w, 0, 0;
			syswrite $w, "$_\n";
		}' | meshq-exec -k -j1 -H h >out
	[ "$(wc -l <out)" = 401 ]
	[ "$(head -n 1 out | jq -r .outcome.status)" = dispatched ]
}

@test "a simulated run keeps the order, too" {
	cat >storm.yaml <<-'END'
		handlers: { slow: { duration: 10s }, fast: { duration: 1s } }
	END
	run meshq-exec -k -j2 --simulate storm.yaml <<-'END'
		{"kind":"slow","at_ms":0}
		{"kind":"fast","at_ms":0}
		{"kind":"meshq.depth","depth":7}
		{"kind":"fast","at_ms":0}
	END
	[ "$(of '.kind')" = '"slow" "fast" "meshq.depth" "fast" ' ]
}

# ---- --outcomes ----

@test "outcomes go to a file that is written anew, and nothing to the standard output" {
	echo old >o
	run -0 --separate-stderr meshq-exec --stats --outcomes o -- true <<-'END'
		{"kind":"x","id":7}
		{"kind":"meshq.depth","depth":1}
	END
	[ -z "$output" ]
	[ "$(jq -c '[.kind, .id // .received // .depth]' o | sort | tr '\n' ' ')" = '["meshq.depth",1] ["meshq.stats",1] ["x",7] ' ]
}

@test "outcomes of a simulated run go to the file as well" {
	echo 'seed: 1' >s.yaml
	run -0 meshq-exec --outcomes=o --simulate s.yaml < <(actions 3)
	[ -z "$output" ]
	[ "$(wc -l <o)" = 3 ]
}

@test "no file that is read or written elsewhere is emptied for outcomes" {
	actions 3 >in
	cp in before
	run -73 meshq-exec --outcomes=in in -- true
	[ "$output" = "meshq-exec: --outcomes: in is the input as well" ]
	run -73 meshq-exec --outcomes=in -- true <in
	run -73 sh -c 'meshq-exec --outcomes=in -- true <before >>in'
	[ "$output" = "meshq-exec: --outcomes: in is the standard output as well" ]
	run -73 meshq-exec --outcomes=in --chain=in before -- true
	[ "$output" = "meshq-exec: --outcomes: in is written to already" ]
	run -127 meshq-exec --outcomes=in before -- ./nothing
	cmp in before
}

@test "outcomes that cannot be written are never success" {
	run -73 meshq-exec --outcomes=missing/o -- true < <(actions 1)
	run -74 meshq-exec --outcomes=/dev/full -- true < <(actions 1)
	[ "$output" = "meshq-exec: write /dev/full: No space left on device" ]
	run -64 meshq-exec --outcomes -- true < <(actions 1)
	run -64 meshq-exec --outcomes=- -- true < <(actions 1)
}

@test "a slow reader of the outcomes is waited for" {
	mkfifo o
	actions 3000 >in
	meshq-exec -j2 --clock=record --outcomes=o -- true <in 3>&- &
	pid=$!
	[ "$(grep -c '"id"' <o)" = 3000 ]
	wait "$pid"
	pid=
}
