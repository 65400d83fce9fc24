#!/usr/bin/env bats
# How many handlers run at once, and what keeps new ones from being started. Nothing here
# waits for time, but for the second after which meshq-exec looks again.
bats_require_minimum_version 1.5.0
load handlers

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
	mkfifo in out err started go
	handler slow 'echo "$MESHQ_ID" >started; read -r x <go'
}

teardown() {
	[ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
}

# start OPTION...: meshq-exec in the background, fed through 8; 9 is its outcomes, 7 its messages.
start() {
	env --default-signal meshq-exec "$@" <in >out 2>err 3>&- &
	pid=$!
	exec 8>in 9<out 7<err 5<>started 6<>go
}

actions() {
	seq -f '{"kind":"slow","id":%.0f}' "$@"
}

message() {
	read -r line <&7
	echo "$line"
}

# runs ID...: these have begun, in any order.
runs() {
	# `head` would take more than its line when two have been written.
	[ "$(for _; do read -r line <&5; echo "$line"; done | sort | xargs)" = "$*" ]
}

outcome() {
	read -r line <&9
	jq -r '"\(.id) \(.outcome.status)"' <<<"$line"
}

finish() {
	exec 8>&-
	ended=0
	wait "$pid" || ended=$?
	pid=
}

@test "-j FILE: the number in it counts, and may change" {
	echo 1 >jobs
	start -v -j jobs -H h
	[ "$(message)" = "meshq-exec: jobs: up to 1 handler at once" ]
	actions 6 >&8
	runs 1
	echo 3 >jobs
	[ "$(message)" = "meshq-exec: jobs: up to 3 handlers at once" ]
	runs 2 3
	echo nonsense >jobs
	[ "$(message)" = "meshq-exec: --jobs: jobs: 'nonsense' is not a number of jobs (like 4, 50%, +1 or -1); still 3" ]
	rm jobs
	[ "$(message)" = "meshq-exec: --jobs: jobs: No such file or directory; still 3" ]
	echo 0 >jobs
	[ "$(message)" = "meshq-exec: jobs: 0, so nothing new is started" ]
	printf '1\n1\n1\n' >&6
	for id in 1 2 3; do outcome >/dev/null; done
	echo 2 >jobs
	[ "$(message)" = "meshq-exec: jobs: up to 2 handlers at once" ]
	runs 4 5
	printf '1\n1\n1\n' >&6
	finish
	[ "$ended" -eq 0 ]
}

@test "-j FILE: handlers keep their limit of open files, however many may run" {
	handler limited 'ulimit -Sn >started'
	ulimit -Sn 256
	echo 1 >jobs
	start -v -j jobs -H h
	message
	actions 1 >&8
	runs 1
	echo 500 >jobs
	echo '{"kind":"limited"}' >&8
	[ "$(message)" = "meshq-exec: jobs: up to 500 handlers at once" ]
	runs 256
	echo 1 >&6
	finish
	[ "$ended" -eq 0 ]
}

@test "-j FILE: as many coprocesses as it says, and those that are too many end" {
	handler slow 'while read -r line; do
		echo "$line" | tr -dc "0-9\n" >started
		read -r x <go
		echo ok
	done
	echo gone >started'
	echo 1 >jobs
	start -v -j jobs -H h --coprocess --window=1
	[ "$(message)" = "meshq-exec: jobs: up to 1 handler at once" ]
	actions 6 >&8
	runs 1
	echo 3 >jobs
	[ "$(message)" = "meshq-exec: jobs: up to 3 handlers at once" ]
	runs 2 3
	echo 0 >jobs
	[ "$(message)" = "meshq-exec: jobs: 0, so nothing new is started" ]
	printf '1\n1\n1\n' >&6
	for id in 1 2 3; do outcome >/dev/null; done
	runs gone gone gone
	echo 2 >jobs
	[ "$(message)" = "meshq-exec: jobs: up to 2 handlers at once" ]
	runs 4 5
	printf '1\n1\n1\n' >&6
	finish
	[ "$ended" -eq 0 ]
}

@test "-j FILE counts for batches, too" {
	handler slow 'jq -r .id | xargs >started; read -r x <go'
	echo 0 >jobs
	start -v -j jobs -H h --batch=2
	[ "$(message)" = "meshq-exec: jobs: 0, so nothing new is started" ]
	actions 6 >&8
	echo 1 >jobs
	[ "$(message)" = "meshq-exec: jobs: up to 1 handler at once" ]
	runs '1 2'
	echo 3 >jobs
	[ "$(message)" = "meshq-exec: jobs: up to 3 handlers at once" ]
	runs '3 4' '5 6'
	printf '1\n1\n1\n' >&6
	finish
	[ "$ended" -eq 0 ]
}

@test "a paused run can be stopped" {
	echo 0 >jobs
	start -v -j jobs -H h
	[ "$(message)" = "meshq-exec: jobs: 0, so nothing new is started" ]
	actions 1 >&8
	kill -TERM "$pid"
	finish
	[ "$ended" -eq 143 ]
}

@test "a file that has no number is refused at the start" {
	run -66 meshq-exec -j nowhere -- true <<<'{"kind":"x"}'
	[ "$output" = "meshq-exec: --jobs: neither a number nor a file with one: nowhere: No such file or directory" ]
	echo 4x >jobs
	run -64 meshq-exec --jobs=jobs -- true <<<'{"kind":"x"}'
	[[ $output == *"jobs: '4x' is not a number of jobs"* ]]
	: >jobs
	run -64 meshq-exec --jobs=jobs -- true <<<'{"kind":"x"}'
	[[ $output == *"jobs is empty"* ]]
	run -66 meshq-exec -j /dev/null -- true <<<'{"kind":"x"}'
	[[ $output == *"/dev/null is not a regular file"* ]]
}

@test "-j knows parts of the processors" {
	n=$(nproc)
	jobs() { meshq-exec -j "$1" --print-config | sed -n 's/^  jobs: \([0-9]*\).*/\1/p'; }
	[ "$(jobs 100%)" = "$n" ]
	[ "$(jobs 300%)" = "$((3 * n))" ]
	[ "$(jobs 1%)" = 1 ]
	[ "$(jobs +2)" = "$((n + 2))" ]
	[ "$(jobs -100000)" = 1 ]
	run -64 meshq-exec -j0 -- true
	[ "$output" = "meshq-exec: -j: '0' is not a number of jobs from 1 on (or like 50%, +1 or -1), nor the name of a file (see --help)" ]
}

@test "while too little memory is free nothing is started, and -v says why" {
	start -v --min-free=100% -H h
	actions 2 >&8
	[[ $(message) == "meshq-exec: nothing new is started: "*"% of the memory is free, and --min-free is 100.0%" ]]
	kill -TERM "$pid"
	[ "$(outcome)" = "1 unfinished" ]
	[ "$(outcome)" = "2 unfinished" ]
	finish
	[ "$ended" -eq 143 ]
}

@test "limits that are kept keep nothing back" {
	limits=(--max-load=100000 --min-free=1)
	[ ! -r /proc/pressure/cpu ] || limits+=('--max-pressure=cpu=100%,memory=100%,io=100%')
	run -0 --separate-stderr meshq-exec "${limits[@]}" -j4 --stats -- true < <(actions 20)
	[ "$(jq -s 'last.dispatched' <<<"$output")" -eq 20 ]
	[ -z "$stderr" ]
}

@test "a kernel that knows no pressure is refused before the first record" {
	[ ! -r /proc/pressure/cpu ] || skip "this one does"
	run -71 meshq-exec --max-pressure=cpu=50% -- touch ran <<<'{"kind":"x"}'
	[[ $output == "meshq-exec: --max-pressure: the system does not tell: "* ]]
	[ ! -e ran ]
}

@test "what is no limit is told" {
	run -64 meshq-exec --max-load=0 -- true
	[ "$output" = "meshq-exec: --max-load: '0' is not a load above 0 (like 4 or 80% of the processors) (see --help)" ]
	run -64 meshq-exec --min-free=lots -- true
	[ "$output" = "meshq-exec: --min-free: 'lots' is not a size above 0 (like 512M or 10% of the memory) (see --help)" ]
	run -64 meshq-exec --max-pressure=disk=3% -- true
	[ "$output" = "meshq-exec: --max-pressure: 'disk=3%' is not a list of percentages for cpu, memory and io (like cpu=40%,io=10%) (see --help)" ]
}

@test "replays and simulations know neither a machine nor a file that changes" {
	echo 1 >jobs
	echo 'arrivals: []' >s.yaml
	for option in --max-load=4 --min-free=1M --max-pressure=cpu=50% --jobs=jobs; do
		name=${option%%=*} name=${name/--jobs/--jobs=FILE}
		run -64 meshq-exec --clock=record "$option" -- true
		[ "$output" = "meshq-exec: $name: with --clock=record no time passes (see --help)" ]
		run -64 meshq-exec --simulate s.yaml "$option"
		[[ $output == *"with --simulate no process is run"* ]]
	done
}
