# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Harnesses for libFuzzer (clang), without root: fake_*.c answer instead of the kernel. Include
# from the top Makefile, which sets B, CLANG, ENGINE_SRCS, COMMAND_SRCS, CNI_SRCS, SKELS, LIBS
# and newline.

FZ_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
FZ_NAMES := state cni netlink cmdline frame apply
FZ_BINS := $(FZ_NAMES:%=$(B)/tests/fuzz_%)
FZ_OUT := $(B)/tests/fuzz.d
FZ_CFLAGS := -O1 -g -std=gnu11 -D_GNU_SOURCE -Wall -Wextra $(WERROR) $(LIB_CFLAGS) \
	-fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
	-I$(B)/user -Iinclude -Ibpf -iquote user -Itests/unit -I$(FZ_DIR)
# The files of user/ are compiled with coverage and with fakes.h before them
FZ_COVERED := -fsanitize=fuzzer-no-link -Wno-unused -Wno-unused-parameter \
	-DXM_VERSION='"$(VERSION)"'
# Pinned leases, which `show` reads
FZ_LEASES := $(addprefix user/runtime/,lease.c lease_id.c store.c dhcp_client.c dhcp_message.c)
# Without kernel_features.c and btf_excerpt.c, which ask the running kernel, and caps.c
FZ_USER := $(filter-out user/runtime/% user/pins/kernel_features.c user/pins/btf_excerpt.c \
	user/base/caps.c,$(ENGINE_SRCS)) $(FZ_LEASES) $(COMMAND_SRCS)
FZ_USER_OBJ := $(FZ_USER:%.c=$(FZ_OUT)/%.o)
FZ_OBJ := $(patsubst $(FZ_DIR)%.c,$(FZ_OUT)/%.o,$(wildcard $(FZ_DIR)*.c)) $(FZ_OUT)/oracle.o
# Without announce.c, which forks
FZ_CNI_OBJ := $(patsubst %.c,$(FZ_OUT)/%.o,$(filter-out user/runtime/announce.c $(FZ_LEASES),\
	$(filter user/runtime/%,$(ENGINE_SRCS)) $(CNI_SRCS)))
# Those that read the files of `apply`; apply_files.c gets other fakes
FZ_APPLY := $(addprefix user/cli/,apply_files.c apply_want.c apply_inside_read.c json_integer.c \
	json_position.c cmdline.c keywords.c keyword_args.c keyword_macs.c keyword_tap.c words.c \
	word_list.c) \
	$(addprefix user/,base/err.c base/text.c base/parse.c base/nearest.c net/prefix.c \
	engine/settings.c)
FZ_APPLY_OBJ := $(FZ_APPLY:%.c=$(FZ_OUT)/apply.d/%.o)
FZ_FAKES := $(addprefix $(FZ_OUT)/,input.o command.o fake_fs.o fake_bpf.o fake_nl.o fake_caps.o \
	fake_kernel_features.o)

$(FZ_USER_OBJ): $(FZ_OUT)/%.o: %.c $(FZ_DIR)fakes.h $(FZ_DIR)rules.mk
	@mkdir -p $(@D)
	@echo "  FUZZ    $@"
	$(Q)$(CLANG) $(FZ_CFLAGS) $(FZ_COVERED) -include $(FZ_DIR)fakes.h -MMD -MP -c $< -o $@

$(FZ_OUT)/user/pins/objects.o: $(SKELS)

# The limits are small enough for an input to reach them
$(FZ_CNI_OBJ): $(FZ_OUT)/%.o: %.c $(FZ_DIR)fakes.h $(FZ_DIR)fakes_cni.h $(FZ_DIR)rules.mk
	@mkdir -p $(@D)
	@echo "  FUZZ    $@"
	$(Q)$(CLANG) $(FZ_CFLAGS) $(FZ_COVERED) -DINPUT_LIMIT=2048 -DMAX_OUTPUT=1024 \
		-include $(FZ_DIR)fakes_cni.h -MMD -MP -c $< -o $@

