// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A process that has a lock is stopped, or exchanges data with a slow process: what other processes
 * wait for, and how long
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "plugin.h"
#include "refusal.h"
#include "stopped_holder.h"

#define BEAT_ENDS_S "3.5" /* the filters have expired this long after the watcher's last beat */

static struct nt_net net;

static void holder_continue(pid_t pid)
{
	kill(pid, SIGCONT);
	xmt_must("i=0; while kill -0 %d 2>/dev/null && [ $i -lt 3000 ]; do sleep 0.01; "
		 "i=$((i+1)); done; [ $i -lt 3000 ]",
		 pid);
}

/* A command ends after --timeout and names the holder */
static void wait_ends(void)
{
	char want[64];
	uint64_t ms;
	pid_t pid;
	int code;

	nt_net(&net, 0, 0);
	pid = holder_stop(&net.host, "p0");
	snprintf(want, sizeof(want), "process %d (xmacvlan) has ", pid);
	code = holder_timed_run(&net.host, "--timeout 2.5", "add x link p0", &ms);
	xmt_check(code == 2 && ms > 2400 && ms < 2500 + nt_busy_limit_ms(1000),
		  "--timeout 2.5: %d, %llu ms", code, (unsigned long long)ms);
	xmt_check(strstr(xmt_output(), "waiting for the lock") && strstr(xmt_output(), want) &&
			  strstr(xmt_output(), "within 2.500 s"),
		  "it names process %d: %s", pid, xmt_output());
	code = holder_timed_run(&net.host, "--timeout 0", "add x link p0", &ms);
	xmt_check(code == 2 && ms < holder_at_once_ms() && strstr(xmt_output(), want) &&
			  refusal_is_one_line(xmt_output()),
		  "--timeout 0: %d, %llu ms, %s", code, (unsigned long long)ms, xmt_output());
	for (int i = 0; i < 4; i++) {
		static const char *const bad[] = { "-1", "x", "1s", "86401" };
		char option[32];

		snprintf(option, sizeof(option), "--timeout %s", bad[i]);
		xmt_check(holder_timed_run(&net.host, option, "show", &ms) == 1, "%s: %s", option,
			  xmt_output());
	}
	holder_continue(pid);
	xmt_check(nt_exists(&net.host, "p0-1") &&
			  !holder_timed_run(&net.host, "", "add x link p0", &ms),
		  "the holder goes on, and so do others");
}

/* Without --timeout a command and the plugin wait for 30 s */
static void default_wait_ends(void)
{
	const char *end;
	uint64_t del_s;
	pid_t pid;
	int code;

	plugin_net(&net, 1, 0);
	pid = holder_stop(&net.host, "p0");
	xmt_must("(s=$(date +%%s); %s -n %s del p0-1 2>%s/del; echo $? $(($(date +%%s) - s)) "
		 ">>%s/del) >/dev/null 2>&1 &",
		 nt_bin(), net.host.name, plugin_dir(), plugin_dir());
	code = PLUGIN("ADD", "{'cniVersion':'1.1.0','name':'n','type':'xmacvlan','master':'p0'}");
	xmt_check(code, "ADD fails");
	plugin_check_error("ADD", 11, "within 30.000 s: process ", "(xmacvlan) has the lock");
	xmt_must("i=0; until grep -q '^[0-9]* [0-9]*$' %s/del || [ $i = 1000 ]; do sleep 0.02; "
		 "i=$((i+1)); done; cat %s/del",
		 plugin_dir(), plugin_dir());
	end = strstr(xmt_output(), "\n2 ");
	del_s = end ? strtoull(end + 3, NULL, 10) : 0;
	xmt_check(strstr(xmt_output(), "waiting for the lock") && del_s >= 30 &&
			  del_s <= 30 + nt_busy_limit_ms(1000) / 1000,
		  "del: %s", xmt_output());
	kill(pid, SIGKILL);
	holder_check_at_once(&net.host, "add x link p0");
}

/* The filters are valid while the watcher's beat goes on */
static bool beat_is_valid(void)
{
	return !xmt_run("m=$(ls -d /sys/fs/bpf/xmacvlan/n*/groups_valid) && "
			"u=$(bpftool -j map dump pinned $m | grep -o '\"until\":[0-9]*' | head -1) "
			"&& n=$(cut -d' ' -f1 /proc/uptime) && "
			"[ ${u#*:} -gt ${n%%.*}${n#*.}0000000 ]");
}

