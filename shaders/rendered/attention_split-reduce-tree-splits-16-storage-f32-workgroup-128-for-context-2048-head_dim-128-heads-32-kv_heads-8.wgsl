// Rendered from templates/attention_split.wgsl.j2 for model/attention_decode[context=2048,head_dim=128,heads=32,kv_heads=8]@cache=cold,reduce=tree,splits=16,storage=f32,workgroup=128; not to be edited: `gate render` writes it anew.
struct Dims {
    context: u32,
    heads: u32,
    kv_heads: u32,
    head_dim: u32,
    splits: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> partial: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> lse: array<f32>;

// Below every score.
const LOWEST = -3.0e38;

// Scores of 4 heads, then weights.
var<workgroup> scores: array<vec4<f32>, 128>;
var<workgroup> lines: array<vec4<f32>, 288>;
var<workgroup> columns: array<vec4<f32>, 128>;

var<workgroup> max_parts: array<vec4<f32>, 128>;

fn max_of_all(own: vec4<f32>, index: u32) -> vec4<f32> {
    max_parts[index] = own;
    workgroupBarrier();
    if index < 64u {
        max_parts[index] = max(max_parts[index], max_parts[index + 64u]);
    }
    workgroupBarrier();
    if index < 32u {
        max_parts[index] = max(max_parts[index], max_parts[index + 32u]);
    }
    workgroupBarrier();
    if index < 16u {
        max_parts[index] = max(max_parts[index], max_parts[index + 16u]);
    }
    workgroupBarrier();
    if index < 8u {
        max_parts[index] = max(max_parts[index], max_parts[index + 8u]);
    }
    workgroupBarrier();
    if index < 4u {
        max_parts[index] = max(max_parts[index], max_parts[index + 4u]);
    }
    workgroupBarrier();
    if index < 2u {
        max_parts[index] = max(max_parts[index], max_parts[index + 2u]);
    }
    workgroupBarrier();
    if index < 1u {
        max_parts[index] = max(max_parts[index], max_parts[index + 1u]);
    }
    workgroupBarrier();
    return max_parts[0];
}

var<workgroup> sum_parts: array<vec4<f32>, 128>;

fn sum_of_all(own: vec4<f32>, index: u32) -> vec4<f32> {
    sum_parts[index] = own;
    workgroupBarrier();
    if index < 64u {
        sum_parts[index] = sum_parts[index] + sum_parts[index + 64u];
    }
    workgroupBarrier();
    if index < 32u {
        sum_parts[index] = sum_parts[index] + sum_parts[index + 32u];
    }
    workgroupBarrier();
    if index < 16u {
        sum_parts[index] = sum_parts[index] + sum_parts[index + 16u];
    }
    workgroupBarrier();
    if index < 8u {
        sum_parts[index] = sum_parts[index] + sum_parts[index + 8u];
    }
    workgroupBarrier();
    if index < 4u {
        sum_parts[index] = sum_parts[index] + sum_parts[index + 4u];
    }
    workgroupBarrier();
    if index < 2u {
        sum_parts[index] = sum_parts[index] + sum_parts[index + 2u];
    }
    workgroupBarrier();
    if index < 1u {
        sum_parts[index] = sum_parts[index] + sum_parts[index + 1u];
    }
    workgroupBarrier();
    return sum_parts[0];
}

@compute @workgroup_size(128)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let head = group.y * 4u;
    let kv_head = head / (dims.heads / dims.kv_heads);
    let scale = inverseSqrt(f32(dims.head_dim));
    let lane_of_key = index % 8u;
    let start = min(group.x * 128u, dims.context);
    let count = min(128u, dims.context - start);
    // Where reading beyond the part ends; what is read there twice is not used.
    let last = select(start + count, dims.context, count == 0u) - 1u;
    let q0_0 = vec4<f32>(q[(head + 0u) * 32u + lane_of_key + 0u]);
    let q0_1 = vec4<f32>(q[(head + 0u) * 32u + lane_of_key + 8u]);
    let q0_2 = vec4<f32>(q[(head + 0u) * 32u + lane_of_key + 16u]);
    let q0_3 = vec4<f32>(q[(head + 0u) * 32u + lane_of_key + 24u]);
    let q1_0 = vec4<f32>(q[(head + 1u) * 32u + lane_of_key + 0u]);
    let q1_1 = vec4<f32>(q[(head + 1u) * 32u + lane_of_key + 8u]);
    let q1_2 = vec4<f32>(q[(head + 1u) * 32u + lane_of_key + 16u]);
    let q1_3 = vec4<f32>(q[(head + 1u) * 32u + lane_of_key + 24u]);
    let q2_0 = vec4<f32>(q[(head + 2u) * 32u + lane_of_key + 0u]);
    let q2_1 = vec4<f32>(q[(head + 2u) * 32u + lane_of_key + 8u]);
    let q2_2 = vec4<f32>(q[(head + 2u) * 32u + lane_of_key + 16u]);
    let q2_3 = vec4<f32>(q[(head + 2u) * 32u + lane_of_key + 24u]);
    let q3_0 = vec4<f32>(q[(head + 3u) * 32u + lane_of_key + 0u]);
    let q3_1 = vec4<f32>(q[(head + 3u) * 32u + lane_of_key + 8u]);
    let q3_2 = vec4<f32>(q[(head + 3u) * 32u + lane_of_key + 16u]);
    let q3_3 = vec4<f32>(q[(head + 3u) * 32u + lane_of_key + 24u]);

