// Rendered from templates/attention.wgsl.j2 for attention/attention[context=32,head_dim=64,heads=8,kv_heads=8,tokens=32]@ahead=1,rows=32,storage=f32; not to be edited: `gate render` writes it anew.
struct Dims {
    tokens: u32,
    context: u32,
    heads: u32,
    kv_heads: u32,
    head_dim: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;

// Below every score.
const LOWEST = -3.0e38;

// Weights of 32 positions, by position and four queries. Before that, queries
// and keys by column and four of them; then each invocation's maxima.
var<workgroup> weights: array<array<array<array<vec4<f32>, 8>, 1>, 8>, 4>;
// Values by position, and four columns.
var<workgroup> values: array<array<vec4<f32>, 16>, 8>;

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

@compute @workgroup_size(32)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let first = ((dims.tokens - 1u) / 32u - group.y) * 32u;
    let head = group.x;
    let kv_head = head / (dims.heads / dims.kv_heads);
    // Scores are logarithms to base 2.
    let scale = 1.44269504 * inverseSqrt(f32(dims.head_dim));
    // What the first row sees, and the last.
    let seen = dims.context - dims.tokens + first + 1u;
    let end = min(seen + 31u, dims.context);

    // Where this invocation's rows and columns lie in the tiles, in vec4s. Rows
    // of a tile are spread over the banks of workgroup memory by an exclusive or.
    // A subgroup of 32 takes 8 columns by 4 rows of them.
    let x = index % 8u;
    let y = index / 8u;
    let y0_0 = y ^ 0u;
    let y0_1 = y ^ 4u;
    let own0 = y ^ (x % 2u * 4u);
    let y1_0 = (y + 4u) ^ 0u;
    let y1_1 = (y + 4u) ^ 4u;
    let own1 = (y + 4u) ^ (x % 2u * 4u);
    let x0 = x + 0u;
    let x1 = x + 8u;
    let block0 = index;
    var next0_0 = vec4<f32>();
    var next0_1 = vec4<f32>();
    var next0_2 = vec4<f32>();
    var next0_3 = vec4<f32>();
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

