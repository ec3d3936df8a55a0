#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/podman.sh B
. "$(dirname "$0")/lib.sh"
needs busybox
alone "$@"
lan
check "the LAN answers" ping -c 1 -W 2 192.0.2.1
left "before"
finish
