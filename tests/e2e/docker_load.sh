#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# docker_load.sh B [OPTION...]: how long dockerd takes to start a container in a network of
# xmacvlan, beside a network of its own macvlan driver (make bench-docker). The options are those
# of docker_load.py, which measures.
. "$(dirname "$0")/cni/lib.sh"
. "$(dirname "$0")/docker_daemons.sh"
needs dockerd /usr/bin/docker containerd runc busybox ip python3
isolate "$@"
[ -x "$B/xmacvlan-docker" ] || skip_rest "no xmacvlan-docker (libmicrohttpd is missing)"
shift

# make_network NAME DRIVER SUBNET: on a parent of its own, a veth to a namespace
make_network() {
	ip link add "p$1" type veth peer name "w$1" netns lan
	ip link set "p$1" up
	ip -n lan link set "w$1" up
	docker network create -d "$2" -o parent="p$1" --subnet "$3" "$1" >/dev/null
}

ip netns add lan
ip link add p0 type veth peer name w0 netns lan
ip link add mv0 link p0 type macvlan || skip_rest "this kernel has no macvlan"
ip link del p0
# On the disk, where Docker's folder is: its database waits for it
# shellcheck disable=SC2034 # docker_daemons.sh uses it
STORAGE=overlay2 DATA=$B/docker-load
rm -rf "$DATA"
mkdir -p "$DATA"
start_daemons
make_image
make_network m1 macvlan 10.1.0.0/16
make_network m2 macvlan 10.2.0.0/16
make_network x xmacvlan 10.3.0.0/16
python3 "$(dirname "$0")/docker_load.py" "${DOCKER_HOST#unix://}" $DOCKERD $DRIVER "$@"
CODE=$?
end $DOCKERD
end $DRIVER
umount -l /var/lib/docker
rm -rf "$DATA"
exit $CODE
