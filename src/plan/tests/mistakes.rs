//! Mistakes: where, what, and the cure.

use super::*;
use crate::spec::{AxisValue, Placed};

/// Plans a changed suite and returns its only mistake.
fn only(from: &str, to: &str, entries: &str) -> String {
    let changed = SCALE.replacen(from, to, 1);
    assert!(from.is_empty() || changed != SCALE, "{from:?} stands there");
    let mut wrong = wrong(&format!("{changed}{entries}"));
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    wrong.remove(0)
}

const ONE: &str = "  - {kernel: scale, shape: {n: 1, k: 1}}\n";

fn told(message: &str, part: &str) {
    assert!(message.contains(part), "{message:?} says {part:?}");
}

#[test]
fn an_undefined_name_is_told_once_with_its_column_and_a_suggestion() {
    let message = only(
        "ceil_div(n * k, workgroup)",
        "ceil_div(n * k, wrkgroup)",
        ONE,
    );
    let changed = SCALE.replace("ceil_div(n * k, workgroup)", "ceil_div(n * k, wrkgroup)");
    let line = line_of(&changed, "wrkgroup");
    let column = changed
        .lines()
        .nth(line - 1)
        .and_then(|l| l.find("wrkgroup"));
    let column = column.expect("stands there") + 1;
    assert_eq!(
        message,
        format!(
            "{line}:{column}: `wrkgroup` is not defined here; did you mean `workgroup`? (in `s/scale[k=1,n=1]@workgroup=64`)"
        )
    );
}

#[test]
fn overflow_and_division_by_zero_are_told() {
    told(
        &only("8 * n * k", "9223372036854775807 * (n + k)", ONE),
        "overflows 64 bits (in `s/scale[k=1,n=1]@workgroup=64`)",
    );
    told(&only("8 * n * k", "8 / (n - k)", ONE), "divides by zero");
}

#[test]
fn nothing_to_hold_or_dispatch_is_told() {
    told(
        &only(
            "x: {type: f32, shape: [n, k]}",
            "x: {type: f32, shape: [n, k - 1]}",
            ONE,
        ),
        "`k - 1` is 0, and an extent of `x` is at least 1",
    );
    told(
        &only(
            "x: {type: f32, shape: [n, k]}",
            "x: {type: f32, shape: [\"n - 9\"]}",
            ONE,
        ),
        "`n - 9` is -8",
    );
    told(
        &only("ceil_div(n * k, workgroup)", "n / workgroup", ONE),
        "`n / workgroup` dispatches 0 workgroups; it has to be at least 1",
    );
    told(
        &only("8 * n * k", "n - 9", ONE),
        "`n - 9` is -8; work is never negative",
    );
}

#[test]
fn a_buffer_beyond_64_bits_is_told() {
    let huge = "  - {kernel: scale, shape: {n: 4294967296, k: 4294967296}}\n";
    let wrong = wrong(&format!("{SCALE}{huge}"));
    assert!(
        wrong
            .iter()
            .any(|m| m.contains("more bytes than 64 bits can count")),
        "{wrong:?}"
    );
}

#[test]
fn a_uniform_that_its_type_cannot_hold_is_told() {
    told(
        &only(
            "{n: u32, k: u32}",
            "{n: u32, k: {type: u32, value: \"n - 2\"}}",
            ONE,
        ),
        "uniform `k` is -1, which no u32 can hold",
    );
}

#[test]
fn an_integer_input_needs_a_fill_and_enough_room_for_it() {
    let x = "x: {type: f32, shape: [n, k]}";
    told(
        &only(x, "x: {type: u32, shape: [n, k]}", ONE),
        "`x` holds integers and needs a fill",
    );
    let five = "  - {kernel: scale, shape: {n: 1, k: 5}}\n";
    told(
        &only(
            x,
            "x: {type: u32, shape: [n, k], fill: \"distinct(4)\"}",
            five,
        ),
        "a row of `x` has 5 elements, and there are only 4 distinct integers below 4",
    );
    told(
        &only(
            x,
            "x: {type: u32, shape: [n, k], fill: \"uniform(k, n)\"}",
            ONE,
        ),
        "uniform(1, 1) is empty",
    );
    told(
        &only(
            x,
            "x: {type: u32, shape: [n, k], fill: \"uniform(0.5, 9)\"}",
            ONE,
        ),
        "`x` holds integers, and 0.5 is none",
    );
}

#[test]
fn a_tables_column_outside_shape_is_told_with_the_cure() {
    let swept = "  - {kernel: scale, sweep: {model: [small]}, shape: {n: 1, k: model.hidden}}\n";
    told(
        &only("8 * n * k", "8 * model.hidden", swept),
        "write `hidden: model.hidden` there and `hidden` here",
    );
}

#[test]
fn what_a_device_offers_is_asked_in_where_alone() {
    told(
        &only("8 * n * k", "device.max_invocations", ONE),
        "can be asked in `where` only",
    );
}

