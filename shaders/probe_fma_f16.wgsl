// Probe: how fast f16 fused multiply-adds go.
//
// Bindings    @group(0) @binding(0) params: uniform {rounds: u32, scale: f32, step: f32},
//             12 bytes, in this order
//             @group(0) @binding(1) dst: array<f32>, read_write, one element
// Parameters  scale 0.5 and step 1.0 keep every chain near 2 and clear of
//             infinities and subnormals
// Dispatch    [workgroups, 1, 1] of 256 invocations, enough to fill the device
// FLOPs       512 * rounds for each invocation: 8 chains of vec4, 4 lanes,
//             8 steps a round, 2 each
//
// Needs `shader-f16`. Vectors let hardware that packs two halves use both.

enable f16;

struct Params {
    rounds: u32,
    scale: f32,
    step: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let scale = vec4<f16>(f16(params.scale));
    let step = vec4<f16>(f16(params.step));
    let seed = f16(id.x & 255u) / 256.0h;
    var c0 = vec4<f16>(seed) + vec4<f16>(0.0, 0.25, 0.5, 0.75);
    var c1 = vec4<f16>(seed) + vec4<f16>(1.0, 1.25, 1.5, 1.75);
    var c2 = vec4<f16>(seed) + vec4<f16>(2.0, 2.25, 2.5, 2.75);
    var c3 = vec4<f16>(seed) + vec4<f16>(3.0, 3.25, 3.5, 3.75);
    var c4 = vec4<f16>(seed) + vec4<f16>(4.0, 4.25, 4.5, 4.75);
    var c5 = vec4<f16>(seed) + vec4<f16>(5.0, 5.25, 5.5, 5.75);
    var c6 = vec4<f16>(seed) + vec4<f16>(6.0, 6.25, 6.5, 6.75);
    var c7 = vec4<f16>(seed) + vec4<f16>(7.0, 7.25, 7.5, 7.75);
    for (var round = 0u; round < params.rounds; round++) {
        c0 = fma(c0, scale, step);
        c1 = fma(c1, scale, step);
        c2 = fma(c2, scale, step);
        c3 = fma(c3, scale, step);
        c4 = fma(c4, scale, step);
        c5 = fma(c5, scale, step);
        c6 = fma(c6, scale, step);
        c7 = fma(c7, scale, step);
        c0 = fma(c0, scale, step);
        c1 = fma(c1, scale, step);
        c2 = fma(c2, scale, step);
        c3 = fma(c3, scale, step);
        c4 = fma(c4, scale, step);
        c5 = fma(c5, scale, step);
        c6 = fma(c6, scale, step);
        c7 = fma(c7, scale, step);
        c0 = fma(c0, scale, step);
        c1 = fma(c1, scale, step);
        c2 = fma(c2, scale, step);
        c3 = fma(c3, scale, step);
        c4 = fma(c4, scale, step);
        c5 = fma(c5, scale, step);
        c6 = fma(c6, scale, step);
        c7 = fma(c7, scale, step);
        c0 = fma(c0, scale, step);
        c1 = fma(c1, scale, step);
        c2 = fma(c2, scale, step);
        c3 = fma(c3, scale, step);
        c4 = fma(c4, scale, step);
        c5 = fma(c5, scale, step);
        c6 = fma(c6, scale, step);
        c7 = fma(c7, scale, step);
        c0 = fma(c0, scale, step);
        c1 = fma(c1, scale, step);
        c2 = fma(c2, scale, step);
        c3 = fma(c3, scale, step);
        c4 = fma(c4, scale, step);
        c5 = fma(c5, scale, step);
        c6 = fma(c6, scale, step);
        c7 = fma(c7, scale, step);
        c0 = fma(c0, scale, step);
        c1 = fma(c1, scale, step);
        c2 = fma(c2, scale, step);
        c3 = fma(c3, scale, step);
        c4 = fma(c4, scale, step);
        c5 = fma(c5, scale, step);
        c6 = fma(c6, scale, step);
        c7 = fma(c7, scale, step);
        c0 = fma(c0, scale, step);
        c1 = fma(c1, scale, step);
        c2 = fma(c2, scale, step);
        c3 = fma(c3, scale, step);
        c4 = fma(c4, scale, step);
        c5 = fma(c5, scale, step);
        c6 = fma(c6, scale, step);
        c7 = fma(c7, scale, step);
        c0 = fma(c0, scale, step);
        c1 = fma(c1, scale, step);
        c2 = fma(c2, scale, step);
        c3 = fma(c3, scale, step);
        c4 = fma(c4, scale, step);
        c5 = fma(c5, scale, step);
        c6 = fma(c6, scale, step);
        c7 = fma(c7, scale, step);
    }
    let sum = c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7;
    let total = f32(sum.x) + f32(sum.y) + f32(sum.z) + f32(sum.w);
    // Never true with the parameters above: the sum is near 64.
    if total == -1.0 {
        dst[0] = total;
    }
}
