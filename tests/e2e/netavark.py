#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For netavark.sh: calls the plugin as podman and netavark do, kills it, gives it nonsense.

    netavark.py PROGRAM XMACVLAN    prints a line for each check, and their numbers

The parent is lan0 (cni/lib.sh, make_lan). A container is a network namespace.
"""
import json
import os
import random
import signal
import subprocess
import sys
import time

import netavark_dhcp

PROGRAM, XMACVLAN = sys.argv[1:3]
RESULTS = []
ID = "c1" * 32
SEED = int(os.environ.get("XMT_SEED", "") or random.randrange(1 << 30))
RANDOM = random.Random(SEED)


def check(what, passed, detail=""):
    RESULTS.append(bool(passed))
    print(f"ok   {what}" if passed else f"FAIL {what}: {detail}", flush=True)


def same(what, expected, got):
    check(what, expected == got, f"expected {expected!r}, got {got!r}")


def run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def plugin(*words, document=None, text=None):
    """(exit code, answer as an object, None: no answer)"""
    done = run(PROGRAM, *words, text=json.dumps(document) if text is None else text)
    return done.returncode, json.loads(done.stdout) if done.stdout else None


def network(options=None, **keys):
    """As podman 5 makes it for `podman network create -d xmacvlan --subnet 192.0.2.0/24 …`"""
    document = {"name": "lan", "id": "2f" * 32, "driver": "xmacvlan", "network_interface": "lan0",
                "subnets": [{"subnet": "192.0.2.0/24", "gateway": "192.0.2.1"}],
                "ipv6_enabled": False, "internal": False, "dns_enabled": True,
                "options": options or {}, "ipam_options": {"driver": "host-local"}}
    document.update(keys)
    return document


def dual(options=None, **keys):
    return network(options, subnets=[
        {"subnet": "192.0.2.0/24", "gateway": "192.0.2.1"},
        {"subnet": "2001:db8::/64", "gateway": "2001:db8::1"}], ipv6_enabled=True, **keys)


def request(net, addresses=("192.0.2.10",), container=ID, ifname="eth0", ports=None, **keys):
    """As netavark 1.14 makes it"""
    return {"container_id": container, "container_name": "web", "port_mappings": ports,
            "network": net, "network_options": {
                "aliases": [container[:12]], "interface_name": ifname,
                "static_ips": list(addresses), "static_mac": None, **keys}}


def path(name):
    return f"/run/netns/{name}"


def setup(document, name="box"):
    return plugin("setup", path(name), document=document)


def teardown(document, name="box"):
    return plugin("teardown", path(name), document=document)


def refused(what, result, *words):
    code, answer = result
    error = (answer or {}).get("error", "")
    check(what, code == 1 and error and all(w in error for w in words) and "\n" not in error,
          f"{code} {answer}")


def at(name, *command):
    return run("ip", "netns", "exec", name, *command)


def reaches(what, address, *at_netns):
    """address answers, from a namespace or from the host"""
    command = ("ping", "-n", "-c", "1", "-W", "3", address)
    done = at(*at_netns, *command) if at_netns else run(*command)
    check(what, done.returncode == 0, done.stdout)


def nothing_left(what):
    same(f"{what}: no endpoint", "", run(XMACVLAN, "show").stdout)
    links = run("ip", "-o", "link", "show", "type", "veth").stdout.splitlines()
    same(f"{what}: no device but lan0", ["lan0"],
         [line.split(": ")[1].split("@")[0] for line in links])


def test_info():
    for words in ((), ("info",)):
        code, answer = plugin(*words, text="")
        same(f"info {words}", (0, "1.0.0"), (code, answer["api_version"]))
    refused("an unknown command", plugin("reload", text=""), "reload", "teardown NETNS")
    refused("setup without a namespace", plugin("setup", text="{}"), "path")
    refused("create with a word more", plugin("create", "x", text="{}"), "x")


def test_create():
    given = network({"parent": "lan0", "mode": "vepa", "host_access": "true"},
                    network_interface="", labels={"a": "b"}, ipam_options=None)
    code, answer = plugin("create", document=given)
    same("create", 0, code)
    expected = {**given, "network_interface": "lan0", "dns_enabled": False,
                "options": {"mode": "vepa", "host_access": "true"},
                "ipam_options": {"driver": "host-local"}}
    same("create: what podman keeps", expected, answer)
    same("create again, of its own answer", (0, expected), plugin("create", document=answer))
    servers = network(network_dns_servers=["192.0.2.53"])
    answer = plugin("create", document=servers)[1]
    same("create: DNS stays with servers", True, answer["dns_enabled"])
    none = network(subnets=None, ipam_options={"driver": "none"})
    same("create without addresses", 0, plugin("create", document=none)[0])
    for given in ({"driver": "dhcp"}, None):
        code, answer = plugin("create", document=network(subnets=None, ipam_options=given))
        same(f"create with DHCP: {given}", (0, {"driver": "dhcp"}, False),
             (code, answer.get("ipam_options"), answer.get("dns_enabled")))


def test_create_refused():
    for what, document, words in (
            ("an unknown option", network({"hostaccess": "1"}), ("hostaccess", "host_access")),
            ("an unknown mode", network({"mode": "bridged"}), ("mode", "bridged", "passthru")),
            ("a flag", network({"host_access": "maybe"}), ("host_access", "maybe")),
            ("an MTU", network({"mtu": "1500x"}), ("mtu", "1500x")),
            ("a negative MTU", network({"mtu": "-1"}), ("mtu", "-1")),
            ("internal as a text", network(internal="true"), ("internal",)),
            ("an MTU that no device has", network({"mtu": "67"}), ("mtu", "67")),
            ("an MTU above the parent's", network({"mtu": "1501"}), ("mtu 1501", "1500")),
            ("a list of MACs in mode bridge", network({"macaddr": "02:00:00:00:00:01"}),
             ("macaddr", "source")),
            ("a MAC", network({"mode": "source", "macaddr": "01:00:00:00:00:01"}), ("macaddr",)),
            ("publish", network({"publish": "always"}), ("publish", "ignore")),
            ("two parents", network({"parent": "lan1"}), ("parent", "lan1")),
            ("a missing parent", network(network_interface="lan7"), ("lan7",)),
            ("a long parent", network(network_interface="a" * 16), ("network_interface",)),
            ("the IPAM driver dhcp with a subnet", network(ipam_options={"driver": "dhcp"}),
             ("dhcp", "subnet")),
            ("no subnet", network(subnets=None), ("--subnet", "--ipam-driver dhcp")),
            ("an unknown IPAM driver", network(ipam_options={"driver": "x"}), ("IPAM", "'x'")),
            ("a subnet", network(subnets=[{"subnet": "192.0.2.0/33"}]), ("192.0.2.0/33",)),
            ("a gateway of the other family", network(subnets=[
                {"subnet": "192.0.2.0/24", "gateway": "2001:db8::1"}]), ("2001:db8::1",)),
            ("a route", network(routes=[{"destination": "x", "gateway": "192.0.2.1"}]), ("'x'",)),
            ("a blackhole", network(routes=[{"destination": "10.0.0.0/8",
                                             "route_type": "blackhole"}]), ("blackhole",)),
            ("options that are a list", network(["mode"]), ("options",)),
            ("subnets that are a text", network(subnets="x"), ("subnets",)),
            ("no name", network(name=""), ("name",))):
        refused(f"create: {what}", plugin("create", document=document), *words)
    for what, text in (("nothing", ""), ("no JSON", "{"), ("a list", "[]"), ("half", '{"name": '),
                       ("a key twice", '{"name": "a", "name": "b"}'), ("NUL", "\0"),
                       ("deep", "[" * 100000), ("5 MB", '{"a": "' + "x" * 5000000 + '"}')):
        refused(f"create: {what}", plugin("create", text=text))
        refused(f"setup: {what}", plugin("setup", path("box"), text=text))
        refused(f"teardown: {what}", plugin("teardown", path("box"), text=text))


def test_life():
    net = dual({"host_access": "1", "mtu": "1400"}, network_dns_servers=["192.0.2.53"],
               routes=[{"destination": "198.51.100.0/24", "gateway": "192.0.2.7", "metric": 7},
                       {"destination": "203.0.113.0/24", "gateway": "192.0.2.7", "metric": None}])
    document = request(net, ("192.0.2.10", "2001:db8::10"))
    code, answer = setup(document)
    same("setup", 0, code)
    mac = answer["interfaces"]["eth0"]["mac_address"]
    same("setup: the status", {
        "dns_search_domains": [], "dns_server_ips": ["192.0.2.53"],
        "interfaces": {"eth0": {"mac_address": mac, "subnets": [
            {"ipnet": "192.0.2.10/24", "gateway": "192.0.2.1"},
            {"ipnet": "2001:db8::10/64", "gateway": "2001:db8::1"}]}}}, answer)
    link = json.loads(at("box", "ip", "-j", "link", "show", "eth0").stdout)[0]
    same("setup: the MAC and the MTU", (mac, 1400), (link["address"], link["mtu"]))
    routes = at("box", "ip", "-4", "route").stdout
    for route in ("default via 192.0.2.1 dev eth0 metric 100",
                  "198.51.100.0/24 via 192.0.2.7 dev eth0 metric 7",
                  "203.0.113.0/24 via 192.0.2.7 dev eth0 metric 100"):
        check(f"setup: {route}", route in routes, routes)
    for address in ("192.0.2.10", "2001:db8::10"):
        reaches(f"the LAN reaches {address}", address, "lan")
        reaches(f"the host reaches {address}", address)
    reaches("the container reaches the LAN", "192.0.2.1", "box")
    shows = run(XMACVLAN, "-d", "show").stdout
    check("show: the owner", "podman network lan " in shows, shows)
    again = setup(document)
    same("setup again, whose answer was lost: the same", (0, answer), again)
    reaches("the LAN reaches it", "192.0.2.10", "lan")
    same("one endpoint", 1, run(XMACVLAN, "-d", "show").stdout.count("podman network lan "))
    same("teardown", (0, None), teardown(document))
    nothing_left("teardown")
    check("teardown: no device", at("box", "ip", "link", "show", "eth0").returncode)
    same("teardown again", (0, None), teardown(document))
    same("setup after it: the same", (0, answer), setup(document))
    same("teardown of a namespace that is missing", (0, None), teardown(document, "nowhere"))
    nothing_left("teardown without the namespace")


def test_options():
    document = request(network({"no_default_route": "true"}), static_mac="02:00:00:00:00:77")
    code, answer = setup(document)
    same("a MAC of the container", (0, "02:00:00:00:00:77"),
         (code, answer["interfaces"]["eth0"]["mac_address"]))
    same("no_default_route", "", at("box", "ip", "route", "show", "default").stdout)
    other = request(network(), ("192.0.2.11",), "d2" * 32, static_mac="02:00:00:00:00:77")
    run("ip", "netns", "add", "other")
    refused("a MAC that is in use", setup(other, "other"), "02:00:00:00:00:77")
    links = at("other", "ip", "-o", "link", "show", "type", "veth").stdout
    same("nothing of it is left", "", links)
    run("ip", "netns", "del", "other")
    teardown(document)
    document = request(network(internal=True))
    answer = setup(document)[1]
    same("internal: no default route", "", at("box", "ip", "route", "show", "default").stdout)
    subnet = answer["interfaces"]["eth0"]["subnets"][0]
    check("internal: no gateway", "gateway" not in subnet, answer)
    teardown(document)
    document = request(network(subnets=None, ipam_options={"driver": "none"}), ())
    same("without addresses", [], setup(document)[1]["interfaces"]["eth0"]["subnets"])
    teardown(document)
    ports = [{"container_port": 80, "host_ip": "", "host_port": 8080, "protocol": "tcp",
              "range": 1}]
    refused("a published port", setup(request(network(), ports=ports)), "8080:80/tcp",
            "publish=ignore")
    document = request(network({"publish": "ignore"}), ports=ports)
    same("publish=ignore", 0, setup(document)[0])
    teardown(document)
    run("ip", "addr", "flush", "dev", "lan0", "scope", "global")
    run("ip", "route", "add", "default", "dev", "lan0")
    document = request(network(network_interface=""))
    same("the parent is the device of the default route", 0, setup(document)[0])
    teardown(document)
    run("ip", "route", "del", "default")
    refused("no parent and no default route", setup(document), "default route")
    nothing_left("options")


def test_refused():
    for what, document, words in (
            ("an address of no subnet", request(network(), ("198.51.100.1",)), ("198.51.100.1",)),
            ("no address", request(network(), ()), ("static_ips",)),
            ("an address that is none", request(network(), ("192.0.2",)), ("static_ips",)),
            ("a MAC", request(network(), static_mac="x"), ("static_mac",)),
            ("a MAC in mode passthru", request(network({"mode": "passthru"}),
                                               static_mac="02:00:00:00:00:01"), ("passthru",)),
            ("an option of the container", request(network(), options={"host_interface_name": "x"}),
             ("host_interface_name",)),
            ("no interface", request(network(), ifname=""), ("interface_name",)),
            ("no container", request(network(), container=""), ("container_id",)),
            ("a long container", request(network(), container="c" * 256), ("container_id",)),
            ("an interface that exists", request(network(), ifname="lo"), ("lo",)),
            ("an MTU above the parent's", request(network({"mtu": "9000"})), ("9000",)),
            ("a parent that has gone", request(network(network_interface="lan9")), ("lan9",)),
            ("a gateway that is not on the link", request(network(subnets=[
                {"subnet": "192.0.2.0/24", "gateway": "198.51.100.1"}])), ("route",))):
        refused(f"setup: {what}", setup(document), *words)
    refused("setup: a namespace that is missing", setup(request(network()), "nowhere"), "nowhere")
    refused("setup: the host's namespace", plugin("setup", "/proc/self/ns/net",
                                                  document=request(network())), "host")
    refused("setup: no path", plugin("setup", "box", document=request(network())), "box")
    nothing_left("refused")


def test_printing():
    with open("/dev/full", "w", encoding="ascii") as full:
        code = subprocess.run([PROGRAM, "setup", path("box")], stdout=full, text=True, check=False,
                              input=json.dumps(request(network()))).returncode
    same("setup whose status cannot be printed: the exit code", 1, code)
    nothing_left("setup whose status cannot be printed")


def killed(word, document, after):
    # pylint: disable-next=consider-using-with
    process = subprocess.Popen([PROGRAM, word, path("box")], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    process.stdin.write(json.dumps(document))
    process.stdin.close()
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.stdout.read()
    return process.wait()


def test_kills():
    """Killed anywhere: teardown removes what is left, and a setup succeeds"""
    document = request(dual({"host_access": "1"}), ("192.0.2.10", "2001:db8::10"))
    length = 5
    rng, wrong, kills = RANDOM, [], 0
    for i in range(12):
        kills += killed("setup", document, rng.uniform(0, length)) == -signal.SIGKILL
        if i % 3 == 0:
            result = teardown(document)
            wrong += [(i, result)] if result != (0, None) else []
        begin = time.monotonic()
        if setup(document)[0]:
            wrong.append((i, "setup"))
        length = min(length, time.monotonic() - begin)
        kills += killed("teardown", document, rng.uniform(0, length / 4)) == -signal.SIGKILL
        if teardown(document) != (0, None):
            wrong.append((i, "teardown"))
        if run(XMACVLAN, "show").stdout:
            wrong.append((i, run(XMACVLAN, "show").stdout))
    same(f"killed {kills} times: it goes on", [], wrong)
    check("it was killed at all", kills, kills)
    nothing_left("killed")


def test_damage():
    document = request(network())
    setup(document)
    run("sh", "-c", "find /sys/fs/bpf/xmacvlan -type f -delete; rm -r /sys/fs/bpf/xmacvlan")
    same("teardown without pins", (0, None), teardown(document))
    check("teardown without pins: no device", at("box", "ip", "link", "show", "eth0").returncode)
    setup(document)
    run("ip", "netns", "del", "box")
    run("ip", "netns", "add", "box")
    run("ip", "-n", "box", "link", "set", "lo", "up")
    same("setup after the namespace has ended", 0, setup(document)[0])
    reaches("the LAN reaches it", "192.0.2.10", "lan")
    teardown(document)
    nothing_left("damage")


def test_dhcp():
    netavark_dhcp.dhcp(sys.modules[__name__])


def main():
    print(f"seed {SEED}", flush=True)
    run("ip", "netns", "add", "box")
    run("ip", "-n", "box", "link", "set", "lo", "up")
    for test in (test_info, test_create, test_create_refused, test_life, test_refused,
                 test_printing, test_kills, test_damage, test_dhcp, test_options):
        test()
    failed = RESULTS.count(False)
    print(f"{len(RESULTS) - failed} passed, {failed} failed, 0 skipped")
    return failed > 0


sys.exit(main())
