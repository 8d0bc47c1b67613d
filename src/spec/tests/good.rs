//! What a good spec says.

use super::*;
use crate::kit::{Backend, Cache, Checks, DeviceKind, Element, Mode, Nanos, Ratio};
use crate::spec::{
    AxisValue, Fill, Reference, Reset, Role, Slot, Source, Target, TimingPolicy, Tolerance,
    TypeSpec,
};

fn moe() -> (Project, Spec) {
    let project = good();
    let spec = project
        .read("specs/moe.yaml")
        .unwrap_or_else(|e| panic!("{e}"));
    (project, spec)
}

#[test]
fn the_suite_and_its_limits_are_read() {
    let (project, spec) = moe();
    assert_eq!(
        spec.root,
        project.folder.path().canonicalize().expect("exists")
    );
    assert_eq!(spec.suite.value, "moe");
    assert_eq!((spec.suite.place.line, spec.suite.place.column), (2, 8));
    let limits = &spec.limits;
    assert_eq!(limits.slowdown, Some(Ratio(0.02)));
    assert_eq!(limits.confidence, Some(0.99));
    assert_eq!(limits.rounds, Some((3, 10)));
    assert_eq!(limits.time, Some(Nanos(1e8)));
    assert_eq!(limits.budget, Some(Nanos(6e10)));
    assert_eq!(limits.warmup, Some(5));
}

#[test]
fn classes_and_tables_come_from_imports() {
    let (_project, spec) = moe();
    let names: Vec<&str> = spec.classes.iter().map(|c| c.name.value.as_str()).collect();
    assert_eq!(names, ["nvidia-h100", "apple-m", "software", "any-gpu"]);
    assert_eq!(spec.classes[0].cache, Some(50 << 20));
    assert_eq!(spec.classes[1].backend, Some(Backend::Metal));
    assert_eq!(spec.classes[2].kind, Some(DeviceKind::Cpu));
    assert_eq!(spec.classes[2].timing, TimingPolicy::Advisory);
    assert_eq!(spec.classes[3].adapter, None);
    assert_eq!(spec.tables["model"]["7b"]["hidden"], 4096);
    assert_eq!(spec.tables["length"]["very-long"]["tokens"], 2048);
}

#[test]
fn a_kernel_is_read_whole() {
    let (project, spec) = moe();
    let topk = &spec.kernels["topk"];
    let Source::Template(path) = &topk.source else {
        panic!("topk is a template");
    };
    let real = project.path("templates/topk.wgsl.j2").canonicalize();
    assert_eq!(path.value, real.expect("exists"));
    assert_eq!(topk.variants.len(), 1);
    assert_eq!(
        topk.variants[0]["workgroup"].value,
        [64, 128, 256].map(AxisValue::Int)
    );
    assert_eq!(topk.tune["tokens_per_workgroup"].value.len(), 4);
    assert_eq!(
        topk.conditions[0].value.names(),
        ["device.max_invocations", "workgroup"]
    );
    // `where: ["work` — the first character inside of the quotes.
    assert_eq!(
        (
            topk.conditions[0].place.line,
            topk.conditions[0].place.column
        ),
        (21, 14)
    );
    let names: Vec<&str> = topk.buffers.iter().map(|b| b.name.value.as_str()).collect();
    assert_eq!(names, ["logits", "indices", "weights"]);
    assert_eq!(
        topk.buffers[0].fill.as_ref().map(|f| &f.value),
        Some(&Fill::Normal(0.0, 1.0))
    );
    assert_eq!(topk.buffers[0].shape[1].value.text(), "experts");
    let names: Vec<&str> = topk
        .uniforms
        .iter()
        .map(|u| u.name.value.as_str())
        .collect();
    assert_eq!(names, ["tokens", "experts", "k"]);
    assert_eq!(
        topk.uniforms[2].values[0]
            .as_ref()
            .map(|e| e.value.text().to_owned()),
        Ok("k".into())
    );
    assert_eq!(topk.dispatch[1].value.as_integer(), Some(1));
    assert!(
        matches!(&topk.reference.value, Reference::BuiltIn(name) if name.value == "topk" && name.place.line == 30)
    );
    assert_eq!(topk.tolerance["indices"].value, Tolerance::Exact);
    assert_eq!(
        topk.tolerance["weights"].value,
        Tolerance::Bound {
            relative: 1e-5,
            absolute: 1e-7
        }
    );
    assert_eq!((topk.mode, topk.cache), (Mode::Latency, Cache::Warm));
    assert_eq!(topk.checks, [Checks::Checked]);
    assert!(!topk.deterministic);
}

