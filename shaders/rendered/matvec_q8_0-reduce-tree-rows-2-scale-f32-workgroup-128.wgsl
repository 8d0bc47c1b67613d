// Rendered from templates/matvec_q8_0.wgsl.j2 for quantised/matvec_q8_0[k=32,m=3,n=127]@cache=cold,reduce=tree,rows=2,scale=f32,workgroup=128; not to be edited: `gate render` writes it anew.
struct Dims {
    m: u32,
    n: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> quants: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

var<workgroup> sum_parts: array<vec2<f32>, 128>;

fn sum_of_all(own: vec2<f32>, index: u32) -> vec2<f32> {
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
    let first = (group.x + group.y * 65535u) * 2u;
    if first >= dims.n {
        return;
    }
    let row = group.z;
    let blocks = dims.k / 32u;
    // Rows beyond the last repeat it.
    let w0 = min(first + 0u, dims.n - 1u) * blocks;
    let w1 = min(first + 1u, dims.n - 1u) * blocks;
    var sums = vec2<f32>();
    for (var block = index; block < blocks; block += 128u) {
        let at = (row * blocks + block) * 8u;
        let x0 = x[at + 0u];
        let x1 = x[at + 1u];
        let x2 = x[at + 2u];
        let x3 = x[at + 3u];
        let x4 = x[at + 4u];
        let x5 = x[at + 5u];
        let x6 = x[at + 6u];
        let x7 = x[at + 7u];
        {
            let low = quants[2u * (w0 + block)];
            let high = quants[2u * (w0 + block) + 1u];
            var sum = 0.0;
            sum += dot(vec4<f32>(unpack4xI8(low.x)), x0);
            sum += dot(vec4<f32>(unpack4xI8(high.x)), x4);
            sum += dot(vec4<f32>(unpack4xI8(low.y)), x1);
            sum += dot(vec4<f32>(unpack4xI8(high.y)), x5);
            sum += dot(vec4<f32>(unpack4xI8(low.z)), x2);
            sum += dot(vec4<f32>(unpack4xI8(high.z)), x6);
            sum += dot(vec4<f32>(unpack4xI8(low.w)), x3);
            sum += dot(vec4<f32>(unpack4xI8(high.w)), x7);
            sums.x += sum * f32(scales[w0 + block]);
        }
        {
            let low = quants[2u * (w1 + block)];
            let high = quants[2u * (w1 + block) + 1u];
            var sum = 0.0;
            sum += dot(vec4<f32>(unpack4xI8(low.x)), x0);
            sum += dot(vec4<f32>(unpack4xI8(high.x)), x4);
            sum += dot(vec4<f32>(unpack4xI8(low.y)), x1);
            sum += dot(vec4<f32>(unpack4xI8(high.y)), x5);
            sum += dot(vec4<f32>(unpack4xI8(low.z)), x2);
            sum += dot(vec4<f32>(unpack4xI8(high.z)), x6);
            sum += dot(vec4<f32>(unpack4xI8(low.w)), x3);
            sum += dot(vec4<f32>(unpack4xI8(high.w)), x7);
            sums.y += sum * f32(scales[w1 + block]);
        }
    }
    let all = sum_of_all(sums, index);
    if index == 0u {
        y[row * dims.n + first] = all.x;
        if first + 1u < dims.n { y[row * dims.n + first + 1u] = all.y; }
    }
}
