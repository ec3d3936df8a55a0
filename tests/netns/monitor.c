// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `monitor`: a line for each change and for drops. The lines of a storm add up to the counters; a
 * listener that was killed or stopped leaves no place taken; a reader that does not read slows
 * nobody down.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "monitor_fixture.h"
#include "reach_fixture.h"

#define STORM 20000

static void monitor_make(struct reach *w)
{
	reach_make(w);
	nt_xm_must(&w->net.host, "attach p0 xdp off");
	reach_add_endpoint(w, E0, "e0", "address " M_E0);
}

static void check_has(const struct monitor_run *m, const char *event, const char *a, const char *b)
{
	xmt_check(monitor_has(m, event, a, b), "%s %s %s", event, a ? a : "", b ? b : "");
}

static void changes(void)
{
	struct monitor_run all, one, drops;
	struct reach w;

	monitor_make(&w);
	monitor_start(&all, &w.net.host, "");
	monitor_start(&drops, &w.net.host, "drops");
	nt_xm_must(&w.net.host, "add e1 link p0 netns %s", w.net.peer[1].name);
	check_has(&all, "added", "endpoint=e1", "mode=bridge");
	monitor_start(&one, &w.net.host, "e1 changes");
	nt_xm_must(&w.net.host, "set e1 mode vepa");
	check_has(&all, "changed", "endpoint=e1", "to=vepa");
	nt_xm_must(&w.net.host, "set e0 mode private");
	check_has(&all, "changed", "endpoint=e0", "to=private");
	xmt_must("ip -n %s link set e1 up", w.net.peer[1].name);
	check_has(&all, "carrier", "endpoint=e1", "to=UP");
	xmt_must("ip -n %s link set e1 down", w.net.peer[1].name);
	check_has(&all, "carrier", "endpoint=e1", "to=DOWN");
	xmt_must("ip -n %s link set e1 name eth7", w.net.peer[1].name);
	check_has(&one, "renamed", "from=e1", "to=eth7");
	xmt_must("ip -n %s link set eth7 netns %s", w.net.peer[1].name, w.net.peer[0].name);
	check_has(&all, "moved", "endpoint=e1", "field=netns");
	xmt_must("ip -n %s link set p0 mtu 1400", w.net.host.name);
	check_has(&all, "changed", "parent=p0", "to=1400");
	nt_xm_must(&w.net.host, "sync");
	nt_xm_must(&w.net.host, "del e1");
	check_has(&all, "removed", "endpoint=e1", NULL);
	check_has(&one, "removed", "endpoint=e1", NULL);
	xmt_check(!monitor_count(&one, "changed", "endpoint=e0", NULL),
		  "monitor e1: no line of e0");
	xmt_must("ip -n %s link add p1 up type veth peer name w1", w.net.host.name);
	nt_xm_must(&w.net.host, "attach p1");
	check_has(&all, "added", "parent=p1", NULL);
	nt_xm_must(&w.net.host, "detach p1");
	check_has(&all, "removed", "parent=p1", NULL);
	xmt_check(monitor_end(&all, SIGTERM) == 0, "SIGTERM: exit code 0");
	xmt_check(monitor_end(&one, SIGINT) == 0, "SIGINT: exit code 0");
	xmt_check(monitor_end(&drops, SIGTERM) == 0 && monitor_lines(&drops) == 0,
		  "monitor drops: no line of a change");
	xmt_check(monitor_lines(&all) > 10, "each of %d lines is a JSON object",
		  monitor_lines(&all));
}

/* Between two looks: the stopped monitor sees nothing of it but the kernel's notifications */
/* Until the second such line is there, as long as monitor_has() waits at most for each */
static void wait_for_second(struct monitor_run *m, const char *event, const char *subject)
{
	while (monitor_count(m, event, subject, NULL) < 2 && monitor_has(m, event, subject, NULL))
		usleep(10000);
}

