#!/usr/bin/env python3
"""spec.py ROOTFS "SETTINGS" COMMAND...: an OCI config.json on stdout. The settings are those of the matrix; the defaults are Docker's.
spec.py --missing MASK: the capabilities that aren't in a mask of /proc/PID/status."""
import json
import os
import platform
import sys

DEFAULT_CAPS = ("CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL "
                "AUDIT_WRITE").split()
PROFILES = ("/usr/share/containers/seccomp.json", "/etc/containers/seccomp.json")


ALL_CAPS = ("CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST "
            "NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE "
            "SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM "
            "BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE").split()


def host_caps():
    """Names of what this process holds itself; an engine can't give more."""
    with open("/proc/self/status", encoding="ascii") as status:
        held = next(int(line.split()[1], 16) for line in status if line.startswith("CapPrm:"))
    return [name for bit, name in enumerate(ALL_CAPS) if held >> bit & 1]


def seccomp(caps):
    """Docker's own profile, as the engines' packages install it, flattened for these capabilities."""
    path = next((path for path in PROFILES if os.path.exists(path)), None)
    if path is None:
        sys.exit("spec.py: no " + " or ".join(PROFILES))
    with open(path, encoding="utf-8") as stream:
        profile = json.load(stream)
    arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine())
    held = {"CAP_" + cap for cap in caps}
    rules = []
    for rule in profile["syscalls"]:
        include, exclude = rule.get("includes") or {}, rule.get("excludes") or {}
        if not held.issuperset(include.get("caps") or ()) or held & set(exclude.get("caps") or ()):
            continue
        if arch not in (include.get("arches") or [arch]) or arch in (exclude.get("arches") or ()):
            continue
        rules.append({key: rule[key] for key in ("names", "action", "args", "errnoRet") if rule.get(key) is not None})
    return {"defaultAction": profile["defaultAction"], "defaultErrnoRet": profile.get("defaultErrnoRet", 1),
            "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"] if arch == "amd64" else ["SCMP_ARCH_AARCH64"],
            "syscalls": rules}


def main():
    if sys.argv[1] == "--missing":
        print(*(name for bit, name in enumerate(ALL_CAPS) if not int(sys.argv[2], 16) >> bit & 1))
        return
    rootfs, words, *command = sys.argv[1:]
    settings = {}
    env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    binds = []
    for word in words.split():
        key, _, value = word.partition("=")
        if key == "env":
            env.append(value)
        elif key == "bind":
            binds.append(value.split(":"))
        else:
            settings[key] = value
    uid, _, gid = settings.get("user", "0:0").partition(":")
    caps = DEFAULT_CAPS
    if "privileged" in settings:
        caps = host_caps()
    if "caps" in settings:
        caps = []
    names = ["CAP_" + cap for cap in caps]
    empty = int(uid) != 0  # as Docker does it: bounding only for a user that isn't root
    mounts = [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
        {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
         "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777"]},
        {"destination": "/tmp", "type": "tmpfs", "source": "tmp", "options": ["nosuid", "nodev", "mode=1777"]},
    ]
    for source, target, *flags in binds:
        mounts.append({"destination": target, "type": "bind", "source": source, "options": ["rbind", *(flags or ["rw"])]})
    linux = {"namespaces": [{"type": name} for name in ("pid", "mount", "ipc", "uts", "network")]}
    if "userns" in settings:
        linux["namespaces"].append({"type": "user"})
        linux["uidMappings"] = linux["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    if "privileged" not in settings:
        linux["maskedPaths"] = ["/proc/kcore", "/proc/keys", "/proc/timer_list"]
        linux["readonlyPaths"] = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"]
        if settings.get("seccomp") != "off":
            linux["seccomp"] = seccomp(caps)
    json.dump({
        "ociVersion": "1.0.2",
        "process": {
            "terminal": "tty" in settings, "args": command, "env": env,
            "user": {"uid": int(uid), "gid": int(gid or 0), "additionalGids": [int(group) for group in settings.get("groups", "").split(",") if group]},
            "cwd": settings.get("cwd", "/"), "noNewPrivileges": "nnp" in settings,
            "capabilities": {"bounding": names, "permitted": [] if empty else names, "effective": [] if empty else names},
        },
        "root": {"path": rootfs, "readonly": "readonly" in settings},
        "hostname": "husk", "mounts": mounts, "linux": linux,
    }, sys.stdout, indent=1)


main()
