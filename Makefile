# meshq: `make help` lists the targets. Everything that is built goes to build/.

VERSION  = 0.1.0
PREFIX   ?= /usr/local
DESTDIR  ?=
CFLAGS   ?= -O2 -g

# SAN=1 builds apart, with ASan and UBSan; WERROR=1 is for CI.
B        := $(if $(SAN),build/san,build)
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wvla $(if $(WERROR),-Werror)
COMMA    := ,
SANITIZE := $(if $(SAN),-fsanitize=address$(COMMA)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
FLAGS    := -std=c17 -D_GNU_SOURCE -Ilib $(WARN) $(SANITIZE) -MMD -MP
LIBS     := -lyaml

LIB_SRC  := $(wildcard lib/*/*.c)
LIB_OBJ  := $(LIB_SRC:%.c=$B/%.o)
TOOLS    := $(patsubst cmd/%.c,%,$(wildcard cmd/*.c))
UNIT     := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*_test.c))

.PHONY: all unit check check-unit check-cli setup demo lint format bench fuzz install uninstall clean help
.SECONDARY:

all: $(TOOLS:%=$B/bin/%)

unit: $(UNIT:%=$B/unit/%)

$B/libmeshq.a: $(LIB_OBJ)
	rm -f $@
	$(AR) rcs $@ $^

$B/bin/%: $B/cmd/%.o $B/libmeshq.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LIBS) $(LDLIBS)

$B/unit/%: $B/tests/unit/%.o $B/libmeshq.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LIBS) -lm $(LDLIBS)

$B/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The presets are part of the programs.
$B/lib/codec/presets.o: $(wildcard share/presets/*.yaml)

check: all unit check-unit check-cli

check-unit: unit
	prove -e '' $(UNIT:%=$B/unit/%)

check-cli: all
	$(if $(wildcard tests/cli/*.bats),PATH="$(CURDIR)/$B/bin:$$PATH" prove -e 'bats --tap' tests/cli)

clean:
	rm -rf build

-include $(LIB_OBJ:.o=.d) $(TOOLS:%=$B/cmd/%.d) $(UNIT:%=$B/tests/unit/%.d)
