# For scripts that need an empty Debian 12 (fresh_machine.sh, installed_machine.sh); sourced. Needs root and mmdebstrap.
# Everything lives in $machine, which goes when the script ends, and runs in a mount and process namespace of its own.

# make_machine <package,package…>: $machine becomes a minimal Debian 12 with these packages.
make_machine() {
  ((EUID == 0)) || {
    echo "Chạy bằng root: sudo ./dev … / Run as root: sudo ./dev …" >&2
    exit 1
  }
  command -v mmdebstrap >/dev/null || {
    echo "Thiếu mmdebstrap: apt-get install mmdebstrap / mmdebstrap is missing: apt-get install mmdebstrap" >&2
    exit 1
  }
  machine_folder=$(mktemp -d "${TMPDIR:-/tmp}/loa-machine.XXXXXX")
  trap 'rm -rf --one-file-system "$machine_folder"' EXIT
  machine=$machine_folder/debian
  echo "Debian 12…"
  mmdebstrap --quiet --mode=root --variant=minbase --include="$1" bookworm "$machine" \
    "deb http://deb.debian.org/debian bookworm main" \
    "deb http://deb.debian.org/debian bookworm-updates main" \
    "deb http://deb.debian.org/debian-security bookworm-security main"
  rm -rf "$machine"/dev && mkdir "$machine"/dev
  # As Debian's installer writes it.
  printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' >"$machine/etc/hosts"
  [[ -f /etc/resolv.conf ]] && cp -L /etc/resolv.conf "$machine/etc/resolv.conf"
}

# in_machine <limit> <command>…: runs it there; when it ends, or is killed, everything it started ends with it.
in_machine() {
  local limit=$1
  shift
  # The inner shell is process 1 of its namespace.
  timeout --foreground --kill-after=10 "$limit" \
    unshare --mount --pid --fork --kill-child --propagation private \
    bash -euo pipefail -c '
      machine=$1
      shift
      mount -t proc proc "$machine/proc"
      mount -t tmpfs -o mode=755 tmpfs "$machine/dev"
      mkdir "$machine/dev/shm" "$machine/dev/pts"
      for node in null zero full random urandom tty; do
        touch "$machine/dev/$node"
        mount --bind "/dev/$node" "$machine/dev/$node"
      done
      mount -t tmpfs -o mode=1777 tmpfs "$machine/dev/shm"
      ln -s /proc/self/fd "$machine/dev/fd"
      ln -s fd/0 "$machine/dev/stdin"
      ln -s fd/1 "$machine/dev/stdout"
      ln -s fd/2 "$machine/dev/stderr"
      cd "$machine"
      chroot "$machine" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root CI=true "$@"
    ' inner "$machine" "$@" </dev/null
}
