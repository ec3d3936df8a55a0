#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For apply_keywords.sh: every keyword that a file of `apply` may have.

    apply_keywords.py XMACVLAN    prints a line for each check, and their numbers

The keywords and the words that they take are those of `xmacvlan help add` and `help attach`, which
print the command's own table. One without a case fails. A case is an endpoint or a parent of one
file. The file is applied, and applied again; what `save` prints then has to have the case's key,
and to lead, on a clean host, to the same `show -j`, to the same output of `save`, and to a state in
which the first file changes nothing.
"""
import json
import re
import subprocess
import sys
import time

XMACVLAN = sys.argv[1]
RESULTS, SKIPPED = [], []
FILE, SAVED = "/tmp/all.json", "/tmp/saved.json"


def check(what, passed, detail=""):
    RESULTS.append(bool(passed))
    print(f"ok   {what}" if passed else f"FAIL {what}: {detail}", flush=True)
    return passed


def same(what, expected, got):
    return check(what, expected == got, f"expected {expected!r}, got {got!r}")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def must(*command):
    done = run(*command)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


class Case:
    """KEY: VALUE of an endpoint or a parent, which other keys go with. `saved` is what `save` has
    of it; None: nothing, because it is the default."""

    def __init__(self, key, value, saved=..., **others):
        self.key, self.value = key, value
        self.saved = {key: value} if saved is ... else saved
        self.others = {other.rstrip("_"): v for other, v in others.items()}

    def title(self):
        return f"{self.key} {json.dumps(self.value)}"

    def object(self):
        return {**self.others, self.key: self.value}

    def is_saved(self, found):
        """`found` is the object that `save` printed"""
        if self.saved is None:
            return self.key not in found
        return all(found.get(key) == value for key, value in self.saved.items())


def sysctl(name, value):
    return {"inside": {"sysctls": {name: value}}}


def endpoint_cases():
    # Without these, a device that is there has any value of the key
    usual_ipv6 = int(open("/proc/sys/net/ipv6/conf/default/disable_ipv6", encoding="ascii").read())
    usual_ra = int(open("/proc/sys/net/ipv6/conf/default/accept_ra", encoding="ascii").read())
    macs = ["02:00:00:00:02:01", "02:00:00:00:02:02"]

    yield Case("link", "lan1")
    yield Case("address", "02:00:00:00:01:01")
    yield Case("mtu", 1300)
    yield Case("netns", "c1")
    yield Case("ifname", "eth7")
    for mode in ("private", "vepa", "passthru", "source"):
        yield Case("mode", mode)
    yield Case("mode", "bridge", None)
    yield Case("nopromisc", True, mode="passthru")
    yield Case("nopromisc", False, None, mode="passthru")
    yield Case("nodst", True, mode="source")
    yield Case("nodst", False, None, mode="source")
    yield Case("macaddr", macs, mode="source")
    yield Case("bcqueuelen", 77)
    yield Case("bclim", -1)
    yield Case("host", "on", {"host": True})
    yield Case("host", "off", None)
    yield Case("spoofchk", "off", {"spoofchk": False})
    yield Case("spoofchk", "on", None)
    yield Case("spoofchk", "on", {"spoofchk": True}, mode="passthru")
    yield Case("trust", "off", {"trust": False})
    yield Case("trust", "on", None)
    yield Case("addresses", macs)
    yield Case("addresses", "follow")
    yield Case("addresses", "own", None)
    yield Case("ipv6", "off", None if usual_ipv6 else sysctl("ipv6.disable_ipv6", 1))
    yield Case("ipv6", "on", sysctl("ipv6.disable_ipv6", 0) if usual_ipv6 else None)
    yield Case("accept_ra", "off", sysctl("ipv6.accept_ra", 0) if usual_ra else None)
    yield Case("accept_ra", "on", None if usual_ra else sysctl("ipv6.accept_ra", 1))
    yield Case("type", "veth", None)
    yield Case("type", "tap")
    if run("ip", "link", "add", "probe", "type", "netkit").returncode == 0:
        must("ip", "link", "del", "probe")
        yield Case("type", "netkit")
    else:
        SKIPPED.append("netkit")
        print("skip type netkit: this kernel has none")
    yield Case("type", "auto")
    yield Case("user", "nobody", {"user": "65534"}, type="tap")
    yield Case("user", "0", None, type="tap")
    yield Case("user", "0", type="tap", group="65534")
    yield Case("group", "nogroup", {"group": "65534"}, type="tap")
    yield Case("queues", 3, type="tap")


def parent_cases():
    for mode in ("native", "skb", "off"):
        yield Case("xdp", mode)
    yield Case("xdp", "auto", None)
    yield Case("guard", "on", {"guard": True}, xdp="skb")
    yield Case("guard", "off", None)
    yield Case("neigh", "direct")
    yield Case("neigh", "flood", None)
    yield Case("fanout", "on", {"fanout": True}, xdp="skb")
    yield Case("fanout", "off", None)


def check_complete(command, cases, others):
    """Every keyword has a case, with each word that it takes, and one that `save` prints"""
    text = must(XMACVLAN, "help", command)
    keywords = set(re.findall(r"^  (\w+) {2}", text, re.M)) - others
    same(f"{command}: every keyword has a case that save prints", set(),
         keywords - {case.key for case in cases if case.saved})
    same(f"{command}: no other key has a case", set(), {case.key for case in cases} - keywords)
    words = {(key, word) for key, values in re.findall(r"\[(\w+) ([a-z]+(?:\|[a-z]+)+)\]", text)
             for word in values.split("|")}
    has = {(case.key, case.value) for case in cases if not isinstance(case.value, list)}
    has.update(("type", word) for word in SKIPPED)
    check(f"{command}: some keywords take words", len(words) >= 8, words)
    same(f"{command}: every word has a case", set(), words - has)


def make_world(endpoints, parents):
    """Gives every case its place: a parent of its own where it is one, or needs one. Returns the
    file."""
    document = {"parents": {}, "endpoints": {}}
    count = [0]

    def make_parent():
        count[0] += 1
        name = f"q{count[0]}"
        must("ip", "link", "add", name, "up", "type", "veth", "peer", "name", "wire", "netns",
             "wires")
        must("ip", "-n", "wires", "link", "set", "wire", "name", f"w{count[0]}", "up")
        return name

    for name in ("wires", "c1"):
        must("ip", "netns", "add", name)
    for name in ("lan0", "lan1"):
        must("ip", "link", "add", name, "up", "type", "veth", "peer", "name", f"{name}w")
        must("ip", "link", "set", f"{name}w", "up")
    for i, case in enumerate(endpoints):
        case.name = f"e{i}"
        keys = case.object()
        if "link" not in keys:
            keys["link"] = make_parent() if keys.get("mode") == "passthru" else "lan0"
        document["endpoints"][case.name] = keys
    for case in parents:
        case.name = make_parent()
        document["parents"][case.name] = case.object()
    return document


def apply(what, path, *words):
    """The steps that are done"""
    done = run(XMACVLAN, "apply", path, *words)
    check(f"{what}: it is done", done.returncode == 0, done.stderr.strip())
    return done.stdout.splitlines()


def show():
    """`show -j` by name, without the numbers of devices and what changes by itself"""
    found = json.loads(must(XMACVLAN, "-j", "show"))
    for entry in found:
        for key in ("ifindex", "link_index", "group"):
            entry.pop(key, None)
        for keys in (entry, entry.get("linkinfo", {}).get("info_data", {})):
            keys.get("macaddr_data", []).sort()
        if "tap" in entry:
            entry["tap"]["qemu"] = re.sub(r"net\d+", "net", entry["tap"]["qemu"])
    return {entry.get("name") or entry["ifname"]: entry for entry in found}


def show_settled():
    """As show(), when linkwatch has seen all devices"""
    end = time.monotonic() + 10
    while True:
        found = show()
        if "UNKNOWN" not in json.dumps(found) or time.monotonic() > end:
            return found
        time.sleep(0.02)


def save():
    with open(SAVED, "w", encoding="utf-8") as file:
        file.write(must(XMACVLAN, "save"))
    with open(SAVED, encoding="utf-8") as file:
        return file.read()


def check_saved(saved, endpoints, parents):
    for section, cases in (("endpoints", endpoints), ("parents", parents)):
        for case in cases:
            found = saved[section].get(case.name, {})
            check(f"{case.title()}: save has it", case.is_saved(found),
                  f"expected {case.saved}, got {found}")


def check_same(what, cases, before, after):
    """The same endpoints, with the same keys"""
    same(f"{what}: the endpoints", set(before), set(after))
    for case in cases:
        one, other = before.get(case.name, {}), after.get(case.name)
        check(f"{case.title()}: {what}", one == other, {
            key: (one.get(key), (other or {}).get(key)) for key in {*one, *(other or {})}
            if one.get(key) != (other or {}).get(key)})


def clean(parents):
    for name in parents:
        must(XMACVLAN, "detach", name, "force")
    same("the host is clean", "[]", must(XMACVLAN, "-j", "show").strip())


def main():
    endpoints, parents = list(endpoint_cases()), list(parent_cases())
    check_complete("add", endpoints, {"name"})
    check_complete("attach", parents, set())
    document = make_world(endpoints, parents)
    with open(FILE, "w", encoding="utf-8") as file:
        json.dump(document, file)
    check("apply has steps", apply("apply", FILE))
    same("applied again: no step", [], apply("applied again", FILE))
    before, text = show_settled(), save()
    check_saved(json.loads(text), endpoints, parents)
    same("what save prints: no step", [], apply("what save prints", SAVED))
    clean({*(e["link"] for e in document["endpoints"].values()), *document["parents"]})
    check("on a clean host it has steps", apply("on a clean host", SAVED))
    same("applied again: no step", [], apply("applied again", SAVED))
    same("the first file: no step", [], apply("the first file", FILE))
    check_same("show -j is the same", endpoints, before, show_settled())
    same("save prints the same", text, save())
    failed = RESULTS.count(False)
    print(f"{len(RESULTS) - failed} passed, {failed} failed, {len(SKIPPED)} skipped")
    return failed > 0


sys.exit(main())
