# For the tests of meshq-exec: handlers in the folder h of a test.

# handler NAME SCRIPT: an executable of the handlers' directory.
handler() {
	printf '#!/bin/sh\n%s\n' "$2" >"h/$1"
	chmod +x "h/$1"
}
