#!/usr/bin/env bats
# meshq-sim: --plot and --report.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	cat >rush.yaml <<-'END'
		seed: 7
		until: 10m
		preset: robust
		rules: []
		executor: { jobs: 2, queue: 1000 }
		backpressure: { assert_at: 50, release_at: 10 }
		arrivals:
		  - { kind: job, poisson: 5/s }
		  - { kind: rush, burst: 100, from: 5m, every: 1h } # a <rush> & more
		handlers:
		  default: { duration: { exponential: 200ms }, outcomes: { fail: 1% } }
		expect:
		  - received > 100
		  - p99_wait < 1ms
	END
}

# Only the tool is on the PATH.
alone() {
	mkdir -p bin
	ln -sf "$(command -v meshq-sim)" bin/meshq-sim
	env PATH="$PWD/bin" "$@"
}

fake_gnuplot() {
	mkdir -p fake
	printf '#!/bin/sh\n%s\n' "$1" >fake/gnuplot
	chmod +x fake/gnuplot
	PATH=$PWD/fake:$PATH
}

@test "--plot FILE.svg draws depth, running, rates and failures, as XML that stands by itself" {
	run -1 meshq-sim rush.yaml --plot rush.svg
	[[ "$output" == *"FAIL  p99_wait"* ]]
	for text in Depth Running "Per second" "Failures per minute" asserted waiting \
		"assert at 50" "release at 10" "rush.yaml, seed 7" "10 min"; do
		grep -qF "<text>$text</text>" rush.svg || { echo "no $text"; false; }
	done
	head -c 6 rush.svg | grep -q '<?xml '
	tail -n 1 rush.svg | grep -q '</svg>'
	run -1 grep -E '<title|xlink|<script' rush.svg
	[ "$(ls)" = "$(printf 'rush.svg\nrush.yaml')" ]
	command -v xmllint >/dev/null || skip "no xmllint: well-formed only as far as grep sees"
	xmllint --noout rush.svg
}

