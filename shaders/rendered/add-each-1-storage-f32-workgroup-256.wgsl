// Rendered from templates/add.wgsl.j2 for residual/add[hidden=4096,tokens=2048]@cache=cold,each=1,storage=f32,workgroup=256; not to be edited: `gate render` writes it anew.
struct Dims {
    n: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    // In units of vec4<f32>.
    let count = dims.n / 4u;
    let start = (group.x + group.y * 65535u) * 256u + index;
    {
        let i = start;
        if i < count {
            let a = vec4<f32>(a[i]);
            let b = vec4<f32>(b[i]);
            out[i] = vec4<f32>(a + b);
        }
    }
}
