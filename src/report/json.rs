//! The report as JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::{Report, Tally};

/// The report's fields, and after them what is counted from them.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Whole<'a> {
    #[serde(flatten)]
    report: &'a Report,
    tally: Tally,
}

impl<'a> Whole<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            report,
            tally: report.tally(),
        }
    }
}

/// Writes the whole report, pretty, with a newline at its end. Fields stand in
/// the order of [`Report`], and `tally` last. A number that is none (NaN, an
/// interval's end at infinity) is `null`; a mismatch has those as text. One
/// part of a plan is sealed.
///
/// # Errors
///
/// Of the writer.
pub fn write_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let sealed;
    let report = if report.part.is_some() {
        sealed = sealed_copy(report)?;
        &sealed
    } else {
        report
    };
    serde_json::to_writer_pretty(&mut *out, &Whole::of(report))?;
    out.write_all(b"\n")
}

/// Whether a part's report is as it was written: whatever was changed in it,
/// spaces and the order of keys aside, breaks its seal. It is no signature:
/// who means to deceive can seal again.
#[must_use]
pub fn is_sealed(whole: &Value) -> bool {
    let mut whole = whole.clone();
    let Some(Value::String(found)) = whole.pointer_mut(SEAL) else {
        return false;
    };
    let found = std::mem::take(found);
    found == digest(&whole)
}

/// Where the seal stands.
const SEAL: &str = "/part/seal";

fn sealed_copy(report: &Report) -> io::Result<Report> {
    let mut copy = report.clone();
    if let Some(part) = &mut copy.part {
        part.seal = String::new();
    }
    let seal = digest(&serde_json::to_value(Whole::of(&copy))?);
    if let Some(part) = &mut copy.part {
        part.seal = seal;
    }
    Ok(copy)
}

/// Digest of what JSON means.
fn digest(whole: &Value) -> String {
    let mut hasher = blake3::Hasher::new();
    add(whole, &mut hasher);
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Adds a word: its kind, a letter of its own, then its length, then itself.
fn word(into: &mut blake3::Hasher, kind: u8, text: &str) {
    into.update(&[kind]);
    into.update(&(text.len() as u64).to_le_bytes());
    into.update(text.as_bytes());
}

fn add(value: &Value, into: &mut blake3::Hasher) {
    match value {
        Value::Null => word(into, b'0', ""),
        Value::Bool(is) => word(into, b'b', if *is { "true" } else { "false" }),
        Value::Number(number) => word(into, b'n', &number.to_string()),
        Value::String(text) => word(into, b's', text),
        Value::Array(items) => {
            word(into, b'a', &items.len().to_string());
            for item in items {
                add(item, into);
            }
        }
        Value::Object(map) => {
            word(into, b'o', &map.len().to_string());
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            for (key, item) in sorted {
                word(into, b's', key);
                add(item, into);
            }
        }
    }
}
