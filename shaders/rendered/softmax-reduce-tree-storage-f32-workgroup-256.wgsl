// Rendered from templates/softmax.wgsl.j2 for softmax/softmax[n=32000,rows=1]@reduce=tree,storage=f32,workgroup=256; not to be edited: `gate render` writes it anew.
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

fn max_of_all(own: f32, index: u32) -> f32 {
    max_parts[index] = own;
    workgroupBarrier();
    if index < 128u {
        max_parts[index] = max(max_parts[index], max_parts[index + 128u]);
    }
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

var<workgroup> sum_parts: array<f32, 256>;

fn sum_of_all(own: f32, index: u32) -> f32 {
    sum_parts[index] = own;
    workgroupBarrier();
    if index < 128u {
        sum_parts[index] = sum_parts[index] + sum_parts[index + 128u];
    }
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

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
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
    let top = max_of_all(max(max(tops.x, tops.y), max(tops.z, tops.w)), index);
    for (var column = index; column < columns; column += 256u) {
        sums += exp(vec4<f32>(x[first + column]) - top);
    }
    let scale = 1.0 / sum_of_all(dot(sums, vec4<f32>(1.0)), index);
    for (var column = index; column < columns; column += 256u) {
        y[first + column] = vec4<f32>(exp(vec4<f32>(x[first + column]) - top) * scale);
    }
}
