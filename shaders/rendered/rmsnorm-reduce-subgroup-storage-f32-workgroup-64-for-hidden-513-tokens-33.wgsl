// Rendered from templates/rmsnorm.wgsl.j2 for rmsnorm/rmsnorm[hidden=513,tokens=33]@reduce=subgroup,storage=f32,workgroup=64; not to be edited: `gate render` writes it anew.
                 
struct Dims {
    tokens: u32,
    hidden: u32,
    epsilon: f32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

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
    let token = group.x + group.y * 65535u;
    if token >= dims.tokens {
        return;
    }
    // Columns in units of f32.
    let columns = dims.hidden;
    let first = token * columns;
    var squares = f32();
    let column0 = index + 0u;
    let value0 = f32(x[first + column0]);
    squares += value0 * value0;
    let column1 = index + 64u;
    let value1 = f32(x[first + column1]);
    squares += value1 * value1;
    let column2 = index + 128u;
    let value2 = f32(x[first + column2]);
    squares += value2 * value2;
    let column3 = index + 192u;
    let value3 = f32(x[first + column3]);
    squares += value3 * value3;
    let column4 = index + 256u;
    let value4 = f32(x[first + column4]);
    squares += value4 * value4;
    let column5 = index + 320u;
    let value5 = f32(x[first + column5]);
    squares += value5 * value5;
    let column6 = index + 384u;
    let value6 = f32(x[first + column6]);
    squares += value6 * value6;
    let column7 = index + 448u;
    let value7 = f32(x[first + column7]);
    squares += value7 * value7;
    let column8 = index + 512u;
    var value8 = f32();
    if column8 < columns {
        value8 = f32(x[first + column8]);
    }
    squares += value8 * value8;
    let mean = sum_of_all(squares, lane, subgroup, subgroups) / f32(dims.hidden);
    let scale = inverseSqrt(mean + dims.epsilon);
    y[first + column0] = f32(value0 * scale * f32(weight[column0]));
    y[first + column1] = f32(value1 * scale * f32(weight[column1]));
    y[first + column2] = f32(value2 * scale * f32(weight[column2]));
    y[first + column3] = f32(value3 * scale * f32(weight[column3]));
    y[first + column4] = f32(value4 * scale * f32(weight[column4]));
    y[first + column5] = f32(value5 * scale * f32(weight[column5]));
    y[first + column6] = f32(value6 * scale * f32(weight[column6]));
    y[first + column7] = f32(value7 * scale * f32(weight[column7]));
    if column8 < columns {
        y[first + column8] = f32(value8 * scale * f32(weight[column8]));
    }
}
