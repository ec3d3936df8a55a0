# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For docker.py: clients of xmacvlan-docker that send no JSON, 100 MB, nothing, or come at once"""
import socket
import threading
import time

from docker_lib import NETWORK, OTHER, SOCKET, Unix, call, check, endpoint, ids, network
from docker_lib import nothing_left, post, same


def hostile(driver):
    """Answered or closed, never hung, and no memory is left"""
    for body, what in ((b"{", "no JSON"), (b"[]", "no object"), (b"\0" * 100, "zeros"),
                       (b"[" * 100000, "nested"), (b'{"NetworkID":"\xff"}', "no UTF-8"),
                       (b'{"NetworkID":"a\\u0000"}', "a NUL"), (b"", "no body")):
        status, answer = post("NetworkDriver.CreateNetwork", body)
        check(f"{what}: status 400", status == 400 and answer["Err"].startswith("xmacvlan: "),
              f"{status} {answer}")
    for method in ("CreateNetwork", "DeleteNetwork", "CreateEndpoint", "DeleteEndpoint", "Join"):
        wrong = [{}, {"NetworkID": 5}, {"NetworkID": "../x"}, {"NetworkID": "a" * 65},
                 {"NetworkID": None}, {"NetworkID": ""}]
        if not method.endswith("Network"):
            wrong.append({"NetworkID": NETWORK, "EndpointID": "x/y"})
        answers = [call(method, request) for request in wrong]
        check(f"{method}: requests without their ids are refused",
              all("ID" in answer.get("Err", "") for answer in answers), answers)
    same("wrong types count as absent", {}, call("CreateNetwork", {
        "NetworkID": NETWORK, "Options": {"com.docker.network.generic": {"parent": "lan0"}},
        "IPv4Data": "x", "IPv6Data": [5]}))
    for key, wrong in (("internal", "true"), ("internal", 1), ("generic", "parent=lan0")):
        error = call("CreateNetwork", {"NetworkID": OTHER, "Options": {
            "com.docker.network.generic": {"parent": "lan0"},
            f"com.docker.network.{key}": wrong}}).get("Err", "")
        check(f"{key} of a wrong type is refused", f"com.docker.network.{key} is" in error, error)
    call("CreateEndpoint", {"NetworkID": NETWORK, "EndpointID": "e" * 64, "Interface": [],
                            "Options": "x"})
    error = call("CreateEndpoint", endpoint("ff", "192.0.2.300/24")).get("Err", "")
    check("an invalid address is refused", "Address" in error, error)
    error = call("CreateEndpoint", endpoint("ff", mac="01:00:00:00:00:01")).get("Err", "")
    check("a group MAC is refused", "--mac-address" in error, error)
    call("DeleteNetwork", {"NetworkID": NETWORK})
    same("an unknown request", 404, post("NetworkDriver.Fly", b"{}")[0])
    same("a swarm's request", 404, post("NetworkDriver.AllocateNetwork", b"{}")[0])
    connection = Unix()
    connection.request("GET", "/Plugin.Activate")
    same("GET", 405, connection.getresponse().status)
    connection.close()
    check("100 MB: answered or closed", huge(True))
    check("100 MB without a length: closed", huge(False))
    idle = [stopped_client(i) for i in range(100)]
    began = time.monotonic()
    same("100 clients that stop half-way keep nobody waiting", "local",
         call("GetCapabilities").get("Scope"))
    check("an answer within 2 s beside them", time.monotonic() - began < 2)
    for client in idle:
        client.close()
    # More than the server takes (PLUGIN_CONNECTIONS)
    idle = [stopped_client(1) for _ in range(600)]
    time.sleep(0.5)
    for client in idle:
        client.close()
    began = time.monotonic()
    call("GetCapabilities")
    check("an answer within 5 s after 600 clients that stopped half-way",
          time.monotonic() - began < 5)
    answers = []
    clients = [threading.Thread(target=lambda: answers.append(call("GetCapabilities")))
               for _ in range(100)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    same("100 at once are answered", 100, sum("Scope" in answer for answer in answers))
    many(driver)
    for _ in range(2000):
        post("NetworkDriver.CreateNetwork", b"[]")
    same("a full pipe of its stderr does not stop it", "local", call("GetCapabilities")["Scope"])
    nothing_left("hostile clients")


def many(driver):
    call("CreateNetwork", network({"parent": "lan0"}))
    made = []

    def one(number):
        request = endpoint(f"{number:02x}", f"192.0.2.{number + 100}/24")
        made.append("Interface" in call("CreateEndpoint", request))
        made.append(call("DeleteEndpoint", ids(request)) == {})

    clients = [threading.Thread(target=one, args=(i,)) for i in range(16)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    same("16 containers at once", [True] * 32, made)
    call("DeleteNetwork", {"NetworkID": NETWORK})
    with open(f"/proc/{driver.process.pid}/status", encoding="utf-8") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    check("the driver's memory has a limit", peak < 100000, f"{peak} KiB at most")


def stopped_client(number):
    s = socket.socket(socket.AF_UNIX)
    s.connect(SOCKET)
    s.sendall([b"", b"POST /Net", b"POST /NetworkDriver.Join HTTP/1.1\r\nHost: x\r\n",
               b"POST /NetworkDriver.Join HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"]
              [number % 4])
    return s


def huge(length):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(SOCKET)
        head = "Content-Length: 104857600" if length else "Transfer-Encoding: chunked"
        s.sendall(f"POST /NetworkDriver.Join HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
        block = b" " * (1 << 20)
        try:
            for _ in range(100):
                s.sendall(block if length else b"100000\r\n" + block + b"\r\n")
            return s.recv(100) != b""
        except (BrokenPipeError, ConnectionResetError):
            return True
