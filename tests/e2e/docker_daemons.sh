# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# dockerd and the driver, after cni/lib.sh and isolate: shared by the tests with Docker itself
#
# shellcheck shell=bash disable=SC2034,SC2120

D=/run/docker.test
export DOCKER_HOST=unix:///run/docker.sock
# DATA: a folder in place of an empty tmpfs
DRIVER=0 DOCKERD=0 IPTABLES=false STORAGE=vfs DATA=

# The client of Debian's package, whatever else is in PATH
docker() {
	/usr/bin/docker "$@"
}

start_driver() {
	"${XMACVLAN_DOCKER:-$B/xmacvlan-docker}" "$@" 2>>$D/driver.log &
	DRIVER=$!
	within 5 test -S /run/docker/plugins/xmacvlan.sock
}

start_dockerd() {
	dockerd --iptables=$IPTABLES --ip6tables=false --bridge=none --storage-driver $STORAGE \
		-H $DOCKER_HOST "$@" >>$D/dockerd.log 2>&1 &
	DOCKERD=$!
	within 30 docker version
}

# end PROCESS [SIGNAL]
end() {
	kill "-${2:-TERM}" "$1"
	wait "$1" 2>/dev/null
}

# Docker's folder is empty
make_data() {
	mkdir -p $D /var/lib/docker
	if [ -n "$DATA" ]; then
		mount --bind "$DATA" /var/lib/docker
	else
		mount -t tmpfs tmpfs /var/lib/docker
	fi
}

start_daemons() {
	make_data
	start_driver
	start_dockerd
}

make_image() {
	local root=$D/image name

	mkdir -p $root/bin $root/www $root/tmp
	cp "$(type -P busybox)" $root/bin/busybox
	for name in sh ip ping nc nslookup sleep httpd wget arping cat ls hostname; do
		ln -sf busybox $root/bin/$name
	done
	echo hello >$root/www/index.html
	tar -C $root -c . | docker import - box >/dev/null
}

# start NAME OPTION...: a container that serves HTTP on port 80
start() {
	local name=$1

	shift
	docker run -d --name "$name" "$@" box httpd -f -p 80 -h /www
}

inside() {
	docker exec "$@"
}

in_lan() {
	nsenter --net=/run/netns/lan "$@"
}

# value PATTERN NAME: of docker inspect
value() {
	docker inspect -f "$1" "$2"
}

# says PATTERN COMMAND...: the command fails, and prints a text with the pattern
says() {
	local pattern=$1 output

	shift
	output=$("$@" 2>&1) && return 1
	echo "$output"
	echo "$output" | grep -q -- "$pattern"
}
