// Rendered from templates/attention_split.wgsl.j2 for attention/attention_decode[context=33,head_dim=18,heads=6,kv_heads=2]@cache=cold,reduce=subgroup,splits=8,storage=f32,workgroup=64; not to be edited: `gate render` writes it anew.
                 
struct Dims {
    context: u32,
    heads: u32,
    kv_heads: u32,
    head_dim: u32,
    splits: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read_write> partial: array<f32>;
@group(0) @binding(5) var<storage, read_write> lse: array<f32>;

// Below every score.
const LOWEST = -3.0e38;

// Scores of 3 heads, then weights.
var<workgroup> scores: array<vec3<f32>, 5>;
var<workgroup> lines: array<vec3<f32>, 160>;
var<workgroup> columns: array<f32, 64>;

var<workgroup> max_parts: array<vec3<f32>, 64>;

fn max_of_all(own: vec3<f32>, lane: u32, subgroup: u32, subgroups: u32) -> vec3<f32> {
    let part = subgroupMax(own);
    if lane == 0u {
        max_parts[subgroup] = part;
    }
    workgroupBarrier();
    var all = max_parts[0];
    for (var other = 1u; other < subgroups; other++) {
        all = max(all, max_parts[other]);
    }
    return all;
}

var<workgroup> sum_parts: array<vec3<f32>, 64>;

fn sum_of_all(own: vec3<f32>, lane: u32, subgroup: u32, subgroups: u32) -> vec3<f32> {
    let part = subgroupAdd(own);
    if lane == 0u {
        sum_parts[subgroup] = part;
    }
    workgroupBarrier();
    var all = sum_parts[0];
    for (var other = 1u; other < subgroups; other++) {
        all = all + sum_parts[other];
    }
    return all;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
) {
    let head = group.y * 3u;
    let kv_head = head / (dims.heads / dims.kv_heads);
    let scale = inverseSqrt(f32(dims.head_dim));
    let lane_of_key = index % 8u;
    let start = min(group.x * 5u, dims.context);
    let count = min(5u, dims.context - start);
    // Where reading beyond the part ends; what is read there twice is not used.
    let last = select(start + count, dims.context, count == 0u) - 1u;
    let q0_0 = select(f32(), f32(q[(head + 0u) * 18u + min(lane_of_key + 0u, 17u)]), lane_of_key + 0u < 18u);
    let q0_1 = select(f32(), f32(q[(head + 0u) * 18u + min(lane_of_key + 8u, 17u)]), lane_of_key + 8u < 18u);
    let q0_2 = select(f32(), f32(q[(head + 0u) * 18u + min(lane_of_key + 16u, 17u)]), lane_of_key + 16u < 18u);
    let q1_0 = select(f32(), f32(q[(head + 1u) * 18u + min(lane_of_key + 0u, 17u)]), lane_of_key + 0u < 18u);
    let q1_1 = select(f32(), f32(q[(head + 1u) * 18u + min(lane_of_key + 8u, 17u)]), lane_of_key + 8u < 18u);
    let q1_2 = select(f32(), f32(q[(head + 1u) * 18u + min(lane_of_key + 16u, 17u)]), lane_of_key + 16u < 18u);
    let q2_0 = select(f32(), f32(q[(head + 2u) * 18u + min(lane_of_key + 0u, 17u)]), lane_of_key + 0u < 18u);
    let q2_1 = select(f32(), f32(q[(head + 2u) * 18u + min(lane_of_key + 8u, 17u)]), lane_of_key + 8u < 18u);
    let q2_2 = select(f32(), f32(q[(head + 2u) * 18u + min(lane_of_key + 16u, 17u)]), lane_of_key + 16u < 18u);

    for (var base = 0u; base < count; base += 16u) {
        let key0 = (min(start + base + index / 8u, last) * dims.kv_heads + kv_head) * 18u;
        let k0_0 = f32(k[key0 + min(lane_of_key + 0u, 17u)]);
        let k0_1 = f32(k[key0 + min(lane_of_key + 8u, 17u)]);
        let k0_2 = f32(k[key0 + min(lane_of_key + 16u, 17u)]);
        let key1 = (min(start + base + index / 8u + 8u, last) * dims.kv_heads + kv_head) * 18u;
        let k1_0 = f32(k[key1 + min(lane_of_key + 0u, 17u)]);
        let k1_1 = f32(k[key1 + min(lane_of_key + 8u, 17u)]);
        let k1_2 = f32(k[key1 + min(lane_of_key + 16u, 17u)]);
        var line0 = vec3<f32>();
        line0.x += q0_0 * k0_0;
        line0.y += q1_0 * k0_0;
        line0.z += q2_0 * k0_0;
        line0.x += q0_1 * k0_1;
        line0.y += q1_1 * k0_1;
        line0.z += q2_1 * k0_1;
        line0.x += q0_2 * k0_2;
        line0.y += q1_2 * k0_2;
        line0.z += q2_2 * k0_2;
        lines[lane_of_key * 20u + index / 8u] = line0;
        var line1 = vec3<f32>();
        line1.x += q0_0 * k1_0;
        line1.y += q1_0 * k1_0;
        line1.z += q2_0 * k1_0;
        line1.x += q0_1 * k1_1;
        line1.y += q1_1 * k1_1;
        line1.z += q2_1 * k1_1;
        line1.x += q0_2 * k1_2;
        line1.y += q1_2 * k1_2;
        line1.z += q2_2 * k1_2;
        lines[lane_of_key * 20u + index / 8u + 8u] = line1;
        workgroupBarrier();
        if index < 16u && base + index < count {
            var score = lines[index];
            score += lines[index + 20u];
            score += lines[index + 40u];
            score += lines[index + 60u];
            score += lines[index + 80u];
            score += lines[index + 100u];
            score += lines[index + 120u];
            score += lines[index + 140u];
            scores[base + index] = score * scale;
        }
        workgroupBarrier();
    }

    let unit = index % 18u;
    let share = index / 18u;
    let column = kv_head * 18u + unit;
    let row = dims.kv_heads * 18u;
    // Beyond 54 invocations there is nothing to share.
    var own_at = select(count, share, share < 3u);
    var own0 = f32(v[min(start + own_at, last) * row + column]);
    var own1 = f32(v[min(start + own_at + 3u, last) * row + column]);
    var own2 = f32(v[min(start + own_at + 6u, last) * row + column]);
    var own3 = f32(v[min(start + own_at + 9u, last) * row + column]);
    var own4 = f32(v[min(start + own_at + 12u, last) * row + column]);
    var own5 = f32(v[min(start + own_at + 15u, last) * row + column]);
    var own6 = f32(v[min(start + own_at + 18u, last) * row + column]);
    var own7 = f32(v[min(start + own_at + 21u, last) * row + column]);

    var tops = vec3<f32>(LOWEST);
    for (var at = index; at < count; at += 64u) {
        tops = max(tops, scores[at]);
    }
    let top = max_of_all(tops, lane, subgroup, subgroups);
    var sums = vec3<f32>();
    for (var at = index; at < count; at += 64u) {
        let weight = exp(scores[at] - top);
        scores[at] = weight;
        sums += weight;
    }
    // Its barrier shows all the weights to all.
    let sum = sum_of_all(sums, lane, subgroup, subgroups);
    var out0 = f32();
    var out1 = f32();
    var out2 = f32();
    while own_at < count {
        let then = own_at + 24u;
        let next0 = f32(v[min(start + then, last) * row + column]);
        let next1 = f32(v[min(start + then + 3u, last) * row + column]);
        let next2 = f32(v[min(start + then + 6u, last) * row + column]);
        let next3 = f32(v[min(start + then + 9u, last) * row + column]);
        let next4 = f32(v[min(start + then + 12u, last) * row + column]);
        let next5 = f32(v[min(start + then + 15u, last) * row + column]);
        let next6 = f32(v[min(start + then + 18u, last) * row + column]);
        let next7 = f32(v[min(start + then + 21u, last) * row + column]);
        {
            let at = own_at;
            let weight = select(vec3<f32>(), scores[min(at, 4u)], at < count);
            out0 += weight.x * own0;
            out1 += weight.y * own0;
            out2 += weight.z * own0;
        }
        {
            let at = own_at + 3u;
            let weight = select(vec3<f32>(), scores[min(at, 4u)], at < count);
            out0 += weight.x * own1;
            out1 += weight.y * own1;
            out2 += weight.z * own1;
        }
        {
            let at = own_at + 6u;
            let weight = select(vec3<f32>(), scores[min(at, 4u)], at < count);
            out0 += weight.x * own2;
            out1 += weight.y * own2;
            out2 += weight.z * own2;
        }
        {
            let at = own_at + 9u;
            let weight = select(vec3<f32>(), scores[min(at, 4u)], at < count);
            out0 += weight.x * own3;
            out1 += weight.y * own3;
            out2 += weight.z * own3;
        }
        {
            let at = own_at + 12u;
            let weight = select(vec3<f32>(), scores[min(at, 4u)], at < count);
            out0 += weight.x * own4;
            out1 += weight.y * own4;
            out2 += weight.z * own4;
        }
        {
            let at = own_at + 15u;
            let weight = select(vec3<f32>(), scores[min(at, 4u)], at < count);
            out0 += weight.x * own5;
            out1 += weight.y * own5;
            out2 += weight.z * own5;
        }
        {
            let at = own_at + 18u;
            let weight = select(vec3<f32>(), scores[min(at, 4u)], at < count);
            out0 += weight.x * own6;
            out1 += weight.y * own6;
            out2 += weight.z * own6;
        }
        {
            let at = own_at + 21u;
            let weight = select(vec3<f32>(), scores[min(at, 4u)], at < count);
            out0 += weight.x * own7;
            out1 += weight.y * own7;
            out2 += weight.z * own7;
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
    if index < 18u {
        var all = columns[index];
        all += columns[index + 18u];
        all += columns[index + 36u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = f32();
        } else {
            all /= sum.x;
        }
        partial[(group.x * dims.heads + head + 0u) * 18u + index] = all;
    }
    if index == 0u {
        lse[group.x * dims.heads + head + 0u] = select(-1e30, top.x + log(sum.x), count > 0u);
    }
    workgroupBarrier();
    columns[index] = out1;
    workgroupBarrier();
    if index < 18u {
        var all = columns[index];
        all += columns[index + 18u];
        all += columns[index + 36u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = f32();
        } else {
            all /= sum.y;
        }
        partial[(group.x * dims.heads + head + 1u) * 18u + index] = all;
    }
    if index == 0u {
        lse[group.x * dims.heads + head + 1u] = select(-1e30, top.y + log(sum.y), count > 0u);
    }
    workgroupBarrier();
    columns[index] = out2;
    workgroupBarrier();
    if index < 18u {
        var all = columns[index];
        all += columns[index + 18u];
        all += columns[index + 36u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = f32();
        } else {
            all /= sum.z;
        }
        partial[(group.x * dims.heads + head + 2u) * 18u + index] = all;
    }
    if index == 0u {
        lse[group.x * dims.heads + head + 2u] = select(-1e30, top.z + log(sum.z), count > 0u);
    }
    workgroupBarrier();
}
