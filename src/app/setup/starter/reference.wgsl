// The same as the template of this name, so plain that it can be trusted: one
// loop, and no variants.

struct Parameters {
    n: u32,
    a: f32,
}

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> z: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
    for (var i = local; i < parameters.n; i += 64u) {
        z[i] = y[i] + x[i] * parameters.a;
    }
}
