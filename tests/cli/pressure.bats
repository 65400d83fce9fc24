#!/usr/bin/env bats
# Back-pressure, from whom it comes to whom it is told: D-3.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	marks=(--set backpressure.assert_at=2 --set backpressure.release_at=1 --set backpressure.ceiling=6)
}

# State, depth and level of each record of back-pressure.
edges() {
	jq -r 'select(.kind == "meshq.backpressure") | "\(.state) \(.depth) \(.level)"'
}

flood() {
	for ((i = 0; i < $1; i++)); do
		echo '{"kind":"a"}'
	done
}

climb_and_fall='asserted 2 0
asserted 4 0.5
asserted 6 1
asserted 4 0.5
asserted 2 0
released 1 0'

@test "the level of an edge is how far the depth stands between the mark and the ceiling" {
	run --separate-stderr -0 meshq-admit --clock=record "${marks[@]}" < <(printf '{"kind":"meshq.depth","depth":%s}\n' 1 3 9 0 9 1)
	[ "$(edges <<<"$output")" = 'asserted 3 0.25
released 0 0
asserted 9 1
released 1 0' ]
}

@test "with a step the level is told as it moves, by admit, exec and sim alike" {
	run --separate-stderr -0 meshq-admit --clock=record "${marks[@]}" --set backpressure.step=0.5 < <(printf '{"kind":"meshq.depth","depth":%s}\n' 1 2 3 4 5 6 7 6 5 4 3 2 1)
	[ "$(edges <<<"$output")" = "$climb_and_fall" ]
	run --separate-stderr -0 meshq-exec --clock=record -j1 "${marks[@]}" --set backpressure.step=0.5 -- true < <(flood 7)
	[ "$(edges <<<"$output")" = "$climb_and_fall" ]
	printf '%s\n' 'arrivals: [ { kind: a, burst: 7 } ]' 'handlers: { default: { duration: 1s } }' >s.yaml
	run --separate-stderr -0 meshq-sim --outcomes "${marks[@]}" --set executor.jobs=1 --set backpressure.step=0.5 s.yaml
	[ "$(edges <<<"$output")" = "$climb_and_fall" ]
}

@test "robust tells every quarter of the level, meshos none" {
	run --separate-stderr -0 meshq-exec --clock=record -j1 --preset robust "${marks[@]}" -- true < <(flood 7)
	[ "$(edges <<<"$output" | head -n 5 | tail -n 4)" = 'asserted 3 0.25
asserted 4 0.5
asserted 5 0.75
asserted 6 1' ]
	run --separate-stderr -0 meshq-exec --clock=record -j1 "${marks[@]}" -- true < <(flood 7)
	[ "$(edges <<<"$output")" = 'asserted 2 0
released 1 0' ]
}

@test "a level that has moved is no edge: counters and a replay have one" {
	meshq-exec --clock=record -j1 "${marks[@]}" --set backpressure.step=0.5 --stats --trace -- true < <(flood 7) >out
	[ "$(jq -r 'select(.kind=="meshq.stats") | "\(.backpressure_asserts) \(.backpressure_releases)"' out)" = '1 1' ]
	run --separate-stderr -0 meshq-sim replay --diff --json out
	[ "$(jq -r 'select(.figure == "asserts") | .recorded' <<<"$output")" = 1 ] || {
		echo "$output"
		false
	}
}

@test "--on-backpressure hears of the level, and of the latest in the end" {
	meshq-exec --clock=record -j1 "${marks[@]}" --set backpressure.step=0.5 --on-backpressure='echo $1 $2 >>hooked' -- true < <(flood 7) >out
	[ "$(head -n 1 hooked)" = 'asserted 0' ]
	[ "$(tail -n 1 hooked)" = 'released 0' ]
	run -1 grep -vxE 'asserted (0|0.5|1)|released 0' hooked
}

@test "a coprocess that asks for it hears of the level, too" {
	printf '%s\n' '#!/usr/bin/perl' '$| = 1; while (<STDIN>) { if (/backpressure/) { open(my $f, ">>", "told"); print $f $_; next } print "ok\n" }' >w
	chmod +x w
	meshq-exec --clock=record -j1 --set 'executor.run.default={as: coprocess, window: 1, backpressure: true}' "${marks[@]}" --set backpressure.step=0.5 -- ./w < <(flood 7) >out
	# What it has not read yet is replaced by what is so.
	jq -r '.meshq | "\(.backpressure) \(.level)"' told >levels
	run -1 grep -vxE 'asserted (0|0.5|1)|released 0' levels
	grep -q 'asserted 0.5' levels
	[ "$(tail -n 1 levels)" = 'released 0' ]
}

# ---- D-3: the path that the reference promised and never wired ----

# A daemon whose optional work holds the disk that all handlers need. It goes on with that work,
# so the queue grows, until it is told of back-pressure: by $1. When it is told that it is over
# it takes the work up again. It ends when it is allowed to.
worker_daemon() {
	cat >indexer <<-'END'
		#!/usr/bin/perl
		use Fcntl ':flock';
		use POSIX ();
		my $way = shift;
		my $state = 'released';

		sub note { open my $f, '>>', 'story' or die; print $f "@_\n" }
		sub rendezvous { open my $f, $_[0], $_[1] or die; $_[0] eq '>' ? print $f "\n" : <$f> }
		sub told {
			if ($way eq 'file') {
				open my $f, '<', $ENV{MESHQ_BACKPRESSURE_FILE} or die;
				chomp(my $level = <$f>);
				$state = $level > 0 ? 'asserted' : 'released';
				select undef, undef, undef, 0.01; # a piece of optional work
			} elsif ($way eq 'line') {
				defined(my $line = <STDIN>) or die 'nobody tells';
				$state = $1 if $line =~ /"backpressure":"(\w+)"/;
			} else {
				POSIX::sigsuspend(POSIX::SigSet->new);
			}
			return $state;
		}

		if ($way eq 'signal') {
			my $both = POSIX::SigSet->new(POSIX::SIGUSR1, POSIX::SIGUSR2);
			POSIX::sigprocmask(POSIX::SIG_BLOCK, $both);
			$SIG{USR1} = sub { $state = 'asserted' };
			$SIG{USR2} = sub { $state = 'released' };
		}
		open my $disk, '>>', 'disk' or die;
		flock $disk, LOCK_EX;
		note 'works';
		rendezvous '>', 'started';
		1 until told eq 'asserted';
		note 'sheds its optional work';
		flock $disk, LOCK_UN;
		1 until told eq 'released';
		note 'works again';
		rendezvous '>', 'resumed';
		rendezvous '<', 'finish';
	END
	chmod +x indexer
	mkfifo started resumed finish
	flood 30 >flood
	: >disk
}

# The input stays open until the daemon works again: its end releases nothing.
producer() {
	read -r _ <started
	cat flood # in one piece, so that all of it is in the queue before the daemon hears of it
	read -r _ <resumed
}

consumer() {
	producer | meshq-exec -j2 --set backpressure.assert_at=10 --set backpressure.release_at=2 "$@" -- flock -s disk true
	echo >finish
}

must_have_come_through() {
	[ "$(<story)" = 'works
sheds its optional work
works again' ]
	[ "$(edges <out | cut -d' ' -f1)" = 'asserted
released' ]
	[ "$(edges <out | head -n 1)" = 'asserted 10 0' ]
	# Nothing was dispatched before the daemon had let go, nothing is missing.
	jq -r 'if .kind == "meshq.backpressure" then .state else .outcome.status end' out >order
	[ "$(head -n 1 order)" = asserted ]
	[ "$(sed '/released/,$d' order | grep -c dispatched)" -ge 28 ]
	[ "$(jq -r '.outcome.status // empty' out | sort | uniq -c | tr -s ' ')" = ' 30 dispatched' ]
}

through_a_pipe() {
	worker_daemon
	run --separate-stderr -0 timeout 60 bash -c "
		$(declare -f producer consumer)
		consumer | tee -p out | meshq-backoff run $2 -- ./indexer $1"
	must_have_come_through
}

@test "D-3: a daemon sheds its optional work by the level in a file, and the queue drains" {
	through_a_pipe file --backpressure-file=level
	[ "$(<level)" = 0 ]
}

@test "D-3: a daemon sheds its optional work by a line on its standard input" {
	through_a_pipe line --backpressure-fd=0
}

@test "D-3: a daemon sheds its optional work by a signal" {
	through_a_pipe signal --backpressure-signals=USR1,USR2
}

# ---- what a daemon is told, and when ----

asserted='{"kind":"meshq.backpressure","state":"asserted","level":0.4}'
told_asserted='{"meshq":{"backpressure":"asserted","level":0.4}}'
told_released='{"meshq":{"backpressure":"released","level":0}}'

@test "the end of the input releases, for good" {
	run --separate-stderr -0 timeout 60 meshq-backoff run --backpressure-fd=0 -- head -n 2 <<<"$asserted"
	[ "$output" = "$told_asserted
$told_released" ]
	[ "$stderr" = '' ]
}

@test "a simulated queue tells a real daemon, level by level" {
	printf '%s\n' 'arrivals: [ { kind: a, burst: 7 } ]' 'handlers: { default: { duration: 1s } }' >s.yaml
	meshq-sim --outcomes "${marks[@]}" --set executor.jobs=1 --set backpressure.step=0.5 s.yaml >sim
	run --separate-stderr -0 timeout 60 meshq-backoff run --backpressure-fd=0 -- head -n 6 <sim
	[ "$(jq -r '.meshq | "\(.backpressure) \(.level)"' <<<"$output")" = "$(edges <sim | cut -d' ' -f1,3)" ]
}

@test "a daemon learns by its environment where to look" {
	mkdir elsewhere
	mkfifo finish
	cat >daemons.yaml <<-'END'
		daemons:
		  telemetry:
		    command: |
		      echo "$MESHQ_BACKPRESSURE_FD"; read -r line <&7; echo "$line"
		      cat "$MESHQ_BACKPRESSURE_FILE"; echo >../finish
		    directory: elsewhere
		    backpressure_fd: 7
		    backpressure_file: level
	END
	{
		echo "$asserted"
		read -r _ <finish # the input stays open
	} | timeout 60 meshq-backoff run -c daemons.yaml >out
	[ "$(<out)" = "7
$told_asserted
0.4" ]
	[ "$(<level)" = 0 ]
}

# Ends badly until it has been told so often.
thrice() {
	mkfifo over
	{
		echo "$asserted"
		read -r _ <over
	} | timeout 60 meshq-backoff run --set backoff.initial=1ms --backpressure-"$1" -- sh -c "$2"
	[ "$(sort told | uniq -c | tr -s ' ')" = " 3 $3" ]
}

@test "one that is started again while asserted is told at once: by a line" {
	thrice fd=0 'read -r line; echo "$line" >>told; [ "$(wc -l <told)" -lt 3 ] && exit 1; echo >over' "$told_asserted"
}

@test "one that is started again while asserted is told at once: by a signal, once it can take it" {
	thrice signals=USR1,USR2 'trap "echo on >>told; [ \$(wc -l <told) -lt 3 ] && exit 1; echo >over; exit 0" USR1
		tail -f /dev/null & wait' on
}

@test "one that does not listen is no trouble" {
	mkfifo over
	{
		for ((i = 0; i < 3000; i++)); do
			printf '{"kind":"meshq.backpressure","state":"asserted","level":0.%d}\n' "$i"
		done
		echo >over
		cat
	} | timeout 60 meshq-backoff run --backpressure-fd=5 --backpressure-signals=USR1,USR2 -- sh -c 'read -r _ <over; exec 5<&-; exit 0'
}

# ---- the control FIFO ----

# With the daemon's standard input and descriptor 3 of bats out of the way.
supervise() {
	timeout 60 meshq-backoff run --control ctl "$@" 3>&- </dev/null &
	supervisor=$!
}

@test "D-3: the hook of meshq-exec tells a daemon by its supervisor's control FIFO" {
	worker_daemon
	supervise --backpressure-fd=0 -- ./indexer line
	timeout 60 bash -c "
		$(declare -f producer consumer)
		consumer --on-backpressure 'cat >ctl/control'" >out
	wait "$supervisor"
	must_have_come_through
}

@test "a record in the control FIFO outlives the end of the input" {
	mkfifo up heard
	supervise --backpressure-fd=0 -- sh -c 'echo >up; read -r a; echo >heard; read -r b; echo "$a$b" >told' 2>warned
	read -r _ <up
	echo '{"kind":"meshq.backpressure","state":"on"}' >ctl/control
	echo "$asserted" >ctl/control
	read -r _ <heard
	echo '{"kind":"meshq.backpressure","state":"released"}' >ctl/control
	wait "$supervisor"
	[ "$(<told)" = "$told_asserted$told_released" ]
	[ "$(<warned)" = 'meshq-backoff: ctl/control:1: byte 38: expected state to be "asserted" or "released"' ]
}

@test "a second supervisor leaves the file of the first alone" {
	mkfifo up heard finish
	supervise --backpressure-file=level -- sh -c 'echo >up; until [ "$(cat level)" = 0.4 ]; do :; done; echo >heard; read -r _ <finish'
	read -r _ <up
	echo "$asserted" >ctl/control
	read -r _ <heard
	run --separate-stderr -75 meshq-backoff run --control ctl --backpressure-file=level -- true </dev/null
	[ "$(<level)" = 0.4 ]
	echo >finish
	wait "$supervisor"
	[ "$(<level)" = 0 ]
}

# ---- what is wrong ----

@test "a bad record is refused with its place, kept, and costs the status; the daemon runs on" {
	printf '%s\n' '{"kind":"meshq.backpressure","state":"asserted","level":2}' '{"kind":"a"}' '{"kind":"meshq.backpressure","level":1}' "$asserted" >news
	run --separate-stderr -65 timeout 60 meshq-backoff run --backpressure-fd=0 --rejects=rejects -- head -n 2 <news
	[ "$output" = "$told_asserted
$told_released" ]
	[ "$stderr" = 'meshq-backoff: -:1: byte 57: expected level to be a number from 0 to 1
meshq-backoff: -:3: byte 39: expected state to be "asserted" or "released"' ]
	[ "$(<rejects)" = "$(sed -n '1p;3p' news)" ]
	printf '%s\n' "$asserted" '{"kind":7}' '{"kind":8}' >news
	run --separate-stderr -65 timeout 60 meshq-backoff run --strict --backpressure-fd=0 -- head -n 2 <news
	[ "$output" = "$told_asserted
$told_released" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "other tools pass on what only a supervisor reads, as it is" {
	bad='{"kind":"meshq.backpressure","level":"high" }'
	run --separate-stderr -0 meshq-exec -- true <<<"$bad"
	[ "$output" = "$bad" ]
	run --separate-stderr -0 meshq-admit <<<"$bad"
	[ "$output" = "$bad" ]
	run --separate-stderr -0 meshq-backoff <<<"$bad"
	[ "$output" = "$bad" ]
}

@test "a file that cannot be written is told of once, and costs the status" {
	run --separate-stderr -74 timeout 60 meshq-backoff run --backpressure-file=no/level -- true <<<"$asserted"
	[ "$stderr" = 'meshq-backoff: true: back-pressure cannot be told: create no/level.new: No such file or directory' ]
}

@test "options of back-pressure that cannot be meant are refused" {
	while IFS='|' read -r option message; do
		run --separate-stderr -64 meshq-backoff run "--backpressure-$option" -- true </dev/null
		[ "$stderr" = "meshq-backoff: $message (see --help)" ] || {
			echo "$option: $stderr"
			false
		}
	done <<-'END'
		fd=1|--backpressure-fd: 1 is not a number from 3 to 1023
		fd=1024|--backpressure-fd: 1024 is not a number from 3 to 1023
		signals=USR1|--backpressure-signals: 'USR1' is not two signals (like USR1,USR2)
		signals=USR1,HOP|--backpressure-signals: 'USR1,HOP' is not two signals (like USR1,USR2)
		signals=TERM,USR1|backpressure_signals: TERM is stop_signal already
	END
	run --separate-stderr -64 meshq-backoff --backpressure-fd=0 </dev/null
	[ "$stderr" = 'meshq-backoff: --backpressure-fd belongs to run (see --help)' ]
	run --separate-stderr -64 meshq-backoff run --once --backpressure-file=level -- true </dev/null
	[[ "$stderr" = *'--once leaves standard input to the daemon'* ]]
	[[ "$stderr" = *'there are --backpressure-fd=0 and --control'* ]]
	run --separate-stderr -0 timeout 60 meshq-backoff run --once --backpressure-fd=0 -- head -n 2 <<<"$asserted"
	[ "$output" = "$told_asserted
$told_released" ]
}
