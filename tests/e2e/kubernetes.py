# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads the manifests of dist/kubernetes for kubernetes.sh.

kubernetes.py check ROOT DIR: checks that the manifests in DIR agree with each other and with the
    tree in ROOT
kubernetes.py networks DIR: checks the networks in DIR and the Pods that use them
kubernetes.py configs DIR OUT: writes the configuration that Multus would pass to the plugin, one
    file for each network
kubernetes.py caps DIR: prints the watcher's capabilities as a mask
kubernetes.py prev CONFIG RESULT: prints the configuration of a CHECK
"""
import json
import os
import re
import sys

import yaml

VERSIONS = ("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0")
KINDS = {"DaemonSet": "apps/v1", "Pod": "v1", "NetworkAttachmentDefinition": "k8s.cni.cncf.io/v1",
         "Kustomization": "kustomize.config.k8s.io/v1beta1"}
HOST_PATH = ("Directory", "DirectoryOrCreate")
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
failed = 0


def check(what, ok, found=""):
    """Prints and counts one check; found is printed if it fails"""
    global failed
    failed += not ok
    print(("ok   " if ok else "FAIL ") + what + ("" if ok else ": %s" % (found,)))


def documents(folder):
    for base, _, files in sorted(os.walk(folder)):
        for file in sorted(files):
            if file.endswith((".yaml", ".yml")):
                with open(os.path.join(base, file), encoding="utf-8") as f:
                    for doc in yaml.safe_load_all(f):
                        yield os.path.relpath(os.path.join(base, file), folder), doc


def of_kind(folder, kind):
    return [d for _, d in documents(folder) if d["kind"] == kind]


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return f.read()


def capability_numbers():
    text = read("/usr/include/linux/capability.h")
    return {name: int(n) for name, n in re.findall(r"#define CAP_(\w+)\s+(\d+)$", text, re.M)}


def check_document(where, doc):
    kind = doc.get("kind")
    api = doc.get("apiVersion")
    check("%s: the apiVersion of %s" % (where, kind), api == KINDS.get(kind, 0), api)
    if kind != "Kustomization":
        name = doc.get("metadata", {}).get("name", "")
        check("%s: %s has a valid name" % (where, kind), NAME.fullmatch(name), name)


def check_mounts(what, spec, container):
    volumes = {v["name"]: v for v in spec.get("volumes", [])}
    privileged = container["securityContext"].get("privileged", False)
    for mount in container.get("volumeMounts", []):
        volume = volumes.get(mount["name"], {})
        check("%s: %s is a folder of the node" % (what, mount["name"]),
              volume.get("hostPath", {}).get("type") in HOST_PATH, volume)
        paths = mount["mountPath"], volume["hostPath"]["path"]
        check("%s: %s has absolute paths" % (what, mount["name"]),
              all(p.startswith("/") for p in paths), mount)
        mode = mount.get("mountPropagation", "None")
        check("%s: %s, propagation %s" % (what, mount["name"], mode),
              mode in ("None", "HostToContainer") or (mode == "Bidirectional" and privileged),
              mode)


def check_security(what, container):
    s = container["securityContext"]
    check("%s: the root file system is read-only" % what,
          s.get("readOnlyRootFilesystem") is True, s)
    # A container is privileged to mount for the node, and for nothing else
    mounts = any(m.get("mountPropagation") == "Bidirectional" for m in container["volumeMounts"])
    check("%s: privileged only to mount" % what, s.get("privileged", False) == mounts, s)
    if not mounts:
        check("%s: every capability is named" % what, s["capabilities"].get("drop") == ["ALL"], s)
        check("%s: a seccomp profile" % what, s["seccompProfile"] == {"type": "RuntimeDefault"}, s)


def check_daemon(doc, version, programs):
    name, spec = doc["metadata"]["name"], doc["spec"]["template"]["spec"]
    selector = doc["spec"]["selector"]["matchLabels"]
    labels = doc["spec"]["template"]["metadata"]["labels"]
    check("%s: it selects its own Pods" % name,
          selector and selector.items() <= labels.items(), labels)
    containers = spec.get("initContainers", []) + spec["containers"]
    check("%s: containers have different names" % name,
          len({c["name"] for c in containers}) == len(containers))
    for c in containers:
        what = "%s/%s" % (name, c["name"])
        check("%s: the image of this version" % what,
              c["image"] == "xmacvlan:" + version, c["image"])
        check("%s: the image has its program" % what, c["command"][0] in programs, c["command"])
        check_mounts(what, spec, c)
        check_security(what, c)
    used = {m["name"] for c in containers for m in c.get("volumeMounts", [])}
    check("%s: every volume is used" % name, used == {v["name"] for v in spec["volumes"]}, used)


def find_watcher(folder):
    """The watcher's DaemonSet and the names of its capabilities"""
    for doc in of_kind(folder, "DaemonSet"):
        for c in doc["spec"]["template"]["spec"]["containers"]:
            if c["command"] == ["xmacvland"]:
                return doc, set(c["securityContext"]["capabilities"]["add"])
    return None, set()


def check_watcher(root, folder):
    doc, caps = find_watcher(folder)
    unit = read(root, "dist/systemd/xmacvland.service").replace("\\\n", " ")
    line = re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.M)[1]
    units = set(line.replace("CAP_", "").split())
    check("the watcher's capabilities are those of its systemd unit", caps == units, caps ^ units)
    spec = doc["spec"]["template"]["spec"]
    check("the watcher is in the node's namespaces",
          spec.get("hostNetwork") is True and spec.get("hostPID") is True)


