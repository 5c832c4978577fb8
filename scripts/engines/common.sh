# shellcheck shell=bash
# What every engine needs: the binary, cleaning up, results. Sourced by engines.sh.
# shellcheck disable=SC2034,SC2154 # variables are shared with the files that engines.sh sources beside this one

declare -A result=() # "row|engine" -> ok, -, or FAIL
declare -A version=()
rows=()
passes=0 failures=0
extra_rows=() # rows that belong to no engine of their own
failed=() # what went wrong, for the end
started=() # engines that are up, to be stopped
reason=

# The static binary: HUSK, or what release.sh makes.
find_husk() {
	if [ -z "${HUSK:-}" ]; then
		local found
		./scripts/release.sh >"$work/release.log" 2>&1 || { tail "$work/release.log" >&2; exit 1; }
		found=$(find dist -maxdepth 1 -type f -perm -1 -name 'husk*' | head -n 1)
		HUSK=${found:?release.sh left no dist/husk}
	fi
	HUSK=$(realpath "$HUSK")
	if ldd "$HUSK" >/dev/null 2>&1 && ! ldd "$HUSK" 2>&1 | grep -q 'statically linked'; then
		echo "engines.sh: $HUSK is not static: an image made from scratch can't run it" >&2
		exit 2
	fi
}

clean_up() {
	local status=$? engine mount
	trap - EXIT
	set +e
	for engine in "${started[@]}"; do
		"${engine}_down"
	done
	# Deepest first; only what lies below our own folder.
	awk -v w="$work/" 'index($2, w) == 1 { print $2 }' /proc/self/mounts | sort -r | while read -r mount; do
		umount -l "$mount"
	done
	if [ -n "$keep" ]; then
		echo "kept: $work" >&2
	else
		rm -rf --one-file-system "$work"
	fi
	exit "$status"
}

# Waits until a command succeeds: wait_for SECONDS COMMAND...
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# Ends a process that we started, by its number, and waits for it.
end_process() {
	[ -n "${1:-}" ] && kill -0 "$1" 2>/dev/null || return 0
	kill "$1"
	wait_for 10 gone "$1" || kill -9 "$1"
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# record ROW ENGINE ok|-|FAIL [WHY]
record() {
	local row=$1 engine=$2 verdict=$3 why=${4:-}
	result["$row|$engine"]=$verdict
	case $verdict in
	ok) passes=$((passes + 1)); printf '  ok    %-11s %s\n' "$engine" "$row" >&2 ;;
	FAIL) failures=$((failures + 1)); failed+=("$engine: $row: $why"); printf '  FAIL  %-11s %s: %s\n' "$engine" "$row" "$why" >&2 ;;
	esac
}

fail() { reason=$*; return 1; }

# Runs all rows of the matrix in one engine; ROWS, an extended regular expression, selects some.
run_engine() {
	local engine=$1 row image only settings options kind expect
	echo "== $engine" >&2
	started+=("$engine")
	if ! "${engine}_up"; then
		reason="can't run here: ${reason:-see $work/$engine.log}"
	fi
	while IFS='|' read -r row image only settings options kind expect; do
		row=$(trim "$row") image=$(trim "$image") only=$(trim "$only") kind=$(trim "$kind")
		case $row in '' | '#'*) continue ;; esac
		[ "$image" = scratch ] || [ -z "$quick" ] || continue
		[ "$engine" != "${engines[0]}" ] || rows+=("$row")
		if [ "$only" != all ] && [[ ",$only," != *",$engine,"* ]]; then
			result["$row|$engine"]=-
			continue
		fi
		if [[ $reason == "can't run here"* ]]; then
			record "$row" "$engine" FAIL "$reason"
			continue
		fi
		reason=
		container=row$((++count))
		# stdin is the matrix: no container may read it.
		if "check_$kind" "$engine" "$image" "$(trim "$settings")" "$(trim "$options")" "$(trim "$expect")" </dev/null; then
			record "$row" "$engine" ok
		else
			record "$row" "$engine" FAIL "${reason:-no reason given}"
		fi
		"${engine}_rm" "$container" >/dev/null 2>&1 </dev/null || true
	done < <(grep -E "${ROWS:-.}" "$top/scripts/engines/matrix")
	"${engine}_down"
	reason=
}
count=0

trim() {
	local text=$1
	text=${text#"${text%%[![:space:]]*}"}
	printf %s "${text%"${text##*[![:space:]]}"}"
}

# setting NAME "WORDS": the value of NAME=VALUE, or "yes" for a bare NAME; fails where it isn't there.
setting() {
	local word
	for word in $2; do
		case $word in
		"$1") echo yes; return ;;
		"$1="*) echo "${word#*=}"; return ;;
		esac
	done
	return 1
}
