#!/usr/bin/env bats
# meshq-backoff run --control, and those who look at it and operate it. See meshq-backoff(1).
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; run sets stderr
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir d # it is watched from the first moment on
	pid=''
}

teardown() {
	if [ "$pid" ]; then
		kill "$pid" || true
		wait "$pid" || true
	fi
}

# supervise OPTION...: a supervisor in the background.
supervise() {
	meshq-backoff run --control d "$@" >out 2>err </dev/null 3>&- &
	pid=$!
}

# operate COMMAND...: from the second shell.
operate() { timeout 60 meshq-backoff "$@" --control d; }

# two: a supervisor with two daemons that are up.
two() {
	echo 'daemons: { a: { command: [sleep, "1000"] }, b: { command: [sleep, "1000"] } }' >two.yaml
	supervise -c two.yaml
	operate status -q --wait >first
}

# of DAEMON FIELD: what its status says.
of() { operate status | jq -r "select(.daemon==\"$1\") | .$2"; }

# becomes DAEMON STATE: waits for it.
becomes() {
	local end=$((SECONDS + 60))
	until [ "$(of "$1" state)" = "$2" ]; do
		[ "$SECONDS" -lt "$end" ] || return
	done
}

# appears LINE FILE: waits for it.
appears() {
	local end=$((SECONDS + 60))
	until grep -qxF -e "$1" "$2"; do
		[ "$SECONDS" -lt "$end" ] || return
	done
}

# gone PID: waits for the end of a process that is not ours to wait for.
gone() {
	local end=$((SECONDS + 60))
	while kill -0 "$1" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$1/status"; do
		[ "$SECONDS" -lt "$end" ] || return
	done
}

@test "status is a record a daemon, in the order of the file" {
	two
	jq -c '[.kind, .daemon, .state, .wanted, .hold, .starts, .crashes, .commands]' first >got
	diff got - <<-'END'
		["meshq.status","a","up",true,"idle",1,0,0]
		["meshq.status","b","up",true,"idle",1,0,0]
	END
	run -0 operate status b
	[ "$(jq -r .daemon <<<"$output")" = b ]
	kill -0 "$(jq .pid <<<"$output")"
}

@test "status is a table for people, and off a terminal with --table" {
	two
	run -0 operate status --table
	[[ ${lines[0]} =~ ^DAEMON\ +STATE\ +PID\ +FOR\ +STARTS\ +CRASHES\ +NOTE$ ]]
	[[ ${lines[1]} =~ ^a\ +up\ +[0-9]+\ +[0-9]+s\ +1\ +0$ ]]
	[ "${#lines[@]}" = 3 ]
	run -0 script -qec "meshq-backoff status --control d" /dev/null
	[[ ${lines[0]} =~ ^DAEMON ]]
	run -0 script -qec "meshq-backoff status --json --control d" /dev/null
	[[ ${lines[0]} =~ ^'{"kind":"meshq.status"' ]]
}

@test "MESHQ_CONTROL stands for --control" {
	two
	MESHQ_CONTROL=d run -0 meshq-backoff status a
	[ "$(jq -r .state <<<"$output")" = up ]
}

@test "one that was stopped stays down until it is started" {
	two
	run -0 operate stop --wait a
	[ "$(of a '| [.state, .rest, .wanted] | join(" ")')" = 'down stopped false' ]
	run -0 operate status      # as it is wanted to be ...
	run -1 operate status a    # ... but who asks for it finds it down
	run -0 operate stop --wait # the last one does not end the supervisor
	[ "$(of b state)" = down ]
	run -0 operate start --wait a
	[ "$(of a state)" = up ]
	[ "$(of a starts)" = 2 ]
	[ "$(of b state)" = down ]
}

@test "restart makes a new process; --wait until it is there" {
	two
	before=$(of a pid)
	run -0 operate restart --wait a
	[ -z "$output" ]
	[ "$(of a pid)" != "$before" ]
	[ "$(of a '| [.starts, .commands] | join(" ")')" = '2 1' ]
	[ "$(of b '| [.starts, .commands] | join(" ")')" = '1 0' ]
	gone "$before"
}

