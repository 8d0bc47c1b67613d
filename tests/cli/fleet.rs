//! A plan measured in parts and judged as one.

use serde_json::{Value, json};

use crate::project::{Project, Told, case, verdict};

/// A project with eight cases and a baseline; one case is slower now.
fn project() -> Project {
    let project = Project::slip(
        "  - {kernel: copy, name: tiny, shape: {n: 64}, expect: {any-gpu: \"< 1 ms\"}}\n",
        "  - {kernel: copy, sweep: {n: [64, 65, 66, 67, 68, 69]}, expect: {any-gpu: \"< 1 ms\"}}\n",
    );
    project.script(&json!({}));
    project.update(&[]).exits(0);
    project.cases(&json!([{"match": "n=66]", "times": [15_000]}]));
    project
}

/// The reports of all parts, measured one after the other.
fn parts(project: &Project, of: u32) -> Vec<String> {
    (1..=of)
        .map(|part| {
            let file = format!("part-{part}-of-{of}.json");
            let told = project.check(&[
                "--partition",
                &format!("hash:{part}/{of}"),
                "--report",
                &format!("json={file}"),
            ]);
            assert!(matches!(told.code, Some(0 | 1)), "{}{}", told.out, told.err);
            file
        })
        .collect()
}

fn merge(project: &Project, files: &[String], more: &[&str]) -> Told {
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    project.run(&[&["merge"], files.as_slice(), more].concat())
}

#[test]
fn parts_judged_as_one_are_what_the_whole_is() {
    let project = project();
    let (whole, code) = project.report("check", &[]);
    assert_eq!(code, Some(1));
    assert_eq!(verdict(&whole, 66), "slower");
    for of in [1, 2, 3] {
        let files = parts(&project, of);
        let told = merge(&project, &files, &["--format", "json"]);
        let merged: Value = serde_json::from_str(&told.exits(1).out).expect("JSON");
        for part in ["cases", "left_out", "tally", "exit", "confidence", "suites"] {
            assert_eq!(merged[part], whole[part], "{part} of {of}");
        }
        assert_eq!(merged["part"], Value::Null);
        let mut backwards = files.clone();
        backwards.reverse();
        assert_eq!(
            merge(&project, &backwards, &["--format", "json"]).out,
            told.out,
            "the order of the files means nothing"
        );
    }
}

/// A part's own interval is as wide as among all cases of the plan.
#[test]
fn a_part_shares_the_confidence_of_all() {
    let project = project();
    let (alone, _) = project.report("check", &["--filter", "*n=66]*"]);
    let (of, part) = (1..=3)
        .map(|part| {
            let name = format!("hash:{part}/3");
            project.report("check", &["--partition", &name]).0
        })
        .map(|report| (report["part"]["cases"].clone(), report))
        .find(|(_, report)| report["cases"].to_string().contains("n=66]"))
        .expect("is in one of them");
    assert_eq!(of, 8);
    let low = |report: &Value| {
        let cases = report["cases"].as_array().expect("cases");
        let found = cases.iter().find(|one| one["id"] == *case(66));
        let change = &found.expect("is there")["evidence"]["baseline"]["change"];
        change["low"].as_f64().expect("a number")
    };
    assert!(low(&part) < low(&alone), "more cases, wider intervals");
}

/// More parts than cases: a part without a case is no failure.
#[test]
fn an_empty_part_is_a_part() {
    let project = project();
    let files = parts(&project, 40);
    merge(&project, &files, &[])
        .exits(1)
        .says("7 passed, 1 slower");
}

#[test]
fn what_are_not_all_parts_of_one_plan_is_2() {
    let project = project();
    let files = parts(&project, 2);
    let two = files.join(" ");
    assert_eq!(two, "part-1-of-2.json part-2-of-2.json");
    merge(&project, &files[..1], &[])
        .exits(2)
        .complains("of 2 parts these are missing: 2");
    let doubled = [&files[..], &files[1..]].concat();
    merge(&project, &doubled, &[])
        .exits(2)
        .complains("part 2 of 2 is there twice: part-2-of-2.json and part-2-of-2.json");
    let three = parts(&project, 3);
    merge(&project, &[&files[..1], &three[1..2]].concat(), &[])
        .exits(2)
        .complains("part-2-of-3.json: is a part of another plan than part-1-of-2.json");
    project.check(&["--report", "json=whole.json"]).exits(1);
    merge(&project, &["whole.json".into()], &[])
        .exits(2)
        .complains("whole.json: is of a whole plan and no part");
    project.write("bad.json", "{\n  \"format\": }");
    merge(&project, &["bad.json".into()], &[])
        .exits(2)
        .complains("bad.json: is no report: ")
        .complains("line 2 column");
    merge(&project, &["none.json".into()], &[])
        .exits(2)
        .complains("none.json: ");
    let text = project.read(&files[1]);
    let cut = text.replace("\"interrupted\": false", "\"interrupted\": true");
    assert_ne!(text, cut);
    project.write("cut.json", cut);
    merge(&project, &[files[0].clone(), "cut.json".into()], &[])
        .exits(2)
        .complains("cut.json: is of a part that was interrupted");
}

/// Measured against other baselines: not the same plan.
#[test]
fn parts_of_other_baselines_do_not_belong_together() {
    let project = project();
    let files = parts(&project, 2);
    project.update(&["--filter", "*n=64]*"]).exits(0);
    let after = project.check(&["--partition", "hash:2/2", "--report", "json=after.json"]);
    assert!(matches!(after.code, Some(0 | 1)), "{}", after.err);
    merge(&project, &[files[0].clone(), "after.json".into()], &[])
        .exits(2)
        .complains("is a part of another plan");
}

#[test]
fn a_part_is_written_as_hash_k_of_n() {
    let project = Project::new();
    for bad in ["1/2", "hash:0/2", "hash:3/2", "hash:a/b"] {
        project
            .check(&["--partition", bad])
            .exits(2)
            .complains("write `hash:2/3`");
    }
}
