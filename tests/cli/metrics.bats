#!/usr/bin/env bats
# meshq-exec --metrics: counters for Prometheus.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
}

# clean FILE: the form is right: each family has its help and its type before its
# samples and all of them together; no sample comes twice; buckets never fall, and the
# last is the count; the end is marked.
clean() {
	awk '
	function bad(why) { print FILENAME ":" FNR ": " why ": " $0; wrong = 1 }
	ended { bad("after the end") }
	/^# EOF$/ { ended = 1; next }
	/^# HELP / { if ($3 in help) bad("twice"); help[$3] = 1; next }
	/^# TYPE / {
		if (!($3 in help) || $3 in type) bad("type")
		if ($4 == "counter" && $3 !~ /_total$/) bad("name of a counter")
		type[$3] = $4; family = $3; next }
	/^# UNIT / { if ($3 != family || $3 !~ ("_" $4 "$")) bad("unit"); next }
	!/^[a-z_]+(\{[a-z]+="([^"\\]|\\["\\n])*"(,[a-z]+="[^"]*")*\})? [0-9][0-9.e+]*$/ { bad("form"); next }
	{
		name = $0; sub(/[{ ].*/, "", name)
		series = $0; sub(/ [^ ]*$/, "", series)
		if (series in seen) bad("twice")
		seen[series] = 1
		part = name; sub(/_(bucket|sum|count)$/, "", part)
		if (name != family && !(part == family && type[family] == "histogram")) bad("family")
		if (name ~ /_bucket$/) {
			labels = series; sub(/,le="[^"]*"\}$/, "", labels)
			if (labels == last && $NF < value) bad("falls")
			last = labels; value = $NF
			infinite = series ~ /le="\+Inf"\}$/
		} else if (name ~ /_count$/ && !(infinite && $NF == value)) bad("count")
	}
	END { if (!ended) bad("no end"); exit wrong }' "$1"
	if [ -x "$(command -v promtool)" ]; then
		promtool check metrics <"$1"
	fi
}

value() { sed -n "s|^meshq_$1 ||p" m.prom; }

@test "the counters are those of --stats" {
	handler pull_replica true
	handler flaky 'exit $((MESHQ_ATTEMPT < 2 ? 75 : 0))'
	handler bad 'exit 1'
	run -65 --separate-stderr meshq-exec --clock=record -j2 -H h --stats --metrics m.prom <<'END'
{"kind":"pull_replica","chain":1,"at_ms":0}
{"kind":"pull_replica","chain":1,"at_ms":0}
{"kind":"flaky"}
{"kind":"bad"}
{"kind":"flaky","expires_ms":0,"at_ms":10}
{"kind":"meshq.tick","at_ms":20}
{"kind":"meshq.other"}
rubbish
END
	clean m.prom
	names=$(jq -r 'keys_unsorted[] | select(. != "kind" and . != "at_ms")' <<<"${lines[-1]}")
	for name in $names; do
		case $name in
		pending) metric=depth ;;
		max_depth) metric=max_depth ;;
		*) metric=${name}_total ;;
		esac
		echo "$name"
		[ "$(value "$metric")" = "$(jq ".$name" <<<"${lines[-1]}")" ]
	done
	[ "$(value deferred_total)" -gt 0 ]
	[ "$(value 'outcomes_total{kind="flaky",outcome="dispatched"}')" -eq 1 ]
	[ "$(value 'outcomes_total{kind="flaky",outcome="expired"}')" -eq 1 ]
	[ "$(value 'outcomes_total{kind="bad",outcome="failed"}')" -eq 1 ]
	[ "$(value jobs)" -eq 2 ]
	[ ! -e m.prom.new ]
}

@test "waits are in the buckets of their kind" {
	run -0 meshq-exec --clock=record --metrics m.prom -- true <<'END'
{"kind":"pull_replica","chain":1,"at_ms":0}
{"kind":"pull_replica","chain":1,"at_ms":0}
END
	clean m.prom
	[ "$(value 'queue_wait_seconds_bucket{kind="pull_replica",le="0.001"}')" -eq 1 ]
	[ "$(value 'queue_wait_seconds_bucket{kind="pull_replica",le="30"}')" -eq 1 ]
	[ "$(value 'queue_wait_seconds_bucket{kind="pull_replica",le="60"}')" -eq 2 ]
	[ "$(value 'queue_wait_seconds_sum{kind="pull_replica"}')" -eq 60 ]
	[ "$(value 'run_seconds_count{kind="pull_replica"}')" -eq 2 ]
}