    for (var base = 0u; base < count; base += 32u) {
        let key0 = (min(start + base + index / 8u, last) * dims.kv_heads + kv_head) * 32u;
        let k0_0 = vec4<f32>(k[key0 + lane_of_key]);
        let k0_1 = vec4<f32>(k[key0 + lane_of_key + 8u]);
        let k0_2 = vec4<f32>(k[key0 + lane_of_key + 16u]);
        let k0_3 = vec4<f32>(k[key0 + lane_of_key + 24u]);
        let key1 = (min(start + base + index / 8u + 16u, last) * dims.kv_heads + kv_head) * 32u;
        let k1_0 = vec4<f32>(k[key1 + lane_of_key]);
        let k1_1 = vec4<f32>(k[key1 + lane_of_key + 8u]);
        let k1_2 = vec4<f32>(k[key1 + lane_of_key + 16u]);
        let k1_3 = vec4<f32>(k[key1 + lane_of_key + 24u]);
        var line0 = vec4<f32>();
        line0.x += dot(q0_0, k0_0);
        line0.y += dot(q1_0, k0_0);
        line0.z += dot(q2_0, k0_0);
        line0.w += dot(q3_0, k0_0);
        line0.x += dot(q0_1, k0_1);
        line0.y += dot(q1_1, k0_1);
        line0.z += dot(q2_1, k0_1);
        line0.w += dot(q3_1, k0_1);
        line0.x += dot(q0_2, k0_2);
        line0.y += dot(q1_2, k0_2);
        line0.z += dot(q2_2, k0_2);
        line0.w += dot(q3_2, k0_2);
        line0.x += dot(q0_3, k0_3);
        line0.y += dot(q1_3, k0_3);
        line0.z += dot(q2_3, k0_3);
        line0.w += dot(q3_3, k0_3);
        lines[lane_of_key * 36u + index / 8u] = line0;
        var line1 = vec4<f32>();
        line1.x += dot(q0_0, k1_0);
        line1.y += dot(q1_0, k1_0);
        line1.z += dot(q2_0, k1_0);
        line1.w += dot(q3_0, k1_0);
        line1.x += dot(q0_1, k1_1);
        line1.y += dot(q1_1, k1_1);
        line1.z += dot(q2_1, k1_1);
        line1.w += dot(q3_1, k1_1);
        line1.x += dot(q0_2, k1_2);
        line1.y += dot(q1_2, k1_2);
        line1.z += dot(q2_2, k1_2);
        line1.w += dot(q3_2, k1_2);
        line1.x += dot(q0_3, k1_3);
        line1.y += dot(q1_3, k1_3);
        line1.z += dot(q2_3, k1_3);
        line1.w += dot(q3_3, k1_3);
        lines[lane_of_key * 36u + index / 8u + 16u] = line1;
        workgroupBarrier();
        if index < 32u && base + index < count {
            var score = lines[index];
            score += lines[index + 36u];
            score += lines[index + 72u];
            score += lines[index + 108u];
            score += lines[index + 144u];
            score += lines[index + 180u];
            score += lines[index + 216u];
            score += lines[index + 252u];
            scores[base + index] = score * scale;
        }
        workgroupBarrier();
    }

