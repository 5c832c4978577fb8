#!/bin/sh
# Makes an OCI bundle: bundle.sh FOLDER HUSK USER ARG... The root file system holds busybox, husk with the libraries that it needs, and
# nothing else; husk ARG... is the entry point, started as USER (UID:GID).
set -eu
folder=$1 husk=$2 user=$3
shift 3
root=$folder/rootfs
mkdir -p "$root/bin" "$root/etc" "$root/proc" "$root/tmp" "$root/dev"
cp "$(command -v busybox)" "$root/bin/busybox"
"$root/bin/busybox" --install -s "$root/bin"
for link in "$root"/bin/*; do [ -L "$link" ] && ln -sf busybox "$link"; done
cp "$husk" "$root/bin/husk"
# The words of ldd's lines that are paths are the libraries and the loader.
ldd "$husk" 2>/dev/null | tr -s '[:blank:]' '\n' | grep '^/' | while read -r library; do
	mkdir -p "$root$(dirname "$library")"
	cp -L "$library" "$root$library"
done
printf 'root:x:0:0::/:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\napp:x:1000:\n' >"$root/etc/group"
arguments=$(for word in /bin/husk "$@"; do printf '"%s",' "$word"; done)
caps='"CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FOWNER","CAP_KILL","CAP_SETGID","CAP_SETUID","CAP_SETPCAP","CAP_NET_BIND_SERVICE"'
[ "${user%%:*}" = 0 ] || held=
[ "${user%%:*}" != 0 ] || held=$caps
cat >"$folder/config.json" <<CONFIG
{
	"ociVersion": "1.0.2",
	"process": {
		"terminal": false, "user": {"uid": ${user%%:*}, "gid": ${user##*:}}, "cwd": "/",
		"args": [${arguments%,}],
		"env": ["PATH=/bin", "ASAN_OPTIONS=detect_leaks=0"],
		"capabilities": {"bounding": [$caps], "effective": [$held], "permitted": [$held]},
		"noNewPrivileges": false
	},
	"root": {"path": "rootfs", "readonly": false},
	"hostname": "bundle",
	"mounts": [
		{"destination": "/proc", "type": "proc", "source": "proc"},
		{"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]}
	],
	"linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}, {"type": "network"}]}
}
CONFIG
