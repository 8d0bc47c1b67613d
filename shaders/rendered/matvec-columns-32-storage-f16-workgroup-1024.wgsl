// Rendered from templates/matvec.wgsl.j2 for matmul/matvec[k=4096,m=1,n=4096]@cache=cold,columns=32,storage=f16,workgroup=1024; not to be edited: `gate render` writes it anew.
enable f16;

struct Dims {
    m: u32,
    n: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f16>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f16>>;

var<workgroup> partial: array<vec4<f32>, 1024>;

@compute @workgroup_size(1024)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let part = index / 8u;
    // Columns in units of vec4<f32>. The last workgroup's surplus lanes repeat
    // the last column; only their stores are held back.
    let width = dims.n / 4u;
    let own = group.x * 8u + index % 8u;
    let column = min(own, width - 1u);
    let k = dims.k;
    let row0 = min(group.y * 4u + 0u, dims.m - 1u) * k;
    var sum0 = vec4<f32>();

    var at = part * 4u;
    for (; at + 3587u < k; at += 4096u) {
        {
            let at0 = at + 0u;
            let w0 = vec4<f32>(w[(at0 + 0u) * width + column]);
            let w1 = vec4<f32>(w[(at0 + 1u) * width + column]);
            let w2 = vec4<f32>(w[(at0 + 2u) * width + column]);
            let w3 = vec4<f32>(w[(at0 + 3u) * width + column]);
            let x0 = vec4<f32>(x[(row0 + at0) / 4u]);
            sum0 += x0.x * w0;
            sum0 += x0.y * w1;
            sum0 += x0.z * w2;
            sum0 += x0.w * w3;
        }
        {
            let at1 = at + 512u;
            let w0 = vec4<f32>(w[(at1 + 0u) * width + column]);
            let w1 = vec4<f32>(w[(at1 + 1u) * width + column]);
            let w2 = vec4<f32>(w[(at1 + 2u) * width + column]);
            let w3 = vec4<f32>(w[(at1 + 3u) * width + column]);
            let x0 = vec4<f32>(x[(row0 + at1) / 4u]);
            sum0 += x0.x * w0;
            sum0 += x0.y * w1;
            sum0 += x0.z * w2;
            sum0 += x0.w * w3;
        }
        {
            let at2 = at + 1024u;
            let w0 = vec4<f32>(w[(at2 + 0u) * width + column]);
            let w1 = vec4<f32>(w[(at2 + 1u) * width + column]);
            let w2 = vec4<f32>(w[(at2 + 2u) * width + column]);
            let w3 = vec4<f32>(w[(at2 + 3u) * width + column]);
            let x0 = vec4<f32>(x[(row0 + at2) / 4u]);
            sum0 += x0.x * w0;
            sum0 += x0.y * w1;
            sum0 += x0.z * w2;
            sum0 += x0.w * w3;
        }
        {
            let at3 = at + 1536u;
            let w0 = vec4<f32>(w[(at3 + 0u) * width + column]);
            let w1 = vec4<f32>(w[(at3 + 1u) * width + column]);
            let w2 = vec4<f32>(w[(at3 + 2u) * width + column]);
            let w3 = vec4<f32>(w[(at3 + 3u) * width + column]);
            let x0 = vec4<f32>(x[(row0 + at3) / 4u]);
            sum0 += x0.x * w0;
            sum0 += x0.y * w1;
            sum0 += x0.z * w2;
            sum0 += x0.w * w3;
        }
        {
            let at4 = at + 2048u;
            let w0 = vec4<f32>(w[(at4 + 0u) * width + column]);
            let w1 = vec4<f32>(w[(at4 + 1u) * width + column]);
            let w2 = vec4<f32>(w[(at4 + 2u) * width + column]);
            let w3 = vec4<f32>(w[(at4 + 3u) * width + column]);
            let x0 = vec4<f32>(x[(row0 + at4) / 4u]);
            sum0 += x0.x * w0;
            sum0 += x0.y * w1;
            sum0 += x0.z * w2;
            sum0 += x0.w * w3;
        }
        {
            let at5 = at + 2560u;
            let w0 = vec4<f32>(w[(at5 + 0u) * width + column]);
            let w1 = vec4<f32>(w[(at5 + 1u) * width + column]);
            let w2 = vec4<f32>(w[(at5 + 2u) * width + column]);
            let w3 = vec4<f32>(w[(at5 + 3u) * width + column]);
            let x0 = vec4<f32>(x[(row0 + at5) / 4u]);
            sum0 += x0.x * w0;
            sum0 += x0.y * w1;
            sum0 += x0.z * w2;
            sum0 += x0.w * w3;
        }
        {
            let at6 = at + 3072u;
            let w0 = vec4<f32>(w[(at6 + 0u) * width + column]);
            let w1 = vec4<f32>(w[(at6 + 1u) * width + column]);
            let w2 = vec4<f32>(w[(at6 + 2u) * width + column]);
            let w3 = vec4<f32>(w[(at6 + 3u) * width + column]);
            let x0 = vec4<f32>(x[(row0 + at6) / 4u]);
            sum0 += x0.x * w0;
            sum0 += x0.y * w1;
            sum0 += x0.z * w2;
            sum0 += x0.w * w3;
        }
        {
            let at7 = at + 3584u;
            let w0 = vec4<f32>(w[(at7 + 0u) * width + column]);
            let w1 = vec4<f32>(w[(at7 + 1u) * width + column]);
            let w2 = vec4<f32>(w[(at7 + 2u) * width + column]);
            let w3 = vec4<f32>(w[(at7 + 3u) * width + column]);
            let x0 = vec4<f32>(x[(row0 + at7) / 4u]);
            sum0 += x0.x * w0;
            sum0 += x0.y * w1;
            sum0 += x0.z * w2;
            sum0 += x0.w * w3;
        }
    }
    for (; at + 3u < k; at += 512u) {
        let w0 = vec4<f32>(w[(at + 0u) * width + column]);
        let w1 = vec4<f32>(w[(at + 1u) * width + column]);
        let w2 = vec4<f32>(w[(at + 2u) * width + column]);
        let w3 = vec4<f32>(w[(at + 3u) * width + column]);
        let x0 = vec4<f32>(x[(row0 + at) / 4u]);
        sum0 += x0.x * w0;
        sum0 += x0.y * w1;
        sum0 += x0.z * w2;
        sum0 += x0.w * w3;
    }

    partial[index] = sum0;
    workgroupBarrier();
    if part < 8u {
        sum0 += partial[index + 64u];
        sum0 += partial[index + 128u];
        sum0 += partial[index + 192u];
        sum0 += partial[index + 256u];
        sum0 += partial[index + 320u];
        sum0 += partial[index + 384u];
        sum0 += partial[index + 448u];
        sum0 += partial[index + 512u];
        sum0 += partial[index + 576u];
        sum0 += partial[index + 640u];
        sum0 += partial[index + 704u];
        sum0 += partial[index + 768u];
        sum0 += partial[index + 832u];
        sum0 += partial[index + 896u];
        sum0 += partial[index + 960u];
        partial[index] = sum0;
    }
    workgroupBarrier();
    if part == 0u && own < width && group.y * 4u + 0u < dims.m {
        sum0 += partial[index + 8u];
        sum0 += partial[index + 16u];
        sum0 += partial[index + 24u];
        sum0 += partial[index + 32u];
        sum0 += partial[index + 40u];
        sum0 += partial[index + 48u];
        sum0 += partial[index + 56u];
        y[(group.y * 4u + 0u) * width + own] = vec4<f16>(sum0);
    }
}
