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
	local file who
	echo "== CI examples" >&2
	for file in "$top"/examples/ci/*.yml; do
		for who in root nobody; do
			extra_rows+=("CI: $(basename "$file") as $who, not PID 1")
			reason=
			if ci_job "$file" "$who"; then
				record "${extra_rows[-1]}" extra ok
			else
				record "${extra_rows[-1]}" extra FAIL "$reason"
			fi
		done
	done
	reason=
}

ci_job() {
	local folder=$work/ci log code=0
	local as=()
	rm -rf "$folder"
	mkdir -p "$folder/untrusted"
	install -m 755 "$HUSK" "$work/husk"
	ci_step "$1" >"$folder/step.sh"
	# The stranger's build: says its posture, tries what it shouldn't, leaves a process behind, fails with 3.
	cat >"$folder/untrusted/build.sh" <<-'SH'
		while read -r field value rest; do
			case $field in Uid:|Cap*|NoNewPrivs:|Seccomp:) echo "POSTURE self $field $value"; echo "POSTURE 1 $field $value" ;; esac
		done </proc/self/status
		unshare --user true 2>/dev/null && echo OUT
		unshare --mount true 2>/dev/null && echo OUT
		echo "SELF $$"
		setsid sleep 987 >/dev/null 2>&1 </dev/null &
		echo "LEFT $!"
		exit 3
	SH
	chmod -R a+rX "$folder"
	if [ "$2" = nobody ]; then
		chown -R nobody "$folder"
		as=(setpriv --reuid nobody --regid nogroup --clear-groups)
	fi
	log=$(cd "$folder" && HUSK=$work/husk timeout 60 "${as[@]}" sh ./step.sh 2>&1) || code=$?
	[ "$code" = 3 ] || { fail "exit status $code, expected 3: $log"; return; }
	[[ $log != *OUT* ]] || { fail "the build got out: $log"; return; }
	! kill -0 "$(sed -n 's/^LEFT //p' <<<"$log")" 2>/dev/null || { fail "a process of the build is still there"; return; }
	# Not root: without CAP_SETPCAP the bounding set stays, inert.
	if [ "$2" = root ]; then sealed "$log" ''; else sealed "$log" bounding=inert; fi
}
