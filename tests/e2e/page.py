#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks the page of `xmacvlan metrics --listen` in a headless Chromium.

    page.py URL FOLDER ENDPOINTS PID   screenshots go to FOLDER; PID is the server, ended at last

Prints a line for each check. The endpoint c1 has traffic and drops; another one's name is markup.
"""
import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

CHROMIUM = ["chromium-headless-shell", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--remote-debugging-pipe", "--window-size=1200,900"]


class Browser:
    """A page by the DevTools protocol over descriptors 3 and 4"""

    def __init__(self, folder):
        (there, self.to), (self.source, back) = os.pipe(), os.pipe()

        def descriptors():
            copy = os.dup(there), os.dup(back)
            os.dup2(copy[0], 3)
            os.dup2(copy[1], 4)

        # pylint: disable=subprocess-popen-preexec-fn,consider-using-with
        self.process = subprocess.Popen(CHROMIUM + [f"--user-data-dir={folder}"], close_fds=False,
                                        preexec_fn=descriptors, stderr=subprocess.DEVNULL)
        self.number, self.session, self.events, self.rest = 0, None, [], b""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def receive(self):
        while b"\0" not in self.rest:
            self.rest += os.read(self.source, 1 << 16)
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            got = self.receive()
            if got.get("id") == self.number:
                if "error" in got:
                    sys.exit(f"{method}: {got['error']}")
                return got["result"]
            self.events.append(got)

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in result:
            return f"exception: {result['exceptionDetails']}"
        return result["result"].get("value")

    def until(self, script, seconds=15):
        end = time.time() + seconds
        while time.time() < end:
            if self.run(script) is True:
                return True
            time.sleep(0.1)
        return False

    def key(self, name, text=None):
        for kind in ("keyDown", "keyUp"):
            extra = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=name, **extra)

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


FAILED = []


def check(what, good):
    print(("ok   " if good is True else "FAIL ") + what + ("" if good is True else f": {good}"))
    if good is not True:
        FAILED.append(what)


def button(name):
    return (f"[...document.querySelectorAll('td button')]"
            f".find((b) => b.textContent === {json.dumps(name)})")


def check_content(b, count):
    check("the state is drawn", b.until("document.querySelector('#status').textContent"
                                        ".startsWith('live')"))
    check("every endpoint has a row", b.until(
        f"document.querySelectorAll('tbody tr').length === {count}"))
    check("a name that is markup is text", b.run(f"{button('<script>x')} !== undefined"))
    check("no element comes from a name", b.run(
        "document.scripts.length === 1 && !document.querySelector('main script, main b')"))
    check("a namespace that is markup is text", b.run(
        "document.querySelector('main').textContent.includes('<b>c')"))
    row = f"{button('c1')}.closest('tr')"
    check("who sends has a rate", b.until(
        f"Boolean({row}) && !{row}.children[4].textContent.startsWith('0 ')"))
    check("who sends most is first", b.until(
        "document.querySelector('tbody button').textContent === 'c1'"))
    check("drops and their reason", b.until(
        f"{row}.children[6].textContent === 'spoofed_source' && "
        f"{row}.children[5].textContent !== '0 /s'"))
    check("the sum of all drops names the worst", b.until(
        "document.querySelector('#sum-drops').textContent.includes('c1, spoofed_source')"))


def check_panel(b):
    detail = "document.querySelector('#detail')"
    check("the panel is closed", b.run(f"{detail}.hidden"))
    b.run(f"{button('c1')}.click()")
    check("a click opens record and counters", b.run(
        f"!{detail}.hidden && {detail}.textContent.includes('spoof check') && "
        f"{detail}.textContent.includes('received octets')"))
    check("it says what a reason means", b.run(
        f"{detail}.querySelector('dd.words').textContent.length > 20"))
    check("it has the focus", b.run(f"document.activeElement === {detail}"))
    b.key("Escape")
    check("Escape closes it, the focus is back", b.run(
        f"{detail}.hidden && document.activeElement === {button('c1')}"))


def check_keys(b):
    b.key("ArrowDown")
    check("Down goes to the next endpoint", b.run(
        "document.activeElement === document.querySelectorAll('td button')[1]"))
    time.sleep(2.5)
    check("an update leaves the focus", b.run("document.activeElement.matches('td button')"))
    b.key("Enter", "\r")
    check("Enter opens the panel", b.until("!document.querySelector('#detail').hidden", 3))
    b.key("Escape")
    b.key("/")
    check("/ goes to the filter", b.run("document.activeElement.id === 'filter'"))
    for letter in "script":
        b.key(letter, letter)
    check("the filter is in force", b.until("document.querySelectorAll('tbody tr').length === 1 && "
                                            f"{button('<script>x')} !== undefined", 3))
    b.run("document.querySelector('#filter').value = ''; document.querySelector('#filter')"
          ".dispatchEvent(new Event('input'))")


def luminance(color):
    parts = [int(x) / 255 for x in color[4:-1].split(",")[:3]]
    parts = [x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(b, selector):
    script = ("(() => { const e = document.querySelector('%s'); let g = e; const c = (x) => "
              "getComputedStyle(x).backgroundColor; while (c(g) === 'rgba(0, 0, 0, 0)') "
              "g = g.parentElement; return [getComputedStyle(e).color, c(g)]; })()" % selector)
    one, other = sorted((luminance(c) for c in b.run(script)), reverse=True)
    return (one + 0.05) / (other + 0.05)


def check_schemes(b, folder, count):
    for scheme in ("light", "dark"):
        b.call("Emulation.setEmulatedMedia",
               features=[{"name": "prefers-color-scheme", "value": scheme}])
        worst = min((contrast(b, s), s) for s in ("td", "th", ".about", ".key", ".bad", "#status"))
        check(f"{scheme}: contrast of texts at least 4.5", worst[0] >= 4.5 or worst)
        b.run(f"{button('c1')}.click()")
        b.screenshot(f"{folder}/{scheme}-{count}.png")
        b.key("Escape")


def check_cost(b, count):
    ms = b.run("(() => { const t = performance.now(); for (let i = 0; i < 5; i++) draw(last); "
               "return (performance.now() - t) / 5; })()")
    check(f"an update of {count} rows takes {ms:.1f} ms (at most 100)", ms <= 100 or ms)


def check_safety(b, url):
    requests = [e["params"]["request"]["url"] for e in b.events
                if e["method"] == "Network.requestWillBeSent"]
    wrong = [r for r in requests if not r.startswith(url) and r != "data:,"]
    check("it asks nobody else", len(requests) > 3 and not wrong or wrong)
    complaints = [e["params"] for e in b.events
                  if e["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")]
    check("no violation of the policy, no exception", not complaints or complaints)
    b.run("document.body.insertAdjacentElement('beforeend', Object.assign("
          "document.createElement('script'), { textContent: 'window.ran = 1' }))")
    check("the policy stops a script in the document", b.run("window.ran === undefined"))


def main():
    url, folder, count, server = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with tempfile.TemporaryDirectory() as profile:
        b = Browser(profile)
        b.call("Page.navigate", url=url)
        check_content(b, count)
        check_panel(b)
        check_keys(b)
        check_schemes(b, folder, count)
        check_cost(b, count)
        check_safety(b, url)
        os.kill(server, signal.SIGTERM)
        check("the server has gone: the page says so", b.until(
            "document.querySelector('#status.bad') !== null"))
        b.process.kill()
        b.process.wait()
    sys.exit(1 if FAILED else 0)


main()
