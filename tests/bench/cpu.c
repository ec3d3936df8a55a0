// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * CPU time of the load alone, to the nanosecond. Softirqs run in the thread that raised them or in
 * ksoftirqd, macvlan's broadcasts in a kworker. Other work on the machine does not count.
 * This is right only without CONFIG_IRQ_TIME_ACCOUNTING, when the kernel charges softirq time to
 * the interrupted thread. The NET_RX time of progs.c is right with that option, too.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define THREADS_MAX                                                                                \
	(sizeof(((struct cpu_threads *)0)->thread) / sizeof(((struct cpu_threads *)0)->thread[0]))

#define QUIET_STEP  0.2 /* seconds */
#define QUIET_STEPS 150
#define QUIET_LOAD  0.02 /* of a CPU */

static double cpu_seconds, other_seconds;

static bool does_network_work(const char *pid)
{
	char path[64], comm[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(comm, sizeof(comm), f))
		comm[0] = '\0';
	fclose(f);
	return !strncmp(comm, "ksoftirqd/", 10) || !strncmp(comm, "kworker/", 8) ||
	       !strncmp(comm, "napi/", 5);
}

void cpu_threads_find(struct cpu_threads *ret)
{
	struct dirent *entry;
	DIR *dir;

	ret->n = 0;
	dir = opendir("/proc");
	if (!dir)
		return;
	while ((entry = readdir(dir)) && ret->n < THREADS_MAX) {
		int pid = atoi(entry->d_name);

		if (pid <= 0 || !does_network_work(entry->d_name) ||
		    clock_getcpuclockid(pid, &ret->thread[ret->n].clock))
			continue;
		ret->thread[ret->n++].pid = pid;
	}
	closedir(dir);
	cpu_threads_read(ret);
}

void cpu_threads_read(struct cpu_threads *t)
{
	struct timespec ts;
	unsigned int i;

	/* A thread that has ended keeps its last value */
	for (i = 0; i < t->n; i++)
		if (!clock_gettime(t->thread[i].clock, &ts))
			t->thread[i].seconds = ts.tv_sec + ts.tv_nsec / 1e9;
}

/*
 * `seconds` of thread `pid` in `t`, or `other`. The search begins at *k and moves it on: /proc,
 * and so both lists, are sorted by pid.
 */
static double find_thread_seconds(const struct cpu_threads *t, int pid, unsigned int *k,
				  double other)
{
	while (*k < t->n && t->thread[*k].pid < pid)
		++*k;
	return *k < t->n && t->thread[*k].pid == pid ? t->thread[*k].seconds : other;
}

double cpu_threads_used(const struct cpu_threads *a, const struct cpu_threads *b)
{
	unsigned int i, k = 0;
	double sum = 0;

	for (i = 0; i < b->n; i++)
		sum += b->thread[i].seconds - find_thread_seconds(a, b->thread[i].pid, &k, 0);
	return sum;
}

double cpu_threads_new(const struct cpu_threads *known, const struct cpu_threads *now)
{
	unsigned int i, k = 0;
	double sum = 0;

	for (i = 0; i < now->n; i++)
		if (find_thread_seconds(known, now->thread[i].pid, &k, -1) < 0)
			sum += now->thread[i].seconds;
	return sum;
}

void cpu_wait_quiet(void)
{
	static struct cpu_threads a, b;
	int i;

	for (i = 0; i < QUIET_STEPS && !bench_options.quick; i++) {
		cpu_threads_find(&a);
		wait_seconds(QUIET_STEP);
		cpu_threads_find(&b);
		if (cpu_threads_used(&a, &b) < QUIET_LOAD * QUIET_STEP)
			break;
	}
}

double cpu_clock(clockid_t clock)
{
	struct timespec ts = {};

	clock_gettime(clock, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

double cpu_machine(void)
{
	unsigned long long user = 0, nice = 0, sys = 0, irq = 0, softirq = 0, steal = 0;
	unsigned long long idle, iowait;
	FILE *f;

	f = fopen("/proc/stat", "re");
	if (!f)
		return 0;
	/* Time that the hypervisor took away (steal) is other work, too. */
	if (fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &sys, &idle,
		   &iowait, &irq, &softirq, &steal) != 8)
		user = 0;
	fclose(f);
	return (double)(user + nice + sys + irq + softirq + steal) / sysconf(_SC_CLK_TCK);
}

void cpu_account(double seconds, double busy, double load)
{
	cpu_seconds += seconds * sysconf(_SC_NPROCESSORS_ONLN);
	if (busy > load)
		other_seconds += busy - load;
}

double cpu_other_work(void)
{
	return cpu_seconds > 0 ? other_seconds / cpu_seconds : 0;
}
