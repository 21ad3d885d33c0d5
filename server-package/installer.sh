#!/bin/sh
# bonding @VERSION@ for a server: this text, and behind it a tar archive with the program.
#   sh bonding-server.run [--plan] [--packages]          install, or update what is installed
#   sh bonding-server.run --uninstall [--keep-keys] [--yes] [--plan]
# --plan      shows what would be done, and does nothing
# --packages  installs what is missing with apt-get first
# --root DIR  prepares the tree DIR instead of this machine, and starts nothing
set -eu

version='@VERSION@'
# Lines of this text, and the archive's checksum: half a download is noticed before anything is done.
lines='@LINES@'
checksum='@SHA256@'
# What Debian and Ubuntu call that which is needed.
packages='nodejs openvpn nftables iproute2 kmod'

fail() {
	echo "bonding-server.run: $1" >&2
	exit 1
}

usage() {
	sed -n '2,7s/^# \{0,1\}//p' "$0"
}

command=install
plan=''
with_packages=''
root=''
set_keep=''
set_yes=''
while [ "$#" -gt 0 ]; do
	case "$1" in
	--plan) plan=--plan ;;
	--packages) with_packages=1 ;;
	--uninstall) command=uninstall ;;
	--keep-keys) set_keep=--keep-keys ;;
	--yes) set_yes=--yes ;;
	--root)
		[ "$#" -ge 2 ] || fail '--root needs a folder'
		[ -d "$2" ] || fail "--root: $2 is not a folder"
		root="$(cd "$2" && pwd)"
		shift
		;;
	--version)
		echo "bonding $version"
		exit 0
		;;
	-h | --help)
		usage
		exit 0
		;;
	*) fail "unknown: $1; see --help" ;;
	esac
	shift
done
[ -z "$set_keep" ] || [ "$command" = uninstall ] || fail '--keep-keys goes with --uninstall'
[ -f "$0" ] || fail 'save this as a file first, then: sh bonding-server.run'
[ -n "$plan$root" ] || [ "$(id -u)" = 0 ] || fail 'run this as root (sudo)'

# Names those of $packages that dpkg does not know as installed. A Node from elsewhere is one, too.
missing_packages() {
	for name in $packages; do
		[ "$name" = nodejs ] && command -v node >/dev/null && continue
		dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || echo "$name"
	done
}

install_packages() {
	command -v apt-get >/dev/null || fail "--packages: there is no apt-get here; needed are: $packages"
	names="$(missing_packages)"
	[ -n "$names" ] || return 0
	# shellcheck disable=SC2086 # these are words
	set -- apt-get install -y --no-install-recommends $names
	if [ -n "$plan" ]; then
		echo "$*"
		return 0
	fi
	DEBIAN_FRONTEND=noninteractive
	export DEBIAN_FRONTEND
	"$@" || { apt-get update && "$@"; } || fail 'apt-get failed; nothing else has been done'
}

# Debian 12 has Node 18, Ubuntu 24.04 has 18, Ubuntu 22.04 has 12.
check_node() {
	if ! command -v node >/dev/null; then
		fail 'Node is missing, 18 or later is needed: apt-get install nodejs, or run this with --packages'
	fi
	found="$(node --version)" || fail 'node does not work'
	major="${found#v}"
	major="${major%%.*}"
	case "$major" in
	'' | *[!0-9]*) fail "node --version says '$found'" ;;
	esac
	[ "$major" -ge 18 ] || fail "Node $found is too old, 18 or later is needed. Ubuntu 22.04 brings 12: take one from
  https://github.com/nodesource/distributions (a package), or unpack one of https://nodejs.org/dist into /usr/local"
}

[ -z "$with_packages" ] || [ "$command" = uninstall ] || install_packages
check_node

folder="$(mktemp -d)" || fail 'no folder for temporary files'
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

tail -n "+$((lines + 1))" "$0" >"$folder/archive"
sum="$(sha256sum "$folder/archive")"
[ "${sum%% *}" = "$checksum" ] || fail 'this file is damaged or not whole; fetch it again'
mkdir "$folder/files"
gzip -dc "$folder/archive" | tar -xf - -C "$folder/files"
rm "$folder/archive"

# No exec: the folder is taken away after it.
program="$folder/files/usr/lib/bonding/bonding.cjs"
set -- server "$command"
[ -z "$root" ] || set -- "$@" --root "$root"
[ "$command" = uninstall ] || set -- "$@" --from "$folder/files"
for option in "$plan" "$set_keep" "$set_yes"; do
	[ -z "$option" ] || set -- "$@" "$option"
done
node "$program" "$@"
exit "$?"