static void watcher_goes_on(void)
{
	uint64_t begin;
	pid_t pid;

	nt_net(&net, 0, 0);
	nt_xm_must(&net.host, "add e0 link p0");
	daemon_start();
	xmt_must("i=0; until [ $i = 20 ]; do i=$((i+1)); sleep 0.1; done");
	xmt_check(beat_is_valid(), "the watcher beats");
	pid = holder_stop(&net.host, "p0");
	/* An event for which the watcher needs the lock */
	xmt_must("ip -n %s link set p0 mtu 1400", net.host.name);
	xmt_must("sleep " BEAT_ENDS_S);
	xmt_check(beat_is_valid(), "it beats while a stopped command has the lock");
	begin = nt_now_ms();
	daemon_end(SIGTERM);
	xmt_check(nt_now_ms() - begin < 10000, "it ends within %llu ms",
		  (unsigned long long)(nt_now_ms() - begin));
	kill(pid, SIGKILL);
}

/* While the writer of a batch sleeps, the batch has no lock */
static void slow_writers(void)
{
	static const char *const readers[] = {
		"f=%s/fifo; mkfifo $f; (echo 'add s link p0'; sleep 3) >$f & %s -n %s -b $f",
		"D=%s; (echo 'del s'; sleep 3) | %s -n %s -b /dev/stdin",
		"D=%s; (echo 'add s link p0'; sleep 3) | %s -n %s -b -",
	};
	char what[80];

	plugin_net(&net, 0, 0);
	for (unsigned int i = 0; i < 3; i++) {
		char line[256];

		snprintf(line, sizeof(line), readers[i], plugin_dir(), nt_bin(), net.host.name);
		xmt_must("(%s; echo done $? >%s/end) >/dev/null 2>&1 & sleep 0.5", line,
			 plugin_dir());
		snprintf(what, sizeof(what), "add x%u link p0", i);
		holder_check_at_once(&net.host, what);
		xmt_must("i=0; until grep -q 'done 0' %s/end || [ $i = 500 ]; do i=$((i+1)); "
			 "sleep 0.01; done; cat %s/end; rm %s/end",
			 plugin_dir(), plugin_dir(), plugin_dir());
	}
	/* /tmp may be read-only */
	xmt_check(!xmt_run("unshare -m sh -c 'mount -t tmpfs -o ro x /tmp; echo show | %s -n %s "
			   "-b -' 2>&1",
			   nt_bin(), net.host.name),
		  "with a read-only /tmp: %s", xmt_output());
}

/* The output is larger than a pipe, and its reader is slow: no other command waits for it */
static void slow_reader(void)
{
	nt_net(&net, 0, 0);
	xmt_must("((for i in $(seq 300); do echo add e$i link p0; done; echo show; echo del none; "
		 "echo show) | "
		 "timeout 60 %s -s -n %s -f -b - | (sleep 4; cat)) >/dev/null 2>&1 & "
		 "until ip -n %s link show e300 >/dev/null 2>&1; do sleep 0.1; done; sleep 0.5",
		 nt_bin(), net.host.name, net.host.name);
	holder_check_at_once(&net.host, "add x link p0");
	xmt_must("(echo show; echo del none; echo show) | %s -n %s -f -b - 2>&1 | "
		 "grep -n 'parent\\|no such' | cut -d: -f2 | tr -d '\\n'",
		 nt_bin(), net.host.name);
	xmt_check(!strcmp(xmt_output(), "parent p0xmacvlanparent p0"),
		  "output and errors keep their order: %s", xmt_output());
}

static void netns_is_fifo(void)
{
	uint64_t ms;
	int code;

	plugin_net(&net, 0, 0);
	xmt_must("mkfifo %s/fifo", plugin_dir());
	xmt_must("(timeout 10 %s -n %s add x link p0 netns %s/fifo; echo $? >%s/end) 2>&1 & "
		 "sleep 0.3",
		 nt_bin(), net.host.name, plugin_dir(), plugin_dir());
	holder_check_at_once(&net.host, "add y link p0");
	xmt_must("sleep 0.5; cat %s/end", plugin_dir());
	xmt_check(!strcmp(xmt_output(), "2"), "a FIFO as the namespace is refused: %s",
		  xmt_output());
	code = holder_timed_run(&net.host, "", "add x link p0 netns /dev/ptmx", &ms);
	refusal_check("a device as the namespace", code, 2, "is not a network namespace", NULL);
}

static const struct nt_case cases[] = {
	{ "wait ends", 60, wait_ends },	    { "default wait", 90, default_wait_ends },
	{ "watcher", 60, watcher_goes_on }, { "slow writers", 60, slow_writers },
	{ "slow reader", 60, slow_reader }, { "netns FIFO", 60, netns_is_fifo },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
