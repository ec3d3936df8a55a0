/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The words of the command line: one table, from which the parser, the usage text, the help of a
 * command and the checks of the manual page follow.
 */
#ifndef XM_KEYWORDS_H
#define XM_KEYWORDS_H

#include <stdio.h>

#include "engine/engine.h"

/* Commands that take keywords; a set is a sum of them */
enum xm_command_id {
	XM_CMD_ADD = 1 << 0,
	XM_CMD_SET = 1 << 1,
	XM_CMD_DEL = 1 << 2,
	XM_CMD_SHOW = 1 << 3,
	XM_CMD_ATTACH = 1 << 4,
	XM_CMD_DETACH = 1 << 5,
	XM_CMD_UPGRADE = 1 << 6,
	XM_CMD_SYNC = 1 << 7,
};

/* What the words of a command are read into. The strings belong to argv. */
struct xm_words {
	struct xm_add add; /* of set: only .name and .settings */
	struct xm_attach attach;
	const char *link; /* of show */
	bool has_kind; /* `type` names a kind of device, add.kind */
	bool force;
};

/* The part of the command line that is not read yet */
struct xm_args {
	int argc;
	char **argv;
	struct xm_err *e;
};

/*
 * Keywords that exclude each other ("promisc" and "nopromisc") share an id: a command line has one
 * of them, once
 */
enum xm_keyword_id {
	XM_KW_NAME,
	XM_KW_LINK,
	XM_KW_ADDRESS,
	XM_KW_MTU,
	XM_KW_NETNS,
	XM_KW_IFNAME,
	XM_KW_MODE,
	XM_KW_PROMISC,
	XM_KW_NODST,
	XM_KW_MACADDR,
	XM_KW_BCQUEUELEN,
	XM_KW_BCLIM,
	XM_KW_HOST,
	XM_KW_SPOOFCHK,
	XM_KW_TRUST,
	XM_KW_ADDRESSES,
	XM_KW_IPV6,
	XM_KW_ACCEPT_RA,
	XM_KW_XDP,
	XM_KW_GUARD,
	XM_KW_NEIGH,
	XM_KW_FANOUT,
	XM_KW_FORCE,
	XM_KW_TYPE,
	XM_KW_USER,
	XM_KW_GROUP,
	XM_KW_QUEUES,
};

struct xm_keyword {
	const char *word;
	enum xm_keyword_id id;
	unsigned int commands; /* that take it: a set of enum xm_command_id */
	/* in which it means something: a set of 1 << enum xm_mode; 0: it is not about modes */
	unsigned int modes;
	/* Reads what follows the word into *w. Returns 0, or -EINVAL and fills a->e. */
	int (*read)(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w);
	const char *value; /* for the usage text; NULL: none follows */
	const char *set_value; /* the same for `set` where it differs */
	const char *help;
};

extern const struct xm_keyword xm_keywords[];
extern const size_t xm_keyword_count;

/* The keyword for another spelling of it (`name` for `dev`); any other word is returned as it is */
const char *xm_keyword_spelling(const char *word);

/*
 * Finds a keyword of the command by its word or another spelling. NULL: the command has no such
 * keyword.
 */
const struct xm_keyword *xm_keyword_find(enum xm_command_id command, const char *word);

/* keyword_args.c: the next word; NULL: there is none */
const char *xm_args_next(struct xm_args *a);
/* The same for the value of a keyword: -EINVAL and fills a->e when there is none or it is empty */
int xm_args_value(struct xm_args *a, const char *word, const char **ret);
/* The same for a number in [min, max], decimal, 0x or 0 and octal */
int xm_args_number(struct xm_args *a, const char *word, long long min, long long max,
		   long long *ret);

/*
 * " [mode private|vepa|…] [nopromisc] …": the optional keywords of the command, in lines of at most
 * 80 columns
 */
void xm_keywords_print_usage(FILE *to, enum xm_command_id command);
/* A line for each keyword of the command: the word and what it is for */
void xm_keywords_print_help(FILE *to, enum xm_command_id command);

#endif
