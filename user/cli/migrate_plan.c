// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/migrate_plan.h"

struct xm_migrate_step *xm_migrate_append(struct xm_migrate_plan *plan)
{
	plan->steps = xm_need(reallocarray(plan->steps, plan->count + 1, sizeof(*plan->steps)));
	plan->steps[plan->count] = (struct xm_migrate_step){};
	return &plan->steps[plan->count++];
}

void xm_migrate_words(struct xm_word_list *to, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		xm_word_list_add(to, words[i]);
}

static bool plan_is_printable(const char *word)
{
	for (const char *c = word; *c; c++)
		if (*c < ' ' || *c > '~')
			return false;
	return true;
}

/* In bash's form $'...': what a terminal would obey and what is not ASCII is octal */
static void plan_print_octal(const char *word)
{
	fputs("$'", stdout);
	for (const char *c = word; *c; c++)
		if (*c < ' ' || *c > '~')
			printf("\\%03o", (unsigned char)*c);
		else
			printf(*c == '\'' || *c == '\\' ? "\\%c" : "%c", *c);
	putchar('\'');
}

/* As a shell reads it */
static void plan_print_word(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-./:=,@%+";

	if (word[0] && strspn(word, plain) == strlen(word)) {
		fputs(word, stdout);
	} else if (!plan_is_printable(word)) {
		plan_print_octal(word);
	} else {
		putchar('\'');
		for (const char *c = word; *c; c++)
			fputs(*c == '\'' ? "'\\''" : (char[]){ *c, '\0' }, stdout);
		putchar('\'');
	}
}

static void plan_print_words(const struct xm_word_list *words)
{
	for (int i = 0; i < words->count; i++) {
		if (i)
			putchar(' ');
		plan_print_word(words->v[i]);
	}
	putchar('\n');
	/* Before what the program prints */
	fflush(stdout);
}

void xm_migrate_print(const struct xm_migrate_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		plan_print_words(&plan->steps[i].run);
}

/* Takes back the first `count` steps. Returns how many failed. */
static size_t plan_revert(const struct xm_migrate_plan *plan, size_t count)
{
	size_t failed = 0;

	while (count--) {
		const struct xm_word_list *undo = &plan->steps[count].undo;

		if (!undo->count)
			continue;
		plan_print_words(undo);
		failed += xm_migrate_run(undo, false, NULL) != 0;
	}
	return failed;
}

/* A signal ends the program that runs; its step has failed then, and all are taken back */
static void plan_ignore_signals(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
}

int xm_migrate_apply(const struct xm_migrate_plan *plan, struct xm_err *e)
{
	struct xm_err why = {};
	size_t failed;
	int err = 0;

	plan_ignore_signals();
	for (size_t i = 0; i < plan->count && !err; i++) {
		plan_print_words(&plan->steps[i].run);
		err = xm_migrate_run(&plan->steps[i].run, true, &why);
		if (!err)
			continue;
		failed = plan_revert(plan, i);
		if (failed)
			return xm_fail(e, err,
				       "%s; of the commands that take the steps back %zu "
				       "failed",
				       why.text, failed);
		return xm_fail(e, err, "%s; everything was taken back", why.text);
	}
	return 0;
}

void xm_migrate_free(struct xm_migrate_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		xm_word_list_free(&plan->steps[i].run);
		xm_word_list_free(&plan->steps[i].undo);
	}
	free(plan->steps);
	*plan = (struct xm_migrate_plan){};
}
