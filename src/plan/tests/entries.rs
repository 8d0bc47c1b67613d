//! From entries to cases.

use super::*;
use crate::kit::{Checks, Element, LeftOut, Nanos, Scalar};
use crate::plan::{BufferRole, FillPlan, Parameter, TolerancePlan};

#[test]
fn an_entry_makes_a_case_of_every_variant() {
    let plan = scale("  - {kernel: scale, shape: {n: 100, k: 3}}\n");
    assert_eq!(
        ids(&plan),
        [
            "s/scale[k=3,n=100]@workgroup=64",
            "s/scale[k=3,n=100]@workgroup=128"
        ]
    );
    let case = case(&plan, "s/scale[k=3,n=100]@workgroup=64");
    let stage = &case.stages[0];
    // 300 elements in workgroups of 64: 4.6875.
    assert_eq!(stage.dispatch, [5, 1, 1]);
    assert_eq!(case.buffers[0].shape, [100, 3]);
    assert_eq!(case.buffers[0].bytes(), 1_200);
    assert_eq!(case.buffers[0].fill, Some(FillPlan::Normal(0.0, 1.0)));
    assert_eq!(case.buffers[1].role, BufferRole::Output);
    assert_eq!(case.buffers[1].fill, None);
    assert_eq!(stage.uniforms[0].values, [100.0]);
    assert_eq!(case.work.flops, Some(300.0));
    assert_eq!(case.work.bytes, Some(2_400.0));
    assert_eq!(case.work.tokens, None);
    assert_eq!(stage.variant.len(), 1);
    assert_eq!(stage.parameters["workgroup"], Parameter::Int(64));
    assert_eq!(stage.parameters["n"], Parameter::Int(100));
    assert_eq!(
        stage.tolerance["y"],
        TolerancePlan::Bound {
            relative: 1e-5,
            absolute: 1e-6
        }
    );
}

#[test]
fn a_uniform_fill_of_floats_may_have_decimals() {
    let x = "x: {type: f32, shape: [n, k]}";
    let text = format!("{SCALE}  - {{kernel: scale, shape: {{n: 7, k: 3}}}}\n");
    assert!(text.contains(x));
    let plan = plan(&text.replace(
        x,
        "x: {type: f32, shape: [n, k], fill: \"uniform(-0.5, n)\"}",
    ));
    assert_eq!(
        plan.cases[0].buffers[0].fill,
        Some(FillPlan::Uniform(-0.5, 7.0))
    );
}

