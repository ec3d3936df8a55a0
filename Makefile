# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# make            build build/xmacvlan and the other programs (needs no root)
# make install    install them, manual pages, units, completions, documents; make uninstall
# make deb        Debian packages, in $(B)/deb (docs/packages.md); make rpm
# make deps       install the packages that building and testing need (Debian 12, root)
# make deps-build install what building and `make demo` need
# make check      deps, build, lint, every test (root)
# make check-TIER build and run one tier of the tests: CONTRIBUTING.md lists them
# make check-docker      Debian's dockerd, where that is installed (root)
# make check-docker-trixie     Docker 26 of Debian 13, in a root of its own (root, network)
# make check-podman-netavark   podman 5 of Debian 13, in a root of its own (root, network)
# make check-libvirt     a domain of libvirt, where that is installed (root)
# make check-page        the page of `metrics` in a headless Chromium (root)
# make check-boot        the package in a Debian that boots in QEMU (root, 4 minutes of CPU)
# make check-vm-kernels  guests with other kernels on taps (root)
# make check-netkit-kernels  endpoints of type netkit in full, in QEMU (root, 12 minutes)
# make check-dispatcher-kernels  kills, refusals with libxdp's dispatcher (root, 12 minutes)
# make check-trace-kernels  monitor and trace in QEMU (root, 6 minutes)
# make check-fanout-kernels  the fan-out of group frames in QEMU (root, 8 minutes)
# make check-packages    packages on Debian 12, 13 and arm64, RPM packages (root, an hour)
# make check-portable    other compilers, Debian 13, other architectures (root, an hour)
# make check-newcomer    README.md in fresh roots of Debian 12 and 13 (root, 15 minutes)
# make lint       check the sources: layers, format, tools; make format applies clang-format
# make demo       deps, build, a wire, a host and endpoints in namespaces (root)
# make fuzz       fuzz for SECONDS_EACH (600) each harness (docs/fuzzing.md)
# make asan       the programs under AddressSanitizer and UBSan, in $(B)/asan
# make bench      measure against the kernel's macvlan (root)
# make bench-docker         start latency of containers, beside Docker's macvlan (root, 3 minutes)
# make bench-instructions   count instructions a packet, in QEMU, against their budget
# make static     the programs without shared libraries, in $(B)/static (dist/kubernetes), but for
#                 xmacvlan-metrics, xmacvlan-docker, xmacvlan-dhcp, xmacvlan-trace
# Variables: V=1 shows commands, B=DIR builds elsewhere, WERROR= keeps warnings from being
# errors, HARDENING= and HARDENING_LD= build without hardening (a build with -O0 needs the
# first), CROSS_COMPILE=PREFIX and SYSROOT=DIR build for another architecture. DESTDIR, PREFIX and
# the folders in dist/install.mk are for install.

.DEFAULT_GOAL := all
B ?= build
VERSION := $(file <VERSION)

# A cross build: CROSS_COMPILE=aarch64-linux-gnu- SYSROOT=DIR, where DIR has the libraries and
# headers of that architecture (tests/e2e/sysroot.sh)
CC ?= cc
ifdef CROSS_COMPILE
CC := $(CROSS_COMPILE)gcc $(SYSROOT:%=--sysroot=%)
AR := $(CROSS_COMPILE)ar
endif
# Newer versions of clang print nothing for the first
MULTIARCH := $(or $(shell $(CC) -print-multiarch 2>/dev/null),\
	$(subst -pc-,-,$(shell $(CC) -dumpmachine 2>/dev/null)))
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
PKG_CONFIG ?= $(if $(SYSROOT),PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) \
	PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(MULTIARCH)/pkgconfig) pkg-config
Q := $(if $(V),,@)

WERROR ?= -Werror
CFLAGS ?= -O2 -g
# The same bytes wherever the tree is: debugging information and BTF have paths
PATHS := -ffile-prefix-map=$(CURDIR)=.
# __SANE_USERSPACE_TYPES__: __u64 is unsigned long long on every architecture, for printf()
override CFLAGS += -std=gnu11 -pthread -D_GNU_SOURCE -D__SANE_USERSPACE_TYPES__ -Wall -Wextra \
	$(WERROR) $(PATHS)
# For the programs, not for the tests: sanitizers know neither __read_chk() nor its relatives
HARDENING ?= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
HARDENING_LD ?= -pie -Wl,-z,relro,-z,now
# Linux's headers for MIPS ask for what its compilers define
BPF_MACHINE := $(shell $(CC) -dM -E - </dev/null 2>/dev/null | sed -nE \
	's/^.define (__MIPSE[BL]__|_MIPS_S[A-Z]+|_ABI[A-Z0-9]+) (.*)$$/-D\1=\2/p')
