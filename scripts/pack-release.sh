#!/usr/bin/env bash
# Packs a release build with its licences, man pages and completions.
#
#   scripts/pack-release.sh TARGET TAG
#
#   CARGO_TARGET_DIR  where cargo built it; `target` without
#   GATE           a gate that runs on this machine, for pages and completions;
#                  without one, what was built, where it runs here
#   GITHUB_OUTPUT  takes `archive=`
#
# Leaves gate-TAG-TARGET.tar.gz (.zip for Windows), and its SHA-256 beside it.
set -euo pipefail

target=$1 tag=$2
built=${CARGO_TARGET_DIR:-target}/$target/release
name=gate-$tag-$target
suffix=
case "$target" in *windows*) suffix=.exe ;; esac
gate=${GATE:-$built/gate$suffix}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=$work/$name
mkdir -p "$folder/completions"
cp "$built/gate$suffix" LICENSE-APACHE LICENSE-MIT README.md CHANGELOG.md "$folder/"
"$gate" man --out "$folder/man" --quiet
for shell in bash zsh fish powershell elvish; do
    "$gate" completions "$shell" >"$folder/completions/gate.$shell"
done

here=$PWD
if [ -n "$suffix" ]; then
    archive=$name.zip
    (cd "$work" && 7z a -bd "$here/$archive" "$name" >/dev/null)
else
    archive=$name.tar.gz
    tar -C "$work" -czf "$archive" "$name"
fi
if command -v sha256sum >/dev/null; then
    sha256sum "$archive" >"$archive.sha256"
else
    shasum -a 256 "$archive" >"$archive.sha256"
fi
echo "archive=$archive" >>"$GITHUB_OUTPUT"