#[test]
fn a_uniform_takes_a_list_for_a_vector_or_one_number_for_all() {
    let uniforms = "uniforms: {n: u32, k: u32}";
    let more = "uniforms: {n: u32, k: {type: vec3<f32>, value: [1, \"n * k\", 0.5]}, m: {type: mat2x2f, value: [[1, 2], [3, 4]]}, z: {type: \"array<vec4<f32>, 2>\", value: 0}}";
    let text = format!("{SCALE}  - {{kernel: scale, shape: {{n: 7, k: 3}}}}\n");
    assert!(text.contains(uniforms));
    let plan = plan(&text.replace(uniforms, more));
    let uniforms = &plan.cases[0].stages[0].uniforms;
    assert_eq!(uniforms[1].values, [1.0, 21.0, 0.5]);
    assert_eq!(uniforms[2].values, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(uniforms[2].ty.to_string(), "mat2x2<f32>");
    assert_eq!(uniforms[3].values, [0.0; 8]);
}

#[test]
fn a_sweep_over_a_table_sees_its_columns_and_names_its_rows() {
    let plan = scale(
        "  - kernel: scale
    sweep: {model: [small, 7b], n: [1, 32]}
    shape: {rows: n, k: model.hidden}
    variants: {workgroup: [64]}
",
    );
    assert_eq!(
        ids(&plan),
        [
            "s/scale[k=8,n=1,rows=1]@workgroup=64",
            "s/scale[k=8,n=32,rows=32]@workgroup=64",
            "s/scale[k=16,n=1,rows=1]@workgroup=64",
            "s/scale[k=16,n=32,rows=32]@workgroup=64",
        ]
    );
    let small = case(&plan, "s/scale[k=8,n=32,rows=32]@workgroup=64");
    assert_eq!(small.names, ["small/32"]);
    let seen: Vec<&str> = small.stages[0]
        .parameters
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(seen, ["k", "n", "rows", "workgroup"]);
}

#[test]
fn a_later_parameter_reads_an_earlier_one() {
    let plan = scale("  - {kernel: scale, shape: {n: 5, k: \"n * n\"}}\n");
    assert_eq!(ids(&plan)[0], "s/scale[k=25,n=5]@workgroup=64");
}

#[test]
fn two_values_of_checks_make_two_cases() {
    let plan = scale(
        "  - {kernel: scale, shape: {n: 1, k: 1}, checks: [checked, unchecked], mode: throughput, cache: cold, variants: {workgroup: [64]}}\n",
    );
    assert_eq!(
        ids(&plan),
        [
            "s/scale[k=1,n=1]@cache=cold,checks=unchecked,mode=throughput,workgroup=64",
            "s/scale[k=1,n=1]@cache=cold,mode=throughput,workgroup=64",
        ]
    );
    assert_eq!(plan.cases[0].checks, Checks::Unchecked);
    assert_eq!(plan.cases[1].checks, Checks::Checked);
}

#[test]
fn a_list_is_seen_by_components_and_a_type_by_its_axis() {
    let text = SCALE
        .replace(
            "{workgroup: [64, 128]}",
            "{workgroup: [[16, 8]], storage: [f16, f32]}",
        )
        .replace("y: {type: f32,", "y: {type: storage,")
        .replace(
            "ceil_div(n * k, workgroup)",
            "ceil_div(n * k, workgroup.0 * workgroup.1)",
        )
        .replace("8 * n * k", "2 * size_of(storage) * n * k");
    let plan = plan(&format!(
        "{text}  - {{kernel: scale, shape: {{n: 256, k: 1}}}}\n"
    ));
    assert_eq!(
        ids(&plan),
        [
            "s/scale[k=1,n=256]@storage=f16,workgroup=16x8",
            "s/scale[k=1,n=256]@storage=f32,workgroup=16x8",
        ]
    );
    let half = &plan.cases[0];
    assert_eq!(half.buffers[1].element, Element::scalar(Scalar::F16));
    assert_eq!(half.buffers[1].bytes(), 512);
    assert_eq!(half.work.bytes, Some(1_024.0));
    assert_eq!(half.stages[0].dispatch, [2, 1, 1]);
    assert_eq!(
        half.stages[0].parameters["workgroup"],
        Parameter::List(vec![16, 8])
    );
}

#[test]
fn a_searched_axis_has_a_pick_and_no_part_in_the_identity() {
    let text = SCALE
        .replace("    inputs:", "    tune: {rows: [4, 8]}\n    inputs:")
        .replace(
            "ceil_div(n * k, workgroup)",
            "ceil_div(n * k, workgroup * rows)",
        );
    let plan = plan(&format!(
        "{text}  - {{kernel: scale, shape: {{n: 256, k: 1}}}}\n"
    ));
    assert_eq!(ids(&plan)[0], "s/scale[k=1,n=256]@workgroup=64");
    let stage = &plan.cases[0].stages[0];
    assert_eq!(stage.dispatch, [1, 1, 1]);
    assert_eq!(stage.parameters["rows"], Parameter::Int(4));
    assert!(!stage.variant.contains_key("rows"));
}

#[test]
fn a_condition_leaves_out_with_its_text_before_anything_else_is_evaluated() {
    let text = SCALE.replace(
        "    inputs:",
        "    where: [\"k > 0\", \"n % workgroup == 0\"]\n    inputs:",
    );
    let plan = plan(&format!(
        "{text}  - {{kernel: scale, shape: {{n: 64, k: 1}}}}\n  - {{kernel: scale, shape: {{n: 64, k: 0}}}}\n"
    ));
    assert_eq!(ids(&plan), ["s/scale[k=1,n=64]@workgroup=64"]);
    let reasons: Vec<(&str, String)> = plan
        .left_out
        .iter()
        .map(|(id, reason)| (id.0.as_str(), reason.to_string()))
        .collect();
    assert_eq!(
        reasons,
        [
            (
                "s/scale[k=0,n=64]@workgroup=64",
                "`where: k > 0` does not hold: k is 0".to_owned()
            ),
            (
                "s/scale[k=0,n=64]@workgroup=128",
                "`where: k > 0` does not hold: k is 0".to_owned()
            ),
            (
                "s/scale[k=1,n=64]@workgroup=128",
                "`where: n % workgroup == 0` does not hold: n is 64, workgroup is 128".to_owned()
            ),
        ]
    );
    assert!(matches!(plan.left_out[0].1, LeftOut::Where { .. }));
}

#[test]
fn limits_come_from_the_innermost_level_that_has_them() {
    let text = SCALE
        .replace(
            "classes:",
            "limits: {rounds: 4..9, time: 20ms, confidence: 95%}\nclasses:",
        )
        .replace("    inputs:", "    limits: {time: 30ms}\n    inputs:");
    let plan = plan(&format!(
        "{text}  - {{kernel: scale, shape: {{n: 1, k: 1}}, limits: {{warmup: 2}}}}\n"
    ));
    let limits = plan.cases[0].limits;
    assert_eq!(limits.warmup, 2);
    assert_eq!(limits.time, Nanos(30e6));
    assert_eq!((limits.min_rounds, limits.max_rounds), (4, 9));
    // Built in.
    assert!((limits.slowdown.0 - 0.02).abs() < 1e-12);
    assert_eq!(plan.budget, Nanos(60e9));
    assert!((plan.confidence - 0.95).abs() < 1e-12);
}

#[test]
fn what_the_filter_does_not_want_is_counted_and_still_checked() {
    let entries = "  - {kernel: scale, name: tiny, shape: {n: 1, k: 1}}\n  - {kernel: scale, shape: {n: 2, k: 1}}\n";
    let spec = read(&format!("{SCALE}{entries}"));
    let tiny = Filter::new(&["tiny"], &[]).expect("a usable filter");
    let plan = expand(&spec, &tiny).expect("plans");
    assert_eq!(
        ids(&plan),
        [
            "s/scale[k=1,n=1]@workgroup=64",
            "s/scale[k=1,n=1]@workgroup=128"
        ]
    );
    assert_eq!(plan.filtered, 2);
    let spec = read(&format!(
        "{SCALE}{entries}  - {{kernel: scale, shape: {{n: 0, k: 1}}}}\n"
    ));
    assert!(expand(&spec, &tiny).is_err());
}

#[test]
fn a_filter_that_matches_nothing_gets_suggestions() {
    let plan = scale(
        "  - {kernel: scale, name: tiny, shape: {n: 1, k: 1}}\n  - {kernel: scale, shape: {n: 32, k: 1}}\n",
    );
    let nearest = |pattern: &str| {
        let filter = Filter::new(&[pattern], &[]).expect("a usable filter");
        let found = filter.nearest(std::slice::from_ref(&plan));
        found.first().map(|id| id.0.clone())
    };
    let id = |text: &str| Some(text.to_owned());
    assert_eq!(nearest("n=32"), id("s/scale[k=1,n=32]@workgroup=64"));
    assert_eq!(nearest("sacle*"), id("s/scale[k=1,n=1]@workgroup=64"));
    assert_eq!(nearest("tinny"), id("s/scale[k=1,n=1]@workgroup=64"));
    let empty = Filter::new(&["x"], &[]).expect("a usable filter");
    let none = Plan {
        cases: Vec::new(),
        ..plan.clone()
    };
    assert!(empty.nearest(&[none]).is_empty());
}

#[test]
fn suggestions_come_from_every_suite_the_likeliest_first() {
    let scale = scale("  - {kernel: scale, shape: {n: 1, k: 1}}\n");
    let mut other = scale.clone();
    for case in &mut other.cases {
        case.id.0 = case.id.0.replace("s/scale", "moe/topk");
    }
    let filter = Filter::new(&["moe/topq*"], &[]).expect("a usable filter");
    let found = filter.nearest(&[scale, other]);
    let found: Vec<&str> = found.iter().map(|id| id.0.as_str()).collect();
    assert_eq!(
        found,
        [
            "moe/topk[k=1,n=1]@workgroup=64",
            "moe/topk[k=1,n=1]@workgroup=128",
            "s/scale[k=1,n=1]@workgroup=64"
        ]
    );
}
