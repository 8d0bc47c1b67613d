// Rendered from templates/combine.wgsl.j2 for moe/combine[experts=8,hidden=4096,k=2,tokens=128]@workgroup=64; not to be edited: `gate render` writes it anew.
struct Dims {
    tokens: u32,
    hidden: u32,
    experts: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> expert_outputs: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;

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
    let first = group.x * 64u + index;
    let column0 = min(first, columns - 1u);
    var sum0 = vec4<f32>();

    {
        let expert = indices[token * dims.k + 0u];
        let weight = weights[token * dims.k + 0u];
        let known = expert < dims.experts;
        let row = (min(expert, dims.experts - 1u) * dims.tokens + token) * columns;
        sum0 += select(vec4<f32>(), weight * expert_outputs[row + column0], known);
    }
    {
        let expert = indices[token * dims.k + 1u];
        let weight = weights[token * dims.k + 1u];
        let known = expert < dims.experts;
        let row = (min(expert, dims.experts - 1u) * dims.tokens + token) * columns;
        sum0 += select(vec4<f32>(), weight * expert_outputs[row + column0], known);
    }

    if first < columns {
        out[token * columns + column0] = sum0;
    }
}
