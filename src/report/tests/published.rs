//! The published example of a report is current.

use std::path::{Path, PathBuf};

use super::super::{Report, write_json};
use super::fixture::everything;

/// A file of the repository; with `INSTA_UPDATE=always` it is written anew,
/// as golden files are.
#[track_caller]
fn is_current(file: &str, text: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "always") {
        std::fs::write(&path, text).expect("written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there.replace("\r\n", "\n") == text,
        "{file} is stale; `INSTA_UPDATE=always cargo test published` writes it"
    );
}

fn json(report: &Report) -> String {
    let mut out = Vec::new();
    write_json(report, &mut out).expect("writes to memory");
    String::from_utf8(out).expect("is text")
}

#[test]
fn the_example_in_the_repository_is_current() {
    is_current("schemas/report.example.json", &json(&everything()));
}
