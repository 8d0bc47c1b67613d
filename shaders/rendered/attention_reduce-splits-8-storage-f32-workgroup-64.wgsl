// Rendered from templates/attention_reduce.wgsl.j2 for attention/attention_decode[context=33,head_dim=18,heads=6,kv_heads=2]@cache=cold,reduce=subgroup,splits=8,storage=f32,workgroup=64; not to be edited: `gate render` writes it anew.
struct Dims {
    heads: u32,
    head_dim: u32,
    splits: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    // Columns of a head in units of f32.
    let units = dims.head_dim;
    let at = group.x * 64u + index;
    if at >= dims.heads * units {
        return;
    }
    let head = at / units;
    // All are asked for before the first is used.
    let lse0 = lse[0u * dims.heads + head];
    let lse1 = lse[1u * dims.heads + head];
    let lse2 = lse[2u * dims.heads + head];
    let lse3 = lse[3u * dims.heads + head];
    let lse4 = lse[4u * dims.heads + head];
    let lse5 = lse[5u * dims.heads + head];
    let lse6 = lse[6u * dims.heads + head];
    let lse7 = lse[7u * dims.heads + head];
    var top = lse0;
    top = max(top, lse1);
    top = max(top, lse2);
    top = max(top, lse3);
    top = max(top, lse4);
    top = max(top, lse5);
    top = max(top, lse6);
    top = max(top, lse7);
    let row = dims.heads * units;
    var sum = 0.0;
    var all = f32();
    {
        let part0 = partial[0u * row + at];
        let part1 = partial[1u * row + at];
        let part2 = partial[2u * row + at];
        let part3 = partial[3u * row + at];
        let part4 = partial[4u * row + at];
        let part5 = partial[5u * row + at];
        let part6 = partial[6u * row + at];
        let part7 = partial[7u * row + at];
        let weight0 = exp(lse0 - top);
        sum += weight0;
        all += weight0 * part0;
        let weight1 = exp(lse1 - top);
        sum += weight1;
        all += weight1 * part1;
        let weight2 = exp(lse2 - top);
        sum += weight2;
        all += weight2 * part2;
        let weight3 = exp(lse3 - top);
        sum += weight3;
        all += weight3 * part3;
        let weight4 = exp(lse4 - top);
        sum += weight4;
        all += weight4 * part4;
        let weight5 = exp(lse5 - top);
        sum += weight5;
        all += weight5 * part5;
        let weight6 = exp(lse6 - top);
        sum += weight6;
        all += weight6 * part6;
        let weight7 = exp(lse7 - top);
        sum += weight7;
        all += weight7 * part7;
    }
    out[at] = f32(all / sum);
}
