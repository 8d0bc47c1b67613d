"""PyTorch's side: how it does the work of a row, and how that is timed.

Every way of doing a row's work is a list of calls that rotate through their
inputs. Where there are several ways, the fastest counts, and is named.
"""

import math
import statistics
import sys
import traceback

# Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom.
STUDENT = [
    12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
]  # fmt: skip

GRAPH_CALLS = 20
BLOCKS = 10
BLOCK_SECONDS = 0.02

# Inputs that rotate where a case is cold: four times the largest cache.
COLD_BYTES = 4 * 50 * 2**20
MOST_SETS = 64


def interval(times):
    """The mean, and half of its 95 % interval relative to it."""
    mean = statistics.fmean(times)
    if len(times) < 2:
        return mean, math.nan
    error = statistics.stdev(times) / math.sqrt(len(times))
    return mean, STUDENT[min(len(times) - 1, 30) - 1] * error / mean


class Torch:
    """PyTorch on a CUDA device; all times in microseconds."""

    def __init__(self, compiled):
        import torch

        if not torch.cuda.is_available():
            raise ImportError("no CUDA device")
        self.prepare(torch, "cuda", compiled)

    def prepare(self, torch, device, compiled):
        self.torch, self.device, self.compiled = torch, device, compiled
        self.functional = torch.nn.functional
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        torch.set_grad_enabled(False)
        torch.manual_seed(1)
        self.about = f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}"

    def random(self, *shape, dtype="float32"):
        return self.torch.randn(*shape, device=self.device, dtype=getattr(self.torch, dtype))

    def empty(self, *shape, dtype="float32"):
        return self.torch.empty(*shape, device=self.device, dtype=getattr(self.torch, dtype))

    def cold(self, make):
        """As many sets of inputs as exceed the cache."""
        first = make()
        size = sum(tensor.numel() * tensor.element_size() for tensor in first)
        sets = min(max(2, math.ceil(COLD_BYTES / size)), MOST_SETS)
        return [first] + [make() for _ in range(sets - 1)]

    def over(self, work, sets):
        return [lambda s=s: work(*s) for s in sets]

    def fused(self, work, sets):
        """The same, made into one kernel by PyTorch's compiler, if asked for."""
        if not self.compiled:
            return {}
        return {"compiled": lambda: self.over(self.torch.compile(work, dynamic=False), sets)}

    # A method for each kind of row: ways by their names, each made when used.

    def matmul(self, m, dtype, cold):
        a = self.random(m, 4096, dtype=dtype)
        out = self.empty(m, 4096, dtype=dtype)
        make = lambda: (self.random(4096, 4096, dtype=dtype),)
        sets = self.cold(make) if cold else [make()]
        return {"": lambda: self.over(lambda w: self.torch.mm(a, w, out=out), sets)}

    def route(self, logits, k):
        """The k largest, and a softmax over them: the fewest launches for it."""
        values, indices = self.torch.topk(logits, k, dim=-1)
        return indices, self.torch.softmax(values, dim=-1)

    def gather(self, outputs, indices, weights, token, out):
        """Zero, and add the weighted rows of every token's experts."""
        chosen = outputs.index_select(0, indices.flatten() * out.shape[0] + token)
        chosen.mul_(weights.reshape(-1, 1))
        out.zero_()
        out.index_add_(0, token, chosen)

    def topk(self, tokens, experts, k):
        logits = self.random(tokens, experts)
        return {"": lambda: [lambda: self.route(logits, k)]}

    def combine(self, tokens):
        outputs, token, out, logits = self.routed(tokens)
        indices, weights = self.route(logits, 2)
        return {"": lambda: [lambda: self.gather(outputs, indices, weights, token, out)]}

    def moe(self, tokens):
        outputs, token, out, logits = self.routed(tokens)
        return {"": lambda: [lambda: self.gather(outputs, *self.route(logits, 2), token, out)]}

    def routed(self, tokens, experts=8, k=2, hidden=4096):
        token = self.torch.arange(tokens, device=self.device).repeat_interleave(k)
        outputs = self.random(experts * tokens, hidden)
        return outputs, token, self.empty(tokens, hidden), self.random(tokens, experts)

    def rmsnorm(self, dtype, tokens=2048, hidden=4096):
        weight = self.random(hidden, dtype=dtype)
        work = lambda x: self.functional.rms_norm(x, (hidden,), weight, 1e-5)
        sets = self.cold(lambda: (self.random(tokens, hidden, dtype=dtype),))
        return {"": lambda: self.over(work, sets), **self.fused(work, sets)}

    def softmax(self, dtype, rows=2048, n=4096):
        work = lambda x: self.torch.softmax(x, dim=-1)
        sets = self.cold(lambda: (self.random(rows, n, dtype=dtype),))
        return {"": lambda: self.over(work, sets), **self.fused(work, sets)}

    def silu_gate(self, dtype, tokens=2048, intermediate=4096):
        pair = lambda: tuple(self.random(tokens, intermediate, dtype=dtype) for _ in range(2))
        sets = self.cold(pair)
        eager = lambda gate, up: self.functional.silu(gate).mul_(up)
        whole = lambda gate, up: self.functional.silu(gate) * up
        return {"": lambda: self.over(eager, sets), **self.fused(whole, sets)}

    def rope(self, dtype, tokens=2048, heads=32, width=128):
        half = width // 2
        cosines, sines = (self.random(tokens, 1, half, dtype=dtype) for _ in range(2))
        out = self.empty(tokens, heads, width, dtype=dtype)
        sets = self.cold(lambda: (self.random(tokens, heads, width, dtype=dtype),))

        def eager(x):
            left, right = x[..., :half], x[..., half:]
            self.torch.mul(left, cosines, out=out[..., :half]).addcmul_(right, sines, value=-1)
            self.torch.mul(right, cosines, out=out[..., half:]).addcmul_(left, sines)
            return out

        def whole(x):
            left, right = x[..., :half], x[..., half:]
            turned = (left * cosines - right * sines, right * cosines + left * sines)
            return self.torch.cat(turned, dim=-1)

        return {"": lambda: self.over(eager, sets), **self.fused(whole, sets)}

    def add(self, dtype, tokens=2048, hidden=4096):
        out = self.empty(tokens, hidden, dtype=dtype)
        sets = self.cold(lambda: tuple(self.random(tokens, hidden, dtype=dtype) for _ in range(2)))
        return {"": lambda: self.over(lambda a, b: self.torch.add(a, b, out=out), sets)}

    def embedding(self, dtype, tokens=2048, vocabulary=32000, hidden=4096):
        table = self.random(vocabulary, hidden, dtype=dtype)
        indices = self.torch.randint(vocabulary, (tokens,), device=self.device)
        out = self.empty(tokens, hidden, dtype=dtype)
        return {"": lambda: [lambda: self.torch.index_select(table, 0, indices, out=out)]}

    def prompt(self, heads, kv_heads, width, dtype, context=2048):
        q = self.random(1, heads, context, width, dtype=dtype)
        k, v = (self.random(1, kv_heads, context, width, dtype=dtype) for _ in range(2))
        return self.attended(q, [(k, v)], heads // kv_heads, dtype, True)

    def decode(self, heads, kv_heads, width, dtype, context=2048):
        q = self.random(1, heads, 1, width, dtype=dtype)
        make = lambda: self.random(1, kv_heads, context, width, dtype=dtype)
        sets = self.cold(lambda: (make(), make()))
        group = heads // kv_heads
        grouped = q.reshape(1, kv_heads, group, width)

        def products(k, v):
            """A group's queries are the rows of one product."""
            scores = self.torch.matmul(grouped, k.transpose(-1, -2)).mul_(width**-0.5)
            return self.torch.matmul(self.torch.softmax(scores, dim=-1), v)

        ways = self.attended(q, sets, group, dtype, False)
        ways["two products and a softmax"] = lambda: self.over(products, sets)
        return ways

    def attended(self, q, sets, group, dtype, causal):
        """scaled_dot_product_attention's ways for one set of inputs."""
        attend = self.functional.scaled_dot_product_attention
        flag = {"enable_gqa": True} if group > 1 else {}
        plain = lambda k, v: attend(q, k, v, is_causal=causal, **flag)

        def cudnn(k, v):
            from torch.nn.attention import SDPBackend, sdpa_kernel

            with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
                return plain(k, v)

        ways = {"sdpa" + (", enable_gqa" if flag else ""): lambda: self.over(plain, sets)}
        if dtype == "float16":
            ways["sdpa, cuDNN"] = lambda: self.over(cudnn, sets)
        if flag:
            # The copies are made beforehand, and not timed.
            repeated = lambda: [tuple(x.repeat_interleave(group, 1) for x in s) for s in sets]
            same = lambda k, v: attend(q, k, v, is_causal=causal)
            ways["sdpa, heads repeated"] = lambda: self.over(same, repeated())
        return ways

    # Timing.

    def time(self, calls, each=1):
        """Microseconds of a call and their interval; `each` stands for as many."""
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
        # Whole turns of the rotation.
        count -= count % len(calls)
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
        count = len(calls) * math.ceil(GRAPH_CALLS / len(calls))
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            for i in range(count):
                calls[i % len(calls)]()
        return self.time([graph.replay], count)

    def measure(self, what):
        """The fastest way as it is called, and as a graph: `(time, half, name)`
        each, or a text that says why there is none."""
        try:
            ways = getattr(self, what[0])(*what[1:])
        except Exception as error:
            return (self.failed(what, "", error),) * 2
        eager, graphed = [], []
        for name, make in ways.items():
            try:
                calls = make()
                eager.append((*self.time(calls), name))
                graphed.append((*self.graph(calls), name))
            except Exception as error:
                for times in (eager, graphed):
                    if not times or times[-1][-1] != name:
                        times.append((math.inf, math.nan, self.failed(what, name, error)))
            calls = None
            self.torch.cuda.empty_cache()
        return tuple(fastest(times) for times in (eager, graphed))

    def failed(self, what, name, error):
        print(f"PyTorch, {what} {name}:", file=sys.stderr)
        traceback.print_exception(error, file=sys.stderr)
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        return f"failed: {type(error).__name__}: {reason[:60]}".replace("|", "/")


def fastest(times):
    """The best of several ways, or why none worked."""
    best = min(times, key=lambda way: way[0])
    return best[-1] if math.isinf(best[0]) else best
