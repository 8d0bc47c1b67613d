//! A plan measured in parts and judged as one.

use serde_json::{Value, json};

use crate::against;
use crate::project::{BASELINE, Project, Told, case, reported, verdict};

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

/// Measures one part; gives its file.
fn part(project: &Project, k: u32, of: u32, more: &[&str]) -> String {
    let file = format!("part-{k}-of-{of}.json");
    let (name, report) = (format!("hash:{k}/{of}"), format!("json={file}"));
    let own = ["--partition", &name, "--report", &report];
    let told = project.check(&[&own, more].concat());
    assert!(
        matches!(told.code, Some(0 | 1 | 3 | 4)),
        "{}{}",
        told.out,
        told.err
    );
    file
}

/// The reports of all parts, measured one after the other.
fn parts(project: &Project, of: u32, more: &[&str]) -> Vec<String> {
    (1..=of).map(|k| part(project, k, of, more)).collect()
}

fn merge(project: &Project, files: &[String], more: &[&str]) -> Told {
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    project.run(&[&["merge"], files.as_slice(), more].concat())
}

/// The merged report.
#[track_caller]
fn merged(project: &Project, files: &[String], code: i32) -> Value {
    let told = merge(project, files, &["--format", "json"]);
    serde_json::from_str(&told.exits(code).out).expect("JSON")
}

/// What does not depend on how long anything took.
#[track_caller]
fn same(merged: &Value, whole: &Value) {
    for key in [
        "command",
        "suites",
        "classes",
        "confidence",
        "seed",
        "rounds",
        "filtered",
        "left_out",
        "tally",
        "against",
        "exit",
        "interrupted",
        "cases",
    ] {
        assert_eq!(merged[key], whole[key], "{key}");
    }
    assert_eq!(merged["part"], Value::Null);
}

fn notes(report: &Value) -> Vec<&str> {
    let notes = report["notes"].as_array().expect("notes");
    notes
        .iter()
        .map(|note| note.as_str().expect("a note"))
        .collect()
}

#[test]
fn parts_judged_as_one_are_what_the_whole_is() {
    let project = project();
    let (whole, code) = project.report("check", &[]);
    assert_eq!(code, Some(1));
    assert_eq!(verdict(&whole, 66), "slower");
    for of in [1, 2, 3] {
        let files = parts(&project, of, &[]);
        let report = merged(&project, &files, 1);
        same(&report, &whole);
        let mut backwards = files.clone();
        backwards.reverse();
        assert_eq!(
            merged(&project, &backwards, 1),
            report,
            "the order of the files means nothing"
        );
    }
}

/// Where processes scatter, cases get their rounds one look after the other,
/// decisions fall at different looks, and doubt stays.
#[test]
fn what_is_decided_look_by_look_is_so_again() {
    let project = project();
    project.cases(&json!([
        {"match": "n=66]", "times": [10_700], "offset": 0.01},
        {"match": "n=67]", "times": [10_500], "offset": 0.03},
        {"offset": 0.006},
    ]));
    let check = |file: &str, more: &[&str]| {
        let report = format!("json={file}");
        let fixed = ["check", "--replay", "device.json", "--seed", "1"];
        let own = ["--rounds", "3..8", "--report", &report];
        project.run(&[&fixed[..], &own, more].concat());
        file.to_owned()
    };
    check("whole.json", &[]);
    let whole: Value = serde_json::from_str(&project.read("whole.json")).expect("JSON");
    let files = [
        check("a.json", &["--partition", "hash:1/2"]),
        check("b.json", &["--partition", "hash:2/2"]),
    ];
    let report = merged(&project, &files, 1);
    assert_eq!(verdict(&report, 66), "slower");
    assert_eq!(verdict(&report, 67), "undecided");
    let looks = |n| {
        let looks = reported(&report, n)["reasoning"]["looks"].as_array();
        looks.map_or(0, Vec::len)
    };
    assert_eq!((looks(64), looks(66), looks(67)), (1, 6, 6));
    // So few cases know as much of noise as all of them here: no part ended a
    // case at another look than the whole.
    same(&report, &whole);
}

