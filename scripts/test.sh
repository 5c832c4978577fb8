#!/usr/bin/env bash
# Builds husk with address and undefined-behaviour sanitizers and runs every test: unit, kernel, end to end.
#   test.sh [--binary FILE] [NAME...]   FILE: run the end-to-end tests against that binary; NAME: only tests that match (ctest -R)
set -euo pipefail
cd "$(dirname "$0")/.."

binary=
if [ "${1:-}" = --binary ]; then
	binary=$(realpath "${2:?--binary needs a file}")
	shift 2
fi
./scripts/packages.sh build test

build="build-test"
# Tests start programs as other users, who can't get into a home folder of mode 700 (root's, say), and from shell scripts, which a
# blank in the path breaks: then these are built elsewhere.
out_of_reach() { [ "$(id -u)" = 0 ] && ! setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$PWD"; }
if [[ $PWD == *[[:space:]]* ]] || out_of_reach; then
	build=$(mktemp -d /var/tmp/husk-test.XXXXXX)
	trap 'rm -rf "$build"' EXIT
	chmod 755 "$build"
	echo "test.sh: other users can't get to '$PWD', or it has a blank; building in $build" >&2
	if [ -n "$binary" ]; then
		install -m 755 "$binary" "$build/husk-under-test"
		binary=$build/husk-under-test
	fi
fi
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DHUSK_SANITIZE=ON >/dev/null
cmake --build "$build"

# A test that needs privileges and can't run must fail where the privileges are to be had.
[ "$(id -u)" = 0 ] && export HUSK_TESTS_REQUIRE_PRIVILEGES=1
select=(--label-regex 'unit|kernel|e2e')
if [ -n "$binary" ]; then
	export HUSK=$binary
	select=(--label-regex e2e)
fi
for name in "$@"; do
	select+=(--tests-regex "$name")
done
ctest --test-dir "$build" --output-on-failure "${select[@]}"
