//! The repository's own templates and probes: valid WGSL for every shape.

use proptest::prelude::*;

use super::build::{With, plain, repository, template};
use crate::plan::Case;
use crate::shader::{Renderer, Shader};

fn render(case: &Case) -> Shader {
    Renderer::new(&repository())
        .render(case, &case.stages[0])
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Within what WebGPU promises everywhere.
fn fits_everywhere(shader: &Shader) {
    let invocations: u32 = shader.workgroup_size.iter().product();
    assert!(invocations <= 256, "{invocations} invocations");
    assert!(
        shader.workgroup_memory <= 16_384,
        "{} bytes of workgroup memory",
        shader.workgroup_memory
    );
    assert!(shader.bindings.len() <= 8);
}

fn count(size: i64) -> u64 {
    u64::try_from(size).expect("a size")
}

fn matrices(case: Case, names: [&str; 3], storage: &str, [m, n, k]: [i64; 3]) -> Case {
    let [x, w, y] = names;
    case.word("storage", storage)
        .int("m", m)
        .int("n", n)
        .int("k", k)
        .input(x, storage, &[count(m), count(k)])
        .input(w, storage, &[count(k), count(n)])
        .output(y, storage, &[count(m), count(n)])
        .uniform("m", "u32", m as f64)
        .uniform("n", "u32", n as f64)
        .uniform("k", "u32", k as f64)
}

fn matvec(storage: &str, [columns, workgroup]: [i64; 2], shape: [i64; 3]) -> Case {
    matrices(template("matvec.wgsl.j2"), ["x", "w", "y"], storage, shape)
        .int("columns", columns)
        .int("workgroup", workgroup)
}

fn matmul(storage: &str, [tile, deep, split]: [i64; 3], shape: [i64; 3]) -> Case {
    matrices(template("matmul.wgsl.j2"), ["a", "b", "c"], storage, shape)
        .int("tile", tile)
        .int("deep", deep)
        .int("split", split)
}

fn topk(workgroup: i64, [tokens, experts, k]: [i64; 3]) -> Case {
    template("topk.wgsl.j2")
        .int("workgroup", workgroup)
        .int("tokens", tokens)
        .int("experts", experts)
        .int("k", k)
        .input("logits", "f32", &[count(tokens), count(experts)])
        .output("indices", "u32", &[count(tokens), count(k)])
        .output("weights", "f32", &[count(tokens), count(k)])
        .uniform("tokens", "u32", tokens as f64)
        .uniform("experts", "u32", experts as f64)
        .uniform("k", "u32", k as f64)
}

fn combine(name: &str, workgroup: i64, [tokens, hidden, experts, k]: [i64; 4]) -> Case {
    let case = template(name)
        .int("workgroup", workgroup)
        .int("tokens", tokens)
        .int("hidden", hidden)
        .int("experts", experts)
        .int("k", k)
        .input(
            "expert_outputs",
            "f32",
            &[count(experts), count(tokens), count(hidden)],
        )
        .input("indices", "u32", &[count(tokens), count(k)])
        .input("weights", "f32", &[count(tokens), count(k)])
        .uniform("tokens", "u32", tokens as f64)
        .uniform("hidden", "u32", hidden as f64)
        .uniform("experts", "u32", experts as f64)
        .uniform("k", "u32", k as f64);
    let out = [count(tokens), count(hidden)];
    if name.contains("atomic") {
        case.inout("out", "f32", &out)
    } else {
        case.output("out", "f32", &out)
    }
}

const WORKGROUPS: [i64; 3] = [64, 128, 256];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        rng_seed: proptest::test_runner::RngSeed::Fixed(30),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn matvec_is_valid_for_every_shape(
        half in any::<bool>(),
        workgroup in 0_usize..3,
        columns in prop_oneof![Just(16_i64), Just(32_i64)],
        shape in [1_i64..9, 1_i64..70, 1_i64..70],
    ) {
        let storage = if half { "f16" } else { "f32" };
        let shader = render(&matvec(storage, [columns, WORKGROUPS[workgroup]], shape));
        fits_everywhere(&shader);
        prop_assert_eq!(shader.needs_f16, half);
    }

    #[test]
    fn matmul_is_valid_for_every_shape(
        half in any::<bool>(),
        tiles in 0_usize..5,
        rows in prop_oneof![1_i64..70, 255_i64..260],
        [columns, inner] in [1_i64..70, 1_i64..70],
    ) {
        let storage = if half { "f16" } else { "f32" };
        let (tiles, invocations) = [
            ([128, 8, 1], 128),
            ([128, 16, 1], 128),
            ([64, 16, 1], 64),
            ([64, 8, 4], 256),
            ([32, 8, 8], 128),
        ][tiles];
        let shader = render(&matmul(storage, tiles, [rows, columns, inner]));
        fits_everywhere(&shader);
        prop_assert_eq!(shader.workgroup_size, [invocations, 1, 1]);
    }

    #[test]
    fn routing_is_valid_for_every_shape(
        atomic in any::<bool>(),
        workgroup in 0_usize..3,
        [tokens, hidden, experts, k] in [1_i64..40, 1_i64..70, 1_i64..130, 1_i64..12],
    ) {
        let name = if atomic { "combine_atomic.wgsl.j2" } else { "combine.wgsl.j2" };
        let workgroup = WORKGROUPS[workgroup];
        fits_everywhere(&render(&topk(workgroup, [tokens, experts, k])));
        fits_everywhere(&render(&combine(name, workgroup, [tokens, hidden, experts, k])));
    }
}

