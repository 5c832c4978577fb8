#!/usr/bin/env bash
# Installs the Debian packages that a job needs and that are missing: packages.sh JOB... Root, or sudo.
#   JOB: build, check, test, release, bench; engines (what engines.sh itself needs), runc, crun, containerd, docker, podman, debootstrap
set -euo pipefail
# shellcheck source=scripts/root.sh
. "$(dirname "$0")/root.sh"

declare -A packages=(
	[build]="gcc libc6-dev cmake ninja-build pkg-config libcap-dev libseccomp-dev libjansson-dev python3"
	[check]="clang clang-format clang-tidy cppcheck shellcheck git"
	[bench]="tini dumb-init catatonit util-linux bubblewrap gnuplot-nox musl-tools"
	[release]="musl-tools musl-dev gperf dpkg-dev make binutils"
	[test]="clang libclang-rt-14-dev libcriterion-dev musl-tools strace runc crun busybox-static python3 nodejs git gcc make
		libcap2-bin default-jdk-headless procps util-linux tini dumb-init catatonit
		golang-github-containers-common nginx-light redis-server postgresql"
	[engines]="busybox-static golang-github-containers-common python3 python3-yaml util-linux"
	[runc]=runc
	[crun]=crun
	[containerd]="containerd runc"
	[docker]=docker.io
	[podman]="podman conmon runc"
	[debootstrap]=debootstrap
)

wanted=()
for job in "$@"; do
	[ -n "${packages[$job]:-}" ] || { echo "packages.sh: unknown job '$job'; give one of: ${!packages[*]}" >&2; exit 2; }
	read -r -d '' -a list <<<"${packages[$job]}" || true
	wanted+=("${list[@]}")
done

# A program that is there by another way (a newer Node.js, Docker's own packages) needn't come from Debian.
declare -A program=([nodejs]=node [default-jdk-headless]=javac [docker.io]=dockerd [containerd]=containerd [runc]=runc [crun]=crun [podman]=podman)
missing=()
for package in "${wanted[@]}"; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || echo none)
	[ "$status" = installed ] && continue
	[ -n "${program[$package]:-}" ] && command -v "${program[$package]}" >/dev/null && continue
	missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing: ${missing[*]}" >&2
# Installed, not started: a test wants nginx's or Docker's program, not a service on this machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'as_root rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin "$policy"
fi
as_root apt-get update -qq >&2
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
