#!/bin/sh
# node.sh - what the example handlers share; they read it with `.`.
#
# A node is a directory of $MESH: NODE/chains/ID, NODE/blobs/ID, NODE/heat/ID,
# NODE/daemons/NAME.pid, NODE/avoid/PEER, NODE/state. The leader, oslo, also
# keeps a journal. Every handler gets its record as one line on stdin.
set -eu

# Failed for good: the reason is what stands on stderr.
fail() {
	echo "$*" >&2
	exit 1
}

# Not now: exit 75, and a last line that says when to come back and why.
later() { # MS REASON
	printf '{"meshq":{"retry_after_ms":%s,"reason":"%s"}}\n' "$1" "$2"
	exit 75
}

# field NAME - prints the value of a member.
#
# Enough for the flat records of this sample. Your own handlers may be in any
# language that reads JSON.
field() {
	rest=${record#*\""$1"\":}
	[ "$rest" != "$record" ] || fail "the record has no member '$1'"
	case $rest in
	\"*) rest=${rest#\"} rest=${rest%%\"*} ;;
	\{*) rest=${rest%%\}*}\} ;;
	*) rest=${rest%%[,\}]*} ;;
	esac
	printf '%s\n' "$rest"
}

# name NAME - the same, for a value that becomes a file name and therefore must
# not lead anywhere else.
name() {
	value=$(field "$1")
	case $value in
	'' | .* | */*) fail "'$value' is not a name" ;;
	esac
	printf '%s\n' "$value"
}

# node NAME - the same, for the name of a node that exists.
node() {
	value=$(name "$1")
	[ -d "$MESH/$value" ] || fail "there is no node '$value'"
	printf '%s\n' "$value"
}

# A daemon is named by a string, or by an object with a name in it.
daemon() {
	case $(field daemon) in
	\{*) name name ;;
	*) name daemon ;;
	esac
}

# running PIDFILE - prints the process; false when there is none.
running() {
	read -r pid 2>/dev/null <"$1" && kill -0 "$pid" 2>/dev/null && echo "$pid"
}

# replace FILE TEXT - all or nothing, whatever happens meanwhile.
replace() {
	printf '%s\n' "$2" >"$1.$$" && mv "$1.$$" "$1"
}

# One write, so that records which come together stay whole lines.
append_to_journal() {
	printf '%s\n' "$record" >>"$MESH/oslo/journal"
}

: "${MESH:?names the directory of the nodes}"
IFS= read -r record || [ "$record" ] || fail "no record on stdin"