            if block0 < 16u {
                let row = first + block0 / 2u * 4u;
                let four = 0u * 2u + block0 % 2u;
                next0_0 = query(row + 0u, (row + 0u) * dims.heads + head, four);
                next0_1 = query(row + 1u, (row + 1u) * dims.heads + head, four);
                next0_2 = query(row + 2u, (row + 2u) * dims.heads + head, four);
                next0_3 = query(row + 3u, (row + 3u) * dims.heads + head, four);
            } else {
                let row = 0u + (block0 - 16u) / 2u * 4u;
                let four = 0u * 2u + block0 % 2u;
                next0_0 = key(row + 0u, (row + 0u) * dims.kv_heads + kv_head, four);
                next0_1 = key(row + 1u, (row + 1u) * dims.kv_heads + kv_head, four);
                next0_2 = key(row + 2u, (row + 2u) * dims.kv_heads + kv_head, four);
                next0_3 = key(row + 3u, (row + 3u) * dims.kv_heads + kv_head, four);
            }
    for (var start = 0u; start < end; start += 32u) {
        var score0_0 = vec4<f32>();
        var score1_0 = vec4<f32>();
        var score2_0 = vec4<f32>();
        var score3_0 = vec4<f32>();
        var score4_0 = vec4<f32>();
        var score5_0 = vec4<f32>();
        var score6_0 = vec4<f32>();
        var score7_0 = vec4<f32>();
        var value0 = vec4<f32>();
        var value1 = vec4<f32>();
        var value2 = vec4<f32>();
        var value3 = vec4<f32>();
        for (var piece = 0u; piece < 8u; piece++) {
            workgroupBarrier();
            if block0 < 16u {
                let step = block0 % 2u;
                let slot = block0 / 2u;
                let side = slot / 8u;
                let at = (slot % 8u) ^ (step * 4u);
                weights[0][step * 4u + 0u][0][at] = vec4<f32>(next0_0.x, next0_1.x, next0_2.x, next0_3.x);
                weights[0][step * 4u + 1u][0][at] = vec4<f32>(next0_0.y, next0_1.y, next0_2.y, next0_3.y);
                weights[0][step * 4u + 2u][0][at] = vec4<f32>(next0_0.z, next0_1.z, next0_2.z, next0_3.z);
                weights[0][step * 4u + 3u][0][at] = vec4<f32>(next0_0.w, next0_1.w, next0_2.w, next0_3.w);
            } else {
                let step = block0 % 2u;
                let slot = (block0 - 16u) / 2u;
                let side = slot / 8u;
                let at = (slot % 8u) ^ (step * 4u);
                weights[1][step * 4u + 0u][0][at] = vec4<f32>(next0_0.x, next0_1.x, next0_2.x, next0_3.x);
                weights[1][step * 4u + 1u][0][at] = vec4<f32>(next0_0.y, next0_1.y, next0_2.y, next0_3.y);
                weights[1][step * 4u + 2u][0][at] = vec4<f32>(next0_0.z, next0_1.z, next0_2.z, next0_3.z);
                weights[1][step * 4u + 3u][0][at] = vec4<f32>(next0_0.w, next0_1.w, next0_2.w, next0_3.w);
            }
            workgroupBarrier();
            if piece + 1u < 8u {
                if block0 < 16u {
                    let row = first + block0 / 2u * 4u;
                    let four = (piece + 1u) * 2u + block0 % 2u;
                    next0_0 = query(row + 0u, (row + 0u) * dims.heads + head, four);
                    next0_1 = query(row + 1u, (row + 1u) * dims.heads + head, four);
                    next0_2 = query(row + 2u, (row + 2u) * dims.heads + head, four);
                    next0_3 = query(row + 3u, (row + 3u) * dims.heads + head, four);
                } else {
                    let row = start + (block0 - 16u) / 2u * 4u;
                    let four = (piece + 1u) * 2u + block0 % 2u;
                    next0_0 = key(row + 0u, (row + 0u) * dims.kv_heads + kv_head, four);
                    next0_1 = key(row + 1u, (row + 1u) * dims.kv_heads + kv_head, four);
                    next0_2 = key(row + 2u, (row + 2u) * dims.kv_heads + kv_head, four);
                    next0_3 = key(row + 3u, (row + 3u) * dims.kv_heads + kv_head, four);
                }
            } else {
                {
                    let position = start + 0u * 8u + (index + 0u) / 16u;
                    value0 = value(position, position * dims.kv_heads + kv_head, (index + 0u) % 16u);
                }
                {
                    let position = start + 0u * 8u + (index + 32u) / 16u;
                    value1 = value(position, position * dims.kv_heads + kv_head, (index + 32u) % 16u);
                }
                {
                    let position = start + 0u * 8u + (index + 64u) / 16u;
                    value2 = value(position, position * dims.kv_heads + kv_head, (index + 64u) % 16u);
                }
                {
                    let position = start + 0u * 8u + (index + 96u) / 16u;
                    value3 = value(position, position * dims.kv_heads + kv_head, (index + 96u) % 16u);
                }
            }
            {
                let a0 = weights[0][0][0][y0_0];
                let a1 = weights[0][0][0][y1_0];
                let b0 = weights[1][0][0][x0 ^ 0u];
                score0_0 += a0.x * b0;
                score1_0 += a0.y * b0;
                score2_0 += a0.z * b0;
                score3_0 += a0.w * b0;
                score4_0 += a1.x * b0;
                score5_0 += a1.y * b0;
                score6_0 += a1.z * b0;
                score7_0 += a1.w * b0;
            }
            {
                let a0 = weights[0][1][0][y0_0];
                let a1 = weights[0][1][0][y1_0];
                let b0 = weights[1][1][0][x0 ^ 0u];
                score0_0 += a0.x * b0;
                score1_0 += a0.y * b0;
                score2_0 += a0.z * b0;
                score3_0 += a0.w * b0;
                score4_0 += a1.x * b0;
                score5_0 += a1.y * b0;
                score6_0 += a1.z * b0;
                score7_0 += a1.w * b0;
            }
            {
                let a0 = weights[0][2][0][y0_0];
                let a1 = weights[0][2][0][y1_0];
                let b0 = weights[1][2][0][x0 ^ 0u];
                score0_0 += a0.x * b0;
                score1_0 += a0.y * b0;
                score2_0 += a0.z * b0;
                score3_0 += a0.w * b0;
                score4_0 += a1.x * b0;
                score5_0 += a1.y * b0;
                score6_0 += a1.z * b0;
                score7_0 += a1.w * b0;
            }
            {
                let a0 = weights[0][3][0][y0_0];
                let a1 = weights[0][3][0][y1_0];
                let b0 = weights[1][3][0][x0 ^ 0u];
                score0_0 += a0.x * b0;
                score1_0 += a0.y * b0;
                score2_0 += a0.z * b0;
                score3_0 += a0.w * b0;
                score4_0 += a1.x * b0;
                score5_0 += a1.y * b0;
                score6_0 += a1.z * b0;
                score7_0 += a1.w * b0;
            }
            {
                let a0 = weights[0][4][0][y0_1];
                let a1 = weights[0][4][0][y1_1];
                let b0 = weights[1][4][0][x0 ^ 4u];
                score0_0 += a0.x * b0;
                score1_0 += a0.y * b0;
                score2_0 += a0.z * b0;
                score3_0 += a0.w * b0;
                score4_0 += a1.x * b0;
                score5_0 += a1.y * b0;
                score6_0 += a1.z * b0;
                score7_0 += a1.w * b0;
            }
            {
                let a0 = weights[0][5][0][y0_1];
                let a1 = weights[0][5][0][y1_1];
                let b0 = weights[1][5][0][x0 ^ 4u];
                score0_0 += a0.x * b0;
                score1_0 += a0.y * b0;
                score2_0 += a0.z * b0;
                score3_0 += a0.w * b0;
                score4_0 += a1.x * b0;
                score5_0 += a1.y * b0;
                score6_0 += a1.z * b0;
                score7_0 += a1.w * b0;
            }
            {
                let a0 = weights[0][6][0][y0_1];
                let a1 = weights[0][6][0][y1_1];
                let b0 = weights[1][6][0][x0 ^ 4u];
                score0_0 += a0.x * b0;
                score1_0 += a0.y * b0;
                score2_0 += a0.z * b0;
                score3_0 += a0.w * b0;
                score4_0 += a1.x * b0;
                score5_0 += a1.y * b0;
                score6_0 += a1.z * b0;
                score7_0 += a1.w * b0;
            }
            {
                let a0 = weights[0][7][0][y0_1];
                let a1 = weights[0][7][0][y1_1];
                let b0 = weights[1][7][0][x0 ^ 4u];
                score0_0 += a0.x * b0;
                score1_0 += a0.y * b0;
                score2_0 += a0.z * b0;
                score3_0 += a0.w * b0;
                score4_0 += a1.x * b0;
                score5_0 += a1.y * b0;
                score6_0 += a1.z * b0;
                score7_0 += a1.w * b0;
            }
        }
        score0_0 *= scale;
        score1_0 *= scale;
        score2_0 *= scale;
        score3_0 *= scale;
        score4_0 *= scale;
        score5_0 *= scale;
        score6_0 *= scale;
        score7_0 *= scale;
        if start + 32u > seen {
            // Some rows do not see all of these.
            let position0 = start + 4u * x0 + vec4<u32>(0u, 1u, 2u, 3u);
            score0_0 = select(vec4<f32>(LOWEST), score0_0, position0 < vec4<u32>(seen + 4u * y + 0u));
            score1_0 = select(vec4<f32>(LOWEST), score1_0, position0 < vec4<u32>(seen + 4u * y + 1u));
            score2_0 = select(vec4<f32>(LOWEST), score2_0, position0 < vec4<u32>(seen + 4u * y + 2u));
            score3_0 = select(vec4<f32>(LOWEST), score3_0, position0 < vec4<u32>(seen + 4u * y + 3u));
            score4_0 = select(vec4<f32>(LOWEST), score4_0, position0 < vec4<u32>(seen + 4u * y + 16u));
            score5_0 = select(vec4<f32>(LOWEST), score5_0, position0 < vec4<u32>(seen + 4u * y + 17u));
            score6_0 = select(vec4<f32>(LOWEST), score6_0, position0 < vec4<u32>(seen + 4u * y + 18u));
            score7_0 = select(vec4<f32>(LOWEST), score7_0, position0 < vec4<u32>(seen + 4u * y + 19u));
        }

        // The rows' new maxima, and what the sums so far fade by.
        workgroupBarrier();
        var highest0 = top0;
        highest0 = max(highest0, vec4<f32>(score0_0.x, score1_0.x, score2_0.x, score3_0.x));
        highest0 = max(highest0, vec4<f32>(score0_0.y, score1_0.y, score2_0.y, score3_0.y));
        highest0 = max(highest0, vec4<f32>(score0_0.z, score1_0.z, score2_0.z, score3_0.z));
        highest0 = max(highest0, vec4<f32>(score0_0.w, score1_0.w, score2_0.w, score3_0.w));
        weights[x / 8u][x % 8u][0][own0] = highest0;
        var highest1 = top1;
        highest1 = max(highest1, vec4<f32>(score4_0.x, score5_0.x, score6_0.x, score7_0.x));
        highest1 = max(highest1, vec4<f32>(score4_0.y, score5_0.y, score6_0.y, score7_0.y));
        highest1 = max(highest1, vec4<f32>(score4_0.z, score5_0.z, score6_0.z, score7_0.z));
        highest1 = max(highest1, vec4<f32>(score4_0.w, score5_0.w, score6_0.w, score7_0.w));
        weights[x / 8u][x % 8u][0][own1] = highest1;
        workgroupBarrier();
        highest0 = max(highest0, weights[0][0][0][y0_0]);
        highest1 = max(highest1, weights[0][0][0][y1_0]);
        highest0 = max(highest0, weights[0][1][0][y0_1]);
        highest1 = max(highest1, weights[0][1][0][y1_1]);
        highest0 = max(highest0, weights[0][2][0][y0_0]);
        highest1 = max(highest1, weights[0][2][0][y1_0]);
        highest0 = max(highest0, weights[0][3][0][y0_1]);
        highest1 = max(highest1, weights[0][3][0][y1_1]);
        highest0 = max(highest0, weights[0][4][0][y0_0]);
        highest1 = max(highest1, weights[0][4][0][y1_0]);
        highest0 = max(highest0, weights[0][5][0][y0_1]);
        highest1 = max(highest1, weights[0][5][0][y1_1]);
        highest0 = max(highest0, weights[0][6][0][y0_0]);
        highest1 = max(highest1, weights[0][6][0][y1_0]);
        highest0 = max(highest0, weights[0][7][0][y0_1]);
        highest1 = max(highest1, weights[0][7][0][y1_1]);
        let fade0 = exp2(top0 - highest0);
        top0 = highest0;
        sum0 *= fade0;
        let fade1 = exp2(top1 - highest1);
        top1 = highest1;
        sum1 *= fade1;
        score0_0 = exp2(score0_0 - top0.x);
        out0_0 *= fade0.x;
        out0_1 *= fade0.x;
        score1_0 = exp2(score1_0 - top0.y);
        out1_0 *= fade0.y;
        out1_1 *= fade0.y;
        score2_0 = exp2(score2_0 - top0.z);
        out2_0 *= fade0.z;
        out2_1 *= fade0.z;
        score3_0 = exp2(score3_0 - top0.w);
        out3_0 *= fade0.w;
        out3_1 *= fade0.w;
        score4_0 = exp2(score4_0 - top1.x);
        out4_0 *= fade1.x;
        out4_1 *= fade1.x;
        score5_0 = exp2(score5_0 - top1.y);
        out5_0 *= fade1.y;
        out5_1 *= fade1.y;
        score6_0 = exp2(score6_0 - top1.z);
        out6_0 *= fade1.z;
        out6_1 *= fade1.z;
        score7_0 = exp2(score7_0 - top1.w);
        out7_0 *= fade1.w;
        out7_1 *= fade1.w;
        workgroupBarrier();
            {
                let weight = vec4<f32>(score0_0.x, score1_0.x, score2_0.x, score3_0.x);
                sum0 += weight;
                weights[x0 / 2u][x % 2u * 4u + 0u][0][own0] = weight;
            }
            {
                let weight = vec4<f32>(score0_0.y, score1_0.y, score2_0.y, score3_0.y);
                sum0 += weight;
                weights[x0 / 2u][x % 2u * 4u + 1u][0][own0] = weight;
            }
            {
                let weight = vec4<f32>(score0_0.z, score1_0.z, score2_0.z, score3_0.z);
                sum0 += weight;
                weights[x0 / 2u][x % 2u * 4u + 2u][0][own0] = weight;
            }
            {
                let weight = vec4<f32>(score0_0.w, score1_0.w, score2_0.w, score3_0.w);
                sum0 += weight;
                weights[x0 / 2u][x % 2u * 4u + 3u][0][own0] = weight;
            }
            {
                let weight = vec4<f32>(score4_0.x, score5_0.x, score6_0.x, score7_0.x);
                sum1 += weight;
                weights[x0 / 2u][x % 2u * 4u + 0u][0][own1] = weight;
            }
            {
                let weight = vec4<f32>(score4_0.y, score5_0.y, score6_0.y, score7_0.y);
                sum1 += weight;
                weights[x0 / 2u][x % 2u * 4u + 1u][0][own1] = weight;
            }
            {
                let weight = vec4<f32>(score4_0.z, score5_0.z, score6_0.z, score7_0.z);
                sum1 += weight;
                weights[x0 / 2u][x % 2u * 4u + 2u][0][own1] = weight;
            }
            {
                let weight = vec4<f32>(score4_0.w, score5_0.w, score6_0.w, score7_0.w);
                sum1 += weight;
                weights[x0 / 2u][x % 2u * 4u + 3u][0][own1] = weight;
            }
        for (var piece = 0u; piece < 4u; piece++) {
            workgroupBarrier();
            {
                values[(index + 0u) / 16u][(index + 0u) % 16u] = value0;
            }
            {
                values[(index + 32u) / 16u][(index + 32u) % 16u] = value1;
            }
            {
                values[(index + 64u) / 16u][(index + 64u) % 16u] = value2;
            }
            {
                values[(index + 96u) / 16u][(index + 96u) % 16u] = value3;
            }
            workgroupBarrier();
            if piece + 1u < 4u {
                {
                    let position = start + (piece + 1u) * 8u + (index + 0u) / 16u;
                    value0 = value(position, position * dims.kv_heads + kv_head, (index + 0u) % 16u);
                }
                {
                    let position = start + (piece + 1u) * 8u + (index + 32u) / 16u;
                    value1 = value(position, position * dims.kv_heads + kv_head, (index + 32u) % 16u);
                }
                {
                    let position = start + (piece + 1u) * 8u + (index + 64u) / 16u;
                    value2 = value(position, position * dims.kv_heads + kv_head, (index + 64u) % 16u);
                }
                {
                    let position = start + (piece + 1u) * 8u + (index + 96u) / 16u;
                    value3 = value(position, position * dims.kv_heads + kv_head, (index + 96u) % 16u);
                }
            } else if start + 32u < end {
                if block0 < 16u {
                    let row = first + block0 / 2u * 4u;
                    let four = 0u * 2u + block0 % 2u;
                    next0_0 = query(row + 0u, (row + 0u) * dims.heads + head, four);
                    next0_1 = query(row + 1u, (row + 1u) * dims.heads + head, four);
                    next0_2 = query(row + 2u, (row + 2u) * dims.heads + head, four);
                    next0_3 = query(row + 3u, (row + 3u) * dims.heads + head, four);
                } else {
                    let row = (start + 32u) + (block0 - 16u) / 2u * 4u;
                    let four = 0u * 2u + block0 % 2u;
                    next0_0 = key(row + 0u, (row + 0u) * dims.kv_heads + kv_head, four);
                    next0_1 = key(row + 1u, (row + 1u) * dims.kv_heads + kv_head, four);
                    next0_2 = key(row + 2u, (row + 2u) * dims.kv_heads + kv_head, four);
                    next0_3 = key(row + 3u, (row + 3u) * dims.kv_heads + kv_head, four);
                }
            }
            {
                let a0 = weights[piece][0][0][y0_0];
                let a1 = weights[piece][0][0][y1_0];
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
                let a0 = weights[piece][1][0][y0_0];
                let a1 = weights[piece][1][0][y1_0];
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
                let a0 = weights[piece][2][0][y0_0];
                let a1 = weights[piece][2][0][y1_0];
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
                let a0 = weights[piece][3][0][y0_0];
                let a1 = weights[piece][3][0][y1_0];
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
                let a0 = weights[piece][4][0][y0_1];
                let a1 = weights[piece][4][0][y1_1];
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
                let a0 = weights[piece][5][0][y0_1];
                let a1 = weights[piece][5][0][y1_1];
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
                let a0 = weights[piece][6][0][y0_1];
                let a1 = weights[piece][6][0][y1_1];
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
                let a0 = weights[piece][7][0][y0_1];
                let a1 = weights[piece][7][0][y1_1];
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
        }
    }

    // Each invocation has summed the weights of its own positions.
    workgroupBarrier();
    weights[x / 8u][x % 8u][0][own0] = sum0;
    weights[x / 8u][x % 8u][0][own1] = sum1;
    workgroupBarrier();
    var total0 = weights[0][0][0][y0_0];
    total0 += weights[0][1][0][y0_1];
    total0 += weights[0][2][0][y0_0];
    total0 += weights[0][3][0][y0_1];
    total0 += weights[0][4][0][y0_0];
    total0 += weights[0][5][0][y0_1];
    total0 += weights[0][6][0][y0_0];
    total0 += weights[0][7][0][y0_1];
    var total1 = weights[0][0][0][y1_0];
    total1 += weights[0][1][0][y1_1];
    total1 += weights[0][2][0][y1_0];
    total1 += weights[0][3][0][y1_1];
    total1 += weights[0][4][0][y1_0];
    total1 += weights[0][5][0][y1_1];
    total1 += weights[0][6][0][y1_0];
    total1 += weights[0][7][0][y1_1];
    {
        let row = first + 4u * y + 0u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total0.x;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f32>(out0_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f32>(out0_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 1u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total0.y;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f32>(out1_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f32>(out1_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 2u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total0.z;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f32>(out2_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f32>(out2_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 3u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total0.w;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f32>(out3_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f32>(out3_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 16u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total1.x;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f32>(out4_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f32>(out4_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 17u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total1.y;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f32>(out5_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f32>(out5_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 18u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total1.z;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f32>(out6_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f32>(out6_1 / total);
            }
        }
    }
    {
        let row = first + 4u * y + 19u;
        if row < dims.tokens {
            let to = row * dims.heads + head;
            let total = total1.w;
            {
                out[to * (dims.head_dim / 4u) + x0] = vec4<f32>(out7_0 / total);
            }
            {
                out[to * (dims.head_dim / 4u) + x1] = vec4<f32>(out7_1 / total);
            }
        }
    }
}
