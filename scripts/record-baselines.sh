#!/usr/bin/env bash
# Records baselines and leaves the table of old beside new for a pull request.
#
#   scripts/record-baselines.sh GATE [ARGUMENT…]
#
#   SPECS        spec files or folders, parted by spaces
#   REASON       why they change, or nothing
#   APPEND       `true` keeps earlier recordings
#   GITHUB_OUTPUT  takes `changed=true` or `changed=false`
#
# Writes baselines.md, and exits as `gate update-baselines` does.
set -euo pipefail

gate=$1
shift
read -r -a specs <<<"${SPECS:-specs}"
arguments=("$@" --report markdown=baselines.md)
if [ -n "${REASON:-}" ]; then arguments+=(--reason "$REASON"); fi
if [ "${APPEND:-false}" = true ]; then arguments+=(--append); fi
"$gate" update-baselines "${arguments[@]}" -- "${specs[@]}"
if [ -n "$(git status --porcelain -- baselines)" ]; then
    echo changed=true >>"$GITHUB_OUTPUT"
else
    echo changed=false >>"$GITHUB_OUTPUT"
fi