    let unit = index % 32u;
    let share = index / 32u;
    let column = kv_head * 32u + unit;
    let row = dims.kv_heads * 32u;
    // Beyond 128 invocations there is nothing to share.
    var own_at = select(count, share, share < 4u);
    var own0 = vec4<f32>(v[min(start + own_at, last) * row + column]);
    var own1 = vec4<f32>(v[min(start + own_at + 4u, last) * row + column]);
    var own2 = vec4<f32>(v[min(start + own_at + 8u, last) * row + column]);
    var own3 = vec4<f32>(v[min(start + own_at + 12u, last) * row + column]);
    var own4 = vec4<f32>(v[min(start + own_at + 16u, last) * row + column]);
    var own5 = vec4<f32>(v[min(start + own_at + 20u, last) * row + column]);
    var own6 = vec4<f32>(v[min(start + own_at + 24u, last) * row + column]);
    var own7 = vec4<f32>(v[min(start + own_at + 28u, last) * row + column]);

    var tops = vec4<f32>(LOWEST);
    for (var at = index; at < count; at += 128u) {
        tops = max(tops, scores[at]);
    }
    let top = max_of_all(tops, index);
    var sums = vec4<f32>();
    for (var at = index; at < count; at += 128u) {
        let weight = exp(scores[at] - top);
        scores[at] = weight;
        sums += weight;
    }
    // Its barrier shows all the weights to all.
    let sum = sum_of_all(sums, index);
    var out0 = vec4<f32>();
    var out1 = vec4<f32>();
    var out2 = vec4<f32>();
    var out3 = vec4<f32>();
    while own_at < count {
        let then = own_at + 32u;
        let next0 = vec4<f32>(v[min(start + then, last) * row + column]);
        let next1 = vec4<f32>(v[min(start + then + 4u, last) * row + column]);
        let next2 = vec4<f32>(v[min(start + then + 8u, last) * row + column]);
        let next3 = vec4<f32>(v[min(start + then + 12u, last) * row + column]);
        let next4 = vec4<f32>(v[min(start + then + 16u, last) * row + column]);
        let next5 = vec4<f32>(v[min(start + then + 20u, last) * row + column]);
        let next6 = vec4<f32>(v[min(start + then + 24u, last) * row + column]);
        let next7 = vec4<f32>(v[min(start + then + 28u, last) * row + column]);
        {
            let at = own_at;
            let weight = select(vec4<f32>(), scores[min(at, 127u)], at < count);
            out0 += weight.x * own0;
            out1 += weight.y * own0;
            out2 += weight.z * own0;
            out3 += weight.w * own0;
        }
        {
            let at = own_at + 4u;
            let weight = select(vec4<f32>(), scores[min(at, 127u)], at < count);
            out0 += weight.x * own1;
            out1 += weight.y * own1;
            out2 += weight.z * own1;
            out3 += weight.w * own1;
        }
        {
            let at = own_at + 8u;
            let weight = select(vec4<f32>(), scores[min(at, 127u)], at < count);
            out0 += weight.x * own2;
            out1 += weight.y * own2;
            out2 += weight.z * own2;
            out3 += weight.w * own2;
        }
        {
            let at = own_at + 12u;
            let weight = select(vec4<f32>(), scores[min(at, 127u)], at < count);
            out0 += weight.x * own3;
            out1 += weight.y * own3;
            out2 += weight.z * own3;
            out3 += weight.w * own3;
        }
        {
            let at = own_at + 16u;
            let weight = select(vec4<f32>(), scores[min(at, 127u)], at < count);
            out0 += weight.x * own4;
            out1 += weight.y * own4;
            out2 += weight.z * own4;
            out3 += weight.w * own4;
        }
        {
            let at = own_at + 20u;
            let weight = select(vec4<f32>(), scores[min(at, 127u)], at < count);
            out0 += weight.x * own5;
            out1 += weight.y * own5;
            out2 += weight.z * own5;
            out3 += weight.w * own5;
        }
        {
            let at = own_at + 24u;
            let weight = select(vec4<f32>(), scores[min(at, 127u)], at < count);
            out0 += weight.x * own6;
            out1 += weight.y * own6;
            out2 += weight.z * own6;
            out3 += weight.w * own6;
        }
        {
            let at = own_at + 28u;
            let weight = select(vec4<f32>(), scores[min(at, 127u)], at < count);
            out0 += weight.x * own7;
            out1 += weight.y * own7;
            out2 += weight.z * own7;
            out3 += weight.w * own7;
        }
        own0 = next0;
        own1 = next1;
        own2 = next2;
        own3 = next3;
        own4 = next4;
        own5 = next5;
        own6 = next6;
        own7 = next7;
        own_at = then;
    }
    columns[index] = out0;
    workgroupBarrier();
    if index < 32u {
        var all = columns[index];
        all += columns[index + 32u];
        all += columns[index + 64u];
        all += columns[index + 96u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = vec4<f32>();
        } else {
            all /= sum.x;
        }
        partial[(group.x * dims.heads + head + 0u) * 32u + index] = all;
    }
    if index == 0u {
        lse[group.x * dims.heads + head + 0u] = select(-1e30, top.x + log(sum.x), count > 0u);
    }
    workgroupBarrier();
    columns[index] = out1;
    workgroupBarrier();
    if index < 32u {
        var all = columns[index];
        all += columns[index + 32u];
        all += columns[index + 64u];
        all += columns[index + 96u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = vec4<f32>();
        } else {
            all /= sum.y;
        }
        partial[(group.x * dims.heads + head + 1u) * 32u + index] = all;
    }
    if index == 0u {
        lse[group.x * dims.heads + head + 1u] = select(-1e30, top.y + log(sum.y), count > 0u);
    }
    workgroupBarrier();
    columns[index] = out2;
    workgroupBarrier();
    if index < 32u {
        var all = columns[index];
        all += columns[index + 32u];
        all += columns[index + 64u];
        all += columns[index + 96u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = vec4<f32>();
        } else {
            all /= sum.z;
        }
        partial[(group.x * dims.heads + head + 2u) * 32u + index] = all;
    }
    if index == 0u {
        lse[group.x * dims.heads + head + 2u] = select(-1e30, top.z + log(sum.z), count > 0u);
    }
    workgroupBarrier();
    columns[index] = out3;
    workgroupBarrier();
    if index < 32u {
        var all = columns[index];
        all += columns[index + 32u];
        all += columns[index + 64u];
        all += columns[index + 96u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = vec4<f32>();
        } else {
            all /= sum.w;
        }
        partial[(group.x * dims.heads + head + 3u) * 32u + index] = all;
    }
    if index == 0u {
        lse[group.x * dims.heads + head + 3u] = select(-1e30, top.w + log(sum.w), count > 0u);
    }
    workgroupBarrier();
}
