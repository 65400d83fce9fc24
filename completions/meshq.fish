# fish completion for meshq and its tools; the options are read from TOOL --help.

function __meshq_options
	$argv[1] --help 2>/dev/null |
		string replace -rf '^ {2,6}(?:-., )?(--[a-z][a-z-]*=?)(\S*) *(.*)' '$1\t$3'
end

# The words that may stand in the place of the first operand: replay, schedule.
function __meshq_words
	$argv[1] --help 2>/dev/null |
		string replace -rf '^(?:Usage:|      ) \S+ (?:\[OPTION\]\.\.\. )?([a-z]+) .*' '$1'
end

function __meshq_tools
	meshq 2>/dev/null | string replace -rf '^  ([a-z]+)  +(.*)' '$1\t$2'
end

for tool in (__meshq_tools | string split -f1 \t)
	complete -c meshq-$tool -a "(__meshq_options meshq-$tool)" -n 'string match -q -- "-*" (commandline -ct)'
	complete -c meshq-$tool -a "(__meshq_words meshq-$tool)" -n __fish_is_first_token
	complete -c meshq -n "__fish_seen_subcommand_from $tool; and test (count (commandline -opc)) -eq 2" \
		-a "(__meshq_words meshq-$tool)"
	complete -c meshq -n "__fish_seen_subcommand_from $tool; and string match -q -- '-*' (commandline -ct)" \
		-a "(__meshq_options meshq-$tool)"
end
complete -c meshq -f -n __fish_use_subcommand -a '(__meshq_tools)'
complete -c meshq -f -n __fish_use_subcommand -a 'help version'
