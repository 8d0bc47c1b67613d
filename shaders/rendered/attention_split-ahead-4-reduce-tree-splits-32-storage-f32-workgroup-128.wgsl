// Rendered from templates/attention_split.wgsl.j2 for attention/attention_decode[context=2048,head_dim=128,heads=32,kv_heads=8]@ahead=4,cache=cold,reduce=tree,splits=32,storage=f32,workgroup=128; not to be edited: `gate render` writes it anew.
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
var<workgroup> scores: array<vec4<f32>, 64>;
var<workgroup> lines: array<array<vec4<f32>, 65>, 8>;
var<workgroup> columns: array<array<vec4<f32>, 128>, 2>;

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
    let head = group.x * 4u;
    let kv_head = head / (dims.heads / dims.kv_heads);
    let scale = inverseSqrt(f32(dims.head_dim));
    // Columns of a head in units of vec4<f32>.
    let units = dims.head_dim / 4u;
    let start = min(group.y * 64u, dims.context);
    let count = min(64u, dims.context - start);
    let last = max(start + count, 1u) - 1u;
    let unit = index % 32u;
    let share = min(index / 32u, 3u);

    // As one of 8 that share a key.
    let line = index % 8u;
    let row = index / 8u;
    let unit0 = line + 0u;
    let query0_0 = vec4<f32>(q[(head + 0u) * units + unit0]) * scale;
    let query1_0 = vec4<f32>(q[(head + 1u) * units + unit0]) * scale;
    let query2_0 = vec4<f32>(q[(head + 2u) * units + unit0]) * scale;
    let query3_0 = vec4<f32>(q[(head + 3u) * units + unit0]) * scale;
    let unit1 = line + 8u;
    let query0_1 = vec4<f32>(q[(head + 0u) * units + unit1]) * scale;
    let query1_1 = vec4<f32>(q[(head + 1u) * units + unit1]) * scale;
    let query2_1 = vec4<f32>(q[(head + 2u) * units + unit1]) * scale;
    let query3_1 = vec4<f32>(q[(head + 3u) * units + unit1]) * scale;
    let unit2 = line + 16u;
    let query0_2 = vec4<f32>(q[(head + 0u) * units + unit2]) * scale;
    let query1_2 = vec4<f32>(q[(head + 1u) * units + unit2]) * scale;
    let query2_2 = vec4<f32>(q[(head + 2u) * units + unit2]) * scale;
    let query3_2 = vec4<f32>(q[(head + 3u) * units + unit2]) * scale;
    let unit3 = line + 24u;
    let query0_3 = vec4<f32>(q[(head + 0u) * units + unit3]) * scale;
    let query1_3 = vec4<f32>(q[(head + 1u) * units + unit3]) * scale;
    let query2_3 = vec4<f32>(q[(head + 2u) * units + unit3]) * scale;
    let query3_3 = vec4<f32>(q[(head + 3u) * units + unit3]) * scale;

    let base = 0u;
        let key0 = ((start + (base + row + 0u)) * dims.kv_heads + kv_head) * units;
        let key0_0 = k[key0 + unit0];
        let key0_1 = k[key0 + unit1];
        let key0_2 = k[key0 + unit2];
        let key0_3 = k[key0 + unit3];
        let key1 = ((start + (base + row + 16u)) * dims.kv_heads + kv_head) * units;
        let key1_0 = k[key1 + unit0];
        let key1_1 = k[key1 + unit1];
        let key1_2 = k[key1 + unit2];
        let key1_3 = k[key1 + unit3];
        let key2 = ((start + (base + row + 32u)) * dims.kv_heads + kv_head) * units;
        let key2_0 = k[key2 + unit0];
        let key2_1 = k[key2 + unit1];
        let key2_2 = k[key2 + unit2];
        let key2_3 = k[key2 + unit3];
        let key3 = ((start + (base + row + 48u)) * dims.kv_heads + kv_head) * units;
        let key3_0 = k[key3 + unit0];
        let key3_1 = k[key3 + unit1];
        let key3_2 = k[key3 + unit2];
        let key3_3 = k[key3 + unit3];
    let value0 = v[((start + (share + 0u)) * dims.kv_heads + kv_head) * units + unit];
    let value1 = v[((start + (share + 4u)) * dims.kv_heads + kv_head) * units + unit];
    let value2 = v[((start + (share + 8u)) * dims.kv_heads + kv_head) * units + unit];
    let value3 = v[((start + (share + 12u)) * dims.kv_heads + kv_head) * units + unit];
    let value4 = v[((start + (share + 16u)) * dims.kv_heads + kv_head) * units + unit];
    let value5 = v[((start + (share + 20u)) * dims.kv_heads + kv_head) * units + unit];
    let value6 = v[((start + (share + 24u)) * dims.kv_heads + kv_head) * units + unit];
    let value7 = v[((start + (share + 28u)) * dims.kv_heads + kv_head) * units + unit];
    let value8 = v[((start + (share + 32u)) * dims.kv_heads + kv_head) * units + unit];
    let value9 = v[((start + (share + 36u)) * dims.kv_heads + kv_head) * units + unit];
    let value10 = v[((start + (share + 40u)) * dims.kv_heads + kv_head) * units + unit];
    let value11 = v[((start + (share + 44u)) * dims.kv_heads + kv_head) * units + unit];
    let value12 = v[((start + (share + 48u)) * dims.kv_heads + kv_head) * units + unit];
    let value13 = v[((start + (share + 52u)) * dims.kv_heads + kv_head) * units + unit];
    let value14 = v[((start + (share + 56u)) * dims.kv_heads + kv_head) * units + unit];
    let value15 = v[((start + (share + 60u)) * dims.kv_heads + kv_head) * units + unit];
        {
            var own = vec4<f32>();
            own.x += dot(query0_0, vec4<f32>(key0_0));
            own.y += dot(query1_0, vec4<f32>(key0_0));
            own.z += dot(query2_0, vec4<f32>(key0_0));
            own.w += dot(query3_0, vec4<f32>(key0_0));
            own.x += dot(query0_1, vec4<f32>(key0_1));
            own.y += dot(query1_1, vec4<f32>(key0_1));
            own.z += dot(query2_1, vec4<f32>(key0_1));
            own.w += dot(query3_1, vec4<f32>(key0_1));
            own.x += dot(query0_2, vec4<f32>(key0_2));
            own.y += dot(query1_2, vec4<f32>(key0_2));
            own.z += dot(query2_2, vec4<f32>(key0_2));
            own.w += dot(query3_2, vec4<f32>(key0_2));
            own.x += dot(query0_3, vec4<f32>(key0_3));
            own.y += dot(query1_3, vec4<f32>(key0_3));
            own.z += dot(query2_3, vec4<f32>(key0_3));
            own.w += dot(query3_3, vec4<f32>(key0_3));
            lines[line][row + 0u] = own;
        }
        {
            var own = vec4<f32>();
            own.x += dot(query0_0, vec4<f32>(key1_0));
            own.y += dot(query1_0, vec4<f32>(key1_0));
            own.z += dot(query2_0, vec4<f32>(key1_0));
            own.w += dot(query3_0, vec4<f32>(key1_0));
            own.x += dot(query0_1, vec4<f32>(key1_1));
            own.y += dot(query1_1, vec4<f32>(key1_1));
            own.z += dot(query2_1, vec4<f32>(key1_1));
            own.w += dot(query3_1, vec4<f32>(key1_1));
            own.x += dot(query0_2, vec4<f32>(key1_2));
            own.y += dot(query1_2, vec4<f32>(key1_2));
            own.z += dot(query2_2, vec4<f32>(key1_2));
            own.w += dot(query3_2, vec4<f32>(key1_2));
            own.x += dot(query0_3, vec4<f32>(key1_3));
            own.y += dot(query1_3, vec4<f32>(key1_3));
            own.z += dot(query2_3, vec4<f32>(key1_3));
            own.w += dot(query3_3, vec4<f32>(key1_3));
            lines[line][row + 16u] = own;
        }
        {
            var own = vec4<f32>();
            own.x += dot(query0_0, vec4<f32>(key2_0));
            own.y += dot(query1_0, vec4<f32>(key2_0));
            own.z += dot(query2_0, vec4<f32>(key2_0));
            own.w += dot(query3_0, vec4<f32>(key2_0));
            own.x += dot(query0_1, vec4<f32>(key2_1));
            own.y += dot(query1_1, vec4<f32>(key2_1));
            own.z += dot(query2_1, vec4<f32>(key2_1));
            own.w += dot(query3_1, vec4<f32>(key2_1));
            own.x += dot(query0_2, vec4<f32>(key2_2));
            own.y += dot(query1_2, vec4<f32>(key2_2));
            own.z += dot(query2_2, vec4<f32>(key2_2));
            own.w += dot(query3_2, vec4<f32>(key2_2));
            own.x += dot(query0_3, vec4<f32>(key2_3));
            own.y += dot(query1_3, vec4<f32>(key2_3));
            own.z += dot(query2_3, vec4<f32>(key2_3));
            own.w += dot(query3_3, vec4<f32>(key2_3));
            lines[line][row + 32u] = own;
        }
        {
            var own = vec4<f32>();
            own.x += dot(query0_0, vec4<f32>(key3_0));
            own.y += dot(query1_0, vec4<f32>(key3_0));
            own.z += dot(query2_0, vec4<f32>(key3_0));
            own.w += dot(query3_0, vec4<f32>(key3_0));
            own.x += dot(query0_1, vec4<f32>(key3_1));
            own.y += dot(query1_1, vec4<f32>(key3_1));
            own.z += dot(query2_1, vec4<f32>(key3_1));
            own.w += dot(query3_1, vec4<f32>(key3_1));
            own.x += dot(query0_2, vec4<f32>(key3_2));
            own.y += dot(query1_2, vec4<f32>(key3_2));
            own.z += dot(query2_2, vec4<f32>(key3_2));
            own.w += dot(query3_2, vec4<f32>(key3_2));
            own.x += dot(query0_3, vec4<f32>(key3_3));
            own.y += dot(query1_3, vec4<f32>(key3_3));
            own.z += dot(query2_3, vec4<f32>(key3_3));
            own.w += dot(query3_3, vec4<f32>(key3_3));
            lines[line][row + 48u] = own;
        }
        workgroupBarrier();
        if index + 0u < 64u {
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

    var tops = vec4<f32>(LOWEST);
    for (var at = index; at < count; at += 128u) {
        tops = max(tops, scores[at]);
    }
    let top = max_of_all(tops, index);
    var sums = vec4<f32>();
    for (var at = index; at < 64u; at += 128u) {
        var weight = vec4<f32>();
        if at < count {
            weight = exp(scores[at] - top);
        }
        scores[at] = weight;
        sums += weight;
    }
    // Its barrier shows all the weights to all.
    let sum = sum_of_all(sums, index);
    var out0 = vec4<f32>();
    var out1 = vec4<f32>();
    var out2 = vec4<f32>();
    var out3 = vec4<f32>();
    {
        let weight = scores[share + 0u];
        let own = vec4<f32>(value0);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 4u];
        let own = vec4<f32>(value1);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 8u];
        let own = vec4<f32>(value2);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 12u];
        let own = vec4<f32>(value3);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 16u];
        let own = vec4<f32>(value4);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 20u];
        let own = vec4<f32>(value5);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 24u];
        let own = vec4<f32>(value6);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 28u];
        let own = vec4<f32>(value7);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 32u];
        let own = vec4<f32>(value8);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 36u];
        let own = vec4<f32>(value9);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 40u];
        let own = vec4<f32>(value10);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 44u];
        let own = vec4<f32>(value11);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 48u];
        let own = vec4<f32>(value12);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 52u];
        let own = vec4<f32>(value13);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 56u];
        let own = vec4<f32>(value14);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    {
        let weight = scores[share + 60u];
        let own = vec4<f32>(value15);
        out0 += weight.x * own;
        out1 += weight.y * own;
        out2 += weight.z * own;
        out3 += weight.w * own;
    }
    columns[0][index] = out0;
    workgroupBarrier();
    if index < 32u {
        var all = columns[0][index];
        all += columns[0][index + 32u];
        all += columns[0][index + 64u];
        all += columns[0][index + 96u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = vec4<f32>();
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
    if index < 32u {
        var all = columns[1][index];
        all += columns[1][index + 32u];
        all += columns[1][index + 64u];
        all += columns[1][index + 96u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = vec4<f32>();
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
    if index < 32u {
        var all = columns[0][index];
        all += columns[0][index + 32u];
        all += columns[0][index + 64u];
        all += columns[0][index + 96u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = vec4<f32>();
        } else {
            all /= sum.z;
        }
        partial[(group.y * dims.heads + head + 2u) * units + index] = all;
    }
    if index == 0u {
        lse[group.y * dims.heads + head + 2u] = select(-1e30, top.z + log(sum.z), count > 0u);
    }
    columns[1][index] = out3;
    workgroupBarrier();
    if index < 32u {
        var all = columns[1][index];
        all += columns[1][index + 32u];
        all += columns[1][index + 64u];
        all += columns[1][index + 96u];
        // A part without positions weighs nothing.
        if count == 0u {
            all = vec4<f32>();
        } else {
            all /= sum.w;
        }
        partial[(group.y * dims.heads + head + 3u) * units + index] = all;
    }
    if index == 0u {
        lse[group.y * dims.heads + head + 3u] = select(-1e30, top.w + log(sum.w), count > 0u);
    }
}