/// A part's own interval is as wide as among all cases of the plan.
#[test]
fn a_part_shares_the_confidence_of_all() {
    let project = project();
    let (alone, _) = project.report("check", &["--filter", "*n=66]*"]);
    let (report, part) = (1..=3)
        .map(|k| {
            let name = format!("hash:{k}/3");
            project.report("check", &["--partition", &name]).0
        })
        .map(|report| (report.clone(), report["part"].clone()))
        .find(|(report, _)| report["cases"].to_string().contains("n=66]"))
        .expect("is in one of them");
    assert_eq!(part["shares"], 8);
    assert_eq!(part["plan"].as_array().map(Vec::len), Some(8));
    let low = |report: &Value| {
        let change = &reported(report, 66)["evidence"]["baseline"]["change"];
        change["low"].as_f64().expect("a number")
    };
    assert!(low(&report) < low(&alone), "more cases, wider intervals");
}

/// More parts than cases: a part without a case is no failure, and is needed
/// all the same.
#[test]
fn an_empty_part_is_a_part() {
    let project = project();
    let of = 40;
    let files = parts(&project, of, &[]);
    let empty = (1..=of).find(|k| {
        let report: Value =
            serde_json::from_str(&project.read(&files[*k as usize - 1])).expect("JSON");
        report["cases"].as_array().is_some_and(Vec::is_empty)
    });
    let name = format!("hash:{}/{of}", empty.expect("40 parts of eight cases"));
    project
        .check(&["--partition", &name])
        .exits(0)
        .says("0 of the plan's 8 cases, at a confidence shared by all; `gate merge`")
        .says("no cases in")
        .says("exit 0 (an empty part)");
    merge(&project, &files, &[])
        .exits(1)
        .says("7 passed, 1 slower");
    let missing = empty.expect("found") as usize - 1;
    let mut some = files.clone();
    some.remove(missing);
    merge(&project, &some, &[])
        .exits(2)
        .complains(&format!("part {} of {of} is missing", missing + 1));
}

#[test]
fn parts_that_are_missing_or_there_twice_are_named() {
    let project = project();
    let files = parts(&project, 3, &[]);
    merge(&project, &files[..1], &[])
        .exits(2)
        .complains("error: of 3 parts these are missing: 2, 3");
    merge(&project, &[&files[..], &files[1..2]].concat(), &[])
        .exits(2)
        .complains("error: part 2 of 3 is there twice: part-2-of-3.json and part-2-of-3.json");
    let other = part(&project, 2, 2, &[]);
    merge(&project, &[files[0].clone(), other], &[])
        .exits(2)
        .complains("part-2-of-2.json is a part of another plan than part-1-of-3.json:\n  number of parts: 2 and 3");
}

/// All that must be the same in all parts: what differs is named, and between
/// which files.
#[test]
fn parts_of_other_plans_are_refused_with_what_differs() {
    let project = project();
    let one = part(&project, 1, 2, &[]);
    let refused = |more: &[&str], what: &str| {
        let two = part(&project, 2, 2, more);
        merge(&project, &[one.clone(), two], &[])
            .exits(2)
            .complains("error: part-2-of-2.json is a part of another plan than part-1-of-2.json:\n")
            .complains(what);
    };
    refused(&["--filter", "*n=6*"], "\n  --filter: *n=6* and none\n");
    refused(&["--exclude", "*n=6*"], "\n  --exclude: *n=6* and none\n");
    refused(
        &["--filter", "*n=6*"],
        "\n  cases that run: 6 and 8; the first that differs is nothing and `demo/copy[n=128]@workgroup=64`",
    );
    refused(
        &["--allow", "ungated,lost"],
        "\n  suite demo: policy: --timing gate --allow ungated,lost and --timing gate\n",
    );
    refused(
        &["--timing", "advisory"],
        "policy: --timing advisory and --timing gate",
    );
    refused(
        &["--require-baseline"],
        "policy: --timing gate --require-baseline and --timing gate",
    );
    refused(
        &["--time", "7ms"],
        "\n  suite demo: its limits (--rounds, --time, --budget)\n",
    );
    let seed = |seed: &str| {
        let fixed = ["check", "--replay", "device.json", "--rounds", "4"];
        let own = [
            "--partition",
            "hash:2/2",
            "--report",
            "json=part-2-of-2.json",
        ];
        project.run(&[&fixed[..], &own, &["--seed", seed]].concat())
    };
    seed("2");
    merge(&project, &[one.clone(), "part-2-of-2.json".into()], &[])
        .exits(2)
        .complains("\n  --seed: 2 and 1\n");
    project.replace("templates/copy.wgsl.j2", "id.x < p", "id.x <= p");
    refused(&[], "\n  suite demo: its WGSL\n");
    project.replace("templates/copy.wgsl.j2", "id.x <= p", "id.x < p");
    project.replace("specs/demo.yaml", "normal(0, 1)", "normal(0, 2)");
    refused(&[], "\n  suite demo: what its spec says of its cases\n");
    project.replace("specs/demo.yaml", "normal(0, 2)", "normal(0, 1)");
    project.script(&json!({"adapter": "Other"}));
    refused(
        &["--baselines", "baselines"],
        "\n  device: Other (discrete, replay) and Replay (discrete, replay)\n",
    );
    project.script(&json!({}));
    project.update(&["--filter", "*n=64]*"]).exits(0);
    refused(
        &[],
        "\n  suite demo: the baselines that it is compared with\n",
    );
}

