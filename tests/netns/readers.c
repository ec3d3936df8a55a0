// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `show` and CNI's CHECK and STATUS only read: each of their system calls, commands of bpf(2) and
 * types of netlink messages is on a list of allowed ones. They mark what is out of line, and work
 * while commands change what they read.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/nsfs.h>
#include <linux/perf_event.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plugin.h"
#include "tracer.h"

#define MANY	   500 /* endpoints */
#define BUSY_S	   6
#define CONF	   "{'cniVersion':'1.1.0','name':'n','type':'xmacvlan','master':'p0'%s}"
#define MAX_BROKEN 8 /* forbidden calls of one command that are printed */

static struct nt_net net;

/* Calls that change nothing outside the process, whatever their arguments are */
static const long harmless[] = {
	SYS_read,
	SYS_pread64,
	SYS_close,
	SYS_fstat,
	SYS_newfstatat,
	SYS_statx,
	SYS_lseek,
	SYS_mmap,
	SYS_munmap,
	SYS_mremap,
	SYS_mprotect,
	SYS_madvise,
	SYS_brk,
	SYS_faccessat,
	SYS_faccessat2,
	SYS_readlinkat,
	SYS_getdents64,
	SYS_statfs,
	SYS_fstatfs,
	SYS_socket,
	SYS_bind,
	SYS_getsockname,
	SYS_getsockopt,
	SYS_setsockopt,
	SYS_recvmsg,
	SYS_recvfrom,
	SYS_capget,
	SYS_capset,
	SYS_prctl,
	SYS_umask,
	SYS_getpid,
	SYS_gettid,
	SYS_getuid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getegid,
	SYS_nanosleep,
	SYS_futex,
	SYS_exit_group,
	SYS_clock_nanosleep,
	SYS_rt_sigaction,
	SYS_dup,
	SYS_uname,
	SYS_rt_sigprocmask,
	SYS_prlimit64,
	SYS_getrandom,
	SYS_setns,
	SYS_execve,
	SYS_clock_gettime,
	SYS_rseq,
	SYS_sysinfo,
	SYS_set_tid_address,
	SYS_set_robust_list,
	SYS_sched_getaffinity,
	SYS_poll,
	SYS_ppoll,
	SYS_epoll_create1,
	SYS_epoll_ctl,
	SYS_epoll_wait,
	SYS_epoll_pwait,
#ifdef __x86_64__
	SYS_access,
	SYS_stat,
	SYS_readlink,
	SYS_arch_prctl,
#endif
};

/* Of bpf(2) */
static const unsigned int bpf_reads[] = {
	BPF_MAP_LOOKUP_ELEM,	BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_BATCH,  BPF_OBJ_GET,
	BPF_OBJ_GET_INFO_BY_FD, BPF_PROG_QUERY,	      BPF_PROG_GET_FD_BY_ID,
};

struct watched {
	struct tracer tracer;
	bool may_probe; /* load programs and maps, without attaching or pinning them */
	/*
	 * open perf events, and enter them into a map (events) and into one of libbpf's own; the
	 * rest is in shared memory
	 */
	bool may_listen;
	bool begun; /* the shell has executed the command */
	unsigned int calls, broken;
};

static bool call_is_harmless(const struct tracer_call *call)
{
	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		if (call->nr == (uint64_t)harmless[i])
			return true;
	return false;
}

static bool bpf_is_reading(const struct tracer_call *call, const struct watched *w)
{
	if (call->args[0] == BPF_MAP_CREATE || call->args[0] == BPF_PROG_LOAD)
		return w->may_probe || w->may_listen;
	if (call->args[0] == BPF_MAP_UPDATE_ELEM || call->args[0] == BPF_MAP_DELETE_ELEM)
		return w->may_listen;
	for (size_t i = 0; i < sizeof(bpf_reads) / sizeof(*bpf_reads); i++)
		if (call->args[0] == bpf_reads[i])
			return true;
	return false;
}

