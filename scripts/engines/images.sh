# shellcheck shell=bash
# The two images, from local files: "scratch" (husk and busybox), "debian" (a Debian root with servers from its packages).
# shellcheck disable=SC2154 # variables are shared

packages_in_debian=nginx-light,postgresql,redis-server,python3,nodejs,default-jre-headless

make_images() {
	make_scratch "$work/root/scratch"
	make_archive scratch
	make_archive scratch 1000:1000
	[ -z "$quick" ] || return 0
	make_debian "$work/root/debian"
	make_archive debian
}

make_scratch() {
	local root=$1 name
	mkdir -p "$root"/{bin,sbin,etc,proc,sys,dev,run,srv}
	mkdir -m 1777 "$root/tmp"
	install -m 755 "$(command -v busybox)" "$root/bin/busybox"
	for name in sh cat cp sed id ls sleep test grep true; do
		ln -s busybox "$root/bin/$name"
	done
	install -m 755 "$HUSK" "$root/sbin/husk"
	printf '%s\n' root:x:0:0::/root:/bin/sh app:x:1000:1000::/tmp:/bin/sh >"$root/etc/passwd"
	printf '%s\n' root:x:0: app:x:1000: >"$root/etc/group"
}

# debootstrap takes minutes: its result is kept in build-engines/.
make_debian() {
	local root=$1 cache=$top/build-engines/debian.tar
	mkdir -p "$root" "$top/build-engines"
	if [ ! -f "$cache" ]; then
		echo "debootstrap, once" >&2
		debootstrap --variant=minbase --include="$packages_in_debian" bookworm "$work/debootstrap" \
			${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$work/debootstrap.log" 2>&1 ||
			{ tail -n 5 "$work/debootstrap.log" >&2; exit 1; }
		rm -rf "$work"/debootstrap/{var/cache/apt,var/lib/apt,usr/share/doc,usr/share/locale,usr/share/man}
		tar -C "$work/debootstrap" --exclude='./dev/*' -cf "$cache.part" .
		mv "$cache.part" "$cache"
		rm -rf --one-file-system "$work/debootstrap"
	fi
	tar -C "$root" -xf "$cache"
	install -m 755 "$HUSK" "$root/sbin/husk"
	grep -q ^app: "$root/etc/passwd" || {
		echo app:x:1000:1000::/tmp:/bin/sh >>"$root/etc/passwd"
		echo app:x:1000: >>"$root/etc/group"
	}
	mkdir -p "$root/srv/husk"
	cp -r "$top/scripts/engines/servers/." "$root/srv/husk/"
	chmod 755 "$root"/srv/husk/{serve,ask,postures}
	printf 'nameserver 127.0.0.1\n' >"$root/etc/resolv.conf"
}

# The one archive format that docker, podman and ctr all load: make_archive IMAGE [USER]
make_archive() {
	local name=$1${2:+-user}
	tar -C "$work/root/$1" -cf "$work/$1.layer.tar" .
	python3 "$top/scripts/engines/archive.py" "$work/$1.layer.tar" "localhost/husk-$name:test" "$work/$name.image.tar" "${2:-}"
	rm "$work/$1.layer.tar"
}
