//! Search spaces.

use std::collections::BTreeSet;

use super::*;
use crate::kit::CaseId;
use crate::plan::{Parameter, Search, expand_searched};

/// `SCALE` with a search over an axis that it has and one that it has not.
fn searched() -> String {
    let text = SCALE
        .replace(
            "    inputs:",
            "    tune: {workgroup: [64, 128, 512], rows: [4, 8]}\n    traffic: \"n * rows\"\n    where: [\"workgroup < 512\"]\n    inputs:",
        )
        .replace(
            "ceil_div(n * k, workgroup)",
            "ceil_div(n * k, workgroup * rows)",
        );
    format!("{text}  - {{kernel: scale, shape: {{n: 256, k: 1}}}}\n")
}

#[test]
fn a_search_space_is_planned_only_where_it_is_asked_for() {
    let spec = read(&searched());
    let gated = expand(&spec, &Filter::default()).expect("expands");
    assert_eq!(
        ids(&gated),
        [
            "s/scale[k=1,n=256]@workgroup=64",
            "s/scale[k=1,n=256]@workgroup=128"
        ]
    );
    let base = gated.cases[0].tuned.as_ref().expect("has a space");
    assert_eq!(base.group.0, "s/scale[k=1,n=256]");
    assert!(base.gated);

    let all = expand_searched(&spec, &Filter::default(), Search::All).expect("expands");
    assert_eq!(
        ids(&all),
        [
            "s/scale[k=1,n=256]@rows=4,workgroup=64",
            "s/scale[k=1,n=256]@rows=4,workgroup=128",
            "s/scale[k=1,n=256]@rows=8,workgroup=64",
            "s/scale[k=1,n=256]@rows=8,workgroup=128",
            "s/scale[k=1,n=256]@workgroup=64",
            "s/scale[k=1,n=256]@workgroup=128",
        ]
    );
    assert_eq!(all.left_out.len(), 2, "workgroups of 512");
    let last = all.cases[3].tuned.as_ref().expect("is searched");
    assert_eq!(last.traffic, Some(2048.0));
    assert!(!last.gated);
    assert_eq!(all.cases[3].stages[0].dispatch, [1, 1, 1]);
    assert!(
        all.cases
            .iter()
            .all(|case| case.tuned.as_ref().is_some_and(|t| t.group == base.group))
    );
}

#[test]
fn picks_join_the_gated_variants_and_what_is_no_candidate_does_not() {
    let spec = read(&searched());
    let id = |tail: &str| CaseId(format!("s/scale[k=1,n=256]@{tail}"));
    let picks = BTreeSet::from([id("rows=8,workgroup=128"), id("rows=16,workgroup=128")]);
    let plan = expand_searched(&spec, &Filter::default(), Search::Picks(&picks)).expect("expands");
    assert_eq!(
        ids(&plan),
        [
            "s/scale[k=1,n=256]@rows=8,workgroup=128",
            "s/scale[k=1,n=256]@workgroup=64",
            "s/scale[k=1,n=256]@workgroup=128"
        ]
    );
}

#[test]
fn a_space_of_a_million_candidates_is_refused_where_it_is_searched() {
    let many: Vec<String> = (1..=1_000).map(|value| value.to_string()).collect();
    let many = many.join(", ");
    let text = searched().replace(
        "tune: {workgroup: [64, 128, 512], rows: [4, 8]}",
        &format!("tune: {{rows: [{many}], columns: [{many}]}}"),
    );
    let spec = read(&text);
    expand(&spec, &Filter::default()).expect("the gated variants are few");
    let error = expand_searched(&spec, &Filter::default(), Search::All).expect_err("too many");
    assert!(error.to_string().contains("2000002 variants"), "{error}");
}

/// A space of a pipeline, over an axis that both stages have and one of the
/// second alone, which has a space of its own.
#[test]
fn a_pipeline_is_searched_over_its_own_space_alone() {
    let text = super::pipelines::CHAIN
        .replace(
            "    stages: [first, second]",
            "    stages: [first, second]\n    variants: {workgroup: [128]}\n    tune: {workgroup: [64, 128], rows: [2, 4]}",
        )
        .replace(
            "variants: {workgroup: [128, 256, 512], pad: [0]}",
            "variants: {workgroup: [128, 256, 512], pad: [0]}\n    tune: {rows: [1, 2, 4], pad: [0, 1]}",
        );
    let spec = read(&text);
    let gated = expand(&spec, &Filter::default()).expect("expands");
    assert_eq!(ids(&gated), ["s/both[n=1000]@workgroup=128"]);
    // The first value of the pipeline's space, and of the stage's for the rest.
    let number =
        |case: &Case, stage: usize, name: &str| case.stages[stage].parameters.get(name).cloned();
    let base = &gated.cases[0];
    assert_eq!(number(base, 1, "rows"), Some(Parameter::Int(2)));
    assert_eq!(number(base, 1, "pad"), Some(Parameter::Int(0)));
    assert_eq!(number(base, 0, "rows"), None);

    let all = expand_searched(&spec, &Filter::default(), Search::All).expect("expands");
    assert_eq!(
        ids(&all),
        [
            "s/both[n=1000]@rows=2,workgroup=64",
            "s/both[n=1000]@rows=2,workgroup=128",
            "s/both[n=1000]@rows=4,workgroup=64",
            "s/both[n=1000]@rows=4,workgroup=128",
            "s/both[n=1000]@workgroup=128",
        ]
    );
    for case in &all.cases {
        let tuned = case.tuned.as_ref().expect("is searched");
        assert_eq!(tuned.group.0, "s/both[n=1000]");
        assert_eq!(tuned.gated, case.id.0.ends_with("@workgroup=128"));
    }
    let four = &all.cases[2];
    assert_eq!(number(four, 0, "workgroup"), Some(Parameter::Int(64)));
    assert_eq!(number(four, 1, "workgroup"), Some(Parameter::Int(64)));
    assert_eq!(number(four, 1, "rows"), Some(Parameter::Int(4)));
    assert_eq!(four.stages[0].dispatch, [16, 1, 1]);
}

#[test]
fn a_pipelines_space_has_only_axes_of_its_stages() {
    let text = super::pipelines::CHAIN.replace(
        "    stages: [first, second]",
        "    stages: [first, second]\n    tune: {workgroop: [64]}",
    );
    let error = expand(&read(&text), &Filter::default()).expect_err("no stage has it");
    assert!(error.to_string().contains("workgroop"), "{error}");
}
