# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tests of the BPF programs by BPF_PROG_TEST_RUN and with real devices (root). Include from the
# top Makefile, which sets B, CC, CFLAGS, BPF_OBJS and lines.

PROG_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
PROG_TESTS := $(addprefix $(B)/tests/,prog_rows prog_budget prog_core)
PROG_BINS := $(PROG_TESTS) $(B)/tests/prog_time
PROG_CFLAGS := -iquote $(PROG_DIR)../../user -I$(PROG_DIR)../../include \
	-I$(PROG_DIR)../../bpf -DBPF_DIR='"$(B)/bpf"' \
	-DBPF_CLANG=$(firstword $(subst ., ,$(shell $(CLANG) -dumpversion 2>/dev/null)) 0) \
	-DBUDGET_FILE='"$(PROG_DIR)../budget.txt"'

prog_src = $(addprefix $(PROG_DIR),$(1))
PROG_OBJS := $(PROG_DIR)objs.c $(PROG_DIR)../../user/pins/btf_excerpt.c
$(B)/tests/prog_rows: $(call prog_src,prog_rows.c rows.c tagger.c world.c frames.c net.c) \
	$(PROG_OBJS)
$(B)/tests/prog_time: $(call prog_src,prog_time.c world.c frames.c net.c) $(PROG_OBJS)
$(B)/tests/prog_budget: $(call prog_src,budget.c) $(PROG_OBJS)
$(B)/tests/prog_core: $(call prog_src,core.c) $(PROG_OBJS)

$(PROG_BINS): $(wildcard $(PROG_DIR)*.h $(PROG_DIR)../unit/summary.h $(PROG_DIR)../../bpf/*.h \
		$(PROG_DIR)../../include/*.h) $(PROG_DIR)rules.mk | $(BPF_OBJS)
	@mkdir -p $(@D)
	@echo "  TEST    $@"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(PROG_CFLAGS) $(filter %.c,$^) -lcmocka -lbpf -o $@

NEEDS_prog := $(PROG_TESTS) $(BPF_OBJS)
RUNS_prog := $(call lines,$(PROG_TESTS))$(B)/tests/prog_rows --plain$(newline)

# Nanoseconds that a frame costs in each program; not a test
.PHONY: time-prog
time-prog: $(B)/tests/prog_time $(BPF_OBJS)
	$(Q)$<

# Writes today's numbers of verified instructions to tests/budget.txt
.PHONY: budget
budget: $(B)/tests/prog_budget $(BPF_OBJS)
	$(Q)$< --write
