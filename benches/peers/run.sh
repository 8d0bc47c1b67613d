#!/bin/sh
# The kernels of this project beside PyTorch's, on the machine that this runs on.
#
#   benches/peers/run.sh                  # builds the gate, measures both, prints a table
#   GATE=path/to/gate benches/peers/run.sh --rounds 10
#
# Needs a GPU under Vulkan. Without PyTorch on a CUDA device, its columns stay empty.
set -eu
cd "$(dirname "$0")/../.."
if [ -z "${GATE:-}" ]; then
    cargo build --locked --release
    GATE=target/release/gate
fi
exec python3 -B benches/peers/peers.py --gate "$GATE" "$@"