@test "without a name all are meant" {
	two
	run -0 operate restart --wait
	[ "$(operate status | jq -c '[.starts, .state]' | sort -u)" = '[2,"up"]' ]
}

@test "restart forgets the hold" {
	supervise --set backoff.initial=1h --name a -- sh -c '[ -e well ] || exit 3; exec sleep 1000'
	becomes a waiting
	[ "$(of a '| [.hold, .exit, .crashes] | join(" ")')" = 'backing_off 3 1' ]
	run -1 operate status
	touch well
	run -0 operate restart --wait a
	[ "$(of a hold)" = idle ]
}

@test "start does not: it waits for the end of the hold" {
	supervise --set backoff.initial=1h --name a -- sh -c 'exit 3'
	becomes a waiting
	run -0 operate stop --wait a
	[ "$(of a '| [.state, .hold] | join(" ")')" = 'down backing_off' ]
	run -0 operate start a
	[ "$(of a '| [.state, .hold, .starts] | join(" ")')" = 'waiting backing_off 1' ]
}

@test "a command that leads nowhere is told with --wait, by name and status" {
	echo 'daemons: { a: { command: exit 3, ready_fd: 3, restart: never }, b: { command: [sleep, "1000"] } }' >f.yaml
	supervise -c f.yaml
	run -1 operate status --wait
	[ "$(of a rest)" = failed ]
	run --separate-stderr -1 operate restart --wait a
	[ "$stderr" = 'meshq-backoff: a: failed' ]
	run -0 operate restart a
}

@test "a name that is not known is refused with those that are" {
	two
	for command in status restart stop start; do
		run -64 operate "$command" a nobody
		[ "${lines[0]}" = "meshq-backoff: 'nobody' is not the name of a daemon; known are a, b (see --help)" ]
	done
	[ "$(of a commands)" = 0 ] # none of it was done
}

@test "where no supervisor is, that is what is said" {
	for command in status restart stop start; do
		run -1 operate "$command"
		[ "$output" = 'meshq-backoff: d: no supervisor is there' ]
	done
	run -1 meshq-backoff status --control nowhere
	[ "$output" = 'meshq-backoff: nowhere: no supervisor is there: No such file or directory' ]
	run -64 meshq-backoff status
	[ "$output" = 'meshq-backoff: status needs --control DIR, or MESHQ_CONTROL (see --help)' ]
}

@test "a supervisor that ends takes its files along" {
	two
	kill "$pid"
	wait "$pid" || [ $? = 143 ]
	pid=''
	[ "$(ls d)" = status.lock ]
	run -1 operate status
}

@test "what a killed one has left is no truth, and the next takes it over" {
	two
	a=$(of a pid)
	kill -KILL "$pid"
	wait "$pid" || true
	[ -e d/status ] && [ -p d/control ]
	run -1 operate status
	[ "$output" = 'meshq-backoff: d: no supervisor is there' ]
	run -1 operate stop a
	two
	[ "$(of a state)" = up ]
	gone "$a"
	run -0 operate restart --wait a
}

@test "a second supervisor is refused and told who is there; nothing of it runs" {
	two
	run -75 timeout 60 meshq-backoff run --control d -- touch ran
	[ "$output" = "meshq-backoff: --control: d: another supervisor is there, process $pid" ]
	[ ! -e ran ]
	run -0 operate status
}

@test "back-pressure comes through the FIFO, too" {
	supervise --name a --backpressure-file level -- sleep 1000
	operate status -q --wait
	[ "$(cat level)" = 0 ]
	echo '{"kind":"meshq.backpressure","state":"asserted","level":0.7}' >d/control
	appears 0.7 level
	# A second supervisor that is refused leaves the level of the first alone.
	run -75 timeout 60 meshq-backoff run --control d --backpressure-file level -- true
	[ "$(cat level)" = 0.7 ]
	echo '{"kind":"meshq.depth","depth":1}' >d/control
	echo '{"kind":"meshq.backpressure","state":"half"}' >d/control
	appears 'meshq-backoff: d/control:2: no daemon asks for meshq.depth' err
	run -0 operate stop a # by then the line before has been read
	grep -q '^meshq-backoff: d/control:3: byte [0-9]*: ' err
}

