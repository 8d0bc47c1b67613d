//! The room's tests, on specs as people write them.

mod entries;
mod fitting;
mod merging;
mod mistakes;
mod pipelines;
mod searching;
mod stable;

use std::fs;

use crate::spec::{self, Spec};

use super::{Case, Filter, Plan, expand};

/// A suite with one kernel; entries go below.
pub(super) const SCALE: &str = r#"
gate: 1
suite: s
classes:
  - {name: apple-m, match: {adapter: "Apple M[0-9]", backend: metal}}
  - {name: any-gpu, match: {}}
tables:
  model:
    small: {hidden: 8, top_k: 2}
    7b: {hidden: 16, top_k: 2}
    mixtral: {hidden: 16, top_k: 2}
kernels:
  scale:
    template: scale.wgsl.j2
    variants: {workgroup: [64, 128]}
    inputs:
      x: {type: f32, shape: [n, k]}
    outputs:
      y: {type: f32, shape: [n, k]}
    uniforms: {n: u32, k: u32}
    dispatch: ["ceil_div(n * k, workgroup)", 1, 1]
    reference: {shader: slow.wgsl}
    tolerance: {y: {relative: 1.0e-5, absolute: 1.0e-6}}
    work: {flops: "n * k", bytes: "8 * n * k"}
cases:
"#;

/// Reads a spec from text; its templates and shaders are there and empty.
pub(super) fn read(text: &str) -> Spec {
    let root = tempfile::tempdir().expect("a folder for the spec");
    for (folder, file) in [
        ("templates", "scale.wgsl.j2"),
        ("templates", "first.wgsl.j2"),
        ("templates", "second.wgsl.j2"),
        ("shaders", "slow.wgsl"),
    ] {
        let folder = root.path().join(folder);
        fs::create_dir_all(&folder).expect("makes a folder");
        fs::write(folder.join(file), "").expect("writes a file");
    }
    fs::create_dir(root.path().join("specs")).expect("makes a folder");
    let file = root.path().join("specs/s.yaml");
    fs::write(&file, text).expect("writes the spec");
    match spec::read(&file) {
        Ok(spec) => spec,
        Err(errors) => panic!(
            "the spec reads:\n{}",
            errors
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        ),
    }
}

/// Plans a suite of [`SCALE`] with these entries.
pub(super) fn scale(entries: &str) -> Plan {
    plan(&format!("{SCALE}{entries}"))
}

/// Plans a suite that is right.
pub(super) fn plan(text: &str) -> Plan {
    expand(&read(text), &Filter::default()).expect("the spec plans")
}

/// What is wrong with a suite, as `line:column: message`.
pub(super) fn wrong(text: &str) -> Vec<String> {
    wrong_spec(&read(text))
}

/// The same for a spec that was changed after reading.
pub(super) fn wrong_spec(spec: &Spec) -> Vec<String> {
    let error = expand(spec, &Filter::default()).expect_err("the spec has a mistake");
    error
        .0
        .iter()
        .map(|e| format!("{}:{}: {}", e.place.line, e.place.column, e.message))
        .collect()
}

/// The line of a text, from 1, in which something stands first.
pub(super) fn line_of(text: &str, what: &str) -> usize {
    let at = text.find(what).expect("stands in the text");
    text[..at].matches('\n').count() + 1
}

/// Identities in the plan's order.
pub(super) fn ids(plan: &Plan) -> Vec<&str> {
    plan.cases.iter().map(|case| case.id.0.as_str()).collect()
}

/// A case by identity.
pub(super) fn case<'a>(plan: &'a Plan, id: &str) -> &'a Case {
    plan.cases
        .iter()
        .find(|case| case.id.0 == id)
        .unwrap_or_else(|| panic!("`{id}` is among {:?}", ids(plan)))
}