static bool call_is_reading(const struct tracer_call *call, const struct watched *w)
{
	switch (call->nr) {
	case SYS_perf_event_open:
		return w->may_listen;
	case SYS_openat:
		return (call->args[2] & O_ACCMODE) == O_RDONLY && !(call->args[2] & O_CREAT);
	case SYS_write:
	case SYS_writev:
		return call->args[0] == STDOUT_FILENO || call->args[0] == STDERR_FILENO;
	case SYS_fcntl: /* F_OFD_GETLK takes no lock: to see whether the watcher has its own */
		return call->args[1] != F_SETLK && call->args[1] != F_OFD_SETLK &&
		       call->args[1] != F_SETLKW && call->args[1] != F_OFD_SETLKW;
	case SYS_ioctl:
		if (call->args[1] == PERF_EVENT_IOC_ENABLE ||
		    call->args[1] == PERF_EVENT_IOC_DISABLE)
			return w->may_listen;
		return call->args[1] == NS_GET_NSTYPE || call->args[1] == TCGETS;
	case SYS_bpf:
		return bpf_is_reading(call, w);
	case SYS_sendto:
	case SYS_sendmsg:
		return tracer_is_rtnl_get(call);
	}
	return call_is_harmless(call);
}

static int watched_on_call(struct tracer *t, const struct tracer_call *call)
{
	struct watched *w = (struct watched *)t;

	if (!w->begun) {
		/* The command, not the shell */
		w->begun = call->nr == SYS_execve && !tracer_path_has_prefix(call, 0, "/bin/") &&
			   !tracer_path_has_prefix(call, 0, "/usr/");
		return 0;
	}
	w->calls++;
	if (call_is_reading(call, w))
		return 0;
	if (w->broken++ < MAX_BROKEN)
		printf("     system call %llu(%#llx, %#llx, %#llx)\n", (unsigned long long)call->nr,
		       (unsigned long long)call->args[0], (unsigned long long)call->args[1],
		       (unsigned long long)call->args[2]);
	return 0;
}

/* Runs a shell line, which execs the command, and checks the command's calls */
static void check_reads(const char *what, int code, const char *line)
{
	struct watched w = { .tracer.on_call = watched_on_call,
			     .may_probe = !strcmp(what, "STATUS"),
			     .may_listen = strstr(what, "monitor drops") };
	int is = tracer_run(&w.tracer, line);

	xmt_check(is == code && !w.broken && w.calls > 10,
		  "%s: code %d, %u of %u calls are no reading ones %s", what, is, w.broken, w.calls,
		  w.tracer.message);
}

static void check_shows(const char *what, const char *name, int code)
{
	static const char *const options[] = { "", "-s", "-j", "-s -j", "-j -p -s" };
	char line[512], text[128];

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		snprintf(line, sizeof(line), "exec %s %s -n %s show %s", nt_bin(), options[i],
			 net.host.name, name);
		snprintf(text, sizeof(text), "%s: %s show %s", what, options[i], name);
		check_reads(text, code, line);
	}
}

/* Those that are not printed as JSON */
static void check_pictures(const char *what)
{
	static const char *const commands[] = { "metrics",
						"show --tree",
						"show --dot",
						"save",
						"monitor changes --for 0.2",
						"monitor drops --for 0.2" };
	char line[512], text[128];

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		snprintf(line, sizeof(line), "exec %s -n %s %s", nt_bin(), net.host.name,
			 commands[i]);
		snprintf(text, sizeof(text), "%s: %s", what, commands[i]);
		check_reads(text, 0, line);
	}
}

static void check_all_shows(const char *what)
{
	check_pictures(what);
	check_shows(what, "", 0);
	check_shows(what, "link p0", 0);
	check_shows(what, "p0", 0);
	check_shows(what, "e0", 0);
	check_shows(what, "s0", 0);
	check_shows(what, "none", 2);
}

