// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Selects the sides of a case. */
#include <string.h>

#include "cases.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct side macvlans[] = {
	{ .name = "macvlan", .title = "Linux macvlan", .kind = KERNEL_MACVLAN },
	{ .name = "macvlan2", .title = "Linux macvlan again (A/A)", .kind = KERNEL_MACVLAN },
};

static const struct side ones[] = {
	{ .name = "one",
	  .title = "xmacvlan (tc), one endpoint",
	  .kind = XMACVLAN,
	  .attach = "xdp off",
	  .n = 1 },
	{ .name = "one2",
	  .title = "xmacvlan (tc), one endpoint again (A/A)",
	  .kind = XMACVLAN,
	  .attach = "xdp off",
	  .n = 1 },
};

static const struct side veths[] = {
	{ .name = "veth", .title = "a plain veth pair", .kind = VETH },
	{ .name = "veth2", .title = "a plain veth pair again (A/A)", .kind = VETH },
};

static const struct side bridges[] = {
	{ .name = "bridge", .title = "Linux bridge", .kind = BRIDGE },
	{ .name = "bridge2", .title = "Linux bridge again (A/A)", .kind = BRIDGE },
};

static const struct side quiets[] = {
	{ .name = "quiet",
	  .title = "xmacvlan (tc), nobody reads",
	  .kind = XMACVLAN,
	  .attach = "xdp off" },
	{ .name = "quiet2",
	  .title = "xmacvlan (tc), nobody reads, again (A/A)",
	  .kind = XMACVLAN,
	  .attach = "xdp off" },
};

static const struct side uncounted[] = {
	{ .name = "uncounted",
	  .title = "xmacvlan (tc) without counters",
	  .kind = XMACVLAN,
	  .attach = "xdp off",
	  .uncounted = true },
	{ .name = "uncounted2",
	  .title = "xmacvlan (tc) without counters, again (A/A)",
	  .kind = XMACVLAN,
	  .attach = "xdp off",
	  .uncounted = true },
};

static const struct side read[] = {
	{ .name = "scraped",
	  .title = "xmacvlan (tc), 8 scrapers",
	  .kind = XMACVLAN,
	  .attach = "xdp off",
	  .readers = SCRAPERS },
	{ .name = "burnt",
	  .title = "xmacvlan (tc), 8 processes use the CPU time of scrapers",
	  .kind = XMACVLAN,
	  .attach = "xdp off",
	  .readers = BURNERS },
};

static const struct side compared[] = {
	{ .name = "tc", .title = "xmacvlan (tc)", .kind = XMACVLAN, .attach = "xdp off" },
	{ .name = "xdp",
	  .title = "xmacvlan (xdp native)",
	  .kind = XMACVLAN,
	  .attach = "xdp native" },
	{ .name = "direct",
	  .title = "xmacvlan (tc, neigh direct)",
	  .kind = XMACVLAN,
	  .attach = "xdp off neigh direct" },
	{ .name = "fanout",
	  .title = "xmacvlan (tc, fanout on)",
	  .kind = XMACVLAN,
	  .attach = "xdp off fanout on" },
	{ .name = "bridge", .title = "Linux bridge + veth", .kind = BRIDGE },
};

static struct side variants[SIDES_MAX];
static unsigned int n_variants;

bool listed(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *p = list;

	while (p) {
		if (!strncmp(p, name, len) && (!p[len] || p[len] == ','))
			return true;
		p = strchr(p, ',');
		p = p ? p + 1 : NULL;
	}
	return false;
}

unsigned int count_listed(const char *list)
{
	unsigned int n = 1;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

bool lineup_sides_known(const char *sides)
{
	unsigned int i, found = 0;

	for (i = 0; i < COUNT(compared); i++)
		found += listed(sides, compared[i].name);
	return found == count_listed(sides) || !strcmp(sides, "none");
}

bool lineup_add_variant(char *text)
{
	struct side s = { .name = text, .title = text, .kind = XMACVLAN };
	char *colon = strchr(text, ':');

	if (!colon || colon == text || 2 + COUNT(compared) + n_variants == SIDES_MAX)
		return false;
	*colon = '\0';
	s.tweak = colon + 1;
	variants[n_variants++] = s;
	return true;
}

/* A side that takes part only in the cases that name it */
static bool is_extra(const struct side *s)
{
	return !strcmp(s->name, "direct") || !strcmp(s->name, "fanout");
}

static bool takes_part(const struct bench_case *c, const struct side *s)
{
	if (s->kind == BRIDGE && c->no_bridge)
		return false;
	if (is_extra(s) && (!c->extra_side || strcmp(c->extra_side, s->name) != 0))
		return false;
	if (c->no_xdp && !strcmp(s->name, "xdp"))
		return false;
	/* Endpoints do not send through XDP, and the CNI plugin has no option for it */
	if ((c->flood || c->ipam) && !strcmp(s->name, "xdp"))
		return false;
	/* The reference is xmacvlan by TC, so nothing else can be compared with it */
	if ((c->lineup == LINEUP_ONE || c->lineup == LINEUP_OURS || c->lineup == LINEUP_COUNTERS) &&
	    strcmp(s->name, "tc"))
		return false;
	return listed(bench_options.sides, s->name);
}

void lineup_pick(const struct bench_case *c, struct lineup *ret)
{
	const struct side *always = c->lineup == LINEUP_ONE	   ? ones
				    : c->lineup == LINEUP_VETH	   ? veths
				    : c->lineup == LINEUP_BRIDGE   ? bridges
				    : c->lineup == LINEUP_READERS  ? quiets
				    : c->lineup == LINEUP_COUNTERS ? uncounted
								   : macvlans;
	unsigned int i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < COUNT(macvlans) && c->lineup != LINEUP_OURS; i++)
		ret->side[ret->n++] = always[i];
	for (i = 0; i < COUNT(read) && c->lineup == LINEUP_READERS; i++)
		ret->side[ret->n++] = read[i];
	for (i = 0; i < COUNT(compared) && c->lineup != LINEUP_READERS; i++)
		if (takes_part(c, &compared[i])) {
			ret->side[ret->n] = compared[i];
			if (c->attach_xdp && !strcmp(compared[i].name, "xdp"))
				ret->side[ret->n].attach = c->attach_xdp;
			ret->n++;
		}
	for (i = 0; i < n_variants; i++)
		ret->side[ret->n++] = variants[i];
}
