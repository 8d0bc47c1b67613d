// Rendered from templates/attention_reduce.wgsl.j2 for attention/attention_decode[context=2048,head_dim=128,heads=32,kv_heads=8]@cache=cold,reduce=subgroup,splits=32,storage=f32,workgroup=128; not to be edited: `gate render` writes it anew.
struct Dims {
    heads: u32,
    head_dim: u32,
    splits: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

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
    // All are asked for before the first is used.
    let lse0 = lse[0u * dims.heads + head];
    let lse1 = lse[1u * dims.heads + head];
    let lse2 = lse[2u * dims.heads + head];
    let lse3 = lse[3u * dims.heads + head];
    let lse4 = lse[4u * dims.heads + head];
    let lse5 = lse[5u * dims.heads + head];
    let lse6 = lse[6u * dims.heads + head];
    let lse7 = lse[7u * dims.heads + head];
    let lse8 = lse[8u * dims.heads + head];
    let lse9 = lse[9u * dims.heads + head];
    let lse10 = lse[10u * dims.heads + head];
    let lse11 = lse[11u * dims.heads + head];
    let lse12 = lse[12u * dims.heads + head];
    let lse13 = lse[13u * dims.heads + head];
    let lse14 = lse[14u * dims.heads + head];
    let lse15 = lse[15u * dims.heads + head];
    let lse16 = lse[16u * dims.heads + head];
    let lse17 = lse[17u * dims.heads + head];
    let lse18 = lse[18u * dims.heads + head];
    let lse19 = lse[19u * dims.heads + head];
    let lse20 = lse[20u * dims.heads + head];
    let lse21 = lse[21u * dims.heads + head];
    let lse22 = lse[22u * dims.heads + head];
    let lse23 = lse[23u * dims.heads + head];
    let lse24 = lse[24u * dims.heads + head];
    let lse25 = lse[25u * dims.heads + head];
    let lse26 = lse[26u * dims.heads + head];
    let lse27 = lse[27u * dims.heads + head];
    let lse28 = lse[28u * dims.heads + head];
    let lse29 = lse[29u * dims.heads + head];
    let lse30 = lse[30u * dims.heads + head];
    let lse31 = lse[31u * dims.heads + head];
    var top = lse0;
    top = max(top, lse1);
    top = max(top, lse2);
    top = max(top, lse3);
    top = max(top, lse4);
    top = max(top, lse5);
    top = max(top, lse6);
    top = max(top, lse7);
    top = max(top, lse8);
    top = max(top, lse9);
    top = max(top, lse10);
    top = max(top, lse11);
    top = max(top, lse12);
    top = max(top, lse13);
    top = max(top, lse14);
    top = max(top, lse15);
    top = max(top, lse16);
    top = max(top, lse17);
    top = max(top, lse18);
    top = max(top, lse19);
    top = max(top, lse20);
    top = max(top, lse21);
    top = max(top, lse22);
    top = max(top, lse23);
    top = max(top, lse24);
    top = max(top, lse25);
    top = max(top, lse26);
    top = max(top, lse27);
    top = max(top, lse28);
    top = max(top, lse29);
    top = max(top, lse30);
    top = max(top, lse31);
    let row = dims.heads * units;
    var sum = 0.0;
    var all = vec4<f32>();
    {
        let part0 = partial[0u * row + at];
        let part1 = partial[1u * row + at];
        let part2 = partial[2u * row + at];
        let part3 = partial[3u * row + at];
        let part4 = partial[4u * row + at];
        let part5 = partial[5u * row + at];
        let part6 = partial[6u * row + at];
        let part7 = partial[7u * row + at];
        let part8 = partial[8u * row + at];
        let part9 = partial[9u * row + at];
        let part10 = partial[10u * row + at];
        let part11 = partial[11u * row + at];
        let part12 = partial[12u * row + at];
        let part13 = partial[13u * row + at];
        let part14 = partial[14u * row + at];
        let part15 = partial[15u * row + at];
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
        let weight8 = exp(lse8 - top);
        sum += weight8;
        all += weight8 * part8;
        let weight9 = exp(lse9 - top);
        sum += weight9;
        all += weight9 * part9;
        let weight10 = exp(lse10 - top);
        sum += weight10;
        all += weight10 * part10;
        let weight11 = exp(lse11 - top);
        sum += weight11;
        all += weight11 * part11;
        let weight12 = exp(lse12 - top);
        sum += weight12;
        all += weight12 * part12;
        let weight13 = exp(lse13 - top);
        sum += weight13;
        all += weight13 * part13;
        let weight14 = exp(lse14 - top);
        sum += weight14;
        all += weight14 * part14;
        let weight15 = exp(lse15 - top);
        sum += weight15;
        all += weight15 * part15;
    }
    {
        let part16 = partial[16u * row + at];
        let part17 = partial[17u * row + at];
        let part18 = partial[18u * row + at];
        let part19 = partial[19u * row + at];
        let part20 = partial[20u * row + at];
        let part21 = partial[21u * row + at];
        let part22 = partial[22u * row + at];
        let part23 = partial[23u * row + at];
        let part24 = partial[24u * row + at];
        let part25 = partial[25u * row + at];
        let part26 = partial[26u * row + at];
        let part27 = partial[27u * row + at];
        let part28 = partial[28u * row + at];
        let part29 = partial[29u * row + at];
        let part30 = partial[30u * row + at];
        let part31 = partial[31u * row + at];
        let weight16 = exp(lse16 - top);
        sum += weight16;
        all += weight16 * part16;
        let weight17 = exp(lse17 - top);
        sum += weight17;
        all += weight17 * part17;
        let weight18 = exp(lse18 - top);
        sum += weight18;
        all += weight18 * part18;
        let weight19 = exp(lse19 - top);
        sum += weight19;
        all += weight19 * part19;
        let weight20 = exp(lse20 - top);
        sum += weight20;
        all += weight20 * part20;
        let weight21 = exp(lse21 - top);
        sum += weight21;
        all += weight21 * part21;
        let weight22 = exp(lse22 - top);
        sum += weight22;
        all += weight22 * part22;
        let weight23 = exp(lse23 - top);
        sum += weight23;
        all += weight23 * part23;
        let weight24 = exp(lse24 - top);
        sum += weight24;
        all += weight24 * part24;
        let weight25 = exp(lse25 - top);
        sum += weight25;
        all += weight25 * part25;
        let weight26 = exp(lse26 - top);
        sum += weight26;
        all += weight26 * part26;
        let weight27 = exp(lse27 - top);
        sum += weight27;
        all += weight27 * part27;
        let weight28 = exp(lse28 - top);
        sum += weight28;
        all += weight28 * part28;
        let weight29 = exp(lse29 - top);
        sum += weight29;
        all += weight29 * part29;
        let weight30 = exp(lse30 - top);
        sum += weight30;
        all += weight30 * part30;
        let weight31 = exp(lse31 - top);
        sum += weight31;
        all += weight31 * part31;
    }
    out[at] = vec4<f32>(all / sum);
}
