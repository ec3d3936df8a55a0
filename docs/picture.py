#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints docs/picture.svg, the picture of README.md: `make picture`.

The upper half is the way of a frame, the lower half what macvlan lacks. `make lint` fails when
the file is not what this prints.
"""
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 1000, 838
INK, FAINT, PAPER = "#1f2328", "#6e7781", "#ffffff"
BOX, PROGRAM, AREA = "#f6f8fa", "#ddf4ff", "#fcfcfd"
RECEIVE, SIBLING, HOST, SEND, STOP = "#0969da", "#1a7f37", "#bc4c00", "#8250df", "#cf222e"

WAYS = (
    (RECEIVE, "1", "From the LAN: parent_rx finds the destination MAC in a BPF map. The container "
     "receives the frame at once, past the host end."),
    (SIBLING, "2", "To a sibling: endpoint_rx decides by the mode of both. Bridge endpoints "
     "reach each other without the LAN."),
    (HOST, "3", "To and from the host's own stack: with “host on”."),
    (SEND, "4", "To the LAN: out of eth0, with the endpoint's own MAC."),
    (STOP, "×", "A forged source address ends at the host end, and is counted with its reason."),
)

COLUMNS = (("macvlan", 650), ("macvtap", 760), ("xmacvlan", 880))
LACKS = (
    ("the host reaches its own containers and virtual machines", "nny", "host on"),
    ("a frame with a forged source address is dropped", "nny", "spoofchk on"),
    ("every drop is counted for its endpoint, with a reason", "nny", "show -s"),
    ("a frame is shown with what was decided about it", "nny", "trace"),
    ("an ARP request goes only to the endpoint that has the address", "nny", "neigh direct"),
    ("a container runs native XDP programs", "n-y", ""),
    ("works without a kernel module of its own", "nny", ""),
    ("running networks get new code without a lost frame", "nny", "upgrade"),
)


class Svg:
    def __init__(self):
        self.lines = []

    def add(self, text):
        self.lines.append(text)

    def box(self, x, y, width, height, fill, stroke=INK, dash=""):
        dash = f' stroke-dasharray="{dash}"' if dash else ""
        self.add(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{fill}" '
                 f'stroke="{stroke}"{dash}/>')

    def text(self, x, y, text, size=14, fill=INK, anchor="start", weight="normal"):
        self.add(f'<text x="{x}" y="{y}" font-size="{size}" fill="{fill}" '
                 f'text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>')

    def label(self, x, y, width, title, below=""):
        """Two lines of text in the middle of a box that begins at x, y"""
        self.text(x + width / 2, y + 20, title, 14, INK, "middle", "bold")
        if below:
            self.text(x + width / 2, y + 37, below, 12, FAINT, "middle")

    def way(self, color, points, both=False):
        """A line with an arrow at its end, or at both"""
        path = "M" + " L".join(f"{x} {y}" for x, y in points)
        name = color[1:]
        start = f' marker-start="url(#arrow-{name})"' if both else ""
        self.add(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="2.5"{start} '
                 f'marker-end="url(#arrow-{name})"/>')

    def number(self, x, y, color, text):
        self.add(f'<circle cx="{x}" cy="{y}" r="10" fill="{color}"/>')
        self.text(x, y + 5, text, 13, PAPER, "middle", "bold")

    def mark(self, x, y, kind):
        """y: yes, n: no, -: not for this kind of device"""
        paths = {"y": (SIBLING, f"M{x - 7} {y} l5 6 l10 -12"),
                 "n": (STOP, f"M{x - 6} {y - 6} l12 12 m0 -12 l-12 12"),
                 "-": (FAINT, f"M{x - 6} {y} h12")}
        color, path = paths[kind]
        self.add(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="3"/>')

    def print(self):
        print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
              f'width="{WIDTH}" height="{HEIGHT}" font-family="Helvetica, Arial, sans-serif">')
        print("<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause -->")
        print("<!-- Made by docs/picture.py: `make picture` -->")
        print("<title>The way of a frame in xmacvlan, and what macvlan lacks</title>")
        print("<defs>")
        for color in (RECEIVE, SIBLING, HOST, SEND, STOP):
            print(f'<marker id="arrow-{color[1:]}" viewBox="0 0 10 10" refX="9" refY="5" '
                  f'markerWidth="4.5" markerHeight="4.5" orient="auto-start-reverse">'
                  f'<path d="M0 0 L10 5 L0 10 z" fill="{color}"/></marker>')
        print("</defs>")
        print("\n".join(self.lines))
        print("</svg>")


def draw_places(svg):
    svg.box(1, 1, WIDTH - 2, HEIGHT - 2, PAPER, "#d0d7de")
    svg.text(24, 36, "The way of a frame", 20, INK, "start", "bold")
    svg.box(24, 150, 84, 156, BOX)
    svg.label(24, 204, 84, "LAN", "the wire")
    svg.box(150, 56, 826, 338, AREA, FAINT, "5 4")
    svg.text(166, 78, "one host", 13, FAINT)
    svg.box(176, 92, 196, 214, BOX)
    svg.label(176, 92, 196, "eth0, the parent", "keeps its addresses")
    for y, title, below in ((138, "XDP  parent_xdp", "if asked for"),
                            (186, "TC ingress  parent_rx", "looks up, decides, delivers"),
                            (234, "TC egress  parent_tx", "for “host on”")):
        svg.box(188, y, 172, 44, PROGRAM)
        svg.label(188, y, 172, title, below)
    svg.box(176, 326, 196, 52, BOX)
    svg.label(176, 328, 196, "the host's own stack", "SSH, DNS, published ports")
    for y, end, name, mac in ((116, "host end xm2-1", "web, a container", "eth0  02:…:01"),
                              (206, "host end xm2-2", "db, a container", "eth0  02:…:02"),
                              (296, "tap vm1", "vm1, a guest", "virtio-net  02:…:03")):
        svg.box(500, y, 160, 48, PROGRAM)
        svg.label(500, y, 160, end, "endpoint_rx  spoofchk")
        svg.box(780, y - 16, 180, 72, BOX)
        svg.label(780, y - 8, 180, name, mac)


def draw_ways(svg):
    svg.way(RECEIVE, ((108, 208), (186, 208)))
    svg.way(RECEIVE, ((360, 200), (420, 200), (420, 106), (778, 106)))
    svg.number(720, 106, RECEIVE, "1")
    svg.way(SIBLING, ((780, 140), (662, 140)))
    svg.way(SIBLING, ((500, 140), (462, 140), (462, 196), (778, 196)))
    svg.number(720, 196, SIBLING, "2")
    svg.way(HOST, ((778, 236), (662, 236)), True)
    svg.way(HOST, ((498, 230), (440, 230), (440, 352), (374, 352)), True)
    svg.number(720, 236, HOST, "3")
    svg.way(SEND, ((780, 308), (662, 308)))
    svg.way(SEND, ((500, 320), (400, 320), (400, 292), (110, 292)))
    svg.number(720, 308, SEND, "4")
    svg.way(STOP, ((780, 338), (662, 338)))
    svg.number(720, 338, STOP, "×")


def draw_legend(svg):
    for row, (color, number, text) in enumerate(WAYS):
        y = 420 + 26 * row
        svg.number(36, y, color, number)
        svg.text(56, y + 5, text)


def draw_lacks(svg):
    top = 578
    svg.text(24, top, "What macvlan cannot, and xmacvlan can", 20, INK, "start", "bold")
    for name, x in COLUMNS:
        svg.text(x, top, name, 14, INK, "middle", "bold")
    for row, (what, marks, word) in enumerate(LACKS):
        y = top + 32 + 29 * row
        svg.add(f'<path d="M24 {y - 19} H976" stroke="#d0d7de"/>')
        svg.text(24, y, what)
        for (_, x), kind in zip(COLUMNS, marks):
            svg.mark(x, y - 5, kind)
        svg.text(900, y, word, 12, FAINT)


def main():
    svg = Svg()
    draw_places(svg)
    draw_ways(svg)
    draw_legend(svg)
    draw_lacks(svg)
    svg.print()


main()
