//! The page and the picture: what holds of their bytes. What they do is tested
//! in a browser, in `tests/cli/browser.rs`.

use std::io::Read;

use base64::Engine;
use serde_json::Value;

use super::super::{Report, write_html, write_roofline};
use super::fixture::{case, everything, green};
use crate::kit::{CaseId, Nanos};

fn page(report: &Report) -> String {
    let mut out = Vec::new();
    write_html(report, &mut out).expect("writes to memory");
    String::from_utf8(out).expect("is text")
}

fn picture(report: &Report) -> String {
    let mut out = Vec::new();
    write_roofline(report, &mut out).expect("writes to memory");
    String::from_utf8(out).expect("is text")
}

/// What the page's script reads.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"data\">").expect("has data");
    let (packed, _) = rest.split_once("</script>").expect("has an end");
    let deflated = base64::engine::general_purpose::STANDARD
        .decode(packed)
        .expect("is base 64");
    let mut text = String::new();
    flate2::read::ZlibDecoder::new(deflated.as_slice())
        .read_to_string(&mut text)
        .expect("is deflated text");
    serde_json::from_str(&text).expect("is JSON")
}

/// So many cases with ten rounds in their baselines, no two alike.
fn many(number: u32) -> Report {
    let mut report = green();
    report.cases = (0..number)
        .map(|index| {
            let id = format!(
                "moe/topk[experts={},k=2,tokens={}]@workgroup={}",
                8 << (index % 4),
                index,
                32 << (index % 5)
            );
            let scatter = f64::from(index.wrapping_mul(2_654_435_761) >> 8) / 16_777_216.0;
            let mut case = case(
                &id,
                1_000.0 * (1.0 + 99.0 * scatter),
                (0.002 * scatter, -0.004 - 0.001 * scatter, 0.009 * scatter),
            );
            // Real samples have no two quantiles in the same proportion.
            for (at, round) in (1_u32..).zip(&mut case.rounds) {
                for (step, value) in (1_u32..).zip(&mut round.quantiles) {
                    let noise = (index * 31 + at * 17 + step * 7) % 97;
                    value.0 *= 1.0 + f64::from(noise) * 1e-5;
                }
            }
            for (at, round) in (1_u32..).zip(&mut case.reasoning.before) {
                round.time.0 *= 1.0 + f64::from((index * 13 + at * 29) % 89) * 1e-5;
                round.spread.0 *= 1.0 + f64::from((index * 7 + at * 3) % 83) * 1e-2;
            }
            case
        })
        .collect();
    report
}

#[test]
fn the_same_report_is_the_same_bytes() {
    assert_eq!(page(&everything()), page(&everything()));
    assert_eq!(picture(&everything()), picture(&everything()));
}

#[test]
fn the_page_asks_no_network_for_anything() {
    let page = page(&everything());
    let (before, rest) = page.split_once("id=\"data\">").expect("has data");
    let (_, after) = rest.split_once("</script>").expect("has an end");
    for part in [before, after] {
        for word in [
            "src=",
            "@import",
            "url(",
            "fetch(",
            "XMLHttpRequest",
            "https://",
        ] {
            assert!(!part.contains(word), "{word}");
        }
    }
    assert!(before.contains("default-src 'none'"));
}

#[test]
fn every_case_is_in_the_page_with_its_rounds_and_its_evidence() {
    let report = everything();
    let data = data(&page(&report));
    let cases = data["cases"].as_array().expect("has cases");
    assert_eq!(cases.len(), report.cases.len());
    for (case, row) in report.cases.iter().zip(cases) {
        assert_eq!(row["id"], case.id.0);
        assert_eq!(row["reason"], case.judgement.reason);
        assert_eq!(
            row["rounds"].as_array().map(Vec::len),
            Some(case.rounds.len())
        );
        assert_eq!(
            row["baseline"].as_array().map(Vec::len),
            Some(case.reasoning.before.len())
        );
        for (at, round) in case.rounds.iter().enumerate() {
            let parts = row["rounds"][at]["quantiles"].as_array();
            let parts = parts.expect("has quantiles");
            assert_eq!(parts.len(), round.quantiles.len());
            for (part, quantile) in parts.iter().zip(&round.quantiles) {
                // As the script reads it.
                let part = part.as_i64().expect("a whole number") as f64;
                let read = round.time.0 * (1.0 + part / 1e5);
                assert!((read / quantile.0 - 1.0).abs() < 1e-5, "{read} {quantile}");
            }
        }
    }
    assert_eq!(cases[0]["time"][0], 6312);
    assert_eq!(cases[1]["change"][0], 0.052);
    assert_eq!(cases[1]["kernel"], "moe/topk");
    assert_eq!(cases[1]["shape"], "experts=8,k=2,tokens=1");
    assert_eq!(cases[1]["variant"], "workgroup=128");
    assert_eq!(cases[5]["time"], Value::Null);
}

