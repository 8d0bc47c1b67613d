//! Search spaces.

use std::collections::BTreeSet;

use super::*;
use crate::kit::CaseId;
use crate::plan::{Search, expand_searched};

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
