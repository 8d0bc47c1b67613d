"""Times this project's kernels and PyTorch's in one go, and prints one table.

Ours: `gate run`, fresh processes, GPU timestamps; the best of a kernel's variants
and of what `gate tune` picked. The interval is 95 % between processes (Student's
t over their times).

PyTorch: CUDA events around a run of calls long enough to be read, in this one
process; the mean of ten blocks, and 95 % between blocks. Eager, and as a replayed
CUDA graph of 20 calls or more, of which one's share is given. Inputs rotate where
the gate's case is cold, in more sets than a last-level cache of 50 MB holds. TF32
is off. Of several ways to call it the fastest is given, and named. What fails is
told in its row.
"""

import argparse
import json
import math
import re
import subprocess
import sys
import time

from table import NEW, OLD, chosen
from torch_side import Torch, interval

GROUPS = ["old", "new", *OLD, *NEW]


def gate(arguments, rows):
    """What the gate reports of all cases of the table."""
    suites = sorted({pattern.split("/", 1)[0] for row in rows for pattern in row.ours})
    command = [arguments.gate, "run", *(f"specs/{suite}.yaml" for suite in suites)]
    for row in rows:
        for pattern in row.ours:
            command += ["--filter", pattern]
    command += ["--rounds", str(arguments.rounds), "--budget", arguments.budget]
    command += ["--format", "json", *arguments.others]
    print("$", " ".join(command), file=sys.stderr, flush=True)
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if not ran.stdout:
        sys.exit(f"the gate reported nothing, and exited with {ran.returncode}")
    return json.loads(ran.stdout)


def fits(pattern, identity):
    wanted = "".join(".*" if c == "*" else re.escape(c) for c in pattern)
    return re.fullmatch(wanted, identity)


def ours(report, row):
    """The fastest case that fits: its time, interval, and report; or why none."""
    best, reasons = None, []
    for pattern in row.ours:
        for case in report["cases"]:
            if not fits(pattern, case["id"]):
                continue
            times = [r["time"] for r in case["rounds"] if r.get("time")]
            right = case["evidence"]["correctness"]["state"] == "right"
            if not (times and right):
                reasons.append(f"{case['judgement']['verdict']}: {case['judgement']['reason']}")
                continue
            mean, half = interval(times)
            if best is None or mean < best[0]:
                best = (mean, half, case)
        for case in report["left_out"]:
            if fits(pattern, case["id"]):
                reasons.append(f"left out: {case['reason']}")
    return best or (reasons[0][:80].replace("|", "/") if reasons else "no such case")


def share(row, best, ceilings):
    """Of the copy rate or the multiply-add rate, launch and all."""
    time, _, case = best
    work = case["work"]
    if not row.limit or not ceilings:
        return ""
    of, amount, limit = {
        "copy": ("copying", work.get("bytes"), ceilings["copy"]),
        "fma": ("f32 FMA", work.get("flops"), ceilings["fma_f32"]),
    }[row.limit]
    if not amount:
        return ""
    text = f"{100 * amount / (time / 1e9) / limit:.0f} % of {of}"
    return text + (f" (aim: {row.aim})" if row.aim else "")


def rate(row, best):
    """What binds it a second: bytes, or else arithmetic."""
    time, _, case = best
    work = case["work"]
    if row.limit == "copy" and work.get("bytes"):
        return f"{work['bytes'] / time:,.{0 if work['bytes'] > 99 * time else 1}f} GB/s"
    if row.group in ("products", "attention") and work.get("flops"):
        return f"{work['flops'] / time / 1e3:.1f} TFLOP/s"
    return ""


def shown(measured):
    """A cell of microseconds, or of what went wrong."""
    if not measured or isinstance(measured, str):
        return measured or ""
    time, half, *name = measured
    text = f"{time:,.2f} us" if time < 1e3 else f"{time / 1e3:,.3f} ms"
    text += "" if math.isnan(half) else f" ±{100 * half:.1f} %"
    return text + (f" ({name[0]})" if name and name[0] else "")


def cells(report, row):
    """Our columns of a row."""
    best = ours(report, row)
    if isinstance(best, str):
        return [best, "", "", "", ""]
    time, half, case = best
    part = case.get("roofline")
    roofline = f"{100 * part:.0f} %" if part else case.get("bound") or ""
    variant = case["id"].split("@", 1)[1] if "@" in case["id"] else ""
    columns = [shown((time / 1e3, half)), rate(row, best), roofline]
    return [*columns, share(row, best, report.get("ceilings")), variant]


def head(arguments, report, torch):
    """What it was measured with."""
    device = report["device"]
    print(
        f"{device['adapter']}, {device['backend']}, driver {device['driver_info']}, "
        f"wgpu {device['wgpu']}, {arguments.rounds} processes a case"
        + (f"; {torch.about}" if torch else "")
    )
    limits = report.get("ceilings")
    if limits:
        units = limits["cooperative_matrix"]
        print(
            f"Ceilings: copy {limits['copy'] / 1e9:,.0f} GB/s, read {limits['read'] / 1e9:,.0f} GB/s, "
            f"f32 FMA {limits['fma_f32'] / 1e12:.1f} TFLOP/s, "
            + (f"f16 cooperative matrices {units / 1e12:.0f} TFLOP/s, " if units else "")
            + f"an empty dispatch {limits['launch'] / 1e3:.2f} us"
        )
    print()
    print("| case | PyTorch | in a CUDA graph | gate | | of the roofline | of its limit | variant |")
    print("|---|---|---|---|---|---|---|---|", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0],
        epilog="Other options are handed to `gate run`, such as --device NAME.",
    )
    parser.add_argument("--gate", default="target/release/gate", help="the program")
    parser.add_argument("--rounds", type=int, default=3, help="processes of the gate")
    parser.add_argument("--budget", default="20min", help="the gate's, for each suite")
    parser.add_argument(
        "--only", action="append", choices=GROUPS, help="some rows; may be repeated"
    )
    parser.add_argument("--compile", action="store_true", help="torch.compile beside eager calls")
    parser.add_argument("--json", help="keep the gate's report here")
    arguments, arguments.others = parser.parse_known_args()
    rows = chosen(arguments.only)
    began = time.monotonic()
    report = gate(arguments, rows)
    print(f"the gate took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(report, file)
    try:
        torch = Torch(arguments.compile)
    except Exception as missing:
        torch = None
        print(f"without PyTorch: {missing}", file=sys.stderr)
    head(arguments, report, torch)
    for row in rows:
        eager, graphed = torch.measure(row.theirs) if torch else (None, None)
        columns = [shown(eager), shown(graphed), *cells(report, row)]
        print(f"| {row.title} | " + " | ".join(columns) + " |", flush=True)
    print(f"all of it took {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