#[test]
fn an_unknown_device_name_is_told_with_no_device() {
    let condition = |text: &str| format!("    where: [\"{text}\"]\n    inputs:");
    let message = only(
        "    inputs:",
        &condition("workgroup <= device.max_invocation"),
        ONE,
    );
    told(
        &message,
        "`device.max_invocation` is not known; did you mean",
    );
    told(&message, "max_invocations`?");
    told(
        &only(
            "    inputs:",
            &condition("workgroup == 64 or device.f16 == wrkgroup"),
            ONE,
        ),
        "`wrkgroup` is not defined here; did you mean `workgroup`?",
    );
    told(
        &only("    inputs:", &condition("device.f16 < 'yes'"), ONE),
        "`'yes'` is the word `yes`, and a number is needed here",
    );
}

#[test]
fn a_sweep_of_a_million_million_cases_is_refused_before_it_is_made() {
    let million = (0..1_000)
        .map(|n| n.to_string())
        .collect::<Vec<_>>()
        .join(", ");
    let entry = format!(
        "  - {{kernel: scale, sweep: {{a: [{million}], b: [{million}], c: [{million}], d: [{million}]}}, shape: {{n: 1, k: 1}}}}\n"
    );
    let message = only("", "", &entry);
    told(
        &message,
        "this entry makes 2000000000000 cases (1000000000000 swept x 2 variants x 1 checks)",
    );
    told(&message, "a suite has at most 200000");
}

#[test]
fn a_variant_of_a_million_million_values_is_refused_before_it_is_made() {
    let mut spec = read(&format!("{SCALE}{ONE}"));
    let kernel = spec.kernels.get_mut("scale").expect("the kernel");
    let place = kernel.name.place.clone();
    let thousand: Vec<AxisValue> = (0..1_000).map(AxisValue::Int).collect();
    for axis in ["a", "b", "c", "d"] {
        let values = Placed {
            value: thousand.clone(),
            place: place.clone(),
        };
        kernel.variants[0].insert(axis.to_owned(), values);
    }
    let wrong = wrong_spec(&spec);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    told(&wrong[0], "this entry makes 2000000000000 cases");
}

#[test]
fn an_entrys_variants_have_to_be_the_kernels_axes() {
    let entry = "  - {kernel: scale, shape: {n: 1, k: 1}, variants: {wrkgroup: [64]}}\n";
    told(
        &only("", "", entry),
        "no kernel here has an axis `wrkgroup`; did you mean `workgroup`?",
    );
}

#[test]
fn a_rate_needs_work_to_divide() {
    let entry = "  - {kernel: scale, shape: {n: 1, k: 1}, expect: {any-gpu: {gflops: \"> 5\"}}}\n";
    told(
        &only("flops: \"n * k\"", "flops: \"n - 1\"", entry),
        "`gflops` needs to know the flops of a run; add `work: {flops: …}`",
    );
}

#[test]
fn a_word_that_reads_as_a_list_is_told() {
    told(
        &only(
            "{workgroup: [64, 128]}",
            "{workgroup: [64], form: [8x8]}",
            ONE,
        ),
        "the word `8x8` reads as a number",
    );
    told(
        &only("{workgroup: [64, 128]}", "{workgroup: [[64]]}", ONE),
        "write a single one without brackets",
    );
}

#[test]
fn a_reference_in_wgsl_needs_a_tolerance_for_floats() {
    let mut spec = read(&format!("{SCALE}{ONE}"));
    spec.kernels
        .get_mut("scale")
        .expect("the kernel")
        .tolerance
        .clear();
    told(
        &wrong_spec(&spec)[0],
        "needs a tolerance, such as `tolerance: {y:",
    );
}

#[test]
fn many_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let changed = SCALE
        .replace("8 * n * k", "8 * nn")
        .replace("ceil_div(n * k, workgroup)", "n / 0")
        .replace(
            "x: {type: f32, shape: [n, k]}",
            "x: {type: f32, shape: [n, kk]}",
        );
    let wrong = wrong(&format!("{changed}{ONE}"));
    let lines: Vec<&str> = wrong
        .iter()
        .filter_map(|message| message.split(':').next())
        .collect();
    let expected: Vec<String> = ["[n, kk]", "n / 0", "8 * nn"]
        .iter()
        .map(|part| line_of(&changed, part).to_string())
        .collect();
    assert_eq!(lines, expected, "{wrong:?}");
}

#[test]
fn a_fill_that_its_type_cannot_hold_is_told() {
    for (held, what) in [
        (
            "type: i32, shape: [n, k], fill: [1, 3000000000]",
            "3000000000, which no i32 can hold",
        ),
        (
            "type: u32, shape: [n, k], fill: \"constant(-1)\"",
            "-1, which no u32 can hold",
        ),
        (
            "type: f16, shape: [n, k], fill: [1e6]",
            "1000000, which no f16 can hold",
        ),
        (
            "type: f32, shape: [n, k], fill: [1e39]",
            "which no f32 can hold",
        ),
    ] {
        told(&only("type: f32, shape: [n, k]", held, ONE), what);
    }
    let held = "type: i32, shape: [n, k], fill: [-2147483648, 2147483647]";
    plan(&format!(
        "{}{ONE}",
        SCALE.replacen("type: f32, shape: [n, k]", held, 1)
    ));
}
