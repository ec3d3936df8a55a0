# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# kernels: kernels of Debian, booted in QEMU (kernels.sh). e2e: container runtimes with the CNI
# plugin (cni/lib.sh), requests of Docker (docker.sh) and of netavark (netavark.sh),
# dist/kubernetes, and Prometheus with `xmacvlan metrics`. vm: guests of QEMU on taps (vm.sh). Not
# in `make check`: portable (portable.sh: other compilers, libraries and architectures), vm-kernels
# (vm.sh with the other kernels of E2E_LINES), netkit-kernels (E2E_NETKIT_RUNS), dispatcher-kernels
# (E2E_DISPATCHER_RUNS), trace-kernels (E2E_TRACE_RUNS), docker (dockerd.sh), docker-trixie
# (docker_trixie.sh), podman-netavark (podman_netavark.sh), libvirt (libvirt.sh), boot
# (boot/boot.sh), page (page.sh) and newcomer (newcomer.sh). readme.sh runs the recipes of
# README.md.
# Include from the top Makefile, which sets B, CC and CFLAGS. Needs tests/lib, tests/prog,
# tests/netns and tests/equivalence.
#
# For one more program in the guests add its line to E2E_GUEST_RUNS and its file to
# E2E_GUEST_NEEDS. The image has the programs that the lines name, xmacvlan, xmacvland,
# xmacvlan-trace, the CNI plugin, host-local, and the modules in initramfs.sh (MODULES: veth,
# macvlan, 8021q, bridge, bonding and others), which are loaded before the tests. bonding makes no
# bond0 of itself.

E2E_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
E2E_LINES := 6.1 6.12 unstable
E2E_BINS := $(addprefix $(B)/tests/e2e_,missing_features dispatcher vlan watch nic \
	docker_parents)
E2E_FAKE := $(B)/tests/e2e.d/fake_features.so
E2E_SRCS := $(filter-out %.bpf.c %/fake_features.c,$(wildcard $(E2E_DIR)*.c))
E2E_OBJ := $(patsubst $(E2E_DIR)%.c,$(B)/tests/e2e.d/%.o,$(E2E_SRCS))
E2E_COUNT := $(B)/tests/e2e.d/count.skel.h

$(B)/tests/e2e.d/count.bpf.o: $(E2E_DIR)count.bpf.c
	@mkdir -p $(@D)
	@echo "  CLANG   $@"
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(E2E_COUNT): $(B)/tests/e2e.d/count.bpf.o
	@echo "  SKEL    $@"
	$(Q)$(BPFTOOL) gen skeleton $< name count > $@.tmp && mv $@.tmp $@

$(E2E_FAKE): $(E2E_DIR)fake_features.c
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -shared -o $@ $<

$(E2E_OBJ): $(B)/tests/e2e.d/%.o: $(E2E_DIR)%.c | $(E2E_COUNT)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS) $(XMT_CPPFLAGS) -I$(E2E_DIR)../netns -I$(B)/tests/e2e.d $(CFLAGS) \
		-MMD -MP -c -o $@ $<

