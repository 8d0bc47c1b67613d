// Rendered from templates/matvec.wgsl.j2 for model/projection[k=11008,m=1,n=4096]@cache=cold,columns=16,storage=f32,workgroup=256; not to be edited: `gate render` writes it anew.
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
    let part = index / 4u;
    // Columns in units of vec4<f32>. The last workgroup's surplus lanes repeat
    // the last column; only their stores are held back.
    let width = dims.n / 4u;
    let own = group.x * 4u + index % 4u;
    let column = min(own, width - 1u);
    let k = dims.k;
    let row0 = min(group.y * 4u + 0u, dims.m - 1u) * k;
    var sum0 = vec4<f32>();

    var at = part * 4u;
    for (; at + 771u < k; at += 1024u) {
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
            let at1 = at + 256u;
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
            let at2 = at + 512u;
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
            let at3 = at + 768u;
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
    }
    for (; at + 3u < k; at += 256u) {
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
        sum0 += partial[index + 32u];
        sum0 += partial[index + 64u];
        sum0 += partial[index + 96u];
        sum0 += partial[index + 128u];
        sum0 += partial[index + 160u];
        sum0 += partial[index + 192u];
        sum0 += partial[index + 224u];
        partial[index] = sum0;
    }
    workgroupBarrier();
    if part == 0u && own < width && group.y * 4u + 0u < dims.m {
        sum0 += partial[index + 4u];
        sum0 += partial[index + 8u];
        sum0 += partial[index + 12u];
        sum0 += partial[index + 16u];
        sum0 += partial[index + 20u];
        sum0 += partial[index + 24u];
        sum0 += partial[index + 28u];
        y[(group.y * 4u + 0u) * width + own] = vec4<f32>(sum0);
    }
}