$(FZ_APPLY_OBJ): $(FZ_OUT)/apply.d/%.o: %.c $(FZ_DIR)fakes_apply.h $(FZ_DIR)rules.mk
	@mkdir -p $(@D)
	@echo "  FUZZ    $@"
	$(Q)$(CLANG) $(FZ_CFLAGS) $(FZ_COVERED) $(if $(findstring _files,$@),-include \
		$(FZ_DIR)fakes_apply.h) -MMD -MP -c $< -o $@

$(FZ_OUT)/%.o: $(FZ_DIR)%.c $(FZ_DIR)rules.mk
	@mkdir -p $(@D)
	@echo "  FUZZ    $@"
	$(Q)$(CLANG) $(FZ_CFLAGS) $(if $(findstring fuzz_frame,$@),-fsanitize=fuzzer-no-link) \
		-MMD -MP -c $< -o $@

$(FZ_OUT)/oracle.o: tests/unit/oracle.c
	@mkdir -p $(@D)
	@echo "  FUZZ    $@"
	$(Q)$(CLANG) $(FZ_CFLAGS) -MMD -MP -c $< -o $@

fz_user = $(patsubst %.c,$(FZ_OUT)/user/%.o,$(1))
$(B)/tests/fuzz_frame: $(addprefix $(FZ_OUT)/,fuzz_frame.o input.o oracle.o)
# Without commands that talk to the kernel themselves
FZ_COMMAND_SRCS := $(filter-out user/cli/apply_%.c user/cli/dhcp%.c user/cli/monitor_%.c \
	user/cli/migrate_%.c \
	$(addprefix user/cli/cmd_,apply.c save.c migrate.c monitor.c),$(COMMAND_SRCS))
$(B)/tests/fuzz_cmdline: $(FZ_OUT)/fuzz_cmdline.o $(FZ_FAKES) \
	$(FZ_COMMAND_SRCS:%.c=$(FZ_OUT)/%.o) \
	$(call fz_user,base/err.c base/text.c base/parse.c base/nearest.c base/host_end_name.c \
	base/json_memory.c base/json_text.c net/prefix.c runtime/lease_id.c \
	engine/settings.c)
$(B)/tests/fuzz_state: $(FZ_OUT)/fuzz_state.o $(FZ_OUT)/world.o $(FZ_FAKES) $(FZ_USER_OBJ)
$(B)/tests/fuzz_cni: $(addprefix $(FZ_OUT)/,fuzz_cni.o fake_cni.o fake_cni_nl.o fake_cni_engine.o) \
	$(FZ_FAKES) $(FZ_CNI_OBJ) \
	$(call fz_user,base/err.c base/text.c base/parse.c base/nearest.c net/nl.c net/link.c \
	net/link_parse.c net/ipaddr.c net/prefix.c net/route.c net/sysctl.c)
$(B)/tests/fuzz_apply: $(addprefix $(FZ_OUT)/,fuzz_apply.o input.o) $(FZ_APPLY_OBJ)
$(B)/tests/fuzz_netlink: $(FZ_OUT)/fuzz_netlink.o $(FZ_FAKES) $(FZ_USER_OBJ)

$(FZ_BINS):
	@echo "  LD      $@"
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined $^ $(LIBS) -o $@

# For each harness: its corpus, then 4 s of new inputs
fz_run = $(FZ_DIR)run.sh $(B)/tests/fuzz_$1 $(FZ_DIR)corpus/$1 4
RUNS_fuzz := $(foreach n,$(FZ_NAMES),parallel $(call fz_run,$n)$(newline))
NEEDS_fuzz := $(FZ_BINS)

# The long run. $(B)/fuzz has the inputs that failed and the corpus that it reached.
SECONDS_EACH ?= 600
.PHONY: fuzz
fuzz: $(FZ_BINS)
	$(Q)set -e; for n in $(FZ_NAMES); do $(FZ_DIR)run.sh $(B)/tests/fuzz_$$n \
		$(FZ_DIR)corpus/$$n $(SECONDS_EACH) $(B)/fuzz/$$n; done

-include $(FZ_OBJ:.o=.d) $(FZ_USER_OBJ:.o=.d) $(FZ_CNI_OBJ:.o=.d) \
	$(FZ_APPLY_OBJ:.o=.d)
