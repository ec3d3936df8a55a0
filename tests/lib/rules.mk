# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The helpers of all root tests. Include from the top Makefile, before the rules of the tiers.
# It sets B, CC and CFLAGS. A test links $(XMT_LIB) and compiles with $(XMT_CPPFLAGS).

XMT_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
XMT_LIB := $(B)/tests/lib/libxmtest.a
XMT_CPPFLAGS := -iquote include -iquote user -I$(XMT_DIR)
XMT_OBJ := $(patsubst $(XMT_DIR)%.c,$(B)/tests/lib/%.o,$(wildcard $(XMT_DIR)*.c))

$(XMT_OBJ): $(B)/tests/lib/%.o: $(XMT_DIR)%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(CPPFLAGS) $(XMT_CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(XMT_LIB): $(XMT_OBJ)
	@echo "  AR      $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

-include $(XMT_OBJ:.o=.d)
