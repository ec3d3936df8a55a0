# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For docker.py: speaks to xmacvlan-docker as libnetwork does. The parent is lan0 (cni/lib.sh,
make_lan). A container is a network namespace.
"""
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time

PROGRAM, XMACVLAN = sys.argv[1:3]
SOCKET = "/run/docker/plugins/xmacvlan.sock"
DATA_ROOT = "/tmp/docker"
PINS = "/sys/fs/bpf/xmacvlan"
NETWORK, OTHER = "a1" * 32, "b2" * 32
RESULTS = []


def check(what, passed, detail=""):
    RESULTS.append(bool(passed))
    print(f"ok   {what}" if passed else f"FAIL {what}: {detail}", flush=True)


def same(what, expected, got):
    check(what, expected == got, f"expected {expected!r}, got {got!r}")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Unix(http.client.HTTPConnection):
    def __init__(self, timeout=20, path=SOCKET):
        super().__init__("plugin", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def post(path, body, timeout=20, at=SOCKET):
    """(status, answer as an object)"""
    connection = Unix(timeout, at)
    try:
        connection.request("POST", "/" + path, body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def call(method, request=None):
    """The answer of a request of the driver; its Err, if it has one, is the text to look at"""
    body = b"" if request is None else json.dumps(request).encode() + b"\n"
    return post(f"NetworkDriver.{method}", body)[1]


class Driver:
    def __init__(self, *command, at=SOCKET):
        self.command = command
        self.socket = at
        self.process = None

    def start(self, *options):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen([*self.command, *options], stderr=subprocess.PIPE,
                                        text=True)
        wait("the driver listens", lambda: os.path.exists(self.socket) and connects(self.socket))

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        errors = self.process.communicate(timeout=20)[1]
        return self.process.returncode, errors

    def restart(self):
        ended = self.end()
        self.start()
        return ended


def connects(path):
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(path) == 0


def wait(what, until, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until():
            return
        time.sleep(0.02)
    check(what, False, f"not within {seconds} s")


def network(options=None, identity=NETWORK, internal=False, ipv6=False):
    """A request as Docker 20.10 makes it"""
    request = {"NetworkID": identity,
               "Options": {"com.docker.network.enable_ipv6": ipv6,
                           "com.docker.network.generic": options or {}},
               "IPv4Data": [{"AddressSpace": "LocalDefault", "Pool": "192.0.2.0/24",
                             "Gateway": "192.0.2.1/24", "AuxAddresses": {}}],
               "IPv6Data": []}
    if internal:
        request["Options"]["com.docker.network.internal"] = True
    if ipv6:
        request["IPv6Data"] = [{"AddressSpace": "LocalDefault", "Pool": "2001:db8::/64",
                                "Gateway": "2001:db8::1/64", "AuxAddresses": {}}]
    return request


def endpoint(identity, ipv4="", ipv6="", mac="", of=NETWORK, ports=()):
    return {"NetworkID": of, "EndpointID": identity * 32,
            "Interface": {"Address": ipv4, "AddressIPv6": ipv6, "MacAddress": mac},
            "Options": {"com.docker.network.endpoint.exposedports": [],
                        "com.docker.network.portmap": list(ports)}}


def ids(request):
    return {key: request[key] for key in ("NetworkID", "EndpointID")}


def shown():
    return json.loads(run(XMACVLAN, "-j", "show").stdout or "[]")


def endpoints():
    return [e["ifname"] for e in shown() if e.get("parent") is not True]


def pins():
    return sorted(os.listdir(f"{PINS}/docker")) if os.path.isdir(f"{PINS}/docker") else []


def nothing_left(what):
    links = json.loads(run("ip", "-j", "link").stdout)
    same(f"{what}: nothing is left", ([], [], ["lan0", "lo"]),
         (shown(), pins(), sorted(link["ifname"] for link in links)))
    same(f"{what}: no pin is left", [],
         os.listdir(PINS) if os.path.isdir(PINS) else [])


def container(name, device, ifname="eth0", ipv4="192.0.2.10/24"):
    """What dockerd does after Join"""
    run("ip", "netns", "add", name)
    run("ip", "link", "set", device, "netns", name, "name", ifname)
    run("ip", "-n", name, "addr", "add", ipv4, "dev", ifname)
    run("ip", "-n", name, "link", "set", ifname, "up")


def pings(name, to):
    return run("ip", "netns", "exec", name, "ping", "-c1", "-W3", to).returncode == 0