/// Nothing about where a spec stands is in its digest.
#[test]
fn a_remark_in_a_spec_makes_no_other_plan() {
    let project = project();
    let one = part(&project, 1, 2, &[]);
    project.replace("specs/demo.yaml", "kernels:\n", "# all of them\nkernels:\n");
    let two = part(&project, 2, 2, &[]);
    merge(&project, &[one, two], &[]).exits(1);
}

#[test]
fn what_is_no_part_is_told_with_its_place_and_cure() {
    let project = project();
    let files = parts(&project, 2, &[]);
    let refused = |file: &str, what: &str| {
        merge(&project, &[files[0].clone(), file.to_owned()], &[])
            .exits(2)
            .complains(&format!("error: {file}"))
            .complains(what);
    };
    project.check(&["--report", "json=whole.json"]).exits(1);
    refused(
        "whole.json",
        ": it is of a whole plan, and of no part; `gate check --partition",
    );
    project.write("bad.json", "{\n  \"format\": }");
    refused("bad.json", "bad.json:2:13: it is no report of this gate (");
    project.write("other.json", "[1, 2]");
    refused("other.json", ": it is no report of the gate;");
    refused("none.json", ": No such file or directory");
    project.write("bytes.json", [0xff, 0xfe]);
    refused("bytes.json", "UTF-8");

    let text = project.read(&files[1]);
    project.write("cut.json", &text[..text.len() / 2]);
    refused("cut.json", ": it is cut short (EOF while parsing");
    let changed = |file: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        project.write(file, text.replacen(from, to, 1));
    };
    changed("newer.json", "\"format\": 1", "\"format\": 2");
    refused(
        "newer.json",
        ": it is of format 2, which a newer gate writes, and this one reads up to 1",
    );
    let gate = format!("\"gate\": \"{}\"", env!("CARGO_PKG_VERSION"));
    changed("gate.json", &gate, "\"gate\": \"99.0.0\"");
    refused("gate.json", ": gate 99.0.0 wrote it, and this is ");
    for (from, to) in [
        ("\"batch\": 1", "\"batch\": 2"),
        ("\"verdict\": \"pass\"", "\"verdict\": \"slower\""),
        ("\"exit\": ", "\"more\": 1,\n  \"exit\": "),
    ] {
        changed("edited.json", from, to);
        refused("edited.json", ": it was changed since it was written");
    }
    // Spaces mean nothing.
    let value: Value = serde_json::from_str(&text).expect("JSON");
    project.write("compact.json", value.to_string());
    merge(&project, &[files[0].clone(), "compact.json".into()], &[]).exits(1);
}

/// A part that was killed: the report that it left behind says so.
#[cfg(target_os = "linux")]
#[test]
fn a_part_that_crashed_half_way_is_told_as_such() {
    use crate::process::Running;
    let project = project();
    let first = part(&project, 1, 2, &[]);
    project.cases(&json!([{"rounds": [1], "behaviour": {"hangs": "sample"}}]));
    let own = ["--partition", "hash:2/2", "--report", "json=killed.json"];
    let fixed = ["--seed", "1", "--rounds", "4"];
    let mut gate = Running::start(&project, "check", &[&own[..], &fixed].concat());
    gate.until_round(1);
    gate.signal("KILL");
    gate.end();
    merge(&project, &[first, "killed.json".into()], &[])
        .exits(2)
        .complains("error: killed.json: part 2 of 2 did not come to its end: it was interrupted, or crashed, with ")
        .complains("; measure it again");
}