static void between_two_looks(void)
{
	struct monitor_run all, one;
	struct reach w;

	monitor_make(&w);
	nt_xm_must(&w.net.host, "add e1 link p0 address " M_E1);
	monitor_start(&all, &w.net.host, "changes");
	monitor_start(&one, &w.net.host, "e1 changes");
	kill(all.pid, SIGSTOP);
	kill(one.pid, SIGSTOP);
	nt_xm_must(&w.net.host, "add b1 link p0");
	nt_xm_must(&w.net.host, "del b1");
	nt_xm_must(&w.net.host, "add b2 link p0 type tap");
	nt_xm_must(&w.net.host, "del b2");
	xmt_check(nt_xm(&w.net.host, "add b3 link p0 netns none") == 2, "an add that fails: %s",
		  xmt_output());
	nt_xm_must(&w.net.host, "del e1");
	nt_xm_must(&w.net.host, "add e1 link p0 address " M_E1);
	kill(all.pid, SIGCONT);
	kill(one.pid, SIGCONT);
	for (int i = 1; i <= 2; i++) {
		check_has(&all, "added", i > 1 ? "endpoint=b2" : "endpoint=b1", "parent=p0");
		check_has(&all, "removed", i > 1 ? "endpoint=b2" : "endpoint=b1", "parent=p0");
	}
	check_has(&all, "removed", "endpoint=e1", NULL);
	check_has(&all, "added", "endpoint=e1", "mode=bridge");
	nt_xm_must(&w.net.host, "del e1");
	wait_for_second(&all, "removed", "endpoint=e1");
	wait_for_second(&one, "removed", "endpoint=e1");
	xmt_check(monitor_end(&all, SIGTERM) == 0 && monitor_lines(&all) == 7,
		  "%d lines: each is told of once", monitor_lines(&all));
	xmt_check(monitor_end(&one, SIGTERM) == 0 && monitor_lines(&one) == 3,
		  "monitor e1: %d lines", monitor_lines(&one));
}

static void edit_broken(struct xm_parent_record *rec)
{
	snprintf(rec->broken, sizeof(rec->broken), "%s", *rec->broken ? "" : "a reason");
}

static void broken_and_repaired(void)
{
	struct monitor_run m;
	struct reach w;

	monitor_make(&w);
	monitor_start(&m, &w.net.host, "p0 changes");
	nt_edit_record(&w.net.host, edit_broken);
	check_has(&m, "broken", "parent=p0", "to=a reason");
	nt_edit_record(&w.net.host, edit_broken);
	check_has(&m, "repaired", "parent=p0", "from=a reason");
	monitor_end(&m, SIGTERM);
}

static void send_many(int fd, const char *dst, const char *src, unsigned int n)
{
	while (n--)
		probe_send(fd, dst, src, probe_next());
}

/* The guard of parent_xdp */
static void guard(void)
{
	struct monitor_run m;
	struct reach w;

	monitor_make(&w);
	if (nt_xm(&w.net.host, "attach p0 xdp skb guard on") == 2 &&
	    strstr(xmt_output(), "which this kernel lacks")) {
		xmt_skip("%s", xmt_output());
		return;
	}
	monitor_start(&m, &w.net.host, "drops");
	send_many(w.send[WIRE], M_ELSE, NT_WIRE_MAC, STORM / 10);
	check_has(&m, "drop", "reason=unknown_destination", "xdp=true");
	monitor_end(&m, SIGTERM);
	monitor_check_sums(&m, &w.net.host, "guard");
}

/* Two listeners: each of them adds up to the counters */
static void storm(void)
{
	long long reported, suppressed;
	struct monitor_run m, other;
	struct reach w;

	monitor_make(&w);
	monitor_start(&m, &w.net.host, "drops");
	monitor_start(&other, &w.net.host, "");
	send_many(w.send[E0], NT_WIRE_MAC, M_ELSE, STORM);
	send_many(w.send[WIRE], M_ELSE, NT_WIRE_MAC, STORM);
	check_has(&m, "drops", "reason=spoofed_source", NULL);
	send_many(w.send[E0], NT_WIRE_MAC, M_ELSE, STORM);
	xmt_check(monitor_end(&m, SIGTERM) == 0, "a storm: ends");
	xmt_check(monitor_end(&other, SIGTERM) == 0, "a storm: the other ends");
	monitor_check_sums(&m, &w.net.host, "a storm");
	monitor_check_sums(&other, &w.net.host, "a storm, the other");
	monitor_drops(&m, "spoofed_source", &reported, &suppressed);
	xmt_check(reported >= 32 && reported < STORM / 10 && suppressed > STORM,
		  "a storm: %lld lines, %lld suppressed", reported, suppressed);
	xmt_check(!monitor_count(&m, "lost", NULL, NULL), "a storm: nothing is lost");
}

