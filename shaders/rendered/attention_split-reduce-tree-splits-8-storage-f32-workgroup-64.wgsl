// Rendered from templates/attention_split.wgsl.j2 for attention/attention_decode[context=33,head_dim=18,heads=6,kv_heads=2]@cache=cold,reduce=tree,splits=8,storage=f32,workgroup=64; not to be edited: `gate render` writes it anew.
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
var<workgroup> lines: array<vec3<f32>, 64>;
var<workgroup> columns: array<f32, 64>;

var<workgroup> max_parts: array<vec3<f32>, 64>;

fn max_of_all(own: vec3<f32>, index: u32) -> vec3<f32> {
    max_parts[index] = own;
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

var<workgroup> sum_parts: array<vec3<f32>, 64>;

fn sum_of_all(own: vec3<f32>, index: u32) -> vec3<f32> {
    sum_parts[index] = own;
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

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let head = group.y * 3u;
    let kv_head = head / (dims.heads / dims.kv_heads);
    let scale = inverseSqrt(f32(dims.head_dim));
    // Columns of a head in units of f32.
    let units = dims.head_dim;
    let start = min(group.x * 5u, dims.context);
    let count = min(5u, dims.context - start);

    for (var base = 0u; base < count; base += 8u) {
        let at = base + index / 8u;
        var line = vec3<f32>();
        if at < count {
            let key = ((start + at) * dims.kv_heads + kv_head) * units;
            for (var unit = index % 8u; unit < units; unit += 8u) {
                let own = f32(k[key + unit]);
                line.x += (f32(q[(head + 0u) * units + unit]) * own);
                line.y += (f32(q[(head + 1u) * units + unit]) * own);
                line.z += (f32(q[(head + 2u) * units + unit]) * own);
            }
        }
        lines[index] = line;
        workgroupBarrier();
        if index < 8u && base + index < count {
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

    var tops = vec3<f32>(LOWEST);
    for (var at = index; at < count; at += 64u) {
        tops = max(tops, scores[at]);
    }
    let top = max_of_all(tops, index);
    var sums = vec3<f32>();
    for (var at = index; at < count; at += 64u) {
        let weight = exp(scores[at] - top);
        scores[at] = weight;
        sums += weight;
    }
    // Its barrier shows all the weights to all.
    let sum = sum_of_all(sums, index);

    let unit = index % 18u;
    let share = index / 18u;
    var out0 = f32();
    var out1 = f32();
    var out2 = f32();
    if share < 3u {
        for (var at = share; at < count; at += 3u) {
            let own = f32(v[((start + at) * dims.kv_heads + kv_head) * units + unit]);
            let weight = scores[at];
            out0 += weight.x * own;
            out1 += weight.y * own;
            out2 += weight.z * own;
        }
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
        partial[(group.x * dims.heads + head + 0u) * units + index] = all;
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
        partial[(group.x * dims.heads + head + 1u) * units + index] = all;
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
        partial[(group.x * dims.heads + head + 2u) * units + index] = all;
    }
    if index == 0u {
        lse[group.x * dims.heads + head + 2u] = select(-1e30, top.z + log(sum.z), count > 0u);
    }
    workgroupBarrier();
}
