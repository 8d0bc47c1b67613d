// Probe: how fast memory is read.
//
// Bindings    @group(0) @binding(0) src: array<vec4<u32>>, read
//             @group(0) @binding(1) dst: array<vec4<u32>>, read_write, one vector
// Dispatch    [ceil(vectors / 2048), 1, 1], vectors = bytes of src / 16; at most
//             65535 workgroups, so at most 2047 MiB
// Bytes       16 for each vector, all read
// Contents    random words; zeros may be compressed on the way and run faster
//
// Each invocation reads eight vectors that lie a workgroup apart and folds them
// into one. The fold is written only where it meets one value among 2^128, so
// the reads cannot be optimised away, and almost nothing is written.

@group(0) @binding(0) var<storage, read> src: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> dst: array<vec4<u32>>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let count = arrayLength(&src);
    let first = group.x * 2048u + lane;
    var fold = vec4<u32>(0x9e3779b9u, 0x7f4a7c15u, 0xf39cc060u, 0x5cedc834u);
    if group.x * 2048u + 2048u <= count {
        let v0 = src[first];
        let v1 = src[first + 256u];
        let v2 = src[first + 512u];
        let v3 = src[first + 768u];
        let v4 = src[first + 1024u];
        let v5 = src[first + 1280u];
        let v6 = src[first + 1536u];
        let v7 = src[first + 1792u];
        fold ^= (v0 ^ v1) + (v2 ^ v3) + (v4 ^ v5) + (v6 ^ v7);
    } else {
        for (var i = first; i < count; i += 256u) {
            fold ^= src[i];
        }
    }
    if all(fold == vec4<u32>(0x1b873593u, 0xcc9e2d51u, 0x85ebca6bu, 0xc2b2ae35u)) {
        dst[0] = fold;
    }
}