#[test]
fn the_largest_matmul_tile_fills_the_default_workgroup_memory_exactly() {
    let shader = render(&matmul("f32", [128, 16, 1], [4096, 4096, 4096]));
    assert_eq!(shader.workgroup_memory, 16_384);
}

#[test]
fn uniforms_are_packed_in_the_order_of_the_struct() {
    let shader = render(&matmul("f32", [64, 16, 1], [3, 5, 7]));
    assert_eq!(shader.uniforms, [3, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0]);
}

#[test]
fn a_workgroup_that_a_template_cannot_tile_is_refused_with_the_reason() {
    let error = Renderer::new(&repository())
        .render(
            &matvec("f32", [32, 36], [1, 8, 8]),
            &matvec("f32", [32, 36], [1, 8, 8]).stages[0],
        )
        .expect_err("36 is no multiple of the 8 lanes that 32 columns are");
    assert!(
        error.message.contains("36 is not a multiple of 8"),
        "{error}"
    );
    assert_eq!(&*error.place.file, "templates/matvec.wgsl.j2");
}

#[test]
fn every_probe_is_valid_and_binds_what_its_head_says() {
    let vectors = "vec4<u32>";
    let copy = plain("probe_copy.wgsl")
        .input("src", vectors, &[64])
        .output("dst", vectors, &[64]);
    let read = plain("probe_read.wgsl")
        .input("src", vectors, &[64])
        .output("dst", vectors, &[1]);
    let fma = |name: &str| {
        plain(name)
            .output("dst", "f32", &[1])
            .uniform("rounds", "u32", 1.0)
            .uniform("scale", "f32", 0.5)
            .uniform("step", "f32", 1.0)
    };
    let coop = plain("probe_coop_f16.wgsl")
        .input("src", "f16", &[1536])
        .output("dst", "f32", &[16_384])
        .uniform("rounds", "u32", 1.0);
    let noop = plain("probe_noop.wgsl").output("dst", "u32", &[1]);
    let flush = plain("probe_flush.wgsl").inout("dst", vectors, &[64]);
    for (case, sizes) in [
        (copy, vec![16, 16]),
        (read, vec![16, 16]),
        (fma("probe_fma_f32.wgsl"), vec![12, 4]),
        (fma("probe_fma_f16.wgsl"), vec![12, 4]),
        (coop, vec![4, 2, 4]),
        (noop, vec![4]),
        (flush, vec![16]),
    ] {
        let shader = render(&case);
        let least: Vec<u64> = shader.bindings.iter().map(|(b, _)| b.min_size).collect();
        assert_eq!(least, sizes, "{:?}", case.stages[0].source);
        for (slot, (bound, _)) in shader.bindings.iter().enumerate() {
            assert_eq!((bound.group, bound.binding as usize), (0, slot));
        }
    }
}

#[test]
fn only_the_cooperative_probe_needs_cooperative_matrices() {
    let coop = plain("probe_coop_f16.wgsl")
        .input("src", "f16", &[1536])
        .output("dst", "f32", &[16_384])
        .uniform("rounds", "u32", 1.0);
    let shader = render(&coop);
    assert!(shader.needs_cooperative_matrix && shader.needs_f16);
    assert!(!shader.needs_subgroups);
    let noop = render(&plain("probe_noop.wgsl").output("dst", "u32", &[1]));
    assert!(!noop.needs_cooperative_matrix && !noop.needs_f16);
}
