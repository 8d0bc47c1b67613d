// Rendered from templates/matvec_q4_0.wgsl.j2 for quantised/matvec_q4_0[k=32,m=3,n=127]@cache=cold,reduce=tree,rows=4,scale=f32,workgroup=128; not to be edited: `gate render` writes it anew.
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

var<workgroup> sum_parts: array<vec4<f32>, 128>;

fn sum_of_all(own: vec4<f32>, index: u32) -> vec4<f32> {
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
            let words = quants[w0 + block];
            var sum = 0.0;
            sum += dot(vec4<f32>(unpack4xU8(words.x & 0x0f0f0f0fu)) - 8.0, x0);
            sum += dot(vec4<f32>(unpack4xU8((words.x >> 4u) & 0x0f0f0f0fu)) - 8.0, x4);
            sum += dot(vec4<f32>(unpack4xU8(words.y & 0x0f0f0f0fu)) - 8.0, x1);
            sum += dot(vec4<f32>(unpack4xU8((words.y >> 4u) & 0x0f0f0f0fu)) - 8.0, x5);
            sum += dot(vec4<f32>(unpack4xU8(words.z & 0x0f0f0f0fu)) - 8.0, x2);
            sum += dot(vec4<f32>(unpack4xU8((words.z >> 4u) & 0x0f0f0f0fu)) - 8.0, x6);
            sum += dot(vec4<f32>(unpack4xU8(words.w & 0x0f0f0f0fu)) - 8.0, x3);
            sum += dot(vec4<f32>(unpack4xU8((words.w >> 4u) & 0x0f0f0f0fu)) - 8.0, x7);
            sums.x += sum * f32(scales[w0 + block]);
        }
        {
            let words = quants[w1 + block];
            var sum = 0.0;
            sum += dot(vec4<f32>(unpack4xU8(words.x & 0x0f0f0f0fu)) - 8.0, x0);
            sum += dot(vec4<f32>(unpack4xU8((words.x >> 4u) & 0x0f0f0f0fu)) - 8.0, x4);
            sum += dot(vec4<f32>(unpack4xU8(words.y & 0x0f0f0f0fu)) - 8.0, x1);
            sum += dot(vec4<f32>(unpack4xU8((words.y >> 4u) & 0x0f0f0f0fu)) - 8.0, x5);
            sum += dot(vec4<f32>(unpack4xU8(words.z & 0x0f0f0f0fu)) - 8.0, x2);
            sum += dot(vec4<f32>(unpack4xU8((words.z >> 4u) & 0x0f0f0f0fu)) - 8.0, x6);
            sum += dot(vec4<f32>(unpack4xU8(words.w & 0x0f0f0f0fu)) - 8.0, x3);
            sum += dot(vec4<f32>(unpack4xU8((words.w >> 4u) & 0x0f0f0f0fu)) - 8.0, x7);
            sums.y += sum * f32(scales[w1 + block]);
        }
        {
            let words = quants[w2 + block];
            var sum = 0.0;
            sum += dot(vec4<f32>(unpack4xU8(words.x & 0x0f0f0f0fu)) - 8.0, x0);
            sum += dot(vec4<f32>(unpack4xU8((words.x >> 4u) & 0x0f0f0f0fu)) - 8.0, x4);
            sum += dot(vec4<f32>(unpack4xU8(words.y & 0x0f0f0f0fu)) - 8.0, x1);
            sum += dot(vec4<f32>(unpack4xU8((words.y >> 4u) & 0x0f0f0f0fu)) - 8.0, x5);
            sum += dot(vec4<f32>(unpack4xU8(words.z & 0x0f0f0f0fu)) - 8.0, x2);
            sum += dot(vec4<f32>(unpack4xU8((words.z >> 4u) & 0x0f0f0f0fu)) - 8.0, x6);
            sum += dot(vec4<f32>(unpack4xU8(words.w & 0x0f0f0f0fu)) - 8.0, x3);
            sum += dot(vec4<f32>(unpack4xU8((words.w >> 4u) & 0x0f0f0f0fu)) - 8.0, x7);
            sums.z += sum * f32(scales[w2 + block]);
        }
        {
            let words = quants[w3 + block];
            var sum = 0.0;
            sum += dot(vec4<f32>(unpack4xU8(words.x & 0x0f0f0f0fu)) - 8.0, x0);
            sum += dot(vec4<f32>(unpack4xU8((words.x >> 4u) & 0x0f0f0f0fu)) - 8.0, x4);
            sum += dot(vec4<f32>(unpack4xU8(words.y & 0x0f0f0f0fu)) - 8.0, x1);
            sum += dot(vec4<f32>(unpack4xU8((words.y >> 4u) & 0x0f0f0f0fu)) - 8.0, x5);
            sum += dot(vec4<f32>(unpack4xU8(words.z & 0x0f0f0f0fu)) - 8.0, x2);
            sum += dot(vec4<f32>(unpack4xU8((words.z >> 4u) & 0x0f0f0f0fu)) - 8.0, x6);
            sum += dot(vec4<f32>(unpack4xU8(words.w & 0x0f0f0f0fu)) - 8.0, x3);
            sum += dot(vec4<f32>(unpack4xU8((words.w >> 4u) & 0x0f0f0f0fu)) - 8.0, x7);
            sums.w += sum * f32(scales[w3 + block]);
        }
    }
    let all = sum_of_all(sums, index);
    if index == 0u {
        y[row * dims.n + first] = all.x;
        if first + 1u < dims.n { y[row * dims.n + first + 1u] = all.y; }
        if first + 2u < dims.n { y[row * dims.n + first + 2u] = all.z; }
        if first + 3u < dims.n { y[row * dims.n + first + 3u] = all.w; }
    }
}
