#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What udhcpc runs in the guest
# shellcheck disable=SC2154 # udhcpc sets them
case $1 in
bound | renew) ip addr replace "$ip/24" dev "$interface" ;;
esac
