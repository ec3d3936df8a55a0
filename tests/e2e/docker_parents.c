// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Parents that xmacvlan-docker makes: VLAN devices, and dummy devices of networks without a parent.
 * Containers are namespaces that get the device as dockerd moves it.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nt.h"

#define ANSWER_MAX 4096

static char socket_path[100];
static pid_t driver;

static int try_connect(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", socket_path);
	if (!connect(fd, (const struct sockaddr *)&a, sizeof(a)))
		return fd;
	close(fd);
	return -1;
}

static void start_driver(const struct xmt_ns *host)
{
	char path[4100];
	int fd = -1;

	snprintf(path, sizeof(path), "%s-docker", nt_bin());
	if (access(path, X_OK)) {
		xmt_skip("no xmacvlan-docker (libmicrohttpd is missing)");
		exit(0);
	}
	snprintf(socket_path, sizeof(socket_path), "/tmp/%sdocker.sock", xmt_prefix());
	xmt_undo("rm -f %s", socket_path);
	driver = fork();
	if (!driver) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		xmt_ns_enter(host);
		execl(path, path, "--socket", socket_path, "--data-root", "/nonexistent", NULL);
		_exit(127);
	}
	for (int i = 0; fd < 0 && i < 500 * (int)xmt_slow(); i++) {
		usleep(10000);
		fd = try_connect();
	}
	if (fd < 0)
		xmt_die("the driver does not listen");
	close(fd);
}

static void end_driver(void)
{
	int status;

	kill(driver, SIGTERM);
	waitpid(driver, &status, 0);
	xmt_check(WIFEXITED(status) && !WEXITSTATUS(status), "the driver ends with 0");
}

/* Returns the body of the answer */
static const char *request(const char *method, const char *fmt, ...) XMT_PRINTF(2, 3);
static const char *request(const char *method, const char *fmt, ...)
{
	static char answer[ANSWER_MAX];
	char body[1024], head[256];
	int fd = try_connect();
	ssize_t n, len = 0;
	const char *end;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(body, sizeof(body), fmt, ap);
	va_end(ap);
	snprintf(head, sizeof(head),
		 "POST /NetworkDriver.%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
		 "Content-Length: %zu\r\n\r\n",
		 method, strlen(body));
	if (fd < 0 || write(fd, head, strlen(head)) < 0 || write(fd, body, strlen(body)) < 0)
		xmt_die("%s: cannot write", method);
	while ((n = read(fd, answer + len, sizeof(answer) - 1 - len)) > 0)
		len += n;
	close(fd);
	answer[len] = '\0';
	end = strstr(answer, "\r\n\r\n");
	return end ? end + 4 : "";
}

static const char *create_network(char id, const char *options)
{
	return request("CreateNetwork",
		       "{\"NetworkID\":\"%c0000000000000000000\",\"Options\":"
		       "{\"com.docker.network.generic\":{%s}},\"IPv4Data\":[{\"Pool\":"
		       "\"10.5.0.0/24\",\"Gateway\":\"10.5.0.1/24\"}]}",
		       id, options);
}

static const char *delete_network(char id)
{
	return request("DeleteNetwork", "{\"NetworkID\":\"%c0000000000000000000\"}", id);
}

/* A container with an endpoint of the network, 10.5.0.<number>/24 */
static void add_container(const struct nt_net *net, char network, int number)
{
	const struct xmt_ns *container = &net->peer[number - 2];
	const char *answer = request("CreateEndpoint",
				     "{\"NetworkID\":\"%c0000000000000000000\",\"EndpointID\":"
				     "\"%d0000000000000000000\",\"Interface\":{\"Address\":"
				     "\"10.5.0.%d/24\"}}",
				     network, number, number);

	xmt_check(strstr(answer, "02:42:0a:05:00:0") != NULL, "CreateEndpoint: %s", answer);
	xmt_must("ip -n %s link set d%d0000000000000 netns %s name eth0", net->host.name, number,
		 container->name);
	xmt_must("ip -n %s addr add 10.5.0.%d/24 dev eth0; ip -n %s link set eth0 up",
		 container->name, number, container->name);
}

