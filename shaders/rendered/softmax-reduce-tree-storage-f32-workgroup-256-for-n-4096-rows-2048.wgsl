// Rendered from templates/softmax.wgsl.j2 for softmax/softmax[n=4096,rows=2048]@cache=cold,reduce=tree,storage=f32,workgroup=256; not to be edited: `gate render` writes it anew.
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
    let top = max_of_all(max(max(tops.x, tops.y), max(tops.z, tops.w)), index);
    value0 = exp(value0 - top);
    sums += value0;
    value1 = exp(value1 - top);
    sums += value1;
    value2 = exp(value2 - top);
    sums += value2;
    value3 = exp(value3 - top);
    sums += value3;
    let scale = 1.0 / sum_of_all(dot(sums, vec4<f32>(1.0)), index);
    y[first + column0] = vec4<f32>(value0 * scale);
    y[first + column1] = vec4<f32>(value1 * scale);
    y[first + column2] = vec4<f32>(value2 * scale);
    y[first + column3] = vec4<f32>(value3 * scale);
}
