// Rendered from templates/attention.wgsl.j2 for attention/attention[context=2048,head_dim=128,heads=32,kv_heads=32,tokens=2048]@rows=64,storage=f16; not to be edited: `gate render` writes it anew.
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

// Queries, then values.
var<workgroup> staged: array<vec4<f32>, 256>;
var<workgroup> staged_keys: array<vec4<f32>, 128>;
// Scores, then weights; a column more than keys, so that rows do not meet in
// one bank.
var<workgroup> scores: array<f32, 2112>;
var<workgroup> parts: array<f32, 256>;
var<workgroup> fades: array<f32, 64>;

// Four columns of a head; zeros beyond the last token and column.
fn query(row: u32, head: u32, four: u32) -> vec4<f32> {
    let columns = dims.head_dim / 4u;
    if row >= dims.tokens || four >= columns {
        return vec4<f32>();
    }
    return vec4<f32>(q[head * columns + four]);
}

// Four columns of a head; zeros beyond the last position and column.
fn key(row: u32, head: u32, four: u32) -> vec4<f32> {
    let columns = dims.head_dim / 4u;
    if row >= dims.context || four >= columns {
        return vec4<f32>();
    }
    return vec4<f32>(k[head * columns + four]);
}

// Four columns of a head; zeros beyond the last position and column.
fn value(row: u32, head: u32, four: u32) -> vec4<f32> {
    let columns = dims.head_dim / 4u;
    if row >= dims.context || four >= columns {
        return vec4<f32>();
    }
    return vec4<f32>(v[head * columns + four]);
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let first = group.x * 64u;
    let head = group.y;
    let kv_head = head / (dims.heads / dims.kv_heads);
    let scale = inverseSqrt(f32(dims.head_dim));
    let before = dims.context - dims.tokens;
    // What the last row of this workgroup sees.
    let end = min(before + first + 64u, dims.context);

    // As one of 16 x 16: rows y * 4.., columns x + 16 c.
    let tx = index % 16u;
    let ty = index / 16u;
    // As one of 64 x 4: keys lane + 4 i of a row.
    let own = index / 4u;
    let lane = index % 4u;
    let seen = min(before + first + own + 1u, dims.context);
    var top = LOWEST;
    var sum = 0.0;
    var out0_0 = vec4<f32>();
    var out0_1 = vec4<f32>();
    var out1_0 = vec4<f32>();
    var out1_1 = vec4<f32>();
    var out2_0 = vec4<f32>();
    var out2_1 = vec4<f32>();
    var out3_0 = vec4<f32>();
    var out3_1 = vec4<f32>();

    for (var start = 0u; start < end; start += 32u) {
        var score0_0 = 0.0;
        var score0_1 = 0.0;
        var score1_0 = 0.0;
        var score1_1 = 0.0;
        var score2_0 = 0.0;
        var score2_1 = 0.0;
        var score3_0 = 0.0;
        var score3_1 = 0.0;
        for (var four = 0u; four < 32u; four += 4u) {
            {
                let row = first + index / 4u;
                staged[(index % 4u) * 64u + index / 4u] =
                    query(row, row * dims.heads + head, four + index % 4u);
            }
            if index < 128u {
                let position = start + index / 4u;
                staged_keys[(index % 4u) * 32u + index / 4u] =
                    key(position, position * dims.kv_heads + kv_head, four + index % 4u);
            }
            workgroupBarrier();
            {
                let q0 = staged[0u + ty * 4u];
                let q1 = staged[1u + ty * 4u];
                let q2 = staged[2u + ty * 4u];
                let q3 = staged[3u + ty * 4u];
                let k0 = staged_keys[0u + tx];
                let k1 = staged_keys[16u + tx];
                score0_0 += dot(q0, k0);
                score0_1 += dot(q0, k1);
                score1_0 += dot(q1, k0);
                score1_1 += dot(q1, k1);
                score2_0 += dot(q2, k0);
                score2_1 += dot(q2, k1);
                score3_0 += dot(q3, k0);
                score3_1 += dot(q3, k1);
            }
            {
                let q0 = staged[64u + ty * 4u];
                let q1 = staged[65u + ty * 4u];
                let q2 = staged[66u + ty * 4u];
                let q3 = staged[67u + ty * 4u];
                let k0 = staged_keys[32u + tx];
                let k1 = staged_keys[48u + tx];
                score0_0 += dot(q0, k0);
                score0_1 += dot(q0, k1);
                score1_0 += dot(q1, k0);
                score1_1 += dot(q1, k1);
                score2_0 += dot(q2, k0);
                score2_1 += dot(q2, k1);
                score3_0 += dot(q3, k0);
                score3_1 += dot(q3, k1);
            }
            {
                let q0 = staged[128u + ty * 4u];
                let q1 = staged[129u + ty * 4u];
                let q2 = staged[130u + ty * 4u];
                let q3 = staged[131u + ty * 4u];
                let k0 = staged_keys[64u + tx];
                let k1 = staged_keys[80u + tx];
                score0_0 += dot(q0, k0);
                score0_1 += dot(q0, k1);
                score1_0 += dot(q1, k0);
                score1_1 += dot(q1, k1);
                score2_0 += dot(q2, k0);
                score2_1 += dot(q2, k1);
                score3_0 += dot(q3, k0);
                score3_1 += dot(q3, k1);
            }
            {
                let q0 = staged[192u + ty * 4u];
                let q1 = staged[193u + ty * 4u];
                let q2 = staged[194u + ty * 4u];
                let q3 = staged[195u + ty * 4u];
                let k0 = staged_keys[96u + tx];
                let k1 = staged_keys[112u + tx];
                score0_0 += dot(q0, k0);
                score0_1 += dot(q0, k1);
                score1_0 += dot(q1, k0);
                score1_1 += dot(q1, k1);
                score2_0 += dot(q2, k0);
                score2_1 += dot(q2, k1);
                score3_0 += dot(q3, k0);
                score3_1 += dot(q3, k1);
            }
            workgroupBarrier();
        }
        scores[(ty * 4u + 0u) * 33u + tx + 0u] = score0_0 * scale;
        scores[(ty * 4u + 0u) * 33u + tx + 16u] = score0_1 * scale;
        scores[(ty * 4u + 1u) * 33u + tx + 0u] = score1_0 * scale;
        scores[(ty * 4u + 1u) * 33u + tx + 16u] = score1_1 * scale;
        scores[(ty * 4u + 2u) * 33u + tx + 0u] = score2_0 * scale;
        scores[(ty * 4u + 2u) * 33u + tx + 16u] = score2_1 * scale;
        scores[(ty * 4u + 3u) * 33u + tx + 0u] = score3_0 * scale;
        scores[(ty * 4u + 3u) * 33u + tx + 16u] = score3_1 * scale;
        workgroupBarrier();

        // The row's new maximum, and what the sums so far fade by.
        let at = own * 33u + lane;
        var highest = top;
        if start + lane + 0u < seen {
            highest = max(highest, scores[at + 0u]);
        }
        if start + lane + 4u < seen {
            highest = max(highest, scores[at + 4u]);
        }
        if start + lane + 8u < seen {
            highest = max(highest, scores[at + 8u]);
        }
        if start + lane + 12u < seen {
            highest = max(highest, scores[at + 12u]);
        }
        if start + lane + 16u < seen {
            highest = max(highest, scores[at + 16u]);
        }
        if start + lane + 20u < seen {
            highest = max(highest, scores[at + 20u]);
        }
        if start + lane + 24u < seen {
            highest = max(highest, scores[at + 24u]);
        }
        if start + lane + 28u < seen {
            highest = max(highest, scores[at + 28u]);
        }
        parts[index] = highest;
        workgroupBarrier();
        highest = max(highest, parts[own * 4u + 0u]);
        highest = max(highest, parts[own * 4u + 1u]);
        highest = max(highest, parts[own * 4u + 2u]);
        highest = max(highest, parts[own * 4u + 3u]);
        let fade = exp(top - highest);
        top = highest;
        sum *= fade;
        if lane == 0u {
            fades[own] = fade;
        }
        {
            var weight = 0.0;
            if start + lane + 0u < seen {
                weight = exp(scores[at + 0u] - top);
            }
            scores[at + 0u] = weight;
            sum += weight;
        }
        {
            var weight = 0.0;
            if start + lane + 4u < seen {
                weight = exp(scores[at + 4u] - top);
            }
            scores[at + 4u] = weight;
            sum += weight;
        }
        {
            var weight = 0.0;
            if start + lane + 8u < seen {
                weight = exp(scores[at + 8u] - top);
            }
            scores[at + 8u] = weight;
            sum += weight;
        }
        {
            var weight = 0.0;
            if start + lane + 12u < seen {
                weight = exp(scores[at + 12u] - top);
            }
            scores[at + 12u] = weight;
            sum += weight;
        }
        {
            var weight = 0.0;
            if start + lane + 16u < seen {
                weight = exp(scores[at + 16u] - top);
            }
            scores[at + 16u] = weight;
            sum += weight;
        }
        {
            var weight = 0.0;
            if start + lane + 20u < seen {
                weight = exp(scores[at + 20u] - top);
            }
            scores[at + 20u] = weight;
            sum += weight;
        }
        {
            var weight = 0.0;
            if start + lane + 24u < seen {
                weight = exp(scores[at + 24u] - top);
            }
            scores[at + 24u] = weight;
            sum += weight;
        }
        {
            var weight = 0.0;
            if start + lane + 28u < seen {
                weight = exp(scores[at + 28u] - top);
            }
            scores[at + 28u] = weight;
            sum += weight;
        }
        workgroupBarrier();
        let fade0 = fades[ty * 4u + 0u];
        out0_0 *= fade0;
        out0_1 *= fade0;
        let fade1 = fades[ty * 4u + 1u];
        out1_0 *= fade1;
        out1_1 *= fade1;
        let fade2 = fades[ty * 4u + 2u];
        out2_0 *= fade2;
        out2_1 *= fade2;
        let fade3 = fades[ty * 4u + 3u];
        out3_0 *= fade3;
        out3_1 *= fade3;
        for (var some = 0u; some < 32u; some += 8u) {
            if index < 256u {
                let position = start + some + index / 32u;
                staged[index] = value(position, position * dims.kv_heads + kv_head, index % 32u);
            }
            workgroupBarrier();
            {
                let v0 = staged[0u + tx];
                let v1 = staged[16u + tx];
                let w0 = scores[(ty * 4u + 0u) * 33u + some + 0u];
                out0_0 += w0 * v0;
                out0_1 += w0 * v1;
                let w1 = scores[(ty * 4u + 1u) * 33u + some + 0u];
                out1_0 += w1 * v0;
                out1_1 += w1 * v1;
                let w2 = scores[(ty * 4u + 2u) * 33u + some + 0u];
                out2_0 += w2 * v0;
                out2_1 += w2 * v1;
                let w3 = scores[(ty * 4u + 3u) * 33u + some + 0u];
                out3_0 += w3 * v0;
                out3_1 += w3 * v1;
            }
            {
                let v0 = staged[32u + tx];
                let v1 = staged[48u + tx];
                let w0 = scores[(ty * 4u + 0u) * 33u + some + 1u];
                out0_0 += w0 * v0;
                out0_1 += w0 * v1;
                let w1 = scores[(ty * 4u + 1u) * 33u + some + 1u];
                out1_0 += w1 * v0;
                out1_1 += w1 * v1;
                let w2 = scores[(ty * 4u + 2u) * 33u + some + 1u];
                out2_0 += w2 * v0;
                out2_1 += w2 * v1;
                let w3 = scores[(ty * 4u + 3u) * 33u + some + 1u];
                out3_0 += w3 * v0;
                out3_1 += w3 * v1;
            }
            {
                let v0 = staged[64u + tx];
                let v1 = staged[80u + tx];
                let w0 = scores[(ty * 4u + 0u) * 33u + some + 2u];
                out0_0 += w0 * v0;
                out0_1 += w0 * v1;
                let w1 = scores[(ty * 4u + 1u) * 33u + some + 2u];
                out1_0 += w1 * v0;
                out1_1 += w1 * v1;
                let w2 = scores[(ty * 4u + 2u) * 33u + some + 2u];
                out2_0 += w2 * v0;
                out2_1 += w2 * v1;
                let w3 = scores[(ty * 4u + 3u) * 33u + some + 2u];
                out3_0 += w3 * v0;
                out3_1 += w3 * v1;
            }
            {
                let v0 = staged[96u + tx];
                let v1 = staged[112u + tx];
                let w0 = scores[(ty * 4u + 0u) * 33u + some + 3u];
                out0_0 += w0 * v0;
                out0_1 += w0 * v1;
                let w1 = scores[(ty * 4u + 1u) * 33u + some + 3u];
                out1_0 += w1 * v0;
                out1_1 += w1 * v1;
                let w2 = scores[(ty * 4u + 2u) * 33u + some + 3u];
                out2_0 += w2 * v0;
                out2_1 += w2 * v1;
                let w3 = scores[(ty * 4u + 3u) * 33u + some + 3u];
                out3_0 += w3 * v0;
                out3_1 += w3 * v1;
            }
            {
                let v0 = staged[128u + tx];
                let v1 = staged[144u + tx];
                let w0 = scores[(ty * 4u + 0u) * 33u + some + 4u];
                out0_0 += w0 * v0;
                out0_1 += w0 * v1;
                let w1 = scores[(ty * 4u + 1u) * 33u + some + 4u];
                out1_0 += w1 * v0;
                out1_1 += w1 * v1;
                let w2 = scores[(ty * 4u + 2u) * 33u + some + 4u];
                out2_0 += w2 * v0;
                out2_1 += w2 * v1;
                let w3 = scores[(ty * 4u + 3u) * 33u + some + 4u];
                out3_0 += w3 * v0;
                out3_1 += w3 * v1;
            }
            {
                let v0 = staged[160u + tx];
                let v1 = staged[176u + tx];
                let w0 = scores[(ty * 4u + 0u) * 33u + some + 5u];
                out0_0 += w0 * v0;
                out0_1 += w0 * v1;
                let w1 = scores[(ty * 4u + 1u) * 33u + some + 5u];
                out1_0 += w1 * v0;
                out1_1 += w1 * v1;
                let w2 = scores[(ty * 4u + 2u) * 33u + some + 5u];
                out2_0 += w2 * v0;
                out2_1 += w2 * v1;
                let w3 = scores[(ty * 4u + 3u) * 33u + some + 5u];
                out3_0 += w3 * v0;
                out3_1 += w3 * v1;
            }
            {
                let v0 = staged[192u + tx];
                let v1 = staged[208u + tx];
                let w0 = scores[(ty * 4u + 0u) * 33u + some + 6u];
                out0_0 += w0 * v0;
                out0_1 += w0 * v1;
                let w1 = scores[(ty * 4u + 1u) * 33u + some + 6u];
                out1_0 += w1 * v0;
                out1_1 += w1 * v1;
                let w2 = scores[(ty * 4u + 2u) * 33u + some + 6u];
                out2_0 += w2 * v0;
                out2_1 += w2 * v1;
                let w3 = scores[(ty * 4u + 3u) * 33u + some + 6u];
                out3_0 += w3 * v0;
                out3_1 += w3 * v1;
            }
            {
                let v0 = staged[224u + tx];
                let v1 = staged[240u + tx];
                let w0 = scores[(ty * 4u + 0u) * 33u + some + 7u];
                out0_0 += w0 * v0;
                out0_1 += w0 * v1;
                let w1 = scores[(ty * 4u + 1u) * 33u + some + 7u];
                out1_0 += w1 * v0;
                out1_1 += w1 * v1;
                let w2 = scores[(ty * 4u + 2u) * 33u + some + 7u];
                out2_0 += w2 * v0;
                out2_1 += w2 * v1;
                let w3 = scores[(ty * 4u + 3u) * 33u + some + 7u];
                out3_0 += w3 * v0;
                out3_1 += w3 * v1;
            }
            workgroupBarrier();
        }
    }

    parts[index] = sum;
    workgroupBarrier();
    {
        let row = ty * 4u + 0u;
        let total = parts[row * 4u] + parts[row * 4u + 1u] + parts[row * 4u + 2u] + parts[row * 4u + 3u];
        if first + row < dims.tokens {
            let to = (first + row) * dims.heads + head;
            if tx + 0u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 0u] = vec4<f16>(out0_0 / total);
            }
            if tx + 16u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 16u] = vec4<f16>(out0_1 / total);
            }
        }
    }
    {
        let row = ty * 4u + 1u;
        let total = parts[row * 4u] + parts[row * 4u + 1u] + parts[row * 4u + 2u] + parts[row * 4u + 3u];
        if first + row < dims.tokens {
            let to = (first + row) * dims.heads + head;
            if tx + 0u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 0u] = vec4<f16>(out1_0 / total);
            }
            if tx + 16u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 16u] = vec4<f16>(out1_1 / total);
            }
        }
    }
    {
        let row = ty * 4u + 2u;
        let total = parts[row * 4u] + parts[row * 4u + 1u] + parts[row * 4u + 2u] + parts[row * 4u + 3u];
        if first + row < dims.tokens {
            let to = (first + row) * dims.heads + head;
            if tx + 0u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 0u] = vec4<f16>(out2_0 / total);
            }
            if tx + 16u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 16u] = vec4<f16>(out2_1 / total);
            }
        }
    }
    {
        let row = ty * 4u + 3u;
        let total = parts[row * 4u] + parts[row * 4u + 1u] + parts[row * 4u + 2u] + parts[row * 4u + 3u];
        if first + row < dims.tokens {
            let to = (first + row) * dims.heads + head;
            if tx + 0u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 0u] = vec4<f16>(out3_0 / total);
            }
            if tx + 16u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 16u] = vec4<f16>(out3_1 / total);
            }
        }
    }
}
