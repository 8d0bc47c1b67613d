// Rendered from templates/matvec_q8_0.wgsl.j2 for quantised/matvec_q8_0[k=4096,m=1,n=4096]@cache=cold,reduce=subgroup,rows=4,scale=f32,workgroup=64; not to be edited: `gate render` writes it anew.
                 
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

var<workgroup> sum_parts: array<vec4<f32>, 64>;

fn sum_of_all(own: vec4<f32>, lane: u32, subgroup: u32, subgroups: u32) -> vec4<f32> {
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
    let first = (group.x + group.y * 65535u) * 4u;
    if first >= dims.n {
        return;
    }
    let row = group.z;
    let blocks = dims.k / 32u;
    // Rows beyond the last repeat it.
    let w0 = min(first + 0u, dims.n - 1u) * blocks;
    let w1 = min(first + 1u, dims.n - 1u) * blocks;
    let w2 = min(first + 2u, dims.n - 1u) * blocks;
    let w3 = min(first + 3u, dims.n - 1u) * blocks;
    var sums = vec4<f32>();
    for (var block = index; block < blocks; block += 64u) {
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
        {
            let low = quants[2u * (w2 + block)];
            let high = quants[2u * (w2 + block) + 1u];
            var sum = 0.0;
            sum += dot(vec4<f32>(unpack4xI8(low.x)), x0);
            sum += dot(vec4<f32>(unpack4xI8(high.x)), x4);
            sum += dot(vec4<f32>(unpack4xI8(low.y)), x1);
            sum += dot(vec4<f32>(unpack4xI8(high.y)), x5);
            sum += dot(vec4<f32>(unpack4xI8(low.z)), x2);
            sum += dot(vec4<f32>(unpack4xI8(high.z)), x6);
            sum += dot(vec4<f32>(unpack4xI8(low.w)), x3);
            sum += dot(vec4<f32>(unpack4xI8(high.w)), x7);
            sums.z += sum * f32(scales[w2 + block]);
        }
        {
            let low = quants[2u * (w3 + block)];
            let high = quants[2u * (w3 + block) + 1u];
            var sum = 0.0;
            sum += dot(vec4<f32>(unpack4xI8(low.x)), x0);
            sum += dot(vec4<f32>(unpack4xI8(high.x)), x4);
            sum += dot(vec4<f32>(unpack4xI8(low.y)), x1);
            sum += dot(vec4<f32>(unpack4xI8(high.y)), x5);
            sum += dot(vec4<f32>(unpack4xI8(low.z)), x2);
            sum += dot(vec4<f32>(unpack4xI8(high.z)), x6);
            sum += dot(vec4<f32>(unpack4xI8(low.w)), x3);
            sum += dot(vec4<f32>(unpack4xI8(high.w)), x7);
            sums.w += sum * f32(scales[w3 + block]);
        }
    }
    let all = sum_of_all(sums, lane, subgroup, subgroups);
    if index == 0u {
        y[row * dims.n + first] = all.x;
        if first + 1u < dims.n { y[row * dims.n + first + 1u] = all.y; }
        if first + 2u < dims.n { y[row * dims.n + first + 2u] = all.z; }
        if first + 3u < dims.n { y[row * dims.n + first + 3u] = all.w; }
    }
}