# In the byte order of the machine that CC builds for
BPF_TARGET := $(if $(shell $(CC) -dM -E - </dev/null 2>/dev/null | \
	grep '__BYTE_ORDER__ __ORDER_BIG_ENDIAN__'),bpfeb,bpfel)
BPF_CFLAGS := -O2 -g -target $(BPF_TARGET) -Wall -Wextra $(WERROR) -Iinclude -Ibpf -Ivmlinux \
	$(PATHS) $(BPF_MACHINE) $(SYSROOT:%=--sysroot=%) -I$(SYSROOT)/usr/include/$(MULTIARCH) \
	$(ABI_TEST)
DEPFLAGS = -MMD -MP

BPF_NAMES := parent_rx endpoint_rx endpoint_tx parent_tx parent_xdp fanout_rx fanout_tx
BPF_OBJS := $(BPF_NAMES:%=$(B)/bpf/%.bpf.o)
# The same sources without what few parents use (include/abi.h, XM_USES_FULL)
BPF_PLAIN := parent_rx_plain endpoint_rx_plain
BPF_OBJS += $(BPF_PLAIN:%=$(B)/bpf/%.bpf.o)
SKELS := $(patsubst %,$(B)/user/%.skel.h,$(BPF_NAMES) $(BPF_PLAIN) maps)

