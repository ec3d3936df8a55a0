# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests on other kernels: Debian 12's, booted in QEMU (kernels.sh). Include from the top Makefile, which sets B, CC
# and CFLAGS. Needs tests/lib, tests/prog, tests/netns and tests/equivalence.
#
# One more program in the guests: append it to E2E_RUNS, '~' before each argument, and to E2E_NEED. The image takes
# along what is named there, xmacvlan, xmacvland, the CNI plugin with host-local, and the modules in image.sh (MODULES:
# veth, macvlan, 8021q, bridge, bonding, ...), which are loaded before the tests. bonding makes no bond0 of itself.

E2E_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
E2E_LINES := 6.1 6.12
E2E_BINS := $(addprefix $(B)/tests/e2e_,lacks dispatcher vlan watch)
E2E_OBJ := $(patsubst $(E2E_DIR)%.c,$(B)/tests/e2e.d/%.o,$(filter-out %.bpf.c,$(wildcard $(E2E_DIR)*.c)))
E2E_COUNT := $(B)/tests/e2e.d/count.skel.h

$(B)/tests/e2e.d/count.bpf.o: $(E2E_DIR)count.bpf.c
	@mkdir -p $(@D)
	@echo "  CLANG   $@"
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(E2E_COUNT): $(B)/tests/e2e.d/count.bpf.o
	@echo "  SKEL    $@"
	$(Q)$(BPFTOOL) gen skeleton $< name count > $@.tmp && mv $@.tmp $@

$(E2E_OBJ): $(B)/tests/e2e.d/%.o: $(E2E_DIR)%.c | $(E2E_COUNT)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS) -iquote include -iquote user -I$(E2E_DIR)../lib -I$(E2E_DIR)../netns -I$(B)/tests/e2e.d $(CFLAGS) -MMD -MP -c -o $@ $<

# Not $(NT_COMMON) and $(XMT_LIB): this file may be read before theirs
$(E2E_BINS): $(B)/tests/e2e_%: $(B)/tests/e2e.d/%.o $(B)/tests/netns.d/nt.o $(B)/tests/netns.d/mark.o \
		$(B)/tests/netns.d/daemon.o $(B)/tests/lib/libxmtest.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lxdp -lbpf -ljansson -lpthread

# Cases by a word of their names, fewer frames and topologies than at home: QEMU translates every instruction
E2E_EQ := $(B)/tests/equivalence~--keep-going~--xmacvlan~$(B)/xmacvlan~--frames~512~--topologies~4
# E2E_FULL=1: all cases of the watcher and of upgrades, some three minutes more
E2E_WATCH := $(B)/tests/netns_watch$(if $(E2E_FULL),,~own-mac) $(B)/tests/netns_watch_groups$(if $(E2E_FULL),,~without) \
	$(B)/tests/netns_upgrade$(if $(E2E_FULL),,~clsact)
# The CNI plugin with Debian's host-local, which image.sh takes along
E2E_CNI_CASES := $(B)/tests/netns_cni~life $(B)/tests/netns_cni~gc
E2E_RUNS := $(E2E_BINS) $(B)/tests/prog_rows $(B)/tests/netns_table~namespace $(B)/tests/netns_table~xdp \
	$(B)/tests/netns_host~modes, $(B)/tests/netns_host~frames $(E2E_WATCH) $(E2E_CNI_CASES) $(E2E_EQ)
E2E_NEED := $(E2E_BINS) $(addprefix $(B)/tests/,prog_rows netns_table netns_host netns_watch netns_watch_groups netns_upgrade netns_cni equivalence) $(B)/xmacvlan $(B)/cni/xmacvlan \
	$(B)/e2e/runs

# For `make check`, '~' between words
E2E_KERNELS := $(E2E_DIR)kernels.sh~$(B)~$(subst $() ,~,$(E2E_LINES))

.PHONY: FORCE
$(B)/e2e/runs: FORCE
	@mkdir -p $(@D)
	$(Q)printf '%s\n' $(foreach r,$(E2E_RUNS),'$(subst ~, ,$(r))') >$@

# Real container runtimes with the CNI plugin (cni/lib.sh), for `make check` too
E2E_CNI := $(addsuffix ~$(B),$(addprefix +$(E2E_DIR)cni/,podman.sh podman-chain.sh podman-faults.sh containerd.sh libcni.sh))

# dist/kubernetes, which installs $(STATIC_BINS)
E2E_KUBERNETES := +$(E2E_DIR)kubernetes.sh~$(B)

.PHONY: check-e2e
check-e2e: deps
	$(Q)$(MAKE) --no-print-directory run-check-e2e

.PHONY: run-check-e2e
run-check-e2e: all static
	$(Q)bash tests/run.sh $(B)/log $(foreach t,$(E2E_CNI) $(E2E_KUBERNETES),'$(subst ~, ,$(t))')

.PHONY: check-kernels
check-kernels: deps
	$(Q)$(MAKE) --no-print-directory run-check-kernels

.PHONY: run-check-kernels
run-check-kernels: $(E2E_NEED)
	$(Q)bash tests/run.sh $(B)/log $(foreach t,$(E2E_KERNELS),'$(subst ~, ,$(t))')

-include $(E2E_OBJ:.o=.d)
