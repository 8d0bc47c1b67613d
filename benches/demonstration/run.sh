#!/bin/sh
# Shows on this machine what the README says of a whole check: that unchanged
# kernels pass, check after check, and that slower and wrong ones do not.
#
#   benches/demonstration/run.sh repeated SPEC CHECKS [BASELINES]
#   benches/demonstration/run.sh slower LIMIT TURNS CHECKS
#   benches/demonstration/run.sh wrong
#   benches/demonstration/run.sh pair TURNS
#
# repeated  Records BASELINES baselines of a suite (1 if not given; 0: the
#           project's own), checks it CHECKS times against each in turn, and
#           counts the exit codes. What failed or stayed undecided goes to
#           standard error.
# slower    Gates the f32 product of 4096 cubed of specs/matmul.yaml in tiles of
#           128 at a tolerated slow-down of LIMIT percent, adds a chain of TURNS
#           multiply-adds to its kernel, measures by how much of its time that
#           makes it slower, and checks CHECKS times.
# wrong     Mixes up rows of the same kernel, and checks once.
# pair      Adds a chain of TURNS multiply-adds to the kernel that combines
#           experts, and checks specs/moe.yaml against what it was.
#
# Everything happens in a copy of the project in a temporary folder. $GATE is
# the program, `gate` if not set.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
gate=$(command -v "${GATE:-gate}") || { echo "no \`${GATE:-gate}\` here: set GATE" >&2; exit 2; }
case $gate in /*) ;; *) gate=$(pwd)/$gate ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export NO_COLOR=1

large='*k=4096,m=4096,n=4096]@deep=16,split=1,storage=f32,tile=128'

copy() {
    mkdir "$work/project"
    cp -r "$root/specs" "$root/templates" "$root/shaders" "$root/baselines" "$work/project/"
    cd "$work/project"
}

# Runs a check, and prints its exit code and its last line.
check() {
    code=0
    "$gate" check --color never "$@" >"$work/log" 2>&1 || code=$?
    echo "exit $code: $(tail -n 1 "$work/log")"
}

count() {
    echo "exit codes, how often each:"
    cut -d: -f1 "$work/checks" | sort | uniq -c
    cut -d: -f1 "$work/checks" | grep -v "exit 0" >/dev/null ||
        awk 'END { printf "all 0: the share of others is below %.1f %% (95 %%)\n", 100 * (1 - 0.05 ^ (1 / NR)) }' "$work/checks"
}

# Puts a chain of so many multiply-adds behind a line of a template; its value
# comes from a uniform, so that no compiler knows it.
insert() { # TEMPLATE LINE UNIFORM TURNS
    sed -i.old "s|^    $2\$|&\\
    var waste = f32($3); for (var turn = 0u; turn < $4u; turn++) { waste = fma(waste, 1.0000001, 0.5); } if (waste == -1.0) { return; }|" "templates/$1"
    changed "$1"
}

changed() { # TEMPLATE
    if cmp -s "templates/$1" "templates/$1.old"; then
        echo "templates/$1 reads otherwise now: it was not changed" >&2
        exit 2
    fi
    rm "templates/$1.old"
}

repeated() {
    copy
    recorded=0
    while [ "$recorded" -lt "$3" ]; do
        "$gate" update-baselines "$1" --baselines "$work/baselines-$recorded" --reason "for comparison" >/dev/null
        recorded=$((recorded + 1))
    done
    checked=0
    while [ "$checked" -lt "$2" ]; do
        folder=$work/project/baselines
        [ "$3" -eq 0 ] || folder=$work/baselines-$((checked % $3))
        check "$1" --baselines "$folder" | tee -a "$work/checks"
        grep -E "^  [✗?] " "$work/log" >&2 || true
        checked=$((checked + 1))
    done
    count
}

slower() {
    copy
    sed -i.old "s/^  slowdown: .*/  slowdown: $1%/" specs/matmul.yaml
    "$gate" update-baselines specs/matmul.yaml --filter "$large" --baselines "$work/own" --reason "for comparison" >/dev/null
    echo "unchanged:"
    check specs/matmul.yaml --filter "$large" --baselines "$work/own"
    insert matmul.wgsl.j2 "let k = dims.k;" dims.m "$2"
    "$gate" update-baselines specs/matmul.yaml --filter "$large" --baselines "$work/slow" --reason "for comparison" >/dev/null
    echo "slower, as two recordings show:"
    "$gate" compare --color never "$work"/own/*/matmul.json "$work"/slow/*/matmul.json | grep "matmul\[" || true
    checked=0
    while [ "$checked" -lt "$3" ]; do
        check specs/matmul.yaml --filter "$large" --baselines "$work/own" | tee -a "$work/checks"
        checked=$((checked + 1))
    done
    grep -E "slower|✗" "$work/log" || true
    count
}

wrong() {
    copy
    sed -i.old 's|c\[(row \* dims.n + col) / 4u\] =|c[((row ^ 1u) * dims.n + col) / 4u] =|' templates/matmul.wgsl.j2
    changed matmul.wgsl.j2
    check specs/matmul.yaml --filter "*k=512,m=32,*"
    grep -m 3 -i "wrong" "$work/log" || true
}

pair() {
    copy
    git init --quiet
    git add --all
    git -c user.name=gate -c user.email=gate@example.org commit --quiet --message before
    insert combine.wgsl.j2 "let token = group.y + group.z \* 65535u;" dims.tokens "$1"
    check specs/moe.yaml --against HEAD
    cat "$work/log"
}

case ${1:-} in
    repeated) repeated "$2" "$3" "${4:-1}" ;;
    slower) slower "$2" "$3" "$4" ;;
    wrong) wrong ;;
    pair) pair "$2" ;;
    *) sed -n '2,24s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
