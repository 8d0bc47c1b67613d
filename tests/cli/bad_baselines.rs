//! Baselines that cannot be used: exit 2, and they are left as they are.

use serde_json::json;

use crate::project::{BASELINE, Project};

/// Damages a good file, and gives what is said of it by a check and by an
/// update alike.
fn damaged(file: &str, damage: impl FnOnce(String) -> String) -> String {
    let project = Project::new();
    project.update(&[]).exits(0);
    project.write(file, damage(project.read(file)));
    let before = project.tree();
    let checked = project.check(&[]);
    checked.exits(2);
    let updated = project.update(&[]);
    updated.exits(2);
    project.update(&["--append"]).exits(2);
    assert_eq!(project.tree(), before, "never overwritten");
    assert_eq!(checked.err, updated.err);
    assert_eq!(checked.out, "");
    checked
        .err
        .lines()
        .filter(|line| !line.starts_with("Replay ("))
        .collect::<Vec<_>>()
        .join("\n")
}

fn replaced(from: &'static str, to: &'static str) -> impl FnOnce(String) -> String {
    move |text| {
        assert!(text.contains(from), "`{from}` stands there");
        text.replacen(from, to, 1)
    }
}

#[test]
fn baselines_that_cannot_be_read_are_told_with_their_cure() {
    let mut told = String::new();
    let mut tell = |what: &str, said: String| told.push_str(&format!("{what}\n    {said}\n"));
    tell("empty", damaged(BASELINE, |_| String::new()));
    tell(
        "truncated",
        damaged(BASELINE, |text| {
            let case = text.find("\"demo/copy[n=128]").expect("a case");
            text[..case + 12].to_owned()
        }),
    );
    tell(
        "without its last line",
        damaged(BASELINE, |text| {
            text.trim_end().trim_end_matches('}').to_owned()
        }),
    );
    tell("no JSON", damaged(BASELINE, |_| "times: [1, 2]".to_owned()));
    tell(
        "newer",
        damaged(BASELINE, replaced("\"format\": 2", "\"format\": 3")),
    );
    tell(
        "of another device",
        damaged(
            BASELINE,
            replaced("\"device\": \"replay-replay\"", "\"device\": \"h100\""),
        ),
    );
    tell(
        "of another suite",
        damaged(
            BASELINE,
            replaced("\"suite\": \"demo\"", "\"suite\": \"moe\""),
        ),
    );
    tell(
        "a time below zero",
        damaged(BASELINE, replaced("\"times\":[", "\"times\":[-")),
    );
    tell(
        "a time too many",
        damaged(BASELINE, replaced("\"times\":[", "\"times\":[1.0,")),
    );
    tell(
        "a time changed by hand",
        damaged(BASELINE, replaced("\"times\":[", "\"times\":[9")),
    );
    tell(
        "a ceiling changed by hand",
        damaged(
            "baselines/replay-replay/device.json",
            replaced("\"copy\":", "\"copy\":1"),
        ),
    );
    tell(
        "a recording that is not there",
        damaged(BASELINE, replaced("\"recording\":1", "\"recording\":7")),
    );
    tell(
        "an unknown field",
        damaged(BASELINE, replaced("\"batch\":1", "\"batch\":1,\"note\":2")),
    );
    tell(
        "a case twice",
        damaged(BASELINE, |text| {
            let line = text
                .lines()
                .find(|line| line.contains("[n=64]"))
                .expect("a case");
            text.replacen(
                "\"cases\": {\n",
                &format!("\"cases\": {{\n{},\n", line.trim_end_matches(',')),
                1,
            )
        }),
    );
    tell(
        "ceilings by hand",
        damaged(
            "baselines/replay-replay/device.json",
            replaced("\"copy\":", "\"kopy\":"),
        ),
    );
    insta::assert_snapshot!(told);
}

#[test]
fn one_unreadable_suite_stops_the_update_of_all() {
    let project = Project::new();
    let other = project
        .read("specs/demo.yaml")
        .replace("suite: demo", "suite: other");
    project.write("specs/other.yaml", other);
    project.update(&[]).exits(0);
    project.write("baselines/replay-replay/other.json", "{");
    let before = project.tree();
    project.update(&[]).exits(2).complains("other.json:1:");
    assert_eq!(project.tree(), before);
    // What does not need the file does not read it.
    project.check(&["specs/demo.yaml"]).exits(0);
}

#[test]
fn another_devices_unreadable_file_is_no_concern() {
    let project = Project::new();
    project.update(&[]).exits(0);
    project.write(BASELINE, "{");
    project.script(&json!({"adapter": "Other GPU"}));
    project.check(&[]).exits(0);
}
