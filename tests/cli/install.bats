#!/usr/bin/env bats
# Setting up, installing, uninstalling.

bats_require_minimum_version 1.5.0

top=$BATS_TEST_DIRNAME/../..

bare() { # COMMAND...: runs it where nearly nothing is installed
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	for tool in sh id; do
		ln -sf "$(command -v "$tool")" "$BATS_TEST_TMPDIR/bin/$tool"
	done
	PATH=$BATS_TEST_TMPDIR/bin "$@"
}

@test "setup says nothing when nothing is missing" {
	run -0 "$top/scripts/setup" build check
	[ -z "$output" ]
}

@test "setup prints the one command that brings what is missing" {
	run -1 bare "$top/scripts/setup" --only-tell build check
	[ "${lines[0]}" = "setup: missing: build-essential pkg-config libyaml-dev perl bats jq gnuplot-nox" ]
	[[ ${lines[1]} == *"type: "*"apt-get install -y --no-install-recommends build-essential pkg-config libyaml-dev perl bats jq gnuplot-nox" ]]
	[ "${#lines[@]}" = 2 ]
}

@test "setup does not guess what an unknown part needs" {
	run -64 "$top/scripts/setup" everything
}

@test "what is installed works in its place, and uninstall takes all of it away" {
	cd "$top"
	umask 077
	make -s install DESTDIR="$BATS_TEST_TMPDIR/a root" PREFIX=/usr
	usr="$BATS_TEST_TMPDIR/a root/usr"
	for tool in meshq meshq-admit meshq-exec meshq-backoff meshq-failures meshq-recover meshq-sim; do
		[ -x "$usr/bin/$tool" ]
		[ -r "$usr/share/man/man1/$tool.1" ]
		[ -r "$usr/share/bash-completion/completions/$tool" ]
		[ -r "$usr/share/fish/vendor_completions.d/$tool.fish" ]
	done
	[ -r "$usr/share/man/man7/meshq.7" ]
	[ -r "$usr/share/meshq/presets/meshos.yaml" ]
	[ -z "$(find "$usr" ! -type l ! -perm -044)" ] # everybody may read it
	cd "$BATS_TEST_TMPDIR"
	run -0 env PATH=/usr/bin:/bin "$usr/bin/meshq" admit <<<'{"kind":"x"}'
	[[ $output == '{"kind":"x","id":1,'* ]]
	make -s -C "$top" uninstall DESTDIR="$BATS_TEST_TMPDIR/a root" PREFIX=/usr
	[ -z "$(find "$usr" ! -type d)" ]
}
