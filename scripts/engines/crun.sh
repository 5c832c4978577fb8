# shellcheck shell=bash
# crun: runc's bundles. On a machine with hybrid cgroups it refuses to start unless the unified tree is out of sight.
# shellcheck disable=SC2154 # variables are shared

crun_cmd() {
	if mountpoint -q /sys/fs/cgroup/unified; then
		# shellcheck disable=SC2016
		unshare --mount sh -c 'umount /sys/fs/cgroup/unified; exec crun --root "$@"' - "$work/crun" "$@"
	else
		crun --root "$work/crun" "$@"
	fi
}

crun_up() { oci_up crun; }
crun_down() { oci_down crun; }
crun_start() { oci_start crun "$@"; }
crun_wait() { oci_wait "$@"; }
crun_stop() { oci_stop crun "$@"; }
crun_exec() { crun_cmd exec "$@"; }
crun_logs() { cat "$work/$1.out"; }
crun_lo() { oci_lo crun "$1"; }
crun_rm() { crun_cmd delete --force "$1"; }
