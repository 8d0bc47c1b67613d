// Rendered from templates/matvec.wgsl.j2 for matmul/matvec[k=4096,m=1,n=11008]@cache=cold,storage=f32,workgroup=256; not to be edited: `gate render` writes it anew.
struct Dims {
    m: u32,
    n: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

var<workgroup> partial: array<vec4<f32>, 256>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let part = index / 8u;
    // Columns in units of vec4<f32>. The last workgroup's surplus lanes repeat
    // the last column; only their stores are held back.
    let columns = dims.n / 4u;
    let own = group.x * 8u + index % 8u;
    let column = min(own, columns - 1u);
    let k = dims.k;
    let row0 = min(group.y * 4u + 0u, dims.m - 1u) * k;
    var sum0 = vec4<f32>();

    var at = part * 4u;
    for (; at + 387u < k; at += 512u) {
        {
            let at0 = at + 0u;
            let w0 = vec4<f32>(w[(at0 + 0u) * columns + column]);
            let w1 = vec4<f32>(w[(at0 + 1u) * columns + column]);
            let w2 = vec4<f32>(w[(at0 + 2u) * columns + column]);
            let w3 = vec4<f32>(w[(at0 + 3u) * columns + column]);
            let x0 = vec4<f32>(x[(row0 + at0) / 4u]);
            sum0 += x0.x * w0;
            sum0 += x0.y * w1;
            sum0 += x0.z * w2;
            sum0 += x0.w * w3;
        }
        {
            let at1 = at + 128u;
            let w0 = vec4<f32>(w[(at1 + 0u) * columns + column]);
            let w1 = vec4<f32>(w[(at1 + 1u) * columns + column]);
            let w2 = vec4<f32>(w[(at1 + 2u) * columns + column]);
            let w3 = vec4<f32>(w[(at1 + 3u) * columns + column]);
            let x0 = vec4<f32>(x[(row0 + at1) / 4u]);
            sum0 += x0.x * w0;
            sum0 += x0.y * w1;
            sum0 += x0.z * w2;
            sum0 += x0.w * w3;
        }
        {
            let at2 = at + 256u;
            let w0 = vec4<f32>(w[(at2 + 0u) * columns + column]);
            let w1 = vec4<f32>(w[(at2 + 1u) * columns + column]);
            let w2 = vec4<f32>(w[(at2 + 2u) * columns + column]);
            let w3 = vec4<f32>(w[(at2 + 3u) * columns + column]);
            let x0 = vec4<f32>(x[(row0 + at2) / 4u]);
            sum0 += x0.x * w0;
            sum0 += x0.y * w1;
            sum0 += x0.z * w2;
            sum0 += x0.w * w3;
        }
        {
            let at3 = at + 384u;
            let w0 = vec4<f32>(w[(at3 + 0u) * columns + column]);
            let w1 = vec4<f32>(w[(at3 + 1u) * columns + column]);
            let w2 = vec4<f32>(w[(at3 + 2u) * columns + column]);
            let w3 = vec4<f32>(w[(at3 + 3u) * columns + column]);
            let x0 = vec4<f32>(x[(row0 + at3) / 4u]);
            sum0 += x0.x * w0;
            sum0 += x0.y * w1;
            sum0 += x0.z * w2;
            sum0 += x0.w * w3;
        }
    }
    for (; at + 3u < k; at += 128u) {
        let w0 = vec4<f32>(w[(at + 0u) * columns + column]);
        let w1 = vec4<f32>(w[(at + 1u) * columns + column]);
        let w2 = vec4<f32>(w[(at + 2u) * columns + column]);
        let w3 = vec4<f32>(w[(at + 3u) * columns + column]);
        let x0 = vec4<f32>(x[(row0 + at) / 4u]);
        sum0 += x0.x * w0;
        sum0 += x0.y * w1;
        sum0 += x0.z * w2;
        sum0 += x0.w * w3;
    }

    partial[index] = sum0;
    workgroupBarrier();
    if part < 16u {
        partial[index] += partial[index + 128u];
    }
    workgroupBarrier();
    if part < 8u {
        partial[index] += partial[index + 64u];
    }
    workgroupBarrier();
    if part < 4u {
        partial[index] += partial[index + 32u];
    }
    workgroupBarrier();
    if part < 2u {
        partial[index] += partial[index + 16u];
    }
    workgroupBarrier();
    if part < 1u {
        partial[index] += partial[index + 8u];
    }
    workgroupBarrier();
    if part == 0u && own < columns && group.y * 4u + 0u < dims.m {
        y[(group.y * 4u + 0u) * columns + own] = vec4<f32>(partial[index]);
    }
}
