/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Words that users of `ip` know and no command has a keyword of. Pure. */
#ifndef XM_WORDS_H
#define XM_WORDS_H

#include <stdbool.h>

#include "cli/keywords.h"

/* Whether a word behind a command asks for its help: help, -h, -help, --help */
bool xm_word_is_help(const char *word);

/*
 * Fails for a word that is no keyword of the command; command_name: the command's own word. Says
 * what to use instead where that is known.
 */
int xm_word_fail(enum xm_command_id command, const char *command_name, const char *word,
		 struct xm_err *e);

#endif
