/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The command lines of test_cmdline.c and their expected results */
#ifndef XM_TESTS_CMDLINE_ROWS_H
#define XM_TESTS_CMDLINE_ROWS_H

#include "../../user/base/parse.h"
#include "../../user/base/text.h"
#include "../../user/cli/cmdline.h"

#define MAC1                                                                                       \
	{                                                                                          \
		2, 0, 0, 0, 0, 1                                                                   \
	}
#define MAC2                                                                                       \
	{                                                                                          \
		2, 0, 0, 0, 0, 0xff                                                                \
	}
#define M1 "02:00:00:00:00:01"
#define M2 "02:00:00:00:00:ff"

static uint8_t macs12[][XM_MAC_LEN] = { MAC1, MAC2 };

#define SET(...) .settings = { __VA_ARGS__ }

static const struct {
	const char *line;
	struct xm_add want;
} add_rows[] = {
	{ "ep0 link p0", { .name = "ep0", .link = "p0" } },
	{ "name ep0 link p0", { .name = "ep0", .link = "p0" } },
	{ "link p0 ep0", { .name = "ep0", .link = "p0" } },
	{ "link p0 name link", { .name = "link", .link = "p0" } },
	{ "name mode link p0 mode vepa",
	  { .name = "mode", .link = "p0", SET(.has_mode = true, .mode = XM_MODE_VEPA) } },
	{ "fifteen-letters link p0", { .name = "fifteen-letters", .link = "p0" } },
	{ "ep0 link p0 netns blue ifname eth0",
	  { .name = "ep0", .link = "p0", .netns = "blue", .ifname = "eth0" } },
	{ "ep0 netns /proc/1/ns/net link p0",
	  { .name = "ep0", .link = "p0", .netns = "/proc/1/ns/net" } },
	{ "ep0 netns 1234 link p0", { .name = "ep0", .link = "p0", .netns = "1234" } },
	{ "ep0 link p0 mtu 68", { .name = "ep0", .link = "p0", .mtu = 68 } },
	{ "ep0 link p0 mtu 65535", { .name = "ep0", .link = "p0", .mtu = 65535 } },
	{ "ep0 link p0 mode private",
	  { .name = "ep0", .link = "p0", SET(.has_mode = true, .mode = XM_MODE_PRIVATE) } },
	{ "ep0 link p0 mode bridge",
	  { .name = "ep0", .link = "p0", SET(.has_mode = true, .mode = XM_MODE_BRIDGE) } },
	{ "ep0 link p0 mode passthru nopromisc",
	  { .name = "ep0",
	    .link = "p0",
	    SET(.has_mode = true, .mode = XM_MODE_PASSTHRU, .has_promisc = true,
		.promisc = false) } },
	{ "ep0 nopromisc link p0 mode passthru",
	  { .name = "ep0",
	    .link = "p0",
	    SET(.has_mode = true, .mode = XM_MODE_PASSTHRU, .has_promisc = true,
		.promisc = false) } },
	{ "ep0 link p0 nodst",
	  { .name = "ep0", .link = "p0", SET(.has_nodst = true, .nodst = true) } },
	{ "ep0 link p0 mode source nodst",
	  { .name = "ep0",
	    .link = "p0",
	    SET(.has_mode = true, .mode = XM_MODE_SOURCE, .has_nodst = true, .nodst = true) } },
	{ "ep0 link p0 mode source macaddr add " M1,
	  { .name = "ep0",
	    .link = "p0",
	    SET(.has_mode = true, .mode = XM_MODE_SOURCE, .macaddr = XM_MACADDR_ADD, .macs = macs12,
		.mac_count = 1) } },
	{ "ep0 link p0 mode source macaddr set " M1 " " M2,
	  { .name = "ep0",
	    .link = "p0",
	    SET(.has_mode = true, .mode = XM_MODE_SOURCE, .macaddr = XM_MACADDR_SET, .macs = macs12,
		.mac_count = 2) } },
	{ "ep0 macaddr set " M1 " " M2 " link p0 mode source",
	  { .name = "ep0",
	    .link = "p0",
	    SET(.has_mode = true, .mode = XM_MODE_SOURCE, .macaddr = XM_MACADDR_SET, .macs = macs12,
		.mac_count = 2) } },
	{ "ep0 link p0 mode source macaddr set",
	  { .name = "ep0",
	    .link = "p0",
	    SET(.has_mode = true, .mode = XM_MODE_SOURCE, .macaddr = XM_MACADDR_SET) } },
	{ "ep0 link p0 address " M2,
	  { .name = "ep0", .link = "p0", SET(.has_address = true, .address = MAC2) } },
	{ "ep0 link p0 address 02-00-00-00-00-FF",
	  { .name = "ep0", .link = "p0", SET(.has_address = true, .address = MAC2) } },
	{ "ep0 link p0 host on spoofchk off",
	  { .name = "ep0",
	    .link = "p0",
	    SET(.has_host = true, .host = true, .has_spoofchk = true, .spoofchk = false) } },
	{ "ep0 link p0 host off spoofchk on",
	  { .name = "ep0",
	    .link = "p0",
	    SET(.has_host = true, .host = false, .has_spoofchk = true, .spoofchk = true) } },
	{ "ep0 link p0 bcqueuelen 0 bclim -1",
	  { .name = "ep0",
	    .link = "p0",
	    SET(.has_bcqueuelen = true, .bcqueuelen = 0, .has_bclim = true, .bclim = -1) } },
	{ "ep0 link p0 bcqueuelen 4294967295 bclim 2147483647",
	  { .name = "ep0",
	    .link = "p0",
	    SET(.has_bcqueuelen = true, .bcqueuelen = 4294967295u, .has_bclim = true,
		.bclim = 2147483647) } },
	{ "ep0 link p0 bclim -2147483648",
	  { .name = "ep0", .link = "p0", SET(.has_bclim = true, .bclim = -2147483647 - 1) } },
};

