# Builds, tests and installs cnnrun. Finds files, lists none: a plugin is plugins/<kind>/NAME.c, a test
# is tests/unit/test_NAME.c. `make help` prints the targets.
#
# Out of tree: build/ holds the release; build/debug, build/asan, build/tsan, build/coverage stand beside it.

# As many jobs as there are processors, unless -j says otherwise.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

# A command that makes a file prints one short line, `CC core/base/text.c`; V=1 prints the whole command
# instead, and make -s prints neither.
SILENT = $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
say = $(if $(V),,@$(if $(SILENT),,echo '$(1)'; ))

FLAVOUR ?= release
PREFIX ?= /usr/local
DESTDIR ?=
CC = gcc

BUILD := $(if $(filter release,$(FLAVOUR)),build,build/$(FLAVOUR))
OBJ := $(BUILD)/obj

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion -Wundef -Wvla \
  -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wcast-qual -Wformat=2 -Werror
OPT_release := -O3 -g
OPT_debug := -O0 -g3
OPT_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT_tsan := -O1 -g -fsanitize=thread
# Only core is measured: plugins and tests keep their speed.
OPT_coverage = -O2 -g $(if $(filter $(OBJ)/core/%,$@),-O0 --coverage -fprofile-update=atomic)
# Includes name the folder: "base/text.h", "report/html.h".
CPPFLAGS := -Iinclude -iquote core -iquote plugins/command -D_POSIX_C_SOURCE=200809L
CFLAGS = -std=c17 $(WARN) $(OPT_$(FLAVOUR)) -ffp-contract=off -fno-math-errno -pthread
LDLIBS := -lyaml -ljansson -lnettle -lpng -ldl -lm -pthread

ifeq ($(FLAVOUR),coverage)
LDLIBS += --coverage -Wl,--exclude-libs,libgcov.a,--wrap=_exit,--wrap=abort,--wrap=raise,--wrap=execv $(OBJ)/tests/coverage/flush.o
endif

IS_CLANG := $(findstring clang,$(shell $(CC) --version 2>/dev/null))
SANITIZED := $(filter asan tsan,$(FLAVOUR))
# clang does not link its sanitizers' runtime into a .so, so undefined symbols are normal there.
ZDEFS := $(if $(and $(IS_CLANG),$(SANITIZED)),,-Wl,-z,defs)

# libcnnrun is core's folders, less command/, which programs have beside it: options, messages, the
# page. The files beside the folders are the program's.
CORE_OBJ := $(patsubst %.c,$(OBJ)/%.o,$(wildcard core/*.c core/*/*.c))
MAIN_OBJ := $(patsubst %.c,$(OBJ)/%.o,$(wildcard core/*.c))
SHARED_OBJ := $(patsubst %.c,$(OBJ)/%.o,$(wildcard core/command/*.c))
LIB_OBJ := $(filter-out $(MAIN_OBJ) $(SHARED_OBJ),$(CORE_OBJ))
SHARED_LIB := $(OBJ)/command.a
# What programs, commands and tests link.
CORE_LIB := $(SHARED_LIB) $(BUILD)/libcnnrun.a
# A command is plugins/command/NAME.c or the files of plugins/command/NAME/: a program of its own.
COMMAND_SRC := $(wildcard plugins/command/*.c plugins/command/*/*.c)
COMMAND_OBJ := $(COMMAND_SRC:%.c=$(OBJ)/%.o)
COMMANDS := $(sort $(basename $(wildcard plugins/command/*.c)) $(patsubst %/,%,$(dir $(wildcard plugins/command/*/*.c))))
COMMAND_BIN := $(COMMANDS:%=$(BUILD)/%)
command_objects = $(patsubst %.c,$(OBJ)/%.o,$(wildcard $(1).c $(1)/*.c))
PLUGINS := $(filter-out plugins/command/%,$(wildcard plugins/*/*.c))
PLUGIN_SO := $(PLUGINS:plugins/%.c=$(BUILD)/plugins/%.so)
# A plugin whose source says /* isa: avx2 avx512 */ is compiled whole for each of these too.
ISA_avx2 := -mavx2 -mfma
ISA_avx512 := -mavx2 -mfma -mavx512f -mavx512dq -mavx512bw -mavx512vl -mprefer-vector-width=512
isa_of = $(filter avx2 avx512,$(shell sed -n 's@^/\* isa: \([a-z0-9 ]*\) \*/$$@\1@p' $(1)))
ifeq ($(shell uname -m),x86_64)
VARIANT_SO := $(foreach p,$(PLUGINS),$(foreach i,$(call isa_of,$(p)),$(p:plugins/%.c=$(BUILD)/plugins/%.$(i).so)))
endif
UNIT := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT:tests/unit/%.c=$(BUILD)/tests/%)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all
all: $(BUILD)/cnnrun commands plugins kit

