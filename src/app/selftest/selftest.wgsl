// A copy that takes its time: `steps` multiply-adds, each waiting for the one
// before, and as many percent more as `extra` says.

override extra: u32 = 0u;
override fault: u32 = 0u;

struct Parameters {
    n: u32,
    steps: u32,
    // Zero; but no compiler knows, so that none drops the work.
    zero: f32,
}

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;

fn step(work: f32) -> f32 {
    return fma(work, 0.75, 0.25);
}

fn four(work: f32) -> f32 {
    return step(step(step(step(work))));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = id.x;
    if at >= parameters.n {
        return;
    }
    // Twenty steps a turn: llvmpipe leaves all loops of an invocation after
    // 65,535 turns together, nested or not.
    var work = src[at];
    for (var percent = 0u; percent < 100u + extra; percent += 1u) {
        for (var i = 0u; i < parameters.steps / 2000u; i += 1u) {
            work = four(four(four(four(four(work)))));
        }
    }
    if fault == 2u && at == 7u {
        return;
    }
    var value = src[at] + work * parameters.zero;
    if fault == 1u && at == 7u {
        value += 1.0;
    }
    dst[at] = value;
}
