//! Time, memory and size to write the report of a large run in every form:
//! `cargo bench --bench reports`.
//!
//! The cases of `schemas/report.example.json`, repeated under other names until
//! there are 10,000, are written in each form. Prints the median of seven times
//! for each, with the least and the most, the same of their sum, and the peak of
//! resident memory, the latter where `/proc/self` tells it.

#![expect(clippy::print_stdout, reason = "a bench prints its numbers")]

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use kernel_gate::report::{
    self, Report, TableStyle, write_csv, write_github, write_html, write_json, write_junit,
    write_markdown, write_roofline, write_sarif, write_table,
};

/// Cases of the report.
const CASES: usize = 10_000;

/// Times that each form is written.
const REPEATS: usize = 7;

type Writer = fn(&Report, &mut dyn Write) -> io::Result<()>;

const FORMS: [(&str, Writer); 9] = [
    ("table", table),
    ("json", write_json),
    ("junit", write_junit),
    ("markdown", write_markdown),
    ("csv", write_csv),
    ("sarif", write_sarif),
    ("github", write_github),
    ("html", write_html),
    ("roofline", write_roofline),
];

fn table(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let style = TableStyle {
        width: Some(120),
        color: false,
        verbosity: 0,
    };
    write_table(report, &style, out)
}

/// A report of so many cases.
fn large(cases: usize) -> Report {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/report.example.json");
    let text = fs::read_to_string(path).expect("the example is there");
    let mut report: Report = serde_json::from_str(&text).expect("the example is a report");
    let few = std::mem::take(&mut report.cases);
    for (number, case) in few.iter().cycle().take(cases).enumerate() {
        let mut case = case.clone();
        case.id.0 = case.id.0.replacen('[', &format!("[case={number},"), 1);
        case.place.line = number + 1;
        report.cases.push(case);
    }
    report
}

/// Peak of resident memory so far, in MB.
fn peak() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

fn main() {
    let report = large(CASES);
    println!("{CASES} cases: {}", report::summary(&report));
    let mut all = [Duration::ZERO; REPEATS];
    for (name, write) in FORMS {
        let mut size = 0;
        let mut times = Vec::with_capacity(REPEATS);
        for all in &mut all {
            let mut out = Vec::new();
            let begin = Instant::now();
            write(&report, &mut out).expect("writes to memory");
            let took = begin.elapsed();
            times.push(took);
            *all += took;
            size = out.len();
        }
        println!("{name:10} {} {:6.2} MB", spread(times), size as f64 / 1e6);
    }
    let peak = peak().map_or("unknown".to_owned(), |mb| format!("{mb:.0} MB"));
    println!("all        {}, peak of memory {peak}", spread(all.to_vec()));
}

/// The median of times, with the least and the most.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let [least, median, most] =
        [0, times.len() / 2, times.len() - 1].map(|at| times[at].as_secs_f64() * 1e3);
    format!("{median:7.1} ms ({least:.1} to {most:.1})")
}
