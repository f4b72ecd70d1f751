#!/bin/bash
# Proves deploy/packages.txt: clones this repository's last commit into a new Debian 12 that has nothing but git, and
# runs ./dev there (`build` unless other arguments are given, e.g. `./dev fresh test`). Needs root and mmdebstrap.
# Everything lives in one folder and in a mount and process namespace of its own, so that nothing is left behind,
# however it ends. Bounded to LOA_FRESH_LIMIT (90m).
set -euo pipefail
source_tree=$(cd "$(dirname "$0")/../.." && pwd)
((EUID == 0)) || {
  echo "Chạy bằng root: sudo ./dev fresh / Run as root: sudo ./dev fresh" >&2
  exit 1
}
command -v mmdebstrap >/dev/null || {
  echo "Thiếu mmdebstrap: apt-get install mmdebstrap / mmdebstrap is missing: apt-get install mmdebstrap" >&2
  exit 1
}
(($#)) || set -- build

folder=$(mktemp -d "${TMPDIR:-/tmp}/loa-fresh.XXXXXX")
trap 'rm -rf --one-file-system "$folder"' EXIT
chroot=$folder/debian
echo "Debian 12…"
mmdebstrap --quiet --mode=root --variant=minbase --include=git,ca-certificates bookworm "$chroot" \
  "deb http://deb.debian.org/debian bookworm main" \
  "deb http://deb.debian.org/debian bookworm-updates main" \
  "deb http://deb.debian.org/debian-security bookworm-security main"
rm -rf "$chroot"/dev && mkdir "$chroot"/dev
# As Debian's installer writes it.
printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' >"$chroot/etc/hosts"
[[ -f /etc/resolv.conf ]] && cp -L /etc/resolv.conf "$chroot/etc/resolv.conf"
git -c safe.directory='*' clone --quiet --no-local --depth 1 "file://$source_tree" "$chroot/srv/a folder"

# The inner shell is process 1 of its namespace: when it ends, or is killed, everything it started ends with it.
timeout --foreground --kill-after=10 "${LOA_FRESH_LIMIT:-90m}" \
  unshare --mount --pid --fork --kill-child --propagation private \
  bash -euo pipefail -c '
    chroot=$1
    shift
    mount -t proc proc "$chroot/proc"
    mount -t tmpfs -o mode=755 tmpfs "$chroot/dev"
    mkdir "$chroot/dev/shm" "$chroot/dev/pts"
    for node in null zero full random urandom tty; do
      touch "$chroot/dev/$node"
      mount --bind "/dev/$node" "$chroot/dev/$node"
    done
    mount -t tmpfs -o mode=1777 tmpfs "$chroot/dev/shm"
    ln -s /proc/self/fd "$chroot/dev/fd"
    ln -s fd/0 "$chroot/dev/stdin"
    ln -s fd/1 "$chroot/dev/stdout"
    ln -s fd/2 "$chroot/dev/stderr"
    cd "$chroot"
    chroot "$chroot" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root CI=true "/srv/a folder/dev" "$@"
  ' inner "$chroot" "$@" </dev/null
