#!/usr/bin/env bash
# Style, static checkers, shell scripts, direction of includes: check.sh [BUILD], BUILD a folder with compile_commands.json.
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/packages.sh build check
build=${1:-build-check}
[ -f "$build/compile_commands.json" ] || cmake -S . -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang -DHUSK_TESTS=OFF >/dev/null
cmake --build "$build" >"$build/build.log" 2>&1 || { cat "$build/build.log" >&2; exit 1; }
failed=0

mapfile -t sources < <(git ls-files '*.c' '*.h')
mapfile -t product < <(git ls-files 'common/*.c' 'caps/*.c' 'seccomp/*.c' 'init/*.c')
mapfile -t scripts < <(git ls-files '*.sh' .ci/run)

echo "-- clang-format"
clang-format --dry-run --Werror "${sources[@]}" || failed=1

echo "-- direction of includes: common <- caps, seccomp <- init"
includes() { git grep -nE "^#include \"($2)/" -- "$1/*.c" "$1/*.h"; }
! includes common 'caps|seccomp|init|tests' || failed=1
! includes caps 'seccomp|init|tests' || failed=1
! includes seccomp 'caps|init|tests' || failed=1
! includes init 'tests' || failed=1
! git grep -nE '^#include <sys/capability.h>' -- '*.c' '*.h' ':!caps' ':!tests' || failed=1
! git grep -nE '^#include <seccomp.h>' -- '*.c' '*.h' ':!seccomp' ':!tests' || failed=1

echo "-- shellcheck"
shellcheck "${scripts[@]}" || failed=1

echo "-- cppcheck"
cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	--suppress=missingIncludeSystem -D_GNU_SOURCE -D__x86_64__ -DHUSK_VERSION='"0"' -I. -I"$build" "${product[@]}" || failed=1

echo "-- clang-tidy"
printf '%s\n' "${product[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build" 2>/dev/null || failed=1

[ "$failed" = 0 ] || { echo "check.sh: something above wants mending" >&2; exit 1; }
echo "all checks passed"
