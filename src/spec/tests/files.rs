//! Which files are read, and which are not.

use super::*;

const SMALL: &str = "gate: 1
suite: SUITE
kernels:
  a: {shader: a.wgsl, outputs: {y: {type: f32, shape: n}}, dispatch: 1, reference: copy}
cases:
  - {kernel: a, shape: {n: 1}}
";

fn small(suite: &str) -> String {
    SMALL.replace("SUITE", suite)
}

fn importing(what: &str) -> String {
    small("s").replace("suite: s\n", &format!("suite: s\nimport: {what}\n"))
}

fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new(files);
    project.write("shaders/a.wgsl", b"// WGSL");
    project
}

#[test]
fn a_folder_stands_for_its_specs_in_alphabetical_order() {
    let project = project(&[
        ("specs/b.yaml", &small("b")),
        ("specs/a.yml", &small("a")),
        ("specs/hardware.yaml", HARDWARE),
        ("specs/notes.txt", "no spec"),
        ("specs/deeper/c.yaml", &small("c")),
    ]);
    let specs = project.read_all(&["specs", "specs/b.yaml"]).expect("valid");
    let suites: Vec<&str> = specs.iter().map(|s| s.suite.value.as_str()).collect();
    assert_eq!(suites, ["a", "b"]);
}

#[test]
fn a_folder_without_a_spec_is_a_mistake() {
    let project = project(&[("specs/hardware.yaml", HARDWARE)]);
    insta::assert_snapshot!(
        project.read_all(&["specs"]).expect_err("no spec"),
        @"specs: no file in this folder is a spec; a spec is a `.yaml` file with a `suite:` and `cases:`; `gate init` starts a project"
    );
}

#[test]
fn a_projects_root_in_place_of_its_specs_is_answered_with_them() {
    let project = project(&[("one/specs/a.yaml", &small("a")), ("two/specs/b.txt", "")]);
    insta::assert_snapshot!(
        project.read_all(&["one"]).expect_err("no spec"),
        @"one: no file in this folder is a spec; this project's specs lie in `one/specs`: name that folder"
    );
    insta::assert_snapshot!(
        project.read_all(&["two"]).expect_err("no spec"),
        @"two: no file in this folder is a spec; a spec is a `.yaml` file with a `suite:` and `cases:`; `gate init` starts a project"
    );
}

#[test]
fn two_specs_of_one_suite_are_a_mistake() {
    let project = project(&[("specs/a.yaml", &small("s")), ("specs/b.yaml", &small("s"))]);
    insta::assert_snapshot!(
        project.read_all(&["specs"]).expect_err("twice"),
        @"specs/b.yaml:2:8: the suite `s` is declared at specs/a.yaml:2:8 already; give one of them another name"
    );
}

#[test]
fn a_file_that_is_missing_is_named() {
    let project = project(&[("specs/moe.yaml", &small("s"))]);
    insta::assert_snapshot!(project.errors("specs/moe.yml"), @"specs/moe.yml: there is no such file");
    insta::assert_snapshot!(project.errors("specs"), @"specs: this is a folder, and a spec is a file");
}

#[test]
fn the_root_is_where_gate_toml_is_or_above_the_specs() {
    let nested = project(&[("specs/gpu/a.yaml", &small("a")), ("gate.toml", "")]);
    let spec = nested.read("specs/gpu/a.yaml").expect("valid");
    assert_eq!(
        spec.root,
        nested.folder.path().canonicalize().expect("exists")
    );

    let plain = Project::new(&[
        ("specs/gpu/a.yaml", &small("a")),
        ("specs/shaders/a.wgsl", ""),
    ]);
    let spec = plain.read("specs/gpu/a.yaml").expect("valid");
    assert_eq!(
        spec.root,
        plain.path("specs").canonicalize().expect("exists")
    );
}

#[test]
fn a_file_imported_twice_is_read_once() {
    let project = project(&[
        ("specs/s.yaml", &importing("[b.yaml, ../common/c.yaml]")),
        ("specs/b.yaml", "import: ../common/c.yaml"),
        ("common/c.yaml", MODELS),
    ]);
    let spec = project
        .read("specs/s.yaml")
        .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(spec.tables.len(), 2);
}

