# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The equivalence test. B, CC and CFLAGS come from the top Makefile, XMT_ from tests/lib/rules.mk.

EQ_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
EQ_BIN := $(B)/tests/equivalence
EQ_OBJ := $(patsubst $(EQ_DIR)%.c,$(B)/tests/equivalence.d/%.o,$(wildcard $(EQ_DIR)*.c))

$(EQ_OBJ): $(B)/tests/equivalence.d/%.o: $(EQ_DIR)%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS) $(XMT_CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(EQ_BIN): $(EQ_OBJ) $(XMT_LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# First the test itself, then macvlan against xmacvlan: with the default XDP setting, native
# XDP, skb XDP, the guard, clsact, as before Linux 6.6, `neigh direct`, and the fan-out for all
# frames and for some
EQ_RUN := $(EQ_BIN) --keep-going --xmacvlan $(B)/xmacvlan
EQ_SHORT := --frames 5500 --topologies 12
define RUNS_equivalence
parallel $(EQ_BIN) --self-test
parallel $(EQ_RUN)
parallel $(EQ_RUN) --xdp native --xdp-frames
parallel $(EQ_RUN) --xdp skb $(EQ_SHORT)
parallel $(EQ_RUN) --xdp native --guard --xdp-frames $(EQ_SHORT)
parallel env XMACVLAN_TC=clsact $(EQ_RUN) $(EQ_SHORT)
parallel $(EQ_RUN) --neigh $(EQ_SHORT)
parallel env XMACVLAN_FANOUT=force $(EQ_RUN) $(EQ_SHORT)
parallel env XMACVLAN_FANOUT=mixed $(EQ_RUN) --xdp skb $(EQ_SHORT)
endef
NEEDS_equivalence := $(EQ_BIN) $(B)/xmacvlan

-include $(EQ_OBJ:.o=.d)
