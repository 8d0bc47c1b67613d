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
var<workgroup> scores: array<vec3<f32>, 8>;
var<workgroup> lines: array<array<vec3<f32>, 9>, 8>;
var<workgroup> columns: array<array<f32, 64>, 2>;

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
    let head = group.x * 3u;
    let kv_head = head / (dims.heads / dims.kv_heads);
    let scale = inverseSqrt(f32(dims.head_dim));
    // Columns of a head in units of f32.
    let units = dims.head_dim;
    let start = min(group.y * 5u, dims.context);
    let count = min(5u, dims.context - start);
    let last = max(start + count, 1u) - 1u;
    let unit = index % 18u;
    let share = min(index / 18u, 2u);

    // As one of 8 that share a key.
    let line = index % 8u;
    let row = index / 8u;
    let unit0 = min(line + 0u, units - 1u);
    var query0_0 = f32(q[(head + 0u) * units + unit0]) * scale;
    if line + 0u >= units {
        query0_0 = f32();
    }
    var query1_0 = f32(q[(head + 1u) * units + unit0]) * scale;
    if line + 0u >= units {
        query1_0 = f32();
    }
    var query2_0 = f32(q[(head + 2u) * units + unit0]) * scale;
    if line + 0u >= units {
        query2_0 = f32();
    }
    let unit1 = min(line + 8u, units - 1u);
    var query0_1 = f32(q[(head + 0u) * units + unit1]) * scale;
    if line + 8u >= units {
        query0_1 = f32();
    }
    var query1_1 = f32(q[(head + 1u) * units + unit1]) * scale;
    if line + 8u >= units {
        query1_1 = f32();
    }
    var query2_1 = f32(q[(head + 2u) * units + unit1]) * scale;
    if line + 8u >= units {
        query2_1 = f32();
    }
    let unit2 = min(line + 16u, units - 1u);
    var query0_2 = f32(q[(head + 0u) * units + unit2]) * scale;
    if line + 16u >= units {
        query0_2 = f32();
    }
    var query1_2 = f32(q[(head + 1u) * units + unit2]) * scale;
    if line + 16u >= units {
        query1_2 = f32();
    }
    var query2_2 = f32(q[(head + 2u) * units + unit2]) * scale;
    if line + 16u >= units {
        query2_2 = f32();
    }

    let base = 0u;
        let key0 = ((min(start + (base + row + 0u), last)) * dims.kv_heads + kv_head) * units;
        let key0_0 = k[key0 + unit0];
        let key0_1 = k[key0 + unit1];
        let key0_2 = k[key0 + unit2];
    let value0 = v[((min(start + (share + 0u), last)) * dims.kv_heads + kv_head) * units + unit];
    let value1 = v[((min(start + (share + 3u), last)) * dims.kv_heads + kv_head) * units + unit];
        {
            var own = vec3<f32>();
            own.x += (query0_0 * f32(key0_0));
            own.y += (query1_0 * f32(key0_0));
            own.z += (query2_0 * f32(key0_0));
            own.x += (query0_1 * f32(key0_1));
            own.y += (query1_1 * f32(key0_1));
            own.z += (query2_1 * f32(key0_1));
            own.x += (query0_2 * f32(key0_2));
            own.y += (query1_2 * f32(key0_2));
            own.z += (query2_2 * f32(key0_2));
            lines[line][row + 0u] = own;
        }
        workgroupBarrier();
        if index + 0u < 8u {
            let at = index + 0u;
            var score = lines[0][at];
            score += lines[1][at];
            score += lines[2][at];
            score += lines[3][at];
            score += lines[4][at];
            score += lines[5][at];
            score += lines[6][at];
            score += lines[7][at];
            scores[base + at] = score;
        }
        workgroupBarrier();

    var tops = vec3<f32>(LOWEST);
    for (var at = index; at < count; at += 64u) {
        tops = max(tops, scores[at]);
    }
    let top = max_of_all(tops, index);
    var sums = vec3<f32>();
    for (var at = index; at < 8u; at += 64u) {
        var weight = vec3<f32>();
        if at < count {
            weight = exp(scores[at] - top);
        }
        scores[at] = weight;
        sums += weight;
    }
    // Its barrier shows all the weights to all.
    let sum = sum_of_all(sums, index);
    var out0 = f32();
    var out1 = f32();
    var out2 = f32();
    {
        let weight = scores[share + 0u];
        let own = f32(value0);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
    }
    {
        let weight = scores[share + 3u];
        let own = f32(value1);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
    }
    columns[0][index] = out0;
    workgroupBarrier();
    if index < 18u {
        var all = columns[0][index];
        all += columns[0][index + 18u];
        all += columns[0][index + 36u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = f32();
        } else {
            all /= sum.x;
        }
        partial[(group.y * dims.heads + head + 0u) * units + index] = all;
    }
    if index == 0u {
        lse[group.y * dims.heads + head + 0u] = select(-1e30, top.x + log(sum.x), count > 0u);
    }
    columns[1][index] = out1;
    workgroupBarrier();
    if index < 18u {
        var all = columns[1][index];
        all += columns[1][index + 18u];
        all += columns[1][index + 36u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = f32();
        } else {
            all /= sum.y;
        }
        partial[(group.y * dims.heads + head + 1u) * units + index] = all;
    }
    if index == 0u {
        lse[group.y * dims.heads + head + 1u] = select(-1e30, top.y + log(sum.y), count > 0u);
    }
    columns[0][index] = out2;
    workgroupBarrier();
    if index < 18u {
        var all = columns[0][index];
        all += columns[0][index + 18u];
        all += columns[0][index + 36u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = f32();
        } else {
            all /= sum.z;
        }
        partial[(group.y * dims.heads + head + 2u) * units + index] = all;
    }
    if index == 0u {
        lse[group.y * dims.heads + head + 2u] = select(-1e30, top.z + log(sum.z), count > 0u);
    }
}
