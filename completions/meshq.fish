# fish completion for meshq and its tools; the options are read from TOOL --help.

function __meshq_options
	$argv[1] --help 2>/dev/null |
		string replace -rf '^ {2,6}(?:-., )?(--[a-z][a-z-]*=?)(\S*) *(.*)' '$1\t$3'
end

# The words of an option such as --clock=real|record, behind it and "=" or a blank.
function __meshq_choices
	set -l token (commandline -ct)
	set -l option (string match -r -- '^--[a-z-]+(?==)' $token)
	set -l before "$option="
	if test -z "$option"
		set option (commandline -opc)[-1]
		set before ''
	end
	set -l words ($argv[1] --help 2>/dev/null | string match -rg -- "^ {2,6}(?:-., )?$option=(\S+)")
	switch "$words"
		case 'WHEN,*'
			set words 'never|soon,fail=|now,fail='
		case '*FILE' ''
			return
	end
	string match -q '*|*' -- $words; and string split '|' -- $words | string replace -r '^' -- $before
end

# Behind "--" stands a command, whose options are not ours.
function __meshq_is_ours
	not contains -- -- (commandline -opc)
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
	complete -c meshq-$tool -a "(__meshq_options meshq-$tool)" -n '__meshq_is_ours; and string match -qr -- "^-[^=]*\$" (commandline -ct)'
	complete -c meshq-$tool -f -a "(__meshq_choices meshq-$tool)" \
		-n "__meshq_is_ours; and count (__meshq_choices meshq-$tool) >/dev/null"
	complete -c meshq-$tool -a "(__meshq_words meshq-$tool)" -n __fish_is_first_token
	complete -c meshq -n "__fish_seen_subcommand_from $tool; and test (count (commandline -opc)) -eq 2" \
		-a "(__meshq_words meshq-$tool)"
	complete -c meshq -f -a "(__meshq_choices meshq-$tool)" \
		-n "__fish_seen_subcommand_from $tool; and __meshq_is_ours; and count (__meshq_choices meshq-$tool) >/dev/null"
	complete -c meshq -n "__fish_seen_subcommand_from $tool; and __meshq_is_ours; and string match -qr -- '^-[^=]*\$' (commandline -ct)" \
		-a "(__meshq_options meshq-$tool)"
end
complete -c meshq -f -n __fish_use_subcommand -a '(__meshq_tools)'
complete -c meshq -f -n __fish_use_subcommand -a 'help version'