static const struct {
	const char *line;
	const char *text;
} add_refused[] = {
	{ "", "no name" },
	{ "link p0", "no name" },
	{ "ep0", "no parent" },
	{ "ep0 link", "'link' needs a value" },
	{ "name", "'name' needs a value" },
	{ "ep0 link p0 link p1", "'link' is given twice" },
	{ "ep0 link p0 name ep1", "'name' is given twice" },
	{ "ep0 ep1 link p0", "unknown keyword 'ep1'" },
	{ "ep0 link p0 type macvlan", "unknown keyword 'type'" },
	{ "ep0 link p0 MODE bridge", "unknown keyword 'MODE'" },
	{ "ep0 link p0 mod bridge", "unknown keyword 'mod'" },
	{ "sixteen-letters- link p0", "'sixteen-letters-' is longer than 15" },
	{ "'' link p0", "empty" },
	{ ". link p0", "'.' is not a name" },
	{ ".. link p0", "'..' is not a name" },
	{ "a/b link p0", "'a/b' is not a name" },
	{ "a:b link p0", "'a:b' is not a name" },
	{ "a%d link p0", "'a%d' is not a name" },
	{ "a_b link p0", "'a b' is not a name" },
	{ "ep0 link p0 ifname a/b", "ifname 'a/b'" },
	{ "ep0 link p0 ifname sixteen-letters-", "ifname 'sixteen-letters-' is longer than 15" },
	{ "ep0 link p0 ifname a ifname b", "'ifname' is given twice" },
	{ "ep0 link p0 netns a netns b", "'netns' is given twice" },
	{ "ep0 link p0 mode", "'mode' needs a value" },
	{ "ep0 link p0 mode tunnel", "unknown mode 'tunnel'" },
	{ "ep0 link p0 mode Bridge", "unknown mode 'Bridge'" },
	{ "ep0 link p0 mode ''", "unknown mode ''" },
	{ "ep0 link p0 mode bridge mode bridge", "'mode' is given twice" },
	{ "ep0 link p0 address", "'address' needs a value" },
	{ "ep0 link p0 address " M1 " address " M1, "'address' is given twice" },
	{ "ep0 link p0 address 02:00:00:00:00", "'02:00:00:00:00' is not a MAC" },
	{ "ep0 link p0 address 00:00:00:00:00:00", "zero address" },
	{ "ep0 link p0 address 01:00:00:00:00:01", "multicast address" },
	{ "ep0 link p0 address ff:ff:ff:ff:ff:ff", "multicast address" },
	{ "ep0 link p0 mtu", "'mtu' needs a value" },
	{ "ep0 link p0 mtu big", "mtu 'big' is not a number" },
	{ "ep0 link p0 mtu 1500x", "mtu '1500x' is not a number" },
	{ "ep0 link p0 mtu ''", "mtu '' is not a number" },
	{ "ep0 link p0 mtu 67", "mtu 67 is out of range" },
	{ "ep0 link p0 mtu 0", "mtu 0 is out of range" },
	{ "ep0 link p0 mtu -1", "mtu -1 is out of range" },
	{ "ep0 link p0 mtu 65536", "mtu 65536 is out of range" },
	{ "ep0 link p0 mtu 99999999999999999999", "'99999999999999999999' is not a number" },
	{ "ep0 link p0 mtu 1400 mtu 1400", "'mtu' is given twice" },
	{ "ep0 link p0 nopromisc", "nopromisc is for mode passthru" },
	{ "ep0 link p0 mode vepa nopromisc", "nopromisc is for mode passthru" },
	{ "ep0 link p0 mode passthru promisc", "'promisc'" },
	{ "ep0 link p0 mode passthru nopromisc nopromisc", "given twice" },
	{ "ep0 link p0 mode source dst", "'dst'" },
	{ "ep0 link p0 macaddr add " M1, "macaddr is for mode source, not bridge" },
	{ "ep0 link p0 mode private macaddr set", "macaddr is for mode source, not private" },
	{ "ep0 link p0 mode source macaddr", "'macaddr' needs a value" },
	{ "ep0 link p0 mode source macaddr add", "'macaddr' needs a value" },
	{ "ep0 link p0 mode source macaddr " M1, "macaddr takes add, del, set or flush" },
	{ "ep0 link p0 mode source macaddr del " M1, "macaddr takes add or set" },
	{ "ep0 link p0 mode source macaddr flush", "macaddr takes add or set" },
	{ "ep0 link p0 mode source macaddr add " M1 " macaddr add " M2,
	  "'macaddr' is given twice" },
	{ "ep0 link p0 mode source macaddr set 00:00:00:00:00:00", "zero address" },
	{ "ep0 link p0 mode source macaddr set " M1 " 33:33:00:00:00:01", "multicast address" },
	{ "ep0 link p0 mode source macaddr set 02:00:00:00:00:0g",
	  "'02:00:00:00:00:0g' is not a MAC" },
	{ "ep0 link p0 mode source macaddr set 02:00:00:00:00", "'02:00:00:00:00'" },
	{ "ep0 link p0 host", "'host' needs a value" },
	{ "ep0 link p0 host yes", "host is 'on' or 'off', not 'yes'" },
	{ "ep0 link p0 host on host on", "'host' is given twice" },
	{ "ep0 link p0 spoofchk 1", "spoofchk is 'on' or 'off', not '1'" },
	{ "ep0 link p0 bcqueuelen -1", "bcqueuelen -1 is out of range" },
	{ "ep0 link p0 bcqueuelen 4294967296", "bcqueuelen 4294967296 is out of range" },
	{ "ep0 link p0 bclim 2147483648", "bclim 2147483648 is out of range" },
	{ "ep0 link p0 bclim x", "bclim 'x' is not a number" },
};

