// Rendered from templates/embedding.wgsl.j2 for embedding/embedding[hidden=4096,tokens=1,vocabulary=32000]@storage=f16,workgroup=64; not to be edited: `gate render` writes it anew.
enable f16;
struct Dims {
    tokens: u32,
    vocabulary: u32,
    hidden: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> table: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
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
    let known = indices[token] < dims.vocabulary;
    // Columns in units of vec4<f16>.
    let columns = dims.hidden / 4u;
    let source = min(indices[token], dims.vocabulary - 1u) * columns;
    let start = group.x * 64u + index;
    {
        let column = start;
        if column < columns {
            out[token * columns + column] = select(vec4<f16>(), table[source + column], known);
        }
    }
}
