#!/usr/bin/env python3
"""pod.py POD.yaml ROOTS OUT: what a kubelet makes of a pod, as OCI configurations for containerd.

ROOTS/NAME is the root of image localhost/husk-NAME:test or localhost/NAME:test; OUT gets one folder a container, and one a volume.
Prints "init NAME" or "main NAME" in the order of their start. Refuses a pod that breaks the restricted Pod Security Standard."""
import os
import subprocess
import sys

import yaml


def restricted(pod, container, context):
    """The restricted standard's rules, as far as they are about these fields."""
    name = container["name"]
    if context.get("allowPrivilegeEscalation") is not False:
        yield f"{name}: allowPrivilegeEscalation isn't false"
    if context.get("privileged"):
        yield f"{name}: privileged"
    if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
        yield f"{name}: may run as root"
    if "ALL" not in context.get("capabilities", {}).get("drop", []):
        yield f"{name}: doesn't drop ALL"
    if set(context.get("capabilities", {}).get("add", [])) - {"NET_BIND_SERVICE"}:
        yield f"{name}: adds capabilities"
    if context.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield f"{name}: no seccomp profile"
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key):
            yield f"{name}: {key}"
    for volume in pod.get("volumes", []):
        if not set(volume) - {"name"} <= {"emptyDir", "configMap", "secret", "projected", "downwardAPI", "csi", "ephemeral", "persistentVolumeClaim"}:
            yield f"volume {volume['name']}: not allowed"


# What settings() and main() make something of; the rest has no part in how a container is set up.
KNOWN = {
    "pod": {"automountServiceAccountToken", "terminationGracePeriodSeconds", "securityContext", "initContainers", "containers", "volumes"},
    "container": {"name", "image", "command", "args", "securityContext", "volumeMounts"},
    "securityContext": {"runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "supplementalGroups", "seccompProfile", "allowPrivilegeEscalation",
                        "readOnlyRootFilesystem", "capabilities"},
    "seccompProfile": {"type"},
    "capabilities": {"drop"},
}


def unknown(pod, container, context):
    """A setting that would be lost on the way to containerd: the test would then be of another pod than the file's."""
    parts = (("pod", pod), ("container", container), ("securityContext", context), ("seccompProfile", context.get("seccompProfile", {})),
             ("capabilities", context.get("capabilities", {})))
    for kind, part in parts:
        for key in set(part) - KNOWN[kind]:
            yield f"{kind}.{key}"


def settings(pod, container, context, out):
    """The words that spec.py understands."""
    words = [f"user={context['runAsUser']}:{context.get('runAsGroup', 0)}", "caps=none", "nnp"]
    groups = [*context.get("supplementalGroups", []), *([context["fsGroup"]] if "fsGroup" in context else [])]
    if groups:
        words.append("groups=" + ",".join(map(str, groups)))
    if context.get("readOnlyRootFilesystem"):
        words.append("readonly")
    for mount in container.get("volumeMounts", []):
        flags = ":ro" if mount.get("readOnly") else ":rw"
        words.append(f"bind={out}/volume-{mount['name']}:{mount['mountPath']}{flags}")
    return " ".join(words)


def main():
    path, roots, out = sys.argv[1:]
    with open(path, encoding="utf-8") as stream:
        pod = yaml.safe_load(stream)["spec"]
    for volume in pod.get("volumes", []):
        folder = f"{out}/volume-{volume['name']}"
        os.makedirs(folder)
        os.chown(folder, 0, pod.get("securityContext", {}).get("fsGroup", 0))
        os.chmod(folder, 0o2777)
    spec = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spec.py")
    for kind, key in (("init", "initContainers"), ("main", "containers")):
        for container in pod.get(key, []):
            context = {**pod.get("securityContext", {}), **container.get("securityContext", {})}
            broken = list(restricted(pod, container, context))
            if broken:
                sys.exit("not restricted: " + "; ".join(broken))
            lost = list(unknown(pod, container, context))
            if lost:
                sys.exit("pod.py knows nothing of " + ", ".join(lost))
            image = container["image"].rsplit("/", 1)[1].split(":")[0].removeprefix("husk-")
            config = subprocess.run([sys.executable, spec, f"{roots}/{image}", settings(pod, container, context, out),
                                     *container["command"], *container.get("args", [])], check=True, capture_output=True)
            with open(f"{out}/{container['name']}.json", "wb") as stream:
                stream.write(config.stdout)
            print(kind, container["name"])


main()
