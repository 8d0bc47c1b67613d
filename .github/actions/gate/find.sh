#!/usr/bin/env bash
# Says where the gate is, or will be once it is built.
#
#   PROGRAM      one that is there already, or nothing
#   RUNNER_OS, RUNNER_ARCH, ImageOS  for whom a build is good
#   GITHUB_OUTPUT  takes `program=`, and, where a build kept by GitHub would save
#                  one here, `folder=` and `key=`
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
    folder=${RUNNER_TOOL_CACHE:-$HOME/.cache}/gate/$state
    program=$folder/bin/gate
    if [ ! -x "$program" ]; then
        # The image, for a program built on a newer one lacks its libc here.
        key=gate-${RUNNER_OS:-unknown}-${RUNNER_ARCH:-unknown}-${ImageOS:-own}-$state
        {
            echo "folder=$folder"
            echo "key=$key"
        } >>"$GITHUB_OUTPUT"
    fi
fi
echo "program=$program" >>"$GITHUB_OUTPUT"
