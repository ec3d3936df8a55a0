// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Processes that read as a monitoring system does, `-s -j show` once a period each, and others that
 * use as much CPU time at the same times, but touch nothing of xmacvlan's. What slows commands
 * beside the first and not beside the second is waiting for locks; the rest is sharing of CPUs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "run.h"

#define READERS 8

struct readers {
	bool stop;
	double begin;
	struct {
		double cpu; /* seconds */
		unsigned int reads;
	} of[READERS];
};

static struct readers *all; /* shared with the processes */
static pid_t pids[READERS];
static double cpu_of_a_read; /* seconds, of the last scrapers */

static double children_cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return u.ru_utime.tv_sec + u.ru_stime.tv_sec +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static bool readers_stopped(void)
{
	return __atomic_load_n(&all->stop, __ATOMIC_RELAXED);
}

static void scrape(const struct side *s)
{
	const char *argv[] = {
		bench_options.xmacvlan, "-n", s->node[HOST].name, "-s", "-j", "show", NULL
	};

	if (proc_run(argv) < 0)
		_exit(1);
}

static void burn(double seconds)
{
	double end = cpu_clock(CLOCK_PROCESS_CPUTIME_ID) + seconds;

	while (cpu_clock(CLOCK_PROCESS_CPUTIME_ID) < end)
		;
}

/* The processes take turns evenly; the first turn is at a random time of the period */
static void reader_run(const struct side *s, unsigned int i, double period, double offset)
{
	double next = all->begin + period * (offset + i) / READERS;

	while (!readers_stopped()) {
		double now = cpu_clock(CLOCK_MONOTONIC);

		if (now < next) {
			wait_seconds(next - now < 0.005 ? next - now : 0.005);
			continue;
		}
		if (s->readers == SCRAPERS)
			scrape(s);
		else
			burn(cpu_of_a_read);
		all->of[i].reads++;
		/* One that is late leaves out turns */
		while (next <= cpu_clock(CLOCK_MONOTONIC))
			next += period;
	}
	all->of[i].cpu = children_cpu() + cpu_clock(CLOCK_PROCESS_CPUTIME_ID);
}

/* Without scrapers before: one read of this side */
static void readers_calibrate(const struct side *s)
{
	double before = children_cpu();

	if (s->readers != BURNERS || cpu_of_a_read > 0)
		return;
	scrape(s);
	cpu_of_a_read = children_cpu() - before;
}

void readers_start(const struct side *s, double period)
{
	double offset = drand48();

	all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		xmt_die("cannot map memory");
	if (s->readers == NO_READERS)
		return;
	readers_calibrate(s);
	all->begin = cpu_clock(CLOCK_MONOTONIC);
	fflush(NULL);
	for (unsigned int i = 0; i < READERS; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			xmt_die("cannot fork");
		if (!pids[i]) {
			reader_run(s, i, period, offset);
			_exit(0);
		}
	}
}

bool readers_end(const struct side *s, double *ret_cpu, double *ret_reads)
{
	double seconds = cpu_clock(CLOCK_MONOTONIC) - all->begin, cpu = 0, reads = 0;
	bool fine = true;
	int status;

	__atomic_store_n(&all->stop, true, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < READERS && s->readers != NO_READERS; i++) {
		fine = fine && waitpid(pids[i], &status, 0) == pids[i] && !status;
		cpu += all->of[i].cpu;
		reads += all->of[i].reads;
	}
	if (s->readers == SCRAPERS && reads)
		cpu_of_a_read = cpu / reads;
	*ret_cpu = s->readers == NO_READERS ? 0 : 100 * cpu / seconds;
	*ret_reads = s->readers == NO_READERS ? 0 : reads / seconds;
	munmap(all, sizeof(*all));
	return fine;
}
