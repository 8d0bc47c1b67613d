//! Mistakes in what a person writes: exit 2, a place and the cure, nothing
//! written, no device asked, and no panic.

use std::fs::File;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

use crate::project::{PATIENCE, Project, SPEC};

const SPEC_FILE: &str = "specs/demo.yaml";
const TEMPLATE_FILE: &str = "templates/copy.wgsl.j2";
const FIRST: &str =
    "  - {kernel: copy, name: tiny, shape: {n: 64}, expect: {any-gpu: \"< 1 ms\"}}\n";

/// What is said of a project, by `validate` and `check` alike.
#[track_caller]
fn told(project: &Project) -> String {
    let before = project.tree();
    let validated = project.run(&["validate"]);
    validated.exits(2);
    let checked = project.check(&[]);
    checked.exits(2);
    assert_eq!(validated.err, checked.err);
    assert_eq!((validated.out.as_str(), checked.out.as_str()), ("", ""));
    assert!(!validated.err.contains("panicked"), "{}", validated.err);
    assert_eq!(project.tree(), before, "nothing is written");
    validated.err
}

/// What is said of one replacement in one file, indented under it.
#[track_caller]
fn slip(file: &str, from: &str, to: &str) -> String {
    let project = Project::new();
    project.replace(file, from, to);
    entry(
        &format!("{} => {}", from.escape_debug(), to.escape_debug()),
        &told(&project),
    )
}

fn entry(title: &str, said: &str) -> String {
    format!("{title}\n    {}\n", said.trim_end().replace('\n', "\n    "))
}

fn slips(file: &str, all: &[(&str, &str)]) -> String {
    all.iter().map(|(from, to)| slip(file, from, to)).collect()
}

#[test]
fn yaml_that_does_not_parse() {
    let told = slips(
        SPEC_FILE,
        &[
            ("slowdown: 5%}", "slowdown: 5%"),
            ("suite: demo", "suite: \"demo"),
            ("    reference: copy", "\treference: copy"),
            ("suite: demo", "suite: *nowhere"),
        ],
    );
    insta::assert_snapshot!(told);
}

#[test]
fn names_that_are_not_known_get_a_suggestion() {
    let told = slips(
        SPEC_FILE,
        &[
            ("slowdown: 5%", "slowdwon: 5%"),
            ("    dispatch:", "    dispatsh:"),
            ("- {kernel: copy, name", "- {kernel: coppy, name"),
            ("n: 64}, expect: {any-gpu", "n: 64}, expect: {any-cpu"),
            ("sweep: {model: [large]}", "sweep: {model: [lrage]}"),
            ("model.hidden", "model.hiden"),
            ("reference: copy", "reference: cpy"),
            ("reference: copy", "reference: my-own-product"),
        ],
    );
    insta::assert_snapshot!(told);
}

/// A terminal obeys control characters and hides others: no name, no value and
/// no path may bring them to it.
#[test]
fn what_a_terminal_would_obey_is_shown_escaped() {
    let nasty = ["\\e[2J", "\\u202Eevil", "\\u200b", "\\x9b31m", "\\uFEFF"];
    let mut all = String::new();
    for part in nasty {
        all += &slips(
            SPEC_FILE,
            &[
                ("slowdown: 5%", &format!("\"slow{part}down\": 5%")),
                (
                    "- {kernel: copy, name",
                    &format!("- {{kernel: \"cop{part}\", name"),
                ),
                ("name: tiny", &format!("name: \"ti{part}ny\"")),
                ("reference: copy", &format!("reference: \"cop{part}y\"")),
                ("workgroup: [64]", &format!("workgroup: [64, \"a{part}\"]")),
                ("limits: {slowdown: 5%}", &format!("limits: \"{part}\"")),
                ("copy.wgsl.j2", &format!("\"co{part}.j2\"")),
                ("ceil_div(n, workgroup)", &format!("ceil_div(n, {part})")),
            ],
        );
    }
    let bad = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}\u{feff}".contains(c));
    let said: Vec<&str> = all
        .lines()
        .filter(|line| line.starts_with("    "))
        .collect();
    assert!(!said.concat().contains(bad), "{}", all.escape_debug());
    insta::assert_snapshot!(all);
}

#[test]
fn ranges_that_are_none() {
    let ranges = [
        "3-1ms", "1 parsec", "-1-3 ms", "5", "< 0 ms", "< nan ms", "1e400 ms",
    ];
    let all: String = ranges
        .iter()
        .map(|range| {
            let to = format!("n: 64}}, expect: {{any-gpu: \"{range}\"");
            slip(SPEC_FILE, "n: 64}, expect: {any-gpu: \"< 1 ms\"", &to)
        })
        .collect();
    insta::assert_snapshot!(all);
}

