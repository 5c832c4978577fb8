# shellcheck shell=bash
# containerd, by ctr: a daemon of our own.
# shellcheck disable=SC2034,SC2154 # variables are shared

containerd_daemon=
# ctr drops by name only: Docker's fourteen are its default too.
containerd_no_caps=(--cap-drop=CAP_{CHOWN,DAC_OVERRIDE,FSETID,FOWNER,MKNOD,NET_RAW,SETGID,SETUID,SETFCAP,SETPCAP,NET_BIND_SERVICE,SYS_CHROOT,KILL,AUDIT_WRITE})

containerd_cmd() { ctr --address "$work/containerd/sock" "$@"; }

containerd_up() {
	mkdir -p "$work/containerd"
	version[containerd]=$(containerd --version | awk '{ print $3 }' | sed 's/~.*//')
	cat >"$work/containerd/config.toml" <<-TOML
		version = 2
		root = "$work/containerd/root"
		state = "$work/containerd/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		  address = "$work/containerd/sock"
	TOML
	containerd --config "$work/containerd/config.toml" >"$work/containerd.log" 2>&1 </dev/null &
	containerd_daemon=$!
	wait_for 30 containerd_cmd version || fail "$(tail -n 1 "$work/containerd.log")" || return
	containerd_cmd images import "$work/scratch.image.tar" >>"$work/containerd.log" 2>&1
	containerd_cmd images import "$work/scratch-user.image.tar" >>"$work/containerd.log" 2>&1
	[ -n "$quick" ] || containerd_cmd images import "$work/debian.image.tar" >>"$work/containerd.log" 2>&1
}

containerd_down() {
	local name
	[ -n "$containerd_daemon" ] || return 0
	for name in $(containerd_cmd tasks list -q 2>/dev/null); do
		containerd_rm "$name"
	done >/dev/null 2>&1
	end_process "$containerd_daemon"
	containerd_daemon=
}

# ctr in the foreground passes the exit status on; ctr's own default is no_new_privs, which would hide what husk does: off.
containerd_start() {
	local name=$1 image=$2 settings=$3 word tty='' flags=(--allow-new-privs)
	shift 3
	local args=("$@") seccomp=1
	for word in $settings; do
		case $word in
		user=*) image+=-user ;; # ctr 1.6 has no --user: an image whose own user is 1000:1000
		caps=none) flags+=("${containerd_no_caps[@]}") ;;
		privileged) flags+=(--privileged); seccomp= ;;
		readonly) flags+=(--read-only) ;;
		tty) tty=1; flags+=(--tty) ;;
		seccomp=off) seccomp= ;;
		userns) flags+=(--uidmap 0:100000:65536 --gidmap 0:100000:65536) ;;
		env=*) flags+=(--env "${word#*=}") ;;
		esac
	done
	[ -z "$seccomp" ] || flags+=(--seccomp)
	rm -f "$work/$name.code"
	local run=(ctr --address "$work/containerd/sock" run "${flags[@]}" "localhost/husk-$image:test" "$name" "${args[@]}")
	(
		code=0
		if [ -n "$tty" ]; then
			SHELL=/bin/bash script -qefc "${run[*]@Q}" /dev/null >"$work/$name.out" 2>&1 </dev/null || code=$?
		else
			"${run[@]}" >"$work/$name.out" 2>&1 </dev/null || code=$?
		fi
		echo "$code" >"$work/$name.code"
	) &
}

containerd_wait() { oci_wait "$1"; }
containerd_stop() {
	containerd_cmd tasks kill --signal SIGTERM "$1"
	oci_ends "$1" $((2 * $2)) || containerd_cmd tasks kill --signal SIGKILL "$1"
}
containerd_exec() {
	local name=$1
	shift
	containerd_cmd tasks exec --exec-id "exec$RANDOM$((++execs))" "$name" "$@"
}
execs=0
containerd_logs() { cat "$work/$1.out"; }
containerd_lo() {
	local pid
	wait_for 10 containerd_running "$1"
	pid=$(containerd_cmd tasks list | awk -v n="$1" '$1 == n { print $2 }')
	nsenter -t "$pid" -n busybox ip link set lo up
}
containerd_running() { containerd_cmd tasks list | grep -q "^$1 .*RUNNING"; }
containerd_rm() {
	containerd_cmd tasks kill --signal SIGKILL "$1"
	containerd_cmd tasks delete --force "$1"
	containerd_cmd containers delete "$1"
}
