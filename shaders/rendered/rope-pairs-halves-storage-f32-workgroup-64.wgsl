// Rendered from templates/rope.wgsl.j2 for model/rope[head_dim=128,heads=32,tokens=128]@pairs=halves,storage=f32,workgroup=64; not to be edited: `gate render` writes it anew.
struct Dims {
    tokens: u32,
    heads: u32,
    head_dim: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> cosines: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> sines: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let token = group.y + group.z * 65535u;
    if token >= dims.tokens {
        return;
    }
    // Pairs of a head, in units of vec4<f32>.
    let half = dims.head_dim / 8u;
    let start = group.x * 64u + index;
    {
        let i = start;
        if i < dims.heads * half {
            let head = (token * dims.heads + i / half) * 2u * half;
            let pair = i % half;
            let c = cosines[token * half + pair];
            let s = sines[token * half + pair];
            let a = vec4<f32>(x[head + pair]);
            let b = vec4<f32>(x[head + half + pair]);
            y[head + pair] = vec4<f32>(a * c - b * s);
            y[head + half + pair] = vec4<f32>(a * s + b * c);
        }
    }
}
