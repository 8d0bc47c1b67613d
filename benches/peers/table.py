"""The rows of the table: which of our cases, and what PyTorch does beside them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    # What `--only` chooses by.
    group: str
    title: str
    # Globs of our cases; the fastest that fits counts.
    ours: tuple
    # The name of one of Torch's methods, and its arguments.
    theirs: tuple
    # What binds it, "copy" or "fma", and the share of it that is aimed at.
    limit: str = ""
    aim: int = 0


OLD = ("products", "routing")
NEW = ("rows", "attention", "quantised")

# Rows and columns of what is element by element or row by row.
TOKENS, WIDTH = 2048, 4096

# Heads, heads of keys and values, and their width.
MODELS = {"7B": (32, 32, 128), "Mixtral": (32, 8, 128)}
CONTEXT = 2048


def products():
    def case(kernel, rows, storage):
        return f"matmul/{kernel}[k=4096,m={rows},n=4096]@*storage={storage}*"

    for title, kernels, rows, dtype, cold in [
        ("f32 matmul 4096 cubed", ["matmul"], 4096, "float32", False),
        ("f16 matmul 4096 cubed", ["matmul_coop", "matmul"], 4096, "float16", False),
        ("1x4096x4096 f32, cold", ["matvec"], 1, "float32", True),
        ("1x4096x4096 f16, cold", ["matvec"], 1, "float16", True),
        ("32x4096x4096 f32", ["matmul*"], 32, "float32", False),
        ("128x4096x4096 f32", ["matmul*"], 128, "float32", False),
    ]:
        ours = tuple(case(kernel, rows, SHORT[dtype]) for kernel in kernels)
        yield Row("products", title, ours, ("matmul", rows, dtype, cold))


def routing():
    for tokens, experts, k in [(1, 8, 2), (32, 8, 2), (128, 8, 2), (128, 16, 4)]:
        shape = f"[experts={experts},k={k},tokens={tokens}]"
        title = f"top-k, {tokens} tokens, {k} of {experts}"
        yield Row("routing", title, (f"moe/topk{shape}@*",), ("topk", tokens, experts, k))
    for title, kernel in [("combine", "combine"), ("MoE pipeline", "moe")]:
        for tokens in (1, 32, 128):
            shape = f"[experts=8,hidden=4096,k=2,tokens={tokens}]"
            ours = (f"moe/{kernel}{shape}@*",)
            yield Row("routing", f"{title}, {tokens} tokens", ours, (kernel, tokens))


def rows_alone():
    for title, suite, kernel, shape, axes, theirs in [
        ("rmsnorm", "rmsnorm", "rmsnorm", "hidden=4096,tokens=2048", "", "rmsnorm"),
        ("softmax", "softmax", "softmax", "n=4096,rows=2048", "", "softmax"),
        ("silu-gate", "silu-gate", "silu_gate", "intermediate=4096,tokens=2048", "", "silu_gate"),
        ("rope", "rope", "rope", "head_dim=128,heads=32,tokens=2048", "pairs=halves,*", "rope"),
        ("residual add", "residual", "add", "hidden=4096,tokens=2048", "", "add"),
    ]:
        for dtype in ("float32", "float16"):
            ours = f"{suite}/{kernel}[{shape}]@cache=cold,*{axes}storage={SHORT[dtype]}*"
            title_of = f"{title}, {TOKENS} x {WIDTH} {SHORT[dtype]}, cold"
            yield Row("rows", title_of, (ours,), (theirs, dtype), "copy", 90)
    for dtype in ("float32", "float16"):
        ours = f"embedding/embedding[hidden=4096,tokens=2048,vocabulary=32000]@*storage={SHORT[dtype]}*"
        title = f"embedding, {TOKENS} of 32,000 rows of {WIDTH} {SHORT[dtype]}"
        yield Row("rows", title, (ours,), ("embedding", dtype), "copy")


def attention():
    for model, (heads, kv_heads, width) in MODELS.items():
        for dtype in ("float32", "float16"):
            shape = f"[context={CONTEXT},head_dim={width},heads={heads},kv_heads={kv_heads}]"
            ours = f"attention/attention_decode{shape}@*storage={SHORT[dtype]}*"
            title = f"attention of one token after {CONTEXT}, {model}, {SHORT[dtype]}, cold"
            theirs = ("decode", heads, kv_heads, width, dtype)
            yield Row("attention", title, (ours,), theirs, "copy", 80)
    for model, (heads, kv_heads, width) in MODELS.items():
        for dtype in ("float32", "float16"):
            shape = f"[context={CONTEXT},head_dim={width},heads={heads},kv_heads={kv_heads},tokens={CONTEXT}]"
            ours = f"attention/attention{shape}@*storage={SHORT[dtype]}*"
            title = f"attention of a prompt of {CONTEXT}, {model}, {SHORT[dtype]}"
            theirs = ("prompt", heads, kv_heads, width, dtype)
            aim = 40 if dtype == "float32" else 0
            yield Row("attention", title, (ours,), theirs, "fma", aim)


def quantised():
    for kernel, title in [("matvec_q4_0", "Q4_0"), ("matvec_q8_0", "Q8_0")]:
        for scale in ("f32", "f16"):
            ours = f"quantised/{kernel}[k=4096,m=1,n=4096]@*scale={scale}*"
            title_of = f"1x4096x4096 {title}, {scale} scales, cold (PyTorch: dense f16)"
            yield Row("quantised", title_of, (ours,), ("matmul", 1, "float16", True), "copy")


# How our cases call PyTorch's types.
SHORT = {"float32": "f32", "float16": "f16"}


def chosen(only):
    """The rows of some groups, or all."""
    groups = set()
    for name in only or ["old", "new"]:
        groups.update({"old": OLD, "new": NEW}.get(name, (name,)))
    every = [products, routing, rows_alone, attention, quantised]
    return [row for rows in every for row in rows() if row.group in groups]
