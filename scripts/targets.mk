# The targets people type. Each one first sees to its own set-up (scripts/setup.sh is quick when nothing is missing) and then
# calls make again, because the first reading of the Makefile may have been without a compiler.

PROG    ?=
ARGS    ?=
DISK    ?=
CPUS    ?= 2
MEM     ?= $(if $(filter debian,$(DISK)),512,256)
RING    ?= 0
BOOT    ?= kernel
ACCEL   ?= tcg
SEED    ?= 1
SECONDS ?= 30
MINUTES ?= 60
APPEND  ?=
ONLY    ?=
KEEP    ?=

SETUP   := @scripts/setup.sh
AGAIN   := @$(MAKE) --no-print-directory

# Programs for the guest: user/NAME.c, or user/NAME/*.c; all static with musl, all plain POSIX, all runnable on Linux.
USER_CC     := musl-gcc
USER_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror -static
USER_LIB    := $(wildcard user/lib/*.c user/lib/*.h)
USER_DIRS   := $(filter-out lib,$(patsubst user/%/,%,$(wildcard user/*/)))
PROGRAMS    := $(patsubst user/%.c,$(BUILD)/user/%,$(wildcard user/*.c)) $(USER_DIRS:%=$(BUILD)/user/%)

$(BUILD)/user/%: user/%.c $(USER_LIB)
	@mkdir -p $(@D)
	@echo "  USER    $@"
	@$(USER_CC) $(USER_CFLAGS) -o $@ $< $(filter %.c,$(USER_LIB))

define user_directory
$(BUILD)/user/$(1): $(wildcard user/$(1)/*.c user/$(1)/*.h) $(USER_LIB)
	@mkdir -p $$(@D)
	@echo "  USER    $$@"
	@$(USER_CC) $(USER_CFLAGS) -o $$@ $$(filter %.c,$$^)
endef
$(foreach d,$(USER_DIRS),$(eval $(call user_directory,$(d))))

.PHONY: programs
programs: $(PROGRAMS)

RUN := $(PYTHON) scripts/run.py --build $(BUILD) --prog '$(PROG)' --args '$(subst ','\'',$(ARGS))' --disk '$(DISK)' --cpus $(CPUS) \
	--mem $(MEM) --ring $(RING) --boot $(BOOT) --accel $(ACCEL) --seed $(SEED) --seconds $(SECONDS) --append '$(APPEND)' $(if $(KEEP),--keep)

.PHONY: run run-now
run:
	$(SETUP) $(if $(filter debian,$(DISK)),--debian)
	$(AGAIN) run-now
run-now: $(KERNEL) $(PROGRAMS)
	@$(RUN)

# The root disk of Debian packages (scripts/debian/), and programs on it: make run DISK=debian PROG=/usr/bin/fio ARGS='...'
.PHONY: debian shell shell-now
debian:
	$(SETUP) --debian
	@$(PYTHON) scripts/debian/image.py --build $(BUILD)

shell:
	$(SETUP) --debian
	$(AGAIN) shell-now DISK=debian
shell-now: $(KERNEL)
	@$(RUN) --shell

.PHONY: test test-now
test:
	$(SETUP) --tests
	$(AGAIN) test-now
test-now: $(KERNEL) $(TESTKERNEL) $(PROGRAMS)
	@$(PYTHON) tests/run_tests.py --build $(BUILD) --only '$(ONLY)'

# Debian's programs: scripts, shells, stress programs; what they did on Linux is in tests/debian/expected and stress-ng.linux.
.PHONY: test-debian test-debian-now debian-reference
test-debian:
	$(SETUP) --debian
	$(AGAIN) test-debian-now
test-debian-now: $(KERNEL)
	@$(PYTHON) tests/debian/suite.py --build $(BUILD) --only '$(ONLY)'
debian-reference:
	$(SETUP) --debian
	$(SETUP) --bench
	@$(PYTHON) tests/debian/reference.py --build $(BUILD) --only '$(ONLY)'

TEST    ?= quick
.PHONY: ktest ktest-now
ktest:
	$(SETUP)
	$(AGAIN) ktest-now
ktest-now: $(TESTKERNEL)
	@$(RUN) --kernel $(TESTKERNEL) --append 'test=$(TEST) $(APPEND)'

.PHONY: soak soak-now
soak:
	$(SETUP)
	$(AGAIN) soak-now
soak-now: $(KERNEL) $(PROGRAMS)
	@$(PYTHON) tests/soak.py --build $(BUILD) --minutes $(MINUTES)

# The locking page with what proves each rule: from the sources and the last run of the tests.
REPORT := $(PYTHON) scripts/locking/report/report.py

.PHONY: locking locking-now
locking:
	$(SETUP) --report
	$(AGAIN) locking-now
locking-now: $(GENSTAMP)
	@$(REPORT) page --build $(BUILD)

.PHONY: locking-count locking-count-now
locking-count:
	$(SETUP)
	$(AGAIN) locking-count-now
locking-count-now: $(GENSTAMP)
	@$(REPORT) count --build $(BUILD)

# What Linux's errnos are: user/errnocalls in a guest with Debian's kernel.
.PHONY: errno-reference errno-reference-now
errno-reference:
	$(SETUP) --bench
	$(AGAIN) errno-reference-now
errno-reference-now: $(BUILD)/user/errnocalls
	@$(PYTHON) tests/errno_tests.py --build $(BUILD) --write

ROWS    ?=
.PHONY: bench bench-now bench-count bench-count-now
bench:
	$(SETUP) --bench
	$(AGAIN) bench-now
bench-now: $(KERNEL) $(PROGRAMS)
	@$(PYTHON) tests/bench.py --build $(BUILD) --rows '$(ROWS)'
bench-count:
	$(SETUP) --bench
	$(AGAIN) bench-count-now
bench-count-now: $(KERNEL) $(PROGRAMS)
	@$(PYTHON) tests/bench.py --build $(BUILD) --count --rows '$(ROWS)'

.PHONY: bench-checks bench-checks-now
bench-checks:
	$(SETUP)
	$(AGAIN) CHECKS=0 BUILD=$(BUILD)/nochecks $(BUILD)/nochecks/rowlock.elf
	$(AGAIN) bench-checks-now
bench-checks-now: $(KERNEL) $(PROGRAMS)
	@$(PYTHON) tests/bench_checks.py --build $(BUILD)

.PHONY: iso iso-now
iso:
	$(SETUP)
	$(AGAIN) iso-now
iso-now: $(KERNEL) $(PROGRAMS)
	@scripts/mkiso.sh $(KERNEL) '$(or $(PROG),$(BUILD)/user/stress)' \
		'ring=$(RING) seed=$(SEED) root=/dev/vda rootfstype=ext2 $(APPEND) -- $(or $(ARGS),stress --dir /stress)' $(BUILD)/rowlock.iso
	@echo "iso: $(BUILD)/rowlock.iso boots by GRUB; give it an ext2 disk as the first virtio-blk device"

.PHONY: debug debug-now gdb
debug:
	$(SETUP)
	$(AGAIN) debug-now
debug-now: $(KERNEL) $(PROGRAMS)
	@$(RUN) --gdb
gdb:
	$(SETUP) --tests
	@gdb -q -iex 'set auto-load safe-path /' -ex 'target remote :1234' $(KERNEL)

.PHONY: help
help:
	@echo 'make                    the kernel, build/rowlock.elf'
	@echo 'make run                boot it, verify a real ext2 disk and stress it for 30 seconds, then e2fsck'
	@echo '  PROG=file             a static Linux program to run instead     ARGS="..."  its arguments'
	@echo '  DISK=image            an ext2 image to use (and change)         CPUS=2 MEM=256 (MiB)'
	@echo '  RING=0|3              unikernel, or protected                   BOOT=kernel|grub'
	@echo '  ACCEL=tcg|kvm         how QEMU runs it                          SEED=1 SECONDS=30'
	@echo '  DISK=debian           the disk of Debian packages: PROG=/usr/bin/... is a program on it; KEEP=1 keeps what runs change'
	@echo '  CHECKS=0|1            contract and lock-order checks            APPEND="..." kernel words'
	@echo 'make debian             the root disk of Debian packages: build/debian/debian.img'
	@echo 'make shell              an interactive bash on that disk (Ctrl-] ends it by force)'
	@echo 'make test               all tests, about ten minutes              ONLY=word  only tests named so'
	@echo 'make test-debian        Debian programs: scripts, shells, sqlite3, fio, every stressor of stress-ng, ...   ONLY=word'
	@echo 'make debian-reference   what they do on Debian'"'"'s Linux in the same QEMU: tests/debian/expected, stress-ng.linux'
	@echo 'make ktest TEST=name    in-guest tests by name: quick, slow, all, contract_*, ...'
	@echo 'make soak               the stress programs over all settings     MINUTES=60; results in build/soak.tsv'
	@echo 'make locking            build/locking.html: the locking rules, what proves each, and the lock order; build/locking.tsv'
	@echo 'make locking-count      how many of the rules are implemented, reached, checked, violated'
	@echo 'make errno-reference    tests/expected/errnocalls.txt anew, from a guest with Debian'"'"'s Linux kernel'
	@echo 'make bench              the same binaries here and on Debian'"'"'s Linux kernel in the same QEMU'
	@echo 'make bench-count        the same in instructions per operation, which repeat on a busy machine   ROWS=name,name'
	@echo 'make bench-checks       what the checks cost, in guest instructions'
	@echo 'make iso                build/rowlock.iso, bootable by GRUB'
	@echo 'make debug, make gdb    wait for gdb in one terminal, attach in another'
	@echo 'make LLVM=1             with clang and lld        CROSS_COMPILE=x86_64-linux-gnu-  with a cross compiler'
	@echo 'make clean'
