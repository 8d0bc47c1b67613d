#!/usr/bin/env bash
# How often `gate check --against` alarms on kernels that did not change, and
# how often it finds one that got slower by so much beyond its limit.
#
#   scripts/pairs.sh [RUNS [GATE [ARGUMENTS…]]]
#
# RUNS checks of either kind (20), by the program GATE (target/release/gate),
# which is handed the ARGUMENTS, such as `--device llvmpipe`. The suite is six
# kernels of multiply-adds, each in a file of its own, with 2 % tolerated. For
# the false alarms, every file gets a remark, so that all six are timed against
# themselves; for the power, one of them gets 7.1 % more turns of its loop,
# which is 5 % beyond the limit (1.02 * 1.05 = 1.071), beside the five others.
# Intervals are exact (Clopper and Pearson, 1934), at 95 %. Each check's seconds
# and outcome go to the file LOG, where that is set. Seeds count from FIRST (1),
# so that a later call adds to an earlier one.
set -euo pipefail

runs=${1:-20}
first=${FIRST:-1}
gate=$(realpath "${2:-target/release/gate}")
shift $(($# < 2 ? $# : 2))

log=${LOG:+$(realpath "$LOG")}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir specs shaders
touch gate.toml

shader() { # NAME REMARK STATEMENTS
    cat >"shaders/$1.wgsl" <<WGSL
// $2
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    $3
}
WGSL
}

kernel() { # NAME TURNS REMARK
    shader "$1" "$3" "var value = x[id.x];
    for (var turn = 0u; turn < $2u; turn++) {
        value = fma(value, 0.999, 0.001);
    }
    y[id.x] = value;"
}

# The same in closed form: each turn brings a value a thousandth nearer to 1.
reference() { # INDEX TURNS
    shader "reference$1" reference "y[id.x] = 1.0 - (1.0 - x[id.x]) * pow(0.999, $2.0);"
}

turns() { echo $((1000 * (1 + $1 % 3))); }

{
    printf 'gate: 1\nsuite: pairs\nlimits: {slowdown: 2%%, rounds: 3..10, time: 20ms, budget: 300s}\n'
    printf 'classes:\n  - {name: any, match: {}}\nkernels:\n'
    for index in 1 2 3 4 5 6; do
        cat <<YAML
  k$index:
    shader: k$index.wgsl
    inputs: {x: {type: f32, shape: [n], fill: "uniform(0, 1)"}}
    outputs: {y: {type: f32, shape: [n]}}
    dispatch: ["ceil_div(n, 64)", 1, 1]
    reference: {shader: reference$index.wgsl}
    # 7.1 % more turns change a value by 4 % at most.
    tolerance: {y: {relative: 0.1}}
YAML
    done
    printf 'cases:\n'
    for index in 1 2 3 4 5 6; do
        printf '  - {kernel: k%s, shape: {n: %s}}\n' "$index" $((256 * index))
        kernel "k$index" "$(turns "$index")" before
        reference "$index" "$(turns "$index")"
    done
} >specs/pairs.yaml

git init --quiet
git add --all
git -c user.name=gate -c user.email=gate@example.org commit --quiet --message before

check() { # SEED FILE ARGUMENTS…
    local seed=$1 report=$2
    shift 2
    local began=$EPOCHREALTIME code=0
    "$gate" check specs --against HEAD --timing gate --seed "$seed" --format json "$@" \
        >"$report" 2>errors || code=$?
    # Passed, slower, undecided: what else ends a check was judged by nobody.
    case $code in
        0 | 1 | 4) ;;
        *) cat errors >&2; echo "seed $seed: exit $code" >&2; exit "$code" ;;
    esac
    if [ -n "$log" ]; then
        awk -v seed="$seed" -v from="$began" -v to="$EPOCHREALTIME" -v slower="$(count slower)" \
            -v undecided="$(count undecided)" -v slowed="${slow:-none}" 'BEGIN {
                printf "%s slowed=%s slower=%d undecided=%d %.1f s\n", seed, slowed, slower, undecided, to - from
            }' >>"$log"
    fi
}

# Cases of a report by their verdicts; `pass` is that of no failing case.
count() { grep -c "\"verdict\": \"$1\"" report.json || true; }

# How many cases of a kernel were called slower.
slower_of() { # KERNEL
    awk -v kernel="\"pairs/$1[" '
        /"id": / { id = $2 }
        /"verdict": "slower"/ && index(id, kernel) == 1 { found++ }
        END { print found + 0 }' report.json
}

rate() { # WHAT HITS OF
    awk -v what="$1" -v hits="$2" -v of="$3" '
        # P(X <= k) of so many trials at probability p.
        function below(k, n, p,    term, sum, i) {
            if (k < 0) return 0
            if (k >= n || p <= 0) return 1
            if (p >= 1) return 0
            term = n * log(1 - p); sum = exp(term)
            for (i = 1; i <= k; i++) {
                term += log(n - i + 1) - log(i) + log(p) - log(1 - p)
                sum += exp(term)
            }
            return sum
        }
        # Where P(X <= k) falls to so much.
        function where(k, n, to,    low, high, middle, i) {
            low = 0; high = 1
            for (i = 0; i < 60; i++) {
                middle = (low + high) / 2
                if (below(k, n, middle) > to) low = middle; else high = middle
            }
            return low
        }
        BEGIN {
            low = hits > 0 ? where(hits - 1, of, 0.975) : 0
            high = hits < of ? where(hits, of, 0.025) : 1
            printf "%-44s %4d of %4d  %5.1f %%  (%.1f to %.1f %%)\n", what, hits, of,
                100 * hits / of, 100 * low, 100 * high
        }'
}

alarms=0 beside=0 clean=0 undecided=0 found=0
for run in $(seq "$first" $((first + runs - 1))); do
    slow=
    for index in 1 2 3 4 5 6; do kernel "k$index" "$(turns "$index")" after; done
    check "$run" report.json "$@"
    if [ "$(count slower)" -gt 0 ]; then alarms=$((alarms + 1)); fi
    if [ "$(count pass)" -eq 6 ]; then clean=$((clean + 1)); fi
    undecided=$((undecided + $(count undecided)))

    slow=$((1 + run % 6))
    kernel "k$slow" $(($(turns "$slow") * 1071 / 1000)) after
    check "$run" report.json "$@"
    hit=$(slower_of "k$slow")
    if [ "$hit" -gt 0 ]; then found=$((found + 1)); fi
    if [ "$(count slower)" -gt "$hit" ]; then beside=$((beside + 1)); fi
done
rate "false alarms, of suites of six" "$alarms" "$runs"
rate "false alarms, of five beside a slower one" "$beside" "$runs"
rate "suites that pass outright" "$clean" "$runs"
rate "unchanged cases undecided" "$undecided" $((6 * runs))
rate "slower by 5 % beyond the limit, found" "$found" "$runs"
