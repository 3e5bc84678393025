#!/bin/sh
# Installs devtool for this user, without root: the program, its manual pages and its completions.
set -eu

usage="Usage: install.sh [--version VERSION] [--to DIRECTORY] [--dry-run] [--uninstall]

  --version VERSION  install this release instead of the newest
  --to DIRECTORY     where the program goes (XDG_BIN_HOME, else ~/.local/bin)
  --dry-run          say what would be installed, and change nothing
  --uninstall        remove what this script has installed"

releases="${DEVTOOL_RELEASES:-https://github.com/owner--unset/devtool/releases}"

fail() {
    printf 'error: %s\n' "$1" >&2
    [ -z "${2:-}" ] || printf '  hint: %s\n' "$2" >&2
    exit 1
}

has() { command -v "$1" > /dev/null 2>&1; }

# Everything stands in functions, so that half of a script that broke off on its way does nothing.
main() {
    version="" dry_run="" uninstall=""
    bin="${XDG_BIN_HOME:-$HOME/.local/bin}"
    share="${XDG_DATA_HOME:-$HOME/.local/share}"
    while [ $# -gt 0 ]; do
        case "$1" in
            --version) [ $# -gt 1 ] || fail "--version needs a value"; version="${2#v}"; shift ;;
            --to) [ $# -gt 1 ] || fail "--to needs a value"; bin="$2"; shift ;;
            --dry-run) dry_run=1 ;;
            --uninstall) uninstall=1 ;;
            -h | --help) printf '%s\n' "$usage"; exit 0 ;;
            *) fail "unknown argument \`$1\`" "see --help" ;;
        esac
        shift
    done
    list="$share/devtool/installed-files"
    if [ -n "$uninstall" ]; then remove; else install_release; fi
}

# The system, as the release's archives name it.
target() {
    system="$(uname -s)" machine="$(uname -m)"
    case "$machine" in
        x86_64 | amd64) machine=x86_64 ;;
        aarch64 | arm64) machine=aarch64 ;;
        *) fail "there is no devtool for $machine" "build it: cargo install devtool-stripe" ;;
    esac
    case "$system" in
        Linux) echo "$machine-unknown-linux-musl" ;;
        Darwin) echo "$machine-apple-darwin" ;;
        *) fail "there is no devtool for $system" "build it: cargo install devtool-stripe" ;;
    esac
}

download() { # URL FILE
    case "$1" in https://*) https=1 ;; *) https="" ;; esac
    if has curl; then
        curl --fail --silent --show-error --location ${https:+--proto =https --tlsv1.2} --retry 2 --output "$2" "$1"
    elif has wget; then
        wget --quiet ${https:+--https-only} --output-document "$2" "$1"
    else
        fail "curl or wget is needed to download devtool"
    fi || fail "cannot download $1" "is there such a release, and a network?"
}

checksum() {
    if has sha256sum; then sha256sum "$1" | cut -d' ' -f1
    elif has shasum; then shasum -a 256 "$1" | cut -d' ' -f1
    else fail "sha256sum or shasum is needed to check the download"; fi
}

install_release() {
    target="$(target)"
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    if [ -n "$version" ]; then from="$releases/download/v$version"; else from="$releases/latest/download"; fi
    download "$from/SHA256SUMS" "$work/SHA256SUMS"
    line="$(grep -E "^[0-9a-f]{64}  devtool-[0-9A-Za-z.+-]+-$target\.tar\.gz$" "$work/SHA256SUMS" || true)"
    [ "$(printf '%s' "$line" | grep -c .)" = 1 ] || fail "$from/SHA256SUMS has no checksum for $target"
    expected="${line%% *}" archive="${line##* }"
    folder="${archive%.tar.gz}"
    version="${folder#devtool-}" version="${version%-"$target"}"
    if [ -n "$dry_run" ]; then
        printf 'devtool %s from %s/download/v%s/%s\nwould go to %s/devtool, manual pages and completions below %s\n' \
            "$version" "$releases" "$version" "$archive" "$bin" "$share"
        return
    fi
    download "$releases/download/v$version/$archive" "$work/$archive"
    found="$(checksum "$work/$archive")"
    [ "$found" = "$expected" ] ||
        fail "$archive is not what the release's SHA256SUMS says: $found instead of $expected" "nothing was unpacked or changed"
    tar -xzf "$work/$archive" -C "$work" || fail "cannot unpack $archive"
    "$work/$folder/devtool" --version > /dev/null || fail "devtool does not run on this system" "nothing was changed"
    place_all "$work/$folder"
    printf 'installed devtool %s: %s/devtool\n' "$version" "$bin"
    case ":$PATH:" in
        *":$bin:"*) ;;
        *) printf 'add it to your PATH: export PATH="%s:%sPATH"\n' "$bin" '$' ;;
    esac
    printf 'next: devtool demo\n'
}

place_all() { # FOLDER
    mkdir -p "${list%/*}"
    : > "$work/list"
    for page in "$1"/man/*; do
        place "$page" "$share/man/man${page##*.}/${page##*/}"
    done
    place "$1/completions/devtool.bash" "$share/bash-completion/completions/devtool"
    place "$1/completions/_devtool" "$share/zsh/site-functions/_devtool"
    place "$1/completions/devtool.fish" "$share/fish/vendor_completions.d/devtool.fish"
    place "$1/devtool" "$bin/devtool"
    mv "$work/list" "$list"
}

# The file is there whole or as it was, also for whoever runs it meanwhile.
place() { # FILE TARGET
    mkdir -p "${2%/*}"
    if ! { cp "$1" "$2.new" && mv -f "$2.new" "$2"; }; then fail "cannot write $2"; fi
    printf '%s\n' "$2" >> "$work/list"
}

remove() {
    [ -f "$list" ] || fail "nothing is installed that this script knows of: there is no $list"
    while IFS= read -r file; do
        if [ -n "$dry_run" ]; then printf 'would remove %s\n' "$file"; else rm -f "$file"; fi
    done < "$list"
    [ -n "$dry_run" ] && return
    rm -f "$list"
    printf 'removed devtool; the history and the Stripe CLI stay (devtool keeps them in %s/devtool and ~/.local/state/devtool)\n' "$share"
}

main "$@"
