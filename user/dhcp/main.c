// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xmacvlan-dhcp: Docker's driver for addresses of the LAN's DHCP server (libnetwork's protocol),
 * and renewal of the leases of Docker's and podman's containers. It keeps nothing that the kernel
 * does not have: one that was killed goes on where it was.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "abi.h"
#include "base/caps.h"
#include "base/notify.h"
#include "dhcp/ipam_calls.h"
#include "dhcp/leases.h"
#include "net/netns.h"
#include "pins/pin_root.h"
#include "plugin/options.h"
#include "plugin/program.h"
#include "plugin/server.h"

#define SOCKET "/run/docker/plugins/xmacvlan-dhcp.sock"
#define LOOK_S 1

static const char usage[] =
	"Usage: xmacvlan-dhcp [--socket PATH] [--keep-unused SECONDS]\n"
	"Addresses of the LAN's DHCP server for containers.\n"
	"Docker: docker network create -d xmacvlan --ipam-driver xmacvlan-dhcp --ipam-opt "
	"parent=eth0 ...\n"
	"podman: renews the leases of networks of xmacvlan with --ipam-driver dhcp\n"
	"Options, with their defaults:\n"
	"  --socket " SOCKET "\n"
	"  --keep-unused 300    how long a lease may be without an endpoint\n"
	"  --version, --help\n"
	"See xmacvlan-dhcp(8)\n";

static struct dhcp_service service;

/* The bpffs was unmounted or is hidden by another mount: the service manager starts it again */
static int check_bpffs(int lock, struct xm_err *e)
{
	struct stat mine, now;

	if (!fstat(lock, &mine) && !stat(XM_BPFFS, &now) && mine.st_dev == now.st_dev)
		return 0;
	return xm_fail(e, ENODEV, XM_BPFFS " was unmounted");
}

static int renew_until_stopped(int lock, struct xm_err *e)
{
	const struct timespec wait = { .tv_sec = LOOK_S };
	struct known_leases leases = {};
	sigset_t none, mask;
	int err = 0;

	plugin_stop_signals(&mask);
	sigemptyset(&none);
	while (!err && !service.stopped) {
		sigprocmask(SIG_UNBLOCK, &mask, NULL);
		leases_look(&leases, &service);
		sigprocmask(SIG_BLOCK, &mask, NULL);
		if (!service.stopped)
			ppoll(NULL, 0, &wait, &none);
		err = check_bpffs(lock, e);
	}
	free(leases.list);
	return err;
}

/* data: the daemon's lock */
static void serve(int listener, void *data, struct xm_err *e)
{
	struct plugin_server server = { .find = dhcp_call_find, .data = &service };
	const int *lock = data;

	if (plugin_server_start(&server, listener, true, e))
		return;
	xm_notify_open();
	xm_notify_send("READY=1");
	renew_until_stopped(*lock, e);
	service.stopped = true; /* also after an error: requests wait for servers */
	plugin_server_stop(&server);
}

/* Returns the lock of the only process of this network namespace, or a negative errno */
static int take_lock(struct xm_err *e)
{
	int err = xm_netns_cookie(&service.netns);

	if (err)
		return xm_fail(e, err, "cannot identify the network namespace: %s", strerror(-err));
	return xm_daemon_lock(XM_DAEMON_DHCP, service.netns, e);
}

int main(int argc, char **argv)
{
	unsigned int keep_s = PLUGIN_KEEP_S;
	int lock;
	/* Namespaces of containers are opened as the watcher does it */
	struct plugin_program program = {
		.socket = SOCKET,
		.effective = XM_CAPS_WORK,
		.keep = XM_CAPS_WORK | XM_CAPS_ENTER | XM_CAPS_FIND | XM_CAPS_DHCP,
		.serve = serve,
		.data = &lock,
	};
	const struct plugin_option options[] = { { "socket", .text = &program.socket },
						 { "keep-unused", .seconds = &keep_s },
						 {} };
	struct xm_err e = {};
	int ret = plugin_read_options(argc, argv, options, usage,
				      "xmacvlan-dhcp " XM_VERSION " (ABI " XM_ABI_TEXT ")\n");

	if (ret >= 0)
		return ret;
	service.keep_ms = keep_s * 1000;
	plugin_program_prepare();
	plugin_stop_by_signals(&service.stopped, SA_RESTART);
	lock = take_lock(&e);
	return lock < 0 ? plugin_print_error(&e) : plugin_program_run(&program);
}
