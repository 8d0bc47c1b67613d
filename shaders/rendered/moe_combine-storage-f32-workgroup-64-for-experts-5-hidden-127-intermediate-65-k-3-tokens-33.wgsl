// Rendered from templates/moe_combine.wgsl.j2 for moe-experts/moe_experts[experts=5,hidden=127,intermediate=65,k=3,tokens=33]@cache=cold,rows=32,storage=f32,workgroup=64; not to be edited: `gate render` writes it anew.
struct Dims {
    tokens: u32,
    hidden: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let token = group.y + group.z * 65535u;
    if token >= dims.tokens {
        return;
    }
    // Columns in units of f32.
    let columns = dims.hidden;
    let start = group.x * 256u + index;
    {
        let column = start;
        if column < columns {
            var sum = f32();
            for (var choice = token * dims.k; choice < (token + 1u) * dims.k; choice++) {
                sum += weights[choice] * f32(y[choice * columns + column]);
            }
            out[token * columns + column] = f32(sum);
        }
    }
    {
        let column = start + 64u;
        if column < columns {
            var sum = f32();
            for (var choice = token * dims.k; choice < (token + 1u) * dims.k; choice++) {
                sum += weights[choice] * f32(y[choice * columns + column]);
            }
            out[token * columns + column] = f32(sum);
        }
    }
    {
        let column = start + 128u;
        if column < columns {
            var sum = f32();
            for (var choice = token * dims.k; choice < (token + 1u) * dims.k; choice++) {
                sum += weights[choice] * f32(y[choice * columns + column]);
            }
            out[token * columns + column] = f32(sum);
        }
    }
    {
        let column = start + 192u;
        if column < columns {
            var sum = f32();
            for (var choice = token * dims.k; choice < (token + 1u) * dims.k; choice++) {
                sum += weights[choice] * f32(y[choice * columns + column]);
            }
            out[token * columns + column] = f32(sum);
        }
    }
}
