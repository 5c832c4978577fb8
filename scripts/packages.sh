#!/usr/bin/env bash
# Installs the Debian packages that a job needs and that are missing: packages.sh JOB... (build, check, test, release, bench). Root, or sudo.
set -euo pipefail

declare -A packages=(
	[build]="gcc libc6-dev cmake ninja-build pkg-config libcap-dev libseccomp-dev libjansson-dev python3"
	[check]="clang clang-format clang-tidy cppcheck shellcheck git"
	[bench]="tini dumb-init catatonit util-linux bubblewrap gnuplot-nox musl-tools"
	[release]="musl-tools musl-dev gperf dpkg-dev make binutils"
	[test]="clang libclang-rt-14-dev libcriterion-dev musl-tools strace runc crun busybox-static python3 nodejs git gcc make
		libcap2-bin default-jdk-headless procps util-linux tini dumb-init catatonit
		golang-github-containers-common nginx-light redis-server postgresql"
)

wanted=()
for job in "$@"; do
	[ -n "${packages[$job]:-}" ] || { echo "packages.sh: unknown job '$job'; give build, check, test, release or bench" >&2; exit 2; }
	read -r -d '' -a list <<<"${packages[$job]}" || true
	wanted+=("${list[@]}")
done

# A program that is there by another way (a newer Node.js, say) needn't come from Debian.
declare -A program=([nodejs]=node [default-jdk-headless]=javac)
missing=()
for package in "${wanted[@]}"; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || echo none)
	[ "$status" = installed ] && continue
	[ -n "${program[$package]:-}" ] && command -v "${program[$package]}" >/dev/null && continue
	missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
echo "installing: ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq >&2
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
