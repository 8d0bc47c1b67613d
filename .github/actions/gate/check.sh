#!/usr/bin/env bash
# Runs the check. Under GitHub Actions the gate itself annotates, writes the
# job's summary, and sets the step's outputs.
#
#   PROGRAM      the gate
#   SPECS        spec files or folders, one a line
#   ARGUMENTS    more arguments, one a line
#   REPORTS      folder for reports
#   GITHUB_OUTPUT  takes `reports=`, and what the gate adds
set -euo pipefail

# Lines become arguments as they are: no word is split, no pattern expanded.
arguments=()
while IFS= read -r line; do
    line=${line%$'\r'}
    if [ -n "$line" ]; then arguments+=("$line"); fi
done <<<"${ARGUMENTS:-}"
# What begins with a dash is a flag above, and a file here.
arguments+=(--)
while IFS= read -r line; do
    line=${line%$'\r'}
    if [ -n "$line" ]; then arguments+=("$line"); fi
done <<<"${SPECS:-specs}"

mkdir -p "$REPORTS"
# Known even where the check fails, for a step with `if: always()`.
echo "reports=$(cd "$REPORTS" && pwd)" >>"$GITHUB_OUTPUT"
exec "$PROGRAM" check \
    --report "json=$REPORTS/gate.json" \
    --report "junit=$REPORTS/junit.xml" \
    --report "sarif=$REPORTS/gate.sarif" \
    --report "html=$REPORTS/gate.html" \
    "${arguments[@]}"