static bool is_shown(const char *name, const char *text)
{
	nt_xm(&net.host, "show %s", name);
	return strstr(xmt_output(), text);
}

static void readers_make_net(void)
{
	plugin_net(&net, 1, 0);
	nt_xm_must(&net.host, "add e0 link p0 netns %s ifname e0", net.peer[0].name);
	nt_xm_must(&net.host, "add s0 link p0 mode source macaddr add 02:00:00:00:00:99");
}

static void healthy(void)
{
	readers_make_net();
	check_all_shows("healthy");
	xmt_check(!is_shown("", "stale"), "nothing is stale: %s", xmt_output());
}

static void out_of_line(void)
{
	readers_make_net();
	xmt_must("ip -n %s link set e0 address 02:00:00:00:00:55", net.peer[0].name);
	check_all_shows("another MAC");
	xmt_check(is_shown("e0", "stale: address of the device is 02:00:00:00:00:55"), "MAC: %s",
		  xmt_output());
	xmt_must("ip -n %s link set p0 mtu 1400", net.host.name);
	check_all_shows("another MTU");
	xmt_check(is_shown("s0", "stale: mtu of the host end is 1500, of p0 1400"), "MTU: %s",
		  xmt_output());
	if (xmt_run("ip -n %s link add link p0 name v5 type vlan id 5", net.host.name))
		xmt_skip("VLAN: the kernel has no VLAN devices");
	else
		xmt_check(is_shown("p0", "stale: its VLAN devices have changed"), "VLAN: %s",
			  xmt_output());
	nt_xm_must(&net.host, "sync");
	xmt_check(!is_shown("", "stale"), "sync mends them: %s", xmt_output());
	xmt_must("tc -n %s filter del block $((0x40000000 + %d))", net.host.name,
		 xmt_ifindex(&net.host, "p0"));
	check_all_shows("no filter");
	xmt_check(is_shown("p0", "stale: endpoint_rx is not attached"), "filter: %s", xmt_output());
	xmt_must("rm /sys/fs/bpf/xmacvlan/n*/parent_rx_link");
	xmt_check(is_shown("p0", "stale: parent_rx is not attached to p0"), "program: %s",
		  xmt_output());
	xmt_must("ip -n %s link del e0", net.peer[0].name);
	check_all_shows("a device has gone");
	xmt_check(is_shown("e0", "stale: the device has gone"), "gone: %s", xmt_output());
	nt_xm_must(&net.host, "sync");
	xmt_check(nt_xm(&net.host, "show e0") == 2 && !is_shown("s0", "stale"),
		  "sync removes it: %s", xmt_output());
	xmt_must("ip -n %s link del p0", net.host.name);
	check_shows("parent gone", "", 0);
	xmt_check(is_shown("", "stale: the device has gone") && is_shown("s0", "has gone"),
		  "parent gone: %s", xmt_output());
	nt_xm_must(&net.host, "sync");
	xmt_check(!nt_xm(&net.host, "show") && !xmt_output()[0], "then nothing is left: %s",
		  xmt_output());
}

static void set_parent_mac(const char *mac)
{
	xmt_must("ip -n %s link set p0 address %s", net.host.name, mac);
}

