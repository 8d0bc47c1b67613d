// Rendered from templates/softmax.wgsl.j2 for softmax/softmax[n=4096,rows=2048]@cache=cold,reduce=subgroup,storage=f32,workgroup=256; not to be edited: `gate render` writes it anew.
                 
struct Dims {
    rows: u32,
    n: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

// The lowest f32.
const LOWEST = -3.4028234663852886e38;

var<workgroup> max_parts: array<f32, 256>;

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

var<workgroup> sum_parts: array<f32, 256>;

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

@compute @workgroup_size(256)
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
    let column1 = index + 256u;
    var value1 = vec4<f32>(x[first + column1]);
    tops = max(tops, value1);
    let column2 = index + 512u;
    var value2 = vec4<f32>(x[first + column2]);
    tops = max(tops, value2);
    let column3 = index + 768u;
    var value3 = vec4<f32>(x[first + column3]);
    tops = max(tops, value3);
    let top = max_of_all(max(max(tops.x, tops.y), max(tops.z, tops.w)), lane, subgroup, subgroups);
    value0 = exp(value0 - top);
    sums += value0;
    value1 = exp(value1 - top);
    sums += value1;
    value2 = exp(value2 - top);
    sums += value2;
    value3 = exp(value3 - top);
    sums += value3;
    let scale = 1.0 / sum_of_all(dot(sums, vec4<f32>(1.0)), lane, subgroup, subgroups);
    y[first + column0] = vec4<f32>(value0 * scale);
    y[first + column1] = vec4<f32>(value1 * scale);
    y[first + column2] = vec4<f32>(value2 * scale);
    y[first + column3] = vec4<f32>(value3 * scale);
}
