// z = a * x + y, one element an invocation.

struct Parameters {
    n: u32,
    a: f32,
}

// Set by the spec's `overrides:`, one pipeline for each value.
override workgroup: u32 = 256u;

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> z: array<f32>;

@compute @workgroup_size(workgroup)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    // The last workgroup reaches past the end where n is not a multiple.
    if i < parameters.n {
        z[i] = parameters.a * x[i] + y[i];
    }
}