BENCH_SRC := $(wildcard tests/bench/*.c)
BENCH_BIN := $(BENCH_SRC:tests/bench/%.c=$(BUILD)/bench/%)
$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,LD $@)$(CC) $(CPPFLAGS) -Iplugins $(CFLAGS) -MMD -MP $< -ldl -lm -o $@
ifeq ($(shell uname -m),x86_64)
BENCH_PEAK := $(BUILD)/bench/bench_peak.avx2 $(BUILD)/bench/bench_peak.avx512
endif
$(BENCH_PEAK): $(BUILD)/bench/bench_peak.%: tests/bench/bench_peak.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,LD $@)$(CC) $(CPPFLAGS) -Iplugins $(CFLAGS) $(ISA_$*) -ffp-contract=fast -MMD -MP -MF $@.d $< -o $@

# The conformance kit, the command `check`; it needs libcheck.
KIT := $(BUILD)/plugins/command/check
KIT_OBJ := $(patsubst %.c,$(OBJ)/%.o,$(wildcard tests/conformance/*.c))
HAVE_CHECK := $(shell pkg-config --exists check 2>/dev/null && echo yes)
# What the kit is tested with: plugins broken on purpose, at -O0 so that no bug is optimised away, and
# good ones.
KIT_BAD_SO := $(patsubst %.c,$(BUILD)/%.so,$(wildcard tests/conformance/bad/*.c))
KIT_GOOD_SO := $(patsubst %.c,$(BUILD)/%.so,$(wildcard tests/conformance/good/*.c))
$(BUILD)/tests/conformance/bad/%.so: tests/conformance/bad/%.c $(BUILD)/flags
	$(call build_plugin,-O0 -Wno-error $(shell sed -n 's@^/\* flags: \(.*\) \*/$$@\1@p' $<))
	@cp $< $(@D)/
$(BUILD)/tests/conformance/good/%.so: tests/conformance/good/%.c $(BUILD)/flags
	$(call build_plugin,)
## conformance-plugins: what `cnnrun check --selftest` needs: plugins broken on purpose, and good ones
.PHONY: conformance-plugins
conformance-plugins: $(KIT_BAD_SO) $(KIT_GOOD_SO)
.PHONY: kit
ifeq ($(HAVE_CHECK),yes)
kit: $(KIT)
else
kit:
	@echo "libcheck is not installed: the conformance kit, and so cnnrun check, is left out"
endif
$(KIT): $(KIT_OBJ) $(CORE_LIB)
	@mkdir -p $(@D)
	$(call say,LD $@)$(CC) $(CFLAGS) $^ $(LDLIBS) $$(pkg-config --libs check) -o $@
$(OBJ)/tests/conformance/rules.o: tests/conformance/CONFORMANCE.md

# The manual page of the rules, from their document.
$(BUILD)/cnnrun-check.7: tests/conformance/CONFORMANCE.md tests/conformance/man.awk
	@mkdir -p $(@D)
	$(call say,GEN $@)awk -f tests/conformance/man.awk $< > $@

# Deleting a plugin's source deletes its .so.
STALE = $(filter-out $(PLUGIN_SO) $(VARIANT_SO),$(wildcard $(BUILD)/plugins/*/*.so))
.PHONY: plugins
plugins: $(PLUGIN_SO) $(VARIANT_SO)
	@$(if $(STALE),rm -f $(STALE))

# Rebuild when the flags change.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDLIBS)' | cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDLIBS)' > $@
.PHONY: FORCE
FORCE:

$(OBJ)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC $<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(SHARED_LIB): $(SHARED_OBJ)
	@rm -f $@
	$(call say,AR $@)$(AR) qcs $@ $^

# Of the library's symbols the public functions alone can be seen.
SONAME := libcnnrun.so.0
$(CORE_OBJ): private CFLAGS += -fPIC -fvisibility=hidden
$(BUILD)/libcnnrun.a: $(LIB_OBJ)
	@rm -f $@
	$(call say,AR $@)$(AR) qcs $@ $^
$(BUILD)/$(SONAME): $(LIB_OBJ)
	$(call say,LD $@)$(CC) $(CFLAGS) -shared -Wl,-soname,$(SONAME) $(ZDEFS) $^ $(LDLIBS) -o $@
$(BUILD)/libcnnrun.so: $(BUILD)/$(SONAME)
	@ln -sfn $(SONAME) $@
.PHONY: library
library: $(BUILD)/libcnnrun.a $(BUILD)/libcnnrun.so
all: library

.PHONY: commands
commands: $(COMMAND_BIN)
	@$(if $(STALE_COMMANDS),rm -f $(STALE_COMMANDS))
STALE_COMMANDS = $(filter-out $(COMMAND_BIN) $(KIT),$(wildcard $(BUILD)/plugins/command/*))
.SECONDEXPANSION:
$(COMMAND_BIN): $(BUILD)/%: $$(call command_objects,$$*) $(CORE_LIB)
	@mkdir -p $(@D)
	$(call say,LD $@)$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

# What commands have beside their main().
COMMAND_LIB := $(OBJ)/commands.a
$(COMMAND_LIB): $(filter-out %/main.o,$(filter-out $(foreach c,$(COMMANDS),$(OBJ)/$(c).o $(OBJ)/$(c)/$(notdir $(c)).o),$(COMMAND_OBJ)))
	@rm -f $@
	$(call say,AR $@)$(AR) qcs $@ $^

# The style and the script of the page are files, made into string literals.
PAGE_OBJ := $(call command_objects,plugins/command/report)
$(OBJ)/plugins/command/report/%.h: plugins/command/report/%
	@mkdir -p $(@D)
	$(call say,GEN $@)sed 's/[\\"]/\\&/g; s/.*/"&\\n",/' $< > $@
$(OBJ)/plugins/command/report/frame.o: CPPFLAGS += -iquote $(OBJ)/plugins/command/report
$(OBJ)/plugins/command/report/frame.o: $(OBJ)/plugins/command/report/style.css.h $(OBJ)/plugins/command/report/sort.js.h

# Beside the program it finds its plugins, and what `cnnrun new` and `cnnrun build` take.
$(BUILD)/cnnrun: $(MAIN_OBJ) $(CORE_LIB)
	@ln -sfnr include $(BUILD)/include
	@ln -sfnr plugins/command/new/templates $(BUILD)/templates
	$(call say,LD $@)$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

# Plugins see include/ only, as an outsider's do. Those compiled for several instruction sets may fuse
# multiply and add.
PLUGIN_CPPFLAGS := -Iinclude -Iplugins -D_POSIX_C_SOURCE=200809L
PLUGIN_CFLAGS = $(CFLAGS) $(if $(call isa_of,$<),-ffp-contract=fast) -fPIC -fvisibility=hidden -shared $(ZDEFS)
plugin_libs = $(shell sed -n 's@^/\* link: \(.*\) \*/$$@\1@p' $<)
define build_plugin
	@mkdir -p $(@D)
	$(call say,SO $<$(if $(2), ($(2))))$(CC) $(PLUGIN_CPPFLAGS) $(PLUGIN_CFLAGS) $(1) -MMD -MP -MT $@ -MF $(@:.so=.d) $< -o $@.tmp $(plugin_libs) -lm
	@mv $@.tmp $@
endef
$(BUILD)/plugins/%.so: plugins/%.c $(BUILD)/flags
	$(call build_plugin,)
$(BUILD)/plugins/%.avx2.so: plugins/%.c $(BUILD)/flags
	$(call build_plugin,$(ISA_avx2),avx2)
$(BUILD)/plugins/%.avx512.so: plugins/%.c $(BUILD)/flags
	$(call build_plugin,$(ISA_avx512),avx512)

$(BUILD)/tests/%: tests/unit/%.c $(COMMAND_LIB) $(CORE_LIB) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,LD $@)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $< $(COMMAND_LIB) $(CORE_LIB) $(LDLIBS) $$(pkg-config --libs check) -o $@

# Plugins broken on purpose, and good ones beside them; and those that crash once a run goes on.
# /* flags: ... */ in a source adds to the flags.
BROKEN_SO := $(patsubst %.c,$(BUILD)/%.so,$(wildcard tests/broken/*.c tests/crash/*.c))
$(BROKEN_SO): $(BUILD)/%.so: %.c $(BUILD)/flags
	$(call build_plugin,$(shell sed -n 's@^/\* flags: \(.*\) \*/$$@\1@p' $<))
$(UNIT_BIN): | $(BROKEN_SO)
$(BUILD)/tests/test_conformance $(BUILD)/tests/test_check_planted: | $(KIT_BAD_SO) $(KIT_GOOD_SO)

# The walk over every point of failure: a shim that is preloaded, and the driver.
SHIM := $(wildcard tests/faults/shim*.c)
WALK_OBJ := $(patsubst %.c,$(OBJ)/%.o,$(filter-out $(SHIM),$(wildcard tests/faults/*.c)))
STOP_SO := $(BUILD)/faults/plugins/stop_at.so
# Neither is sanitized: the shim stands before the sanitizer's own malloc.
PLAIN = $(filter-out -fsanitize% -fno-sanitize%,$(CFLAGS))
$(BUILD)/faults/shim.so: $(SHIM) $(wildcard tests/faults/shim*.h) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,SO $@)$(CC) -D_POSIX_C_SOURCE=200809L $(PLAIN) -fPIC -shared $(SHIM) -ldl -o $@
$(BUILD)/faults/walk: $(WALK_OBJ) $(CORE_LIB)
	@mkdir -p $(@D)
	$(call say,LD $@)$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@
$(STOP_SO): $(BUILD)/faults/plugins/%.so: tests/faults/plugins/%.c $(BUILD)/flags
	$(call build_plugin,)
$(BUILD)/tests/test_faults: | $(BUILD)/faults/shim.so $(BUILD)/faults/walk $(STOP_SO)
.PHONY: faults-programs
faults-programs: $(BUILD)/cnnrun commands plugins $(BUILD)/faults/shim.so $(BUILD)/faults/walk $(STOP_SO)

## faults: fail every allocation and call to the system in turn, release and asan (hours); WALK=... its options
.PHONY: faults faults-walk
faults:
	@$(MAKE) --no-print-directory faults-walk
	@$(MAKE) --no-print-directory FLAVOUR=asan faults-walk
faults-walk: faults-programs
	@$(BUILD)/faults/walk --build $(BUILD) -j $$(nproc) $(WALK)

## kills: kill 200 trainings and 60 experiments at random moments; all must end as if nobody had
.PHONY: kills
kills: faults-programs
	@$(BUILD)/faults/walk --build $(BUILD) --kills 200 --experiment-kills 60 $(WALK)

# First those that take longest, so that none runs alone in the end.
LONG_TESTS := $(foreach t,check_layers check_plugins check_planted experiment faults languages author,$(BUILD)/tests/test_$(t))
.PHONY: unit
unit: $(UNIT_BIN) $(BROKEN_SO) all
	@CNNRUN_BUILD=$(BUILD) RUN_TEST='$(RUN_TEST)' tests/run.sh $(LONG_TESTS) $(filter-out $(LONG_TESTS),$(UNIT_BIN))

# ---- what people type -----------------------------------------------------------------------------

DATA := data/mnist

## run: install what is missing, build, get MNIST, train pipelines/mnist.yaml
.PHONY: run
run:
	@.ci/packages build
	@$(MAKE) --no-print-directory all
	@sh pipelines/data.sh $(DATA); code=$$?; \
	if [ $$code = 4 ] && .ci/packages data; then sh pipelines/data.sh $(DATA); code=$$?; fi; \
	if [ $$code = 0 ]; then \
	  $(BUILD)/cnnrun pipelines/mnist.yaml $(ARGS); \
	elif [ $$code = 4 ]; then \
	  echo "There is no MNIST to be had: training pipelines/synthetic.yaml on drawn digits instead."; \
	  $(BUILD)/cnnrun pipelines/synthetic.yaml $(ARGS); \
	else exit 1; fi

## test: install what is missing, build, run all tests (no network needed once packages are there)
.PHONY: test
test:
	@.ci/packages test
	@$(MAKE) --no-print-directory unit

## asan, tsan: the same tests under AddressSanitizer with UBSan, under ThreadSanitizer
.PHONY: asan tsan
asan tsan:
	@.ci/packages test
	@$(MAKE) --no-print-directory FLAVOUR=$@ unit

## coverage: the tests, and which lines and branches of core/ they reach; needs gcov, which comes with gcc
.PHONY: coverage coverage-run
coverage:
	@.ci/packages test
	@$(MAKE) --no-print-directory FLAVOUR=coverage build/coverage/obj/tests/coverage/flush.o
	@$(MAKE) --no-print-directory FLAVOUR=coverage coverage-run
coverage-run: $(UNIT_BIN) $(BROKEN_SO) all
	@find $(OBJ) -name '*.gcda' -delete
	@$(MAKE) --no-print-directory unit || echo "A test failed: what it would have reached is missing below."
	@sh tests/coverage/coverage.sh $(BUILD)

## damage: every byte that the dynamic linker goes by in a plugin's file changed, > 5,000 files
.PHONY: damage
DAMAGE_PARTS := $(shell seq 0 15)
damage: $(addprefix damage-,$(DAMAGE_PARTS))
damage-%: $(BUILD)/tests/test_plugin_damage all
	@CNNRUN_BUILD=$(BUILD) CNNRUN_DAMAGE=$*/$(words $(DAMAGE_PARTS)) $<

## test-all: the tests, and the kit's own in full: gcc and clang, -O0 to -O3, 20 seeds (half an hour)
.PHONY: test-all
test-all: test
	@$(MAKE) --no-print-directory conformance-plugins
	@sh tests/conformance/matrix.sh

## check-all: cnnrun check --level 5 on every plugin that was built (make test does so on each fourth)
.PHONY: check-all
check-all: all $(BUILD)/tests/test_check_layers $(BUILD)/tests/test_check_plugins
	@CNNRUN_CHECK_ALL=1 CNNRUN_BUILD=$(BUILD) RUN_TEST='$(RUN_TEST)' tests/run.sh $(filter %_layers %_plugins,$^)

## valgrind: the tests under valgrind's memcheck
.PHONY: valgrind
valgrind:
	@.ci/packages test
	@$(MAKE) --no-print-directory FLAVOUR=debug RUN_TEST='$(VALGRIND)' unit
VALGRIND := valgrind -q --error-exitcode=9 --leak-check=full --trace-children=no

## data: put MNIST into data/mnist, checked by SHA-256
.PHONY: data
data:
	@sh pipelines/data.sh $(DATA)

## bench: images per second of pipelines (BENCH="a.yaml b.yaml"), and of the kernels
.PHONY: bench
BENCH := pipelines/mnist.yaml pipelines/mnist32.yaml pipelines/synthetic.yaml
bench: all $(BENCH_BIN) $(BENCH_PEAK)
	@sh tests/bench/bench.sh $(BUILD) $(BENCH)

# cppcheck does not see that CNN_BUG_IF ends the process.
NO_RETURN := --suppress=zerodivcond --suppress=nullPointerRedundantCheck --suppress=ctunullpointer

## lint: warnings of clang and static analysis, formatting, shell scripts
.PHONY: lint
lint:
	@$(MAKE) --no-print-directory CC=clang BUILD=build/clang all
	tests/layers.sh
	clang-format --dry-run -Werror $(SOURCES)
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability --inline-suppr \
	  --suppress=missingIncludeSystem $(NO_RETURN) -Iinclude -Icore -Iplugins/command core/*.c core/*/*.c plugins/command/*.c plugins/command/*/*.c
	shellcheck .ci/run .ci/packages tests/*.sh tests/coverage/*.sh pipelines/*.sh tests/bench/*.sh tests/conformance/*.sh
	shellcheck --shell=bash core/cnnrun.bash
	mandoc -T lint -W warning core/*.[1357]

## format: rewrite sources as .clang-format says
.PHONY: format
format:
	clang-format -i $(SOURCES)
# Public headers and core's are set by hand: their columns carry meaning. Golden numbers are made.
SOURCES = $(wildcard core/*.c core/*/*.c plugins/*/*.[ch] plugins/command/*/*.c tests/unit/*.[ch] tests/faults/*.c tests/faults/plugins/*.c tests/fuzz/*.[ch] tests/bench/*.c tests/conformance/*.[ch])

# ---- fuzzing: tests/fuzz/fuzz_NAME.c, and its files in tests/fuzz/corpus/fuzz_NAME/ ------------------

FUZZ := $(wildcard tests/fuzz/fuzz_*.c)
# Each target replays its files without an engine, as one of the test programs.
REPLAY_BIN := $(FUZZ:tests/fuzz/%.c=$(BUILD)/tests/%)
$(REPLAY_BIN): $(BUILD)/tests/%: tests/fuzz/%.c $(OBJ)/tests/fuzz/replay.o $(COMMAND_LIB) $(CORE_LIB)
	@mkdir -p $(@D)
	$(call say,LD $@)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(filter-out %.h,$^) $(LDLIBS) $(plugin_libs) -o $@
UNIT_BIN += $(REPLAY_BIN)
unit: $(REPLAY_BIN)
-include $(OBJ)/tests/fuzz/replay.d

# With the engine: a flavour of its own, in build/fuzz, whose plugins are instrumented too. They find the
# sanitizers in the program, which exports them.
OPT_fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_BIN := $(FUZZ:tests/fuzz/%.c=$(BUILD)/%)
ifeq ($(FLAVOUR),fuzz)
ZDEFS :=
$(FUZZ_BIN): $(BUILD)/%: tests/fuzz/%.c $(COMMAND_LIB) $(CORE_LIB) $(BUILD)/flags
	$(call say,LD $@)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $< -fsanitize=fuzzer $(COMMAND_LIB) $(CORE_LIB) $(LDLIBS) $(plugin_libs) -rdynamic -o $@
.PHONY: fuzz-programs
fuzz-programs: $(FUZZ_BIN) $(PLUGIN_SO)
-include $(FUZZ_BIN:=.d)
endif

## fuzz: half a minute (FUZZ_SECONDS) of libFuzzer on each reader of files; needs clang
## fuzz-build, fuzz-merge: its programs alone; adds to tests/fuzz/corpus/ what reached new code
.PHONY: fuzz fuzz-build fuzz-merge
FUZZ_SECONDS := 30
FUZZ_NAMES := $(FUZZ:tests/fuzz/%.c=%)
fuzz-build:
	@.ci/packages fuzz
	@$(MAKE) --no-print-directory FLAVOUR=fuzz CC=clang fuzz-programs
fuzz: fuzz-build
	@for f in $(FUZZ_NAMES); do echo "$$f"; mkdir -p build/fuzz/$$f.corpus && \
	  build/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=30 -artifact_prefix=build/fuzz/$$f. \
	    build/fuzz/$$f.corpus tests/fuzz/corpus/$$f || exit 1; done
fuzz-merge: fuzz-build
	@for f in $(FUZZ_NAMES); do mkdir -p build/fuzz/$$f.corpus tests/fuzz/corpus/$$f && \
	  build/fuzz/$$f -merge=1 -max_len=4096 tests/fuzz/corpus/$$f build/fuzz/$$f.corpus || exit 1; done

## install, uninstall: program, library, plugins, headers, cnnrun.pc, manual, completion; PREFIX, DESTDIR
.PHONY: install uninstall
BIN = $(DESTDIR)$(PREFIX)/bin
LIB = $(DESTDIR)$(PREFIX)/lib/cnnrun
HEADERS = $(DESTDIR)$(PREFIX)/include/cnnrun
PC = $(DESTDIR)$(PREFIX)/lib/pkgconfig
MAN = $(DESTDIR)$(PREFIX)/share/man
TEMPLATES = $(DESTDIR)$(PREFIX)/share/cnnrun/templates
COMPLETION = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
# A running training has the program and its plugins mapped: files are made anew (install takes an old
# one away first), never written over.
PAGES = $(wildcard core/*.[1357]) $(BUILD)/cnnrun-check.7
install: all $(BUILD)/cnnrun-check.7
	install -d "$(BIN)" "$(LIB)" "$(HEADERS)" "$(PC)" "$(COMPLETION)" "$(TEMPLATES)"
	install -m 755 $(BUILD)/cnnrun "$(BIN)/cnnrun"
	rm -rf "$(LIB)/plugins" "$(LIB)/cnnrun-page" "$(LIB)/cnnrun-check" # an older version's
	install -d "$(LIB)/plugins/command"
	install -m 755 $(COMMAND_BIN) $(wildcard $(KIT)) "$(LIB)/plugins/command"
	for so in $(PLUGIN_SO:$(BUILD)/%=%) $(VARIANT_SO:$(BUILD)/%=%); do \
	  install -D -m 755 $(BUILD)/$$so "$(LIB)/$$so" || exit 1; done
	install -m 644 include/cnnrun/*.h "$(HEADERS)"
	install -m 644 plugins/command/new/templates/* "$(TEMPLATES)"
	install -m 644 $(BUILD)/libcnnrun.a "$(LIB)/../libcnnrun.a"
	install -m 755 $(BUILD)/$(SONAME) "$(LIB)/../$(SONAME)"
	ln -sfn $(SONAME) "$(LIB)/../libcnnrun.so"
	sed 's@^prefix=.*@prefix=$(PREFIX)@' include/cnnrun.pc > "$(PC)/cnnrun.pc"
	chmod 644 "$(PC)/cnnrun.pc"
	for page in $(PAGES); do \
	  install -D -m 644 $$page "$(MAN)/man$${page##*.}/$${page##*/}" || exit 1; done
	install -m 644 core/cnnrun.bash "$(COMPLETION)/cnnrun"
uninstall:
	rm -rf "$(LIB)" "$(HEADERS)" "$(DESTDIR)$(PREFIX)/share/cnnrun"
	for f in libcnnrun.a libcnnrun.so $(SONAME); do rm -f "$(DESTDIR)$(PREFIX)/lib/$$f"; done
	rm -f "$(BIN)/cnnrun" "$(PC)/cnnrun.pc" "$(COMPLETION)/cnnrun"
	for page in $(notdir $(PAGES)); do rm -f "$(MAN)/man$${page##*.}/$$page"; done

## clean: delete build/ (runs/ and data/ stay)
.PHONY: clean
clean:
	rm -rf build

## help: this text
.PHONY: help
help:
	@echo "make: builds build/cnnrun and build/plugins/"
	@sed -n 's/^## //p' Makefile

-include $(CORE_OBJ:.o=.d) $(COMMAND_OBJ:.o=.d) $(KIT_OBJ:.o=.d) $(PLUGIN_SO:.so=.d) $(VARIANT_SO:.so=.d) $(UNIT_BIN:=.d) $(BROKEN_SO:.so=.d) $(KIT_BAD_SO:.so=.d) $(KIT_GOOD_SO:.so=.d) $(BENCH_BIN:=.d) $(BENCH_PEAK:=.d) $(WALK_OBJ:.o=.d) $(STOP_SO:.so=.d)
