// Rendered from templates/attention_reduce.wgsl.j2 for attention/attention_decode[context=2048,head_dim=128,heads=32,kv_heads=32]@cache=cold,reduce=subgroup,splits=16,storage=f16,workgroup=128; not to be edited: `gate render` writes it anew.
enable f16;
struct Dims {
    heads: u32,
    head_dim: u32,
    splits: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f16>>;

@compute @workgroup_size(128)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    // Columns of a head in units of vec4<f32>.
    let units = dims.head_dim / 4u;
    let at = group.x * 128u + index;
    if at >= dims.heads * units {
        return;
    }
    let head = at / units;
    var top = lse[head];
    for (var split = 1u; split < dims.splits; split++) {
        top = max(top, lse[split * dims.heads + head]);
    }
    var sum = 0.0;
    var all = vec4<f32>();
    for (var split = 0u; split < dims.splits; split++) {
        let weight = exp(lse[split * dims.heads + head] - top);
        sum += weight;
        all += weight * partial[split * dims.heads * units + at];
    }
    out[at] = vec4<f16>(all / sum);
}
