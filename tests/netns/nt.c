// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases, the command_format under test, the topology. See nt.h. */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nt.h"

#define COMMAND_TIMEOUT 20
#define SAMPLE_MS	20 /* of CPU time */

static char bin[4096];
static unsigned int case_index;

unsigned int nt_index(void)
{
	return case_index;
}

uint64_t nt_seed(void)
{
	const char *given = getenv("XMT_SEED");
	uint64_t seed =
		given ? strtoull(given, NULL, 0) : (uint64_t)getpid() * 1000003 + nt_now_ms();

	printf("     seed %llu\n", (unsigned long long)seed);
	return seed;
}

const char *nt_bin(void)
{
	const char *path = getenv("XMACVLAN") ?: NT_BIN;

	if (!bin[0] && !realpath(path, bin))
		xmt_die("%s: %s", path, strerror(errno));
	return bin;
}

void nt_use_bin(const char *path)
{
	if (!realpath(path, bin))
		xmt_die("%s: %s", path, strerror(errno));
}

uint64_t nt_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

static uint64_t cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

void nt_need_netkit(void)
{
	if (xmt_has_netkit())
		return;
	xmt_skip("the kernel has no netkit");
	exit(0);
}

uint64_t nt_busy_limit_ms(uint64_t ms)
{
	uint64_t begin = nt_now_ms(), end = cpu_ms() + SAMPLE_MS, took;

	while (cpu_ms() < end)
		;
	/* CPU time costs took / SAMPLE_MS times as much time */
	took = nt_now_ms() - begin;
	took = took < SAMPLE_MS ? SAMPLE_MS : took > 10 * SAMPLE_MS ? 10 * SAMPLE_MS : took;
	return ms * took / SAMPLE_MS * xmt_slow();
}

void nt_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* A bpffs for the processes of this case only; it ends with the last of them */
static void case_mount_bpffs(void)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/sys", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, "mode=0700"))
		xmt_die("cannot mount a bpffs: %s", strerror(errno));
}

static void case_delete_namespaces(void)
{
	struct dirent *de;
	DIR *dir = opendir("/run/netns");

	if (!dir)
		return;
	while ((de = readdir(dir)))
		if (!strncmp(de->d_name, xmt_prefix(), strlen(xmt_prefix())))
			xmt_run("ip netns del '%s'", de->d_name);
	closedir(dir);
}

static void case_wait(const struct nt_case *c, pid_t pid)
{
	unsigned int timeout_s = c->timeout_s * xmt_slow();
	uint64_t end = nt_now_ms() + timeout_s * 1000ull;
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (nt_now_ms() > end) {
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
			xmt_fail("%s: not finished after %u s", c->name, timeout_s);
			return;
		}
		usleep(2000);
	}
	if (WIFSIGNALED(status))
		xmt_fail("%s: killed by signal %d", c->name, WTERMSIG(status));
}

static void case_run(const struct nt_case *c)
{
	uint64_t start = nt_now_ms();
	pid_t pid;

	printf("---- %s\n", c->name);
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		xmt_die("fork: %s", strerror(errno));
	if (!pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		case_mount_bpffs();
		c->run();
		exit(0);
	}
	setpgid(pid, pid);
	case_wait(c, pid);
	kill(-pid, SIGKILL);
	case_delete_namespaces();
	printf("     %s: %.1f s\n", c->name, (nt_now_ms() - start) / 1e3);
}

/* words: the arguments of the program, NULL at their end */
static bool case_has_word(const struct nt_case *c, char **words)
{
	while (*words && !strstr(c->name, *words))
		words++;
	return *words;
}

void nt_main(int argc, char **argv, const struct nt_case *cases, unsigned int n)
{
	unsigned int sum = 30, i;
	struct xmt_ns first;

	for (i = 0; i < n; i++)
		sum += cases[i].timeout_s;
	xmt_init(sum);
	nt_bin();
	/* `ip netns` makes /run/netns a shared mount, before the cases leave the mount namespace */
	xmt_ns_add(&first, "first", 0);
	xmt_ns_del(&first);
	for (i = 0; i < n; i++) {
		case_index = i;
		if (argc < 2 || case_has_word(&cases[i], argv + 1))
			case_run(&cases[i]);
	}
	xmt_done();
}

static void command_format(char *line, size_t size, const struct xmt_ns *ns, const char *options,
			   const char *fmt, va_list ap)
{
	int n = snprintf(line, size, "timeout -k 2 %u %s%s%s%s ", COMMAND_TIMEOUT * xmt_slow(),
			 nt_bin(), options, ns ? " -n " : "", ns ? ns->name : "");

	vsnprintf(line + n, size - n, fmt, ap);
}

int nt_xm(const struct xmt_ns *ns, const char *fmt, ...)
{
	char line[4000];
	va_list ap;

	va_start(ap, fmt);
	command_format(line, sizeof(line), ns, "", fmt, ap);
	va_end(ap);
	return xmt_run("%s", line);
}

void nt_xm_must(const struct xmt_ns *ns, const char *fmt, ...)
{
	char line[4000];
	va_list ap;

	va_start(ap, fmt);
	command_format(line, sizeof(line), ns, "", fmt, ap);
	va_end(ap);
	xmt_must("%s", line);
}

