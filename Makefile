# Rowlock: build, image, and the commands of everyday use.  `make help` lists them.

SHELL := /bin/bash
MAKEFLAGS += -r
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

BUILD   ?= build
CHECKS  ?= 1
ARCH    := x86_64
PYTHON  ?= /usr/bin/python3

# The tool chain: GNU by default, CROSS_COMPILE=x86_64-linux-gnu- for a cross compiler,
# LLVM=1 for clang and lld.
ifeq ($(LLVM),1)
CC      := clang
LD      := ld.lld
NM      := llvm-nm
OBJCOPY := llvm-objcopy
ifeq ($(shell command -v llvm-nm),)
NM      := nm
OBJCOPY := objcopy
endif
else
ifeq ($(origin CC),default)
CC      := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin LD),default)
LD      := $(CROSS_COMPILE)ld
endif
NM      ?= $(CROSS_COMPILE)nm
OBJCOPY ?= $(CROSS_COMPILE)objcopy
endif

# Everything that goes into objects beside their sources; a change rebuilds them.
CFLAGS := -std=gnu11 -O2 -g -ffreestanding -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
	-fno-pic -fno-pie -fno-stack-protector -fno-strict-aliasing -fno-omit-frame-pointer \
	-fno-common -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections \
	-fno-delete-null-pointer-checks -fwrapv -fcf-protection=none \
	-Wall -Wextra -Werror -Werror=incompatible-pointer-types -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -Wframe-larger-than=2048 -Wvla -Wstrict-prototypes
CFLAGS += -Wno-unused-but-set-variable -Wno-address-of-packed-member
# Without vector registers nothing on a stack needs more than 8 bytes of alignment.
ifeq ($(LLVM),1)
CFLAGS += -mstack-alignment=8
else
CFLAGS += -mpreferred-stack-boundary=3
endif
CPPFLAGS := -I. -I$(BUILD) -DCONFIG_CHECKS=$(CHECKS) -D__KERNEL__

SRCS_C  := $(sort $(shell find boot kernel mm drivers fs net -name '*.c' ! -path 'kernel/vdso/user/*' 2>/dev/null))
SRCS_S  := $(sort $(shell find boot kernel mm drivers fs net -name '*.S' ! -name '*.lds.S' 2>/dev/null))
TESTS_C := $(sort $(wildcard tests/kernel/*.c))
OBJS    := $(SRCS_C:%.c=$(BUILD)/obj/%.o) $(SRCS_S:%.S=$(BUILD)/obj/%.o)
TESTOBJS := $(TESTS_C:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/gen/violations.o

# The operation tables, call wrappers and checks come from the locking document.
GENSRC  := $(wildcard scripts/locking/*.py) fs/locking.rst
GENSTAMP := $(BUILD)/gen/.stamp
GENOBJS := $(BUILD)/obj/gen/contracts.o

KERNEL  := $(BUILD)/rowlock.elf
TESTKERNEL := $(BUILD)/rowlock-test.elf

.PHONY: all
all: $(KERNEL)

$(GENSTAMP): $(GENSRC)
	@mkdir -p $(@D)
	@$(PYTHON) scripts/locking/compile.py fs/locking.rst $(BUILD)/gen
	@touch $@

$(BUILD)/gen/contracts.c $(BUILD)/gen/violations.c: $(GENSTAMP) ;

# No operation is called through a pointer outside the generated wrappers, none is declared outside the page.
CHECKED := $(SRCS_C) $(TESTS_C) $(sort $(shell find boot kernel mm drivers fs net tests/kernel -name '*.h' 2>/dev/null))
$(BUILD)/.direct: $(CHECKED) $(GENSRC) $(BUILD)/.flags
	@mkdir -p $(@D)
	@$(PYTHON) scripts/locking/direct.py -DCONFIG_CHECKS=$(CHECKS) fs/locking.rst $(CHECKED)
	@touch $@

# What the page says holds its numbered rules is there, and each has the test that breaks it.
$(BUILD)/.bound: $(SRCS_C) $(TESTS_C) $(GENSRC)
	@mkdir -p $(@D)
	@$(PYTHON) scripts/locking/bound.py fs/locking.rst $(SRCS_C) $(TESTS_C)
	@touch $@

# Rebuild when a flag changes.
$(BUILD)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS) $(CPPFLAGS)' | cmp -s - $@ || echo '$(CC) $(CFLAGS) $(CPPFLAGS)' > $@
.PHONY: FORCE
FORCE:

$(BUILD)/obj/%.o: %.c $(BUILD)/.flags | $(GENSTAMP)
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/obj/%.o: %.S $(BUILD)/.flags | $(GENSTAMP)
	@mkdir -p $(@D)
	@echo "  AS      $<"
	@$(CC) $(CFLAGS) $(CPPFLAGS) -D__ASSEMBLY__ -MMD -MP -c $< -o $@

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/.flags
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c $< -o $@

# The vDSO: position-independent code that runs in programs, linked by itself and carried in the kernel as bytes.
VDSO_CFLAGS := -std=gnu11 -O2 -ffreestanding -fPIC -fvisibility=hidden -mgeneral-regs-only -fno-stack-protector -fno-common \
	-fasynchronous-unwind-tables -fcf-protection=none -Wall -Wextra -Werror -I.
$(BUILD)/vdso.so: kernel/vdso/user/clock.c kernel/vdso/user/vdso.lds kernel/vdso/vdso_data.h $(BUILD)/.flags
	@mkdir -p $(@D)
	@echo "  VDSO    $@"
	@$(CC) $(VDSO_CFLAGS) -c kernel/vdso/user/clock.c -o $(BUILD)/vdso.o
	@$(LD) -shared -s -soname linux-vdso.so.1 --hash-style=both --eh-frame-hdr -Bsymbolic -z noexecstack -z norelro --no-undefined \
		--build-id=none -T kernel/vdso/user/vdso.lds -o $@ $(BUILD)/vdso.o
$(BUILD)/obj/kernel/vdso/image.o: $(BUILD)/vdso.so
$(BUILD)/obj/kernel/vdso/image.o: CPPFLAGS += -DVDSO_IMAGE='"$(BUILD)/vdso.so"'

$(BUILD)/kernel.lds: boot/kernel.lds.S kernel/x86/layout.h $(BUILD)/.flags
	@$(CC) -E -P -x c $(CPPFLAGS) -D__ASSEMBLER__ -o $@ boot/kernel.lds.S

LDFLAGS := -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=none --gc-sections \
	$(shell $(LD) --no-warn-rwx-segments -v >/dev/null 2>&1 && echo --no-warn-rwx-segments)

# Two links: the symbol table of the first is compiled into the second, behind everything else
# so that no address moves.
define link_kernel
	@echo "  LD      $@"
	@bash scripts/link-kernel.sh $@ $(BUILD)/kernel.lds "$(LD) $(LDFLAGS)" "$(NM)" "$(CC)" $(filter %.o,$^)
endef

$(KERNEL): $(OBJS) $(GENOBJS) $(BUILD)/kernel.lds scripts/link-kernel.sh scripts/kallsyms.py | $(BUILD)/.direct $(BUILD)/.bound
	$(link_kernel)

$(TESTKERNEL): $(OBJS) $(GENOBJS) $(TESTOBJS) $(BUILD)/kernel.lds scripts/link-kernel.sh scripts/kallsyms.py | $(BUILD)/.direct
	$(link_kernel)

-include $(OBJS:.o=.d) $(TESTOBJS:.o=.d) $(GENOBJS:.o=.d)

include scripts/targets.mk

.PHONY: clean
clean:
	rm -rf $(BUILD)
