# shellcheck shell=bash
# The Kubernetes examples: the settings that a kubelet derives from each file, applied through containerd.
# shellcheck disable=SC2034,SC2154 # variables are shared

run_kubernetes() {
	local file
	echo "== Kubernetes examples, through containerd" >&2
	cp -a "$work/root/scratch" "$work/root/plain"
	rm "$work/root/plain/sbin/husk"
	mkdir "$work/root/plain/husk" "$work/root/scratch/husk"
	containerd_up || true
	for file in "$top"/examples/kubernetes/*.yaml; do
		extra_rows+=("Kubernetes: $(basename "$file")")
		reason=
		if pod_runs "$file"; then
			record "${extra_rows[-1]}" extra ok
		else
			record "${extra_rows[-1]}" extra FAIL "$reason"
		fi
	done
	containerd_down
	reason=
}

pod_start() {
	rm -f "$work/$container.code"
	(
		code=0
		ctr --address "$work/containerd/sock" run --config "$1" "$container" >"$work/$container.out" 2>&1 </dev/null || code=$?
		echo "$code" >"$work/$container.code"
	) &
}

pod_runs() {
	local out kind name log
	out=$work/pod-$(basename "$1" .yaml)
	mkdir "$out"
	log=$(python3 "$top/scripts/engines/pod.py" "$1" "$work/root" "$out" 2>&1) || { fail "$log"; return; }
	while read -r kind name; do
		container=pod$((++count))
		pod_start "$out/$name.json"
		if [ "$kind" = init ]; then
			wait_exit containerd 0 || return
		else
			pod_serves || return
		fi
	done <<<"$log"
}

pod_serves() {
	local log
	wait_for 20 ready containerd serving || { fail "not serving: $(tail_of containerd)"; return; }
	log=$(containerd_exec "$container" /bin/sh -c "$(cat "$top/scripts/engines/servers/postures")" </dev/null) || { fail "postures: $log"; return; }
	all_sealed "$log" uid=1000 || return
	stopped containerd 10 0
}
