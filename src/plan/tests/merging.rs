//! Entries that mean the same case.

use super::*;
use crate::spec::Range;

#[test]
fn a_row_and_a_sweep_that_mean_one_case_become_one() {
    let plan = scale(
        "  - {kernel: scale, name: decode, shape: {n: 1, k: 16}, expect: {apple-m: \"< 1 ms\"}}
  - kernel: scale
    sweep: {model: [mixtral, 7b, small]}
    shape: {k: model.hidden, n: 1}
    expect: {any-gpu: \"< 1 s\"}
",
    );
    assert_eq!(plan.cases.len(), 4);
    let both = case(&plan, "s/scale[k=16,n=1]@workgroup=64");
    assert_eq!(both.names, ["decode", "7b", "mixtral"]);
    let classes: Vec<&str> = both.expected.iter().map(|e| e.class.as_str()).collect();
    assert_eq!(classes, ["any-gpu", "apple-m"]);
    let small = case(&plan, "s/scale[k=8,n=1]@workgroup=128");
    assert_eq!(small.names, ["small"]);
    assert_eq!(small.expected.len(), 1);
}

#[test]
fn ranges_that_overlap_become_what_both_allow() {
    let text = format!(
        "{SCALE}  - {{kernel: scale, shape: {{n: 100000, k: 100}}, expect: {{any-gpu: \"1-5 ms\"}}}}
  - {{kernel: scale, shape: {{n: 100000, k: 100}}, expect: {{any-gpu: \"< 3 ms\"}}}}
  - {{kernel: scale, shape: {{n: 100000, k: 100}}, expect: {{any-gpu: {{gflops: \"> 2\"}}}}}}
"
    );
    let plan = plan(&text);
    let expected = &plan.cases[0].expected;
    assert_eq!(expected.len(), 1);
    assert_eq!(
        expected[0].expectation.time,
        Some(Range {
            lo: Some(1e6),
            hi: Some(3e6)
        })
    );
    assert_eq!(
        expected[0].expectation.gflops.and_then(|range| range.lo),
        Some(2.0)
    );
}

#[test]
fn the_place_of_a_merged_range_is_the_narrower_ones() {
    let text = format!(
        "{SCALE}  - {{kernel: scale, shape: {{n: 1, k: 1}}, expect: {{any-gpu: \"< 1 s\"}}}}
  - {{kernel: scale, shape: {{n: 1, k: 1}}, expect: {{any-gpu: \"1-3 ms\"}}}}
"
    );
    let plan = plan(&text);
    let expected = &plan.cases[0].expected[0];
    assert_eq!(expected.place.line, line_of(&text, "1-3 ms"));
}

#[test]
fn ranges_that_contradict_are_told_at_both_places() {
    let text = format!(
        "{SCALE}  - {{kernel: scale, shape: {{n: 1, k: 1}}, expect: {{any-gpu: \"1-3 ms\"}}}}
  - {{kernel: scale, shape: {{n: 1, k: 1}}, expect: {{any-gpu: \"5-6 ms\"}}}}
"
    );
    let wrong = wrong(&text);
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(wrong[0].starts_with(&format!("{}:", line_of(&text, "1-3 ms"))));
    assert!(wrong[1].starts_with(&format!("{}:", line_of(&text, "5-6 ms"))));
    for message in &wrong {
        assert!(
            message.contains("the range of `time` on `any-gpu` for `s/scale[k=1,n=1]@workgroup="),
            "{message}"
        );
    }
}

#[test]
fn a_limit_of_one_entry_holds_and_of_two_has_to_agree() {
    let entries = |time: &str| {
        format!(
            "{SCALE}  - {{kernel: scale, shape: {{n: 1, k: 1}}, limits: {{time: 5ms}}}}
  - {{kernel: scale, shape: {{n: 1, k: 1}}, limits: {{{time}}}, force: true}}
"
        )
    };
    let one = plan(&entries("warmup: 7"));
    assert_eq!(one.cases[0].limits.time.0, 5e6);
    assert_eq!(one.cases[0].limits.warmup, 7);
    assert!(one.cases[0].force);
    assert_eq!(plan(&entries("time: 5ms")).cases.len(), 2);
    let wrong = wrong(&entries("time: 6ms"));
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(
        wrong[0].contains("`limits.time` of `s/scale[k=1,n=1]@workgroup="),
        "{}",
        wrong[0]
    );
}

#[test]
fn a_time_and_a_rate_that_exclude_each_other_are_told() {
    let entry = |expect: &str| {
        format!(
            "{SCALE}  - {{kernel: scale, shape: {{n: 1000, k: 1000}}, expect: {{any-gpu: {{{expect}}}}}}}\n"
        )
    };
    // 8 MB at 100 GB/s take 80 us.
    let wrong = wrong(&entry("time: \"1-2 s\", gigabytes_per_second: \"> 100\""));
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    for message in &wrong {
        assert!(
            message.contains("`gigabytes_per_second` of > 100 takes < 80 us, which contradicts"),
            "{message}"
        );
    }
    plan(&entry(
        "time: \"< 100 us\", gigabytes_per_second: \"> 100\", gflops: \"1-1000\"",
    ));
}
