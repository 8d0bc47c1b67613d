"""Times this project's kernels and PyTorch's in one go, and prints one table.

Ours: `gate run`, fresh processes, GPU timestamps; the best of a kernel's variants.
The interval is 95 % between processes (Student's t over their times).

PyTorch: CUDA events around a run of calls long enough to be read, in this one
process; the median of ten blocks, and 95 % between blocks. Eager, and as a replayed
CUDA graph of 20 calls, of which one's share is given. Weights rotate where the gate's
case is cold, in more sets than a last-level cache of 50 MB holds. TF32 is off.
"""

import argparse
import json
import math
import re
import statistics
import subprocess
import sys

# Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom.
STUDENT = [
    12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
]  # fmt: skip

GRAPH_CALLS = 20
BLOCKS = 10
BLOCK_SECONDS = 0.02


def square(kernel, storage):
    return f"matmul/{kernel}[k=4096,m=4096,n=4096]@*storage={storage}*"


def product(kernel, rows, storage):
    return f"matmul/{kernel}[k=4096,m={rows},n=4096]@*storage={storage}*"


def rows():
    """Title, filters of our cases, and how PyTorch does the same."""
    found = [
        ("f32 matmul 4096 cubed", [square("matmul", "f32")], ("matmul", 4096, "float32", False)),
        (
            "f16 matmul 4096 cubed",
            [square("matmul_coop", "f16"), square("matmul", "f16")],
            ("matmul", 4096, "float16", False),
        ),
        ("1x4096x4096 f32, cold", [product("matvec", 1, "f32")], ("matmul", 1, "float32", True)),
        ("1x4096x4096 f16, cold", [product("matvec", 1, "f16")], ("matmul", 1, "float16", True)),
        ("32x4096x4096 f32", [product("matmul*", 32, "f32")], ("matmul", 32, "float32", False)),
        ("128x4096x4096 f32", [product("matmul*", 128, "f32")], ("matmul", 128, "float32", False)),
    ]
    for tokens, experts, k in [(1, 8, 2), (32, 8, 2), (128, 8, 2), (128, 16, 4)]:
        shape = f"[experts={experts},k={k},tokens={tokens}]"
        title = f"top-k, {tokens} tokens, {k} of {experts}"
        found.append((title, [f"moe/topk{shape}@*"], ("topk", tokens, experts, k)))
    for title, ours, theirs in [
        ("combine", "combine", "combine"),
        ("MoE pipeline", "moe", "moe"),
    ]:
        for tokens in (1, 32, 128):
            shape = f"[experts=8,hidden=4096,k=2,tokens={tokens}]"
            case = f"moe/{ours}{shape}@*"
            found.append((f"{title}, {tokens} tokens", [case], (theirs, tokens)))
    return found


def interval(times):
    """The mean, and half of its 95 % interval relative to it."""
    mean = statistics.fmean(times)
    if len(times) < 2:
        return mean, math.nan
    error = statistics.stdev(times) / math.sqrt(len(times))
    return mean, STUDENT[min(len(times) - 1, 30) - 1] * error / mean


def gate(arguments):
    """What the gate reports of all cases of the table."""
    command = [arguments.gate, "run", "specs/matmul.yaml", "specs/moe.yaml"]
    for _, filters, _ in rows():
        for pattern in filters:
            command += ["--filter", pattern]
    command += ["--rounds", str(arguments.rounds), "--budget", "20min", "--format", "json"]
    print("$", " ".join(command), file=sys.stderr)
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if not ran.stdout:
        sys.exit(f"the gate reported nothing, and exited with {ran.returncode}")
    return json.loads(ran.stdout)


def ours(report, filters):
    """The fastest case that fits: its time, interval, share of the roofline, variant."""
    best = None
    for pattern in filters:
        wanted = re.compile("".join(".*" if c == "*" else re.escape(c) for c in pattern))
        for case in report["cases"]:
            times = [r["time"] for r in case["rounds"] if r.get("time")]
            right = case["evidence"]["correctness"]["state"] == "right"
            if not (wanted.fullmatch(case["id"]) and times and right):
                continue
            time, half = interval(times)
            if best is None or time < best[0]:
                best = (time, half, case.get("roofline"), case["id"])
    return best