/* xmt_run() keeps 64 KiB, but `show` of a thousand endpoints is longer */
static json_t *command_load_json(const char *line)
{
	FILE *f = popen(line, "r");
	json_error_t error;
	json_t *doc;

	if (!f)
		return NULL;
	doc = json_loadf(f, 0, &error);
	while (fgetc(f) != EOF)
		;
	pclose(f);
	return doc;
}

json_t *nt_xm_json(const struct xmt_ns *ns, const char *fmt, ...)
{
	char line[4000];
	va_list ap;

	va_start(ap, fmt);
	command_format(line, sizeof(line) - 16, ns, " -j -s", fmt, ap);
	va_end(ap);
	strcat(line, " 2>/dev/null");
	return command_load_json(line);
}

long long nt_number(const struct xmt_ns *ns, const char *name, const char *path)
{
	json_t *doc = nt_xm_json(ns, "show %s", name), *at = json_array_get(doc, 0);
	char copy[128], *key, *rest = copy;
	long long n;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((key = strsep(&rest, ".")))
		at = json_object_get(at, key);
	n = json_is_integer(at) ? json_integer_value(at) : -1;
	json_decref(doc);
	return n;
}

void nt_net(struct nt_net *net, unsigned int peers, unsigned int ns_flags)
{
	char name[16];

	net->peers = peers;
	xmt_ns_add(&net->wire, "wire", ns_flags);
	xmt_ns_add(&net->host, "host", ns_flags);
	for (unsigned int i = 0; i < peers; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		xmt_ns_add(&net->peer[i], name, ns_flags);
		xmt_must("ip -n %s link set lo up", net->peer[i].name);
	}
	xmt_must("ip -n %s link set lo up && ip -n %s link set lo up", net->wire.name,
		 net->host.name);
	xmt_veth(&net->wire, "w0", NT_WIRE_MAC, &net->host, "p0", NT_HOST_MAC);
}

void nt_wait_operstate(const struct xmt_ns *ns)
{
	for (unsigned int i = 0; i < 3000 * xmt_slow(); i++) {
		xmt_run("for k in veth netkit; do ip -n %s -o link show type $k 2>/dev/null; done "
			"| "
			"grep -E 'LOWER_UP|state UNKNOWN' | grep -v 'state UP '",
			ns->name);
		if (!xmt_output()[0])
			return;
		usleep(10000);
	}
	xmt_die("devices whose operstate is not UP: %s", xmt_output());
}

void nt_wait_net(const struct nt_net *net)
{
	nt_wait_operstate(&net->host);
	nt_wait_operstate(&net->wire);
	for (unsigned int i = 0; i < net->peers; i++)
		nt_wait_operstate(&net->peer[i]);
}

void nt_station(struct nt_station *s, const struct xmt_ns *ns, const char *dev, unsigned int id)
{
	s->ns = ns;
	s->id = id;
	snprintf(s->dev, sizeof(s->dev), "%s", dev);
	if (xmt_link_mac(ns, dev, s->mac))
		xmt_die("no device %s in %s", dev, ns->name);
	xmt_must("ip -n %s addr add 10.9.0.%u/24 dev %s && "
		 "ip -n %s addr add fd09::%x/64 dev %s nodad",
		 ns->name, id, dev, ns->name, id, dev);
	nt_wait_operstate(ns);
}

void nt_stations(const struct nt_net *net, struct nt_station *wire, struct nt_station *host)
{
	nt_station(wire, &net->wire, "w0", NT_ID_WIRE);
	nt_station(host, &net->host, "p0", NT_ID_HOST);
}

void nt_endpoint(const struct nt_net *net, struct nt_station *s, const struct xmt_ns *ns,
		 const char *dev, unsigned int id, const char *options)
{
	char address[40] = "";

	if (!strstr(options, "passthru"))
		snprintf(address, sizeof(address), "address 02:00:00:00:00:%02x", id);
	nt_xm_must(&net->host, "add %s link p0 %s netns %s %s", dev, address, ns->name, options);
	xmt_must("ip -n %s link set %s addrgenmode none up", ns->name, dev);
	nt_wait_operstate(&net->host);
	nt_station(s, ns, dev, id);
}

bool nt_exists(const struct xmt_ns *ns, const char *dev)
{
	return xmt_ifindex(ns, dev) != 0;
}

void nt_edit_record(const struct xmt_ns *host, void (*edit)(struct xm_parent_record *rec))
{
	struct xm_parent_record rec;
	uint32_t key = 0;
	char path[300];
	int fd;

	xmt_must("echo /sys/fs/bpf/xmacvlan/n*-%u/parent", xmt_ifindex(host, "p0"));
	snprintf(path, sizeof(path), "%s", xmt_output());
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_map_lookup_elem(fd, &key, &rec))
		xmt_die("cannot read %s", path);
	edit(&rec);
	if (bpf_map_update_elem(fd, &key, &rec, BPF_ANY))
		xmt_die("cannot write %s", path);
	close(fd);
}
