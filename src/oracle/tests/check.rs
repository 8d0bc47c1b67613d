//! What a reference says of a stage that does not fit it.

use super::*;
use crate::oracle::{BuiltIn, built_in, built_in_names};

fn found(name: &str) -> &'static BuiltIn {
    built_in(name).expect("a built-in reference")
}

fn zeros(element: &str, shape: &[u64]) -> Tensor {
    generate(&buffer("x", BufferRole::Input, element, shape), SEED, 0)
}

fn checked(setup: &Setup) -> Result<(), String> {
    let ReferencePlan::BuiltIn(name) = &setup.stage.reference else {
        panic!("built in");
    };
    let case = setup.case();
    found(name).check(&case, &case.stages[0])
}

#[track_caller]
fn complaint(setup: &Setup) -> String {
    checked(setup).expect_err("it does not fit")
}

const PRODUCT: [(&str, u64); 3] = [("m", 2), ("n", 8), ("k", 4)];

fn product(a: &Tensor, b: &Tensor, c: &Tensor) -> Setup {
    let setup = Setup::new("matmul", &PRODUCT);
    setup.input("a", a).input("b", b).output("c", c)
}

fn right_product() -> Setup {
    product(
        &zeros("f32", &[2, 4]),
        &zeros("f32", &[4, 8]),
        &zeros("f32", &[2, 8]),
    )
}

fn routing(k: u64) -> Setup {
    Setup::new("topk", &[("tokens", 3), ("experts", 8), ("k", k)])
        .input("logits", &zeros("f32", &[3, 8]))
        .output("indices", &zeros("u32", &[3, k]))
        .output("weights", &zeros("f32", &[3, k]))
}

#[test]
fn names_are_listed_in_order() {
    assert_eq!(
        built_in_names(),
        [
            "add",
            "attention",
            "attention_reduce",
            "attention_split",
            "combine",
            "copy",
            "embedding",
            "matmul",
            "matmul_nk",
            "matvec",
            "matvec_nk",
            "matvec_q4_0",
            "matvec_q8_0",
            "moe_combine",
            "moe_down",
            "moe_gate_up",
            "moe_group",
            "rmsnorm",
            "rope",
            "scatter_add",
            "silu_gate",
            "softmax",
            "topk"
        ]
    );
    assert!(built_in("topkk").is_none());
    for name in built_in_names() {
        assert_eq!(found(name).name, name);
    }
}

#[test]
fn stages_that_fit_are_accepted() {
    assert_eq!(checked(&right_product()), Ok(()));
    assert_eq!(checked(&routing(8)), Ok(()));
    // Vectors along the last extent, and flat buffers.
    let vectors = product(
        &zeros("vec4<f16>", &[2, 1]),
        &zeros("vec4<f16>", &[4, 2]),
        &zeros("f32", &[16]),
    );
    assert_eq!(checked(&vectors), Ok(()));
    let copy = |to: &str| {
        Setup::new("copy", &[])
            .input("src", &zeros("f32", &[8]))
            .output("dst", &zeros(to, &[2]))
    };
    assert_eq!(checked(&copy("vec4<f32>")), Ok(()));
    insta::assert_snapshot!(complaint(&copy("vec4<u32>")), @"reference `copy` needs `src` and `dst` of one type and length, not [8] of f32 and [2] of vec4<u32>");
    // Scratch memory under `inout` is nobody's output.
    let scratch = right_product().inout("partial", &zeros("f32", &[4]), &zeros("f32", &[4]));
    assert_eq!(checked(&scratch), Ok(()));
}

#[test]
fn a_missing_buffer_is_named_with_the_likeliest() {
    let mut setup = routing(2);
    setup.stage.bindings[0].name = "logit".into();
    insta::assert_snapshot!(complaint(&setup), @"reference `topk` needs a buffer `logits`, and kernel `kernel` has none of that name (did you mean `logit`?); the reference reads and judges `logits` [tokens, experts], `indices` [tokens, k], `weights` [tokens, k]");
}

#[test]
fn a_missing_or_unfit_parameter_is_named() {
    let mut setup = routing(2);
    setup.stage.parameters.remove("experts");
    setup
        .stage
        .parameters
        .insert("expert".into(), Parameter::Int(8));
    insta::assert_snapshot!(complaint(&setup), @"reference `topk` reads the parameter `experts`, which the case does not give; add `experts` to its `shape` (did you mean `expert`?)");
    let mut setup = routing(2);
    setup.stage.parameters.insert("k".into(), Parameter::Int(0));
    insta::assert_snapshot!(complaint(&setup), @"reference `topk` needs `k` of at least 1, not 0");
    let setup = routing(2).word("k", "two");
    insta::assert_snapshot!(complaint(&setup), @"reference `topk` reads `k` as an extent; make it one number");
    insta::assert_snapshot!(complaint(&routing(9)), @"reference `topk` cannot pick k = 9 of 8 experts; make `k` at most `experts`");
}

#[test]
fn a_wrong_type_shape_or_role_is_named() {
    let right = || {
        (
            zeros("f32", &[2, 4]),
            zeros("f32", &[4, 8]),
            zeros("f32", &[2, 8]),
        )
    };
    let (a, b, _) = right();
    let setup = product(&a, &b, &zeros("u32", &[2, 8]));
    insta::assert_snapshot!(complaint(&setup), @"reference `matmul` needs `c` of f32 or f16, not u32");
    let (a, _, c) = right();
    let setup = product(&a, &zeros("f32", &[8, 4]), &c);
    insta::assert_snapshot!(complaint(&setup), @"reference `matmul` needs `b` as [k, n] = [4, 8], not [8, 4] of f32");
    let mut setup = right_product();
    setup.buffers[2].role = BufferRole::Input;
    insta::assert_snapshot!(complaint(&setup), @"reference `matmul` judges `c`, which the kernel declares as an input; declare it under `outputs`");
}

#[test]
fn an_output_that_nothing_judges_is_refused() {
    let setup = right_product().output("norms", &zeros("f32", &[2]));
    insta::assert_snapshot!(complaint(&setup), @"output `norms` of kernel `kernel` is judged by nothing: reference `matmul` judges `c`; declare it under `inout` if it is scratch memory, or use a WGSL reference");
    let setup = routing(2).tolerance("weight", TolerancePlan::Exact);
    insta::assert_snapshot!(complaint(&setup), @"`tolerance` of `weight`: reference `topk` judges no such output (did you mean `weights`?)");
}

#[test]
fn what_an_earlier_stage_wrote_is_no_output_of_a_later_one() {
    let setup = right_product().output("scale", &zeros("f32", &[2]));
    let mut case = setup.case();
    let mut earlier = setup.stage.clone();
    earlier.bindings.retain(|binding| binding.name == "scale");
    case.stages.insert(0, earlier);
    assert_eq!(found("matmul").check(&case, &case.stages[1]), Ok(()));
    case.stages.remove(0);
    assert!(found("matmul").check(&case, &case.stages[0]).is_err());
}
