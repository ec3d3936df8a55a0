#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks of tests/e2e/apply.sh.

    apply.py schema SCHEMA good|bad FILE...
        every file follows the schema, or none does
    apply.py keywords SCHEMA HELP KEY
        the schema's keys of KEY (endpoint, parent) are the keywords in HELP, the output of
        `help add` or `help attach`
    apply.py same A B
        two outputs of `show -j` differ in numbers of devices only
"""
import json
import re
import sys

import jsonschema


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def schema(path, expected, *files):
    validator = jsonschema.Draft7Validator(load(path))
    validator.check_schema(validator.schema)
    for name in files:
        errors = [e.message for e in validator.iter_errors(load(name))]
        if (not errors) != (expected == "good"):
            sys.exit(f"{name}: {errors or 'follows the schema'}")


def keywords(path, help_path, key):
    with open(help_path, encoding="utf-8") as file:
        words = set(re.findall(r"^  (\w+) {2}", file.read(), re.M)) - {"name"}
    keys = set(load(path)["definitions"][key]["properties"]) - {"inside"}
    if words != keys:
        sys.exit(f"{key}: {sorted(words ^ keys)} are in one of them only")


def without_numbers(endpoints):
    for endpoint in endpoints:
        data = endpoint["linkinfo"]["info_data"]
        for object_ in (endpoint, data):
            if "macaddr_data" in object_:
                object_["macaddr_data"].sort()
        for key in ("ifindex", "link_index", "group"):
            endpoint.pop(key, None)
        if "tap" in endpoint:
            endpoint["tap"]["qemu"] = re.sub(r"net\d+", "net", endpoint["tap"]["qemu"])
    return endpoints


def same(one, other):
    first, second = without_numbers(load(one)), without_numbers(load(other))
    if first != second:
        sys.exit("\n".join(f"{x.get('name')}.{k}: {x[k]} and {y.get(k)}"
                           for x, y in zip(first, second) for k in x if x[k] != y.get(k)))


{"schema": schema, "keywords": keywords, "same": same}[sys.argv[1]](*sys.argv[2:])
