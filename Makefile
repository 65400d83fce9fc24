# meshq: `make help` lists the targets. Everything that is built goes to build/.

PREFIX     ?= /usr/local
DESTDIR    ?=
CFLAGS     ?= -O2 -g
PKG_CONFIG ?= pkg-config
JOBS       ?= $(shell nproc)
FUZZ_SECONDS ?= 30
SOAK_SEEDS ?= 10000
SOAK_CYCLES ?= 1000
SOAK_MINUTES ?= 30

# SAN=1 builds apart, with ASan and UBSan; WERROR=1 is for CI. Another compiler
# wants another B: make CC=clang B=build/clang.
B        := $(if $(SAN),build/san,build)
COMMA    := ,
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wvla $(if $(WERROR),-Werror)
SANITIZE := $(if $(SAN),-fsanitize=address$(COMMA)undefined -fno-sanitize-recover=all \
            -fno-omit-frame-pointer)

# What the goals need is looked for before anything is built; when all is there
# this says nothing. check, demo, lint and fuzz install what is missing if they may.
GOALS := $(or $(MAKECMDGOALS),all)
NEEDS := $(if $(filter-out clean help setup uninstall,$(GOALS)),build) \
         $(if $(filter check% bench soak-%,$(GOALS)),check) $(if $(filter demo,$(GOALS)),demo) \
         $(if $(filter lint format,$(GOALS)),lint) $(if $(filter fuzz,$(GOALS)),fuzz)
MAY   := $(if $(filter check% demo lint fuzz,$(GOALS)),,--only-tell)
ifneq ($(strip $(NEEDS)),)
ifneq ($(shell CC='$(CC)' scripts/setup $(MAY) $(NEEDS) >&2 || echo failed),)
$(error something is missing, see above)
endif
endif

YAML_CFLAGS := $(shell $(PKG_CONFIG) --cflags yaml-0.1 2>/dev/null)
# libyaml's archive where there is one: a filter starts for every line of a script,
# and a second shared library costs a tenth of its start. A distribution that wants
# the shared one says YAML_LIBS=-lyaml.
YAML_LIBS   := $(or $(filter /%,$(shell $(CC) -print-file-name=libyaml.a 2>/dev/null)), \
               $(shell $(PKG_CONFIG) --libs yaml-0.1 2>/dev/null),-lyaml)

# -ffp-contract=off: a compiler that fuses a * b + c rounds once instead of twice, and
# a simulation with the same seed would give other bytes.
FLAGS := -std=c17 -ffp-contract=off -D_GNU_SOURCE -Ilib $(YAML_CFLAGS) $(WARN) $(SANITIZE) -MMD -MP
LIBS  := $(YAML_LIBS) -lm

LIB_SRC := $(wildcard lib/*/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$B/%.o)
# A tool is cmd/NAME.c, or the folder cmd/NAME, or both.
TOOLS   := $(sort $(patsubst cmd/%.c,%,$(wildcard cmd/*.c)) $(patsubst cmd/%/,%,$(wildcard cmd/*/)))
UNIT    := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*_test.c))
FUZZ    := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*_fuzz.c))
BENCH   := $(patsubst tests/bench/%.c,%,$(wildcard tests/bench/*_bench.c))
BATS    := $(wildcard tests/cli/*.bats)
MAN     := $(wildcard man/*.[1-8])
C_FILES := $(wildcard lib/*/*.[ch] cmd/*.[ch] cmd/*/*.[ch] scripts/*.[ch] tests/*/*.[ch])

# `make V=1` shows the commands.
quiet = $(or $V,$(findstring s,$(firstword -$(MAKEFLAGS))))
say   = $(if $(quiet),,@printf '  %-4s %s\n' $1 $2;)
link  = $(call say,LD,$@)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LIBS) $(LDLIBS)

.PHONY: all unit corpus benches check check-unit check-cli soak soak-spool soak-handlers soak-daemons demo lint \
        format bench fuzz install uninstall setup clean help
.SECONDARY:

all: $(TOOLS:%=$B/bin/%)          ## build the tools into build/bin (the default)
unit: $(UNIT:%=$B/unit/%)
corpus: $(FUZZ:%=$B/fuzz/%)
benches: $(BENCH:%=$B/bench/%)

$B/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$B/libmeshq.a: $(LIB_OBJ)
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

