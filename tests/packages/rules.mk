# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# install: `make install` and `make uninstall` (install.sh).
# Include from the top Makefile, which sets B and PROGRAMS.

PK_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
RUNS_install := parallel $(PK_DIR)install.sh $(B)
NEEDS_install := $(PROGRAMS)
