// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Deliberate differences: reads the table in docs/differences.md and applies its `match` column. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_packet.h>

#include "eq.h"

#define RULES_MAX 128
#define ALTS_MAX  6

struct rule {
	char id[48];
	unsigned int n_alts;
	char *alt[ALTS_MAX][KEYS]; /* words separated by ','; NULL: any word */
	unsigned long excused;
};

static struct rule rules[RULES_MAX];
static unsigned int n_rules;

#define TYPE_WORDS "none,host,broadcast,multicast,otherhost"

static const struct {
	const char *name, *words;
} keys[KEYS] = {
	[K_KIND] = { "kind", "missing,extra,type,content,header,order" },
	[K_RECV] = { "recv", "wire,tap,stack,via,endpoint" },
	[K_SENDER] = { "sender", "wire,host,endpoint" },
	[K_MODE] = { "mode", "private,vepa,bridge,passthru,source" }, /* of the receiver */
	[K_PLACE] = { "place", "netns,beside" }, /* of the receiver */
	[K_TYPE] = { "type", "veth,netkit,tap,tap-uso" }, /* of the receiver */
	/* how the virtio-net headers differ */
	[K_HEADER] = { "header", "data-valid,length,length-page,other" },
	[K_DST] = { "dst", "parent,endpoint,foreign,group" },
	[K_LEFT] = { "left", TYPE_WORDS }, /* packet type */
	[K_RIGHT] = { "right", TYPE_WORDS },
	[K_SIZE] = { "size", "fits,over-mtu" }, /* MTU of the receiver */
	/* request: for an address that the receiver does not have */
	[K_FRAME] = { "frame", "whole,fragment,reassembled,tso,uso,request" },
	[K_XDP] = { "xdp", "on,off" },
	[K_GUARD] = { "guard", "on,off" },
	[K_NEIGH] = { "neigh", "flood,direct" },
};

/* Whether `word` is one of the words in `list` */
static bool in_list(const char *list, const char *word, size_t len)
{
	const char *end;

	for (; *list; list = *end ? end + 1 : end) {
		end = strchrnul(list, ',');
		if ((size_t)(end - list) == len && !strncmp(list, word, len))
			return true;
	}
	return false;
}

static int add_pair(char *alt[KEYS], const char *pair)
{
	const char *value = strchr(pair, '='), *word, *end;
	unsigned int k;

	for (k = 0; value && k < KEYS; k++)
		if (strlen(keys[k].name) == (size_t)(value - pair) &&
		    !strncmp(keys[k].name, pair, value - pair))
			break;
	if (!value || k == KEYS || alt[k] || !value[1] || value[strlen(value) - 1] == ',')
		return -1;
	for (word = value + 1; *word; word = *end ? end + 1 : end) {
		end = strchrnul(word, ',');
		if (!in_list(keys[k].words, word, end - word))
			return -1;
	}
	alt[k] = strdup(value + 1);
	return alt[k] ? 0 : -1;
}

static int add_alternative(struct rule *r, char *text)
{
	char *save, *pair, **alt;

	if (r->n_alts == ALTS_MAX)
		return -1;
	alt = r->alt[r->n_alts++];
	for (pair = strtok_r(text, " \t`", &save); pair; pair = strtok_r(NULL, " \t`", &save))
		if (add_pair(alt, pair))
			return -1;
	return alt[K_KIND] && alt[K_RECV] ? 0 : -1;
}

int rules_add(const char *id, const char *match)
{
	struct rule *r = &rules[n_rules];
	char text[1024], *save, *part;

	if (n_rules == RULES_MAX || strlen(match) >= sizeof(text))
		return -1;
	memset(r, 0, sizeof(*r));
	snprintf(r->id, sizeof(r->id), "%s", id);
	n_rules++;
	if (!strcmp(match, "-"))
		return 0;
	strcpy(text, match);
	for (part = strtok_r(text, ";", &save); part; part = strtok_r(NULL, ";", &save))
		if (add_alternative(r, part))
			return -1;
	return r->n_alts ? 0 : -1;
}

void rules_clear(void)
{
	unsigned int i, a, k;

	for (i = 0; i < n_rules; i++)
		for (a = 0; a < ALTS_MAX; a++)
			for (k = 0; k < KEYS; k++)
				free(rules[i].alt[a][k]);
	n_rules = 0;
}

/* Cut a row into its five cells, without the blanks around them. Returns the number of cells. */
static unsigned int cells_of(char *line, char *cell[6])
{
	unsigned int n = 0;
	char *part, *end;

	if (*line != '|')
		return 0;
	line++;
	while (n < 6 && (part = strsep(&line, "|"))) {
		if (!line)
			break; /* text behind the last bar */
		part += strspn(part, " \t");
		for (end = part + strlen(part); end > part && strchr(" \t", end[-1]); end--)
			end[-1] = '\0';
		cell[n++] = part;
	}
	return n;
}

static int read_row(char *line, bool *in_table)
{
	char *cell[6];
	unsigned int n = cells_of(line, cell);

	if (n == 5 && !strcmp(cell[0], "id") && !strcmp(cell[4], "match")) {
		*in_table = true;
		return 0;
	}
	if (!n)
		*in_table = false;
	if (!*in_table || cell[0][0] == '-' || cell[0][0] == ':')
		return 0;
	if (n == 5 && !rules_add(cell[0], cell[4]))
		return 1;
	printf("differences: row \"%s\" is malformed\n", cell[0]);
	return -1;
}

int rules_read(const char *path)
{
	bool in_table = false;
	char line[2048];
	int rows = 0, n;
	FILE *f;

	f = fopen(path, "re");
	if (!f) {
		printf("cannot open %s\n", path);
		return -1;
	}
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		n = read_row(line, &in_table);
		if (n < 0) {
			rows = -1;
			break;
		}
		rows += n;
	}
	fclose(f);
	if (!rows)
		printf("%s has no table id | difference | reason | test | match\n", path);
	return rows > 0 ? 0 : -1;
}

static bool alternative_matches(char *alt[KEYS], const struct facts *f)
{
	unsigned int k;

	for (k = 0; k < KEYS; k++)
		if (alt[k] && !in_list(alt[k], f->word[k], strlen(f->word[k])))
			return false;
	return true;
}

const char *rules_excuse(const struct facts *f)
{
	unsigned int i, a;

	for (i = 0; i < n_rules; i++)
		for (a = 0; a < rules[i].n_alts; a++) {
			if (!alternative_matches(rules[i].alt[a], f))
				continue;
			rules[i].excused++;
			return rules[i].id;
		}
	return NULL;
}

void rules_print(void)
{
	unsigned int i;

	for (i = 0; i < n_rules; i++)
		if (rules[i].n_alts)
			printf("excused by %s: %lu\n", rules[i].id, rules[i].excused);
}
