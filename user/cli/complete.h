/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Completion of command lines, for shells: a line for each word that may come next, with its
 * meaning behind a blank. A line that begins with a colon has the shell offer names of its own:
 * :files, :users, :groups.
 */
#ifndef XM_COMPLETE_H
#define XM_COMPLETE_H

#include "cli/grammar.h"
#include "cli/options.h"

/* A command line up to the word that is being typed. The strings belong to argv. */
struct xm_completion {
	const char *current; /* the word that is being typed */
	const char *command; /* NULL: there is none yet */
	char **words; /* behind the command, without `current` */
	int count;
	const struct xm_option *option; /* whose value is being typed; NULL: none */
	const char *netns; /* value of -n; NULL: none */
};

/* argv: the words behind `complete`; the last one is being typed */
void xm_completion_read(int argc, char **argv, struct xm_completion *ret);
/*
 * list: all commands, up to a NULL; command: that of the command line, NULL when it has none or an
 * unknown one. Names that cannot be read are left out.
 */
void xm_completion_print(const struct xm_completion *c, const struct xm_command_text *const *list,
			 const struct xm_command_text *command);

/* complete_values.c: words that stand for a type of value */

/* Prints a word unless it does not begin with `current`. help: NULL: none. */
void xm_completion_offer(const char *current, const char *word, const char *help);
/*
 * Prints the names that a value of the type may have: "PARENT", "NAME|PARENT" (of len octets).
 * command: enum xm_command_id. Changes the network namespace of the process.
 */
void xm_completion_offer_type(const struct xm_completion *c, unsigned int command, const char *type,
			      size_t len);

#endif
