#!/bin/sh
# Sees to it that this machine can build the gate: cargo, a Rust that is new
# enough, and a C linker, which cargo needs. Says what is missing in one
# sentence, and exits 1, where it cannot help.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/packages.sh
. "$here/packages.sh"

if ! command -v "${CARGO:-cargo}" >/dev/null 2>&1 || ! command -v rustc >/dev/null 2>&1; then
    echo "error: no Rust here; install it from https://rustup.rs, open a new shell, and try again" >&2
    exit 1
fi

# The one place that says which Rust is needed is Cargo.toml.
needed=$(sed -n 's/^rust-version = "\([0-9.]*\)".*/\1/p' "$here/../Cargo.toml")
found=$(rustc --version | sed -n 's/^rustc \([0-9]*\.[0-9]*\).*/\1/p')
if [ "${found%%.*}" -eq "${needed%%.*}" ] && [ "${found#*.}" -lt "${needed#*.}" ]; then
    echo "error: this is Rust $found, and the gate needs $needed or later; run: rustup update stable (a distribution's own Rust is often older: https://rustup.rs has the newest)" >&2
    exit 1
fi

case "$(uname -s)" in
    Darwin)
        # /usr/bin/cc is there even without the tools, and then opens a dialog.
        xcode-select -p >/dev/null 2>&1 || {
            echo "error: no C linker here, and cargo needs one; install it with: xcode-select --install" >&2
            exit 1
        }
        ;;
    Linux | *BSD)
        command -v cc >/dev/null 2>&1 ||
            install_packages "C linker, which cargo needs," "gcc libc6-dev" \
                "gcc glibc-devel" "gcc" "gcc glibc-devel" "gcc musl-dev"
        ;;
esac
