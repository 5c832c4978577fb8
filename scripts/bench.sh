#!/usr/bin/env bash
# Measures husk's static binary beside its peers, in turn within one run, and writes the table and the chart: bench.sh [--readme]
#   docs/bench.json, docs/bench.svg; with --readme also the part of README.md between the bench markers.
#   BENCH_ROUNDS: launches per contestant (default 500, at least 200).
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/packages.sh build bench
./scripts/release.sh --quiet >/dev/null
version=$(sed -n 's/^project(husk VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
husk=$PWD/dist/husk-$version-$(uname -m)
work=$PWD/build-bench
rounds=${BENCH_ROUNDS:-500}
mkdir -p "$work" docs
gcc -O2 -Wall -o "$work/measure" bench/measure.c
cmake -S . -B "$work/cmake" -G Ninja -DHUSK_TESTS=OFF >/dev/null
cmake --build "$work/cmake" --target filterload >/dev/null
musl-gcc -O2 -static -o "$work/workload" bench/workload.c
w=$work/workload

drop=(/usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs)
# measure KIND ROUNDS ARG...: every contestant runs the workload with ARG.
measure() {
	local kind=$1 count=$2
	shift 2
	env -i PATH="$PATH" "$work/measure" "$kind" "$count" \
		--next husk "$husk" --user nobody -- "$w" "$@" \
		--next tini /usr/bin/tini -s -- "$w" "$@" \
		--next tini-static /usr/bin/tini-static -s -- "$w" "$@" \
		--next dumb-init /usr/bin/dumb-init "$w" "$@" \
		--next catatonit /usr/bin/catatonit -- "$w" "$@" \
		"${more[@]}"
}

echo "launch…" >&2
more=(--next setpriv+tini "${drop[@]}" /usr/bin/tini -s -- "$w" true
	--next bwrap /usr/bin/bwrap --bind / / --unshare-pid --cap-drop ALL "$w" true)
measure launch "$rounds" true >"$work/launch"
more=()
echo "signals, orphans, memory…" >&2
measure signal 3000 echo >"$work/signal"
measure reap 11 orphans 2000 >"$work/reap"
measure idle 9 sleep >"$work/idle"
echo "filter…" >&2
{
	echo "none $("$w" calls 300000)"
	echo "one-instruction $("$work/cmake/filterload" run "$w" calls 300000)"
	echo "husk $("$husk" --user nobody -- "$w" calls 300000)"
	"$work/cmake/filterload" load
} >"$work/filter"
stat -Lc '%n %s' "$husk" /usr/bin/tini /usr/bin/tini-static /usr/bin/dumb-init /usr/bin/catatonit | sed 's|.*/||; s/^husk[^ ]*/husk/' >"$work/size"
./bench/table.py "$work" "${1:-}"
