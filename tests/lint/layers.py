#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks the layers of include/, bpf/ and user/.

    layers.py [--build DIR] [TREE]   check TREE (default: .) and the objects below DIR (build)
    layers.py --self-test            check the check with tiny trees that each break one rule

An arrow is an #include line, or a symbol that one object needs and another one defines (calls and
data, by nm). A function is found by the name of its header: name.h declares what name.c defines, or
has a section for another file, which begins with a comment that begins with its name:
/* other.c: what it is */. Prints one line for each arrow or function that breaks a rule and exits
with 1 if there is one. CONTRIBUTING.md lists the rules.
"""
import argparse
import functools
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # leaves no folder in the tree
from layers_cases import CASES, GOOD  # pylint: disable=wrong-import-position

# Headers of the engine that a front end may include. Every other header in user/engine/ is private.
PUBLIC_ENGINE = """
    engine/engine.h engine/events.h engine/settings.h engine/snapshot.h engine/mcast_filter.h
    engine/watcher_calls.h
""".split()
# Headers outside the engine that a front end must not see either
PRIVATE_OTHER = ("pins/maps.h",)

# An arrow goes from a higher rank to a lower one, or stays in its folder
RANKS = {"include": 0, "vmlinux": 0, "base": 1, "net": 2, "pins": 2, "engine": 3, "runtime": 4,
         "plugin": 5}
FRONT_END = 6
# The only folder that includes the generated skeletons of the BPF programs
SKELETONS = "pins"

# Of a header: a comment, with the file whose section it begins; a brace; a function's name
HEADER_TOKEN = re.compile(r"(?P<comment>/\*(?:\s|\*(?!/))*(?P<file>[\w-]+\.c\b)?.*?\*/)"
                          r"|(?P<brace>[{}])|(?P<name>\w+)\s*\(", re.S)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def layer_of(path):
    """include, vmlinux, bpf or the folder below user/. None: a file directly in user/."""
    parts = path.split("/")
    if parts[0] != "user":
        return parts[0]
    return parts[1] if len(parts) > 2 else None


def rank_of(layer):
    return RANKS.get(layer, FRONT_END)


def is_front_end(path):
    layer = layer_of(path)
    return path.startswith("user/") and layer is not None and layer not in RANKS


def broken_rule(source, target):
    """Why the arrow source -> target is not allowed, or None"""
    a, b = layer_of(source), layer_of(target)
    if a == b or a is None or b is None:
        return None
    if a == "bpf":
        return None if b in ("include", "vmlinux") else "out of bpf"
    if b in ("bpf", "vmlinux"):
        return f"into {b}"
    if rank_of(a) < rank_of(b):
        return "up"
    return "sideways" if rank_of(a) == rank_of(b) else None


class Tree:
    def __init__(self, root, build):
        self.root = root
        self.build = build
        self.problems = []
        self.files = self.find_files()

    def find_files(self):
        found = set()
        for top in ("include", "bpf", "vmlinux", "user"):
            for folder, _, names in os.walk(os.path.join(self.root, top)):
                for name in names:
                    if name.endswith((".c", ".h")):
                        found.add(os.path.relpath(os.path.join(folder, name), self.root))
        return found

    def resolve(self, source, name, quoted):
        """The file of the tree that an #include in source means, or None"""
        bpf = source.startswith(("bpf/", "vmlinux/"))
        folders = [os.path.dirname(source)] if quoted else []
        folders += ["include", "bpf", "vmlinux"] if bpf else ["include", "user"]
        for folder in folders:
            path = os.path.normpath(os.path.join(folder, name))
            if path in self.files:
                return path
        return None

    def includes(self):
        """{file: {file that it includes: the name in the #include}}"""
        arrows = {}
        for source in sorted(self.files):
            with open(os.path.join(self.root, source), encoding="utf-8") as file:
                text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
            arrows[source] = {}
            for mark, name in INCLUDE.findall(text):
                target = self.resolve(source, name, mark == '"')
                if target:
                    arrows[source][target] = f'#include "{name}"'
                elif name.endswith(".skel.h"):
                    if layer_of(source) != SKELETONS:
                        self.problem(f"{source}: includes {name}, which only user/{SKELETONS}/ may")
                elif mark == '"':
                    self.problem(f'{source}: #include "{name}" is no file of this tree')
        return arrows

    def symbols(self):
        """Defined and needed symbols of the objects: {symbol: [file]}, {file: [symbol]}"""
        defined, needed = {}, {}
        for source in sorted(f for f in self.files if f.startswith("user/") and f.endswith(".c")):
            obj = os.path.join(self.build, source[:-2] + ".o")
            if not os.path.exists(obj):
                self.problem(f"{source}: is not built ({obj})")
                continue
            out = subprocess.check_output(["nm", "-g", "-P", obj], text=True)
            for line in out.splitlines():
                symbol, kind = line.split()[:2]
                if kind in "Uwv":
                    needed.setdefault(source, []).append(symbol)
                else:
                    defined.setdefault(symbol, []).append(source)
        return defined, needed

    def declared(self, header):
        """(function, file whose section it is in, or None) for each that a header declares"""
        with open(os.path.join(self.root, header), encoding="utf-8") as file:
            text = file.read()
        depth, section = 0, None
        for token in HEADER_TOKEN.finditer(text):
            if token["file"]:
                section = token["file"]
            elif token["brace"]:
                depth += 1 if token["brace"] == "{" else -1
            elif token["name"] and not depth:
                yield token["name"], section

    def check_declared(self, defined):
        """A function is in the file that its header has the name of, or has a section for"""
        for header in sorted(f for f in self.files if f.startswith("user/") and f.endswith(".h")):
            folder = os.path.dirname(header)
            for name, section in self.declared(header):
                files = [f for f in defined.get(name, []) if os.path.dirname(f) == folder]
                rooms = (header[:-2] + ".c", f"{folder}/{section}")
                if files and not any(f in rooms for f in files):
                    self.problem(f"hidden: {header} declares {name}(), which {files[0]} defines: "
                                 "it has no section for that file")

    def calls(self):
        """{file: {file whose symbol it needs: the symbols}}"""
        defined, needed = self.symbols()
        self.check_declared(defined)
        arrows = {}
        for source, symbols in needed.items():
            arrows[source] = {}
            for symbol in symbols:
                targets = [t for t in defined.get(symbol, []) if t != source]
                # Several front ends may define one name: the linker takes that of the same folder
                near = [t for t in targets if layer_of(t) == layer_of(source)]
                below = [t for t in targets if not broken_rule(source, t)]
                for target in (near or below or targets)[:1]:
                    arrows[source].setdefault(target, []).append(symbol)
        return {s: {t: "needs " + ", ".join(n) for t, n in ts.items()} for s, ts in arrows.items()}

    def problem(self, text):
        if text not in self.problems:
            self.problems.append(text)

    def check_arrows(self, arrows):
        for source, targets in arrows.items():
            for target, what in targets.items():
                rule = broken_rule(source, target)
                if rule:
                    self.problem(f"{rule}: {source} -> {target}: {what}")

    def check_private(self, includes):
        """What front ends include, directly and by other headers, has no private header in it"""
        work = sorted(f for f in includes if is_front_end(f))
        seen = {f: f for f in work}
        while work:
            source = work.pop(0)
            for target, what in includes[source].items():
                name = target[len("user/"):]
                private = name in PRIVATE_OTHER or (
                    layer_of(target) == "engine" and name not in PUBLIC_ENGINE)
                if private:
                    by = "" if is_front_end(source) else f" (seen by {seen[source]})"
                    self.problem(f"private header: {source} -> {target}: {what}{by}")
                elif target not in seen:
                    seen[target] = seen[source]
                    work.append(target)

    def check_circles(self, arrows, what):
        for circle in circles(arrows):
            lines = [f"    {s} -> {t}: {arrows[s][t]}" for s in circle for t in sorted(arrows[s])
                     if t in circle]
            self.problem("\n".join([f"circle of {len(circle)} {what}:"] + lines))

    def check(self):
        for path in sorted(self.files):
            if layer_of(path) is None:
                self.problem(f"{path}: lies in no layer's folder below user/")
        includes, calls = self.includes(), self.calls()
        self.check_arrows(includes)
        self.check_arrows(calls)
        self.check_private(includes)
        self.check_circles(calls, "files")
        headers = {s: {t: w for t, w in ts.items() if t.endswith(".h")}
                   for s, ts in includes.items() if s.endswith(".h")}
        self.check_circles(headers, "headers")
        return self.problems