#[test]
fn ranges_that_contradict_each_other() {
    let again = format!(
        "{FIRST}  - {{kernel: copy, name: again, shape: {{n: 64}}, expect: {{any-gpu: \"> 2 ms\"}}}}\n"
    );
    let told = slip(SPEC_FILE, FIRST, &again);
    insta::assert_snapshot!(told);
}

#[test]
fn axes_without_values_and_expressions_without_a_value() {
    let large = "shape: {n: \"model.hidden\"}";
    let told = slips(
        SPEC_FILE,
        &[
            ("workgroup: [64]", "workgroup: []"),
            ("sweep: {model: [large]}", "sweep: {model: []}"),
            (large, "shape: {n: \"modle.hidden\"}"),
            (large, "shape: {n: \"model.hidden * 9223372036854775807\"}"),
            (large, "shape: {n: \"model.hidden / (256 - model.hidden)\"}"),
            (large, "shape: {n: \"model.hidden % 0\"}"),
            (large, "shape: {n: \"0 - model.hidden\"}"),
            ("ceil_div(n, workgroup)", "ceil_div(n, wrkgroup)"),
            ("ceil_div(n, workgroup)", "ceil_div(n, n - n)"),
            (
                "shape: [n], fill",
                "shape: [\"n * 4611686018427387904\"], fill",
            ),
        ],
    );
    insta::assert_snapshot!(told);
}

#[test]
fn templates_that_do_not_render_and_wgsl_that_is_refused() {
    let told = slips(
        TEMPLATE_FILE,
        &[
            ("{{ workgroup }}", "{{ wrkgroup }}"),
            ("{{ workgroup }}", "{{ workgroup"),
            ("{{ workgroup }}", "{{ workgroup / 2 }}"),
            ("src[id.x];", "sorce[id.x];"),
            ("src[id.x];", "u32(src[id.x]);"),
            ("fn main(", "fn mian("),
        ],
    );
    insta::assert_snapshot!(told);
}

#[test]
fn bindings_that_do_not_fit() {
    let told = slips(
        TEMPLATE_FILE,
        &[
            (
                "var<storage, read_write> dst: array<f32>",
                "var<storage, read_write> dst: array<u32>",
            ),
            ("@binding(2)", "@binding(1)"),
            (
                "struct Parameters { n: u32 }",
                "struct Parameters { n: f32 }",
            ),
        ],
    );
    insta::assert_snapshot!(told);
    let told = slips(
        SPEC_FILE,
        &[
            ("    uniforms: {n: u32}\n", ""),
            (
                "inputs: {src: {",
                "inputs: {mask: {type: f32, shape: [n], fill: zeros}, src: {",
            ),
            ("dst: {type: f32", "dst: {type: f16"),
            ("dst: {type: f32", "dst: {group: 0, binding: 0, type: f32"),
            (
                "inputs: {src: {type: f32, shape: [n],",
                "inputs: {src: {group: 1, binding: 7, type: f32, shape: [n],",
            ),
            (
                "outputs: {dst: {type: f32, shape: [n]}}",
                "outputs: {dst: {type: f32, shape: [n], group: 0, binding: 1}}",
            ),
            (
                "inputs: {src: {type: f32,",
                "inputs: {src: {group: 0, binding: 2, type: f32,",
            ),
            (
                "fill: \"normal(0, 1)\"}}\n    outputs: {dst: {",
                "fill: zeros, group: 0, binding: 1}}\n    outputs: {dst: {group: 0, binding: 1, ",
            ),
        ],
    );
    insta::assert_snapshot!(told);
}

/// Each is told at its own key, and not at the case that meets it.
#[test]
fn what_the_wgsl_does_not_have_is_told_at_its_key() {
    let told = slips(
        SPEC_FILE,
        &[
            (
                "    dispatch:",
                "    overrides: {SCALE: 1, n: 1.5}\n    dispatch:",
            ),
            (
                "    dispatch:",
                "    overrides:\n      SCALE: 1\n    dispatch:",
            ),
            ("    dispatch:", "    entry: mian\n    dispatch:"),
            (
                "inputs: {src: {",
                "inputs: {srk: {type: f32, shape: [n]}, src: {",
            ),
        ],
    );
    insta::assert_snapshot!(told);
    // A whole number is asked for where the WGSL has a whole number.
    let project = Project::new();
    project.replace(
        TEMPLATE_FILE,
        "struct Parameters",
        "override n: u32 = 1u;\n\nstruct Parameters",
    );
    project.replace(
        SPEC_FILE,
        "    dispatch:",
        "    overrides: {n: 1.5}\n    dispatch:",
    );
    insta::assert_snapshot!(self::told(&project));
}

