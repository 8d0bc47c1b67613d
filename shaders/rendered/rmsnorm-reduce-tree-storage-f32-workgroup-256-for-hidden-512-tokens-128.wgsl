// Rendered from templates/rmsnorm.wgsl.j2 for model/rmsnorm[hidden=512,tokens=128]@reduce=tree,storage=f32,workgroup=256; not to be edited: `gate render` writes it anew.
struct Dims {
    tokens: u32,
    hidden: u32,
    epsilon: f32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

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
    let token = group.x + group.y * 65535u;
    if token >= dims.tokens {
        return;
    }
    // Columns in units of vec4<f32>.
    let columns = dims.hidden / 4u;
    let first = token * columns;
    var squares = vec4<f32>();
    let column0 = index + 0u;
    var value0 = vec4<f32>();
    if column0 < columns {
        value0 = vec4<f32>(x[first + column0]);
    }
    squares += value0 * value0;
    let mean = sum_of_all(dot(squares, vec4<f32>(1.0)), index) / f32(dims.hidden);
    let scale = inverseSqrt(mean + dims.epsilon);
    if column0 < columns {
        y[first + column0] = vec4<f32>(value0 * scale * vec4<f32>(weight[column0]));
    }
}
