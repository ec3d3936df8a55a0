#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# docker.sh B: xmacvlan-docker, with requests as libnetwork makes them (docker.py). dockerd.sh has
# Docker itself.
. "$(dirname "$0")/cni/lib.sh"
needs python3 ip ping
isolate "$@"
[ -x "$B/xmacvlan-docker" ] || skip_rest "no xmacvlan-docker (libmicrohttpd is missing)"
make_lan
exec python3 "$(dirname "$0")/docker.py" "$B/xmacvlan-docker" "$XMACVLAN"