#[test]
fn a_binding_that_the_spec_does_not_have() {
    let project = Project::new();
    project.replace(
        TEMPLATE_FILE,
        "@compute",
        "@group(0) @binding(3) var<storage, read> mask: array<f32>;\n\n@compute",
    );
    project.replace(TEMPLATE_FILE, "src[id.x];", "src[id.x] * mask[id.x];");
    let told = told(&project);
    insta::assert_snapshot!(told);
}

#[test]
fn files_that_are_missing_or_lie_outside() {
    let mut all = slips(
        SPEC_FILE,
        &[
            ("[hardware.yaml,", "[hardwear.yaml,"),
            ("[hardware.yaml,", "[/etc/hardware.yaml,"),
            ("copy.wgsl.j2", "cpoy.wgsl.j2"),
            ("template: copy.wgsl.j2", "shader: missing.wgsl"),
        ],
    );
    all += &slip("specs/models.yaml", "model:", "import: [demo.yaml]\nmodel:");
    all += &slip(
        "specs/models.yaml",
        "model:",
        "import: [models.yaml]\nmodel:",
    );

    let outside = TempDir::with_prefix("outside-").expect("a temporary folder");
    let name = outside
        .path()
        .file_name()
        .expect("a name")
        .to_string_lossy();
    for (ending, from, key) in [
        ("yaml", "hardware.yaml", ""),
        ("wgsl", "template: copy.wgsl.j2", "shader: "),
    ] {
        std::fs::write(outside.path().join(format!("file.{ending}")), "").expect("written");
        let way_out = format!("{key}../../{name}/file.{ending}");
        let said = slip(SPEC_FILE, from, &way_out);
        all += &hidden(&said, outside.path()).replace(&*name, "$OUTSIDE");
    }
    for (file, title) in [
        (
            "specs/models.yaml",
            "tables behind a symbolic link that leads out",
        ),
        (TEMPLATE_FILE, "a template behind one"),
    ] {
        let project = Project::new();
        let away = outside.path().join("file");
        std::fs::copy(project.path(file), &away).expect("copied");
        project.link(file, &away);
        all += &entry(title, &hidden(&told(&project), outside.path()));
    }
    insta::assert_snapshot!(all);
}

fn hidden(text: &str, folder: &Path) -> String {
    text.replace(&folder.display().to_string(), "$OUTSIDE")
}

#[test]
fn files_that_are_no_text_or_no_spec() {
    let mut all = String::new();
    for (title, bytes) in [
        ("an empty file", &b""[..]),
        ("a file of spaces", &b" \n\n"[..]),
        ("not UTF-8", &b"gate: 1\nsuite: d\xffmo\n"[..]),
        ("Latin-1 in a comment", &b"gate: 1 # caf\xe9\n"[..]),
        ("UTF-16", &b"\xff\xfeg\0a\0t\0e\0"[..]),
        ("NUL", &b"gate: 1\nsuite: \0\n"[..]),
        ("a list", &b"- gate\n"[..]),
        ("a word", &b"gate\n"[..]),
        ("two documents", &b"gate: 1\n---\ngate: 1\n"[..]),
    ] {
        let project = Project::new();
        project.write(SPEC_FILE, bytes);
        let before = project.tree();
        let said = project.run(&["validate", SPEC_FILE]);
        said.exits(2);
        assert!(!said.err.contains("panicked"), "{}", said.err);
        assert_eq!(project.tree(), before);
        all += &entry(title, &said.err);
    }
    insta::assert_snapshot!(all);
}

/// Runs `validate` with a limit on its memory, in KiB of addresses, where the
/// system knows one.
#[track_caller]
fn bounded(project: &Project, kib: u32) -> String {
    let before = project.tree();
    let limit = if cfg!(target_os = "linux") {
        format!("ulimit -v {kib};")
    } else {
        String::new()
    };
    let mut command = Command::new("sh");
    command
        .current_dir(project.path(""))
        .args(["-c", &format!("{limit} exec \"$0\" validate")])
        .arg(env!("CARGO_BIN_EXE_gate"))
        .timeout(PATIENCE);
    let said = project.told(&mut command);
    said.exits(2);
    assert!(!said.err.contains("panicked"), "{}", said.err);
    assert_eq!(project.tree(), before);
    said.err
}

