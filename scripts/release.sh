#!/usr/bin/env bash
# Makes dist/husk-VERSION-ARCH: one static binary (musl, with libcap, libseccomp and jansson built from Debian's source packages),
# its SHA-256 and its SBOM (SPDX JSON). Two runs give the same bytes. Root or sudo for the packages.
#   release.sh [--clean]   --clean: build the libraries anew too
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD
work=$top/build-release
if [[ $top == *[[:space:]]* ]]; then
	echo "release.sh: make and libtool can't take the blank in '$top': move the checkout to a path without one" >&2
	exit 1
fi
[ "${1:-}" != --clean ] || rm -rf "$work"
./scripts/packages.sh build release
mkdir -p "$work" dist

arch=$(uname -m)
version=$(sed -n 's/^project(husk VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
name=husk-$version-$arch
libraries=(libcap2 libseccomp jansson)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 1700000000)
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC ZERO_AR_DATE=1
triplet=$(gcc -dumpmachine)
# The kernel's headers come after musl's own. No path of this machine goes into the binary.
flags="-Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fstack-protector-strong -fno-pie"
flags+=" -ffile-prefix-map=$top=. -g0 -idirafter /usr/include -idirafter /usr/include/$triplet"

# apt with a configuration of its own, in which the machine's sources are source packages: the machine's stays as it is.
apt_source() {
	local apt=$work/apt
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources"
	for file in /etc/apt/sources.list.d/*.sources; do
		[ ! -e "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/sources/$(basename "$file")"
	done
	find /etc/apt -maxdepth 2 -name '*.list' -exec cat {} + | sed -n 's/^deb\(-src\)\? /deb-src /p' | sort -u >"$apt/sources/machine.list"
	local options=(-qq -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$apt/sources" -o "Dir::State::lists=$apt/lists"
		-o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
	apt-get "${options[@]}" update
	(cd "$work/src" && apt-get "${options[@]}" source "$@")
}

build_libcap() {
	make -s -C "$1/libcap" clean >/dev/null
	make -s -C "$1/libcap" libcap.a libcap.pc CC=musl-gcc BUILD_CC=gcc AR=ar RANLIB=ranlib COPTS="$flags" BUILD_COPTS=-O2 prefix="$work/root" lib=lib
	mkdir -p "$work/root/include/sys" "$work/root/lib/pkgconfig"
	cp "$1/libcap/libcap.a" "$work/root/lib/"
	cp "$1/libcap/include/sys/capability.h" "$work/root/include/sys/"
	cp "$1/libcap/libcap.pc" "$work/root/lib/pkgconfig/"
}

build_libseccomp() {
	(cd "$1" && ./configure -q --host="$triplet" --prefix="$work/root" --enable-static --disable-shared --disable-dependency-tracking \
		CC=musl-gcc CFLAGS="$flags" LDFLAGS="-static -no-pie" >/dev/null && make -s -C include install && make -s -C src install && make -s install-pkgconfDATA)
}

build_jansson() {
	cmake -S "$1" -B "$1/build" -G Ninja -DCMAKE_C_COMPILER=musl-gcc -DCMAKE_C_FLAGS="$flags -static -no-pie" -DCMAKE_BUILD_TYPE=None \
		-DCMAKE_INSTALL_PREFIX="$work/root" -DCMAKE_INSTALL_LIBDIR=lib -DJANSSON_BUILD_SHARED_LIBS=OFF -DJANSSON_EXAMPLES=OFF \
		-DJANSSON_BUILD_DOCS=OFF -DJANSSON_WITHOUT_TESTS=ON >/dev/null
	cmake --build "$1/build" --target install >/dev/null
}

if [ ! -e "$work/libraries-done" ]; then
	rm -rf "$work/src" "$work/root"
	mkdir -p "$work/src"
	apt_source "${libraries[@]}"
	build_libcap "$(echo "$work"/src/libcap2-*/)"
	build_libseccomp "$(echo "$work"/src/libseccomp-*/)"
	build_jansson "$(echo "$work"/src/jansson-*/)"
	: >"$work/libraries-done"
fi

export PKG_CONFIG_LIBDIR=$work/root/lib/pkgconfig
cmake -S . -B "$work/husk" -G Ninja -DCMAKE_C_COMPILER=musl-gcc -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS="$flags -static -no-pie" -DHUSK_STATIC=ON \
	-DHUSK_TESTS=OFF >/dev/null
cmake --build "$work/husk" >"$work/husk.log" 2>&1 || { cat "$work/husk.log" >&2; exit 1; }
strip -s -R .comment -R .note -R '.note.*' -o "dist/$name" "$work/husk/husk"
(cd dist && sha256sum "$name" >"$name.sha256")
./scripts/sbom.py "$name" "$version" "$work/src" "dist/$name" >"dist/$name.spdx.json"
[ "${1:-}" = --quiet ] || (cd dist && ls -l "$name" && cat "$name.sha256")
