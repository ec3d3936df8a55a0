# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tests with real traffic (root). Include from the top Makefile, which sets B, CC, CFLAGS and
# lines, after tests/lib/rules.mk. One program: make build/tests/netns_tcp &&
# build/tests/netns_tcp [CASE]

NT_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
NT_NAMES := table parents bridge others beside traffic tcp xdp host drops filters refuse pins \
	scale crash steps batch errors parallel locks readers reuse reuse_parent watch \
	watch_move watch_groups watch_log pin_root upgrade caps caps_kept storm leaks broken \
	stuck
NT_NAMES += watch_announce watch_cni
NT_NAMES += others_host_end addresses_commands pins_counters table_passthru
NT_NAMES += gone removed detached ended addresses watch_addresses parent_locks
NT_NAMES += cni cni_gc cni_faults cni_rollback cni_memory cni_ipam cni_inside cni_bpffs cni_damage \
	cni_load cni_first cni_mix cni_oracle cni_runtime cni_opens
NT_NAMES += trace trace_modes trace_ends
NT_NAMES += abi abi_kill abi_pins
NT_NAMES += counters cni_check cni_slaac show neigh neigh_learn fanout monitor monitor_reasons
NT_NAMES += fanout_listeners
NT_NAMES += netkit taps taps_offload taps_hostile watch_taps taps_frames taps_commands
NT_BINS := $(NT_NAMES:%=$(B)/tests/netns_%)
# These run alone, for they measure time
NT_ALONE := storm tcp watch
# These run beside each other only: leaks counts all of the kernel's maps, and waits for grace
# periods; watch_log measures the log's limit of lines a second. The others run side by side.
NT_LAST := leaks watch_log
# The longest first: at the end no program runs while a CPU has nothing to do
NT_LONG := steps stuck errors abi_kill removed locks cni cni_oracle abi cni_rollback crash \
	detached cni_slaac gone parent_locks trace_ends cni_load
NT_PARALLEL := $(NT_LONG) $(filter-out $(NT_LONG) $(NT_ALONE) $(NT_LAST),\
	$(NT_NAMES))
# The helpers of tests/netns: every program links them
NT_COMMON := $(addprefix $(B)/tests/netns.d/,nt.o probe.o ip.o flow.o isolate.o leftovers.o \
	invariants.o refusal.o tracer.o change_call.o scenario.o state.o k0_traffic.o \
	reuse_fixture.o background_jobs.o daemon.o watcher_fixture.o effective_caps.o \
	flood.o caps_fixture.o plugin.o plugin_calls.o containers.o abi_fixture.o stopped_holder.o \
	others_fixture.o reach_fixture.o tap_fixture.o neigh_fixture.o gso_frame.o \
	monitor_fixture.o trace_fixture.o)
NT_OBJ := $(patsubst $(NT_DIR)%.c,$(B)/tests/netns.d/%.o,$(wildcard $(NT_DIR)*.c))

$(NT_OBJ): $(B)/tests/netns.d/%.o: $(NT_DIR)%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS) $(XMT_CPPFLAGS) $(CFLAGS) -DNT_BIN='"$(B)/xmacvlan"' -MMD -MP \
		-c -o $@ $<

$(NT_BINS): $(B)/tests/netns_%: $(B)/tests/netns.d/%.o $(NT_COMMON) $(XMT_LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -ljansson -lbpf -lpthread

# They run later versions
$(addprefix $(B)/tests/netns_,abi abi_kill abi_pins parent_locks taps_commands \
	fanout_listeners): | $(ABI_BUILDS)

# They call user/base/caps.h themselves
$(addprefix $(B)/tests/netns_,caps caps_kept): $(B)/libxmacvlan.a

NEEDS_netns := $(NT_BINS) $(PROGRAMS)
RUNS_netns := $(call lines,$(NT_PARALLEL:%=$(B)/tests/netns_%),parallel )
RUNS_netns += $(call lines,$(NT_ALONE:%=$(B)/tests/netns_%))
RUNS_netns += $(call lines,$(NT_LAST:%=$(B)/tests/netns_%),parallel )

-include $(NT_OBJ:.o=.d)
