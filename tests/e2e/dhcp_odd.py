# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A DHCP server on `wire` that leases 192.0.2.60 and does one odd thing, in the namespace `lan`.

    dhcp_odd.py other     before each answer to a REQUEST, another server refuses it
    dhcp_odd.py router    its router is not in its subnet
    dhcp_odd.py overload  the mask is in the field `file` and the router in `sname`
    dhcp_odd.py renewal   leases of 4 s; before each renewal another server refuses it, and from
                          the first one on the mask is 255.0.255.0
"""
import socket
import struct
import sys

ADDRESS, SERVER, OTHER = map(socket.inet_aton, ("192.0.2.60", "192.0.2.1", "192.0.2.9"))


def option(code, value):
    return bytes([code, len(value)]) + value


def answer(request, kind, server, options, file=b"", sname=b""):
    """The reply's frame. The checksum of IPv4 is left out: packet sockets do not look at it."""
    body = (b"\2\1\6\0" + request[46:54] + bytes(4) + ADDRESS + bytes(8) + request[70:86] +
            sname.ljust(64, b"\0") + file.ljust(128, b"\0") + b"\x63\x82\x53\x63" +
            option(53, bytes([kind])) + option(54, server) + options + b"\xff")
    udp = struct.pack("!HHHH", 67, 68, 8 + len(body), 0) + body
    ip = struct.pack("!BBHIBBH", 0x45, 0, 20 + len(udp), 0, 64, 17, 0) + server + b"\xff" * 4
    return b"\xff" * 6 + b"\2\0\0\0\0\x09" + b"\x08\x00" + ip + udp


def main(what):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.bind(("wire", 0))
    print("ready", flush=True)
    grants = 0
    while True:
        frame = wire.recv(2000)
        if frame[12:14] != b"\x08\0" or frame[23] != 17 or frame[36:38] != b"\0\x43":
            continue
        kind = {1: 2, 3: 5}.get(frame[284])  # the client sends option 53 first
        if not kind:
            continue
        grants += kind == 5
        if (what == "other" and kind == 5) or (what == "renewal" and grants > 1):
            wire.send(answer(frame, 6, OTHER, b""))
        mask = option(1, b"\xff\0\xff\0" if what == "renewal" and grants > 1 else b"\xff\xff\xff\0")
        router = option(3, b"\xcb\0\x71\1" if what == "router" else SERVER)
        lease = option(51, struct.pack("!I", 4 if what == "renewal" else 600))
        if what == "overload":
            wire.send(answer(frame, kind, SERVER, lease + option(52, b"\3"), mask + b"\xff",
                             router + b"\xff"))
        else:
            wire.send(answer(frame, kind, SERVER, lease + mask + router))
        if what == "renewal" and kind == 5:
            print(f"grant {grants}", flush=True)


main(sys.argv[1])
