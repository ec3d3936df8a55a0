#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# netavark.sh B: the netavark plugin, with requests as podman and netavark make them (netavark.py).
# podman_netavark.sh has podman itself.
. "$(dirname "$0")/cni/lib.sh"
needs python3 ip ping
isolate "$@"
make_lan
exec python3 "$(dirname "$0")/netavark.py" "$B/netavark/xmacvlan" "$XMACVLAN"
