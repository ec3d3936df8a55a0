// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Plots ratios and their intervals by gnuplot. In ratio.svg right is always better: ratios of
 * costs are inverted. In cpu.svg no ratio is inverted, and less is better.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "run.h"

#define ROW_HEIGHT 26 /* pixels */
#define MARGINS	   130

static const char *const shown[] = { "tc", "xdp", "bridge" };

#define N_SHOWN (sizeof(shown) / sizeof(shown[0]))

static bool is_cpu(const struct metric *m)
{
	return !strncmp(m->name, "CPU", 3) && strncmp(m->name, "CPU in", 6);
}

static bool in_ratio_plot(const struct results *res, unsigned int m)
{
	const struct goal *g = report_goal_of(res, m);

	return !is_cpu(&res->c->metrics[m]) && g && g->kind != VALUE_AT_MOST;
}

static bool in_cpu_plot(const struct results *res, unsigned int m)
{
	return is_cpu(&res->c->metrics[m]);
}

static void write_estimate(FILE *f, const struct report *r, const struct results *res,
			   unsigned int m, const char *name, bool turn)
{
	int side = report_side(res, name);
	struct estimate e = { NAN, NAN, NAN, 0 };

	if (side > CONTROL)
		report_ratio(r, res, m, side, &e);
	if (turn)
		e = (struct estimate){ 1 / e.median, 1 / e.hi, 1 / e.lo, e.n };
	fprintf(f, " %g %g %g", e.median, e.lo, e.hi);
}

/* A row: position, label, ratio and bounds of each side and of the control, goal. */
static void write_data_row(FILE *f, const struct report *r, const struct results *res,
			   unsigned int m, unsigned int row, bool turn)
{
	const struct goal *g = report_goal_of(res, m);
	struct estimate aa;
	unsigned int i;

	turn = turn && res->c->metrics[m].kind == COST;
	report_ratio(r, res, m, CONTROL, &aa);
	fprintf(f, "%u \"%s  %s%s\"", row, res->c->name, res->c->metrics[m].name,
		report_void(r, res, m) ? " (void)" : "");
	for (i = 0; i < N_SHOWN; i++)
		write_estimate(f, r, res, m, shown[i], turn);
	fprintf(f, " %g %g %g", aa.median, aa.lo, aa.hi);
	fprintf(f, " %g\n", !g ? NAN : turn ? 1 / g->goal : g->goal);
}

static int write_data(const struct report *r, const char *name, bool turn,
		      bool (*wanted)(const struct results *res, unsigned int m))
{
	FILE *f = report_open(name);
	unsigned int c, m, rows = 0;

	if (!f)
		return -errno;
	for (c = 0; c < r->n; c++)
		for (m = 0; m < r->results[c]->c->n_metrics; m++)
			if (r->results[c]->lineup.n > CONTROL && wanted(r->results[c], m))
				write_data_row(f, r, r->results[c], m, rows++, turn);
	return fclose(f) ? -errno : (int)rows;
}

static void write_script(FILE *f, const char *name, const char *title, int rows)
{
	fprintf(f,
		"set terminal svg size 1000,%d font 'sans-serif,13' noenhanced "
		"background 'white'\n"
		"set output '%s/%s.svg'\n"
		"set title \"%s\"\n"
		"set datafile missing 'nan'\n"
		"set logscale x\n"
		"set xtics (0.02, 0.05, 0.1, 0.2, 0.5, 0.7, 1, 1.4, 2, 3, 5, 10, 20, 50)\n"
		"set grid xtics lc rgb '#dddddd'\n"
		"set yrange [%d.6:-0.6]\n"
		"set ytics scale 0\n"
		"set key below\n"
		"set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb '#444444' lw 1.5\n"
		"set bars 0.4\n",
		MARGINS + rows * ROW_HEIGHT, bench_options.dir, name, title, rows - 1);
	fprintf(f,
		"d = '%s/%s.dat'\n"
		"plot d u 12:($1+0.3):13:14 w xerrorbars pt 0 lw 1 lc rgb '#999999' t 'A/A', \\\n"
		" d u 15:($1):(0):(0.42) w vectors nohead lw 4 lc rgb '#f0a030' notitle, \\\n"
		" d u 15:($1):(0):(-0.42) w vectors nohead lw 4 lc rgb '#f0a030' t 'goal', \\\n"
		" d u 9:($1+0.15):10:11 w xerrorbars pt 4 ps 0.5 lw 1.5 lc rgb '#7a7a7a' "
		"t 'bridge', \\\n"
		" d u 6:($1):7:8 w xerrorbars pt 9 ps 0.7 lw 2 lc rgb '#2a8a3a' t 'xdp', \\\n"
		" d u 3:($1-0.2):4:5:ytic(2) w xerrorbars pt 7 ps 0.7 lw 2 lc rgb '#1f4e9c' "
		"t 'tc'\n",
		bench_options.dir, name);
}

/* 0, 1 when there is nothing to plot, or a negative errno */
static int write_plot(const struct report *r, const char *name, const char *title, bool turn,
		      bool (*wanted)(const struct results *res, unsigned int m))
{
	char file[64];
	int rows;
	FILE *f;

	snprintf(file, sizeof(file), "%s.dat", name);
	rows = write_data(r, file, turn, wanted);
	if (rows <= 0)
		return rows ?: 1;
	snprintf(file, sizeof(file), "%s.gp", name);
	f = report_open(file);
	if (!f)
		return -errno;
	write_script(f, name, title, rows);
	if (fclose(f))
		return -errno;
	if (xmt_run("gnuplot %s/%s.gp", bench_options.dir, name))
		printf("gnuplot fails on %s/%s.gp: %s\n", bench_options.dir, name, xmt_output());
	return 0;
}

int plot_write(const struct report *r)
{
	int err;

	if (xmt_run("command -v gnuplot")) {
		printf("no plots: gnuplot is not installed (Debian: gnuplot-nox)\n");
		return 0;
	}
	err = write_plot(r, "ratio", "ratio to the reference; right is better (costs are inverted)",
			 true, in_ratio_plot);
	if (err >= 0)
		err = write_plot(r, "cpu", "CPU time, ratio to the reference; less is better",
				 false, in_cpu_plot);
	return err < 0 ? err : 0;
}
