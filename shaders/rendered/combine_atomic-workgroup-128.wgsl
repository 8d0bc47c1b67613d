// Rendered from templates/combine_atomic.wgsl.j2 for moe/combine_atomic[experts=8,hidden=4096,k=2,tokens=128]@workgroup=128; not to be edited: `gate render` writes it anew.
struct Dims {
    tokens: u32,
    hidden: u32,
    experts: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> expert_outputs: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<atomic<u32>>;

@compute @workgroup_size(128)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let slot = group.y + group.z * 65535u;
    let column = group.x * 128u + index;
    if slot >= dims.tokens * dims.k || column >= dims.hidden {
        return;
    }
    let token = slot / dims.k;
    let expert = indices[slot];
    if expert >= dims.experts {
        return;
    }
    let value = weights[slot] * expert_outputs[(expert * dims.tokens + token) * dims.hidden + column];
    let at = token * dims.hidden + column;
    var old = atomicLoad(&out[at]);
    loop {
        let sum = bitcast<u32>(bitcast<f32>(old) + value);
        let swap = atomicCompareExchangeWeak(&out[at], old, sum);
        if swap.exchanged {
            break;
        }
        old = swap.old_value;
    }
}