def check_installer(folder):
    """The installer sees the pins, which it looks for before it installs another ABI"""
    for spec in (d["spec"]["template"]["spec"] for d in of_kind(folder, "DaemonSet")):
        paths = {v["name"]: v["hostPath"]["path"] for v in spec["volumes"]}
        for c in spec["containers"]:
            if "plugin" in c["command"]:
                mounts = {m["mountPath"]: m for m in c["volumeMounts"]}
                bpffs = mounts.get("/host/sys/fs/bpf", {})
                check("the installer sees the node's bpffs",
                      paths.get(bpffs.get("name")) == "/sys/fs/bpf", mounts)
                check("... read-only", bpffs.get("readOnly") is True, bpffs)
                check("... also if it is mounted later",
                      bpffs.get("mountPropagation") == "HostToContainer", bpffs)


def check_kustomization(folder):
    (doc,) = of_kind(folder, "Kustomization")
    for file in doc["resources"]:
        check("kustomization: %s exists" % file, os.path.isfile(os.path.join(folder, file)))
    images = {c["image"].split(":")[0] for d in of_kind(folder, "DaemonSet")
              for c in d["spec"]["template"]["spec"]["containers"]}
    check("kustomization: it names every image",
          {i["name"] for i in doc["images"]} == images, images)


def check_containerfile(root, folder, version):
    text = read(folder, "Containerfile").replace("\\\n", " ")
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M):
        for path in source.split():
            check("Containerfile: %s is in the tree" % path,
                  os.path.exists(os.path.join(root, path)))
    wanted = set(re.search(r"apt-get install -y --no-install-recommends (.*)", text)[1].split())
    deps = re.search(r'^PACKAGES="(.*?)"', read(root, "tests/deps.sh"), re.M | re.S)[1]
    known = set(deps.split())
    check("Containerfile: `make deps` has its packages, too", wanted <= known, wanted - known)
    check("Containerfile: its version", "xmacvlan:%s " % version in text, version)
    return {os.path.basename(p) for line in re.findall(r"^COPY (?:--from=\w+ )?(.*)$", text, re.M)
            for p in line.split()}


def network_configs(folder):
    return {d["metadata"]["name"]: json.loads(d["spec"]["config"])
            for d in of_kind(folder, "NetworkAttachmentDefinition")}


def requested_networks(folder):
    """The networks that the annotations of the example Pods request"""
    for pod in of_kind(folder, "Pod"):
        yield from json.loads(pod["metadata"]["annotations"]["k8s.v1.cni.cncf.io/networks"])


def check_networks(folder):
    configs = network_configs(folder)
    for name, config in configs.items():
        check("%s: the configuration has this name" % name,
              config.get("name") == name, config.get("name"))
        check("%s: type xmacvlan and a version of CNI" % name,
              config.get("type") == "xmacvlan" and config.get("cniVersion") in VERSIONS, config)
    for request in requested_networks(folder):
        name = request.get("name")
        what = "Pod: %s" % name
        check("%s is a network" % what, name in configs)
        check("%s: known keys" % what,
              request.keys() <= {"name", "namespace", "interface", "mac", "ips"}, request)
        asked = {k for k in ("mac", "ips") if k in request}
        can = {k for k, v in configs.get(name, {}).get("capabilities", {}).items() if v}
        check("%s: the network has the requested capabilities" % what, asked <= can, asked - can)


def check_all(root, folder):
    version = read(root, "VERSION").strip()
    for where, doc in documents(folder):
        check_document(where, doc)
    programs = check_containerfile(root, folder, version)
    daemons = of_kind(folder, "DaemonSet")
    for doc in daemons:
        check_daemon(doc, version, programs)
    selectors = [d["spec"]["selector"]["matchLabels"] for d in daemons]
    check("no DaemonSet selects another one's Pods",
          all(a == b or not a.items() <= b.items() for a in selectors for b in selectors) and
          len({json.dumps(s, sort_keys=True) for s in selectors}) == len(selectors), selectors)
    check_watcher(root, folder)
    check_installer(folder)
    check_kustomization(folder)
    check_networks(folder)
    modes = {c.get("mode", "bridge") for c in network_configs(folder).values()}
    check("examples of bridge, passthru and source",
          {"bridge", "passthru", "source"} <= modes, modes)
    return 1 if failed else 0


def check_examples(folder):
    """Networks and Pods alone, as README.md has them"""
    for where, doc in documents(folder):
        check_document(where, doc)
    check("networks and Pods that use them",
          network_configs(folder) and list(requested_networks(folder)))
    check_networks(folder)
    return 1 if failed else 0


def write_configs(folder, out):
    configs = network_configs(folder)
    for request in requested_networks(folder):
        runtime = {k: request[k] for k in ("mac", "ips") if k in request}
        if runtime:
            configs[request["name"]]["runtimeConfig"] = runtime
    for name, config in configs.items():
        with open(os.path.join(out, name + ".json"), "w", encoding="utf-8") as f:
            json.dump(config, f)


def main(argv):
    if argv[1] == "check":
        return check_all(argv[2], argv[3])
    if argv[1] == "networks":
        return check_examples(argv[2])
    if argv[1] == "configs":
        write_configs(argv[2], argv[3])
    elif argv[1] == "caps":
        numbers = capability_numbers()
        print("%016x" % sum(1 << numbers[c] for c in find_watcher(argv[2])[1]))
    elif argv[1] == "prev":
        config = json.loads(read(argv[2]))
        config["prevResult"] = json.loads(read(argv[3]))
        print(json.dumps(config))
    return 0


sys.exit(main(sys.argv))
