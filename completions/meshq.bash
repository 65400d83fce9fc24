# bash completion for meshq and its tools. What there is to complete is read from
# TOOL --help, so it cannot fall behind the programs.

# The options of a tool, one a line: --quiet, --config=FILE, --clock=real|record.
_meshq_options() {
	"$1" --help 2>/dev/null |
		sed -n '/^Usage/,$ s/^ \{2,6\}\(-., \)\{0,1\}\(--[a-z][a-z-]*\(=[^ ]*\)\{0,1\}\).*/\2/p'
}

# The long spelling of a letter that takes an argument: -c is --config=FILE.
_meshq_long() {
	"$1" --help 2>/dev/null | sed -n "s/^  $2, \(--[a-z-]*=[^ ]*\).*/\1/p"
}

# The words that may stand in the place of the first operand: replay, schedule.
_meshq_words() {
	"$1" --help 2>/dev/null |
		sed -n 's/^\(Usage:\|      \) [^ ]* \(\[OPTION\]\.\.\. \)\{0,1\}\([a-z]\{1,\}\) .*/\3/p' | sort -u
}

_meshq_tools() {
	meshq 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

# The words for the argument of an option such as --clock=real|record.
_meshq_argument() {
	local option=$1 cur=$2

	case $option in
	--halt=*) mapfile -t COMPREPLY < <(compgen -W 'never soon,fail= now,fail=' -- "$cur") ;;
	*=*FILE) compopt -o default 2>/dev/null ;;
	*=*\|*) mapfile -t COMPREPLY < <(compgen -W "$(tr '|' ' ' <<<"${option#*=}")" -- "$cur") ;;
	*=DIR) compopt -o dirnames 2>/dev/null ;;
	*=COMMAND) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
	esac
}

# Completes the last of the words; the first is the tool.
_meshq_tool() {
	local tool=$1 cur=${*: -1} prev='' option=''
	[ $# -lt 2 ] || prev=${*: -2:1}

	# Behind "--" stands a command, whose options are not ours.
	if [[ " ${*:2:$#-2} " == *' -- '* ]]; then
		compopt -o default 2>/dev/null
		[ "$prev" != -- ] || mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		return
	fi

	# bash cuts words at "=", so "--clock=re" comes as three.
	if [ "$cur" = = ]; then
		option=$prev cur=''
	elif [ "$prev" = = ]; then
		option=${*: -3:1}
	else
		option=$prev
	fi
	case $option in
	--*) option=$(_meshq_options "$tool" | grep -e "^$option=") ;;
	-*) option=$(_meshq_long "$tool" "$option") ;;
	*) option='' ;;
	esac
	if [ "$option" ]; then
		_meshq_argument "$option" "$cur"
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_meshq_options "$tool" | sed 's/=.*/=/')" -- "$cur")
		[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
	else
		compopt -o default 2>/dev/null
		[ $# -gt 2 ] || _meshq_first "$(_meshq_words "$tool")" "$cur"
	fi
}

# The words, beside the files that are offered anyway when there are no words.
_meshq_first() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
	[ "${#COMPREPLY[@]}" -gt 0 ] || return 0
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$2")
	compopt -o filenames 2>/dev/null
}

_meshq() {
	local words=("${COMP_WORDS[@]:0:COMP_CWORD+1}")
	COMPREPLY=()

	if [ "${words[0]##*/}" != meshq ]; then
		_meshq_tool "${words[@]}"
	elif [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_meshq_tools) help version --help --version" -- "${words[1]}")
	elif [ "${words[1]}" = help ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_meshq_tools)" -- "${words[2]}")
	else
		_meshq_tool "meshq-${words[1]}" "${words[@]:2}"
	fi
} &&
	complete -F _meshq meshq meshq-admit meshq-exec meshq-backoff meshq-failures meshq-recover meshq-sim
