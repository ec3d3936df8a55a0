#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For apply_schema.sh: the schema and `apply` take the same files.

    apply_schema.py XMACVLAN SCHEMA

Every key is given good, wrong and strange values, alone and with the types and modes on which it
depends. `apply --dry-run` refuses a file with exit code 1; 0 and 2 (a missing device or namespace)
mean that it takes the file. A refusal is one line. Whether a user exists is not the schema's.
"""
import json
import subprocess
import sys

import jsonschema

XMACVLAN, SCHEMA = sys.argv[1:3]

MACS = ["02:00:00:00:00:01", "02-00-00-00-00-01", "2:0:0:0:0:1", "0A:b:c:d:e:f", "x",
        "02:00-00:00:00:01", "01:00:00:00:00:01", "00:00:00:00:00:00", "020000000001",
        " 02:00:00:00:00:01", "02:00:00:00:00:01\n"]
NAMES = ["web", "a/b", "a b", "a:b", "a%b", "all", "default", ".", "..", "\u00e9", "x" * 15,
         "x" * 16, "", "add", "name", "-x", "a\n", "a\u00a0b", "'\"\\", "\u0001", "--", "a\u007f"]
JUNK = [None, True, False, 0, 5, 1.5, "", [], {}, "x", "a\0b", ["x"], {"a": 1}]
NUMBERS = [0, 1, 2, -1, 67, 68, 256, 257, 65535, 65536, 1400.0, 1.5, "1400", "0x100", " 5", "+5",
           2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**32 - 1, 2**32, 2**63 - 1, -2**63, *JUNK]
SWITCH = ["on", "off", "ON", "true", "yes", 1, *JUNK]
PREFIXES = ["192.0.2.1/24", "192.0.2.1", "192.0.2.1/33", "192.0.2.1/032", "2001:db8::1/64",
            "2001:db8::1/129", "::ffff:1.2.3.4/96", "1.2.3/8", "01.2.3.4/8", "256.1.1.1/8",
            "192.0.2.1/", "192.0.2.1/-1", "192.0.2.1/ 8", "::/0", "0.0.0.0/0", "fe80::1%lo/64",
            "12345::/16", ":::/3", "1::2::3/4", "192.0.2.1/24\n", "default", "1::/", "1:2/16",
            "1:2:3:4:5:6:7:8/64", "1:2:3:4:5:6:7::/64", "1:2:3:4:5:6:7:8:9/64", "a.b.c.d/8",
            "::1:2:3:4:5:6:7/64", "1::2:3:4:5:6:7:8/64", "1:2:3:4:5:6:1.2.3.4/128",
            "1:2:3:4:5:6:7:1.2.3.4/128", "::1.2.3.4/0128", "1:2::3:1.2.3.4/8", "1.2.3.4::/8",
            "192.0.2.1/18446744073709551640"]
GATEWAYS = ["192.0.2.1", "::1", "1.2.3.4/8", "1.2.3", "192.0.2.1\n", *JUNK]

VALUES = {
    "link": ["lan0", "none", "x" * 40, "02:00:00:00:00:aa"],
    "type": ["veth", "tap", "netkit", "auto", "macvlan", "xmacvlan", "vet", "VETH", "macvtap"],
    "mode": ["private", "vepa", "bridge", "passthru", "source", "brid", "BRIDGE", "passthrough"],
    "address": MACS,
    "addresses": ["own", "follow", "add", "del", "flush", [1], *([m] for m in MACS),
                  [f"02:00:00:00:00:0{i}" for i in range(1, 9)],
                  [f"02:00:00:00:00:0{i}" for i in range(1, 10)], ["02:00:00:00:00:01"] * 2],
    "mtu": NUMBERS,
    "netns": ["c1", "none", 1, -1, "1", 1.0, 2**31, "/proc/self/ns/net", "a b"],
    "ifname": NAMES,
    "nopromisc": SWITCH, "nodst": SWITCH,
    "macaddr": ["set", [1], *([m] for m in MACS), ["02:00:00:00:00:01"] * 2],
    "bcqueuelen": NUMBERS, "bclim": NUMBERS,
    "host": SWITCH, "spoofchk": SWITCH, "trust": SWITCH, "ipv6": SWITCH, "accept_ra": SWITCH,
    "user": ["nobody", "root", -1, 65534, "65534", 2**32, 2**32 - 1, 1.0],
    "group": ["nogroup", -1, "5", 2**32],
    "queues": NUMBERS,
    "inside": [
        *({"up": value} for value in SWITCH),
        *({"addresses": [prefix]} for prefix in PREFIXES),
        *({"routes": [{"to": to}]} for to in PREFIXES + JUNK),
        *({"routes": [{"to": "default", "via": via}]} for via in GATEWAYS),
        *({"routes": [{"to": to, "via": via}]} for to in ("192.0.2.0/24", "2001:db8::/32")
          for via in ("192.0.2.1", "::1")),
        *({"routes": [{"to": "default", key: value}]} for key in ("metric", "table", "mtu")
          for value in NUMBERS),
        *({"routes": [{"to": "default", "onlink": value, **via}]} for value in JUNK
          for via in ({}, {"via": "192.0.2.1"})),
        {"routes": [{"to": "default", "dev": "x"}]}, {"routes": [{"via": "192.0.2.1"}]},
        *({"sysctls": {key: 1}} for key in ("ipv4.rp_filter", "ipv6.accept_ra", "ipv5.x", "ipv4.",
                                            "ipv4.a.b", "ipv4.a/b", "ipv4.a b", "ipv4.\u00e9",
                                            "ipv6.x\n", "ipv4", "ipv4.A", "ipv6.mtu")),
        *({"sysctls": {"ipv4.rp_filter": value}} for value in NUMBERS),
        *({"dhcp": value} for value in ([""], ["a", ""], ["a", 1], ["a\0b"])),
        *({key: value} for key in ("addresses", "routes", "sysctls", "dhcp") for value in JUNK),
        {"nonsense": 1},
    ],
    "nonsense": [], "name": [], "promisc": [], "dst": [], "addr": [],
}
PARENT_VALUES = {
    "xdp": ["auto", "native", "skb", "off", "on"], "guard": SWITCH, "fanout": SWITCH,
    "neigh": ["flood", "direct", "on"], "force": [], "link": [], "name": [],
}
# A user and a group that exist on no machine: only the command knows
UNKNOWN = ({"user": "x"}, {"group": "x"})


def documents():
    for key, values in VALUES.items():
        for value in values + JUNK:
            if {key: value} in UNKNOWN:
                continue
            for other in ({}, {"type": "tap"}, {"mode": "passthru"}, {"mode": "source"}):
                # `inside` has its own rules, but with a tap
                if key not in other and (key != "inside" or not other or value in ({}, None)):
                    yield {"endpoints": {"a": {"link": "lan0", **other, key: value}}}
    for key, values in PARENT_VALUES.items():
        for value in values + JUNK:
            yield {"parents": {"lan0": {key: value}}}
    for name in NAMES + ["a\0b"]:
        yield {"endpoints": {name: {"link": "lan0"}}}
        yield {"parents": {name: {}}}
    for value in JUNK:
        yield value
        yield {"endpoints": {"a": value}}
        yield {"parents": {"a": value}}
        for key in ("$schema", "parents", "endpoints", "$comment"):
            yield {key: value}


def main():
    with open(SCHEMA, encoding="utf-8") as file:
        validator = jsonschema.Draft7Validator(json.load(file))
    texts = list(dict.fromkeys(json.dumps(document) for document in documents()))
    failed = 0
    for text in texts:
        with open("/tmp/one.json", "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([XMACVLAN, "apply", "/tmp/one.json", "--dry-run"],
                              capture_output=True, text=True, check=False)
        lines = done.stderr.count("\n")
        valid = validator.is_valid(json.loads(text))
        if done.returncode not in (0, 1, 2) or lines != (done.returncode > 0):
            failed += 1
            print(f"FAIL {text}: exit code {done.returncode}, {lines} lines: {done.stderr}")
        elif valid != (done.returncode != 1):
            failed += 1
            print(f"FAIL {text}: the schema {'takes' if valid else 'refuses'} it: {done.stderr}")
    print(f"{len(texts) - failed} passed, {failed} failed, 0 skipped")
    return failed > 0


sys.exit(main())