# The library that the front ends and the tests link: everything below them
ENGINE_SRCS := $(wildcard $(patsubst %,user/%/*.c,base net pins engine runtime))
COMMAND_SRCS := $(wildcard user/cli/*.c)
ENGINE_OBJS := $(ENGINE_SRCS:%.c=$(B)/%.o)
WATCHER_SRCS := $(wildcard user/watcher/*.c)
COMMAND_OBJS := $(COMMAND_SRCS:%.c=$(B)/%.o)
WATCHER_OBJS := $(WATCHER_SRCS:%.c=$(B)/%.o)
CNI_SRCS := $(wildcard user/cni/*.c)
CNI_OBJS := $(CNI_SRCS:%.c=$(B)/%.o)
NETAVARK_SRCS := $(wildcard user/netavark/*.c)
NETAVARK_OBJS := $(NETAVARK_SRCS:%.c=$(B)/%.o)

METRICS_SRCS := $(wildcard user/metrics/*.c)
METRICS_OBJS := $(METRICS_SRCS:%.c=$(B)/%.o)
# For plugins of Docker
PLUGIN_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard user/plugin/*.c))
DOCKER_SRCS := $(wildcard user/docker/*.c)
DOCKER_OBJS := $(DOCKER_SRCS:%.c=$(B)/%.o)
DHCP_SRCS := $(wildcard user/dhcp/*.c)
DHCP_OBJS := $(DHCP_SRCS:%.c=$(B)/%.o)
$(B)/user/metrics/page.o: $(wildcard user/metrics/page/*)

TOP_SRCS := $(wildcard user/top/*.c)
TOP_OBJS := $(TOP_SRCS:%.c=$(B)/%.o)
TRACE_SRCS := $(wildcard user/trace/*.c)
TRACE_OBJS := $(TRACE_SRCS:%.c=$(B)/%.o)

# pkg-config's flags of the libraries. `make deps` works without them.
PACKAGES := libxdp libbpf libnl-3.0 jansson
LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
LIBS = $(or $(shell $(PKG_CONFIG) --libs $(PACKAGES)),$(error no libraries: make deps))

# $(call exists,LIBRARY): not empty if pkg-config knows it
exists = $(shell $(PKG_CONFIG) --exists $1 2>/dev/null && echo y)

# Only with ncursesw
TOP := $(if $(call exists,ncursesw),$(B)/xmacvlan-top)
STATIC_PROGRAMS := $(B)/xmacvlan $(B)/xmacvland $(B)/cni/xmacvlan $(B)/netavark/xmacvlan $(TOP)
# Only with libmicrohttpd
HTTP := $(call exists,libmicrohttpd)
METRICS := $(if $(HTTP),$(B)/xmacvlan-metrics)
DOCKER := $(if $(HTTP),$(B)/xmacvlan-docker $(B)/xmacvlan-dhcp)
# Only with libpcap
TRACE := $(if $(call exists,libpcap),$(B)/xmacvlan-trace)
PROGRAMS := $(STATIC_PROGRAMS) $(METRICS) $(DOCKER) $(TRACE)
STATIC_BINS := $(STATIC_PROGRAMS:$(B)/%=$(B)/static/%)

.PHONY: all
all: $(PROGRAMS)

$(B)/bpf/%.bpf.o: bpf/%.bpf.c Makefile
	@mkdir -p $(@D)
	@echo "  CLANG   $@"
	$(Q)$(CLANG) $(BPF_CFLAGS) $(DEPFLAGS) -c $< -o $@

$(B)/bpf/%_plain.bpf.o: bpf/%.bpf.c Makefile
	@mkdir -p $(@D)
	@echo "  CLANG   $@"
	$(Q)$(CLANG) $(BPF_CFLAGS) -DXM_PLAIN $(DEPFLAGS) -c $< -o $@

$(B)/user/%.skel.h: $(B)/bpf/%.bpf.o
	@mkdir -p $(@D)
	@echo "  SKEL    $@"
	$(Q)$(BPFTOOL) gen skeleton $< name $* > $@.tmp && mv $@.tmp $@

$(B)/%.o: %.c Makefile VERSION
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS) $(HARDENING) $(CFLAGS) $(LIB_CFLAGS) -iquote include -iquote user \
		$(ABI_TEST) -I$(B)/user -DXM_VERSION='"$(VERSION)"' $(DEPFLAGS) -c $< -o $@

$(B)/user/pins/objects.o: $(SKELS)

$(B)/libxmacvlan.a: $(ENGINE_OBJS)
	@echo "  AR      $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/xmacvlan: $(COMMAND_OBJS)
$(B)/xmacvland: $(WATCHER_OBJS)
$(B)/cni/xmacvlan: $(CNI_OBJS)
$(B)/netavark/xmacvlan: $(NETAVARK_OBJS)
$(B)/xmacvlan-metrics: $(METRICS_OBJS)
$(B)/xmacvlan-docker: $(DOCKER_OBJS) $(PLUGIN_OBJS)
$(B)/xmacvlan-dhcp: $(DHCP_OBJS) $(PLUGIN_OBJS)
$(B)/xmacvlan-metrics $(DOCKER): LIBS += $(shell $(PKG_CONFIG) --libs libmicrohttpd)
$(B)/xmacvlan-top: $(TOP_OBJS)
$(B)/xmacvlan-top: LIBS += $(shell $(PKG_CONFIG) --libs ncursesw)
$(B)/xmacvlan-trace: $(TRACE_OBJS)
$(B)/xmacvlan-trace: LIBS += $(shell $(PKG_CONFIG) --libs libpcap)
$(PROGRAMS): $(B)/libxmacvlan.a
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(HARDENING_LD) $(LDFLAGS) $(filter-out %.a,$^) \
		$(B)/libxmacvlan.a $(LIBS) -o $@

# For machines that have none of the libraries, or another libc. libnl's look-ups of names, which
# nothing here calls, would link glibc's NSS: 0.4 MB, and a warning of the linker for each.
NO_NSS := getaddrinfo getnameinfo getprotobyname getprotobynumber
STATIC_LD := $(if $(filter -pie,$(HARDENING_LD)),-static-pie,-static) \
	$(filter-out -pie,$(HARDENING_LD)) $(NO_NSS:%=-Wl,--defsym=%=abort)
STATIC_LIBS = $(or $(shell $(PKG_CONFIG) --static --libs $(PACKAGES)),\
	$(error no libraries: make deps))

# libmicrohttpd needs p11-kit, libpcap systemd's library: Debian has these as shared ones only
.PHONY: static
static: $(STATIC_BINS)
	@echo "not built without shared libraries: xmacvlan-metrics, xmacvlan-docker," \
		"xmacvlan-dhcp, xmacvlan-trace"

# libelf.a of Debian 13 (elfutils 0.192) calls two functions that it does not have. They make and
# free the tree of elf_getdata_rawchunk(), which libbpf does not call.
LIBELF_LACKS := $(B)/static/libelf_lacks.o
$(LIBELF_LACKS): Makefile
	@mkdir -p $(@D)
	$(Q)printf '__attribute__((weak)) void %s(void) {}\n' eu_search_tree_init \
		eu_search_tree_fini | $(CC) $(HARDENING) $(CFLAGS) -x c -c - -o $@

$(B)/static/xmacvlan: $(COMMAND_OBJS)
$(B)/static/xmacvland: $(WATCHER_OBJS)
$(B)/static/cni/xmacvlan: $(CNI_OBJS)
$(B)/static/netavark/xmacvlan: $(NETAVARK_OBJS)
$(B)/static/xmacvlan-top: $(TOP_OBJS)
$(B)/static/xmacvlan-top: STATIC_LIBS += $(shell $(PKG_CONFIG) --static --libs ncursesw)
$(STATIC_BINS): $(LIBELF_LACKS) $(B)/libxmacvlan.a
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(STATIC_LD) $(LDFLAGS) $(filter-out %.a,$^) \
		$(B)/libxmacvlan.a $(STATIC_LIBS) -o $@

# The programs as if they were a later version of the ABI: 1.1 and 2.0
# (tests/abi_versions/abi_next.h); and of before endpoint_tx
ABI_BUILDS := $(B)/abi-minor $(B)/abi-major $(B)/abi-first
.PHONY: abi-builds $(ABI_BUILDS)
abi-builds: $(ABI_BUILDS)
$(B)/abi-minor: ABI_NEXT := -DXM_ABI_TEST_MINOR=1
$(B)/abi-major: ABI_NEXT := -DXM_ABI_TEST_MAJOR=1
$(B)/abi-first: ABI_NEXT := -DXM_TC_INDEX_ENDPOINT=0
$(ABI_BUILDS):
	$(Q)$(MAKE) --no-print-directory -s B=$@ ABI_TEST='$(ABI_NEXT) -Itests/abi_versions' all

# --- tests: each tier brings its rules ---
# A rules.mk defines NEEDS_TIER, the files that the tier's runs use, and RUNS_TIER, the runs: a
# command a line (tests/run.sh).
define newline


endef
# $(call lines,WORDS,PREFIX): a line for each word
lines = $(foreach word,$1,$2$(word)$(newline))

-include tests/lib/rules.mk $(filter-out tests/lib/rules.mk,$(wildcard tests/*/rules.mk))