#[test]
fn all_mistakes_are_told_at_once() {
    let project = project();
    let files = parts(&project, 2, &[]);
    project.write("bad.json", "{");
    let told = merge(
        &project,
        &[files[0].clone(), "bad.json".into(), "none.json".into()],
        &[],
    );
    told.exits(2)
        .complains("error: bad.json:1:1: it is cut short")
        .complains("\nerror: none.json: ");
}

/// Of one kind and not the same: compared, and said.
#[test]
fn machines_of_one_kind_may_differ_and_that_is_said() {
    let project = Project::new();
    project.script(&json!({"kind": "cpu", "adapter": "llvmpipe (8)", "cpu": "Xeon"}));
    let one = part(&project, 1, 2, &[]);
    project.script(&json!({
        "kind": "cpu", "adapter": "llvmpipe (16)", "cpu": "EPYC", "driver_info": "2.0",
        "ceilings": {"copy": 1e12, "read": 1e12, "fma_f32": 1e13, "fma_f16": null,
            "cooperative_matrix": null, "launch": 3500.0, "cache": null},
    }));
    let two = part(&project, 2, 2, &[]);
    let report = merged(&project, &[one, two], 0);
    let said = notes(&report).join("\n");
    for what in [
        "machines of other adapters: `llvmpipe (16)` (part 2), `llvmpipe (8)` (part 1)",
        "machines of other drivers: `script 1.0` (part 1), `script 2.0` (part 2)",
        "machines of other CPUs: `EPYC` (part 2), `Xeon` (part 1)",
        "each part measured its device's ceilings",
    ] {
        assert!(said.contains(what), "{what} in {said}");
    }
}

/// What one part alone cannot know: whether anything was judged, and whether a
/// case of the baseline has vanished.
#[test]
fn what_is_about_the_whole_is_judged_by_merging() {
    let project = project();
    project.replace("specs/demo.yaml", "67, 68, 69", "67, 68");
    let files = parts(&project, 3, &[]);
    for file in &files {
        let report: Value = serde_json::from_str(&project.read(file)).expect("JSON");
        assert_eq!(report["left_out"], json!([]), "{file}");
    }
    let report = merged(&project, &files, 1);
    assert_eq!(report["left_out"][0]["id"], case(69));
    same(&report, &project.report("check", &[]).0);

    project.cases(&json!([{"behaviour": {"crashes": "prepare"}}]));
    let files = parts(&project, 2, &["--allow", "lost"]);
    merge(&project, &files, &[]).exits(6).says("7 lost");
    project.check(&["--allow", "lost"]).exits(6);
}

/// The candidates of a search are compared with each other.
#[test]
fn the_candidates_of_a_search_stay_together() {
    let project = Project::slip(
        "    variants: {workgroup: [64]}\n",
        "    variants: {workgroup: [32, 64, 128]}\n    tune: {workgroup: [32, 64, 128]}\n",
    );
    let (report, _) = project.report("check", &["--partition", "hash:1/5"]);
    let plan = report["part"]["plan"].as_array().expect("a plan").clone();
    assert_eq!(plan.len(), 9);
    for n in [64, 128, 256] {
        let shape = format!("[n={n}]");
        let mut parts: Vec<&Value> = plan
            .iter()
            .filter(|case| case["id"].as_str().is_some_and(|id| id.contains(&shape)))
            .map(|case| &case["part"])
            .collect();
        assert_eq!(parts.len(), 3);
        parts.dedup();
        assert_eq!(parts.len(), 1, "{plan:?}");
    }
}