static void check_refused(const struct xmt_ns *host, const char *what)
{
	struct monitor_run m;
	int code;

	monitor_start(&m, host, "drops --for 1");
	code = monitor_end(&m, 0);
	lseek(m.out, 0, SEEK_SET);
	xmt_check(code == 2, "%s: a fifth listener ends with code %d", what, code);
}

/* Killed and stopped listeners: four others have their places three seconds later */
static void places(void)
{
	struct monitor_run first[4], next[4];
	struct reach w;

	monitor_make(&w);
	for (int i = 0; i < 4; i++)
		monitor_start(&first[i], &w.net.host, "drops");
	check_refused(&w.net.host, "four listeners");
	nt_xm(&w.net.host, "monitor drops --for 1");
	xmt_check(!!strstr(xmt_output(), "p0: 4 others listen"), "the fifth: %s", xmt_output());
	for (int i = 0; i < 4; i++)
		if (i != 1)
			monitor_end(&first[i], SIGKILL);
	kill(first[1].pid, SIGSTOP);
	sleep(4);
	for (int i = 0; i < 4; i++)
		monitor_start(&next[i], &w.net.host, "drops");
	send_many(w.send[E0], NT_WIRE_MAC, M_ELSE, 2);
	for (int i = 0; i < 4; i++)
		check_has(&next[i], "drop", "reason=spoofed_source", "endpoint=e0");
	check_refused(&w.net.host, "four others");
	for (int i = 1; i < 4; i++)
		monitor_end(&next[i], i == 1 ? SIGKILL : SIGTERM);
	kill(first[1].pid, SIGCONT);
	sleep(2);
	send_many(w.send[E0], NT_WIRE_MAC, M_ELSE, 1);
	check_has(&first[1], "drop", "reason=spoofed_source", "endpoint=e0");
	monitor_end(&first[1], SIGTERM);
	monitor_end(&next[0], SIGTERM);
}

static void limits(void)
{
	static const char *const wrong[] = { "--for",	    "--for x",	  "--for 0",  "--count 0",
					     "--count 1.5", "e0 e1",	  "--frob",   "name",
					     "--for -1",    "--count 1x", "--for nan" };
	struct monitor_run m;
	struct reach w;
	uint64_t begin;

	monitor_make(&w);
	begin = nt_now_ms();
	monitor_start(&m, &w.net.host, "--for 1.5");
	xmt_check(monitor_end(&m, 0) == 0 && nt_now_ms() >= begin + 1500, "--for 1.5");
	monitor_start(&m, &w.net.host, "--count 3 drops");
	send_many(w.send[E0], NT_WIRE_MAC, M_ELSE, 10);
	xmt_check(monitor_end(&m, 0) == 0 && monitor_lines(&m) == 3, "--count 3: %d lines",
		  monitor_lines(&m));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		int code = nt_xm(&w.net.host, "monitor %s", wrong[i]);

		xmt_check(code == 1 && !strncmp(xmt_output(), "xmacvlan: monitor: ", 19) &&
				  !strchr(xmt_output(), '\n'),
			  "monitor %s: %s", wrong[i], xmt_output());
	}
	xmt_check(nt_xm(&w.net.host, "monitor none") == 2, "monitor none: %s", xmt_output());
	xmt_check(!nt_xm(&w.net.host, "-t monitor changes --for 0.1"), "-t: %s", xmt_output());
	xmt_run("echo monitor | %s -n %s -b -", nt_bin(), w.net.host.name);
	xmt_check(!!strstr(xmt_output(), "not in a batch"), "batch: %s", xmt_output());
}

static long resident_kb(pid_t pid)
{
	xmt_must("grep VmRSS /proc/%d/status | tr -dc 0-9", pid);
	return atol(xmt_output());
}

