# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The bench. B, CC, CFLAGS, CLANG, BPF_CFLAGS and BPFTOOL come from the top Makefile, XMT_ from
# tests/lib/rules.mk.

BENCH_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
BENCH_BIN := $(B)/tests/bench
BENCH_OBJ := $(patsubst $(BENCH_DIR)%.c,$(B)/tests/bench.d/%.o,\
	$(filter-out %.bpf.c,$(wildcard $(BENCH_DIR)*.c)))
BENCH_SKEL := $(B)/tests/bench.d/bench.skel.h

$(B)/tests/bench.d/bench.bpf.o: $(BENCH_DIR)bench.bpf.c $(BENCH_DIR)progs.h
	@mkdir -p $(@D)
	@echo "  CLANG   $@"
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(BENCH_SKEL): $(B)/tests/bench.d/bench.bpf.o
	@echo "  SKEL    $@"
	$(Q)$(BPFTOOL) gen skeleton $< name bench_bpf > $@.tmp && mv $@.tmp $@

$(BENCH_OBJ): $(B)/tests/bench.d/%.o: $(BENCH_DIR)%.c | $(BENCH_SKEL)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS) $(XMT_CPPFLAGS) -I$(B)/tests/bench.d $(CFLAGS) -MMD -MP -c -o $@ $<

$(BENCH_BIN): $(BENCH_OBJ) $(XMT_LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lbpf -lm

# In `make check` every case has to deliver its frames, at any speed; and a packet takes no more
# instructions on one kernel than its budget
INSTRUCTIONS := $(BENCH_DIR)instructions.py
define RUNS_bench
$(BENCH_BIN) --quick --xmacvlan $(B)/xmacvlan --out $(B)/bench-quick
$(BENCH_DIR)leftovers.sh $(B)
$(INSTRUCTIONS) $(B) 6.12
endef
NEEDS_instructions := $(PROGRAMS) $(BENCH_BIN) $(B)/tests/e2e.d/fake_features.so
NEEDS_bench := $(NEEDS_instructions)

# About 25 minutes. BENCH_ARGS: its options, e.g. BENCH_ARGS='--cases udp-w2e --pairs 21'
.PHONY: bench
bench: $(BENCH_BIN) $(B)/xmacvlan $(B)/cni/xmacvlan
	$(BENCH_BIN) --xmacvlan $(B)/xmacvlan --out $(B)/bench $(BENCH_ARGS)

# Three boots of QEMU, about a minute. The second target renews tests/bench/instructions.budget.
# LINES: kernels, of 6.1, 6.12 and unstable; all by default
.PHONY: bench-instructions bench-instructions-budget
bench-instructions: $(NEEDS_instructions)
	$(Q)$(INSTRUCTIONS) $(INSTRUCTIONS_ARGS) $(B) $(LINES)
bench-instructions-budget: $(NEEDS_instructions)
	$(Q)$(INSTRUCTIONS) --write $(B) $(LINES)

-include $(BENCH_OBJ:.o=.d)
