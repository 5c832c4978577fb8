# shellcheck shell=bash
# What only root may do, in scripts that anyone may start: as_root COMMAND... Sourced.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "$(basename "$0"): '$*' needs root: start this script as root, or install sudo" >&2
		return 1
	fi
}
