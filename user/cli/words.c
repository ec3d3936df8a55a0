// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "base/nearest.h"
#include "cli/words.h"

bool xm_word_is_help(const char *word)
{
	static const char *const words[] = { "help", "-h", "-help", "--help" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

/*
 * The keyword of `ip link set` when the word is a setting of the device itself; NULL: it is not.
 * Which device that is (the peer end, a tap) only the engine knows.
 */
static const char *find_ip_link_word(const char *word)
{
	static const char *const words[] = {
		"addrgenmode",	"alias",	"allmulticast", "arp",	   "broadcast",
		"brd",		"carrier",	"down",		"dynamic", "group",
		"gro_max_size", "gso_max_segs", "gso_max_size", "index",   "master",
		"mtu",		"multicast",	"name",		"netns",   "nomaster",
		"numrxqueues",	"numtxqueues",	"protodown",	"qlen",	   "trailers",
		"txqlen",	"txqueuelen",	"up",		"vf",	   "vrf",
		"xdp",
	};

	if (!strcmp(word, "ifname")) /* the keyword of `add` */
		return "name";
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(word, words[i]))
			return words[i];
	return NULL;
}

/* A keyword of the command that begins with the word, or else the nearest one; NULL: none */
static const char *find_completion(enum xm_command_id command, const char *word)
{
	const char *known[64];
	size_t count = 0;

	for (size_t i = 0; i < xm_keyword_count; i++)
		if (xm_keywords[i].commands & command && word[0] &&
		    !strncmp(xm_keywords[i].word, word, strlen(word)))
			return xm_keywords[i].word;
	for (size_t i = 0; i < xm_keyword_count && count < sizeof(known) / sizeof(*known); i++)
		if (xm_keywords[i].commands & command)
			known[count++] = xm_keywords[i].word;
	return xm_nearest(word, known, count);
}

int xm_word_fail(enum xm_command_id command, const char *command_name, const char *word,
		 struct xm_err *e)
{
	const char *completion = find_completion(command, word);
	const char *ip_link_word = find_ip_link_word(word);

	if (word[0] == '-')
		return xm_fail_usage(e, "%s: unknown keyword '%s': options come before the command",
				     command_name, word);
	if (command == XM_CMD_SET && !strcmp(word, "link"))
		return xm_fail_usage(e, "set: the parent cannot be changed: 'del' and 'add'");
	if (command & (XM_CMD_ADD | XM_CMD_SET) && ip_link_word)
		return xm_fail_usage(
			e,
			"%s: unknown keyword '%s': use 'ip link set DEV %s ...' on the "
			"endpoint's device",
			command_name, word, ip_link_word);
	if (completion)
		return xm_fail_usage(e, "%s: unknown keyword '%s' (%s?)", command_name, word,
				     completion);
	return xm_fail_usage(e, "%s: unknown keyword '%s'", command_name, word);
}
