#!/usr/bin/env bats
# The configuration as users of any tool see it. See meshq-config(5).
bats_require_minimum_version 1.5.0

setup() {
	top=$BATS_TEST_DIRNAME/../..
	page=$top/man/meshq-config.5
	cd "$BATS_TEST_TMPDIR" || return
	unset MESHQ_CONFIG MESHQ_PRESET
}

print() { meshq-admit --print-config "$@" </dev/null; }

# What --print-config says as PATH=VALUE lines: rules.drain-rate.rate=10.
flat() {
	sed -E 's/ +# .*//; s/^# .*//' | awk '
	/^ *$/ { next }
	/^[a-z]/ { section = $1; sub(/:.*/, "", section); inner = ""; next }
	/^  - name: / { rule = $3; next }
	section == "rules" { sub(/^ */, ""); sub(/: /, "="); print "rules." rule "." $0; next }
	/:$/ { inner = $1; sub(/:/, ".", inner); next }
	!/^    / { inner = "" }
	{ sub(/^ */, ""); sub(/: /, "="); print section "." inner $0 }'
}

@test "every example of meshq-config(5) is good" {
	awk '/^\.Bd/ { getline; if (sub(/^# example: /, "")) { file = $0; next } }
	     /^\.Ed/ { file = "" }
	     file { gsub(/\\e/, "\\"); print > file }' "$page"
	count=0
	for example in *.yaml; do
		print -c "$example" >printed
		grep -q '^rules:' printed
		count=$((count + 1))
	done
	[ "$count" -ge 10 ]
	[ "$count" -eq "$(grep -c '^# example: ' "$page")" ]
}

@test "meshq-config(5) names every setting with its default" {
	awk '/^\.Ss / { section = $2 }
	     /^\.Sh / { section = "" }
	     section && /^\.It Ic / { name = $3 }
	     section && name && match($0, /Default [^,;:]*[^,;:.]/) {
		print section "." name "=" substr($0, RSTART + 8, RLENGTH - 8); name = "" }' "$page" |
		grep -E '^(backpressure|executor|backoff|failures|recovery)\.' | sort >documented
	print | flat | grep -v '^rules' | sort >defaults
	diff documented defaults
	for setting in name kinds window rate per hold key retry_after undo hint on_hold; do
		grep -q "^\.It Ic $setting :" "$page"
	done
	print | flat | sed -n 's/^rules\.[^.]*\.\([^=]*\)=.*/\1/p' | sort -u >used
	[ "$(wc -l <used)" -eq 10 ] # all but the name
}

@test "meshq-config(5) lists what the presets differ in" {
	print --preset meshos | flat | sort >meshos.flat
	print --preset robust | flat | sort >robust.flat
	comm -3 meshos.flat robust.flat | sed 's/^\t//; s/^rules\.//; s/=.*//' | sort -u >differ
	sed -n '/^\.Sh PRESETS/,/^\.Sh FILES/s/^\.It \([a-z][^ ]*\) Ta.*/\1/p' "$page" | sort >listed
	diff differ listed
	while IFS= read -r setting; do
		for preset in meshos robust; do
			value=$(sed -n "s/^\(rules\.\)\{0,1\}$setting=//p" $preset.flat | tr -d '[],')
			grep "^\.It $setting Ta" "$page" | tr -d '[],' | grep -qw -- "${value%% *}"
		done
	done <differ
}

@test "what is printed reads back to the same" {
	for preset in meshos robust; do
		print --preset "$preset" --set executor.jobs=3 >one.yaml
		print -c one.yaml >two.yaml
		diff one.yaml two.yaml
	done
}

