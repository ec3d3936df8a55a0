# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# install: `make install` and `make uninstall` (install.sh). packages, not in `make check`: Debian
# packages, built, installed and run in roots of Debian 12 and 13 and in a guest of arm64
# (debian.sh, arm64.sh), and the RPM packages (rpm.sh).
# Include from the top Makefile, which sets B and PROGRAMS.

PK_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
RUNS_install := parallel $(PK_DIR)install.sh $(B)
NEEDS_install := $(PROGRAMS)

define RUNS_packages
parallel $(PK_DIR)arm64.sh $(B)
$(call lines,bookworm trixie,parallel $(PK_DIR)debian.sh $(B) )
parallel $(PK_DIR)rpm.sh $(B)
endef
check-packages: export XM_TEST_TIMEOUT ?= 5400
