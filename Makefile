# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# make            build build/xmacvlan (needs no root)
# make deps       install what building and testing need (Debian 12, root)
# make check      deps, build, every test (root)
# make check-kernels   the part of it that boots Debian 12's kernels in QEMU
# make demo       deps, build, a wire, a host and endpoints in namespaces (root)
# make fuzz       fuzz for SECONDS_EACH (600) each harness (docs/fuzzing.md)
# make asan       the command under AddressSanitizer and UBSan, in $(B)/asan
# make bench      measure against the kernel's macvlan (root)
# make static     the programs again, in $(B)/static, without shared libraries (dist/kubernetes)
# Variables: V=1 shows commands, B=DIR builds elsewhere, DESTDIR, PREFIX and CNIBINDIR for install.

B ?= build
PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
CNIBINDIR ?= /opt/cni/bin
MANDIR ?= $(PREFIX)/share/man
VERSION := 0.1.0

CC ?= cc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
Q := $(if $(V),,@)

CFLAGS ?= -O2 -g
override CFLAGS += -std=gnu11 -pthread -D_GNU_SOURCE -Wall -Wextra -Werror
BPF_CFLAGS := -O2 -g -target bpf -Wall -Wextra -Werror -Iinclude -Ibpf -Ivmlinux \
	-I/usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)
DEPFLAGS = -MMD -MP

BPF_NAMES := parent_rx endpoint_rx parent_tx parent_xdp
BPF_OBJS := $(BPF_NAMES:%=$(B)/bpf/%.bpf.o)
SKELS := $(BPF_NAMES:%=$(B)/user/%.skel.h) $(B)/user/maps.skel.h

# The library that the front ends and the tests link: everything below them
ENGINE_SRCS := $(filter-out %_static.c,$(wildcard user/base/*.c user/net/*.c user/pins/*.c user/engine/*.c))
COMMAND_SRCS := $(wildcard user/cli/*.c)
ENGINE_OBJS := $(ENGINE_SRCS:%.c=$(B)/%.o)
WATCHER_SRCS := $(wildcard user/watcher/*.c)
COMMAND_OBJS := $(COMMAND_SRCS:%.c=$(B)/%.o)
WATCHER_OBJS := $(WATCHER_SRCS:%.c=$(B)/%.o)
CNI_SRCS := $(wildcard user/cni/*.c)
CNI_OBJS := $(CNI_SRCS:%.c=$(B)/%.o)
LIBS := -lxdp -lbpf -lmnl -ljansson

.PHONY: all
all: $(B)/xmacvlan $(B)/xmacvland $(B)/cni/xmacvlan

$(B)/bpf/%.bpf.o: bpf/%.bpf.c Makefile
	@mkdir -p $(@D)
	@echo "  CLANG   $@"
	$(Q)$(CLANG) $(BPF_CFLAGS) $(DEPFLAGS) -c $< -o $@

$(B)/user/%.skel.h: $(B)/bpf/%.bpf.o
	@mkdir -p $(@D)
	@echo "  SKEL    $@"
	$(Q)$(BPFTOOL) gen skeleton $< name $* > $@.tmp && mv $@.tmp $@

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CFLAGS) -iquote include -iquote user -I$(B)/user -DXM_VERSION='"$(VERSION)"' $(DEPFLAGS) -c $< -o $@

$(B)/user/pins/objects.o: $(SKELS)

$(B)/libxmacvlan.a: $(ENGINE_OBJS)
	@echo "  AR      $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/xmacvlan: $(COMMAND_OBJS) $(B)/libxmacvlan.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(COMMAND_OBJS) $(B)/libxmacvlan.a $(LIBS) -o $@

$(B)/xmacvland: $(WATCHER_OBJS) $(B)/libxmacvlan.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(WATCHER_OBJS) $(B)/libxmacvlan.a $(LIBS) -o $@

$(B)/cni/xmacvlan: $(CNI_OBJS) $(B)/libxmacvlan.a
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(CNI_OBJS) $(B)/libxmacvlan.a $(LIBS) -o $@

# For machines that have none of the libraries, or another libc
STATIC_BINS := $(addprefix $(B)/static/,xmacvlan xmacvland cni/xmacvlan)
STATIC_LIBS := $(B)/user/net/mnl_static.o -lxdp -lbpf -lelf -lz -ljansson

.PHONY: static
static: $(STATIC_BINS)

$(B)/static/xmacvlan: $(COMMAND_OBJS)
$(B)/static/xmacvland: $(WATCHER_OBJS)
$(B)/static/cni/xmacvlan: $(CNI_OBJS)
$(STATIC_BINS): $(B)/libxmacvlan.a $(B)/user/net/mnl_static.o
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -static $(filter-out %/mnl_static.o %.a,$^) $(B)/libxmacvlan.a $(STATIC_LIBS) -o $@

# --- tests: each tier brings its rules ---
-include $(wildcard tests/*/rules.mk)

.PHONY: deps
deps:
	$(Q)sh tests/deps.sh

# `make check` and `make demo` start where nothing is installed: what the rules above found out about the
# tools is found out again by the second make.
.PHONY: check demo
check demo: deps
	$(Q)$(MAKE) --no-print-directory run-$@

.PHONY: run-demo
run-demo: all
	$(Q)bash tests/demo.sh $(B)/xmacvlan

# `~` stands for a space: a run is a program with its arguments; `+` before it: beside its neighbours
TEST_PROGRAMS := $(UNIT_TESTS) $(FZ_BINS) $(PROG_TESTS) $(NT_BINS) $(EQ_BIN) $(BENCH_BIN) $(E2E_NEED) $(STATIC_BINS)
TEST_RUNS := $(UNIT_TESTS) $(FZ_RUNS) $(PROG_TESTS) $(NT_RUNS) $(EQ_RUNS) \
	env~XMACVLAN_TC=clsact~$(EQ_RUN)~--frames~4000~--topologies~8 $(BENCH_QUICK) $(E2E_CNI) $(E2E_KUBERNETES) $(E2E_KERNELS)

.PHONY: run-check
run-check: all $(TEST_PROGRAMS)
	$(Q)bash tests/run.sh $(B)/log $(foreach t,$(TEST_RUNS),'$(subst ~, ,$(t))')

# What runs the command runs this one by XMACVLAN=$(B)/asan/xmacvlan
.PHONY: asan
asan:
	$(Q)$(MAKE) --no-print-directory B=$(B)/asan \
		CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer' all

.PHONY: install
install: all
	install -D -m 755 $(B)/xmacvlan $(DESTDIR)$(SBINDIR)/xmacvlan
	install -D -m 755 $(B)/xmacvland $(DESTDIR)$(SBINDIR)/xmacvland
	install -D -m 755 $(B)/cni/xmacvlan $(DESTDIR)$(CNIBINDIR)/xmacvlan
	install -D -m 644 docs/xmacvlan.8 $(DESTDIR)$(MANDIR)/man8/xmacvlan.8
	install -D -m 644 docs/xmacvland.8 $(DESTDIR)$(MANDIR)/man8/xmacvland.8

.PHONY: clean
clean:
	rm -rf $(B)

.SECONDARY:
-include $(wildcard $(B)/bpf/*.d $(B)/user/*.d $(B)/user/*/*.d)
