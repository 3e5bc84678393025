#!/usr/bin/env bash
# Runs a command in the root, in the sources, with this machine's crates and network: `inside.sh ROOT COMMAND…`.
# The mounts end with it.
set -euo pipefail

sources=$(cd "$(dirname "$0")/../.." && pwd)
root=$1
shift
crates=${CARGO_HOME:-$HOME/.cargo}/registry
mkdir -p "$root/src/devtool" "$root/cargo/registry" "$root/target" "$crates"
export sources root crates
# shellcheck disable=SC2016 # for the shell that has the mounts
exec unshare --mount bash -euc 'mount --bind "$sources" "$root/src/devtool"
    mount --bind "$crates" "$root/cargo/registry"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    exec chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/bin:/bin:/usr/sbin:/sbin CARGO_HOME=/cargo \
        CARGO_TARGET_DIR=/target CARGO_PROFILE_DEV_DEBUG=0 RUSTC_BOOTSTRAP=1 WINEDEBUG=-all WINEPREFIX=/wine WINEDLLOVERRIDES=mscoree,mshtml= \
        bash -euc "cd /src/devtool; \"\$@\"" bash "$@"' bash "$@"
