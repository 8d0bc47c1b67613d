// Rendered from templates/attention.wgsl.j2 for attention/attention[context=2048,head_dim=128,heads=32,kv_heads=32,tokens=2048]@across=16,deep=32,keys=128,rows=128,storage=f16; not to be edited: `gate render` writes it anew.
enable f16;
struct Dims {
    tokens: u32,
    context: u32,
    heads: u32,
    kv_heads: u32,
    head_dim: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> q: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f16>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f16>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f16>>;

// Below every score.
const LOWEST = -3.0e38;

// Weights of 64 positions, by position and four queries. Before that, queries
// and keys by column and four of them; then each invocation's maxima.
var<workgroup> weights: array<array<array<array<vec4<f32>, 16>, 2>, 32>, 2>;
// Values by position, and four columns.
var<workgroup> values: array<array<vec4<f32>, 32>, 32>;

// Four columns of a head.
fn query(row: u32, head: u32, four: u32) -> vec4<f32> {
    return vec4<f32>(q[head * (dims.head_dim / 4u) + four]);
}

// Four columns of a head.
fn key(row: u32, head: u32, four: u32) -> vec4<f32> {
    return vec4<f32>(k[head * (dims.head_dim / 4u) + four]);
}

// Four columns of a head.
fn value(row: u32, head: u32, four: u32) -> vec4<f32> {
    return vec4<f32>(v[head * (dims.head_dim / 4u) + four]);
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let first = ((dims.tokens - 1u) / 128u - group.y) * 128u;
    let head = group.x;
    let kv_head = head / (dims.heads / dims.kv_heads);
    // Scores are logarithms to base 2.
    let scale = 1.44269504 * inverseSqrt(f32(dims.head_dim));
    // What the first row sees, and the last.
    let seen = dims.context - dims.tokens + first + 1u;
    let end = min(seen + 127u, dims.context);

    // Where this invocation's rows and columns lie in the tiles, in vec4s. Rows
    // of a tile are spread over the banks of workgroup memory by an exclusive or.
    // A subgroup of 32 takes 8 columns by 4 rows of them.
    let x = index % 8u + index / 32u % 2u * 8u;
    let y = index / 8u % 4u + index / 64u * 4u;
    let y_0 = y ^ 0u;
    let y_1 = y ^ 1u;
    let y_2 = y ^ 2u;
    let y_3 = y ^ 3u;
    let y_4 = y ^ 4u;
    let y_5 = y ^ 5u;
    let y_6 = y ^ 6u;
    let y_7 = y ^ 7u;
    let own = y ^ (x % 8u * 1u);
    let x0 = x + 0u;
    let x1 = x + 16u;
    let block0 = index;
    var next0_0 = vec4<f32>();
    var next0_1 = vec4<f32>();
    var next0_2 = vec4<f32>();
    var next0_3 = vec4<f32>();
    let block1 = index + 256u;
    var next1_0 = vec4<f32>();
    var next1_1 = vec4<f32>();
    var next1_2 = vec4<f32>();
    var next1_3 = vec4<f32>();
    var top0 = vec4<f32>(LOWEST);
    var sum0 = vec4<f32>();
    var top1 = vec4<f32>(LOWEST);
    var sum1 = vec4<f32>();
    var out0_0 = vec4<f32>();
    var out0_1 = vec4<f32>();
    var out1_0 = vec4<f32>();
    var out1_1 = vec4<f32>();
    var out2_0 = vec4<f32>();
    var out2_1 = vec4<f32>();
    var out3_0 = vec4<f32>();
    var out3_1 = vec4<f32>();
    var out4_0 = vec4<f32>();
    var out4_1 = vec4<f32>();
    var out5_0 = vec4<f32>();
    var out5_1 = vec4<f32>();
    var out6_0 = vec4<f32>();
    var out6_1 = vec4<f32>();
    var out7_0 = vec4<f32>();
    var out7_1 = vec4<f32>();
    for (var start = 0u; start < end; start += 128u) {
        var score0_0 = vec4<f32>();
        var score0_1 = vec4<f32>();
        var score1_0 = vec4<f32>();
        var score1_1 = vec4<f32>();
        var score2_0 = vec4<f32>();
        var score2_1 = vec4<f32>();
        var score3_0 = vec4<f32>();
        var score3_1 = vec4<f32>();
        var score4_0 = vec4<f32>();
        var score4_1 = vec4<f32>();
        var score5_0 = vec4<f32>();
        var score5_1 = vec4<f32>();
        var score6_0 = vec4<f32>();
        var score6_1 = vec4<f32>();
        var score7_0 = vec4<f32>();
        var score7_1 = vec4<f32>();
        var value0 = vec4<f32>();
        var value1 = vec4<f32>();
        var value2 = vec4<f32>();
        var value3 = vec4<f32>();
        for (var piece = 0u; piece < 4u; piece++) {
            {
                let row = first + block0 / 8u * 4u;
                let four = piece * 8u + block0 % 8u;
                next0_0 = query(row + 0u, (row + 0u) * dims.heads + head, four);
                next0_1 = query(row + 1u, (row + 1u) * dims.heads + head, four);
                next0_2 = query(row + 2u, (row + 2u) * dims.heads + head, four);
                next0_3 = query(row + 3u, (row + 3u) * dims.heads + head, four);
            }
            {
                let row = start + (block1 - 256u) / 8u * 4u;
                let four = piece * 8u + block1 % 8u;
                next1_0 = key(row + 0u, (row + 0u) * dims.kv_heads + kv_head, four);
                next1_1 = key(row + 1u, (row + 1u) * dims.kv_heads + kv_head, four);
                next1_2 = key(row + 2u, (row + 2u) * dims.kv_heads + kv_head, four);
                next1_3 = key(row + 3u, (row + 3u) * dims.kv_heads + kv_head, four);
            }
            workgroupBarrier();
            {
                let step = block0 % 8u;
                let slot = block0 / 8u;
                let side = slot / 16u;
                let at = (slot % 16u) ^ (step * 1u);
                weights[0][step * 4u + 0u][side][at] = vec4<f32>(next0_0.x, next0_1.x, next0_2.x, next0_3.x);
                weights[0][step * 4u + 1u][side][at] = vec4<f32>(next0_0.y, next0_1.y, next0_2.y, next0_3.y);
                weights[0][step * 4u + 2u][side][at] = vec4<f32>(next0_0.z, next0_1.z, next0_2.z, next0_3.z);
                weights[0][step * 4u + 3u][side][at] = vec4<f32>(next0_0.w, next0_1.w, next0_2.w, next0_3.w);
            }
            {
                let step = block1 % 8u;
                let slot = (block1 - 256u) / 8u;
                let side = slot / 16u;
                let at = (slot % 16u) ^ (step * 1u);
                weights[1][step * 4u + 0u][side][at] = vec4<f32>(next1_0.x, next1_1.x, next1_2.x, next1_3.x);
                weights[1][step * 4u + 1u][side][at] = vec4<f32>(next1_0.y, next1_1.y, next1_2.y, next1_3.y);
                weights[1][step * 4u + 2u][side][at] = vec4<f32>(next1_0.z, next1_1.z, next1_2.z, next1_3.z);
                weights[1][step * 4u + 3u][side][at] = vec4<f32>(next1_0.w, next1_1.w, next1_2.w, next1_3.w);
            }
            workgroupBarrier();
            {
                let a0 = weights[0][0][0][y_0];
                let a1 = weights[0][0][1][y_0];
                let b0 = weights[1][0][0][x ^ 0u];
                let b1 = weights[1][0][1][x ^ 0u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][1][0][y_0];
                let a1 = weights[0][1][1][y_0];
                let b0 = weights[1][1][0][x ^ 0u];
                let b1 = weights[1][1][1][x ^ 0u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][2][0][y_0];
                let a1 = weights[0][2][1][y_0];
                let b0 = weights[1][2][0][x ^ 0u];
                let b1 = weights[1][2][1][x ^ 0u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][3][0][y_0];
                let a1 = weights[0][3][1][y_0];
                let b0 = weights[1][3][0][x ^ 0u];
                let b1 = weights[1][3][1][x ^ 0u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][4][0][y_1];
                let a1 = weights[0][4][1][y_1];
                let b0 = weights[1][4][0][x ^ 1u];
                let b1 = weights[1][4][1][x ^ 1u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][5][0][y_1];
                let a1 = weights[0][5][1][y_1];
                let b0 = weights[1][5][0][x ^ 1u];
                let b1 = weights[1][5][1][x ^ 1u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][6][0][y_1];
                let a1 = weights[0][6][1][y_1];
                let b0 = weights[1][6][0][x ^ 1u];
                let b1 = weights[1][6][1][x ^ 1u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][7][0][y_1];
                let a1 = weights[0][7][1][y_1];
                let b0 = weights[1][7][0][x ^ 1u];
                let b1 = weights[1][7][1][x ^ 1u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][8][0][y_2];
                let a1 = weights[0][8][1][y_2];
                let b0 = weights[1][8][0][x ^ 2u];
                let b1 = weights[1][8][1][x ^ 2u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][9][0][y_2];
                let a1 = weights[0][9][1][y_2];
                let b0 = weights[1][9][0][x ^ 2u];
                let b1 = weights[1][9][1][x ^ 2u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][10][0][y_2];
                let a1 = weights[0][10][1][y_2];
                let b0 = weights[1][10][0][x ^ 2u];
                let b1 = weights[1][10][1][x ^ 2u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][11][0][y_2];
                let a1 = weights[0][11][1][y_2];
                let b0 = weights[1][11][0][x ^ 2u];
                let b1 = weights[1][11][1][x ^ 2u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][12][0][y_3];
                let a1 = weights[0][12][1][y_3];
                let b0 = weights[1][12][0][x ^ 3u];
                let b1 = weights[1][12][1][x ^ 3u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][13][0][y_3];
                let a1 = weights[0][13][1][y_3];
                let b0 = weights[1][13][0][x ^ 3u];
                let b1 = weights[1][13][1][x ^ 3u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][14][0][y_3];
                let a1 = weights[0][14][1][y_3];
                let b0 = weights[1][14][0][x ^ 3u];
                let b1 = weights[1][14][1][x ^ 3u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][15][0][y_3];
                let a1 = weights[0][15][1][y_3];
                let b0 = weights[1][15][0][x ^ 3u];
                let b1 = weights[1][15][1][x ^ 3u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][16][0][y_4];
                let a1 = weights[0][16][1][y_4];
                let b0 = weights[1][16][0][x ^ 4u];
                let b1 = weights[1][16][1][x ^ 4u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][17][0][y_4];
                let a1 = weights[0][17][1][y_4];
                let b0 = weights[1][17][0][x ^ 4u];
                let b1 = weights[1][17][1][x ^ 4u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][18][0][y_4];
                let a1 = weights[0][18][1][y_4];
                let b0 = weights[1][18][0][x ^ 4u];
                let b1 = weights[1][18][1][x ^ 4u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][19][0][y_4];
                let a1 = weights[0][19][1][y_4];
                let b0 = weights[1][19][0][x ^ 4u];
                let b1 = weights[1][19][1][x ^ 4u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][20][0][y_5];
                let a1 = weights[0][20][1][y_5];
                let b0 = weights[1][20][0][x ^ 5u];
                let b1 = weights[1][20][1][x ^ 5u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][21][0][y_5];
                let a1 = weights[0][21][1][y_5];
                let b0 = weights[1][21][0][x ^ 5u];
                let b1 = weights[1][21][1][x ^ 5u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][22][0][y_5];
                let a1 = weights[0][22][1][y_5];
                let b0 = weights[1][22][0][x ^ 5u];
                let b1 = weights[1][22][1][x ^ 5u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][23][0][y_5];
                let a1 = weights[0][23][1][y_5];
                let b0 = weights[1][23][0][x ^ 5u];
                let b1 = weights[1][23][1][x ^ 5u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][24][0][y_6];
                let a1 = weights[0][24][1][y_6];
                let b0 = weights[1][24][0][x ^ 6u];
                let b1 = weights[1][24][1][x ^ 6u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][25][0][y_6];
                let a1 = weights[0][25][1][y_6];
                let b0 = weights[1][25][0][x ^ 6u];
                let b1 = weights[1][25][1][x ^ 6u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][26][0][y_6];
                let a1 = weights[0][26][1][y_6];
                let b0 = weights[1][26][0][x ^ 6u];
                let b1 = weights[1][26][1][x ^ 6u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][27][0][y_6];
                let a1 = weights[0][27][1][y_6];
                let b0 = weights[1][27][0][x ^ 6u];
                let b1 = weights[1][27][1][x ^ 6u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][28][0][y_7];
                let a1 = weights[0][28][1][y_7];
                let b0 = weights[1][28][0][x ^ 7u];
                let b1 = weights[1][28][1][x ^ 7u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][29][0][y_7];
                let a1 = weights[0][29][1][y_7];
                let b0 = weights[1][29][0][x ^ 7u];
                let b1 = weights[1][29][1][x ^ 7u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][30][0][y_7];
                let a1 = weights[0][30][1][y_7];
                let b0 = weights[1][30][0][x ^ 7u];
                let b1 = weights[1][30][1][x ^ 7u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
            {
                let a0 = weights[0][31][0][y_7];
                let a1 = weights[0][31][1][y_7];
                let b0 = weights[1][31][0][x ^ 7u];
                let b1 = weights[1][31][1][x ^ 7u];
                score0_0 += a0.x * b0;
                score0_1 += a0.x * b1;
                score1_0 += a0.y * b0;
                score1_1 += a0.y * b1;
                score2_0 += a0.z * b0;
                score2_1 += a0.z * b1;
                score3_0 += a0.w * b0;
                score3_1 += a0.w * b1;
                score4_0 += a1.x * b0;
                score4_1 += a1.x * b1;
                score5_0 += a1.y * b0;
                score5_1 += a1.y * b1;
                score6_0 += a1.z * b0;
                score6_1 += a1.z * b1;
                score7_0 += a1.w * b0;
                score7_1 += a1.w * b1;
            }
        }
        score0_0 *= scale;
        score0_1 *= scale;
        score1_0 *= scale;
        score1_1 *= scale;
        score2_0 *= scale;
        score2_1 *= scale;
        score3_0 *= scale;
        score3_1 *= scale;
        score4_0 *= scale;
        score4_1 *= scale;
        score5_0 *= scale;
        score5_1 *= scale;
        score6_0 *= scale;
        score6_1 *= scale;
        score7_0 *= scale;
        score7_1 *= scale;
        if start + 128u > seen {
            // Some rows do not see all of these.
            let position0 = start + 4u * x0 + vec4<u32>(0u, 1u, 2u, 3u);
            let position1 = start + 4u * x1 + vec4<u32>(0u, 1u, 2u, 3u);
            score0_0 = select(vec4<f32>(LOWEST), score0_0, position0 < vec4<u32>(seen + 4u * y + 0u));
            score0_1 = select(vec4<f32>(LOWEST), score0_1, position1 < vec4<u32>(seen + 4u * y + 0u));
            score1_0 = select(vec4<f32>(LOWEST), score1_0, position0 < vec4<u32>(seen + 4u * y + 1u));
            score1_1 = select(vec4<f32>(LOWEST), score1_1, position1 < vec4<u32>(seen + 4u * y + 1u));
            score2_0 = select(vec4<f32>(LOWEST), score2_0, position0 < vec4<u32>(seen + 4u * y + 2u));
            score2_1 = select(vec4<f32>(LOWEST), score2_1, position1 < vec4<u32>(seen + 4u * y + 2u));
            score3_0 = select(vec4<f32>(LOWEST), score3_0, position0 < vec4<u32>(seen + 4u * y + 3u));
            score3_1 = select(vec4<f32>(LOWEST), score3_1, position1 < vec4<u32>(seen + 4u * y + 3u));
            score4_0 = select(vec4<f32>(LOWEST), score4_0, position0 < vec4<u32>(seen + 4u * y + 64u));
            score4_1 = select(vec4<f32>(LOWEST), score4_1, position1 < vec4<u32>(seen + 4u * y + 64u));
            score5_0 = select(vec4<f32>(LOWEST), score5_0, position0 < vec4<u32>(seen + 4u * y + 65u));
            score5_1 = select(vec4<f32>(LOWEST), score5_1, position1 < vec4<u32>(seen + 4u * y + 65u));
            score6_0 = select(vec4<f32>(LOWEST), score6_0, position0 < vec4<u32>(seen + 4u * y + 66u));
            score6_1 = select(vec4<f32>(LOWEST), score6_1, position1 < vec4<u32>(seen + 4u * y + 66u));
            score7_0 = select(vec4<f32>(LOWEST), score7_0, position0 < vec4<u32>(seen + 4u * y + 67u));
            score7_1 = select(vec4<f32>(LOWEST), score7_1, position1 < vec4<u32>(seen + 4u * y + 67u));
        }

        // The rows' new maxima, and what the sums so far fade by.
        workgroupBarrier();
        var highest0 = top0;
        highest0 = max(highest0, vec4<f32>(score0_0.x, score1_0.x, score2_0.x, score3_0.x));
        highest0 = max(highest0, vec4<f32>(score0_0.y, score1_0.y, score2_0.y, score3_0.y));
        highest0 = max(highest0, vec4<f32>(score0_0.z, score1_0.z, score2_0.z, score3_0.z));
        highest0 = max(highest0, vec4<f32>(score0_0.w, score1_0.w, score2_0.w, score3_0.w));
        highest0 = max(highest0, vec4<f32>(score0_1.x, score1_1.x, score2_1.x, score3_1.x));
        highest0 = max(highest0, vec4<f32>(score0_1.y, score1_1.y, score2_1.y, score3_1.y));
        highest0 = max(highest0, vec4<f32>(score0_1.z, score1_1.z, score2_1.z, score3_1.z));
        highest0 = max(highest0, vec4<f32>(score0_1.w, score1_1.w, score2_1.w, score3_1.w));
        weights[x / 32u][x % 32u][0][own] = highest0;
        var highest1 = top1;
        highest1 = max(highest1, vec4<f32>(score4_0.x, score5_0.x, score6_0.x, score7_0.x));
        highest1 = max(highest1, vec4<f32>(score4_0.y, score5_0.y, score6_0.y, score7_0.y));
        highest1 = max(highest1, vec4<f32>(score4_0.z, score5_0.z, score6_0.z, score7_0.z));
        highest1 = max(highest1, vec4<f32>(score4_0.w, score5_0.w, score6_0.w, score7_0.w));
        highest1 = max(highest1, vec4<f32>(score4_1.x, score5_1.x, score6_1.x, score7_1.x));
        highest1 = max(highest1, vec4<f32>(score4_1.y, score5_1.y, score6_1.y, score7_1.y));
        highest1 = max(highest1, vec4<f32>(score4_1.z, score5_1.z, score6_1.z, score7_1.z));
        highest1 = max(highest1, vec4<f32>(score4_1.w, score5_1.w, score6_1.w, score7_1.w));
        weights[x / 32u][x % 32u][1][own] = highest1;
        workgroupBarrier();
        highest0 = max(highest0, weights[0][0][0][y_0]);
        highest1 = max(highest1, weights[0][0][1][y_0]);
        highest0 = max(highest0, weights[0][1][0][y_1]);
        highest1 = max(highest1, weights[0][1][1][y_1]);
        highest0 = max(highest0, weights[0][2][0][y_2]);
        highest1 = max(highest1, weights[0][2][1][y_2]);
        highest0 = max(highest0, weights[0][3][0][y_3]);
        highest1 = max(highest1, weights[0][3][1][y_3]);
        highest0 = max(highest0, weights[0][4][0][y_4]);
        highest1 = max(highest1, weights[0][4][1][y_4]);
        highest0 = max(highest0, weights[0][5][0][y_5]);
        highest1 = max(highest1, weights[0][5][1][y_5]);
        highest0 = max(highest0, weights[0][6][0][y_6]);
        highest1 = max(highest1, weights[0][6][1][y_6]);
        highest0 = max(highest0, weights[0][7][0][y_7]);
        highest1 = max(highest1, weights[0][7][1][y_7]);
        highest0 = max(highest0, weights[0][8][0][y_0]);
        highest1 = max(highest1, weights[0][8][1][y_0]);
        highest0 = max(highest0, weights[0][9][0][y_1]);
        highest1 = max(highest1, weights[0][9][1][y_1]);
        highest0 = max(highest0, weights[0][10][0][y_2]);
        highest1 = max(highest1, weights[0][10][1][y_2]);
        highest0 = max(highest0, weights[0][11][0][y_3]);
        highest1 = max(highest1, weights[0][11][1][y_3]);
        highest0 = max(highest0, weights[0][12][0][y_4]);
        highest1 = max(highest1, weights[0][12][1][y_4]);
        highest0 = max(highest0, weights[0][13][0][y_5]);
        highest1 = max(highest1, weights[0][13][1][y_5]);
        highest0 = max(highest0, weights[0][14][0][y_6]);
        highest1 = max(highest1, weights[0][14][1][y_6]);
        highest0 = max(highest0, weights[0][15][0][y_7]);
        highest1 = max(highest1, weights[0][15][1][y_7]);
        let fade0 = exp2(top0 - highest0);
        top0 = highest0;
        sum0 *= fade0;
        let fade1 = exp2(top1 - highest1);
        top1 = highest1;
        sum1 *= fade1;
        score0_0 = exp2(score0_0 - top0.x);
        score0_1 = exp2(score0_1 - top0.x);
        out0_0 *= fade0.x;
        out0_1 *= fade0.x;
        score1_0 = exp2(score1_0 - top0.y);
        score1_1 = exp2(score1_1 - top0.y);
        out1_0 *= fade0.y;
        out1_1 *= fade0.y;
        score2_0 = exp2(score2_0 - top0.z);
        score2_1 = exp2(score2_1 - top0.z);
        out2_0 *= fade0.z;
        out2_1 *= fade0.z;
        score3_0 = exp2(score3_0 - top0.w);
        score3_1 = exp2(score3_1 - top0.w);
        out3_0 *= fade0.w;
        out3_1 *= fade0.w;
        score4_0 = exp2(score4_0 - top1.x);
        score4_1 = exp2(score4_1 - top1.x);
        out4_0 *= fade1.x;
        out4_1 *= fade1.x;
        score5_0 = exp2(score5_0 - top1.y);
        score5_1 = exp2(score5_1 - top1.y);
        out5_0 *= fade1.y;
        out5_1 *= fade1.y;
        score6_0 = exp2(score6_0 - top1.z);
        score6_1 = exp2(score6_1 - top1.z);
        out6_0 *= fade1.z;
        out6_1 *= fade1.z;
        score7_0 = exp2(score7_0 - top1.w);
        score7_1 = exp2(score7_1 - top1.w);
        out7_0 *= fade1.w;
        out7_1 *= fade1.w;
        for (var wave = 0u; wave < 2u; wave++) {
            workgroupBarrier();
            if wave == 0u {
                {
                    let weight = vec4<f32>(score0_0.x, score1_0.x, score2_0.x, score3_0.x);
                    sum0 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 0u][0][own] = weight;
                }
                {
                    let weight = vec4<f32>(score0_0.y, score1_0.y, score2_0.y, score3_0.y);
                    sum0 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 1u][0][own] = weight;
                }
                {
                    let weight = vec4<f32>(score0_0.z, score1_0.z, score2_0.z, score3_0.z);
                    sum0 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 2u][0][own] = weight;
                }
                {
                    let weight = vec4<f32>(score0_0.w, score1_0.w, score2_0.w, score3_0.w);
                    sum0 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 3u][0][own] = weight;
                }
                {
                    let weight = vec4<f32>(score4_0.x, score5_0.x, score6_0.x, score7_0.x);
                    sum1 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 0u][1][own] = weight;
                }
                {
                    let weight = vec4<f32>(score4_0.y, score5_0.y, score6_0.y, score7_0.y);
                    sum1 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 1u][1][own] = weight;
                }
                {
                    let weight = vec4<f32>(score4_0.z, score5_0.z, score6_0.z, score7_0.z);
                    sum1 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 2u][1][own] = weight;
                }
                {
                    let weight = vec4<f32>(score4_0.w, score5_0.w, score6_0.w, score7_0.w);
                    sum1 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 3u][1][own] = weight;
                }
            } else {
                {
                    let weight = vec4<f32>(score0_1.x, score1_1.x, score2_1.x, score3_1.x);
                    sum0 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 0u][0][own] = weight;
                }
                {
                    let weight = vec4<f32>(score0_1.y, score1_1.y, score2_1.y, score3_1.y);
                    sum0 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 1u][0][own] = weight;
                }
                {
                    let weight = vec4<f32>(score0_1.z, score1_1.z, score2_1.z, score3_1.z);
                    sum0 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 2u][0][own] = weight;
                }
                {
                    let weight = vec4<f32>(score0_1.w, score1_1.w, score2_1.w, score3_1.w);
                    sum0 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 3u][0][own] = weight;
                }
                {
                    let weight = vec4<f32>(score4_1.x, score5_1.x, score6_1.x, score7_1.x);
                    sum1 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 0u][1][own] = weight;
                }
                {
                    let weight = vec4<f32>(score4_1.y, score5_1.y, score6_1.y, score7_1.y);
                    sum1 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 1u][1][own] = weight;
                }
                {
                    let weight = vec4<f32>(score4_1.z, score5_1.z, score6_1.z, score7_1.z);
                    sum1 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 2u][1][own] = weight;
                }
                {
                    let weight = vec4<f32>(score4_1.w, score5_1.w, score6_1.w, score7_1.w);
                    sum1 += weight;
                    weights[x0 / 8u][x % 8u * 4u + 3u][1][own] = weight;
                }
            }
            for (var piece = 0u; piece < 2u; piece++) {
                {
                    let position = (start + wave * 64u) + piece * 32u + (index + 0u) / 32u;
                    value0 = value(position, position * dims.kv_heads + kv_head, (index + 0u) % 32u);
                }
                {
                    let position = (start + wave * 64u) + piece * 32u + (index + 256u) / 32u;
                    value1 = value(position, position * dims.kv_heads + kv_head, (index + 256u) % 32u);
                }
                {
                    let position = (start + wave * 64u) + piece * 32u + (index + 512u) / 32u;
                    value2 = value(position, position * dims.kv_heads + kv_head, (index + 512u) % 32u);
                }
                {
                    let position = (start + wave * 64u) + piece * 32u + (index + 768u) / 32u;
                    value3 = value(position, position * dims.kv_heads + kv_head, (index + 768u) % 32u);
                }
                workgroupBarrier();
                {
                    values[(index + 0u) / 32u][(index + 0u) % 32u] = value0;
                }
                {
                    values[(index + 256u) / 32u][(index + 256u) % 32u] = value1;
                }
                {
                    values[(index + 512u) / 32u][(index + 512u) % 32u] = value2;
                }
                {
                    values[(index + 768u) / 32u][(index + 768u) % 32u] = value3;
                }
                workgroupBarrier();
                {
                    let a0 = weights[piece][0][0][y_0];
                    let a1 = weights[piece][0][1][y_0];
                    let b0 = values[0][x0];
                    let b1 = values[0][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][1][0][y_0];
                    let a1 = weights[piece][1][1][y_0];
                    let b0 = values[1][x0];
                    let b1 = values[1][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][2][0][y_0];
                    let a1 = weights[piece][2][1][y_0];
                    let b0 = values[2][x0];
                    let b1 = values[2][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][3][0][y_0];
                    let a1 = weights[piece][3][1][y_0];
                    let b0 = values[3][x0];
                    let b1 = values[3][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][4][0][y_1];
                    let a1 = weights[piece][4][1][y_1];
                    let b0 = values[4][x0];
                    let b1 = values[4][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][5][0][y_1];
                    let a1 = weights[piece][5][1][y_1];
                    let b0 = values[5][x0];
                    let b1 = values[5][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][6][0][y_1];
                    let a1 = weights[piece][6][1][y_1];
                    let b0 = values[6][x0];
                    let b1 = values[6][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][7][0][y_1];
                    let a1 = weights[piece][7][1][y_1];
                    let b0 = values[7][x0];
                    let b1 = values[7][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][8][0][y_2];
                    let a1 = weights[piece][8][1][y_2];
                    let b0 = values[8][x0];
                    let b1 = values[8][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][9][0][y_2];
                    let a1 = weights[piece][9][1][y_2];
                    let b0 = values[9][x0];
                    let b1 = values[9][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][10][0][y_2];
                    let a1 = weights[piece][10][1][y_2];
                    let b0 = values[10][x0];
                    let b1 = values[10][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][11][0][y_2];
                    let a1 = weights[piece][11][1][y_2];
                    let b0 = values[11][x0];
                    let b1 = values[11][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][12][0][y_3];
                    let a1 = weights[piece][12][1][y_3];
                    let b0 = values[12][x0];
                    let b1 = values[12][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][13][0][y_3];
                    let a1 = weights[piece][13][1][y_3];
                    let b0 = values[13][x0];
                    let b1 = values[13][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][14][0][y_3];
                    let a1 = weights[piece][14][1][y_3];
                    let b0 = values[14][x0];
                    let b1 = values[14][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][15][0][y_3];
                    let a1 = weights[piece][15][1][y_3];
                    let b0 = values[15][x0];
                    let b1 = values[15][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][16][0][y_4];
                    let a1 = weights[piece][16][1][y_4];
                    let b0 = values[16][x0];
                    let b1 = values[16][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][17][0][y_4];
                    let a1 = weights[piece][17][1][y_4];
                    let b0 = values[17][x0];
                    let b1 = values[17][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][18][0][y_4];
                    let a1 = weights[piece][18][1][y_4];
                    let b0 = values[18][x0];
                    let b1 = values[18][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][19][0][y_4];
                    let a1 = weights[piece][19][1][y_4];
                    let b0 = values[19][x0];
                    let b1 = values[19][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][20][0][y_5];
                    let a1 = weights[piece][20][1][y_5];
                    let b0 = values[20][x0];
                    let b1 = values[20][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][21][0][y_5];
                    let a1 = weights[piece][21][1][y_5];
                    let b0 = values[21][x0];
                    let b1 = values[21][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][22][0][y_5];
                    let a1 = weights[piece][22][1][y_5];
                    let b0 = values[22][x0];
                    let b1 = values[22][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][23][0][y_5];
                    let a1 = weights[piece][23][1][y_5];
                    let b0 = values[23][x0];
                    let b1 = values[23][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][24][0][y_6];
                    let a1 = weights[piece][24][1][y_6];
                    let b0 = values[24][x0];
                    let b1 = values[24][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][25][0][y_6];
                    let a1 = weights[piece][25][1][y_6];
                    let b0 = values[25][x0];
                    let b1 = values[25][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][26][0][y_6];
                    let a1 = weights[piece][26][1][y_6];
                    let b0 = values[26][x0];
                    let b1 = values[26][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][27][0][y_6];
                    let a1 = weights[piece][27][1][y_6];
                    let b0 = values[27][x0];
                    let b1 = values[27][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][28][0][y_7];
                    let a1 = weights[piece][28][1][y_7];
                    let b0 = values[28][x0];
                    let b1 = values[28][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][29][0][y_7];
                    let a1 = weights[piece][29][1][y_7];
                    let b0 = values[29][x0];
                    let b1 = values[29][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][30][0][y_7];
                    let a1 = weights[piece][30][1][y_7];
                    let b0 = values[30][x0];
                    let b1 = values[30][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
                {
                    let a0 = weights[piece][31][0][y_7];
                    let a1 = weights[piece][31][1][y_7];
                    let b0 = values[31][x0];
                    let b1 = values[31][x1];
                    out0_0 += a0.x * b0;
                    out0_1 += a0.x * b1;
                    out1_0 += a0.y * b0;
                    out1_1 += a0.y * b1;
                    out2_0 += a0.z * b0;
                    out2_1 += a0.z * b1;
                    out3_0 += a0.w * b0;
                    out3_1 += a0.w * b1;
                    out4_0 += a1.x * b0;
                    out4_1 += a1.x * b1;
                    out5_0 += a1.y * b0;
                    out5_1 += a1.y * b1;
                    out6_0 += a1.z * b0;
                    out6_1 += a1.z * b1;
                    out7_0 += a1.w * b0;
                    out7_1 += a1.w * b1;
                }
            }
        }
    }

    // Each invocation has summed the weights of its own positions.
    workgroupBarrier();
    weights[x / 32u][x % 32u][0][own] = sum0;
    weights[x / 32u][x % 32u][1][own] = sum1;
    workgroupBarrier();
    var total0 = weights[0][0][0][y_0];
    total0 += weights[0][1][0][y_1];
    total0 += weights[0][2][0][y_2];
    total0 += weights[0][3][0][y_3];
    total0 += weights[0][4][0][y_4];
    total0 += weights[0][5][0][y_5];
    total0 += weights[0][6][0][y_6];
    total0 += weights[0][7][0][y_7];
    total0 += weights[0][8][0][y_0];
    total0 += weights[0][9][0][y_1];
    total0 += weights[0][10][0][y_2];
    total0 += weights[0][11][0][y_3];
    total0 += weights[0][12][0][y_4];
    total0 += weights[0][13][0][y_5];
    total0 += weights[0][14][0][y_6];
    total0 += weights[0][15][0][y_7];
    var total1 = weights[0][0][1][y_0];
    total1 += weights[0][1][1][y_1];
    total1 += weights[0][2][1][y_2];
    total1 += weights[0][3][1][y_3];
    total1 += weights[0][4][1][y_4];
    total1 += weights[0][5][1][y_5];
    total1 += weights[0][6][1][y_6];
    total1 += weights[0][7][1][y_7];
    total1 += weights[0][8][1][y_0];
    total1 += weights[0][9][1][y_1];
    total1 += weights[0][10][1][y_2];
    total1 += weights[0][11][1][y_3];
    total1 += weights[0][12][1][y_4];
    total1 += weights[0][13][1][y_5];
    total1 += weights[0][14][1][y_6];
    total1 += weights[0][15][1][y_7];
    {
        let row = first + 4u * y + 0u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total0.x;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f16>(out0_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f16>(out0_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 1u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total0.y;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f16>(out1_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f16>(out1_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 2u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total0.z;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f16>(out2_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f16>(out2_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 3u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total0.w;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f16>(out3_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f16>(out3_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 64u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total1.x;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f16>(out4_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f16>(out4_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 65u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total1.y;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f16>(out5_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f16>(out5_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 66u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total1.z;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f16>(out6_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f16>(out6_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 67u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total1.w;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f16>(out7_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f16>(out7_1 / total);
            }
        }
    }
}