$(E2E_BINS): $(B)/tests/e2e_%: $(B)/tests/e2e.d/%.o $(addprefix $(B)/tests/netns.d/,nt.o \
		probe.o daemon.o leftovers.o tracer.o change_call.o) $(XMT_LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lxdp -lbpf -ljansson -lpthread

# A netns test whose endpoints are netkits: skipped on 6.1, which has none
AS_NETKIT := $(E2E_DIR)../netns/as_netkit.sh

# QEMU translates every instruction, so the guests run some cases, by a word of their names,
# with fewer frames and topologies. E2E_FULL=1: all cases of the watcher, of upgrades and of taps,
# about seven minutes more. netns_cni uses Debian's host-local, which initramfs.sh copies.
define E2E_GUEST_RUNS
$(call lines,$(filter-out %_docker_parents,$(E2E_BINS)))
$(B)/tests/prog_rows
$(B)/tests/netns_table namespace
$(B)/tests/netns_table xdp
$(B)/tests/netns_table_passthru namespace
$(B)/tests/netns_table_passthru xdp
$(if $(E2E_FULL),$(B)/tests/netns_table tap)
$(B)/tests/netns_taps $(if $(E2E_FULL),,hypervisor who)
$(B)/tests/netns_taps_frames $(if $(E2E_FULL),,native)
$(B)/tests/netns_taps_offload
$(if $(E2E_FULL),$(B)/tests/netns_taps_hostile)
$(B)/tests/netns_watch_taps $(if $(E2E_FULL),,carrier)
$(B)/tests/netns_host modes,
$(B)/tests/netns_host frames
$(B)/tests/netns_bridge vlan_filtering
$(B)/tests/netns_addresses nested
$(B)/tests/netns_filters lro
$(B)/tests/netns_watch $(if $(E2E_FULL),,own-mac)
$(B)/tests/netns_watch_groups $(if $(E2E_FULL),,without)
$(B)/tests/netns_upgrade $(if $(E2E_FULL),,clsact)
$(B)/tests/netns_cni life
$(B)/tests/netns_cni_gc gc
$(E2E_DIR)readme.sh $(B) vlan
$(B)/tests/equivalence --keep-going --xmacvlan $(B)/xmacvlan --frames 512 --topologies 4
$(B)/tests/equivalence --keep-going --xmacvlan $(B)/xmacvlan --taps --frames 256 --topologies 3
$(B)/tests/netns_netkit life
$(B)/tests/netns_counters netkit
$(AS_NETKIT) $(B)/tests/netns_table namespace
$(B)/tests/equivalence --keep-going --xmacvlan $(B)/xmacvlan --netkit 60 --frames 256 --topologies 2
endef
E2E_GUEST_NEEDS := $(E2E_BINS) $(E2E_FAKE) $(PROGRAMS) $(addprefix $(B)/tests/,prog_rows \
	netns_table netns_table_passthru netns_host netns_bridge netns_addresses netns_filters \
	netns_watch netns_watch_groups netns_upgrade netns_cni netns_cni_gc equivalence \
	netns_taps netns_taps_frames netns_taps_offload netns_taps_hostile netns_watch_taps \
	netns_netkit netns_counters netns_steps netns_stuck netns_errors netns_crash)

$(B)/e2e/runs: export RUNS = $(E2E_GUEST_RUNS)
$(B)/e2e/netkit-runs: export RUNS = $(E2E_NETKIT_RUNS)
$(B)/e2e/dispatcher-runs: export RUNS = $(E2E_DISPATCHER_RUNS)
$(B)/e2e/docker-runs: export RUNS = $(B)/tests/e2e_docker_parents
$(B)/e2e/trace-runs: export RUNS = $(E2E_TRACE_RUNS)
$(B)/e2e/fanout-runs: export RUNS = $(E2E_FANOUT_RUNS)
$(addprefix $(B)/e2e/,runs $(addsuffix -runs,netkit dispatcher docker trace fanout)): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$RUNS" >$@

# Endpoints of type netkit in full, on the kernels that have it
define E2E_NETKIT_RUNS
$(B)/tests/netns_netkit
$(B)/tests/netns_counters
$(call lines,table table_passthru host watch,$(AS_NETKIT) $(B)/tests/netns_)
$(B)/tests/netns_errors netkit
$(B)/tests/netns_steps netkit
$(B)/tests/netns_stuck netkit
$(B)/tests/equivalence --keep-going --xmacvlan $(B)/xmacvlan --netkit 60 --frames 512 --topologies 8
endef
NEEDS_kernels := $(E2E_GUEST_NEEDS) $(B)/e2e/runs

# Commands killed and refused at their calls while libxdp's dispatcher is in use. The kernel has to
# load programs of type EXT, and to have the guard (6.2).
define E2E_DISPATCHER_RUNS
$(B)/tests/netns_errors xdp guard attach detach
$(B)/tests/netns_steps xdp guard attach detach
$(B)/tests/netns_stuck xdp guard attach detach
$(B)/tests/netns_crash parents
endef

# What monitor and trace say. A guest is too slow for the storm: its monitor does not renew its
# place in time.
E2E_TRACE_TESTS := $(addprefix $(B)/tests/netns_,monitor_reasons trace_modes trace monitor)
define E2E_TRACE_RUNS
$(call lines,$(filter-out %_monitor,$(E2E_TRACE_TESTS)))
$(B)/tests/netns_monitor changes looks broken guard
endef

# The fan-out, since Linux 6.3. All group frames go through it in the second run, some in the third.
E2E_FANOUT_EQ := $(B)/tests/equivalence --keep-going --xmacvlan $(B)/xmacvlan --frames 512 \
	--topologies 8
define E2E_FANOUT_RUNS
$(B)/tests/netns_fanout
$(B)/tests/netns_fanout_listeners who lists without
env XMACVLAN_FANOUT=force $(E2E_FANOUT_EQ)
env XMACVLAN_FANOUT=mixed $(E2E_FANOUT_EQ)
endef

# What a guest needs, for another architecture: kernel.sh LINE $(B) ARCH $(SYSROOT)
.PHONY: guest
guest: $(NEEDS_kernels)

RUNS_kernels := background $(E2E_DIR)kernels.sh $(B) $(E2E_LINES)
NEEDS_netkit-kernels := $(E2E_GUEST_NEEDS) $(B)/e2e/netkit-runs
RUNS_netkit-kernels := env E2E_RUNS=$(B)/e2e/netkit-runs \
	$(E2E_DIR)kernels.sh $(B) $(filter-out 6.1,$(E2E_LINES))
NEEDS_dispatcher-kernels := $(E2E_GUEST_NEEDS) $(B)/e2e/dispatcher-runs
RUNS_dispatcher-kernels := env E2E_RUNS=$(B)/e2e/dispatcher-runs \
	$(E2E_DIR)kernels.sh $(B) $(filter-out 6.1,$(E2E_LINES))
NEEDS_trace-kernels := $(E2E_GUEST_NEEDS) $(E2E_TRACE_TESTS) $(B)/e2e/trace-runs
RUNS_trace-kernels := env E2E_RUNS=$(B)/e2e/trace-runs \
	$(E2E_DIR)kernels.sh $(B) $(E2E_LINES)
NEEDS_fanout-kernels := $(E2E_GUEST_NEEDS) $(B)/tests/netns_fanout \
	$(B)/tests/netns_fanout_listeners $(B)/e2e/fanout-runs
RUNS_fanout-kernels := env E2E_RUNS=$(B)/e2e/fanout-runs \
	$(E2E_DIR)kernels.sh $(B) $(filter-out 6.1,$(E2E_LINES))

# kubernetes.sh installs the static programs
define RUNS_e2e
parallel $(E2E_DIR)netavark.sh $(B)
parallel $(E2E_DIR)docker.sh $(B)
parallel $(E2E_DIR)cni/podman.sh $(B)
parallel $(E2E_DIR)cni/podman-chain.sh $(B)
parallel $(E2E_DIR)cni/podman-faults.sh $(B)
parallel $(E2E_DIR)cni/containerd.sh $(B)
parallel $(E2E_DIR)cni/libcni.sh $(B)
parallel $(E2E_DIR)cni/libcni-faults.sh $(B)
parallel $(E2E_DIR)kubernetes.sh $(B)
parallel $(E2E_DIR)metrics.sh $(B)
parallel $(E2E_DIR)migrate.sh $(B)
parallel $(E2E_DIR)pages.sh $(B)
parallel $(E2E_DIR)top.sh $(B)
parallel $(E2E_DIR)apply.sh $(B)
parallel $(E2E_DIR)apply_keywords.sh $(B)
parallel $(E2E_DIR)apply_schema.sh $(B)
parallel $(E2E_DIR)apply_state.sh $(B)
parallel $(E2E_DIR)completion.sh $(B)
parallel $(E2E_DIR)units.sh $(B)
parallel $(E2E_DIR)readme.sh $(B)
parallel $(E2E_DIR)appear.sh $(B)
parallel $(E2E_DIR)portable.sh $(B) clang
endef
NEEDS_e2e := $(PROGRAMS) $(STATIC_BINS)

define RUNS_vm
parallel $(E2E_DIR)vm.sh $(B)
parallel $(E2E_DIR)readme_vm.sh $(B)
endef
NEEDS_vm := $(PROGRAMS)
RUNS_vm-kernels := $(call lines,$(filter-out 6.1,$(E2E_LINES)),$(E2E_DIR)vm.sh $(B) )
NEEDS_vm-kernels := $(PROGRAMS)
RUNS_newcomer := $(call lines,bookworm trixie,$(E2E_DIR)newcomer.sh $(B) )
# Docker itself; and VLAN devices, which not every machine's kernel has, in a guest
define RUNS_docker
$(E2E_DIR)dockerd.sh $(B)
$(E2E_DIR)docker_page.sh $(B)
$(E2E_DIR)migrate.sh $(B) docker
env E2E_RUNS=$(B)/e2e/docker-runs $(E2E_DIR)kernels.sh $(B) 6.12
endef
NEEDS_docker := $(PROGRAMS) $(E2E_FAKE) $(B)/tests/e2e_docker_parents $(B)/e2e/docker-runs
RUNS_docker-trixie := $(E2E_DIR)docker_trixie.sh $(B)
.PHONY: bench-docker
bench-docker: $(PROGRAMS)
	$(Q)$(E2E_DIR)docker_load.sh $(B) $(BENCH_ARGS)
RUNS_podman-netavark := $(E2E_DIR)podman_netavark.sh $(B)
NEEDS_podman-netavark := $(PROGRAMS)
RUNS_libvirt := $(E2E_DIR)libvirt.sh $(B)
RUNS_boot := $(E2E_DIR)boot/boot.sh $(B)
NEEDS_boot := $(PROGRAMS) $(B)/abi-minor
RUNS_page := $(E2E_DIR)page.sh $(B)
NEEDS_page := $(PROGRAMS)
NEEDS_libvirt := $(PROGRAMS)

RUNS_portable := $(call lines,clang debian13 arm64 i386 armhf ppc64el mips64el,\
	$(E2E_DIR)portable.sh $(B) )
check-portable check-newcomer: export XM_TEST_TIMEOUT ?= 5400

-include $(E2E_OBJ:.o=.d)
