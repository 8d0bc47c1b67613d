//! Which revision is meant, and how what stands there is read.

use std::path::Path;

use crate::against::{against, commit, committed, git_in, reason, state, verdict};
use crate::project::{Project, SPEC, TEMPLATE};

#[test]
fn other_ends_of_lines_are_no_change() {
    let project = committed();
    let text = project.read("templates/copy.wgsl.j2");
    project.write("templates/copy.wgsl.j2", text.replace('\n', "\r\n"));
    let (report, _) = against(&project, &[]);
    assert_eq!(state(&report, 64), "unchanged");
}

#[test]
fn a_revision_without_the_spec_has_none_of_its_cases() {
    let project = committed();
    project.write(
        "specs/other.yaml",
        SPEC.replace("suite: demo", "suite: other"),
    );
    let (report, code) = project.report("check", &["specs/other.yaml", "--against", "HEAD"]);
    assert_eq!(code, Some(0));
    assert_eq!(report["against"]["added"].as_array().map(Vec::len), Some(3));
    // Of the folder, the other spec's are unchanged.
    let (report, _) = against(&project, &[]);
    assert_eq!(report["against"]["unchanged"], 3);
    assert_eq!(report["against"]["added"].as_array().map(Vec::len), Some(3));
}

#[test]
fn mistakes_at_the_revision_are_told_and_are_not_this_sides() {
    for (file, from, to, says) in [
        (
            "specs/demo.yaml",
            "kernel: copy, name",
            "kernel: cppy, name",
            "specs/demo.yaml:15",
        ),
        (
            "templates/copy.wgsl.j2",
            "fn main",
            "fn main(",
            "templates/copy.wgsl.j2",
        ),
    ] {
        let project = committed();
        let good = project.read(file);
        project.replace(file, from, to);
        commit(&project);
        project.write(file, good);
        let (report, code) = against(&project, &[]);
        assert_eq!(code, Some(0));
        assert_eq!(
            (state(&report, 64), verdict(&report, 64)),
            ("unusable", "pass-by-range")
        );
        let why = reason(&report, 64);
        assert!(why.contains(says) && !why.contains("/tmp/"), "{why}");
    }
}

/// A link in the revision may lead anywhere; nothing outside of its own tree
/// is read.
#[test]
fn links_of_the_revision_do_not_lead_out_of_it() {
    let project = committed();
    let outside = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(outside.path(), TEMPLATE).expect("written");
    let good = project.read("templates/copy.wgsl.j2");
    for target in [outside.path(), Path::new("../../../../../../etc/hostname")] {
        project.link("templates/copy.wgsl.j2", target);
        commit(&project);
        std::fs::remove_file(project.path("templates/copy.wgsl.j2")).expect("removed");
        project.write("templates/copy.wgsl.j2", &good);
        let (report, code) = against(&project, &[]);
        assert_eq!(
            (code, state(&report, 64)),
            (Some(0), "unusable"),
            "{target:?}"
        );
    }
    // One that stays below the root is followed.
    project.write("templates/real.wgsl.j2", good.replace("// old", "// less"));
    project.link("templates/copy.wgsl.j2", Path::new("real.wgsl.j2"));
    commit(&project);
    let (report, _) = against(&project, &[]);
    assert_eq!(state(&report, 64), "unchanged");
}

#[test]
fn any_name_of_a_revision_will_do_and_an_older_one_is_older() {
    let project = committed();
    let folder = project.path("");
    git_in(&folder, &["tag", "v1"]);
    project.replace("templates/copy.wgsl.j2", "// old", "// new");
    commit(&project);
    let hash = git_in(&folder, &["rev-parse", "HEAD~1"]);
    for revision in ["HEAD~1", "main^", "v1", &hash, &hash[..10]] {
        let (report, _) = project.report("check", &["--against", revision]);
        assert_eq!(state(&report, 64), "pass", "{revision}");
        assert_eq!(report["against"]["commit"], hash.as_str());
    }
    let (report, _) = project.report("check", &["--against", "main"]);
    assert_eq!(state(&report, 64), "unchanged");
}

#[test]
fn a_project_may_lie_deep_in_its_repository_and_the_caller_in_the_project() {
    let outer = Project::new();
    let inner = outer.path("tools/kernels");
    std::fs::create_dir_all(&inner).expect("a folder");
    for part in ["gate.toml", "specs", "templates", "device.json"] {
        std::fs::rename(outer.path(part), inner.join(part)).expect("moved");
    }
    git_in(&outer.path(""), &["init", "--quiet"]);
    commit(&outer);
    outer.replace(
        "tools/kernels/templates/copy.wgsl.j2",
        "struct Parameters",
        "// new\nstruct Parameters",
    );
    for (folder, spec) in [
        ("tools/kernels", "specs"),
        ("tools/kernels/specs", "demo.yaml"),
        ("", "tools/kernels/specs"),
    ] {
        let script = inner.join("device.json").display().to_string();
        let arguments = [
            "check",
            spec,
            "--against",
            "HEAD",
            "--replay",
            &script,
            "--rounds",
            "3",
            "--seed",
            "1",
        ];
        let mut gate = outer.gate(&arguments);
        let told = outer.told(gate.current_dir(outer.path(folder)));
        told.exits(0).says("3 changed, 0 unchanged");
    }
}

#[test]
fn without_a_repository_or_a_revision_the_cure_is_told() {
    let project = Project::new();
    let told = project.check(&["--against", "HEAD"]);
    told.exits(2);
    assert!(told.err.contains("is in no git repository"), "{}", told.err);
    assert!(told.err.contains("gate update-baselines"), "{}", told.err);

    let project = committed();
    for (revision, says) in [
        ("mian", "did you mean `main`?"),
        ("no-such", "git knows no commit `no-such`"),
        ("", "is no git revision"),
    ] {
        let told = project.check(&["--against", revision]);
        told.exits(2);
        assert!(told.err.contains(says), "{}", told.err);
    }
    let told = project.check(&["--against=--output=x"]);
    told.exits(2);
    assert!(!project.path("x").exists());
    // A commit that is named in full and is not there.
    let absent = "0123456789abcdef0123456789abcdef01234567";
    project.check(&["--against", absent]).exits(2);
}

#[test]
fn a_shallow_clone_is_told_what_to_fetch() {
    let project = committed();
    project.replace("templates/copy.wgsl.j2", "// old", "// new");
    commit(&project);
    let clone = Project::new();
    let from = format!("file://{}", project.path("").display());
    let to = clone.path("clone").display().to_string();
    git_in(
        &clone.path(""),
        &["clone", "--quiet", "--depth=1", &from, &to],
    );
    let script = clone.path("device.json").display().to_string();
    let check = |revision: &str| {
        let arguments = [
            "check",
            "clone/specs",
            "--against",
            revision,
            "--replay",
            &script,
            "--rounds",
            "3",
        ];
        clone.run(&arguments)
    };
    for (revision, says) in [
        ("HEAD~1", "git fetch --deepen=100"),
        (
            "origin/next",
            "git fetch --depth=1 origin next:refs/remotes/origin/next",
        ),
    ] {
        let told = check(revision);
        told.exits(2);
        assert!(told.err.contains("this clone is shallow"), "{}", told.err);
        assert!(told.err.contains(says), "{}", told.err);
    }
    git_in(Path::new(&to), &["fetch", "--quiet", "--deepen=100"]);
    check("HEAD~1").exits(0).says("3 changed");
}
