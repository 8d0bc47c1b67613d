// Probe: what a dispatch costs that does nothing.
//
// Bindings    @group(0) @binding(0) dst: array<u32>, read_write, one element
// Dispatch    [1, 1, 1]
// Work        none: the condition never holds, but no compiler can tell

@group(0) @binding(0) var<storage, read_write> dst: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x == 0xffffffffu {
        dst[0] = id.x;
    }
}
