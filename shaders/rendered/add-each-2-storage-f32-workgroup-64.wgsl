// Rendered from templates/add.wgsl.j2 for residual/add[hidden=127,tokens=33]@each=2,storage=f32,workgroup=64; not to be edited: `gate render` writes it anew.
struct Dims {
    n: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    // In units of f32.
    let count = dims.n;
    let start = (group.x + group.y * 65535u) * 512u + index;
    {
        let i = start;
        if i < count {
            let a = f32(a[i]);
            let b = f32(b[i]);
            out[i] = f32(a + b);
        }
    }
    {
        let i = start + 64u;
        if i < count {
            let a = f32(a[i]);
            let b = f32(b[i]);
            out[i] = f32(a + b);
        }
    }
    {
        let i = start + 128u;
        if i < count {
            let a = f32(a[i]);
            let b = f32(b[i]);
            out[i] = f32(a + b);
        }
    }
    {
        let i = start + 192u;
        if i < count {
            let a = f32(a[i]);
            let b = f32(b[i]);
            out[i] = f32(a + b);
        }
    }
    {
        let i = start + 256u;
        if i < count {
            let a = f32(a[i]);
            let b = f32(b[i]);
            out[i] = f32(a + b);
        }
    }
    {
        let i = start + 320u;
        if i < count {
            let a = f32(a[i]);
            let b = f32(b[i]);
            out[i] = f32(a + b);
        }
    }
    {
        let i = start + 384u;
        if i < count {
            let a = f32(a[i]);
            let b = f32(b[i]);
            out[i] = f32(a + b);
        }
    }
    {
        let i = start + 448u;
        if i < count {
            let a = f32(a[i]);
            let b = f32(b[i]);
            out[i] = f32(a + b);
        }
    }
}
