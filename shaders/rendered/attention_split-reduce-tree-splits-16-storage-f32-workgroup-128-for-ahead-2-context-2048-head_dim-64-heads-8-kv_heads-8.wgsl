// Rendered from templates/attention_split.wgsl.j2 for model/attention_decode[context=2048,head_dim=64,heads=8,kv_heads=8]@cache=cold,reduce=tree,splits=16,storage=f32,workgroup=128; not to be edited: `gate render` writes it anew.
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
var<workgroup> lines: array<array<f32, 36>, 8>;
var<workgroup> columns: array<array<vec4<f32>, 128>, 1>;

var<workgroup> max_parts: array<f32, 128>;

fn max_of_all(own: f32, index: u32) -> f32 {
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

var<workgroup> sum_parts: array<f32, 128>;

fn sum_of_all(own: f32, index: u32) -> f32 {
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
    let head = group.x * 1u;
    let kv_head = head / (dims.heads / dims.kv_heads);
    let scale = inverseSqrt(f32(dims.head_dim));
    // Columns of a head in units of vec4<f32>.
    let units = dims.head_dim / 4u;
    let start = min(group.y * 128u, dims.context);
    let count = min(128u, dims.context - start);
    let last = max(start + count, 1u) - 1u;
    let unit = index % 16u;
    let share = min(index / 16u, 7u);

    // As one of 8 that share a key.
    let line = index % 8u;
    let row = index / 8u;
    let unit0 = line + 0u;
    let query0_0 = vec4<f32>(q[(head + 0u) * units + unit0]) * scale;
    let unit1 = line + 8u;
    let query0_1 = vec4<f32>(q[(head + 0u) * units + unit1]) * scale;

    for (var base = 0u; base < 128u; base += 32u) {
        let key0 = ((start + (base + row + 0u)) * dims.kv_heads + kv_head) * units;
        let key0_0 = k[key0 + unit0];
        let key0_1 = k[key0 + unit1];
        let key1 = ((start + (base + row + 16u)) * dims.kv_heads + kv_head) * units;
        let key1_0 = k[key1 + unit0];
        let key1_1 = k[key1 + unit1];
        {
            var own = f32();
            own += dot(query0_0, vec4<f32>(key0_0));
            own += dot(query0_1, vec4<f32>(key0_1));
            lines[line][row + 0u] = own;
        }
        {
            var own = f32();
            own += dot(query0_0, vec4<f32>(key1_0));
            own += dot(query0_1, vec4<f32>(key1_1));
            lines[line][row + 16u] = own;
        }
        workgroupBarrier();
        if index + 0u < 32u {
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
    }
    let value0 = v[((start + (share + 0u)) * dims.kv_heads + kv_head) * units + unit];
    let value1 = v[((start + (share + 8u)) * dims.kv_heads + kv_head) * units + unit];
    let value2 = v[((start + (share + 16u)) * dims.kv_heads + kv_head) * units + unit];
    let value3 = v[((start + (share + 24u)) * dims.kv_heads + kv_head) * units + unit];

    var tops = f32(LOWEST);
    for (var at = index; at < count; at += 128u) {
        tops = max(tops, scores[at]);
    }
    let top = max_of_all(tops, index);
    var sums = f32();
    for (var at = index; at < 128u; at += 128u) {
        var weight = f32();
        if at < count {
            weight = exp(scores[at] - top);
        }
        scores[at] = weight;
        sums += weight;
    }
    // Its barrier shows all the weights to all.
    let sum = sum_of_all(sums, index);
    var out0 = vec4<f32>();
    {
        let weight = scores[share + 0u];
        let own = vec4<f32>(value0);
        out0 += weight * own;
    }
    {
        let weight = scores[share + 8u];
        let own = vec4<f32>(value1);
        out0 += weight * own;
    }
    {
        let weight = scores[share + 16u];
        let own = vec4<f32>(value2);
        out0 += weight * own;
    }
    {
        let weight = scores[share + 24u];
        let own = vec4<f32>(value3);
        out0 += weight * own;
    }
    for (var later = 32u; later < 128u; later += 32u) {
        let value0 = v[((start + (later + share + 0u)) * dims.kv_heads + kv_head) * units + unit];
        let value1 = v[((start + (later + share + 8u)) * dims.kv_heads + kv_head) * units + unit];
        let value2 = v[((start + (later + share + 16u)) * dims.kv_heads + kv_head) * units + unit];
        let value3 = v[((start + (later + share + 24u)) * dims.kv_heads + kv_head) * units + unit];
        {
            let weight = scores[later + share + 0u];
            let own = vec4<f32>(value0);
            out0 += weight * own;
        }
        {
            let weight = scores[later + share + 8u];
            let own = vec4<f32>(value1);
            out0 += weight * own;
        }
        {
            let weight = scores[later + share + 16u];
            let own = vec4<f32>(value2);
            out0 += weight * own;
        }
        {
            let weight = scores[later + share + 24u];
            let own = vec4<f32>(value3);
            out0 += weight * own;
        }
    }
    columns[0][index] = out0;
    workgroupBarrier();
    if index < 16u {
        var all = columns[0][index];
        all += columns[0][index + 16u];
        all += columns[0][index + 32u];
        all += columns[0][index + 48u];
        all += columns[0][index + 64u];
        all += columns[0][index + 80u];
        all += columns[0][index + 96u];
        all += columns[0][index + 112u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = vec4<f32>();
        } else {
            all /= sum;
        }
        partial[(group.y * dims.heads + head + 0u) * units + index] = all;
    }
    if index == 0u {
        lse[group.y * dims.heads + head + 0u] = select(-1e30, top + log(sum), count > 0u);
    }
}