/* The parent gets a MAC that an endpoint has: neither repaired nor hidden */
static void shared_mac(void)
{
	readers_make_net();
	nt_xm_must(&net.host, "set e0 address 02:00:00:00:00:10");
	nt_xm_must(&net.host, "set e0 address add 02:00:00:00:00:55");
	set_parent_mac("02:00:00:00:00:55");
	check_all_shows("the parent has an additional MAC");
	xmt_check(is_shown("e0", "stale: address 02:00:00:00:00:55 is also that of the parent p0"),
		  "additional MAC: %s", xmt_output());
	set_parent_mac("02:00:00:00:00:10");
	xmt_check(is_shown("e0", "stale: address 02:00:00:00:00:10 is also that of the parent p0"),
		  "own MAC: %s", xmt_output());
	set_parent_mac(NT_HOST_MAC);
	xmt_check(!is_shown("", "stale"), "neither: %s", xmt_output());
	nt_xm_must(&net.host, "del e0");
	nt_xm_must(&net.host, "del s0");
	nt_xm_must(&net.host, "add e0 link p0 mode passthru");
	xmt_check(!is_shown("", "stale"), "passthru shares the parent's MAC: %s", xmt_output());
	nt_xm_must(&net.host, "set e0 address add 02:00:00:00:00:55");
	set_parent_mac("02:00:00:00:00:55");
	nt_xm_must(&net.host, "sync");
	xmt_check(is_shown("e0", "stale: address 02:00:00:00:00:55 is also that of the parent p0"),
		  "additional MAC, passthru: %s", xmt_output());
}

/* A batch of adds, killed */
static void interrupted(void)
{
	json_t *doc;

	readers_make_net();
	nt_xm_must(&net.host, "detach p0 force");
	xmt_must("for i in $(seq 400); do echo add f$i link p0; done >%s/lines; "
		 "%s -n %s -b %s/lines & p=$!; "
		 "until ip -n %s link show f1 >/dev/null 2>&1; do :; done; kill -STOP $p; "
		 "%s -n %s show f1; kill -KILL $p",
		 plugin_dir(), nt_bin(), net.host.name, plugin_dir(), net.host.name, nt_bin(),
		 net.host.name);
	xmt_check(!!strstr(xmt_output(), "stale: is being added or deleted"), "stopped: %s",
		  xmt_output());
	check_shows("interrupted", "", 0);
	check_shows("interrupted", "f1", 0);
	xmt_check(is_shown("f1", "stale: a killed command left it half added or deleted"),
		  "killed: %s", xmt_output());
	doc = nt_xm_json(&net.host, "show f1");
	xmt_check(json_object_get(json_array_get(doc, json_array_size(doc) - 1), "stale") != NULL &&
			  json_is_string(json_object_get(
				  json_array_get(doc, json_array_size(doc) - 1), "stale")),
		  "JSON has the key stale");
	json_decref(doc);
	nt_xm_must(&net.host, "sync");
	xmt_check(nt_xm(&net.host, "show f1") == 2, "sync removes it: %s", xmt_output());
}

static void plugin_reads(void)
{
	char line[1024], *prev;

	plugin_net(&net, 1, 0);
	xmt_check(!PLUGIN("ADD", CONF, ""), "ADD: %s", plugin_msg());
	prev = plugin_dump();
	snprintf(line, sizeof(line),
		 "export CNI_COMMAND=CHECK CNI_CONTAINERID=c1 CNI_NETNS=/run/netns/%s "
		 "CNI_IFNAME=eth0 CNI_PATH=%s/bin; exec 9</run/netns/%s <%s/config; "
		 "exec nsenter --net=/proc/self/fd/9 %s",
		 net.peer[0].name, plugin_dir(), net.host.name, plugin_dir(), plugin_bin());
	xmt_check(!PLUGIN("CHECK",
			  "{'cniVersion':'1.1.0','name':'n','type':'xmacvlan',"
			  "'master':'p0','prevResult':%s}",
			  prev),
		  "CHECK: %s", plugin_msg());
	free(prev);
	check_reads("CHECK", 0, line);
	xmt_must("ip -n %s link set p0 mtu 1400", net.host.name);
	check_reads("CHECK, another MTU", 0, line);
	snprintf(line, sizeof(line),
		 "export CNI_COMMAND=STATUS CNI_PATH=%s/bin; exec 9</run/netns/%s <%s/config; "
		 "exec nsenter --net=/proc/self/fd/9 %s",
		 plugin_dir(), net.host.name, plugin_dir(), plugin_bin());
	xmt_check(!PLUGIN("STATUS", CONF, ""), "STATUS: %s", plugin_msg());
	check_reads("STATUS", 0, line);
	xmt_check(is_shown("", "stale: mtu"), "it is still out of line: %s", xmt_output());
}

