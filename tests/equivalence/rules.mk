# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The equivalence test. B, CC and CFLAGS come from the top Makefile. Needs tests/lib/rules.mk.

EQ_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
EQ_BIN := $(B)/tests/equivalence
EQ_OBJ := $(patsubst $(EQ_DIR)%.c,$(B)/tests/equivalence.d/%.o,$(wildcard $(EQ_DIR)*.c))

$(EQ_OBJ): $(B)/tests/equivalence.d/%.o: $(EQ_DIR)%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS) -iquote include -iquote user $(XMT_CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Not $(XMT_LIB): this file may be read before that of tests/lib.
$(EQ_BIN): $(EQ_OBJ) $(B)/tests/lib/libxmtest.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# First the test itself, then macvlan against xmacvlan, with the default XDP setting, native and skb. For
# `make check` as words, '~' between an option and its argument.
EQ_RUN := $(EQ_BIN)~--keep-going~--xmacvlan~$(B)/xmacvlan
EQ_RUNS := $(EQ_BIN)~--self-test $(EQ_RUN) $(EQ_RUN)~--xdp~native~--xdp-frames \
	$(EQ_RUN)~--xdp~skb~--frames~4000~--topologies~8 \
	$(EQ_RUN)~--xdp~native~--guard~--xdp-frames~--frames~4000~--topologies~8

.PHONY: check-equivalence
check-equivalence: $(EQ_BIN) $(B)/xmacvlan
	$(Q)set -e; for t in $(EQ_RUNS); do echo "$$t" | tr '~' ' ' | sh -e; done

-include $(EQ_OBJ:.o=.d)
