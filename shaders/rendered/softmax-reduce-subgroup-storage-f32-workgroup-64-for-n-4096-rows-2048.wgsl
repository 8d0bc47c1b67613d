// Rendered from templates/softmax.wgsl.j2 for softmax/softmax[n=4096,rows=2048]@reduce=subgroup,storage=f32,workgroup=64; not to be edited: `gate render` writes it anew.
                 
struct Dims {
    rows: u32,
    n: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

// The lowest f32.
const LOWEST = -3.4028234663852886e38;

var<workgroup> max_parts: array<f32, 64>;

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

var<workgroup> sum_parts: array<f32, 64>;

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

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
) {
    let row = group.x + group.y * 65535u;
    if row >= dims.rows {
        return;
    }
    // Columns in units of vec4<f32>.
    let columns = dims.n / 4u;
    let first = row * columns;
    var tops = vec4<f32>(LOWEST);
    var sums = vec4<f32>();
    let column0 = index + 0u;
    var value0 = vec4<f32>(x[first + column0]);
    tops = max(tops, value0);
    let column1 = index + 64u;
    var value1 = vec4<f32>(x[first + column1]);
    tops = max(tops, value1);
    let column2 = index + 128u;
    var value2 = vec4<f32>(x[first + column2]);
    tops = max(tops, value2);
    let column3 = index + 192u;
    var value3 = vec4<f32>(x[first + column3]);
    tops = max(tops, value3);
    let column4 = index + 256u;
    var value4 = vec4<f32>(x[first + column4]);
    tops = max(tops, value4);
    let column5 = index + 320u;
    var value5 = vec4<f32>(x[first + column5]);
    tops = max(tops, value5);
    let column6 = index + 384u;
    var value6 = vec4<f32>(x[first + column6]);
    tops = max(tops, value6);
    let column7 = index + 448u;
    var value7 = vec4<f32>(x[first + column7]);
    tops = max(tops, value7);
    let column8 = index + 512u;
    var value8 = vec4<f32>(x[first + column8]);
    tops = max(tops, value8);
    let column9 = index + 576u;
    var value9 = vec4<f32>(x[first + column9]);
    tops = max(tops, value9);
    let column10 = index + 640u;
    var value10 = vec4<f32>(x[first + column10]);
    tops = max(tops, value10);
    let column11 = index + 704u;
    var value11 = vec4<f32>(x[first + column11]);
    tops = max(tops, value11);
    let column12 = index + 768u;
    var value12 = vec4<f32>(x[first + column12]);
    tops = max(tops, value12);
    let column13 = index + 832u;
    var value13 = vec4<f32>(x[first + column13]);
    tops = max(tops, value13);
    let column14 = index + 896u;
    var value14 = vec4<f32>(x[first + column14]);
    tops = max(tops, value14);
    let column15 = index + 960u;
    var value15 = vec4<f32>(x[first + column15]);
    tops = max(tops, value15);
    let top = max_of_all(max(max(tops.x, tops.y), max(tops.z, tops.w)), lane, subgroup, subgroups);
    value0 = exp(value0 - top);
    sums += value0;
    value1 = exp(value1 - top);
    sums += value1;
    value2 = exp(value2 - top);
    sums += value2;
    value3 = exp(value3 - top);
    sums += value3;
    value4 = exp(value4 - top);
    sums += value4;
    value5 = exp(value5 - top);
    sums += value5;
    value6 = exp(value6 - top);
    sums += value6;
    value7 = exp(value7 - top);
    sums += value7;
    value8 = exp(value8 - top);
    sums += value8;
    value9 = exp(value9 - top);
    sums += value9;
    value10 = exp(value10 - top);
    sums += value10;
    value11 = exp(value11 - top);
    sums += value11;
    value12 = exp(value12 - top);
    sums += value12;
    value13 = exp(value13 - top);
    sums += value13;
    value14 = exp(value14 - top);
    sums += value14;
    value15 = exp(value15 - top);
    sums += value15;
    let scale = 1.0 / sum_of_all(dot(sums, vec4<f32>(1.0)), lane, subgroup, subgroups);
    y[first + column0] = vec4<f32>(value0 * scale);
    y[first + column1] = vec4<f32>(value1 * scale);
    y[first + column2] = vec4<f32>(value2 * scale);
    y[first + column3] = vec4<f32>(value3 * scale);
    y[first + column4] = vec4<f32>(value4 * scale);
    y[first + column5] = vec4<f32>(value5 * scale);
    y[first + column6] = vec4<f32>(value6 * scale);
    y[first + column7] = vec4<f32>(value7 * scale);
    y[first + column8] = vec4<f32>(value8 * scale);
    y[first + column9] = vec4<f32>(value9 * scale);
    y[first + column10] = vec4<f32>(value10 * scale);
    y[first + column11] = vec4<f32>(value11 * scale);
    y[first + column12] = vec4<f32>(value12 * scale);
    y[first + column13] = vec4<f32>(value13 * scale);
    y[first + column14] = vec4<f32>(value14 * scale);
    y[first + column15] = vec4<f32>(value15 * scale);
}
