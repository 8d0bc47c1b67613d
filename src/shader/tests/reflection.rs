//! What naga sees in an entry point.

use super::build::{Project, With, plain};
use crate::kit::{Element, Scalar};
use crate::plan::Case;
use crate::shader::{BindingKind, Resolved, Shader};

fn shader(wgsl: &str, case: Case) -> Shader {
    Project::new()
        .with("shaders/a.wgsl", wgsl)
        .render(&case)
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_vec3_in_a_uniform_struct_aligns_to_sixteen_bytes() {
    let shader = shader(
        "struct P { a: f32, b: vec3<f32>, c: f32, d: vec2<u32>, e: i32 }
         @group(0) @binding(0) var<uniform> p: P;
         @group(0) @binding(1) var<storage, read_write> y: array<f32>;
         @compute @workgroup_size(1) fn main() {
             y[0] = p.a + p.b.x + p.c + f32(p.d.x) + f32(p.e);
         }",
        plain("a.wgsl")
            .output("y", "f32", &[1])
            .uniform("e", "i32", -2.0)
            .uniform("d", "vec2<u32>", 7.0)
            .uniform("c", "f32", 3.0)
            .uniform("b", "vec3<f32>", 2.0)
            .uniform("a", "f32", 1.0),
    );
    let offsets: Vec<u32> = shader.bindings[0]
        .0
        .members
        .iter()
        .map(|m| m.offset)
        .collect();
    // WGSL, alignment and size: vec3 aligns to 16 and takes 12, so c follows
    // at 28; vec2 aligns to 8; the struct rounds up to 16.
    assert_eq!(offsets, [0, 16, 28, 32, 40]);
    let words: Vec<u32> = shader
        .uniforms
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect();
    let f = |x: f32| x.to_bits();
    assert_eq!(
        words,
        [
            f(1.0),
            0,
            0,
            0,
            f(2.0),
            f(2.0),
            f(2.0),
            f(3.0),
            7,
            7,
            (-2_i32) as u32,
            0
        ]
    );
    assert_eq!(shader.bindings[0].1, Resolved::Uniforms);
    assert_eq!(shader.bindings[1].1, Resolved::Buffer(0));
}

#[test]
fn only_what_the_entry_point_reaches_is_bound() {
    let wgsl = "@group(0) @binding(0) var<storage, read> a: array<f32>;
        @group(1) @binding(2) var<storage, read> b: array<u32>;
        @group(0) @binding(1) var<storage, read_write> y: array<f32>;
        var<workgroup> tile: array<f32, 3>;
        var<workgroup> flag: atomic<u32>;
        fn deep() -> f32 { return f32(b[0]) + f32(arrayLength(&b)); }
        @compute @workgroup_size(4, 2) fn first() { y[0] = a[0]; }
        @compute @workgroup_size(8) fn second() { tile[0] = deep(); y[0] = tile[0]; }";
    let first = shader(
        wgsl,
        plain("a.wgsl")
            .entry("first")
            .input("a", "f32", &[4])
            .output("y", "f32", &[4]),
    );
    assert_eq!(first.workgroup_size, [4, 2, 1]);
    assert_eq!(first.workgroup_memory, 0);
    let second = shader(
        wgsl,
        plain("a.wgsl")
            .entry("second")
            .input("b", "u32", &[4])
            .output("y", "f32", &[4]),
    );
    let names: Vec<(&str, u32, u32, bool)> = second
        .bindings
        .iter()
        .map(|(b, _)| (b.name.as_str(), b.group, b.binding, b.uses_array_length))
        .collect();
    assert_eq!(names, [("y", 0, 1, false), ("b", 1, 2, true)]);
    // Three f32 are 12 bytes, counted as 16; the flag is not in use.
    assert_eq!(second.workgroup_memory, 16);
    assert_ne!(first.hash, second.hash);
}

#[test]
fn an_override_decides_the_workgroup_and_its_memory() {
    let wgsl = "override wide: u32 = 4;
        @id(7) override scale: f32;
        override unused: f32;
        var<workgroup> tile: array<vec4<f32>, wide>;
        @group(0) @binding(0) var<storage, read_write> y: array<f32>;
        @compute @workgroup_size(wide, 2)
        fn main(@builtin(local_invocation_index) i: u32) {
            tile[i % wide] = vec4(scale);
            y[i] = tile[0].x;
        }";
    let case = |wide: f64| {
        plain("a.wgsl")
            .output("y", "f32", &[64])
            .set("wide", wide)
            .set("scale", 0.5)
    };
    let narrow = shader(wgsl, case(8.0));
    assert_eq!(narrow.workgroup_size, [8, 2, 1]);
    assert_eq!(narrow.workgroup_memory, 8 * 16);
    // A pipeline takes an override by its id where it has one.
    let keys: Vec<&str> = narrow.overrides.keys().map(String::as_str).collect();
    assert_eq!(keys, ["7", "wide"]);
    let wide = shader(wgsl, case(16.0));
    assert_eq!(wide.workgroup_size, [16, 2, 1]);
    assert_ne!(narrow.hash, wide.hash);
}

#[test]
fn matrices_and_arrays_lie_as_the_rules_of_uniforms_say() {
    let shader = shader(
        "struct P { n: u32, a: mat2x3<f32>, b: mat2x2<f32>, c: array<vec4<i32>, 2>, d: vec3<f32> }
         @group(0) @binding(0) var<uniform> p: P;
         @group(0) @binding(1) var<storage, read_write> y: array<f32>;
         @compute @workgroup_size(1) fn main() {
             y[p.n] = p.a[1].z + p.b[0].y + f32(p.c[1].w) + p.d.y;
         }",
        plain("a.wgsl")
            .output("y", "f32", &[1])
            .uniforms("d", "vec3<f32>", &[17.0, 18.0, 19.0])
            .uniforms(
                "c",
                "array<vec4<i32>, 2>",
                &[9., 10., 11., 12., 13., 14., 15., -16.],
            )
            .uniforms("b", "mat2x2<f32>", &[5.0, 6.0, 7.0, 8.0])
            .uniforms("a", "mat2x3<f32>", &[1.0, 2.0, 3.0, 4.0, 4.25, 4.5])
            .uniforms("n", "u32", &[0.0]),
    );
    let words: Vec<u32> = shader
        .uniforms
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect();
    let f = |x: f32| x.to_bits();
    // n at 0; a at 16, its columns 16 apart with a gap behind each third; b at
    // 48, its columns 8 apart; c at 64, its elements 16 apart; d at 96.
    let hand = [
        vec![0, 0, 0, 0],
        vec![f(1.0), f(2.0), f(3.0), 0],
        vec![f(4.0), f(4.25), f(4.5), 0],
        vec![f(5.0), f(6.0), f(7.0), f(8.0)],
        vec![9, 10, 11, 12],
        vec![13, 14, 15, (-16_i32).cast_unsigned()],
        vec![f(17.0), f(18.0), f(19.0), 0],
    ];
    assert_eq!(words, hand.concat());
}

#[test]
fn halves_in_uniforms_are_packed_two_bytes_apart() {
    let shader = shader(
        "enable f16;
         struct P { a: f16, b: vec3<f16>, c: mat2x2<f16> }
         @group(0) @binding(0) var<uniform> p: P;
         @group(0) @binding(1) var<storage, read_write> y: array<f32>;
         @compute @workgroup_size(1) fn main() { y[0] = f32(p.a + p.b.z + p.c[1].y); }",
        plain("a.wgsl")
            .output("y", "f32", &[1])
            .uniforms("a", "f16", &[1.0])
            .uniforms("b", "vec3<f16>", &[2.0, -2.0, 0.5])
            .uniforms("c", "mat2x2<f16>", &[1.0, 2.0, 0.5, -2.0]),
    );
    let halves: Vec<u16> = shader
        .uniforms
        .chunks_exact(2)
        .map(|half| u16::from_le_bytes([half[0], half[1]]))
        .collect();
    // IEEE 754: 1 is 3c00, 2 is 4000, -2 is c000, 0.5 is 3800. The vec3 aligns
    // to 8 bytes, the matrix to 4, so it follows at 16.
    assert_eq!(
        halves[..12],
        [
            0x3c00, 0, 0, 0, 0x4000, 0xc000, 0x3800, 0, 0x3c00, 0x4000, 0x3800, 0xc000
        ]
    );
}

#[test]
fn a_lone_uniform_may_be_an_array() {
    let shader = shader(
        "@group(0) @binding(0) var<uniform> p: array<vec4<u32>, 2>;
         @group(0) @binding(1) var<storage, read_write> y: array<u32>;
         @compute @workgroup_size(1) fn main() { y[0] = p[1].x; }",
        plain("a.wgsl").output("y", "u32", &[1]).uniforms(
            "p",
            "array<vec4<u32>, 2>",
            &[1., 2., 3., 4., 5., 6., 7., 8.],
        ),
    );
    let firsts: Vec<u8> = shader.uniforms.iter().copied().step_by(4).collect();
    assert_eq!(firsts, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn kinds_and_elements_are_as_declared() {
    let shader = shader(
        "enable f16;
         struct Head { count: u32, rest: array<vec4<f16>> }
         @group(0) @binding(0) var<storage, read> a: array<vec3<f32>>;
         @group(0) @binding(1) var<storage, read_write> b: array<atomic<u32>, 4>;
         @group(0) @binding(2) var<storage, read> c: Head;
         @group(0) @binding(3) var<uniform> d: array<vec4<i32>, 2>;
         @compute @workgroup_size(1) fn main() {
             atomicAdd(&b[0], u32(a[0].x) + c.count + u32(c.rest[0].x) + u32(d[0].x));
         }",
        plain("a.wgsl")
            .input("a", "vec3<f32>", &[5])
            .inout("b", "u32", &[4])
            .input("c", "u32", &[4])
            .input("d", "i32", &[8]),
    );
    assert!(shader.needs_f16);
    let seen: Vec<(BindingKind, Option<String>, u64)> = shader
        .bindings
        .iter()
        .map(|(b, _)| (b.kind, b.element.map(|e| e.to_string()), b.min_size))
        .collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        seen,
        [
            (BindingKind::StorageRead, some("vec3<f32>"), 16),
            (BindingKind::StorageReadWrite, some("atomic<u32>"), 16),
            // The head's word, padded to 8, and one element of 8.
            (BindingKind::StorageRead, None, 16),
            (BindingKind::Uniform, some("vec4<i32>"), 32),
        ]
    );
    assert_eq!(
        shader.bindings[2].0.members[0].element,
        Some(Element::scalar(Scalar::U32))
    );
}

#[test]
fn subgroups_are_noticed_and_their_directive_is_taken_out() {
    let body = |call: &str| {
        format!(
            "enable subgroups;
             @group(0) @binding(0) var<storage, read_write> y: array<f32>;
             @compute @workgroup_size(32) fn main() {{ y[0] = {call}; }}"
        )
    };
    let with = shader(
        &body("subgroupAdd(1.0)"),
        plain("a.wgsl").output("y", "f32", &[1]),
    );
    assert!(with.needs_subgroups);
    assert!(!with.text.contains("enable subgroups"));
    assert_eq!(with.notes.len(), 1);
    let without = shader(&body("1.0"), plain("a.wgsl").output("y", "f32", &[1]));
    assert!(!without.needs_subgroups);
}

#[test]
fn naga_still_rejects_the_directive_that_is_taken_out() {
    // Once this fails, the stripping can go.
    assert!(naga::front::wgsl::parse_str("enable subgroups;").is_err());
    assert!(naga::front::wgsl::parse_str("enable f16;").is_ok());
}

#[test]
fn the_hash_tells_text_entry_and_overrides_apart() {
    let wgsl = "override n: u32 = 1;
        @group(0) @binding(0) var<storage, read_write> y: array<u32>;
        @compute @workgroup_size(1) fn main() { y[0] = n; }
        @compute @workgroup_size(1) fn other() { y[0] = n; }";
    let case = || plain("a.wgsl").output("y", "u32", &[1]);
    let hashes = [
        shader(wgsl, case()).hash,
        shader(wgsl, case().entry("other")).hash,
        shader(wgsl, case().set("n", 1.0)).hash,
        shader(wgsl, case().set("n", 2.0)).hash,
        shader(&format!("{wgsl} "), case()).hash,
    ];
    for (index, hash) in hashes.iter().enumerate() {
        assert_eq!(hash.len(), 64);
        assert!(!hashes[..index].contains(hash), "{index}");
    }
    assert_eq!(hashes[0], shader(wgsl, case()).hash);
}
