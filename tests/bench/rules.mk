# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The bench. B, CC and CFLAGS come from the top Makefile. Needs tests/lib/rules.mk.

BENCH_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
BENCH_BIN := $(B)/tests/bench
BENCH_OBJ := $(patsubst $(BENCH_DIR)%.c,$(B)/tests/bench.d/%.o,$(wildcard $(BENCH_DIR)*.c))

$(BENCH_OBJ): $(B)/tests/bench.d/%.o: $(BENCH_DIR)%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS) -I$(BENCH_DIR)../lib $(CFLAGS) -pthread -MMD -MP -c -o $@ $<

# Not $(XMT_LIB): this file may be read before that of tests/lib.
$(BENCH_BIN): $(BENCH_OBJ) $(B)/tests/lib/libxmtest.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ -lbpf -lm

# About eight minutes. BENCH_ARGS: its options, e.g. BENCH_ARGS='--cases udp-w2e --pairs 21'
.PHONY: bench
bench: $(BENCH_BIN) $(B)/xmacvlan
	$(BENCH_BIN) --xmacvlan $(B)/xmacvlan --out $(B)/bench $(BENCH_ARGS)

-include $(BENCH_OBJ:.o=.d)
