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

# The command with programs that count nothing, beside which the cost of the counters is measured
UNCOUNTED := $(B)/tests/uncounted/xmacvlan
UNCOUNTED_DIR := $(B)/tests/uncounted.d
UNCOUNTED_NAMES := $(BPF_NAMES) $(BPF_PLAIN)
UNCOUNTED_CFLAGS := -include $(BENCH_DIR)uncounted.h

$(UNCOUNTED_DIR)/%.bpf.o: bpf/%.bpf.c Makefile
	@mkdir -p $(@D)
	@echo "  CLANG   $@"
	$(Q)$(CLANG) $(BPF_CFLAGS) $(UNCOUNTED_CFLAGS) -MMD -MP -c $< -o $@

$(UNCOUNTED_DIR)/%_plain.bpf.o: bpf/%.bpf.c Makefile
	@mkdir -p $(@D)
	@echo "  CLANG   $@"
	$(Q)$(CLANG) $(BPF_CFLAGS) $(UNCOUNTED_CFLAGS) -DXM_PLAIN -MMD -MP -c $< -o $@

$(UNCOUNTED_DIR)/%.skel.h: $(UNCOUNTED_DIR)/%.bpf.o
	@echo "  SKEL    $@"
	$(Q)$(BPFTOOL) gen skeleton $< name $* > $@.tmp && mv $@.tmp $@

# The file of user space that contains the programs
$(UNCOUNTED_DIR)/objects.o: user/pins/objects.c $(UNCOUNTED_NAMES:%=$(UNCOUNTED_DIR)/%.skel.h) \
	$(SKELS)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS) $(HARDENING) $(CFLAGS) $(LIB_CFLAGS) -iquote include -iquote user \
		-I$(UNCOUNTED_DIR) -I$(B)/user -MMD -MP -c $< -o $@

$(UNCOUNTED): $(COMMAND_OBJS) $(UNCOUNTED_DIR)/objects.o $(B)/libxmacvlan.a
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(HARDENING_LD) $(LDFLAGS) $^ $(LIBS) -o $@

$(BENCH_BIN): $(BENCH_OBJ) $(XMT_LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lbpf -lm

BENCH_COMMANDS := --xmacvlan $(B)/xmacvlan --uncounted $(UNCOUNTED)
# In `make check` every case has to deliver its frames, at any speed; and a packet takes no more
# instructions on one kernel than its budget, also on a busy machine
INSTRUCTIONS := $(BENCH_DIR)instructions.py
define RUNS_bench
parallel $(INSTRUCTIONS) $(B) 6.12
$(BENCH_BIN) --quick $(BENCH_COMMANDS) --out $(B)/bench-quick
$(BENCH_DIR)leftovers.sh $(B)
endef
NEEDS_instructions := $(PROGRAMS) $(BENCH_BIN) $(B)/tests/e2e.d/fake_features.so
NEEDS_bench := $(NEEDS_instructions) $(UNCOUNTED)

# About 25 minutes. BENCH_ARGS: its options, e.g. BENCH_ARGS='--cases udp-w2e --pairs 21'
.PHONY: bench
bench: $(BENCH_BIN) $(B)/xmacvlan $(B)/cni/xmacvlan $(UNCOUNTED)
	$(BENCH_BIN) $(BENCH_COMMANDS) --out $(B)/bench $(BENCH_ARGS)

# Three boots of QEMU, about a minute. The second target renews tests/bench/instructions.budget.
# LINES: kernels, of 6.1, 6.12 and unstable; all by default
.PHONY: bench-instructions bench-instructions-budget
bench-instructions: $(NEEDS_instructions)
	$(Q)$(INSTRUCTIONS) $(INSTRUCTIONS_ARGS) $(B) $(LINES)
bench-instructions-budget: $(NEEDS_instructions)
	$(Q)$(INSTRUCTIONS) --write $(B) $(LINES)

-include $(BENCH_OBJ:.o=.d) $(wildcard $(UNCOUNTED_DIR)/*.d)
