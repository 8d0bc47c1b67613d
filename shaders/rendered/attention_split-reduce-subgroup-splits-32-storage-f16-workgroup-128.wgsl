// Rendered from templates/attention_split.wgsl.j2 for attention/attention_decode[context=2048,head_dim=128,heads=32,kv_heads=32]@cache=cold,reduce=subgroup,splits=32,storage=f16,workgroup=128; not to be edited: `gate render` writes it anew.
enable f16;
                 
struct Dims {
    context: u32,
    heads: u32,
    kv_heads: u32,
    head_dim: u32,
    splits: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> q: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f16>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f16>>;
@group(0) @binding(4) var<storage, read_write> partial: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> lse: array<f32>;

// Below every score.
const LOWEST = -3.0e38;

// Scores of 1 head, then weights.
var<workgroup> scores: array<f32, 64>;
var<workgroup> lines: array<f32, 128>;
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
    // Columns of a head in units of vec4<f32>.
    let units = dims.head_dim / 4u;
    let start = min(group.x * 64u, dims.context);
    let count = min(64u, dims.context - start);

    for (var base = 0u; base < count; base += 16u) {
        let at = base + index / 8u;
        var line = f32();
        if at < count {
            let key = ((start + at) * dims.kv_heads + kv_head) * units;
            for (var unit = index % 8u; unit < units; unit += 8u) {
                let own = vec4<f32>(k[key + unit]);
                line += dot(vec4<f32>(q[(head + 0u) * units + unit]), own);
            }
        }
        lines[index] = line;
        workgroupBarrier();
        if index < 16u && base + index < count {
            var score = lines[8u * index];
            score += lines[8u * index + 1u];
            score += lines[8u * index + 2u];
            score += lines[8u * index + 3u];
            score += lines[8u * index + 4u];
            score += lines[8u * index + 5u];
            score += lines[8u * index + 6u];
            score += lines[8u * index + 7u];
            scores[base + index] = score * scale;
        }
        workgroupBarrier();
    }

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

    let unit = index % 32u;
    let share = index / 32u;
    var out0 = vec4<f32>();
    if share < 4u {
        for (var at = share; at < count; at += 4u) {
            let own = vec4<f32>(v[((start + at) * dims.kv_heads + kv_head) * units + unit]);
            let weight = scores[at];
            out0 += weight * own;
        }
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
        partial[(group.x * dims.heads + head + 0u) * units + index] = all;
    }
    if index == 0u {
        lse[group.x * dims.heads + head + 0u] = select(-1e30, top + log(sum), count > 0u);
    }
    workgroupBarrier();
}
