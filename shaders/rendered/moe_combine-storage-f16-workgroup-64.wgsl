// Rendered from templates/moe_combine.wgsl.j2 for moe-experts/moe_experts[experts=4,hidden=512,intermediate=1408,k=2,tokens=1]@cache=cold,rows=8,storage=f16,workgroup=64; not to be edited: `gate render` writes it anew.
enable f16;
struct Dims {
    tokens: u32,
    hidden: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> y: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f16>>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let token = group.y + group.z * 65535u;
    if token >= dims.tokens {
        return;
    }
    // Columns in units of vec4<f32>.
    let columns = dims.hidden / 4u;
    let start = group.x * 64u + index;
    {
        let column = start;
        if column < columns {
            var sum = vec4<f32>();
            for (var choice = token * dims.k; choice < (token + 1u) * dims.k; choice++) {
                sum += weights[choice] * vec4<f32>(y[choice * columns + column]);
            }
            out[token * columns + column] = vec4<f16>(sum);
        }
    }
}
