#!/usr/bin/env bash
# Builds devtool for Windows and runs it under Wine as a new user would: `try.sh ROOT`, a root as root.sh makes it.
# Ends with 77, and says why on its last line, where that cannot be.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$1
secret=whsec_0123456789abcdef0123456789abcdef
"$here/root.sh" "$root"
inside() { "$here/inside.sh" "$root" "$@"; }
devtool() { inside wine /target/x86_64-pc-windows-gnu/debug/devtool.exe "$@" < /dev/null | tr -d '\r'; }
has() {
    grep -qF -- "$1" <<< "$said" && return
    printf 'no "%s" in:\n%s\n' "$1" "$said"
    exit 1
}

inside cargo build --locked --quiet -Zbuild-std=std,panic_unwind --target x86_64-pc-windows-gnu

# What an earlier run kept is none of a new user's.
rm -rf "$root"/wine/drive_c/users/*/AppData/Local/devtool
said=$(devtool --version)
has "devtool $(sed -n 's/^version = "\(.*\)"/\1/p' "$here/../../Cargo.toml" | head -1)"
said=$(devtool demo)
has '9 of 9'

exec {lines}< <(exec python3 "$here/app.py" "$secret")
app=$!
trap 'kill "$app"; inside wine wineboot --kill > /dev/null 2>&1 || true' EXIT
read -r port <&"$lines"
said=$(devtool scenario payment --port "$port" --secret "$secret")
has '9 of 9'
said=$(devtool trigger invoice.paid --port "$port" --secret "$secret")
has '200'
said=$(devtool trigger invoice.paid --port "$port" --secret whsec_of_another_endpoint 2>&1 || echo "code $?")
has '400'
has 'code 1'
said=$(devtool history --type invoice.paid)
has 'invoice.paid'
[ "$(grep -c 'invoice.paid' <<< "$said")" = 2 ] || { printf 'not two deliveries:\n%s\n' "$said"; exit 1; }
said=$(devtool doctor || true)
has 'AppData\Local\devtool\data\history.db'
echo "devtool is right under Wine"
