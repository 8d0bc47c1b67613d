// Rendered from templates/rmsnorm.wgsl.j2 for rmsnorm/rmsnorm[hidden=4096,tokens=1]@reduce=tree,storage=f16,workgroup=64; not to be edited: `gate render` writes it anew.
enable f16;
struct Dims {
    tokens: u32,
    hidden: u32,
    epsilon: f32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f16>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f16>>;

var<workgroup> sum_parts: array<f32, 64>;

fn sum_of_all(own: f32, index: u32) -> f32 {
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
    let token = group.x + group.y * 65535u;
    if token >= dims.tokens {
        return;
    }
    // Columns in units of vec4<f32>.
    let columns = dims.hidden / 4u;
    let first = token * columns;
    var squares = vec4<f32>();
    let column0 = index + 0u;
    let value0 = vec4<f32>(x[first + column0]);
    squares += value0 * value0;
    let column1 = index + 64u;
    let value1 = vec4<f32>(x[first + column1]);
    squares += value1 * value1;
    let column2 = index + 128u;
    let value2 = vec4<f32>(x[first + column2]);
    squares += value2 * value2;
    let column3 = index + 192u;
    let value3 = vec4<f32>(x[first + column3]);
    squares += value3 * value3;
    let column4 = index + 256u;
    let value4 = vec4<f32>(x[first + column4]);
    squares += value4 * value4;
    let column5 = index + 320u;
    let value5 = vec4<f32>(x[first + column5]);
    squares += value5 * value5;
    let column6 = index + 384u;
    let value6 = vec4<f32>(x[first + column6]);
    squares += value6 * value6;
    let column7 = index + 448u;
    let value7 = vec4<f32>(x[first + column7]);
    squares += value7 * value7;
    let column8 = index + 512u;
    let value8 = vec4<f32>(x[first + column8]);
    squares += value8 * value8;
    let column9 = index + 576u;
    let value9 = vec4<f32>(x[first + column9]);
    squares += value9 * value9;
    let column10 = index + 640u;
    let value10 = vec4<f32>(x[first + column10]);
    squares += value10 * value10;
    let column11 = index + 704u;
    let value11 = vec4<f32>(x[first + column11]);
    squares += value11 * value11;
    let column12 = index + 768u;
    let value12 = vec4<f32>(x[first + column12]);
    squares += value12 * value12;
    let column13 = index + 832u;
    let value13 = vec4<f32>(x[first + column13]);
    squares += value13 * value13;
    let column14 = index + 896u;
    let value14 = vec4<f32>(x[first + column14]);
    squares += value14 * value14;
    let column15 = index + 960u;
    let value15 = vec4<f32>(x[first + column15]);
    squares += value15 * value15;
    let mean = sum_of_all(dot(squares, vec4<f32>(1.0)), index) / f32(dims.hidden);
    let scale = inverseSqrt(mean + dims.epsilon);
    y[first + column0] = vec4<f16>(value0 * scale * vec4<f32>(weight[column0]));
    y[first + column1] = vec4<f16>(value1 * scale * vec4<f32>(weight[column1]));
    y[first + column2] = vec4<f16>(value2 * scale * vec4<f32>(weight[column2]));
    y[first + column3] = vec4<f16>(value3 * scale * vec4<f32>(weight[column3]));
    y[first + column4] = vec4<f16>(value4 * scale * vec4<f32>(weight[column4]));
    y[first + column5] = vec4<f16>(value5 * scale * vec4<f32>(weight[column5]));
    y[first + column6] = vec4<f16>(value6 * scale * vec4<f32>(weight[column6]));
    y[first + column7] = vec4<f16>(value7 * scale * vec4<f32>(weight[column7]));
    y[first + column8] = vec4<f16>(value8 * scale * vec4<f32>(weight[column8]));
    y[first + column9] = vec4<f16>(value9 * scale * vec4<f32>(weight[column9]));
    y[first + column10] = vec4<f16>(value10 * scale * vec4<f32>(weight[column10]));
    y[first + column11] = vec4<f16>(value11 * scale * vec4<f32>(weight[column11]));
    y[first + column12] = vec4<f16>(value12 * scale * vec4<f32>(weight[column12]));
    y[first + column13] = vec4<f16>(value13 * scale * vec4<f32>(weight[column13]));
    y[first + column14] = vec4<f16>(value14 * scale * vec4<f32>(weight[column14]));
    y[first + column15] = vec4<f16>(value15 * scale * vec4<f32>(weight[column15]));
}