class Torch:
    """PyTorch's side; everything in microseconds."""

    def __init__(self):
        import torch

        if not torch.cuda.is_available():
            raise ImportError("no CUDA device")
        self.torch = torch
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        torch.manual_seed(1)
        self.about = f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}"

    def random(self, *shape, dtype="float32"):
        return self.torch.randn(*shape, device="cuda", dtype=getattr(self.torch, dtype))

    def call(self, what):
        """Calls of one piece of work, rotating through what has to be cold."""
        torch = self.torch
        kind = what[0]
        if kind == "matmul":
            _, m, dtype, cold = what
            a = self.random(m, 4096, dtype=dtype)
            sets = (6 if dtype == "float16" else 4) if cold else 1
            weights = [self.random(4096, 4096, dtype=dtype) for _ in range(sets)]
            out = torch.empty(m, 4096, device="cuda", dtype=a.dtype)
            return [lambda w=w: torch.mm(a, w, out=out) for w in weights]
        if kind == "topk":
            _, tokens, experts, k = what
            logits = self.random(tokens, experts)
            return [lambda: self.route(logits, k)]
        tokens, experts, k, hidden = what[1], 8, 2, 4096
        outputs = self.random(experts * tokens, hidden)
        token = torch.arange(tokens, device="cuda").repeat_interleave(k)
        out = torch.empty(tokens, hidden, device="cuda")
        logits = self.random(tokens, experts)
        if kind == "combine":
            indices, weights = self.route(logits, k)
            return [lambda: self.combine(outputs, indices, weights, token, out)]
        return [lambda: self.combine(outputs, *self.route(logits, k), token, out)]

    def route(self, logits, k):
        """The k largest, and a softmax over them: the fewest launches for it."""
        values, indices = self.torch.topk(logits, k, dim=-1)
        return indices, self.torch.softmax(values, dim=-1)

    def combine(self, outputs, indices, weights, token, out):
        """Zero, and add the weighted rows of every token's experts."""
        chosen = outputs.index_select(0, indices.flatten() * out.shape[0] + token)
        chosen.mul_(weights.reshape(-1, 1))
        out.zero_()
        out.index_add_(0, token, chosen)

    def time(self, calls, each=1):
        """Microseconds of a call; `each` stands for as many."""
        torch = self.torch
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))

        def block(count):
            start.record()
            for i in range(count):
                calls[i % len(calls)]()
            end.record()
            end.synchronize()
            return start.elapsed_time(end) * 1e3 / (count * each)

        count = len(calls)
        for _ in range(3):
            once = block(count)
        count = max(len(calls), int(BLOCK_SECONDS * 1e6 / (once * each)))
        block(count)
        return interval([block(count) for _ in range(BLOCKS)])

    def graph(self, calls):
        """The same as a CUDA graph of several calls."""
        torch = self.torch
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for call in calls:
                call()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            for i in range(GRAPH_CALLS):
                calls[i % len(calls)]()
        return self.time([graph.replay], GRAPH_CALLS)


def shown(time_and_half, flops):
    if time_and_half is None:
        return "", ""
    time, half = time_and_half
    text = f"{time:,.2f} us" if time < 1e3 else f"{time / 1e3:,.3f} ms"
    rate = f"{flops / time / 1e6:.1f} TFLOP/s" if flops else ""
    return text + ("" if math.isnan(half) else f" ±{100 * half:.1f} %"), rate


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gate", default="target/release/gate", help="the program")
    parser.add_argument("--rounds", type=int, default=5, help="processes of the gate")
    parser.add_argument("--json", help="keep the gate's report here")
    arguments = parser.parse_args()
    report = gate(arguments)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(report, file)
    try:
        torch = Torch()
    except ImportError as missing:
        torch = None
        print(f"without PyTorch: {missing}", file=sys.stderr)
    device = report["device"]
    print(
        f"{device['adapter']}, {device['backend']}, driver {device['driver_info']}, "
        f"wgpu {device['wgpu']}, {arguments.rounds} processes a case"
        + (f"; {torch.about}" if torch else "")
    )
    print()
    print("| case | PyTorch | in a CUDA graph | gate | | of the roofline | variant |")
    print("|---|---|---|---|---|---|---|")
    for title, filters, what in rows():
        flops = 2.0 * what[1] * 4096 * 4096 if what[0] == "matmul" else 0.0
        eager = graphed = None
        if torch:
            calls = torch.call(what)
            eager, graphed = torch.time(calls), torch.graph(calls)
        best = ours(report, filters)
        mine = (best[0] / 1e3, best[1]) if best else None
        time, rate = shown(mine, flops)
        share = f"{100 * best[2]:.0f} %" if best and best[2] else "launch" if best else ""
        variant = best[3].split("@", 1)[1] if best and "@" in best[3] else ""
        cells = [shown(eager, flops)[0], shown(graphed, flops)[0], time, rate, share, variant]
        print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