/// One's own changes, judged pairwise against a revision.
#[test]
fn pairs_are_merged_like_anything_else() {
    let project = against::committed();
    project.replace("templates/copy.wgsl.j2", "// old", "// new");
    project.cases(&json!([
        {"wgsl": "// old", "times": [10_000]},
        {"match": "n=128]", "times": [12_000]},
        {"times": [10_000]}
    ]));
    let (whole, code) = against::against(&project, &[]);
    assert_eq!(code, Some(1));
    let files = parts(&project, 2, &["--against", "HEAD"]);
    let report = merged(&project, &files, 1);
    same(&report, &whole);
    assert_eq!(report["against"]["changed"], 3);
    assert_eq!(against::verdict(&report, 128), "slower");
    // Another commit is another plan, though its kernels are the same.
    project.write("README.md", "more");
    against::commit(&project);
    project.replace("templates/copy.wgsl.j2", "// new", "// old");
    against::commit(&project);
    project.replace("templates/copy.wgsl.j2", "// old", "// new");
    let two = part(&project, 2, 2, &["--against", "HEAD"]);
    merge(&project, &[files[0].clone(), two], &[])
        .exits(2)
        .complains("\n  revision of --against: ");
}

/// Without a seed all parts draw the same one, from the kernels themselves.
#[test]
fn parts_agree_on_a_seed_that_nobody_gave() {
    let project = project();
    let seed_of = |name: &str| {
        let fixed = ["check", "--replay", "device.json", "--rounds", "4"];
        let told = project.run(&[&fixed[..], &["--partition", name, "--format", "json"]].concat());
        let report: Value = serde_json::from_str(&told.out).expect("JSON");
        report["seed"].clone()
    };
    assert_eq!(seed_of("hash:1/2"), seed_of("hash:2/2"));
    let before = seed_of("hash:1/2");
    project.replace("templates/copy.wgsl.j2", "id.x < p", "id.x <= p");
    assert_ne!(seed_of("hash:1/2"), before);
}

/// Every form of a report, from a folder as artifacts are downloaded; and
/// `gate explain` knows the merged one.
#[test]
fn a_merged_report_is_a_report_like_any_other() {
    let project = project();
    for (k, file) in parts(&project, 2, &[]).iter().enumerate() {
        project.write(&format!("parts/part-{k}/gate.json"), project.read(file));
    }
    let formats = [
        "json", "junit", "markdown", "csv", "sarif", "github", "html", "roofline",
    ];
    let reports: Vec<String> = formats
        .iter()
        .flat_map(|format| ["--report".to_owned(), format!("{format}=out/gate.{format}")])
        .collect();
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    let told = merge(&project, &["parts".to_owned()], &reports);
    insta::assert_snapshot!(told.exits(1).out);
    for format in formats {
        let text = project.read(&format!("out/gate.{format}"));
        assert!(!text.is_empty(), "{format}");
        if !matches!(format, "roofline") {
            assert!(text.contains("n=66]") || format == "html", "{format}");
        }
    }
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/report.schema.json");
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(schema).expect("a file")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("the schema is one");
    for file in ["part-1-of-2.json", "out/gate.json"] {
        let report: Value = serde_json::from_str(&project.read(file)).expect("JSON");
        let errors: Vec<String> = schema
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, [""; 0], "{file}");
    }
    project
        .run(&["explain"])
        .exits(0)
        .says(&case(66))
        .says("slower than the baseline");
    // A page shows how its cases moved, wherever their baselines lie.
    let recordings = |file: &str| {
        let report: Value = serde_json::from_str(&project.read(file)).expect("JSON");
        report["cases"][0]["history"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(recordings("out/gate.json"), 1);
    std::fs::rename(project.path("baselines"), project.path("elsewhere")).expect("moved");
    merge(&project, &["parts".to_owned()], &reports).exits(1);
    assert_eq!(recordings("out/gate.json"), 0);
    let there = [&["--baselines", "elsewhere"], reports.as_slice()].concat();
    merge(&project, &["parts".to_owned()], &there).exits(1);
    assert_eq!(recordings("out/gate.json"), 1);
    project.write("gate.toml", "baselines = \"elsewhere\"\n");
    merge(&project, &["parts".to_owned()], &reports).exits(1);
    assert_eq!(recordings("out/gate.json"), 1);
    project.write("empty/readme.txt", "");
    merge(&project, &["empty".to_owned()], &[])
        .exits(2)
        .complains("empty: there is no JSON file in this folder");
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
    assert!(!project.path(BASELINE).exists());
}
