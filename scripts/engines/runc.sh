# shellcheck shell=bash
# runc and crun: bundles, one process of ours a container. crun.sh names what differs.
# shellcheck disable=SC2034,SC2154 # variables are shared

runc_cmd() { runc --root "$work/runc" "$@"; }

runc_up() { oci_up runc; }
oci_up() {
	version[$1]=$("$1" --version | sed -n '1s/.*version //p')
	mkdir -p "$work/bundle"
	if ! "$1_cmd" list >"$work/$1.log" 2>&1; then
		fail "$(tail -n 1 "$work/$1.log")"
	fi
}
runc_down() { oci_down runc; }
oci_down() {
	local name
	for name in $("$1_cmd" list -q 2>/dev/null); do # only after an interruption
		"$1_cmd" delete --force "$name" >/dev/null 2>&1 || true
	done
}

runc_start() { oci_start runc "$@"; }
oci_start() {
	local engine=$1 name=$2 image=$3 settings=$4 bundle=$work/bundle/$2 root=$work/root/$3
	shift 4
	mkdir -p "$bundle"
	python3 "$top/scripts/engines/spec.py" "$root" "$settings" "$@" >"$bundle/config.json"
	# Only the shell that started it can wait for it, and "$(runc_wait …)" is another: the exit status goes through a file.
	rm -f "$work/$name.code"
	if setting tty "$settings" >/dev/null; then # it wants a terminal of its own to copy to
		declare -fx "${engine}_cmd"
		export work
		(
			code=0
			SHELL=/bin/bash script -qefc "${engine}_cmd run --bundle $bundle $name" /dev/null >"$work/$name.out" 2>&1 </dev/null || code=$?
			echo "$code" >"$work/$name.code"
		) &
	else
		(
			code=0
			"${engine}_cmd" run --bundle "$bundle" "$name" >"$work/$name.out" 2>&1 </dev/null || code=$?
			echo "$code" >"$work/$name.code"
		) &
	fi
}

# The exit status, once it is there; at most a minute.
runc_wait() { oci_wait "$@"; }
oci_wait() { wait_for 60 test -s "$work/$1.code" && cat "$work/$1.code"; }

oci_ends() { wait_for "$2" test -s "$work/$1.code"; }

runc_stop() { oci_stop runc "$@"; }
oci_stop() {
	"$1_cmd" kill "$2" TERM
	oci_ends "$2" $((2 * $3)) || "$1_cmd" kill "$2" KILL
}

runc_exec() { runc_cmd exec "$@"; }
runc_logs() { cat "$work/$1.out"; }
runc_lo() { oci_lo runc "$1"; }
oci_lo() {
	local pid
	wait_for 5 "$1_cmd" state "$2"
	pid=$("$1_cmd" state "$2" | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' | head -n 1)
	nsenter -t "$pid" -n busybox ip link set lo up
}
runc_rm() { runc_cmd delete --force "$1"; }
