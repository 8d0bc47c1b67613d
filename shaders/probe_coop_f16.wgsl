// Probe: how fast f16 cooperative matrices multiply, with f32 accumulators.
//
// Bindings    @group(0) @binding(0) params: uniform {rounds: u32}, 4 bytes
//             @group(0) @binding(1) src: array<f16>, read, 1536 elements (3072
//             bytes): two 16x16 matrices A, then four B, small random values
//             @group(0) @binding(2) dst: array<f32>, read_write, 16384 elements
//             (65536 bytes)
// Dispatch    [workgroups, 1, 1] of 256 invocations, enough to fill the device
// FLOPs       65536 * rounds for each subgroup: 8 accumulators of 16x16x16, 2 each;
//             a workgroup has 256 / subgroup size of them
//
// Needs cooperative matrices and `shader-f16`. Eight accumulators that do not
// depend on each other hide the latency of one. Every subgroup of a workgroup
// stores the same sum in the same place.

enable f16;
enable wgpu_cooperative_matrix;

struct Params {
    rounds: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f16>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>) {
    let stride = 16u;
    let a0 = coopLoadT<coop_mat16x16<f16, A>>(&src[0], stride);
    let a1 = coopLoadT<coop_mat16x16<f16, A>>(&src[256], stride);
    let b0 = coopLoadT<coop_mat16x16<f16, B>>(&src[512], stride);
    let b1 = coopLoadT<coop_mat16x16<f16, B>>(&src[768], stride);
    let b2 = coopLoadT<coop_mat16x16<f16, B>>(&src[1024], stride);
    let b3 = coopLoadT<coop_mat16x16<f16, B>>(&src[1280], stride);
    var c00 = coop_mat16x16<f32, C>();
    var c01 = coop_mat16x16<f32, C>();
    var c02 = coop_mat16x16<f32, C>();
    var c03 = coop_mat16x16<f32, C>();
    var c10 = coop_mat16x16<f32, C>();
    var c11 = coop_mat16x16<f32, C>();
    var c12 = coop_mat16x16<f32, C>();
    var c13 = coop_mat16x16<f32, C>();
    let rounds = params.rounds;
    for (var round = 0u; round < rounds; round++) {
        c00 = coopMultiplyAdd(a0, b0, c00);
        c01 = coopMultiplyAdd(a0, b1, c01);
        c02 = coopMultiplyAdd(a0, b2, c02);
        c03 = coopMultiplyAdd(a0, b3, c03);
        c10 = coopMultiplyAdd(a1, b0, c10);
        c11 = coopMultiplyAdd(a1, b1, c11);
        c12 = coopMultiplyAdd(a1, b2, c12);
        c13 = coopMultiplyAdd(a1, b3, c13);
    }
    let sum = c00 + c01 + c02 + c03 + c10 + c11 + c12 + c13;
    let place = (group.x & 63u) * 256u;
    coopStoreT(sum, &dst[place], stride);
}