define tool
$B/bin/$1: $(patsubst %.c,$B/%.o,$(wildcard cmd/$1.c cmd/$1/*.c)) $B/libmeshq.a
	@mkdir -p $$(@D)
	$$(link)
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$t)))

$B/unit/%: $B/tests/unit/%.o $B/libmeshq.a
	@mkdir -p $(@D)
	$(link)

# The door between a driver and the engine is watched.
$B/unit/driver_%: private LDFLAGS += -Wl,--wrap=engine_feed,--wrap=engine_poll

$B/fuzz/%: $B/tests/fuzz/%.o $B/tests/fuzz/corpus_main.o $B/libmeshq.a
	@mkdir -p $(@D)
	$(link)

$B/bench/%: $B/tests/bench/%.o $B/libmeshq.a
	@mkdir -p $(@D)
	$(link)

# What tests/bench/run gives the tools to start, built as small as it goes.
$B/bench/noop: tests/bench/noop.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(WARN) -O2 -static -nostdlib -nostartfiles -o $@ $<

$B/bench/reply: tests/bench/reply.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(WARN) -O2 -o $@ $<

# The presets are part of the programs, as trees that need no parsing.
PRESETS := $(sort $(wildcard share/presets/*.yaml))

$B/scripts/presets: $(patsubst %.c,$B/%.o,scripts/presets.c lib/codec/config_yaml.c \
                      lib/sys/exhausted.c $(wildcard lib/base/*.c))
	$(link)

$B/codec/presets.inc: $B/scripts/presets $(PRESETS)
	@mkdir -p $(@D)
	$(call say,GEN,$@)$B/scripts/presets $(PRESETS) >$@.new && mv $@.new $@

$B/lib/codec/presets.o build/libfuzzer/lib/codec/presets.o: private FLAGS += -I$B
$B/lib/codec/presets.o build/libfuzzer/lib/codec/presets.o: $B/codec/presets.inc

check: check-unit check-cli       ## all tests; SAN=1: under ASan and UBSan

check-unit: unit corpus
	prove -j$(JOBS) -e '' $(UNIT:%=$B/unit/%) $(FUZZ:%=$B/fuzz/%)

# Neither what somebody has set for the tools, nor the signals that a service or an
# agent ignores, such as SIGPIPE, nor the jobs of this make are for the tools under test.
unexport $(filter MESHQ_%,$(.VARIABLES)) NO_COLOR COLUMNS CDPATH POSIXLY_CORRECT
TEST := PATH='$(CURDIR)/$B/bin:'"$$PATH" env -u MAKEFLAGS -u MFLAGS --default-signal prove

check-cli: all
	$(TEST) -j$(JOBS) -e 'timeout 600 bats --tap' $(BATS)
	$(TEST) -e '' tests/docs/run-examples

soak: unit                        ## the property tests, SOAK_SEEDS=10000 each, on all cores
	tests/soak/run $B $(SOAK_SEEDS)

soak-spool: all                   ## --spool through SOAK_CYCLES=1000 ends by TERM and KILL
	env --default-signal tests/soak/spool $B $(SOAK_CYCLES)

soak-handlers: all                ## hostile handlers for SOAK_MINUTES=30; with SAN=1 under ASan
	env --default-signal tests/soak/handlers $B $(SOAK_MINUTES)

soak-daemons: all                 ## supervised daemons that do what none should, likewise
	env --default-signal tests/soak/daemons $B $(SOAK_MINUTES)

demo: all                         ## a stream of actions gated, run, retried, accounted for
	share/examples/demo -k $B/demo $B/bin

lint: all                         ## form, layers, names, purity, scripts, manual pages
	tests/lint/run $B

format:                           ## clang-format, in place
	clang-format -i $(C_FILES)

bench: all benches $B/bench/noop $B/bench/reply ## timed loops, and the tools beside their peers
	for b in $(BENCH:%=$B/bench/%); do $$b || exit; done
	if [ -x tests/bench/run ]; then tests/bench/run $B/bin; fi

# The same targets as `make corpus`, with random input: clang's libFuzzer.
F          := build/libfuzzer
FUZZ_FLAGS := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all

$F/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)clang $(FLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<

$F/%_fuzz: $F/tests/fuzz/%_fuzz.o $(LIB_SRC:%.c=$F/%.o)
	$(call say,LD,$@)clang $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

fuzz: $(FUZZ:%=$F/%)              ## libFuzzer, FUZZ_SECONDS=30 a target
	for f in $(FUZZ:%_fuzz=%); do mkdir -p $F/$$f; \
	  $F/$${f}_fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=5 -verbosity=0 -print_final_stats=1 \
	    -artifact_prefix=$F/$$f- $F/$$f tests/fuzz/corpus/$$f || exit; done

INSTALL  := umask 022; install -D -m
TO       := $(DESTDIR)$(PREFIX)
SHARE    := $(TO)/share
BASH_DIR := $(SHARE)/bash-completion/completions
FISH_DIR := $(SHARE)/fish/vendor_completions.d

install: all                      ## into PREFIX=/usr/local, below DESTDIR
	for t in $(TOOLS); do $(INSTALL) 755 $B/bin/$$t '$(TO)'/bin/$$t || exit; done
	for m in $(MAN); do $(INSTALL) 644 $$m '$(SHARE)'/man/man$${m##*.}/$${m##*/} || exit; done
	$(INSTALL) 644 completions/meshq.bash '$(BASH_DIR)/meshq'
	$(INSTALL) 644 completions/_meshq '$(SHARE)/zsh/site-functions/_meshq'
	$(INSTALL) 644 completions/meshq.fish '$(FISH_DIR)/meshq.fish'
	for t in $(filter-out meshq,$(TOOLS)); do \
	  ln -sf meshq '$(BASH_DIR)'/$$t && ln -sf meshq.fish '$(FISH_DIR)'/$$t.fish || exit; done
	mkdir -p '$(SHARE)/meshq' && cp -R share/. '$(SHARE)/meshq/'
	chmod -R a+rX '$(SHARE)/meshq'

uninstall:                        ## what install put there
	for t in $(TOOLS); do \
	  rm -f '$(TO)'/bin/$$t '$(BASH_DIR)'/$$t '$(FISH_DIR)'/$$t.fish || exit; done
	for m in $(MAN); do rm -f '$(SHARE)'/man/man$${m##*.}/$${m##*/} || exit; done
	rm -f '$(SHARE)/zsh/site-functions/_meshq'
	rm -rf '$(SHARE)/meshq'

setup:                            ## look for what all this needs; as root, install it
	scripts/setup build check demo fuzz lint

clean:                            ## remove build/
	rm -rf build

help:                             ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22
	@echo '  make ... V=1 SAN=1 WERROR=1 CC=clang B=build/clang'

-include $(LIB_OBJ:.o=.d) $(LIB_SRC:%.c=$F/%.d) \
         $(wildcard $B/cmd/*.d $B/cmd/*/*.d $B/scripts/*.d $B/tests/*/*.d $F/tests/fuzz/*.d)
