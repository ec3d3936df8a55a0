#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Start latency of containers, by dockerd's API. docker_load.sh has made the networks m1 and m2 (of
Docker's macvlan driver) and x (of xmacvlan). A round starts the containers of each network, some at
once, and kills them; the order of the networks changes from round to round. The ratio x ÷ m1 of a
round is one sample, and m2 ÷ m1 is the control."""
import argparse
import http.client
import itertools
import json
import math
import os
import random
import socket
import statistics
import sys
import threading
import time

NETWORKS = ["m1", "m2", "x"]


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=120)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Docker(threading.local):
    """A connection for each thread"""

    def __init__(self, path):
        self.connection = Connection(path)

    def call(self, method, path, body=None):
        self.connection.request(method, path, body and json.dumps(body),
                                {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            sys.exit(f"{method} {path}: {text.decode()}")
        return json.loads(text) if text else None


def each(items, at_once, function):
    """Calls the function for each item, in threads; returns its results"""
    results, queue = [], list(items)[::-1]

    def work():
        while True:
            try:
                item = queue.pop()
            except IndexError:
                return
            results.append(function(item))

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(results) != len(items):
        sys.exit("a request was refused")
    return results


def create(docker, network, count, at_once):
    body = {"Image": "box", "Cmd": ["sleep", "100000"],
            "HostConfig": {"NetworkMode": network}}
    return each(range(count), at_once,
                lambda _: docker.call("POST", "/containers/create", body)["Id"])


def start(docker, ident):
    begin = time.monotonic()
    docker.call("POST", f"/containers/{ident}/start")
    return time.monotonic() - begin


def cpu_ms(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        user, system = stat.read().rsplit(")", 1)[1].split()[11:13]
    return 1000 * (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def run(docker, idents, at_once, pids):
    """Milliseconds: median, 99 %, and all together; CPU time of the processes for a container"""
    before = [cpu_ms(pid) for pid in pids]
    begin = time.monotonic()
    times = sorted(each(idents, at_once, lambda ident: start(docker, ident)))
    total = time.monotonic() - begin
    cpu = [(cpu_ms(pid) - was) / len(idents) for pid, was in zip(pids, before)]
    each(idents, at_once, lambda ident: docker.call("POST", f"/containers/{ident}/kill"))
    each(idents, at_once, lambda ident: docker.call("POST", f"/containers/{ident}/wait"))
    time.sleep(0.5)
    return [1000 * statistics.median(times), 1000 * times[math.ceil(0.99 * len(times)) - 1],
            1000 * total, *cpu]


def interval(samples):
    """Median, and the 95 % interval of the median by bootstrap"""
    medians = sorted(statistics.median(random.choices(samples, k=len(samples)))
                     for _ in range(4000))
    return (f"{statistics.median(samples):.3f} [{medians[100]:.3f}, {medians[3899]:.3f}]")


def report(rounds):
    print("| | m1, ms | m2, ms | x, ms | x ÷ m1 [95 %] | m2 ÷ m1 (control) |")
    print("|---|---:|---:|---:|---:|---:|")
    for i, what in enumerate(["p50", "p99", "all"]):
        cells = [f"{statistics.median(r[n][i] for r in rounds):.0f}" for n in NETWORKS]
        ratios = [interval([r[n][i] / r["m1"][i] for r in rounds]) for n in ("x", "m2")]
        print("|", " | ".join([what, *cells, *ratios]), "|")
    for i, what in enumerate(["dockerd", "xmacvlan-docker"], 3):
        cells = [f"{statistics.mean(r[n][i] for r in rounds):.1f}" for n in NETWORKS]
        print(f"| CPU of {what}, ms a container |", " | ".join(cells), "| | |")
    print(f"{len(rounds)} rounds")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("socket")
    parser.add_argument("dockerd", type=int)
    parser.add_argument("driver", type=int)
    parser.add_argument("--containers", type=int, default=100, help="of each network (100)")
    parser.add_argument("--at-once", type=int, default=16, help="started at once (16)")
    parser.add_argument("--seconds", type=int, default=150, help="no round begins after them (150)")
    args = parser.parse_args()
    docker = Docker(args.socket)
    began = time.monotonic()
    idents = {n: create(docker, n, args.containers, args.at_once) for n in NETWORKS}
    rounds = []
    # The first round is not counted: caches are cold
    for i, order in enumerate(itertools.cycle(itertools.permutations(NETWORKS))):
        if len(rounds) and time.monotonic() - began > args.seconds:
            break
        result = {n: run(docker, idents[n], args.at_once, [args.dockerd, args.driver])
                  for n in order}
        print(i, *(f"{n} {result[n][0]:.0f}/{result[n][2]:.0f}" for n in NETWORKS), flush=True)
        if i:
            rounds.append(result)
    report(rounds)


main()