#[test]
fn imports_that_lead_astray_are_mistakes() {
    let outside = Project::new(&[("x.yaml", MODELS)]);
    let absolute = outside.path("x.yaml").display().to_string();
    let up = "../".repeat(40);
    let escape = format!("{up}{}", absolute.trim_start_matches('/'));
    let project = project(&[
        (
            "specs/s.yaml",
            &importing("[modles.yaml, a.yaml, /etc/passwd, '', 7, {}, deeper]"),
        ),
        ("specs/models.yaml", MODELS),
        ("specs/a.yaml", "import: b.yaml"),
        ("specs/b.yaml", "import: [./c.yaml]"),
        ("specs/c.yaml", "import: ../specs/a.yaml"),
        ("specs/deeper/x", ""),
        ("specs/t.yaml", &importing(&escape)),
        ("specs/u.yaml", &importing("v.yaml")),
        ("specs/v.yaml", &small("v")),
    ]);
    insta::assert_snapshot!(project.errors("specs/s.yaml"), @r#"
specs/s.yaml:3:10: there is no `modles.yaml` in `specs`; did you mean `models.yaml`?
specs/s.yaml:3:31: `/etc/passwd` is absolute; write it relative to this file, so that the project can move
specs/s.yaml:3:44: the path is empty; write a file's name
specs/s.yaml:3:48: there is no `7` in `specs`
specs/s.yaml:3:51: `import` names files, and here is an empty map; write it as in `import: [hardware.yaml]`
specs/s.yaml:3:55: `deeper` is no regular file
specs/c.yaml:1:9: these files import each other in a circle: specs/a.yaml -> specs/b.yaml -> specs/c.yaml -> specs/a.yaml; move what they share into a file that imports none of them
"#);
    let text = project.errors("specs/t.yaml");
    let real = outside.folder.path().canonicalize().expect("exists");
    let text = text
        .replace(&real.display().to_string(), "<elsewhere>")
        .replace(&escape, "<up and out>")
        .replace(&escape.chars().take(60).collect::<String>(), "<up and out>");
    insta::assert_snapshot!(text, @"specs/t.yaml:3:9: `<up and out>…` leads to <elsewhere>/x.yaml, outside of the project's root <project>; keep everything below the root, or put a `gate.toml` into the folder that shall be the root");
    insta::assert_snapshot!(project.errors("specs/u.yaml"), @r#"
specs/v.yaml:4:3: kernel `a` is declared at specs/u.yaml:5:3 already; rename or remove one
specs/v.yaml:5:1: an imported file has no cases, for they belong to its own suite; move what both share into a file without `cases`, and import that
"#);
}

#[test]
#[cfg(unix)]
fn links_out_of_the_root_are_mistakes() {
    use std::os::unix::fs::symlink;
    let outside = Project::new(&[("a.wgsl", ""), ("s.yaml", &small("s"))]);
    let project = project(&[
        ("specs/s.yaml", &small("s").replace("a.wgsl", "link.wgsl")),
        ("specs/ok.yaml", &small("s").replace("a.wgsl", "inner.wgsl")),
    ]);
    symlink(outside.path("a.wgsl"), project.path("shaders/link.wgsl")).expect("links");
    symlink(
        project.path("shaders/a.wgsl"),
        project.path("shaders/inner.wgsl"),
    )
    .expect("links");
    symlink(outside.path("s.yaml"), project.path("specs/out.yaml")).expect("links");
    let hide = |text: String| {
        let real = outside.folder.path().canonicalize().expect("exists");
        text.replace(&real.display().to_string(), "<elsewhere>")
    };
    assert!(project.read("specs/ok.yaml").is_ok());
    insta::assert_snapshot!(hide(project.errors("specs/s.yaml")), @"specs/s.yaml:4:15: `link.wgsl` leads to <elsewhere>/a.wgsl, outside of the project's root <project>; keep everything below the root, or put a `gate.toml` into the folder that shall be the root");
    insta::assert_snapshot!(hide(project.errors("specs/out.yaml")), @"specs/out.yaml: `specs/out.yaml` leads to <elsewhere>/s.yaml, outside of the project's root <project>; keep everything below the root, or put a `gate.toml` into the folder that shall be the root");
}

#[test]
fn a_shader_that_is_nowhere_says_where_it_was_sought() {
    let project = project(&[("specs/s.yaml", &small("s").replace("a.wgsl", "b.wgsl"))]);
    insta::assert_snapshot!(project.errors("specs/s.yaml"), @"specs/s.yaml:4:15: there is no `b.wgsl` in `shaders`, `specs` or the root itself; did you mean `a.wgsl`?");
}

#[test]
#[cfg(unix)]
fn a_device_is_no_file_to_read() {
    use std::os::unix::net::UnixListener;
    let project = project(&[("specs/s.yaml", &importing("socket"))]);
    let _socket = UnixListener::bind(project.path("specs/socket")).expect("binds");
    insta::assert_snapshot!(project.errors("specs/s.yaml"), @"specs/s.yaml:3:9: `socket` is no regular file");
}

#[test]
fn what_is_no_text_of_a_spec_is_refused() {
    let project = project(&[]);
    let mut all = String::new();
    for (name, bytes) in [
        ("empty", b"".as_slice()),
        ("comment", b"# nothing\n"),
        ("latin", b"gate: 1\nsuite: caf\xe9\n"),
        ("binary", b"\x00\x01\x02"),
        ("list", b"- 1\n- 2\n"),
        ("word", b"moe\n"),
        ("two", b"gate: 1\n---\ngate: 1\n"),
        ("mark", b"\xef\xbb\xbfgate: 2\n"),
    ] {
        project.write(&format!("specs/{name}.yaml"), bytes);
        all.push_str(&project.errors(&format!("specs/{name}.yaml")));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_hundred_megabytes_are_refused_unread() {
    let project = project(&[]);
    let path = project.path("specs/big.yaml");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    let file = std::fs::File::create(&path).expect("creates");
    file.set_len(100 << 20).expect("grows");
    insta::assert_snapshot!(project.errors("specs/big.yaml"), @"specs/big.yaml: the file is larger than 16 MiB, the most that is read; sweep instead of listing, or split the suite");
}

#[test]
fn declarations_of_one_name_in_two_files_are_a_mistake() {
    let project = project(&[
        ("specs/s.yaml", &importing("[a.yaml, b.yaml]")),
        (
            "specs/a.yaml",
            "kernels:\n  a: {shader: a.wgsl, outputs: {y: {type: f32, shape: n}}, dispatch: 1, reference: copy}\n",
        ),
        (
            "specs/b.yaml",
            "classes:\n  - {name: x, match: {}}\n  - {name: x, match: {}}\n",
        ),
    ]);
    insta::assert_snapshot!(project.errors("specs/s.yaml"), @r#"
specs/a.yaml:2:3: kernel `a` is declared at specs/s.yaml:5:3 already; rename or remove one
specs/b.yaml:3:12: class `x` is declared at specs/b.yaml:2:12 already; rename or remove one
"#);
}
