#!/usr/bin/env bats
# meshq-exec and handlers that do what no handler should.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir h
}

handler() {
	printf '#!/bin/sh\n%s\n' "$2" >"h/$1"
	chmod +x "h/$1"
}

@test "a handler that leaves its process group is ended in its time all the same" {
	cat >h/a <<'PERL'
#!/usr/bin/env perl
setpgrp(0, getpgrp(getppid)) or exit 9;
sleep;
PERL
	chmod +x h/a
	run --separate-stderr -1 timeout 60 meshq-exec -H h --timeout=300ms <<<'{"kind":"a"}'
	[ "$(jq -c '.outcome | [.signal,.reason]' <<<"$output")" = '["TERM","timed out after 300ms"]' ]
}