static const struct {
	const char *line;
	const char *name;
	struct xm_settings want;
	const char *refused;
} set_rows[] = {
	{ "ep0 mode vepa", "ep0", { .has_mode = true, .mode = XM_MODE_VEPA }, NULL },
	{ "name ep0 mode vepa", "ep0", { .has_mode = true, .mode = XM_MODE_VEPA }, NULL },
	{ "mode mode vepa", "mode", { .has_mode = true, .mode = XM_MODE_VEPA }, NULL },
	{ "ep0 address " M1, "ep0", { .has_address = true, .address = MAC1 }, NULL },
	{ "ep0 promisc", "ep0", { .has_promisc = true, .promisc = true }, NULL },
	{ "ep0 nopromisc", "ep0", { .has_promisc = true }, NULL },
	{ "ep0 dst", "ep0", { .has_nodst = true }, NULL },
	{ "ep0 nodst", "ep0", { .has_nodst = true, .nodst = true }, NULL },
	{ "ep0 host on", "ep0", { .has_host = true, .host = true }, NULL },
	{ "ep0 spoofchk off", "ep0", { .has_spoofchk = true }, NULL },
	{ "ep0 bcqueuelen 5 bclim 3",
	  "ep0",
	  { .has_bcqueuelen = true, .bcqueuelen = 5, .has_bclim = true, .bclim = 3 },
	  NULL },
	{ "ep0 macaddr add " M1,
	  "ep0",
	  { .macaddr = XM_MACADDR_ADD, .macs = macs12, .mac_count = 1 },
	  NULL },
	{ "ep0 macaddr del " M1,
	  "ep0",
	  { .macaddr = XM_MACADDR_DEL, .macs = macs12, .mac_count = 1 },
	  NULL },
	{ "ep0 macaddr set " M1 " " M2 " nodst",
	  "ep0",
	  { .macaddr = XM_MACADDR_SET,
	    .macs = macs12,
	    .mac_count = 2,
	    .has_nodst = true,
	    .nodst = true },
	  NULL },
	{ "ep0 macaddr set", "ep0", { .macaddr = XM_MACADDR_SET }, NULL },
	{ "ep0 macaddr flush", "ep0", { .macaddr = XM_MACADDR_FLUSH }, NULL },
	{ "", NULL, { 0 }, "no name" },
	{ "name", NULL, { 0 }, "no name" },
	{ "ep0", NULL, { 0 }, "nothing to set" },
	{ "ep0 link p0", NULL, { 0 }, "unknown keyword 'link'" },
	{ "ep0 mtu 1500", NULL, { 0 }, "unknown keyword 'mtu'" },
	{ "ep0 netns blue", NULL, { 0 }, "unknown keyword 'netns'" },
	{ "ep0 mode", NULL, { 0 }, "'mode' needs a value" },
	{ "ep0 promisc nopromisc", NULL, { 0 }, "given twice" },
	{ "ep0 dst nodst", NULL, { 0 }, "given twice" },
	{ "ep0 macaddr del", NULL, { 0 }, "'macaddr' needs a value" },
	{ "ep0 macaddr del 01:00:5e:00:00:01", NULL, { 0 }, "multicast address" },
	{ "ep0 macaddr flush macaddr flush", NULL, { 0 }, "given twice" },
	{ "ep0 macaddr flush " M1, NULL, { 0 }, "unknown keyword '" M1 "'" },
};

