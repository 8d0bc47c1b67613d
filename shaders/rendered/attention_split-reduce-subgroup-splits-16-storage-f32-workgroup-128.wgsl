// Rendered from templates/attention_split.wgsl.j2 for attention/attention_decode[context=2048,head_dim=128,heads=32,kv_heads=32]@cache=cold,reduce=subgroup,splits=16,storage=f32,workgroup=128; not to be edited: `gate render` writes it anew.
                 
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

// Scores of 1 head, then weights.
var<workgroup> scores: array<f32, 128>;
var<workgroup> lines: array<f32, 544>;
var<workgroup> columns: array<vec4<f32>, 128>;

var<workgroup> max_parts: array<f32, 128>;

fn max_of_all(own: f32, lane: u32, subgroup: u32, subgroups: u32) -> f32 {
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

var<workgroup> sum_parts: array<f32, 128>;

fn sum_of_all(own: f32, lane: u32, subgroup: u32, subgroups: u32) -> f32 {
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

@compute @workgroup_size(128)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
) {
    let head = group.y * 1u;
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

    for (var base = 0u; base < count; base += 64u) {
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
        let key2 = (min(start + base + index / 8u + 32u, last) * dims.kv_heads + kv_head) * 32u;
        let k2_0 = vec4<f32>(k[key2 + lane_of_key]);
        let k2_1 = vec4<f32>(k[key2 + lane_of_key + 8u]);
        let k2_2 = vec4<f32>(k[key2 + lane_of_key + 16u]);
        let k2_3 = vec4<f32>(k[key2 + lane_of_key + 24u]);
        let key3 = (min(start + base + index / 8u + 48u, last) * dims.kv_heads + kv_head) * 32u;
        let k3_0 = vec4<f32>(k[key3 + lane_of_key]);
        let k3_1 = vec4<f32>(k[key3 + lane_of_key + 8u]);
        let k3_2 = vec4<f32>(k[key3 + lane_of_key + 16u]);
        let k3_3 = vec4<f32>(k[key3 + lane_of_key + 24u]);
        var line0 = f32();
        line0 += dot(q0_0, k0_0);
        line0 += dot(q0_1, k0_1);
        line0 += dot(q0_2, k0_2);
        line0 += dot(q0_3, k0_3);
        lines[lane_of_key * 68u + index / 8u] = line0;
        var line1 = f32();
        line1 += dot(q0_0, k1_0);
        line1 += dot(q0_1, k1_1);
        line1 += dot(q0_2, k1_2);
        line1 += dot(q0_3, k1_3);
        lines[lane_of_key * 68u + index / 8u + 16u] = line1;
        var line2 = f32();
        line2 += dot(q0_0, k2_0);
        line2 += dot(q0_1, k2_1);
        line2 += dot(q0_2, k2_2);
        line2 += dot(q0_3, k2_3);
        lines[lane_of_key * 68u + index / 8u + 32u] = line2;
        var line3 = f32();
        line3 += dot(q0_0, k3_0);
        line3 += dot(q0_1, k3_1);
        line3 += dot(q0_2, k3_2);
        line3 += dot(q0_3, k3_3);
        lines[lane_of_key * 68u + index / 8u + 48u] = line3;
        workgroupBarrier();
        if index < 64u && base + index < count {
            var score = lines[index];
            score += lines[index + 68u];
            score += lines[index + 136u];
            score += lines[index + 204u];
            score += lines[index + 272u];
            score += lines[index + 340u];
            score += lines[index + 408u];
            score += lines[index + 476u];
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

    var tops = f32(LOWEST);
    for (var at = index; at < count; at += 128u) {
        tops = max(tops, scores[at]);
    }
    let top = max_of_all(tops, lane, subgroup, subgroups);
    var sums = f32();
    for (var at = index; at < count; at += 128u) {
        let weight = exp(scores[at] - top);
        scores[at] = weight;
        sums += weight;
    }
    // Its barrier shows all the weights to all.
    let sum = sum_of_all(sums, lane, subgroup, subgroups);
    var out0 = vec4<f32>();
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
            let weight = select(f32(), scores[min(at, 127u)], at < count);
            out0 += weight * own0;
        }
        {
            let at = own_at + 4u;
            let weight = select(f32(), scores[min(at, 127u)], at < count);
            out0 += weight * own1;
        }
        {
            let at = own_at + 8u;
            let weight = select(f32(), scores[min(at, 127u)], at < count);
            out0 += weight * own2;
        }
        {
            let at = own_at + 12u;
            let weight = select(f32(), scores[min(at, 127u)], at < count);
            out0 += weight * own3;
        }
        {
            let at = own_at + 16u;
            let weight = select(f32(), scores[min(at, 127u)], at < count);
            out0 += weight * own4;
        }
        {
            let at = own_at + 20u;
            let weight = select(f32(), scores[min(at, 127u)], at < count);
            out0 += weight * own5;
        }
        {
            let at = own_at + 24u;
            let weight = select(f32(), scores[min(at, 127u)], at < count);
            out0 += weight * own6;
        }
        {
            let at = own_at + 28u;
            let weight = select(f32(), scores[min(at, 127u)], at < count);
            out0 += weight * own7;
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
            all /= sum;
        }
        partial[(group.x * dims.heads + head + 0u) * 32u + index] = all;
    }
    if index == 0u {
        lse[group.x * dims.heads + head + 0u] = select(-1e30, top + log(sum), count > 0u);
    }
    workgroupBarrier();
}
