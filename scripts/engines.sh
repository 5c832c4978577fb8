#!/usr/bin/env bash
# Runs husk in real container engines and prints a table. Root only.
#   engines.sh [--quick] [--readme] [ENGINE...]      ENGINE: runc crun containerd docker podman (default: all)
#   --quick   only the rows that need no Debian root: minutes become seconds; what CI runs
#   --readme  write the table into README.md
#   --keep    leave the work folder behind, for a look at the logs
# HUSK=FILE tests that static binary; HUSK=/usr/bin/tini-static shows that the checks can fail.
# Nothing is pulled: images come from local files and Debian packages. Networks: none.
# shellcheck disable=SC2034,SC2154 # variables are shared with the files below engines/
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD

quick='' readme='' keep=''
engines=()
for arg in "$@"; do
	case $arg in
	--quick) quick=1 ;;
	--readme) readme=1 ;;
	--keep) keep=1 ;;
	runc | crun | containerd | docker | podman) engines+=("$arg") ;;
	*) sed -n '2,8s/^# \?//p' "$0" >&2; exit 2 ;;
	esac
done
if [ -n "$readme" ] && { [ -n "$quick" ] || [ ${#engines[@]} -gt 0 ]; }; then
	echo "engines.sh: --readme wants the whole table: leave --quick and the engines out" >&2
	exit 2
fi
[ ${#engines[@]} -gt 0 ] || engines=(runc crun containerd docker podman)
# shellcheck source=scripts/root.sh
. "$top/scripts/root.sh"
[ "$(id -u)" = 0 ] || { as_root env HUSK="${HUSK:-}" "$top/scripts/engines.sh" "$@"; exit; }

for file in common checks images runc crun containerd docker podman kubernetes ci table; do
	# shellcheck source=/dev/null
	. "$top/scripts/engines/$file.sh"
done

work=$(mktemp -d /tmp/husk-engines.XXXXXX)
chmod 711 "$work" # a remapped root user must be able to get to the images
trap 'exit 130' INT
trap 'exit 143' TERM
trap clean_up EXIT

./scripts/packages.sh engines "${engines[@]}"
[ -n "$quick" ] || ./scripts/packages.sh debootstrap
find_husk
make_images
for engine in "${engines[@]}"; do
	run_engine "$engine"
done
[[ " ${engines[*]} " != *" containerd "* ]] || run_kubernetes
run_ci
print_table | tee "$work/table"
[ -z "$readme" ] || write_readme "$work/table"
[ "$failures" = 0 ] || { echo "engines.sh: $failures failed" >&2; exit 1; }
echo "engines.sh: all $passes passed"