static void delete_endpoint(char network, int number)
{
	request("DeleteEndpoint",
		"{\"NetworkID\":\"%c0000000000000000000\",\"EndpointID\":"
		"\"%d0000000000000000000\"}",
		network, number);
}

static void check_ping(const struct xmt_ns *from, const char *to, const char *what)
{
	int ret = xmt_run("nsenter --net=/run/netns/%s ping -c 3 -i 0.2 -W %u %s", from->name,
			  3 * xmt_slow(), to);

	xmt_check(!ret, "%s: %s", what, xmt_output());
}

/* Whether this kernel has such devices. If not, the driver has to say so. */
static bool need_kind(const char *kind, const char *answer)
{
	if (!strcmp(answer, "{}"))
		return true;
	xmt_check(strstr(answer, "this kernel has no") && strstr(answer, kind),
		  "a kernel without %s devices: %s", kind, answer);
	xmt_skip("%s: the kernel has no such devices", kind);
	end_driver();
	return false;
}

static void test_vlan(void)
{
	struct nt_net net;
	const char *answer;

	nt_net(&net, 2, 0);
	start_driver(&net.host);
	if (!need_kind("8021q", create_network('a', "\"parent\":\"p0.10\"")))
		return;
	xmt_check(nt_exists(&net.host, "p0.10"), "the VLAN device is made");
	xmt_must("ip -n %s link add link w0 name w0.10 type vlan id 10 && "
		 "ip -n %s addr add 10.5.0.1/24 dev w0.10 && ip -n %s link set w0.10 up",
		 net.wire.name, net.wire.name, net.wire.name);
	add_container(&net, 'a', 2);
	check_ping(&net.peer[0], "10.5.0.1", "the container reaches the VLAN");
	answer = create_network('b', "\"parent\":\"p0.10\"");
	xmt_check(!strcmp(answer, "{}"), "a second network on it: %s", answer);
	delete_endpoint('a', 2);
	delete_network('a');
	xmt_check(nt_exists(&net.host, "p0.10"), "it stays for the second network");
	xmt_must("ip -n %s link del p0.10", net.host.name);
	add_container(&net, 'b', 3);
	check_ping(&net.peer[1], "10.5.0.1", "a VLAN device that was deleted is made again");
	delete_endpoint('b', 3);
	delete_network('b');
	xmt_check(!nt_exists(&net.host, "p0.10"), "it goes with the last network");
	xmt_must("ip -n %s link add link p0 name p0.20 type vlan id 20", net.host.name);
	create_network('c', "\"parent\":\"p0.20\"");
	delete_network('c');
	xmt_check(nt_exists(&net.host, "p0.20"), "a VLAN device of the administrator stays");
	answer = create_network('d', "\"parent\":\"p0.30\",\"mode\":\"l2\"");
	xmt_check(strstr(answer, "Err") && !nt_exists(&net.host, "p0.30"),
		  "a refused network makes no device: %s", answer);
	end_driver();
}

static void test_dummy(void)
{
	struct nt_net net;

	nt_net(&net, 2, 0);
	start_driver(&net.host);
	if (!need_kind("dummy", create_network('a', "")))
		return;
	xmt_check(nt_exists(&net.host, "dm-a00000000000"), "without a parent: a dummy device");
	add_container(&net, 'a', 2);
	add_container(&net, 'a', 3);
	check_ping(&net.peer[0], "10.5.0.3", "its containers reach each other");
	delete_endpoint('a', 2);
	delete_endpoint('a', 3);
	delete_network('a');
	xmt_check(!nt_exists(&net.host, "dm-a00000000000"), "it goes with the network");
	xmt_check(!nt_xm(&net.host, "show") && !xmt_output()[0], "nothing is left: %s",
		  xmt_output());
	end_driver();
}

static const struct nt_case cases[] = {
	{ "vlan", 60, test_vlan },
	{ "dummy", 60, test_dummy },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