/* A reader that does not read, and one that has gone */
static void bad_readers(void)
{
	struct monitor_run m;
	int pipe_fds[2];
	uint64_t begin;
	struct reach w;
	char line[256];
	ssize_t n;
	long kb;

	monitor_make(&w);
	if (pipe2(pipe_fds, O_CLOEXEC) || fcntl(pipe_fds[1], F_SETPIPE_SZ, 4096) < 0)
		xmt_die("pipe");
	monitor_start_to(&m, &w.net.host, "", pipe_fds[1]);
	close(pipe_fds[1]);
	send_many(w.send[E0], NT_WIRE_MAC, M_ELSE, 100);
	sleep(2);
	kb = resident_kb(m.pid);
	begin = nt_now_ms();
	for (int i = 0; i < 20; i++) {
		nt_xm_must(&w.net.host, "set e0 mode %s", i % 2 ? "bridge" : "vepa");
		send_many(w.send[E0], NT_WIRE_MAC, M_ELSE, 500);
	}
	xmt_check(nt_now_ms() < begin + nt_busy_limit_ms(2000), "not read: 20 commands in %d ms",
		  (int)(nt_now_ms() - begin));
	sleep(2);
	kb = resident_kb(m.pid) - kb;
	xmt_check(kb < 1024, "not read: it grows by %ld KB", kb);
	fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
	m.out = memfd_create("read", MFD_CLOEXEC);
	begin = nt_now_ms();
	while (nt_now_ms() < begin + 3000 && !monitor_count(&m, "lost", NULL, NULL)) {
		n = read(pipe_fds[0], line, sizeof(line));
		if (n > 0 && write(m.out, line, n) != n)
			xmt_die("write");
		if (n <= 0)
			usleep(20000);
	}
	xmt_check(monitor_count(&m, "lost", NULL, NULL) && monitor_lines(&m) > 0,
		  "read again: it tells how many lines were left out");
	close(pipe_fds[0]);
	xmt_check(monitor_end(&m, 0) == 0, "the reader has gone: exit code 0");
	xmt_check(!*monitor_message(&m), "the reader has gone: no message: %s",
		  monitor_message(&m));
}

/* It lives through detach, another parent and upgrade */
static void parents_come_and_go(void)
{
	struct monitor_run m;
	struct reach w;

	monitor_make(&w);
	monitor_start(&m, &w.net.host, "");
	nt_xm_must(&w.net.host, "upgrade");
	send_many(w.send[E0], NT_WIRE_MAC, M_ELSE, 1);
	check_has(&m, "drop", "reason=spoofed_source", "src=" M_ELSE);
	nt_xm_must(&w.net.host, "detach p0 force");
	check_has(&m, "removed", "endpoint=e0", NULL);
	nt_xm_must(&w.net.host, "add e2 link p0 netns %s", w.net.peer[0].name);
	check_has(&m, "added", "endpoint=e2", NULL);
	xmt_must("ip -n %s link set e2 addrgenmode none up", w.net.peer[0].name);
	nt_wait_net(&w.net);
	send_many(probe_sender(&w.net.peer[0], "e2"), NT_WIRE_MAC, M_ELSE, 1);
	check_has(&m, "drop", "reason=spoofed_source", "endpoint=e2");
	monitor_end(&m, SIGTERM);
	xmt_check(!*monitor_message(&m), "no message: %s", monitor_message(&m));
}

static void edit_minor(struct xm_parent_record *rec)
{
	rec->abi_minor = rec->programs_minor = XM_EVENTS_MINOR - 1;
}

/* As an older version leaves a parent: without the maps */
static void old_programs(void)
{
	struct monitor_run m;
	const char *message;
	struct reach w;

	monitor_make(&w);
	nt_edit_record(&w.net.host, edit_minor);
	xmt_must("cd /sys/fs/bpf/xmacvlan/n*[0-9] && rm listeners events event_limits");
	monitor_start(&m, &w.net.host, "");
	message = monitor_message(&m);
	xmt_check(strstr(message, "'xmacvlan upgrade p0' replaces them\n") &&
			  strchr(message, '\n')[1] == '\0',
		  "old programs: %s", message);
	nt_xm_must(&w.net.host, "set e0 mode vepa");
	check_has(&m, "changed", "endpoint=e0", "to=vepa");
	nt_xm_must(&w.net.host, "upgrade");
	check_has(&m, "changed", "parent=p0", "field=programs");
	send_many(w.send[E0], NT_WIRE_MAC, M_ELSE, 1);
	check_has(&m, "drop", "reason=spoofed_source", "endpoint=e0");
	monitor_end(&m, SIGTERM);
}

static const struct nt_case cases[] = {
	{ "changes", 60, changes },
	{ "between two looks", 40, between_two_looks },
	{ "broken and repaired", 40, broken_and_repaired },
	{ "guard", 40, guard },
	{ "storm", 40, storm },
	{ "places", 60, places },
	{ "limits", 40, limits },
	{ "bad readers", 40, bad_readers },
	{ "parents come and go", 40, parents_come_and_go },
	{ "old programs", 40, old_programs },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