@test "options for a supervisor are refused elsewhere" {
	run -64 meshq-backoff --control d </dev/null
	[ "$output" = 'meshq-backoff: --control belongs to run, status, restart, stop and start (see --help)' ]
	run -64 meshq-backoff schedule --control d
	run -64 meshq-backoff run --wait -- true
	[ "$output" = 'meshq-backoff: --wait belongs to status, restart, stop and start (see --help)' ]
	run -64 meshq-backoff stop --json --control d
	run -64 meshq-backoff stop --grace 1s --control d
	MESHQ_CONTROL=d run -0 meshq-backoff </dev/null # it is for others
}

@test "garbage on the FIFO is warned of and does no harm" {
	two
	head -c 300000 /dev/urandom >d/control
	printf '\nrestart\nstop nobody\nexplode a\n{"kind":\n' >d/control
	run -0 operate restart --wait a
	[ "$(of a state)" = up ]
	[ "$(of b starts)" = 1 ]
	run -0 operate stop --wait b
	grep -q '^meshq-backoff: d/control:[0-9]*: ' err
	[ "$(grep -c . err)" -lt 20 ]
}

@test "bad records without end do not fill the log, and a command forgives them" {
	two
	yes '{"no record' | head -n 1000 >d/control
	run -0 operate stop --wait a
	[ "$(grep -c ': byte ' err)" = 10 ]
	[ "$(grep -c 'more of them are not told$' err)" = 1 ]
	echo '{"no record' >d/control
	run -0 operate stop --wait b
	[ "$(grep -c ': byte ' err)" = 11 ]
}

@test "lines can be written by hand" {
	two
	printf '  stop  a \r\n\nstart a\nstop b\n' >d/control
	becomes b down
	run -0 operate status --wait a
	[ "$(of a commands)" = 2 ]
}

@test "a status that is no longer up to date is not shown: each change is there at once" {
	mkfifo go
	supervise --name a --ready-fd 3 -- sh -c 'read -r _ <go; echo >&3; exec sleep 1000'
	becomes a starting
	run -1 operate status
	echo >go
	run -0 operate status --wait
}

@test "a folder that cannot be used is refused before anything runs" {
	run -73 timeout 60 meshq-backoff run --control /dev/null -- touch ran
	run -73 timeout 60 meshq-backoff run --control no/such -- touch ran
	[ "$output" = 'meshq-backoff: --control: create no/such: No such file or directory' ]
	: >d/control
	run -73 timeout 60 meshq-backoff run --control d -- touch ran
	[ "$output" = 'meshq-backoff: --control: d/control is no FIFO' ]
	[ ! -e ran ]
}

@test "the example of share/examples is as it says" {
	supervise -c "$BATS_TEST_DIRNAME/../../share/examples/daemons.yaml"
	run -0 operate status -q --wait telemetry store
	becomes ingest down
	becomes migrate down
	operate status | jq -r '[.daemon, .state, .rest] | join(" ")' >got
	diff got - <<-'END'
		telemetry up 
		migrate down done
		ingest down given_up
		store up 
	END
	run -1 operate status
	[ "$(of ingest '| [.starts, .crashes, .exit] | join(" ")')" = '3 3 3' ]
	appears 'migrate: nothing to migrate' out
	echo '{"kind":"meshq.backpressure","state":"asserted","level":0.4}' >d/control
	appears 'telemetry: {"meshq":{"backpressure":"asserted","level":0.4}}' out
	run -0 operate restart --wait telemetry
	run -0 operate stop --wait store
	run -0 operate stop ingest # so that it is down is as it should be
	[ "$(of ingest rest)" = stopped ]
	run -0 operate status
}
