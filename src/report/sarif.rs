//! The report as SARIF 2.1.0, for code scanning: what was found, at the lines
//! of the specs.

use std::io::{self, Write};

use serde::Serialize;

use crate::kit::Place;
use crate::verdict::Verdict;

use super::evidence::{Depth, lines};
use super::text::clean;
use super::words::{Kind, meaning, verdict};
use super::{CaseReport, Report};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What can be found: identifier, and what it means.
const RULES: [(&str, &str); 7] = [
    (
        "wrong",
        "An output is wrong, or a time is faster than physics allows.",
    ),
    (
        "slower",
        "A kernel is slower than its range or its baseline allows.",
    ),
    (
        "lost",
        "The worker crashed, hung, or lost the device while the case was measured.",
    ),
    (
        "undecided",
        "The rounds that were measured cannot decide whether the case is slower.",
    ),
    ("ungated", "The case has neither a baseline nor a range."),
    (
        "no-baseline",
        "The case has no baseline that can be compared, and one is required.",
    ),
    (
        "faster",
        "A kernel is faster than its baseline, which is to be recorded.",
    ),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    automation_details: Identified,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    results: Vec<Finding>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'a str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Message,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
struct Identified {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    exit_code_description: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: Fingerprint,
}

/// What a finding is known by when its line moves: device and case.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprint {
    primary_location_line_hash: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
}

/// Writes what fails as errors, and what only deserves a look as warnings and
/// notes; cases that passed are no findings. Files are named as the report
/// names them: give it names below the repository's root.
///
/// # Errors
///
/// Of the writer.
pub fn write_sarif(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let kind = Kind::of(report);
    let device = report.device.key().0;
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "gate",
                    semantic_version: &report.gate,
                    rules: RULES
                        .iter()
                        .map(|&(id, text)| Rule {
                            id,
                            short_description: Message {
                                text: text.to_owned(),
                            },
                        })
                        .collect(),
                },
            },
            automation_details: Identified {
                id: format!("gate/{device}/"),
            },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation {
                execution_successful: !report.interrupted,
                exit_code: report.exit,
                exit_code_description: meaning(report),
            }],
            results: report
                .cases
                .iter()
                .filter_map(|case| finding(case, kind, &device))
                .collect(),
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    out.write_all(b"\n")
}

/// What is found in a case, if anything.
fn finding(case: &CaseReport, kind: Kind, device: &str) -> Option<Finding> {
    let judgement = &case.judgement;
    let (rule_id, told) = match judgement.verdict {
        Verdict::Wrong => ("wrong", true),
        Verdict::Slower => ("slower", kind == Kind::Check),
        Verdict::Lost => ("lost", true),
        Verdict::Undecided => ("undecided", kind == Kind::Check),
        Verdict::Ungated => ("ungated", kind == Kind::Check),
        Verdict::PassByRange => ("no-baseline", judgement.fails),
        Verdict::Pass => ("faster", judgement.fails),
    };
    if !told {
        return None;
    }
    let level = match judgement.verdict {
        _ if judgement.fails => "error",
        Verdict::Wrong | Verdict::Slower | Verdict::Lost => "warning",
        Verdict::Undecided | Verdict::Ungated | Verdict::PassByRange | Verdict::Pass => "note",
    };
    let mut text = format!(
        "{}: {}: {}",
        clean(&case.id.0),
        verdict(case, kind).word,
        clean(&judgement.reason)
    );
    for line in lines(case, kind, Depth::Failure) {
        text.push_str(&format!("\n{}: {}", line.about, line.says));
    }
    Some(Finding {
        rule_id,
        rule_index: RULES.iter().position(|(id, _)| *id == rule_id)?,
        level,
        message: Message { text },
        locations: [Location {
            physical_location: physical(&case.place),
        }],
        partial_fingerprints: Fingerprint {
            primary_location_line_hash: fingerprint(device, &case.id.0),
        },
    })
}

fn fingerprint(device: &str, id: &str) -> String {
    let hash = blake3::hash(format!("{device}\n{id}").as_bytes()).to_hex();
    format!("{}:1", &hash[..16])
}

fn physical(place: &Place) -> Physical {
    let is_absolute = place.file.starts_with('/') || place.file.get(1..3) == Some(":/");
    Physical {
        artifact_location: if is_absolute {
            Artifact {
                uri: format!("file:///{}", encoded(place.file.trim_start_matches('/'))),
                uri_base_id: None,
            }
        } else {
            Artifact {
                uri: encoded(&place.file),
                uri_base_id: Some("%SRCROOT%"),
            }
        },
        region: (place.line > 0).then_some(Region {
            start_line: place.line,
            start_column: place.column.max(1),
        }),
    }
}

/// A path as a URI has it: by percent what is not unreserved (RFC 3986, 2.3),
/// but for its slashes.
fn encoded(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(encoded("specs/my moe#1.yaml"), "specs/my%20moe%231.yaml");
        assert_eq!(encoded("ü"), "%C3%BC");
        let uri = |file: &str| physical(&Place::new(file, 1, 1)).artifact_location.uri;
        assert_eq!(uri("/a/b.yaml"), "file:///a/b.yaml");
        assert_eq!(uri("C:/a/b.yaml"), "file:///C%3A/a/b.yaml");
        assert_eq!(uri("a/b.yaml"), "a/b.yaml");
    }

    #[test]
    fn a_whole_file_has_no_region() {
        assert!(physical(&Place::whole("a.yaml")).region.is_none());
    }
}