@test "a kind may be any text, and there may be any number of them" {
	{
		printf '%s\n' '{"kind":"a\\b\"c\nd é"}' '{"kind":""}' '{"kind":"other"}'
		seq -f '{"kind":"k%g"}' 200
	} | meshq-exec --clock=record --metrics m.prom -- true >/dev/null
	clean m.prom
	[ "$(grep -c ^meshq_run_seconds_count m.prom)" -eq 101 ]
	grep -qxF 'meshq_run_seconds_count{kind="a\\b\"c\nd é"} 1' m.prom
	[ "$(value 'run_seconds_count{kind="other"}')" -eq 103 ]
}

@test "the file is there before the first record, and says what goes on" {
	mkfifo in
	meshq-exec -j1 --metrics m.prom -- sh -c 'cp m.prom seen' <in >out &
	exec 9>in
	until [ -e m.prom ]; do :; done
	clean m.prom
	echo '{"kind":"a"}' >&9
	exec 9>&-
	wait $!
	clean seen
	clean m.prom
	[ "$(value dispatched_total)" -eq 1 ]
	[ "$(value running)" -eq 0 ]
}

@test "while it waits the file is written again" {
	# The handler goes on when the file says that it runs, and for no other reason.
	timeout 60 meshq-exec -j1 --metrics m.prom -- \
		sh -c 'until grep -qx "meshq_running 1" m.prom; do :; done' <<<'{"kind":"a"}' >out
	[ "$(value dispatched_total)" -eq 1 ]
	[ "$(value running)" -eq 0 ]
}

@test "without a place for the file nothing is run" {
	run -73 meshq-exec --metrics no/m.prom -- touch ran <<<'{"kind":"a"}'
	[ "$output" = "meshq-exec: create no/m.prom.new: No such file or directory" ]
	run -73 meshq-exec --metrics /dev/null -- touch ran <<<'{"kind":"a"}'
	[ ! -e ran ]
}

@test "what is wrong before there are counters is told, and leaves no file" {
	run -64 meshq-exec --metrics m.prom
	[ "$output" = "meshq-exec: expected --handlers DIR or -- COMMAND (see --help)" ]
	[ ! -e m.prom ]
}

@test "a file of something else is not replaced" {
	echo '{"kind":"a"}' >actions
	run -73 meshq-exec --metrics actions actions -- touch ran
	[ "$output" = "meshq-exec: actions has something else than metrics in it" ]
	[ ! -e ran ]
	[ "$(cat actions)" = '{"kind":"a"}' ]
	: >m.prom
	run -0 meshq-exec --metrics m.prom actions -- true
	run -0 meshq-exec --metrics m.prom actions -- true
	[ "$(value received_total)" -eq 1 ]
}

@test "a file that cannot be written any more stops no work, and the status tells" {
	mkdir d
	run -74 --separate-stderr meshq-exec --metrics d/m.prom -- rm -r d <<<'{"kind":"a"}'
	[ "$(jq -r .outcome.status <<<"$output")" = dispatched ]
	[ "$stderr" = "meshq-exec: create d/m.prom.new: No such file or directory (told once)" ]
}

@test "a simulation has no metrics" {
	run -64 meshq-exec --simulate /dev/null --metrics m.prom </dev/null
	[[ $output == *"--metrics: with --simulate"* ]]
}

@test "what goes wrong before the metrics are opened has its own status, and leaves no file" {
	cd "$BATS_TEST_TMPDIR"
	run -64 meshq-exec --metrics=early </dev/null
	[ "$output" = 'meshq-exec: expected --handlers DIR or -- COMMAND (see --help)' ]
	run -127 meshq-exec --metrics=early -- ./nobody </dev/null
	run -73 meshq-exec --metrics=early --spool=nowhere/x -- true </dev/null
	[ ! -e early ]
}
