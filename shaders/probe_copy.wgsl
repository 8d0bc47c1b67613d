// Probe: how fast memory is copied.
//
// Bindings    @group(0) @binding(0) src: array<vec4<u32>>, read
//             @group(0) @binding(1) dst: array<vec4<u32>>, read_write, as long as src
// Dispatch    [ceil(vectors / 1024), 1, 1], vectors = bytes of src / 16; at most
//             65535 workgroups, so at most 1023 MiB
// Bytes       32 for each vector: 16 read and 16 written
// Contents    random words; zeros may be compressed on the way and run faster
//
// Each invocation moves four vectors that lie a workgroup apart, so that
// neighbours always touch neighbouring vectors.

@group(0) @binding(0) var<storage, read> src: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> dst: array<vec4<u32>>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let count = min(arrayLength(&src), arrayLength(&dst));
    let first = group.x * 1024u + lane;
    if group.x * 1024u + 1024u <= count {
        let v0 = src[first];
        let v1 = src[first + 256u];
        let v2 = src[first + 512u];
        let v3 = src[first + 768u];
        dst[first] = v0;
        dst[first + 256u] = v1;
        dst[first + 512u] = v2;
        dst[first + 768u] = v3;
    } else {
        for (var i = first; i < count; i += 256u) {
            dst[i] = src[i];
        }
    }
}