#[test]
fn no_name_is_markup() {
    const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(1)>'\"&";
    let mut report = everything();
    report.device.adapter = HOSTILE.into();
    report.suites = vec![HOSTILE.into()];
    report.command = HOSTILE.into();
    report.notes = vec![HOSTILE.into()];
    for case in &mut report.cases {
        case.id = CaseId(format!("{HOSTILE}/{}", case.id));
        case.judgement.reason = HOSTILE.into();
        case.names = vec![HOSTILE.into()];
        case.bound = Some(HOSTILE.into());
    }
    let plain = page(&everything());
    let page = page(&report);
    assert_eq!(
        page.matches("<script").count(),
        plain.matches("<script").count()
    );
    assert!(!page.contains("<img"));
    assert_eq!(data(&page)["cases"][0]["names"][0], HOSTILE);
    let picture = picture(&report);
    assert!(!picture.contains("<script") && !picture.contains("<img"));
}

#[test]
fn numbers_that_are_none_are_null() {
    let mut report = green();
    let change = report.cases[0].evidence.baseline.change.as_mut();
    change.expect("was compared").low.0 = f64::NEG_INFINITY;
    report.cases[0].rounds[0].time.0 = f64::NAN;
    let data = data(&page(&report));
    assert_eq!(data["cases"][0]["change"][1], Value::Null);
    assert_eq!(data["cases"][0]["rounds"][0]["time"], Value::Null);
}

#[test]
fn ten_thousand_cases_fit_in_five_megabytes() {
    let page = page(&many(10_000));
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
}

#[test]
fn the_picture_holds_every_case_that_has_a_model() {
    let report = everything();
    let picture = picture(&report);
    let drawn = report
        .cases
        .iter()
        .filter(|case| case.time.is_some())
        .count();
    assert_eq!(
        picture.matches("<title>moe/").count() + picture.matches("<title>matmul/").count(),
        drawn
    );
    assert!(
        picture.contains("read 3.10 TB/s") || picture.contains("read 3100 GB/s"),
        "{picture}"
    );
}

/// Ceilings 2 % apart would have their labels in one place; a name of a kernel
/// stands in the legend once, whatever suite it is in; and what is slower than
/// another variant of its shape is faint.
#[test]
fn labels_of_the_picture_do_not_meet_and_kernels_have_one_mark() {
    let mut report = everything();
    let ceilings = report.ceilings.as_mut().expect("has ceilings");
    ceilings.fma_f32 = 63.7e12;
    ceilings.fma_f16 = Some(65.2e12);
    ceilings.cooperative_matrix = Some(631e12);
    report.cases.truncate(1);
    let one = report.cases[0].clone();
    for (id, time) in [
        ("model/topk[experts=8,k=2,tokens=1]@workgroup=64", 8_000.0),
        ("model/topk[experts=8,k=2,tokens=1]@workgroup=128", 9_000.0),
    ] {
        let mut other = one.clone();
        other.id = CaseId(id.into());
        other.time = Some((Nanos(time), Nanos(time), Nanos(time)));
        report.cases.push(other);
    }
    report.cases[0].bound = Some("launch".into());
    let picture = picture(&report);
    assert!(
        picture.contains(">f16 65.2 TFLOP/s, f32 63.7 TFLOP/s</text>"),
        "{picture}"
    );
    assert!(picture.contains(">cooperative matrix 631 TFLOP/s</text>"));
    assert_eq!(picture.matches(">topk</text>").count(), 1);
    assert_eq!(picture.matches("class=\"launch c0\"").count(), 1);
    assert_eq!(picture.matches("class=\"m c0 other\"").count(), 1);
    assert!(picture.contains("3 cases; faint: slower variants of a shape; hollow:"));
}

/// A launch is a thousandth of the speed of the rest: it would press the others
/// together.
#[test]
fn what_is_all_launch_and_far_below_is_left_out_and_counted() {
    let mut report = everything();
    report.cases.truncate(1);
    let mut tiny = report.cases[0].clone();
    tiny.id = CaseId("moe/tiny[tokens=1]".into());
    tiny.work.flops = tiny.work.flops.map(|flops| flops * 1e-4);
    tiny.bound = Some("launch".into());
    report.cases.push(tiny);
    let found = picture(&report);
    assert!(found.contains("; 1 more of these lie below") && !found.contains(">tiny</text>"));
    // Where all is launch, all of it is shown.
    report.cases[0].bound = Some("launch".into());
    assert!(picture(&report).contains(">tiny</text>"));
}

#[test]
fn a_picture_of_nothing_says_so() {
    let mut report = everything();
    report.ceilings = None;
    assert!(picture(&report).contains("ceilings are not known"));
    let mut report = everything();
    report.cases.clear();
    assert!(picture(&report).contains("no case has both"));
}

#[test]
fn odd_numbers_make_no_endless_picture() {
    let mut report = everything();
    for (index, case) in report.cases.iter_mut().enumerate() {
        case.work.flops = Some([0.0, f64::INFINITY, f64::NAN, 1e300, 1e-300][index % 5]);
    }
    assert!(picture(&report).len() < 20_000);
}
