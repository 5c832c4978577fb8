# shellcheck shell=bash
# The CI examples: the step in the file is what runs, as root and as nobody, with a stand-in for the stranger's build.
# shellcheck disable=SC2034,SC2154 # variables are shared

# ci_step FILE: the script of the untrusted step.
ci_step() {
	python3 - "$1" <<-'PYTHON'
		import sys
		import yaml
		document = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
		if "jobs" in document:  # GitHub
		    print(next(step["run"] for step in document["jobs"]["build"]["steps"] if step.get("name") == "Untrusted build"))
		else:  # GitLab
		    print("\n".join(document["untrusted build"]["script"]))
	PYTHON
}

run_ci() {
	local file who expect
	echo "== CI examples" >&2
	for file in "$top"/examples/ci/*.yml; do
		for who in root nobody; do
			extra_rows+=("CI: $(basename "$file") as $who, not PID 1")
			case ${file##*/}:$who in
			*:nobody) expect="uid=65534 bounding=inert" ;; # without CAP_SETPCAP
			gitlab.yml:root) expect=uid=65534 ;; # the step itself gives the build a user
			*) expect=uid=0 ;;
			esac
			reason=
			if ci_job "$file" "$who" "$expect"; then
				record "${extra_rows[-1]}" extra ok
			else
				record "${extra_rows[-1]}" extra FAIL "$reason"
			fi
		done
	done
	reason=
}

ci_job() {
	local folder=$work/ci log code=0 outer
	local as=()
	rm -rf "$folder"
	mkdir -p "$folder/untrusted"
	install -m 755 "$HUSK" "$work/husk"
	ci_step "$1" >"$folder/step.sh"
	# The stranger's build: says its posture and husk's, its parent; tries what it shouldn't, leaves a process behind, fails with 3.
	cat >"$folder/untrusted/build.sh" <<-'SH'
		for who in self "$PPID"; do
			while read -r field value rest; do
				case $field in Uid:|Gid:|Cap*|NoNewPrivs:|Seccomp:|Seccomp_filters:) echo "POSTURE $who $field $value" ;; esac
			done <"/proc/$who/status" | sed "s/^POSTURE $PPID /POSTURE 1 /"
		done
		unshare --user true 2>/dev/null && echo OUT
		unshare --mount true 2>/dev/null && echo OUT
		[ -z "${CI_JOB_TOKEN:-}" ] || echo OUT
		setsid sleep 987 >/dev/null 2>&1 </dev/null &
		echo "LEFT $!"
		exit 3
	SH
	chmod -R a+rX "$folder"
	if [ "$2" = nobody ]; then
		chown -R nobody "$folder"
		as=(setpriv --reuid nobody --regid nogroup --clear-groups)
	fi
	log=$(cd "$folder" && CI_JOB_TOKEN=secret HUSK=$work/husk timeout 60 "${as[@]}" sh ./step.sh 2>&1) || code=$?
	[ "$code" = 3 ] || { fail "exit status $code, expected 3: $log"; return; }
	[[ $log != *OUT* ]] || { fail "the build got out: $log"; return; }
	! kill -0 "$(sed -n 's/^LEFT //p' <<<"$log")" 2>/dev/null || { fail "a process of the build is still there"; return; }
	outer=$(awk '/^Seccomp_filters:/ { print $2 }' /proc/self/status)
	sealed "$log" "$3 filters=$((outer + 1))"
}
