#!/usr/bin/env bash
# Sees to it that there is an adapter: installs a software one where there is
# none, if that is wanted.
#
#   PROGRAM      the gate
#   ADAPTER      `software` or `own`
set -euo pipefail

case "$ADAPTER" in
    software)
        here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
        sh "$here/../../../scripts/setup-adapter.sh" "$PROGRAM"
        ;;
    own) ;;
    *)
        echo "::error::\`adapter\` is \`software\` or \`own\`, and not \`$ADAPTER\`" >&2
        exit 2
        ;;
esac
