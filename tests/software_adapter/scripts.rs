//! The scripts that measure the gate itself, on a real device: what they count
//! was judged.

use std::path::Path;
use std::process::Command;

use crate::{ended, turn};

#[test]
fn pairs_are_counted_where_they_were_judged() {
    let _turn = turn();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/pairs.sh");
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let pairs = |more: &[&str]| {
        ended(
            Command::new("bash")
                .arg(&script)
                .args(["1", env!("CARGO_BIN_EXE_gate")])
                .args(more)
                .env("LOG", &log)
                .env("FIRST", "7"),
        )
    };

    let (code, said) = pairs(&["--rounds", "3", "--time", "1ms"]);
    assert_eq!(code, Some(0), "{said}");
    for line in ["false alarms, of suites of six", "slower by 5 %"] {
        assert!(said.contains(line), "{said}");
    }
    let checks = std::fs::read_to_string(&log).expect("a log");
    let kinds: Vec<&str> = checks
        .lines()
        .map(|line| line.split(" slower=").next().expect("a part"))
        .collect();
    assert_eq!(kinds, ["7 slowed=none", "7 slowed=2"], "{checks}");

    // Nothing judged, nothing counted.
    let (code, said) = pairs(&["--device", "none of these"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("seed 7: exit 2"), "{said}");
    assert!(!said.contains("false alarms"), "{said}");
}
