# shellcheck shell=bash
# Docker: a daemon of our own, and a second one with --userns-remap, which is a setting of the daemon.
# shellcheck disable=SC2034,SC2154 # variables are shared

declare -A docker_daemon=() docker_where=()

docker_cmd() { /usr/bin/docker -H "unix://$work/docker/sock" "$@"; }
docker_remap_cmd() { /usr/bin/docker -H "unix://$work/docker-remap/sock" "$@"; }

docker_daemon() {
	local name=$1 command=${1//-/_}_cmd
	shift
	mkdir -p "$work/$name"
	# No bridge and no firewall: the containers here have no network. The limits: root may lack CAP_SYS_RESOURCE.
	"$@" dockerd --iptables=false --ip6tables=false --bridge=none --host "unix://$work/$name/sock" --data-root "$work/$name/data" \
		--exec-root "$work/$name/exec" --pidfile "$work/$name/pid" --init-path "$HUSK" "${docker_extra[@]}" >"$work/$name.log" 2>&1 </dev/null &
	docker_daemon[$name]=$!
	wait_for 30 "$command" info || fail "$(grep -E 'level=(error|fatal)|failed to start' "$work/$name.log" | tail -n 1)" || return
	"$command" load -q -i "$work/scratch.image.tar" >/dev/null
}

docker_up() {
	docker_extra=()
	docker_daemon docker env || return
	version[docker]=$(docker_cmd version --format '{{.Server.Version}}')
	[ -n "$quick" ] || docker_cmd load -q -i "$work/debian.image.tar" >/dev/null
}

# The remapping daemon reads /etc/subuid: in a mount namespace of its own it sees ours. Started by the row that needs it.
docker_remap_up() {
	! docker_remap_cmd info >/dev/null 2>&1 || return 0
	cp /etc/passwd "$work/passwd"
	cp /etc/group "$work/group"
	echo dockremap:x:165536:165536::/:/bin/false >>"$work/passwd"
	echo dockremap:x:165536: >>"$work/group"
	echo dockremap:100000:65536 >"$work/subid"
	docker_extra=(--userns-remap=dockremap)
	# shellcheck disable=SC2016
	docker_daemon docker-remap unshare --mount sh -c '
		work=$1; shift
		mount --bind "$work/passwd" /etc/passwd && mount --bind "$work/group" /etc/group
		touch /etc/subuid /etc/subgid
		mount --bind "$work/subid" /etc/subuid && mount --bind "$work/subid" /etc/subgid
		exec "$@"' - "$work"
}

docker_down() {
	end_process "${docker_daemon[docker]:-}"
	end_process "${docker_daemon[docker-remap]:-}"
	docker_daemon=()
}

# dockerd hands out every capability of the kernel; where root itself lacks one, runc refuses. There: all that root has, and
# nothing else of what --privileged lifts left in place. Appends to the caller's flags.
docker_privileged() {
	local held missing name
	held=$(sed -n 's/^CapBnd:[^0-9a-f]*//p' /proc/self/status)
	missing=$(python3 "$top/scripts/engines/spec.py" --missing "$held")
	if [ -z "$missing" ]; then
		flags+=(--privileged)
		return
	fi
	flags+=(--cap-add ALL --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined)
	for name in $missing; do flags+=(--cap-drop "$name"); done
}

docker_start() {
	local name=$1 image=$2 settings=$3 word flags=() command=docker_cmd
	shift 3
	for word in $settings; do
		case $word in
		user=*) flags+=(--user "${word#*=}") ;;
		caps=none) flags+=(--cap-drop ALL) ;;
		privileged) docker_privileged ;;
		readonly) flags+=(--read-only) ;;
		tty) flags+=(--tty) ;;
		seccomp=off) flags+=(--security-opt seccomp=unconfined) ;;
		userns) command=docker_remap_cmd; docker_remap_up || return ;;
		init) flags+=(--init) ;;
		env=*) flags+=(--env "${word#*=}") ;;
		esac
	done
	docker_where[$name]=$command
	"$command" run --detach --name "$name" --network none "${flags[@]}" "localhost/husk-$image:test" "$@" >>"$work/docker.log" 2>&1
}

docker_wait() { "${docker_where[$1]}" wait "$1"; }
docker_stop() { "${docker_where[$1]}" stop --time $((2 * $2)) "$1"; }
docker_exec() { "${docker_where[$1]}" exec "$@"; }
docker_logs() { "${docker_where[$1]}" logs "$1"; }
docker_rm() { "${docker_where[$1]}" rm --force "$1"; }
docker_build() { DOCKER_BUILDKIT=0 docker_cmd build --network none --tag localhost/husk-example:test --file "$1/$2" "$1"; }
