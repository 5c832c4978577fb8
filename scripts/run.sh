#!/usr/bin/env bash
# Builds husk and runs it as PID 1 of a new PID namespace: run.sh [husk's options and command]. With no arguments: a demonstration.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/root.sh
. "$top/scripts/root.sh"
"$top/scripts/packages.sh" build
build=$top/build
cmake -S "$top" -B "$build" -G Ninja -DHUSK_TESTS=OFF >/dev/null
cmake --build "$build" >"$build/build.log" 2>&1 || { cat "$build/build.log" >&2; exit 1; }

as_pid1() { as_root unshare --pid --fork --mount-proc --kill-child "$build/husk" "$@"; }

if [ $# -gt 0 ]; then
	as_pid1 "$@"
	exit
fi

echo "\$ husk --user nobody --report -- sh -c '…a few attempts to get out…'"
# shellcheck disable=SC2016 # the workload's shell expands it
as_pid1 --user nobody --report -- sh -c '
	echo
	echo "The workload is $(id -un), PID $$; PID 1 is $(cat /proc/1/comm), sealed like it:"
	grep -hE "^(CapBnd|CapPrm|NoNewPrivs|Seccomp):" /proc/self/status | sort | tr "\n\t" "  "; echo
	grep -hE "^(CapBnd|CapPrm|NoNewPrivs|Seccomp):" /proc/1/status | sort | tr "\n\t" "  "; echo
	echo
	attempt() {
		what=$1
		shift
		command -v "$1" >/dev/null || { echo "  not tried: $what (no $1 here)"; return; }
		if answer=$("$@" 2>&1); then echo "  OUT: $what"; else echo "  stopped: $what ($(echo "$answer" | head -n 1))"; fi
	}
	echo "A few attempts to get out:"
	attempt "become root" setpriv --reuid 0 true
	attempt "a new user namespace" unshare --user true
	attempt "a new mount namespace" unshare --mount true
	attempt "mount a file system" mount -t tmpfs none /mnt
	attempt "read the memory of PID 1" cat /proc/1/mem
	attempt "enter the namespaces of PID 1" nsenter --target 1 --mount true
	attempt "change the host name" hostname owned
	attempt "set the clock" date --set now
	echo
	echo "…and it leaves an orphan behind, which PID 1 reaps."
	(sleep 0.1 &)
'
echo "exit status: $?"
