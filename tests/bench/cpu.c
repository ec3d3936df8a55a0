// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * CPU time of the load alone, to the nanosecond. Softirqs run in the thread that raised them or in
 * ksoftirqd; what else runs on the machine does not count.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define THREADS_MAX	1024

static int pids[THREADS_MAX];
static unsigned int n_pids;
static double cpu_seconds, foreign_seconds;

static bool is_ksoftirqd(const char *pid)
{
	char path[64], comm[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(comm, sizeof(comm), f))
		comm[0] = '\0';
	fclose(f);
	return !strncmp(comm, "ksoftirqd/", 10);
}

void cpu_init(void)
{
	struct dirent *entry;
	DIR *dir;

	dir = opendir("/proc");
	if (!dir)
		return;
	while ((entry = readdir(dir)) && n_pids < THREADS_MAX)
		if (atoi(entry->d_name) > 0 && is_ksoftirqd(entry->d_name))
			pids[n_pids++] = atoi(entry->d_name);
	closedir(dir);
}

double cpu_softirqd(void)
{
	unsigned long long ns, sum = 0;
	unsigned int i;
	char path[64];
	FILE *f;

	for (i = 0; i < n_pids; i++) {
		snprintf(path, sizeof(path), "/proc/%d/schedstat", pids[i]);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fscanf(f, "%llu", &ns) == 1)
			sum += ns;
		fclose(f);
	}
	return sum / 1e9;
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
	/* Time that the hypervisor took away is other work too. */
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
		foreign_seconds += busy - load;
}

double cpu_foreign(void)
{
	return cpu_seconds > 0 ? foreign_seconds / cpu_seconds : 0;
}
