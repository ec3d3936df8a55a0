# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The checks of the sources as text (lint.py). Needs the rules of tests/bench and tests/e2e:
# clang-tidy reads their generated headers. layers.py reads the objects of the programs.

LINT_RUN := tests/lint/lint.py --build $(B) -- $(LIB_CFLAGS)
# Two threads that work: behind the other tests
RUNS_lint := background nice -n 10 $(LINT_RUN)
NEEDS_lint = $(PROGRAMS) $(BENCH_SKEL) $(E2E_COUNT)

# As check-lint, with all failures on the terminal
.PHONY: lint
lint: $(NEEDS_lint)
	$(Q)$(LINT_RUN)

.PHONY: format
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

.PHONY: picture
picture:
	python3 docs/picture.py >docs/picture.svg
