// Rendered from templates/attention_reduce.wgsl.j2 for model/attention_decode[context=2048,head_dim=64,heads=8,kv_heads=8]@cache=cold,reduce=tree,splits=16,storage=f32,workgroup=128; not to be edited: `gate render` writes it anew.
struct Dims {
    heads: u32,
    head_dim: u32,
    splits: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;

var<workgroup> logarithms: array<f32, 16>;
var<workgroup> sums: array<f32, 128>;
var<workgroup> columns: array<vec4<f32>, 128>;

@compute @workgroup_size(128)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    // Columns of a head in units of vec4<f32>.
    let units = dims.head_dim / 4u;
    let head = group.x;
    let unit = index % 16u;
    let share = min(index / 16u, 7u);
    let split0 = share + 0u;
    let part0 = partial[(split0 * dims.heads + head) * units + unit];
    let split1 = share + 8u;
    let part1 = partial[(split1 * dims.heads + head) * units + unit];
    for (var at = index; at < 16u; at += 128u) {
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
    top = max(top, logarithms[8]);
    top = max(top, logarithms[9]);
    top = max(top, logarithms[10]);
    top = max(top, logarithms[11]);
    top = max(top, logarithms[12]);
    top = max(top, logarithms[13]);
    top = max(top, logarithms[14]);
    top = max(top, logarithms[15]);
    var sum = 0.0;
    var all = vec4<f32>();
    {
        let weight = exp(logarithms[split0] - top);
        sum += weight;
        all += weight * part0;
    }
    {
        let weight = exp(logarithms[split1] - top);
        sum += weight;
        all += weight * part1;
    }
    sums[index] = sum;
    columns[index] = all;
    workgroupBarrier();
    if index < 16u {
        sum += sums[index + 16u];
        all += columns[index + 16u];
        sum += sums[index + 32u];
        all += columns[index + 32u];
        sum += sums[index + 48u];
        all += columns[index + 48u];
        sum += sums[index + 64u];
        all += columns[index + 64u];
        sum += sums[index + 80u];
        all += columns[index + 80u];
        sum += sums[index + 96u];
        all += columns[index + 96u];
        sum += sums[index + 112u];
        all += columns[index + 112u];
        out[head * units + index] = vec4<f32>(all / sum);
    }
}
