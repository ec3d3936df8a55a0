#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# apply_keywords.sh B: every keyword of `add` and `attach` through `apply`, `save` and `apply` on a
# clean host (apply_keywords.py)
. "$(dirname "$0")/cni/lib.sh"
needs python3 ip
isolate "$@"
exec python3 "$(dirname "$0")/apply_keywords.py" "$XMACVLAN"