/* Commands change everything while readers read: none of them fails */
static void beside_writers(void)
{
	plugin_net(&net, 1, 0);
	xmt_veth(&net.wire, "w1", NULL, &net.host, "p1", NULL);
	xmt_check(!PLUGIN("ADD", CONF, ""), "ADD: %s", plugin_msg());
	xmt_must("cd %s; X='%s -n %s'; end=$(($(date +%%s) + %d)); "
		 "more() { [ $(date +%%s) -lt $end ]; }; "
		 "(while more; do $X add a link p0; $X set a host on mode private; $X add b link "
		 "p1; "
		 "$X set a mode source macaddr set 02:00:00:00:00:01; $X set a mode bridge; "
		 "$X del b; $X del a; done; echo writer $? >>ends) 2>>errors & "
		 "(while more; do $X attach p1; $X detach p1 force; done) 2>/dev/null & "
		 "for i in 1 2 3; do (n=0; bad=0; while more; do n=$((n+1)); "
		 "$X -s -j show >o$i 2>>errors || bad=$((bad+1)); "
		 "python3 -m json.tool <o$i >/dev/null 2>>errors || bad=$((bad+1)); "
		 "grep -o '\"stale\":\"[^\"]*\"' o$i | grep -v 'is being' >>alarms; "
		 "$X show >/dev/null 2>>errors || bad=$((bad+1)); done; echo $n $bad >>reads) & "
		 "done; "
		 "wait; cat reads; cat errors | grep -v 'no such endpoint' | sort | uniq -c | head "
		 "-5",
		 plugin_dir(), nt_bin(), net.host.name, BUSY_S);
	printf("     rounds, failures: %s\n", xmt_output());
	xmt_must("awk '{ n += $1; bad += $2 } END { print n, bad }' %s/reads", plugin_dir());
	xmt_check(strstr(xmt_output(), " 0") && atoi(xmt_output()) > 0, "reads, failures: %s",
		  xmt_output());
	xmt_must("sort %s/alarms | uniq -c", plugin_dir());
	xmt_check(!xmt_output()[0], "nothing is out of line: %s", xmt_output());
}

/*
 * A list of so many devices is interrupted by every one that is added or deleted meanwhile, and
 * begins again. On a busy machine a command says that it waits; that is no error.
 */
static void many_devices(void)
{
	plugin_net(&net, 0, 0);
	xmt_veth(&net.wire, "w1", NULL, &net.host, "p1", NULL);
	xmt_must("for i in $(seq %d); do echo add e$i link p0; done | %s -n %s -b -", MANY,
		 nt_bin(), net.host.name);
	xmt_must("cd %s; X='%s -n %s'; "
		 "(for i in $(seq 60); do $X add a link p0; $X del a; done; : >end) & "
		 "for i in 1 2; do (until [ -e end ]; do $X -s -j show >o$i 2>&1 || tail -c 200 "
		 "o$i >>errors; $X sync >>errors 2>&1; $X attach p1 >>errors 2>&1; "
		 "$X detach p1 >/dev/null 2>&1; done) & done; wait; "
		 "grep -v '^xmacvlan: waiting for the lock of ' errors | sort -u | head -5",
		 plugin_dir(), nt_bin(), net.host.name);
	xmt_check(!xmt_output()[0], "show, sync and attach beside %u devices: %s", 2 * MANY,
		  xmt_output());
}

static const struct nt_case cases[] = {
	{ "healthy", 60, healthy },
	{ "out of line", 120, out_of_line },
	{ "shared MAC", 60, shared_mac },
	{ "interrupted", 60, interrupted },
	{ "plugin", 60, plugin_reads },
	{ "beside writers", 60, beside_writers },
	{ "many devices", 120, many_devices },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
