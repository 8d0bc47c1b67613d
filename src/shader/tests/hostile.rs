//! Templates and files that mean harm: refused in bounded time and memory.

use super::build::{Project, With, plain, template};

fn refused(text: &str) -> String {
    let case = template("a.wgsl.j2").int("n", 1);
    Project::new()
        .with("templates/a.wgsl.j2", text)
        .error(&case)
}

#[test]
fn a_loop_without_end_runs_out_of_steps() {
    let error = refused(
        "{% for a in range(100000) %}{% for b in range(100000) %}{{ a * b }}{% endfor %}{% endfor %}",
    );
    assert!(error.contains("more work than a template may"), "{error}");
}

#[test]
fn a_macro_that_calls_itself_is_stopped() {
    let error = refused("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}");
    assert!(error.contains("calls itself too deeply"), "{error}");
    let error = refused("{% include 'a.wgsl.j2' %}");
    assert!(error.contains("calls itself too deeply"), "{error}");
}

#[test]
fn strings_that_double_run_out_of_steps() {
    let doubling = "{% set x = x ~ x %}".repeat(60);
    let error = refused(&format!("{{% set x = 'aaaaaaaaaaaaaaaa' %}}{doubling}"));
    assert!(error.contains("more work than a template may"), "{error}");
    let error = refused("{{ 'a' * 10000000000 }}");
    assert!(error.contains("a.wgsl.j2:1:"), "{error}");
}

#[test]
fn output_over_a_mebibyte_is_refused() {
    let line = "a".repeat(1024);
    let error = refused(&format!("{{% for i in range(1025) %}}{line}{{% endfor %}}"));
    assert!(error.contains("renders 1049600 bytes"), "{error}");
}

#[test]
fn nothing_outside_the_root_is_read() {
    for name in ["../../../../etc/passwd", "/etc/passwd", "part/../../x", ""] {
        let error = refused(&format!("{{% include '{name}' %}}"));
        assert!(
            error.contains("may not be absolute or hold `..`"),
            "{name}: {error}"
        );
        let error = Project::new().error(&plain(name));
        assert!(
            error.contains("may not be absolute or hold `..`"),
            "{name}: {error}"
        );
    }
}

#[test]
fn an_include_reads_templates_and_shaders_only() {
    let case = template("a.wgsl.j2").int("n", 1);
    let error = Project::new()
        .with("secret.txt", "x")
        .with("templates/a.wgsl.j2", "{% include 'secret.txt' %}")
        .error(&case);
    assert!(
        error.contains("no file `secret.txt` in `templates/` or `shaders/`"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_root_is_refused() {
    let project = Project::new();
    let link = project.dir.path().join("shaders/a.wgsl");
    std::os::unix::fs::symlink("/etc/passwd", link).expect("a link");
    let error = project.error(&plain("a.wgsl"));
    assert!(error.contains("is a link that leads out of"), "{error}");
    let folder = project.dir.path().join("shaders/etc");
    std::os::unix::fs::symlink("/etc", folder).expect("a link");
    let error = project.error(&plain("etc/passwd"));
    assert!(error.contains("is a link that leads out of"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_folder_and_a_device_are_no_source() {
    let project = Project::new();
    std::fs::create_dir(project.dir.path().join("shaders/a.wgsl")).expect("a folder");
    let error = project.error(&plain("a.wgsl"));
    assert!(error.contains("is not a file"), "{error}");
}

#[test]
fn a_file_that_is_not_text_or_too_large_is_refused() {
    let error = Project::new()
        .with("shaders/a.wgsl", b"fn f() {}\n  \xff")
        .error(&plain("a.wgsl"));
    assert!(
        error.starts_with("shaders/a.wgsl:2:3: is not UTF-8"),
        "{error}"
    );
    let error = Project::new()
        .with("shaders/a.wgsl", vec![b' '; (1 << 20) + 1])
        .error(&plain("a.wgsl"));
    assert!(error.contains("is larger than 1048576 bytes"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_placed_in_the_spec() {
    let error = Project::new()
        .with("shaders/scale.wgsl", "")
        .error(&plain("scael.wgsl"));
    assert!(error.starts_with("specs/t.yaml:12:5: "), "{error}");
    assert!(error.ends_with("did you mean `scale.wgsl`?"), "{error}");
}

#[test]
fn code_nested_past_all_reason_is_answered_and_crashes_nothing() {
    let many = |part: &str| part.repeat(60_000 / part.len());
    let declared = |line: fn(usize) -> String| (0..4_000).map(line).collect::<String>();
    for wgsl in [
        format!("const x = {}1{};", many("("), many(")")),
        format!("const x = {}true;", many("!")),
        format!("const x = 1{};", many("+1")),
        format!("fn f() {{ let x = {}y; }}", many("&*")),
        format!("fn f() {{{}{}}}", many("{"), many("}")),
        format!("fn f() {{ if true {{}} {} }}", many("else if true {}")),
        format!("var<private> x: {}f32{};", many("array<"), many(", 1>")),
        declared(|i| format!("const x{i} = x{};\n", i + 1)),
        declared(|i| format!("fn x{i}() {{ x{}(); }}\n", i + 1)),
        declared(|i| format!("struct x{i} {{ a: x{} }}\n", i + 1)),
    ] {
        // None of them has an entry point, so each is refused for something.
        let error = Project::new()
            .with("shaders/a.wgsl", wgsl)
            .error(&plain("a.wgsl"));
        assert!(error.contains("a.wgsl"), "{error}");
        assert!(error.len() < 4_000, "{} bytes", error.len());
    }
}

#[test]
fn wgsl_beyond_all_reason_is_not_compiled() {
    let error = Project::new()
        .with(
            "shaders/a.wgsl",
            format!("const x = 1{};", "+1".repeat(40_000)),
        )
        .error(&plain("a.wgsl"));
    assert!(
        error.starts_with("shaders/a.wgsl:1:1: a statement of 80012 bytes"),
        "{error}"
    );
    let error = Project::new()
        .with("shaders/a.wgsl", "const x = 1;\n".repeat(30_000))
        .error(&plain("a.wgsl"));
    assert!(error.contains("390000 bytes of WGSL"), "{error}");
}