#[test]
fn everything_optional_of_a_kernel_is_read() {
    let (_project, spec) = moe();
    let combine = &spec.kernels["combine"];
    assert!(matches!(combine.source, Source::Plain(_)));
    assert_eq!(combine.entry.value, "main");
    assert_eq!(combine.variants.len(), 2);
    assert_eq!(
        combine.variants[0]["tile"].value,
        [AxisValue::List(vec![8, 8]), AxisValue::List(vec![16, 16])]
    );
    assert_eq!(
        combine.variants[1]["storage"].value,
        [AxisValue::Word("f16".into())]
    );
    assert_eq!(
        combine.buffers[1].slot,
        Some(Slot {
            group: 0,
            binding: 1
        })
    );
    assert_eq!(
        combine.buffers[2].element.value,
        TypeSpec::Axis {
            axis: "storage".into(),
            lanes: 4
        }
    );
    assert_eq!(
        combine.buffers[0].element.value,
        TypeSpec::Fixed(Element::parse("u32").expect("a type"))
    );
    assert_eq!(combine.buffers[3].role, Role::Inout);
    assert_eq!(combine.uniforms[1].values, [Err(1e-5)]);
    assert_eq!(combine.overrides["SCALE"].value, Err(0.5));
    assert_eq!(
        combine.overrides["FAST"]
            .value
            .as_ref()
            .map(|e| e.value.as_integer()),
        Ok(Some(1))
    );
    assert!(combine.overrides.contains_key("7"));
    let Reset::Named(reset) = &combine.reset else {
        panic!("names are given: {:?}", combine.reset);
    };
    assert_eq!(reset[0].value, "out");
    assert_eq!(combine.dispatch[0].value.text(), "ceil_div(tokens, tile.0)");
    let Reference::Shader {
        entry, dispatch, ..
    } = &combine.reference.value
    else {
        panic!("a reference in WGSL");
    };
    assert_eq!(entry.value, "slow");
    assert_eq!(
        dispatch.as_ref().map(|d| d[2].value.as_integer()),
        Some(Some(1))
    );
    assert_eq!(
        combine.tolerance["out"].value,
        Tolerance::Bound {
            relative: 1e-5,
            absolute: 0.0
        }
    );
    assert_eq!(
        (combine.mode, combine.cache),
        (Mode::Throughput, Cache::Cold)
    );
    assert_eq!(combine.checks, [Checks::Checked, Checks::Unchecked]);
    assert!(combine.deterministic);
    assert_eq!(combine.limits.rounds, Some((5, 5)));
    assert_eq!(combine.limits.or(&spec.limits).warmup, Some(5));
}

#[test]
fn a_kernel_without_variants_has_one() {
    let project = good();
    project.write(
        "specs/moe.yaml",
        MOE.replace("    variants:\n      workgroup: [64, 128, 256]\n", "")
            .as_bytes(),
    );
    let spec = project
        .read("specs/moe.yaml")
        .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(spec.kernels["topk"].variants, [Default::default()]);
}

#[test]
fn cases_keep_the_order_of_the_file() {
    let (_project, spec) = moe();
    assert_eq!(spec.cases.len(), 3);
    let [first, second, third] = spec.cases.as_slice() else {
        panic!("three cases");
    };
    assert!(matches!(&first.target, Target::Kernel(name) if name.value == "topk"));
    assert_eq!((first.place.line, first.place.column), (67, 5));
    let expected = &first.expect[0];
    assert_eq!(expected.0.value, "apple-m");
    assert_eq!(expected.1.value.time.and_then(|t| t.hi), Some(0.5e6));
    assert!(matches!(&second.target, Target::Pipeline(name) if name.value == "moe"));
    assert_eq!(second.name.as_deref(), Some("decode"));
    assert_eq!(
        second.expect[0]
            .1
            .value
            .tokens_per_second
            .and_then(|r| r.lo),
        Some(300.0)
    );
    assert_eq!(second.limits.time, Some(Nanos(5e7)));
    assert_eq!(third.sweep[0].0.value, "model");
    assert_eq!(third.sweep[0].1[1].value, AxisValue::Word("7b".into()));
    assert_eq!(third.shape[1].1.value.text(), "model.hidden");
    assert!(third.force && !first.force);
    assert_eq!(third.cache, Some(Cache::Warm));
    let moe = &spec.pipelines["moe"];
    assert_eq!(moe.stages[1].value, "combine");
    assert_eq!(moe.connect[0].1.value, "topk.indices");
    assert!(moe.variants.is_none());
}

#[test]
fn anchors_and_merges_say_what_they_stand_for() {
    let project = good();
    project.write(
        "specs/moe.yaml",
        br#"gate: 1
suite: merged
kernels:
  a: &a
    shader: combine.wgsl
    inputs: {x: {type: f32, shape: n}}
    outputs: {y: &y {type: f32, shape: n}}
    uniforms: &u {n: u32}
    dispatch: n
    reference: copy
  b:
    <<: *a
    uniforms: {<<: *u, m: u32}
    outputs: {y: *y, z: *y}
    dispatch: m
cases:
  - {kernel: b, shape: {n: 1, m: 2}}
"#,
    );
    let spec = project
        .read("specs/moe.yaml")
        .unwrap_or_else(|e| panic!("{e}"));
    let b = &spec.kernels["b"];
    assert_eq!(b.dispatch[0].value.text(), "m");
    assert_eq!(b.reference.place.line, 10);
    let uniforms: Vec<&str> = b.uniforms.iter().map(|u| u.name.value.as_str()).collect();
    assert_eq!(uniforms, ["n", "m"]);
    let buffers: Vec<&str> = b.buffers.iter().map(|b| b.name.value.as_str()).collect();
    assert_eq!(buffers, ["x", "y", "z"]);
}

#[test]
fn a_hundred_thousand_cases_are_read() {
    use std::fmt::Write as _;
    let project = good();
    let mut text = MOE.to_owned();
    for tokens in 0..100_000 {
        let _ = writeln!(
            text,
            "  - {{kernel: topk, shape: {{tokens: {tokens}, experts: 8, k: 2}}, expect: {{any-gpu: \"< 1 s\"}}}}"
        );
    }
    project.write("specs/moe.yaml", text.as_bytes());
    let spec = project
        .read("specs/moe.yaml")
        .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(spec.cases.len(), 100_003);
}
