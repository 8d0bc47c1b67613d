//! Slips in YAML: whatever the parser stumbles over, the place and the words
//! lead to what a person got wrong.

use crate::spec::places::Weight;
use crate::spec::read::parse;

const SPEC: &str = r#"gate: 1
suite: demo
limits: {slowdown: 5%}
kernels:
  copy:
    shader: copy.wgsl
    inputs:
      x: {type: f32, shape: [n], fill: zeros}
    outputs: {y: {type: f32, shape: [n]}}
    dispatch: ["ceil_div(n, 64)", 1, 1]
    reference: copy
cases:
  - {kernel: copy, shape: {n: 64}, expect: {any-gpu: "< 1 ms"}}
  - kernel: copy
    shape: {n: 128}
"#;

/// What is said of the text with one replacement, with the line it points at.
fn slip((from, to): &(&str, &str)) -> String {
    assert!(SPEC.contains(from), "`{from}` stands in the spec");
    let text = SPEC.replacen(from, to, 1);
    let limit = Weight {
        nodes: 10_000,
        text: 1 << 20,
    };
    let error = parse(&text, limit).expect_err(to);
    let line = (error.line as usize).checked_sub(1);
    let line = line.and_then(|line| text.lines().nth(line));
    assert!(line.is_some(), "`{to}` is placed at {}", error.line);
    assert!(
        error.message.contains("; "),
        "`{to}` has a cure: {}",
        error.message
    );
    format!(
        "{} => {}\n    {}:{}: {}\n    {}\n    {}^\n",
        from.escape_debug(),
        to.escape_debug(),
        error.line,
        error.column,
        error.message,
        line.unwrap_or_default().replace('\t', " "),
        " ".repeat((error.column as usize).saturating_sub(1)),
    )
}

fn slips(all: &[(&str, &str)]) -> String {
    all.iter().map(slip).collect()
}

#[test]
fn tabs_and_odd_blanks() {
    let told = slips(&[
        ("  - {kernel", "\t- {kernel"),
        ("  - {kernel", "  \t- {kernel"),
        ("    reference: copy", "\treference: copy"),
        ("suite: demo", "suite:\tdemo"),
        ("kernel: copy, shape", "kernel: copy,\n\tshape"),
        ("    reference: copy", "\u{a0}   reference: copy"),
        ("suite: demo", "\u{feff}suite: demo"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn brackets_that_do_not_match() {
    let told = slips(&[
        ("cases:\n", "cases: [\n"),
        (
            "cases:\n  - {kernel: copy, shape: {n: 64}, expect: {any-gpu: \"< 1 ms\"}}\n  - kernel: copy\n    shape: {n: 128}\n",
            "cases: [\n  {kernel: copy, shape: {n: 64}},\n",
        ),
        ("slowdown: 5%}", "slowdown: 5%"),
        ("64)\", 1, 1]", "64)\", 1, 1"),
        ("{n: 64}", "{n: 64}}"),
        ("[n], fill", "[n]], fill"),
        ("[n], fill", "[n}, fill"),
        ("copy, shape", "copy shape"),
        ("{n: 64}, expect", "{n: 64} expect"),
        ("{n: 64}", "{, n: 64}"),
        ("[n], fill", "[n],, fill"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn colons_and_keys() {
    let told = slips(&[
        ("suite: demo", "suite demo"),
        ("suite: demo", "suite = demo"),
        ("suite: demo", "suite:demo"),
        ("suite: demo", "suite: demo: two"),
        ("suite: demo", ": demo"),
        ("suite: demo", "suite: demo\nhello"),
        ("suite: demo", "suite: demo\n  hello: x"),
        ("suite: demo", "{suite: demo}"),
        ("suite: demo", "[suite]: demo"),
        ("suite: demo", "? suite: demo"),
        ("suite: demo", "suite: demo\nsuite: two"),
        ("kernels:\n", "kernels\n"),
        ("    shader: copy", "    shader:copy"),
        ("  - kernel: copy", "  - kernel:copy"),
        ("{n: 64}", "{n:64}"),
        ("kernels:\n", "---\nkernels:\n"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn indentation_and_lists() {
    let told = slips(&[
        ("    dispatch:", "   dispatch:"),
        ("    dispatch:", "      dispatch:"),
        ("    shape: {n: 128}", "   shape: {n: 128}"),
        ("    shape: {n: 128}", "     shape: {n: 128}"),
        ("  - kernel: copy", "  -kernel: copy"),
        ("suite: demo", "- suite: demo"),
        ("    reference: copy", "    - reference: copy"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn quotes_and_first_characters() {
    let told = slips(&[
        ("\"< 1 ms\"", "\"< 1 ms"),
        ("\"< 1 ms\"", "'< 1 ms"),
        ("\"< 1 ms\"", "\"< 1\nms\""),
        ("\"< 1 ms\"", "> 1 ms"),
        ("{n: 128}", "{n: 128}\n    expect:\n      any-gpu: > 3"),
        ("suite: demo", "suite: \"demo\" x"),
        ("suite: demo", "suite: \"de\\mo\""),
        ("suite: demo", "suite: \"\\uZZZZ\""),
        ("suite: demo", "suite: %demo"),
        ("suite: demo", "%suite: demo"),
        ("suite: demo", "suite: @demo"),
        ("suite: demo", "suite: `demo`"),
        ("suite: demo", "suite: !demo"),
        ("suite: demo", "suite: |x"),
        ("suite: demo", "suite: & demo"),
        ("suite: demo", "suite: *"),
        ("suite: demo", "suite: *nowhere"),
        ("\"ceil_div(n, 64)\"", "&ceil_div(n, 64)"),
        ("\"ceil_div(n, 64)\"", "{{ n }}"),
        ("reference: copy", "reference: {{ name }}"),
    ]);
    insta::assert_snapshot!(told);
}