#[test]
fn a_hundred_megabytes_of_yaml() {
    let project = Project::new();
    let file = File::options()
        .append(true)
        .open(project.path(SPEC_FILE))
        .expect("opens");
    file.set_len(100_000_000).expect("grows");
    let told = bounded(&project, 500_000);
    insta::assert_snapshot!(told);
}

#[test]
fn a_billion_laughs() {
    let mut tables = String::from("tables:\n  a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
    for level in 1..10 {
        let before = format!("*a{}", level - 1);
        let ten = vec![before; 10].join(", ");
        tables.push_str(&format!("  a{level}: &a{level} [{ten}]\n"));
    }
    let project = Project::slip("kernels:\n", &format!("{tables}kernels:\n"));
    let told = bounded(&project, 500_000);
    insta::assert_snapshot!(told);
}

#[test]
fn a_sweep_of_a_million_million_cases() {
    let thousand: Vec<String> = (1..=1_000).map(|n| n.to_string()).collect();
    let axis = thousand.join(", ");
    let sweep = format!("sweep: {{a: [{axis}], b: [{axis}], c: [{axis}], n: [{axis}]}}");
    let project = Project::slip(FIRST, &format!("  - {{kernel: copy, {sweep}}}\n"));
    let told = bounded(&project, 1_000_000);
    insta::assert_snapshot!(told);
}

#[test]
fn yaml_that_is_nested_without_end() {
    let project = Project::slip(
        "slowdown: 5%",
        &format!("slowdown: {}{}", "[".repeat(100_000), "]".repeat(100_000)),
    );
    let told = bounded(&project, 500_000);
    insta::assert_snapshot!(told);
}

#[test]
fn an_expression_that_is_nested_without_end() {
    let deep = format!("{}1{}", "(".repeat(50_000), ")".repeat(50_000));
    let project = Project::slip("\"model.hidden\"", &format!("\"{deep}\""));
    let said = bounded(&project, 500_000);
    assert!(said.len() < 2_000, "{} bytes", said.len());
    assert!(said.starts_with("error: specs/demo.yaml:"), "{said}");
}

#[test]
fn every_mistake_of_a_file_is_told_at_once() {
    let project = Project::new();
    let text = SPEC
        .replace("slowdown: 5%", "slowdwon: 5%")
        .replace("    dispatch:", "    dispatsh:")
        .replace("name: tiny", "nmae: tiny");
    project.write(SPEC_FILE, text);
    let said = told(&project);
    for place in [":4:", ":12:", ":15:"] {
        assert!(
            said.contains(&format!("error: specs/demo.yaml{place}")),
            "{said}"
        );
    }
}

/// Names that are two on one system, and one file on another.
#[test]
fn suites_whose_files_would_collide_or_cannot_be() {
    let mut told = slips(
        SPEC_FILE,
        &[
            ("suite: demo", "suite: CON"),
            ("suite: demo", "suite: lpt1"),
            ("suite: demo", "suite: aux.x"),
            ("suite: demo", "suite: \"demo.\""),
            ("suite: demo", "suite: Device"),
        ],
    );
    let project = Project::new();
    let other = SPEC.replace("suite: demo", "suite: Demo");
    project.write("specs/other.yaml", other);
    told.push_str(&entry("demo and Demo", &self::told(&project)));
    insta::assert_snapshot!(told);
    // What only begins like one of these is a name like any other.
    for name in ["console", "com10", "nul-1"] {
        let project = Project::slip("suite: demo", &format!("suite: {name}"));
        project.run(&["validate"]).exits(0);
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_wgsl() {
    let project = Project::new();
    let marked = format!("\u{feff}{}", project.read(TEMPLATE_FILE));
    project.write(TEMPLATE_FILE, &marked);
    project.run(&["validate"]).exits(0);
    let rendered = project.run(&["render"]);
    assert!(!rendered.exits(0).out.contains('\u{feff}'));
    // A place counts without it.
    let wrong = marked.replacen("struct", "strukt", 1);
    project.write(TEMPLATE_FILE, wrong);
    assert!(told(&project).contains("copy.wgsl.j2:1:1: "));
}

#[test]
fn times_go_by_the_hour_too() {
    let project = Project::slip(
        "{slowdown: 5%}",
        "{slowdown: 5%, budget: 1h, time: 0.5 min}",
    );
    let told = project.run(&["check", "--print-config"]);
    told.exits(0).says("specs/demo.yaml:4:");
    let project = Project::slip("{slowdown: 5%}", "{slowdown: 5%, budget: 25 h}");
    let said = self::told(&project);
    assert!(said.contains("`budget` is a day at most"), "{said}");
}
