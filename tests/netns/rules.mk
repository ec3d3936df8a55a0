# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tests with real traffic (root). Include from the top Makefile, which sets B, CC and CFLAGS. Needs
# tests/lib/rules.mk. One program alone: make build/tests/netns_tcp && build/tests/netns_tcp [CASE]

NT_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
NT_NAMES := table parents traffic tcp xdp host drops filters refuse pins scale crash steps batch errors parallel reuse watch watch_move watch_groups upgrade caps storm leaks cni cni_faults cni_inside cni_bpffs cni_damage cni_load cni_first cni_mix cni_oracle
NT_BINS := $(NT_NAMES:%=$(B)/tests/netns_%)
# For `make check`: these take long, and measure nothing, so they run side by side (tests/run.sh)
NT_LONG := $(addprefix $(B)/tests/netns_,steps errors crash cni cni_oracle)
NT_RUNS := $(filter-out $(NT_LONG),$(NT_BINS)) $(NT_LONG:%=+%)
NT_COMMON := $(addprefix $(B)/tests/netns.d/,nt.o mark.o ip.o flow.o isolate.o left.o whole.o refused.o tracer.o scenario.o state.o stream.o foreign.o jobs.o daemon.o watched.o effective.o flood.o plugin.o calls.o fleet.o)
NT_OBJ := $(patsubst $(NT_DIR)%.c,$(B)/tests/netns.d/%.o,$(wildcard $(NT_DIR)*.c))

$(NT_OBJ): $(B)/tests/netns.d/%.o: $(NT_DIR)%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS) -iquote include -iquote user -I$(NT_DIR)../lib $(CFLAGS) -DNT_BIN='"$(B)/xmacvlan"' -MMD -MP -c -o $@ $<

$(NT_BINS): $(B)/tests/netns_%: $(B)/tests/netns.d/%.o $(NT_COMMON) $(B)/tests/lib/libxmtest.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -ljansson -lbpf -lpthread

# user/caps.h is tested from inside too
$(B)/tests/netns_caps: $(B)/libxmacvlan.a

# All of them, also when one fails
.PHONY: check-netns
check-netns: $(NT_BINS) $(B)/xmacvlan
	$(Q)bad=0; for t in $(NT_BINS); do echo "== $$t"; $$t || bad=1; done; exit $$bad

-include $(NT_OBJ:.o=.d)
