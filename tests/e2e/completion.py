#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""`xmacvlan complete` offers every word of the usage texts where it may stand. Prints those that
it does not."""
import re
import subprocess
import sys


def run(*words):
    return subprocess.run(["xmacvlan", *words], capture_output=True, text=True, check=True).stdout


def offered(*words):
    return {line.split(" ")[0] for line in run("complete", "--", *words).splitlines()}


def expect(wanted, *words):
    missing = set(wanted) - offered(*words)
    return [f"{' '.join(words)!r}: not {word}" for word in sorted(missing)]


def literals(text):
    return [word for word in text.split("|") if re.fullmatch(r"-{0,2}[a-z][\w-]*", word)]


def values(command, first, part):
    """The values of a part, as "MAC | address add|del MAC", word by word"""
    word, _, value = part.partition(" ")
    wrong = []
    for name in literals(word):
        for alternative in value.split(" | "):
            tokens = alternative.removeprefix(f"{word} ").split()
            before = [command, *first, name]
            for token in tokens:
                wrong += expect(literals(token), *before, "")
                before.append((literals(token) or ["02:00:00:00:00:01"])[0])
    return wrong


def check(command):
    text = run("help", command)
    usage = " ".join([line for line in text.splitlines() if not re.match(r"  \w", line)])
    usage = usage.partition(f"xmacvlan {command}")[2]
    required = re.sub(r"\[[^\]]*\]", "", usage).split()
    first = ["x"] if required[:1] and required[0].isupper() else []
    parts = re.findall(r"\[([^\]]*)\]", usage)
    words = [word for part in parts for word in literals(part.split(" ")[0])]
    wrong = expect([word for word in words if word[0] != "-"], command, *first, "")
    wrong += expect([word for word in words if word[0] == "-"], command, *first, "-")
    for part in parts:
        wrong += values(command, first, part)
    return wrong


def main():
    commands = sorted(offered("") - {"help"})
    wrong = [] if len(commands) > 10 else [f"commands: {commands}"]
    wrong += expect(commands, "help", "")
    for command in commands:
        wrong += check(command)
    options = re.findall(r"(?<= )--[\w-]+", run("help").partition("Options:")[2])
    wrong += expect(options, "--")
    # What was given is not offered again, nor what excludes it
    for words, given in ((("set", "x", "nopromisc", ""), {"nopromisc", "promisc"}),
                         (("show", "--tree", "-"), {"--tree", "--dot"}),
                         (("trace", "x", "filter", "icmp", ""), {"pcap", "count", "filter"})):
        wrong += [f"{' '.join(words)!r}: {word} again" for word in offered(*words) & given]
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
