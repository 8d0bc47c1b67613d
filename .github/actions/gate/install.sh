#!/usr/bin/env bash
# Builds the gate from the sources that this action came with, unless it is there.
#
#   PROGRAM      where it is, or will be: FOLDER/bin/gate
#   GITHUB_OUTPUT  takes `program=`
set -euo pipefail

if [ ! -x "$PROGRAM" ]; then
    sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
    folder=$(dirname "$(dirname "$PROGRAM")")
    echo "::group::build the gate"
    CARGO_TARGET_DIR=${RUNNER_TEMP:-$folder}/gate-target \
        cargo install --locked --path "$sources" --root "$folder"
    echo "::endgroup::"
fi
"$PROGRAM" --version
echo "program=$PROGRAM" >>"$GITHUB_OUTPUT"