def circles(arrows):
    """The strongly connected components (Tarjan) that hold a circle"""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(arrows.get(node, {})):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            members = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(members) > 1 or node in arrows.get(node, {}):
                found.append(sorted(members))

    for node in sorted(arrows):
        if node not in index:
            visit(node)
    return found


# --- self-test ---

def make_tree(root, files):
    for name, text in files.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write((text or "") + "\n")
        if text is None or not (name.startswith("user/") and name.endswith(".c")):
            continue
        path = os.path.join(root, "build", name[:-2] + ".o")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(compiled(re.sub(r"^#include.*", "", text, flags=re.M)))


@functools.lru_cache(maxsize=None)
def compiled(code):
    """The object of code, which needs no declarations (gnu89)"""
    with tempfile.NamedTemporaryFile(suffix=".o") as obj:
        subprocess.run(["cc", "-w", "-O0", "-std=gnu89", "-x", "c", "-c", "-o", obj.name, "-"],
                       input=code.encode(), check=True)
        return obj.read()


def self_test():
    failed = 0
    for what, changed, expected in [("nothing", {}, None)] + CASES:
        with tempfile.TemporaryDirectory() as root:
            make_tree(root, {**GOOD, **changed})
            found = Tree(root, os.path.join(root, "build")).check()
        good = not found if expected is None else len(found) == 1 and found[0].startswith(expected)
        if not good:
            failed += 1
            print(f"FAIL {what}: expected {expected}, found:", *found, sep="\n    ")
    print(f"{len(CASES) + 1 - failed} passed, {failed} failed, 0 skipped")
    return failed


def main():
    parser = argparse.ArgumentParser(description="checks the layers of the tree")
    parser.add_argument("--build", help="folder of the objects (TREE/build)")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("tree", nargs="?", default=".")
    args = parser.parse_args()
    if args.self_test:
        return 1 if self_test() else 0
    problems = Tree(args.tree, args.build or os.path.join(args.tree, "build")).check()
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
