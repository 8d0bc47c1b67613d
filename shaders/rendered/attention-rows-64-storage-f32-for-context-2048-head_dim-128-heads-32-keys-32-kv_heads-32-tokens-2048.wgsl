// Rendered from templates/attention.wgsl.j2 for attention/attention[context=2048,head_dim=128,heads=32,kv_heads=32,tokens=2048]@rows=64,storage=f32; not to be edited: `gate render` writes it anew.
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

// Queries, then values.
var<workgroup> staged: array<vec4<f32>, 264>;
// The keys of one invocation 17 apart.
var<workgroup> staged_keys: array<vec4<f32>, 136>;
// Scores, then weights.
var<workgroup> scores: array<vec2<f32>, 1088>;
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
    let first = ((dims.tokens - 1u) / 64u - group.x) * 64u;
    let head = group.y;
    let kv_head = head / (dims.heads / dims.kv_heads);
    let scale = inverseSqrt(f32(dims.head_dim));
    let before = dims.context - dims.tokens;
    // What the last row of this workgroup sees.
    let end = min(before + first + 64u, dims.context);

    // As one of 16 x 16: rows y * 4.., keys x * 2.., columns x + 16 d.
    let tx = index % 16u;
    let ty = index / 16u;
    // As one of 64 x 4: vectors lane + 4 i of a row's scores.
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

    // Where it stages: a row of the queries, and a key.
    let q_at = first + index / 4u;
    let k_to = (index % 4u) * 34u + (index / 4u) % 2u * 17u + index / 8u;
    var ahead_q0 = vec4<f32>();
    var ahead_k = vec4<f32>();
    var ahead_v0 = vec4<f32>();
    {
            ahead_q0 = query(q_at + 0u, (q_at + 0u) * dims.heads + head, 0u + index % 4u);
            if index < 128u {
                let position = 0u + index / 4u;
                ahead_k = key(position, position * dims.kv_heads + kv_head, 0u + index % 4u);
            }
    }

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
            staged[(index % 4u) * 66u + index / 4u + 0u] = ahead_q0;
            if index < 128u {
                staged_keys[k_to] = ahead_k;
            }
            workgroupBarrier();
            if four + 4u < 32u {
            ahead_q0 = query(q_at + 0u, (q_at + 0u) * dims.heads + head, four + 4u + index % 4u);
            if index < 128u {
                let position = start + index / 4u;
                ahead_k = key(position, position * dims.kv_heads + kv_head, four + 4u + index % 4u);
            }
            } else {
            {
                let position = start + 0u + (index + 0u) / 32u;
                ahead_v0 = value(position, position * dims.kv_heads + kv_head, (index + 0u) % 32u);
            }
            }
            {
                let q0 = staged[0u + ty * 4u];
                let q1 = staged[1u + ty * 4u];
                let q2 = staged[2u + ty * 4u];
                let q3 = staged[3u + ty * 4u];
                let k0 = staged_keys[0u + tx];
                let k1 = staged_keys[17u + tx];
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
                let q0 = staged[66u + ty * 4u];
                let q1 = staged[67u + ty * 4u];
                let q2 = staged[68u + ty * 4u];
                let q3 = staged[69u + ty * 4u];
                let k0 = staged_keys[34u + tx];
                let k1 = staged_keys[51u + tx];
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
                let q0 = staged[132u + ty * 4u];
                let q1 = staged[133u + ty * 4u];
                let q2 = staged[134u + ty * 4u];
                let q3 = staged[135u + ty * 4u];
                let k0 = staged_keys[68u + tx];
                let k1 = staged_keys[85u + tx];
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
                let q0 = staged[198u + ty * 4u];
                let q1 = staged[199u + ty * 4u];
                let q2 = staged[200u + ty * 4u];
                let q3 = staged[201u + ty * 4u];
                let k0 = staged_keys[102u + tx];
                let k1 = staged_keys[119u + tx];
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
        scores[(ty * 4u + 0u) * 17u + tx] = vec2<f32>(score0_0, score0_1) * scale;
        scores[(ty * 4u + 1u) * 17u + tx] = vec2<f32>(score1_0, score1_1) * scale;
        scores[(ty * 4u + 2u) * 17u + tx] = vec2<f32>(score2_0, score2_1) * scale;
        scores[(ty * 4u + 3u) * 17u + tx] = vec2<f32>(score3_0, score3_1) * scale;
        workgroupBarrier();

        // The row's new maximum, and what the sums so far fade by.
        let at = own * 17u + lane;
        var highest = top;
        let row0 = scores[at + 0u];
        if start + (lane + 0u) * 2u + 0u < seen {
            highest = max(highest, row0.x);
        }
        if start + (lane + 0u) * 2u + 1u < seen {
            highest = max(highest, row0.y);
        }
        let row1 = scores[at + 4u];
        if start + (lane + 4u) * 2u + 0u < seen {
            highest = max(highest, row1.x);
        }
        if start + (lane + 4u) * 2u + 1u < seen {
            highest = max(highest, row1.y);
        }
        let row2 = scores[at + 8u];
        if start + (lane + 8u) * 2u + 0u < seen {
            highest = max(highest, row2.x);
        }
        if start + (lane + 8u) * 2u + 1u < seen {
            highest = max(highest, row2.y);
        }
        let row3 = scores[at + 12u];
        if start + (lane + 12u) * 2u + 0u < seen {
            highest = max(highest, row3.x);
        }
        if start + (lane + 12u) * 2u + 1u < seen {
            highest = max(highest, row3.y);
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
            let weight = vec2<f32>(
                select(0.0, exp(row0.x - top), start + (lane + 0u) * 2u + 0u < seen),
                select(0.0, exp(row0.y - top), start + (lane + 0u) * 2u + 1u < seen),
            );
            scores[at + 0u] = weight;
            sum += weight.x + weight.y;
        }
        {
            let weight = vec2<f32>(
                select(0.0, exp(row1.x - top), start + (lane + 4u) * 2u + 0u < seen),
                select(0.0, exp(row1.y - top), start + (lane + 4u) * 2u + 1u < seen),
            );
            scores[at + 4u] = weight;
            sum += weight.x + weight.y;
        }
        {
            let weight = vec2<f32>(
                select(0.0, exp(row2.x - top), start + (lane + 8u) * 2u + 0u < seen),
                select(0.0, exp(row2.y - top), start + (lane + 8u) * 2u + 1u < seen),
            );
            scores[at + 8u] = weight;
            sum += weight.x + weight.y;
        }
        {
            let weight = vec2<f32>(
                select(0.0, exp(row3.x - top), start + (lane + 12u) * 2u + 0u < seen),
                select(0.0, exp(row3.y - top), start + (lane + 12u) * 2u + 1u < seen),
            );
            scores[at + 12u] = weight;
            sum += weight.x + weight.y;
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
            staged[index + 0u] = ahead_v0;
            workgroupBarrier();
            if some + 8u < 32u {
            {
                let position = start + some + 8u + (index + 0u) / 32u;
                ahead_v0 = value(position, position * dims.kv_heads + kv_head, (index + 0u) % 32u);
            }
            } else {
            ahead_q0 = query(q_at + 0u, (q_at + 0u) * dims.heads + head, 0u + index % 4u);
            if index < 128u {
                let position = start + 32u + index / 4u;
                ahead_k = key(position, position * dims.kv_heads + kv_head, 0u + index % 4u);
            }
            }
            {
                let w0 = scores[(ty * 4u + 0u) * 17u + (some + 0u) / 2u];
                let w1 = scores[(ty * 4u + 1u) * 17u + (some + 0u) / 2u];
                let w2 = scores[(ty * 4u + 2u) * 17u + (some + 0u) / 2u];
                let w3 = scores[(ty * 4u + 3u) * 17u + (some + 0u) / 2u];
                let v0_0 = staged[0u + tx];
                let v0_1 = staged[16u + tx];
                out0_0 += w0.x * v0_0;
                out0_1 += w0.x * v0_1;
                out1_0 += w1.x * v0_0;
                out1_1 += w1.x * v0_1;
                out2_0 += w2.x * v0_0;
                out2_1 += w2.x * v0_1;
                out3_0 += w3.x * v0_0;
                out3_1 += w3.x * v0_1;
                let v1_0 = staged[32u + tx];
                let v1_1 = staged[48u + tx];
                out0_0 += w0.y * v1_0;
                out0_1 += w0.y * v1_1;
                out1_0 += w1.y * v1_0;
                out1_1 += w1.y * v1_1;
                out2_0 += w2.y * v1_0;
                out2_1 += w2.y * v1_1;
                out3_0 += w3.y * v1_0;
                out3_1 += w3.y * v1_1;
            }
            {
                let w0 = scores[(ty * 4u + 0u) * 17u + (some + 2u) / 2u];
                let w1 = scores[(ty * 4u + 1u) * 17u + (some + 2u) / 2u];
                let w2 = scores[(ty * 4u + 2u) * 17u + (some + 2u) / 2u];
                let w3 = scores[(ty * 4u + 3u) * 17u + (some + 2u) / 2u];
                let v0_0 = staged[64u + tx];
                let v0_1 = staged[80u + tx];
                out0_0 += w0.x * v0_0;
                out0_1 += w0.x * v0_1;
                out1_0 += w1.x * v0_0;
                out1_1 += w1.x * v0_1;
                out2_0 += w2.x * v0_0;
                out2_1 += w2.x * v0_1;
                out3_0 += w3.x * v0_0;
                out3_1 += w3.x * v0_1;
                let v1_0 = staged[96u + tx];
                let v1_1 = staged[112u + tx];
                out0_0 += w0.y * v1_0;
                out0_1 += w0.y * v1_1;
                out1_0 += w1.y * v1_0;
                out1_1 += w1.y * v1_1;
                out2_0 += w2.y * v1_0;
                out2_1 += w2.y * v1_1;
                out3_0 += w3.y * v1_0;
                out3_1 += w3.y * v1_1;
            }
            {
                let w0 = scores[(ty * 4u + 0u) * 17u + (some + 4u) / 2u];
                let w1 = scores[(ty * 4u + 1u) * 17u + (some + 4u) / 2u];
                let w2 = scores[(ty * 4u + 2u) * 17u + (some + 4u) / 2u];
                let w3 = scores[(ty * 4u + 3u) * 17u + (some + 4u) / 2u];
                let v0_0 = staged[128u + tx];
                let v0_1 = staged[144u + tx];
                out0_0 += w0.x * v0_0;
                out0_1 += w0.x * v0_1;
                out1_0 += w1.x * v0_0;
                out1_1 += w1.x * v0_1;
                out2_0 += w2.x * v0_0;
                out2_1 += w2.x * v0_1;
                out3_0 += w3.x * v0_0;
                out3_1 += w3.x * v0_1;
                let v1_0 = staged[160u + tx];
                let v1_1 = staged[176u + tx];
                out0_0 += w0.y * v1_0;
                out0_1 += w0.y * v1_1;
                out1_0 += w1.y * v1_0;
                out1_1 += w1.y * v1_1;
                out2_0 += w2.y * v1_0;
                out2_1 += w2.y * v1_1;
                out3_0 += w3.y * v1_0;
                out3_1 += w3.y * v1_1;
            }
            {
                let w0 = scores[(ty * 4u + 0u) * 17u + (some + 6u) / 2u];
                let w1 = scores[(ty * 4u + 1u) * 17u + (some + 6u) / 2u];
                let w2 = scores[(ty * 4u + 2u) * 17u + (some + 6u) / 2u];
                let w3 = scores[(ty * 4u + 3u) * 17u + (some + 6u) / 2u];
                let v0_0 = staged[192u + tx];
                let v0_1 = staged[208u + tx];
                out0_0 += w0.x * v0_0;
                out0_1 += w0.x * v0_1;
                out1_0 += w1.x * v0_0;
                out1_1 += w1.x * v0_1;
                out2_0 += w2.x * v0_0;
                out2_1 += w2.x * v0_1;
                out3_0 += w3.x * v0_0;
                out3_1 += w3.x * v0_1;
                let v1_0 = staged[224u + tx];
                let v1_1 = staged[240u + tx];
                out0_0 += w0.y * v1_0;
                out0_1 += w0.y * v1_1;
                out1_0 += w1.y * v1_0;
                out1_1 += w1.y * v1_1;
                out2_0 += w2.y * v1_0;
                out2_1 += w2.y * v1_1;
                out3_0 += w3.y * v1_0;
                out3_1 += w3.y * v1_1;
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
                out[to * (dims.head_dim / 4u) + tx + 0u] = vec4<f32>(out0_0 / total);
            }
            if tx + 16u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 16u] = vec4<f32>(out0_1 / total);
            }
        }
    }
    {
        let row = ty * 4u + 1u;
        let total = parts[row * 4u] + parts[row * 4u + 1u] + parts[row * 4u + 2u] + parts[row * 4u + 3u];
        if first + row < dims.tokens {
            let to = (first + row) * dims.heads + head;
            if tx + 0u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 0u] = vec4<f32>(out1_0 / total);
            }
            if tx + 16u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 16u] = vec4<f32>(out1_1 / total);
            }
        }
    }
    {
        let row = ty * 4u + 2u;
        let total = parts[row * 4u] + parts[row * 4u + 1u] + parts[row * 4u + 2u] + parts[row * 4u + 3u];
        if first + row < dims.tokens {
            let to = (first + row) * dims.heads + head;
            if tx + 0u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 0u] = vec4<f32>(out2_0 / total);
            }
            if tx + 16u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 16u] = vec4<f32>(out2_1 / total);
            }
        }
    }
    {
        let row = ty * 4u + 3u;
        let total = parts[row * 4u] + parts[row * 4u + 1u] + parts[row * 4u + 2u] + parts[row * 4u + 3u];
        if first + row < dims.tokens {
            let to = (first + row) * dims.heads + head;
            if tx + 0u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 0u] = vec4<f32>(out3_0 / total);
            }
            if tx + 16u < dims.head_dim / 4u {
                out[to * (dims.head_dim / 4u) + tx + 16u] = vec4<f32>(out3_1 / total);
            }
        }
    }
}
