// Rendered from templates/softmax.wgsl.j2 for softmax/softmax[n=32000,rows=1]@reduce=subgroup,storage=f32,workgroup=256; not to be edited: `gate render` writes it anew.
                 
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
    for (var column = index; column < columns; column += 256u) {
        tops = max(tops, vec4<f32>(x[first + column]));
    }
    let top = max_of_all(max(max(tops.x, tops.y), max(tops.z, tops.w)), lane, subgroup, subgroups);
    for (var column = index; column < columns; column += 256u) {
        sums += exp(vec4<f32>(x[first + column]) - top);
    }
    let scale = 1.0 / sum_of_all(dot(sums, vec4<f32>(1.0)), lane, subgroup, subgroups);
    for (var column = index; column < columns; column += 256u) {
        y[first + column] = vec4<f32>(exp(vec4<f32>(x[first + column]) - top) * scale);
    }
}
