// Probe: puts other data into the last-level cache.
//
// Bindings    @group(0) @binding(0) dst: array<vec4<u32>>, read_write, at least three
//             times the cache in size
// Dispatch    [ceil(vectors / 1024), 1, 1], vectors = bytes of dst / 16; at most
//             65535 workgroups, so at most 1023 MiB
// Bytes       32 for each vector: 16 read and 16 written

@group(0) @binding(0) var<storage, read_write> dst: array<vec4<u32>>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let first = group.x * 1024u + lane;
    let end = min(group.x * 1024u + 1024u, arrayLength(&dst));
    for (var i = first; i < end; i += 256u) {
        dst[i] = dst[i] * 1664525u + vec4<u32>(1013904223u);
    }
}
