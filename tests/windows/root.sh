#!/usr/bin/env bash
# Makes a root of Debian's unstable suite with what builds devtool for Windows and runs it: `root.sh ROOT`.
# The mirror is the one of this machine's apt. Ends with 77, and says why on its last line, where that cannot be.
# shellcheck disable=SC2016 # for others to expand
set -euo pipefail

root=$1
cannot() {
    echo "cannot be tested here: $*"
    exit 77
}

[ ! -e "$root/etc/devtool-root" ] || exit 0
[ "$(id -u)" = 0 ] || cannot "a root needs the rights of root"
command -v debootstrap > /dev/null || cannot "debootstrap is missing (apt install debootstrap)"
unshare --mount true 2> /dev/null || cannot "unshare (util-linux) makes no mounts of its own"
[ "$(df --output=avail -m "$(dirname "$root")" | tail -1)" -gt 9000 ] || cannot "less than 9 GB are free for $root"
mirror=$(apt-get indextargets --format '$(LABEL) $(SITE)' 'Created-By: Packages' | sed -n 's/^Debian //p' | head -1)
[ -n "$mirror" ] || cannot "apt on this machine has no mirror of Debian"

# What was begun once is begun anew.
rm -rf --one-file-system "$root"
mkdir -p "$root"
debootstrap --variant=minbase unstable "$root" "$mirror" > "$root.log" 2>&1 ||
    cannot "debootstrap reaches no unstable suite: $(tail -1 "$root.log")"
echo 'Acquire::Check-Valid-Until "false"; APT::Install-Recommends "false";' > "$root/etc/apt/apt.conf.d/90devtool"
cp /etc/resolv.conf "$root/etc/resolv.conf"
packages="rustc cargo rust-src gcc libc6-dev gcc-mingw-w64-x86-64-win32 cmake nasm make wine wine64 ca-certificates"
# shellcheck disable=SC2086 # several packages
unshare --mount bash -euc 'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"
    export DEBIAN_FRONTEND=noninteractive
    chroot "$0" apt-get update -qq
    chroot "$0" apt-get install -y -qq "$@"
    chroot "$0" apt-get clean' "$root" $packages >> "$root.log" 2>&1 ||
    cannot "the unstable suite does not install: $(tail -1 "$root.log")"
# The crates come from where this machine has them; what it trusts, the root trusts.
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
touch "$root/etc/devtool-root"
