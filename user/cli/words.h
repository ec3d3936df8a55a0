/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Words of `ip` that are no keyword of a command. Pure. */
#ifndef XM_WORDS_H
#define XM_WORDS_H

#include <stdbool.h>

#include "cli/keywords.h"

/* Whether a word after a command asks for its help: help, -h, -help, --help */
bool xm_word_is_help(const char *word);

/*
 * Fills *e for a word that is no keyword of the command, with the word to use instead where one is
 * known. command_name: the command as the user wrote it. Returns -EINVAL.
 */
int xm_word_fail(enum xm_command_id command, const char *command_name, const char *word,
		 struct xm_err *e);

#endif