@test "--plot FILE.png is a PNG" {
	run -1 meshq-sim rush.yaml --plot rush.png
	[ "$(head -c 8 rush.png | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
	[ "$(tail -c 8 rush.png | head -c 4)" = IEND ]
}

@test "--plot FILE.txt is text of at most 80 columns" {
	run -1 meshq-sim rush.yaml --plot rush.txt
	[ "$(head -n 1 rush.txt)" = 'depth: = running, * waiting, # while asserted; watermarks' ]
	grep -q '^per second: \* attempts started, @ where some failed$' rush.txt
	grep -q '##' rush.txt
	LC_ALL=C run -1 grep '[^ -~]' rush.txt
	run -1 grep -E ' $|.{81}' rush.txt
}

@test "the same seed gives the same pictures and the same page" {
	for name in svg txt; do
		meshq-sim rush.yaml --plot one.$name --report one.html >/dev/null || true
		meshq-sim rush.yaml --plot two.$name --report two.html >/dev/null || true
		cmp one.$name two.$name
		cmp one.html two.html
	done
}

@test "other formats are refused before anything runs" {
	for name in rush.pdf rush svg .svg rush.svg.gz; do
		run -64 meshq-sim rush.yaml --plot "$name"
		[[ "$output" == "meshq-sim: --plot '$name': the name must end in .svg, .png or .txt"* ]]
		[ "${#lines[@]}" = 1 ]
		[ ! -e "$name" ]
	done
	run -64 meshq-sim rush.yaml --plot ''
	run -64 meshq-sim rush.yaml --sweep executor.jobs=1..2 --plot rush.svg
	[[ "$output" == *"--plot and --report show one run"* ]]
}

@test "without gnuplot there is no picture, and the status is 127 before anything runs" {
	run -127 alone meshq-sim rush.yaml --plot rush.svg
	[ "$output" = "meshq-sim: --plot: gnuplot: not found; install gnuplot-nox" ]
	[ ! -e rush.svg ]
}

@test "without gnuplot the report is written, and says why it has no pictures" {
	run -1 --separate-stderr alone meshq-sim rush.yaml --report rush.html
	[ "$stderr" = "meshq-sim: rush.html: without pictures: gnuplot: not found; install gnuplot-nox" ]
	[[ "$output" == *"FAIL  p99_wait"* ]]
	[[ "$(<rush.html)" == *"No pictures: gnuplot: not found; install gnuplot-nox"* ]]
	[[ "$(<rush.html)" != *"<svg"* ]]
	[[ "$(<rush.html)" == *"</html>" ]]
	run -1 --separate-stderr alone meshq-sim -q rush.yaml --report rush.html
	[ "$stderr" = "" ]
}

@test "a gnuplot that fails is told with what it said, and leaves what was there" {
	fake_gnuplot 'echo half of it; echo "line 7: no such terminal" >&2; exit 1'
	echo before >rush.svg
	run -71 meshq-sim rush.yaml --plot rush.svg
	[[ "$output" == *"meshq-sim: rush.svg: gnuplot: exit status 1: line 7: no such terminal"* ]]
	[ "$(<rush.svg)" = before ]
	run -71 meshq-sim rush.yaml --report rush.html
	grep -qF 'No pictures: gnuplot: exit status 1: line 7: no such terminal' rush.html
	fake_gnuplot 'kill -9 $$'
	run -71 meshq-sim rush.yaml --plot rush.svg
	[[ "$output" == *"gnuplot: killed by signal 9"* ]]
	fake_gnuplot 'echo this is no picture'
	run -71 meshq-sim rush.yaml --plot rush.svg
	[[ "$output" == *"gnuplot: it has drawn nothing"* ]]
	[ "$(<rush.svg)" = before ]
	[ ! -e rush.svg.new ]
}

@test "the user's own settings of gnuplot change nothing" {
	meshq-sim rush.yaml --plot one.svg >/dev/null || true
	echo 'set title "mine"; set logscale y' >.gnuplot
	HOME=$PWD XDG_CONFIG_HOME=$PWD GNUTERM=dumb meshq-sim rush.yaml --plot two.svg >/dev/null || true
	cmp one.svg two.svg
}

@test "a file that cannot be made is 73 before anything runs, a full disk is 74" {
	run -73 meshq-sim rush.yaml --plot missing/rush.svg
	[ "$output" = "meshq-sim: create missing/rush.svg: No such file or directory" ]
	run -73 meshq-sim rush.yaml --report missing/rush.html
	mkdir folder.svg
	run -73 meshq-sim rush.yaml --plot folder.svg
	ln -s /dev/full full.svg
	run -74 meshq-sim rush.yaml --plot full.svg
	[[ "$output" == *"meshq-sim: write full.svg: No space left on device"* ]]
	run -74 meshq-sim rush.yaml --report /dev/full
	[[ "$output" == *"meshq-sim: write /dev/full: No space left on device"* ]]
}

@test "--report is one page with all that has come of it, and needs nothing else" {
	run -1 meshq-sim rush.yaml --report rush.html
	for text in '<h1>rush.yaml</h1>' 'Fail: 1 of 2 expectations is not met' \
		'<code>received &gt; 100</code>' '<code>p99_wait &lt; 1ms</code>' \
		'<th scope="row">rush</th>' '<code>p999</code>' '<code>utilization</code>' \
		'# a &lt;rush&gt; &amp; more' 'assert_at: 50' 'var(--waiting)' \
		'prefers-color-scheme:dark' '<text>Failures per minute</text>'; do
		grep -qF "$text" rush.html || { echo "no $text"; false; }
	done
	[ "$(grep -c '<svg viewBox=' rush.html)" = 2 ]
	run -1 grep -nE 'http|url\(|src=|<script|@import| id=|rgb\(' rush.html
	command -v xmllint >/dev/null || skip "no xmllint: well-formed only as far as grep sees"
	xmllint --noout rush.html
}

@test "a report has every figure" {
	meshq-sim rush.yaml --report rush.html --json >run || true
	jq -r 'keys[] | select(. != "kinds" and . != "duration_ms") |
		select(test("_(wait|run|latency)_ms$|^(kind|seed|at_ms)$") | not) | sub("_ms$"; "")' run >names
	[ "$(wc -l <names)" -ge 26 ]
	while read -r name; do
		grep -qF "<code>$name</code>" rush.html || { echo "no $name"; false; }
	done <names
}

@test "a report goes where one can only write, too" {
	meshq-sim rush.yaml --report /dev/stderr 2>&1 >/dev/null | tail -n 1 | grep -q '</html>'
	meshq-sim rush.yaml --report >(cat >page) >/dev/null || true
	wait $!
	grep -q '</html>' page
}

@test "records and pictures of one run go together" {
	printf '{"kind":"a","at_ms":%d}\n' 1000 2000 3000 >day.ndjson
	: >model.yaml
	run -0 --separate-stderr meshq-sim --handlers model.yaml day.ndjson --plot day.txt --report day.html
	[ "${#lines[@]}" = 3 ]
	grep -q 'depth: = running' day.txt
	grep -qF '<h1>model.yaml</h1>' day.html
}
