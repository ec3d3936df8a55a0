# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tests of pure code, without root, under AddressSanitizer and UBSan. Include from the top
# Makefile, which sets B, CC, CFLAGS and lines.

UNIT_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
UNIT_TESTS := $(addprefix $(B)/tests/,unit_verdict unit_frame unit_settings unit_cmdline unit_cni \
	unit_cni_json unit_kernel_features unit_show unit_top unit_apply unit_pcapng \
	unit_datapath_page unit_dhcp unit_docker)
UNIT_CFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-I$(UNIT_DIR) -I$(UNIT_DIR)../../include -I$(UNIT_DIR)../../bpf
UNIT_USER := $(UNIT_DIR)../../user/
UNIT_BASE := $(addprefix $(UNIT_USER)base/,err.c text.c parse.c nearest.c)
UNIT_CMDLINE := $(addprefix $(UNIT_USER),cli/cmdline.c cli/keywords.c cli/keyword_args.c \
	cli/keyword_macs.c cli/keyword_tap.c cli/words.c engine/settings.c)
UNIT_CNI := $(addprefix $(UNIT_USER)cni/,alloc.c args.c config.c dns.c env.c error.c ip_config.c \
	json.c json_check.c json_dump.c json_load.c naming.c request.c result.c spec_version.c) \
	$(UNIT_USER)net/prefix.c $(UNIT_USER)runtime/naming.c

$(B)/tests/unit_verdict: $(UNIT_DIR)test_verdict.c $(UNIT_DIR)oracle.c
# Reads docs/man/xmacvlan-datapath.7
$(B)/tests/unit_datapath_page: $(UNIT_DIR)test_datapath_page.c $(UNIT_DIR)oracle.c
$(B)/tests/unit_frame: $(UNIT_DIR)test_frame.c $(UNIT_DIR)sample.c
$(B)/tests/unit_settings: $(UNIT_DIR)test_settings.c $(UNIT_BASE) \
	$(addprefix $(UNIT_USER),cli/keywords.c cli/keyword_args.c cli/keyword_macs.c \
	cli/keyword_tap.c engine/settings.c)
$(B)/tests/unit_show: $(UNIT_DIR)test_show.c $(UNIT_BASE) \
	$(addprefix $(UNIT_USER)cli/,show_common.c show_style.c json_list.c)
$(B)/tests/unit_top: $(UNIT_DIR)test_top.c $(UNIT_BASE) \
	$(addprefix $(UNIT_USER)top/,cells.c options.c order.c rates.c view.c)
$(B)/tests/unit_dhcp: $(UNIT_DIR)test_dhcp.c $(UNIT_USER)runtime/dhcp_message.c
$(B)/tests/unit_docker: $(UNIT_DIR)test_docker.c \
	$(addprefix $(UNIT_USER)docker/,made.c moves_time.c)
$(B)/tests/unit_pcapng: $(UNIT_DIR)test_pcapng.c \
	$(addprefix $(UNIT_USER)trace/,pcapng.c bytes.c)
$(B)/tests/unit_apply: $(UNIT_DIR)test_apply.c $(UNIT_BASE) \
	$(addprefix $(UNIT_USER),cli/json_position.c cli/word_list.c)
$(B)/tests/unit_cmdline: $(UNIT_DIR)test_cmdline.c $(UNIT_CMDLINE) $(UNIT_BASE)
$(B)/tests/unit_cni: $(UNIT_DIR)test_cni.c $(UNIT_CNI) $(UNIT_BASE)
$(B)/tests/unit_cni_json: $(UNIT_DIR)test_cni_json.c $(UNIT_CNI) $(UNIT_BASE)
$(B)/tests/unit_cni $(B)/tests/unit_cni_json $(B)/tests/unit_show: UNIT_LIBS := -ljansson
$(B)/tests/unit_kernel_features: $(UNIT_DIR)test_kernel_features.c \
	$(addprefix $(UNIT_USER)pins/,kernel_features.c kernel_types.c)
$(B)/tests/unit_kernel_features: UNIT_LIBS := -lbpf

$(UNIT_TESTS): $(wildcard $(addsuffix *.h,$(UNIT_DIR) $(UNIT_DIR)../../bpf/ \
		$(UNIT_DIR)../../include/ $(UNIT_USER)*/)) $(UNIT_DIR)rules.mk
	@mkdir -p $(@D)
	@echo "  TEST    $@"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(UNIT_CFLAGS) -iquote $(UNIT_USER) $(filter %.c,$^) \
		-lcmocka $(UNIT_LIBS) -o $@

NEEDS_unit := $(UNIT_TESTS)
RUNS_unit := $(call lines,$(UNIT_TESTS))
