#!/usr/bin/env bats
# The recorded answers of the reference, case by case; see tests/conformance/run.
bats_require_minimum_version 1.5.0

conform() {
	"$BATS_TEST_DIRNAME/../conformance/run" "$1"
}

@test "admit/000" { conform admit/000; }
@test "admit/003" { conform admit/003; }
@test "admit/005" { conform admit/005; }
@test "admit/011" { conform admit/011; }
@test "admit/018" { conform admit/018; }
@test "admit/022" { conform admit/022; }
@test "admit/031" { conform admit/031; }
@test "admit/035" { conform admit/035; }
@test "backoff/000" { conform backoff/000; }
@test "backoff/005" { conform backoff/005; }
@test "backoff/007" { conform backoff/007; }
@test "backoff/013" { conform backoff/013; }
@test "backoff/018" { conform backoff/018; }
@test "backoff/032" { conform backoff/032; }
@test "backoff/034" { conform backoff/034; }
@test "backoff/037" { conform backoff/037; }

@test "every case is listed here" {
	for case in "$BATS_TEST_DIRNAME"/../conformance/*/*.ndjson; do
		case=${case%.ndjson}
		grep -q "conform ${case#*/conformance/};" "$BATS_TEST_FILENAME"
	done
}

# The second answer of the case is until_ms 2500, window_ms 2000.
@test "a wrong answer is noticed, another spelling of a number is not" {
	cp -r "$BATS_TEST_DIRNAME/../conformance" "$BATS_TEST_TMPDIR/c"
	sed -i '2s/2500/2.5e3/' "$BATS_TEST_TMPDIR/c/backoff/000.expected"
	run -0 "$BATS_TEST_TMPDIR/c/run" backoff/000
	sed -i '2s/2.5e3/2500.000001/' "$BATS_TEST_TMPDIR/c/backoff/000.expected"
	run -1 "$BATS_TEST_TMPDIR/c/run" backoff/000
	[[ $output == *"answer 2: got "*"until_ms=2500 window_ms=2000, want "*"until_ms=2500.000001 "* ]]
}
