#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# apply_schema.sh B: the schema and `apply` take the same files (apply_schema.py)
. "$(dirname "$0")/cni/lib.sh"
needs python3 ip
isolate "$@"
HERE=$(realpath "$(dirname "$0")")
make_lan
ip netns add c1
exec python3 "$HERE/apply_schema.py" "$XMACVLAN" \
	"$HERE/../../dist/schema/xmacvlan.schema.json"
