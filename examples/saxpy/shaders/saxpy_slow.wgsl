// The same as saxpy.wgsl, so plain that it can be trusted: one workgroup walks
// over all elements. It is never timed.

struct Parameters {
    n: u32,
    a: f32,
}

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> z: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    for (var i = lane; i < parameters.n; i += 64u) {
        z[i] = parameters.a * x[i] + y[i];
    }
}
