//! The project's own specs: every row of the published baselines stands in
//! them with its range, for the hardware it was given for.

use std::path::{Path, PathBuf};

use kernel_gate::plan::{Case, Filter, Plan, expand};
use kernel_gate::spec::{self, Range};

const APPLE: &str = "apple-m";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("specs")
        .join(name)
}

fn plan(name: &str) -> Plan {
    let spec = spec::read(&file(name)).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
    expand(&spec, &Filter::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// All variants of a case.
fn variants<'a>(plan: &'a Plan, subject: &str) -> Vec<&'a Case> {
    let found: Vec<&Case> = plan
        .cases
        .iter()
        .filter(|case| {
            let rest = case.id.0.strip_prefix(subject);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
        })
        .collect();
    assert!(!found.is_empty(), "`{subject}` is planned");
    found
}

/// A range of milliseconds.
fn ms(lo: Option<f64>, hi: f64) -> Range {
    Range {
        lo: lo.map(|lo| lo * 1e6),
        hi: Some(hi * 1e6),
    }
}

/// The least number of variants, and the range that each has to have.
fn holds(plan: &Plan, subject: &str, least: usize, time: Range, tokens: Option<Range>) {
    let close = |found: Option<f64>, wanted: Option<f64>| match (found, wanted) {
        (Some(found), Some(wanted)) => (found / wanted - 1.0).abs() < 1e-9,
        (found, wanted) => found == wanted,
    };
    let same =
        |found: Range, wanted: Range| close(found.lo, wanted.lo) && close(found.hi, wanted.hi);
    let cases = variants(plan, subject);
    assert!(cases.len() >= least, "`{subject}` has {least} variants");
    for case in cases {
        let apple = case.expected.iter().find(|e| e.class == APPLE);
        let expectation = &apple
            .unwrap_or_else(|| panic!("{} has a range for {APPLE}", case.id))
            .expectation;
        let found = expectation.time.expect("a range of times");
        assert!(same(found, time), "{}: {found:?} is {time:?}", case.id);
        match (expectation.tokens_per_second, tokens) {
            (None, None) => {}
            (Some(found), Some(wanted)) => {
                assert!(same(found, wanted), "{}: {found:?} is {wanted:?}", case.id);
            }
            (found, wanted) => panic!("{}: {found:?} is {wanted:?}", case.id),
        }
    }
}

#[test]
fn every_matmul_row_stands() {
    let plan = plan("matmul.yaml");
    for (kernel, m, n, least, range) in [
        ("matvec", 1, 4096, 6, ms(Some(0.5), 2.0)),
        ("matmul", 32, 4096, 6, ms(Some(2.0), 5.0)),
        ("matmul", 128, 4096, 6, ms(Some(5.0), 15.0)),
        ("matmul", 4096, 4096, 6, ms(Some(50.0), 150.0)),
    ] {
        let subject = format!("matmul/{kernel}[k=4096,m={m},n={n}]");
        holds(&plan, &subject, least, range, None);
    }
}

#[test]
fn every_topk_row_stands() {
    let plan = plan("moe.yaml");
    for (tokens, experts, k, range) in [
        (1, 8, 2, ms(None, 0.5)),
        (32, 8, 2, ms(None, 1.0)),
        (128, 8, 2, ms(Some(1.0), 3.0)),
        (128, 16, 4, ms(Some(2.0), 5.0)),
    ] {
        let subject = format!("moe/topk[experts={experts},k={k},tokens={tokens}]");
        holds(&plan, &subject, 3, range, None);
    }
}

#[test]
fn every_scatter_add_row_stands_in_both_forms() {
    let plan = plan("moe.yaml");
    for kernel in ["combine", "combine_atomic"] {
        for (tokens, range) in [
            (1, ms(None, 0.5)),
            (32, ms(Some(1.0), 2.0)),
            (128, ms(Some(2.0), 5.0)),
        ] {
            let subject = format!("moe/{kernel}[experts=8,hidden=4096,k=2,tokens={tokens}]");
            holds(&plan, &subject, 3, range, None);
        }
    }
}

#[test]
fn every_pipeline_row_stands_with_its_tokens_a_second() {
    let plan = plan("moe.yaml");
    for (tokens, time, lo, hi) in [
        (1, ms(Some(1.0), 3.0), 300.0, 1_000.0),
        (32, ms(Some(5.0), 10.0), 3_000.0, 6_000.0),
        (128, ms(Some(10.0), 25.0), 5_000.0, 12_000.0),
    ] {
        let subject = format!("moe/moe[experts=8,hidden=4096,k=2,tokens={tokens}]");
        let rate = Range {
            lo: Some(lo),
            hi: Some(hi),
        };
        holds(&plan, &subject, 3, time, Some(rate));
        let case = variants(&plan, &subject)[0];
        assert_eq!(case.stages.len(), 2);
        assert_eq!(case.work.tokens, Some(f64::from(tokens)));
    }
}

#[test]
fn every_model_and_every_length_stands_in_full() {
    let spec = spec::read(&file("moe.yaml")).expect("reads");
    let columns = [
        "hidden",
        "intermediate",
        "heads",
        "kv_heads",
        "head_dim",
        "experts",
        "top_k",
    ];
    for (row, values) in [
        ("small", [512, 1_408, 8, 8, 64, 4, 2]),
        ("7b", [4_096, 11_008, 32, 32, 128, 8, 2]),
        ("mixtral", [4_096, 14_336, 32, 8, 128, 8, 2]),
        ("13b", [5_120, 13_824, 40, 40, 128, 8, 2]),
    ] {
        let found = &spec.tables["model"][row];
        assert_eq!(found.len(), columns.len(), "{row}");
        for (column, value) in columns.iter().zip(values) {
            assert_eq!(found[*column], value, "{row} {column}");
        }
    }
    let lengths = [
        ("single", 1),
        ("short", 32),
        ("medium", 128),
        ("long", 512),
        ("very-long", 2_048),
    ];
    assert_eq!(spec.tables["length"].len(), lengths.len());
    for (row, tokens) in lengths {
        assert_eq!(spec.tables["length"][row]["tokens"], tokens, "{row}");
    }
}

#[test]
fn the_sweeps_reach_every_model_at_every_length() {
    let plan = plan("moe.yaml");
    for kernel in ["topk", "combine"] {
        for model in ["small", "7b", "mixtral", "13b"] {
            for length in ["single", "short", "medium", "long", "very-long"] {
                let name = format!("{model}/{length}");
                let found = plan
                    .cases
                    .iter()
                    .any(|case| case.kernel == kernel && case.names.contains(&name));
                assert!(found, "{kernel} {name}");
            }
        }
    }
}

#[test]
fn every_case_has_a_range_on_any_hardware() {
    for name in ["matmul.yaml", "moe.yaml"] {
        let plan = plan(name);
        assert!(plan.left_out.is_empty(), "{:?}", plan.left_out);
        assert_eq!(
            plan.classes.last().map(|c| c.name.value.as_str()),
            Some("any-gpu")
        );
        for case in &plan.cases {
            for class in ["software", "any-gpu"] {
                assert!(
                    case.expected.iter().any(|e| e.class == class),
                    "{} has a range for {class}",
                    case.id
                );
            }
        }
    }
}
