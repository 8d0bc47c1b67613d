// Rendered from templates/silu_gate.wgsl.j2 for silu-gate/silu_gate[intermediate=4096,tokens=2048]@cache=cold,each=2,storage=f16,workgroup=256; not to be edited: `gate render` writes it anew.
enable f16;
struct Dims {
    n: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> gate: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> up: array<vec4<f16>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f16>>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    // In units of vec4<f32>.
    let count = dims.n / 4u;
    let start = (group.x + group.y * 65535u) * 512u + index;
    {
        let i = start;
        if i < count {
            let a = vec4<f32>(gate[i]);
            let b = vec4<f32>(up[i]);
            out[i] = vec4<f16>(a / (1.0 + exp(min(-a, vec4<f32>(80.0)))) * b);
        }
    }
    {
        let i = start + 256u;
        if i < count {
            let a = vec4<f32>(gate[i]);
            let b = vec4<f32>(up[i]);
            out[i] = vec4<f16>(a / (1.0 + exp(min(-a, vec4<f32>(80.0)))) * b);
        }
    }
}
