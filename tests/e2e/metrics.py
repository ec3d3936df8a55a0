#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For metrics.sh: reads metrics, and is the clients that a server has to bear.

    metrics.py same TEXT JSON     the metrics agree with the output of `show -s -j`
    metrics.py state STATE JSON   the page's state agrees with the output of `show -s -j`
    metrics.py format TEXT        the rules of OpenMetrics that promtool does not check
    metrics.py uses TEXT FILE...  every metric that the files name is in the metrics
    metrics.py label TEXT NAME    whether an endpoint has that name, octet for octet
    metrics.py idle PORT N        N connections that say nothing; meanwhile one scrape, within 2 s
    metrics.py stuck PORT N       N scrapers that do not read; meanwhile one scrape, within 2 s
    metrics.py odd PORT           pipelined, split, half-closed and too long requests
    metrics.py many PORT N PID... N scrapes; the processes have no more memory or descriptors then
    metrics.py locked PATH CMD... runs the command while a flock of the path is held
"""
import fcntl
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time

SAMPLE = re.compile(r'(\w+)\{((?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)*)\} (\d+(?:\.\d+)?)')
LABEL = re.compile(r'(\w+)="((?:[^"\\\n]|\\[\\"n])*)"')
UNESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def unescape(text):
    return re.sub(r'\\[\\"n]', lambda m: UNESCAPED[m[0]], text)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def samples(text):
    """(name, {label: value}, number) of each sample"""
    for line in text.splitlines():
        if not line.startswith("#"):
            m = SAMPLE.fullmatch(line)
            if not m:
                sys.exit(f"no sample: {line}")
            labels = {name: unescape(value) for name, value in LABEL.findall(m[2])}
            yield m[1], labels, float(m[3])


def counters_of_metrics(text):
    found = {}
    for name, labels, value in samples(text):
        if name.startswith("xmacvlan_endpoint_") and name.endswith("_total"):
            key = name[len("xmacvlan_endpoint_"):-len("_total")], labels.get("reason", "")
            found[(labels["parent"], labels["endpoint"], *key)] = value
    return found


def counters_of_show(endpoints):
    found = {}
    for ep in endpoints:
        if "stats64" not in ep or ep.get("parent") is True:
            continue
        rx, tx = ep["stats64"]["rx"], ep["stats64"]["tx"]
        values = {("receive_packets", ""): rx["packets"], ("receive_bytes", ""): rx["bytes"],
                  ("receive_multicast_packets", ""): rx["multicast"],
                  ("transmit_packets", ""): tx["packets"], ("transmit_bytes", ""): tx["bytes"]}
        values.update({("drops", reason): n for reason, n in ep["drops"].items()})
        for key, value in values.items():
            found[(ep["link"], ep["name"], *key)] = float(value)
    return found


def same(text, shown):
    metrics, show = counters_of_metrics(read(text)), counters_of_show(json.loads(read(shown)))
    for key in sorted(set(metrics) | set(show)):
        if metrics.get(key) != show.get(key):
            print(f"{key}: metrics {metrics.get(key)}, show {show.get(key)}")
    if metrics != show or not any(metrics.values()):
        sys.exit(f"{len(metrics)} counters in the metrics, {len(show)} shown")
    print(f"{len(metrics)} counters are the same")


def state(path, shown):
    got, expected = json.loads(read(path)), json.loads(read(shown))
    found = {e["name"]: e for p in got["parents"] for e in p["endpoints"]}
    for e in expected:
        if e.get("parent"):
            continue
        mine, stats = found.pop(e["name"]), e["stats64"]
        counters = [(mine["receive"][k], stats["rx"][k]) for k in ("packets", "bytes", "multicast")]
        counters += [(mine["transmit"][k], stats["tx"][k]) for k in ("packets", "bytes")]
        drops = {k: v for k, v in e["drops"].items() if v}
        if mine["drops"] != drops or any(a != b for a, b in counters):
            sys.exit(f"{mine} is not {e}")
        if set(got["reasons"]) != set(e["drops"]) or not all(got["reasons"].values()):
            sys.exit(f"reasons: {got['reasons']}")
    if found:
        sys.exit(f"{found} are not in `show`")


def check_format(path):
    text, family, seen = read(path), None, set()
    if not text.endswith("# EOF\n") or text.count("# EOF") != 1:
        sys.exit("# EOF is not the last line, once")
    for line in text.splitlines()[:-1]:
        m = re.match(r"# TYPE (\w+) (counter|gauge)$", line)
        if m:
            if m[1] in seen:
                sys.exit(f"{m[1]} comes twice")
            family, kind = m[1], m[2]
            seen.add(family)
            continue
        name = line.split()[2] if line.startswith("# HELP") else line.split("{")[0]
        total = "" if line.startswith("# HELP") or kind == "gauge" else "_total"
        if name != family + total:
            sys.exit(f"'{line}' is in the family {family}")
    print(f"{len(seen)} families, {len(list(samples(text)))} samples")


def uses(path, files):
    known = {name for name, _, _ in samples(read(path))}
    for file in files:
        named = set(re.findall(r"\bxmacvlan_\w+", read(file)))
        if not named or named - known:
            sys.exit(f"{file}: unknown: {sorted(named - known)}")
        print(f"{file}: {len(named)} metrics")


def scrape(port):
    start = time.monotonic()
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request("GET", "/metrics")
    body = client.getresponse().read()
    took = time.monotonic() - start
    if b"xmacvlan_build_info" not in body or took > 2:
        sys.exit(f"a scrape of {len(body)} octets took {took:.2f} s")
    print(f"a scrape of {len(body)} octets took {took:.3f} s")


def connect(port, count, request):
    clients = []
    for _ in range(count):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.connect(("127.0.0.1", port))
        client.sendall(request)
        clients.append(client)
    return clients


def bear(port, count, request):
    clients = connect(port, count, request)
    time.sleep(0.5)
    scrape(port)
    print(f"with {len(clients)} other connections")


def exchange(port, parts, half_close=False):
    """Sends the parts, 50 ms apart; returns what comes until the end, or within a second"""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as client:
        got = b""
        try:
            for part in parts:
                client.sendall(part)
                time.sleep(0.05)
            if half_close:
                client.shutdown(socket.SHUT_WR)
            while data := client.recv(1 << 20):
                got += data
        except OSError:
            pass
        return got


def odd(port):
    get = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for what, answers, parts, half in (
            ("pipelined", 20, [get * 20], False),
            ("split", 1, [get[:7], get[7:30], get[30:]], False),
            ("half-closed", 1, [get], True),
            ("with a body", 2, [get[:-2] + b"Content-Length: 5\r\n\r\nhello" + get], False)):
        got = exchange(port, parts, half)
        if got.count(b"HTTP/1.1 200") != answers or got.count(b"xmacvlan_build_info{") != answers:
            sys.exit(f"{what}: {got.count(b'HTTP/1.1 200')} answers of {answers}: {got[:200]}")
    got = exchange(port, [get[:-2] + b"X: " + b"x" * 1000000 + b"\r\n\r\n"])
    if got and not got.startswith(b"HTTP/1.1 4"):
        sys.exit(f"a header of a megabyte: {got[:200]}")
    scrape(port)


def memory(pid):
    """KiB of memory, descriptors"""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        rss = int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])
    return rss, len(os.listdir(f"/proc/{pid}/fd"))


def many(port, count, pids):
    """The first tenth fills caches. A leak of 100 octets a scrape would be 900 KiB."""
    def scrapes(number):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for i in range(number):
            client.request("GET", "/metrics")
            if client.getresponse().read().count(b"xmacvlan_build_info{") != 1:
                sys.exit(f"scrape {i} has no metrics")
        client.close()
        time.sleep(0.3)

    scrapes(count // 10)
    before = [memory(pid) for pid in pids]
    scrapes(count - count // 10)
    after = [memory(pid) for pid in pids]
    print(f"KiB and descriptors: {before}, then {after}")
    for (rss, files), (more, more_files) in zip(before, after):
        if more > rss + 512 or more_files != files:
            sys.exit("more than before")


def locked(path, words):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    sys.exit(subprocess.run(words, check=False).returncode)


def main(word, *args):
    if word == "same":
        same(*args)
    elif word == "state":
        state(*args)
    elif word == "format":
        check_format(*args)
    elif word == "uses":
        uses(args[0], args[1:])
    elif word == "label":
        names = {labels.get("endpoint") for _, labels, _ in samples(read(args[0]))}
        sys.exit(0 if args[1] in names else f"{sorted(filter(None, names))}")
    elif word == "odd":
        odd(int(args[0]))
    elif word == "many":
        many(int(args[0]), int(args[1]), args[2:])
    elif word == "locked":
        locked(args[0], args[1:])
    elif word in ("idle", "stuck"):
        get = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
        request = b"" if word == "idle" else get * 20
        bear(int(args[0]), int(args[1]), request)
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
