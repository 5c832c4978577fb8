# shellcheck shell=bash
# Podman: no daemon; storage and state in our own folder.
# shellcheck disable=SC2034,SC2154 # variables are shared

podman_cmd() {
	podman --root "$work/podman/root" --runroot "$work/podman/run" --tmpdir "$work/podman/tmp" --storage-driver "$podman_driver" \
		--runtime runc --cgroup-manager cgroupfs --events-backend none "$@"
}

podman_up() {
	mkdir -p "$work/podman"
	version[podman]=$(podman --version | sed 's/.*version //')
	podman_driver=overlay
	if ! podman_cmd load -q -i "$work/scratch.image.tar" >"$work/podman.log" 2>&1; then
		fail "$(tail -n 1 "$work/podman.log")"
		return
	fi
	[ -n "$quick" ] || podman_cmd load -q -i "$work/debian.image.tar" >>"$work/podman.log" 2>&1
}

podman_down() {
	podman_cmd rm --all --force >/dev/null 2>&1
	umount -l "$work"/podman/root/overlay 2>/dev/null || true
}

podman_start() {
	local name=$1 image=$2 settings=$3 word
	# The limits that podman would raise need CAP_SYS_RESOURCE.
	local flags=(--ulimit nofile=1024:1024 --ulimit nproc=1000:1000)
	shift 3
	for word in $settings; do
		case $word in
		user=*) flags+=(--user "${word#*=}") ;;
		caps=none) flags+=(--cap-drop ALL) ;;
		privileged) flags+=(--privileged) ;;
		readonly) flags+=(--read-only) ;;
		tty) flags+=(--tty) ;;
		seccomp=off) flags+=(--security-opt seccomp=unconfined) ;;
		userns) flags+=(--uidmap 0:100000:65536 --gidmap 0:100000:65536) ;;
		init) flags+=(--init --init-path "$HUSK") ;;
		env=*) flags+=(--env "${word#*=}") ;;
		esac
	done
	podman_cmd run --detach --name "$name" --network none --log-driver k8s-file "${flags[@]}" "localhost/husk-$image:test" "$@" >>"$work/podman.log" 2>&1
}

podman_wait() { podman_cmd wait "$1"; }
podman_stop() { podman_cmd stop --time $((2 * $2)) "$1"; }
podman_exec() { podman_cmd exec "$@"; }
podman_logs() { podman_cmd logs "$1"; }
podman_rm() { podman_cmd rm --force "$1"; }
podman_build() { podman_cmd build --isolation chroot --pull=never --tag localhost/husk-example:test --file "$1/$2" "$1"; }