@test "the files in share/presets are the presets" {
	for file in "$top"/share/presets/*.yaml; do
		name=$(basename "$file" .yaml)
		diff <(print --preset "$name") <(print --preset meshos -c "$file")
	done
}

@test "a flag beats the environment, and the environment the default" {
	echo 'failures: { ring: 11 }' >env.yaml
	echo 'failures: { ring: 22 }' >flag.yaml
	ring() { print "$@" | flat | sed -n 's/^failures.ring=//p'; }
	[ "$(ring)" = 256 ]
	export MESHQ_CONFIG=env.yaml
	[ "$(ring)" = 11 ]
	[ "$(ring -c flag.yaml)" = 22 ]
	[ "$(ring -c flag.yaml --set failures.ring=33)" = 33 ]
	[ "$(ring --set failures.ring=33 --set failures.ring=44)" = 44 ]
	export MESHQ_PRESET=robust
	print | flat | grep -qx 'backoff.jitter=0.5'
	print --preset meshos | flat | grep -qx 'backoff.jitter=0'
}

@test "a rule of one's own list inherits from its namesake in the preset" {
	cat >own.yaml <<-'EOF'
		rules:
		  - name: pull-cooldown
		    window: 1s
		  - name: mine
		    window: 1s
	EOF
	print -c own.yaml | flat | sed -n '/^rules/p' >rules
	diff rules - <<-'EOF'
		rules.pull-cooldown.kinds=[pull_replica]
		rules.pull-cooldown.window=1s
		rules.pull-cooldown.key=[]
		rules.pull-cooldown.undo=owner
		rules.pull-cooldown.hint=first
		rules.mine.kinds=[]
		rules.mine.window=1s
		rules.mine.key=[]
		rules.mine.undo=owner
		rules.mine.hint=longest
	EOF
}

@test "a wrong file is refused before any input is read: status 78" {
	printf 'rules:\n  - name: chain-window\n    window: fast\n' >site.yaml
	echo '{"kind":"a"}' >input
	for tool in meshq-admit meshq-exec; do
		exec 9<input
		operands=()
		[ "$tool" = meshq-exec ] && operands=(-- true)
		run --separate-stderr -78 "$tool" -c site.yaml "${operands[@]}" <&9
		[ -z "$output" ]
		# shellcheck disable=SC2154 # run sets it
		[ "$stderr" = "$tool: site.yaml:3:5: rules[0].window: 'fast' is not a duration (like 250ms, 1.5s or 2m)" ]
		[ "$(cat <&9)" = '{"kind":"a"}' ]
		exec 9<&-
	done
}

@test "a file that is not there is another matter: status 66" {
	run --separate-stderr -66 meshq-admit -c gone.yaml </dev/null
	[ "$stderr" = "meshq-admit: gone.yaml: No such file or directory" ]
}

@test "an unknown preset is answered with the known ones" {
	run --separate-stderr -78 meshq-admit --preset mesho </dev/null
	[[ $stderr == *"'mesho' is not a preset; did you mean 'meshos'? Known are: meshos, robust" ]]
}

@test "D-15 a rate of nothing must be said in a word" {
	run --separate-stderr -78 meshq-admit --set rules.drain-rate.rate=0 </dev/null
	[ "$stderr" = "meshq-admit: --set: rules.drain-rate.rate: '0' is below 1; 'none' says that nothing is admitted" ]
	run -0 meshq-admit --clock=record --set rules.drain-rate.rate=none <<<'{"id":1,"kind":"migrate_blob","at_ms":5}'
	[[ $output == *'"decision":"defer","rule":"drain-rate"'* ]]
}

@test "D-15 marks that would flap need force" {
	run --separate-stderr -78 meshq-admit --set backpressure.release_at=1000 </dev/null
	[[ $stderr == *"backpressure.release_at: 1000 is not below assert_at (1000)"*"force: true"* ]]
	run -0 print --set backpressure.release_at=1000 --set backpressure.force=true
}

@test "D-4 robust limits migrations for each source node" {
	for preset in meshos robust; do
		for from in a b; do
			for i in 1 2 3 4 5 6 7; do
				echo "{\"id\":\"$from$i\",\"kind\":\"migrate_blob\",\"from\":\"$from\",\"at_ms\":0}"
			done
		done | meshq-admit --clock=record --preset "$preset" >"$preset.out"
	done
	[ "$(grep -c '"decision":"defer"' meshos.out)" -eq 4 ]
	[ "$(grep -c '"decision":"defer"' robust.out)" -eq 0 ]
}
