#!/usr/bin/env bash
# Finds the gate, or builds it from the sources that this action came with.
#
#   PROGRAM      one that is there already, or nothing
#   GITHUB_OUTPUT  takes `program=`
set -euo pipefail

program=${PROGRAM:-}
if [ -n "$program" ]; then
    if ! found=$(command -v "$program"); then
        echo "::error::there is no program \`$program\`; give the path of a gate, or leave \`program\` out to have it built" >&2
        exit 2
    fi
    # Later steps may stand elsewhere.
    program=$(cd "$(dirname "$found")" && pwd)/$(basename "$found")
else
    sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
    # One build for each state of the sources, kept where the runner keeps tools.
    state=$(
        cd "$sources"
        {
            cat Cargo.toml Cargo.lock
            find src schemas -type f -print0 | LC_ALL=C sort -z | xargs -0 cat
        } | git hash-object --stdin
    )
    root=${RUNNER_TOOL_CACHE:-$HOME/.cache}/gate/$state
    program=$root/bin/gate
    if [ ! -x "$program" ]; then
        echo "::group::build the gate"
        CARGO_TARGET_DIR=${RUNNER_TEMP:-$root}/gate-target \
            cargo install --locked --path "$sources" --root "$root"
        echo "::endgroup::"
    fi
fi
"$program" --version
echo "program=$program" >>"$GITHUB_OUTPUT"