# In the order of `make check`. From lint to the end of netns's parallel runs all are side by side,
# and the guests of kernels behind them.
TIERS := unit prog lint kernels vm fuzz install equivalence e2e netns bench
TIER_RUNS := $(TIERS:%=$(B)/tests/%.runs)
# Not in `make check`
EXTRA_TIERS := portable packages newcomer docker docker-trixie podman-netavark libvirt boot page \
	vm-kernels netkit-kernels dispatcher-kernels trace-kernels fanout-kernels
EXTRA_RUNS := $(EXTRA_TIERS:%=$(B)/tests/%.runs)

.PHONY: FORCE
$(TIER_RUNS) $(EXTRA_RUNS): export RUNS = $(RUNS_$(basename $(@F)))
$(TIER_RUNS) $(EXTRA_RUNS): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$RUNS" >$@

$(B)/tests/runs: $(TIER_RUNS)
	@cat $^ >$@

$(foreach tier,$(TIERS),$(eval check-$(tier) run-check: $(NEEDS_$(tier))))
$(foreach tier,$(EXTRA_TIERS),$(eval check-$(tier): $(NEEDS_$(tier))))
CHECK_TIERS := $(patsubst %,check-%,$(TIERS) $(EXTRA_TIERS))
.PHONY: run-check $(CHECK_TIERS)
$(CHECK_TIERS): check-%: $(B)/tests/%.runs
run-check: $(B)/tests/runs
run-check $(CHECK_TIERS):
	$(Q)bash tests/run.sh $(B)/log $(filter $(B)/tests/runs $(B)/tests/%.runs,$^)

.PHONY: deps deps-build
deps:
	$(Q)sh tests/deps.sh
deps-build:
	$(Q)sh tests/deps.sh build

# `make check` and `make demo` begin where nothing is installed: the second make finds the tools,
# and builds with all CPUs unless -j says otherwise
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
.PHONY: check demo
check: deps
demo: deps-build
check demo:
	$(Q)$(MAKE) --no-print-directory $(JOBS) run-$@

.PHONY: run-demo
run-demo: all
	$(Q)bash tests/demo.sh $(B)/xmacvlan

# Tests run this command by XMACVLAN=$(B)/asan/xmacvlan
.PHONY: asan
asan:
	$(Q)$(MAKE) --no-print-directory B=$(B)/asan HARDENING= HARDENING_LD= CFLAGS='-O1 -g \
		-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer' all

include dist/install.mk

.PHONY: clean
clean:
	rm -rf $(B)

.SECONDARY:
-include $(wildcard $(B)/bpf/*.d $(B)/user/*.d $(B)/user/*/*.d)
