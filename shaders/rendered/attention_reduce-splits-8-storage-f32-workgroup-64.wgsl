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

var<workgroup> logarithms: array<f32, 8>;
var<workgroup> sums: array<f32, 64>;
var<workgroup> columns: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    // Columns of a head in units of f32.
    let units = dims.head_dim;
    let head = group.x;
    let unit = index % 18u;
    let share = min(index / 18u, 2u);
    let split0 = min(share + 0u, 7u);
    let part0 = partial[(split0 * dims.heads + head) * units + unit];
    let split1 = min(share + 3u, 7u);
    let part1 = partial[(split1 * dims.heads + head) * units + unit];
    let split2 = min(share + 6u, 7u);
    let part2 = partial[(split2 * dims.heads + head) * units + unit];
    for (var at = index; at < 8u; at += 64u) {
        logarithms[at] = lse[at * dims.heads + head];
    }
    workgroupBarrier();
    var top = logarithms[0];
    top = max(top, logarithms[1]);
    top = max(top, logarithms[2]);
    top = max(top, logarithms[3]);
    top = max(top, logarithms[4]);
    top = max(top, logarithms[5]);
    top = max(top, logarithms[6]);
    top = max(top, logarithms[7]);
    var sum = 0.0;
    var all = f32();
    {
        let weight = select(0.0, exp(logarithms[split0] - top), share + 0u < 8u);
        sum += weight;
        all += weight * part0;
    }
    {
        let weight = select(0.0, exp(logarithms[split1] - top), share + 3u < 8u);
        sum += weight;
        all += weight * part1;
    }
    {
        let weight = select(0.0, exp(logarithms[split2] - top), share + 6u < 8u);
        sum += weight;
        all += weight * part2;
    }
    sums[index] = sum;
    columns[index] = all;
    workgroupBarrier();
    if index < 18u {
        sum += sums[index + 18u];
        all += columns[index + 18u];
        sum += sums[index + 36u];
        all += columns[index + 36u];
        out[head * units + index] = f32(all / sum);
    }
}