struct short_row {
	const char *command;
	const char *line;
	const char *refused; /* or NULL */
	const char *first;
	const char *second; /* xdp's name, "force", or `show`'s link */
};

static const struct short_row short_rows[] = {
	{ "attach", "p0", NULL, "p0", NULL },
	{ "attach", "p0 xdp auto", NULL, "p0", "auto" },
	{ "attach", "p0 xdp native", NULL, "p0", "native" },
	{ "attach", "p0 xdp skb", NULL, "p0", "skb" },
	{ "attach", "p0 xdp off", NULL, "p0", "off" },
	{ "attach", "p0 guard on", NULL, "p0", "guarded" },
	{ "attach", "p0 guard off xdp skb", NULL, "p0", "unguarded" },
	{ "attach", "p0 xdp native guard on", NULL, "p0", "guarded" },
	{ "attach", "p0 guard", "'guard' needs a value", NULL, NULL },
	{ "attach", "p0 guard yes", "not 'yes'", NULL, NULL },
	{ "attach", "p0 guard on guard off", "'guard'", NULL, NULL },
	{ "attach", "p0 xdp off xdp off", "'xdp'", NULL, NULL },
	{ "attach", "", "no parent", NULL, NULL },
	{ "attach", "p0 xdp", "'xdp' needs a value", NULL, NULL },
	{ "attach", "p0 xdp fast", "not 'fast'", NULL, NULL },
	{ "attach", "p0 xdp off now", "unknown keyword 'now'", NULL, NULL },
	{ "attach", "p0 p1", "unknown keyword 'p1'", NULL, NULL },
	{ "detach", "p0", NULL, "p0", NULL },
	{ "detach", "p0 force", NULL, "p0", "force" },
	{ "detach", "force force", NULL, "force", "force" },
	{ "detach", "", "no parent", NULL, NULL },
	{ "detach", "p0 Force", "unknown keyword 'Force'", NULL, NULL },
	{ "detach", "p0 force force", "'force' is given twice", NULL, NULL },
	{ "del", "ep0", NULL, "ep0", NULL },
	{ "del", "name ep0", NULL, "ep0", NULL },
	{ "del", "", "no name", NULL, NULL },
	{ "del", "name", "no name", NULL, NULL },
	{ "del", "ep0 ep1", "unknown keyword 'ep1'", NULL, NULL },
	{ "show", "", NULL, NULL, NULL },
	{ "show", "ep0", NULL, "ep0", NULL },
	{ "show", "link p0", NULL, NULL, "p0" },
	{ "show", "ep0 link p0", NULL, "ep0", "p0" },
	{ "show", "link p0 ep0", NULL, "ep0", "p0" },
	{ "show", "link", "'link' needs a value", NULL, NULL },
	{ "show", "link p0 link p1", "'link' is given twice", NULL, NULL },
	{ "show", "ep0 ep1", "unknown keyword 'ep1'", NULL, NULL },
};

#endif
