#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=dash disable=SC2154 # udhcpc sets the variables
# In a guest of vm.sh: what udhcpc runs when it has got a lease
[ "$1" != bound ] || ip addr add "$ip/$mask" dev "$interface"
