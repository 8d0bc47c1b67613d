//! What a person reads when a template or its WGSL does not hold together.

use super::build::{Project, With, plain, template};

fn broken_template(text: &str) -> String {
    let case = template("a.wgsl.j2")
        .int("tokens", 7)
        .int("workgroup", 64)
        .list("tile", &[8, 16]);
    Project::new()
        .with("templates/a.wgsl.j2", text)
        .error(&case)
}

fn broken_wgsl(text: &str) -> String {
    let case = plain("a.wgsl").output("y", "f32", &[8]);
    Project::new().with("shaders/a.wgsl", text).error(&case)
}

#[test]
fn an_undefined_name_gets_a_suggestion_and_the_names_there_are() {
    insta::assert_snapshot!(broken_template("a\n  {{ tokns }}"), @r"
    templates/a.wgsl.j2:2:6: `tokns` is not defined; this case defines `tile`, `tokens`, `workgroup`; did you mean `tokens`?
      |
    2 |   {{ tokns }}
      |      ^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
    insta::assert_snapshot!(broken_template("{{ 1 + tokns }}"), @r"
    templates/a.wgsl.j2:1:4: `tokns` is not defined; this case defines `tile`, `tokens`, `workgroup`; did you mean `tokens`?
      |
    1 | {{ 1 + tokns }}
      |    ^^^^^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
    insta::assert_snapshot!(broken_template("{% if tile[2] == 1 %}{% endif %}"), @r"
    templates/a.wgsl.j2:1:4: `tile[2]` is not defined: `tile` has no such item
      |
    1 | {% if tile[2] == 1 %}{% endif %}
      |    ^^^^^^^^^^^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
}

#[test]
fn a_float_from_a_division_is_explained() {
    insta::assert_snapshot!(broken_template("const n = {{ tokens / 2 }};"), @r"
    templates/a.wgsl.j2:1:14: cannot write `3.5` into WGSL: `/` gives a float even where it divides evenly: write `//` for integers, or `| f32` where WGSL is to get a float
      |
    1 | const n = {{ tokens / 2 }};
      |              ^^^^^^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
}

#[test]
fn a_list_is_not_written_whole() {
    insta::assert_snapshot!(broken_template("@workgroup_size({{ tile }})"), @r"
    templates/a.wgsl.j2:1:20: cannot write `[8, 16]` into WGSL: pick one item, as in `workgroup[0]`
      |
    1 | @workgroup_size({{ tile }})
      |                    ^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
}

#[test]
fn mistakes_of_syntax_and_of_names_are_placed() {
    insta::assert_snapshot!(broken_template("\n{% if %}"), @r"
    templates/a.wgsl.j2:2:7: syntax error: unexpected end of block
      |
    2 | {% if %}
      |       ^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
    insta::assert_snapshot!(broken_template("{{ ceildiv(1, 2) }}"), @r"
    templates/a.wgsl.j2:1:4: there is no function `ceildiv`; the gate's own are `ceil_div`, `exact_div`, `halvings`, `fail`; did you mean `ceil_div`?
      |
    1 | {{ ceildiv(1, 2) }}
      |    ^^^^^^^^^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
    insta::assert_snapshot!(broken_template("{{ 1 | hex }}"), @r"
    templates/a.wgsl.j2:1:8: filter hex is unknown
      |
    1 | {{ 1 | hex }}
      |        ^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
    insta::assert_snapshot!(broken_template("{{ ceil_div(1, 0) }}"), @r"
    templates/a.wgsl.j2:1:4: `ceil_div(1, 0)` needs a divisor above 0
      |
    1 | {{ ceil_div(1, 0) }}
      |    ^^^^^^^^^^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
    insta::assert_snapshot!(broken_template("{{ fail('only for f16') }}"), @r"
    templates/a.wgsl.j2:1:4: only for f16
      |
    1 | {{ fail('only for f16') }}
      |    ^^^^^^^^^^^^^^^^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
    insta::assert_snapshot!(broken_template("{% include 'lost.wgsl' %}"), @r"
    templates/a.wgsl.j2:1:4: there is no file `lost.wgsl` in `templates/` or `shaders/`
      |
    1 | {% include 'lost.wgsl' %}
      |    ^^^^^^^^^^^^^^^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
}

#[test]
fn an_error_in_an_included_file_is_placed_there() {
    let case = template("a.wgsl.j2").int("n", 1);
    let project = Project::new()
        .with("templates/a.wgsl.j2", "{% include 'part.wgsl' %}")
        .with("shaders/part.wgsl", "one\ntwo {{ oops }}");
    insta::assert_snapshot!(project.error(&case), @r"
    shaders/part.wgsl:2:8: `oops` is not defined; this case defines `n`
      |
    2 | two {{ oops }}
      |        ^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
}

#[test]
fn wgsl_that_does_not_parse_shows_its_line() {
    insta::assert_snapshot!(broken_wgsl("fn f() -> f32 {\n\treturn 1.0 + lost;\n}"), @r"
    shaders/a.wgsl:2:15: no definition in scope for identifier: `lost`
      |
    2 |  return 1.0 + lost;
      |               ^^^^ unknown identifier
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
    insta::assert_snapshot!(broken_wgsl("fn f( {}"), @r#"
    shaders/a.wgsl:1:7: expected identifier, found "{"
      |
    1 | fn f( {}
      |       ^ expected identifier
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    "#);
    insta::assert_snapshot!(broken_wgsl(""), @"specs/t.yaml:12:5: `shaders/a.wgsl`: there is no entry point `main`; compute entry points: none");
}

#[test]
fn wgsl_that_does_not_validate_shows_its_line_and_why() {
    let read_only = "@group(0) @binding(0) var<storage, read> y: array<f32>;\n\
        @compute @workgroup_size(1) fn main() { y[0] = 1.0; }";
    insta::assert_snapshot!(
        broken_wgsl(read_only),
        @r"
    shaders/a.wgsl:2:41: `y[0]` cannot be written to; a buffer that is takes `var<storage, read_write>`, and what `let` names never is
      |
    2 | @compute @workgroup_size(1) fn main() { y[0] = 1.0; }
      |                                         ^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    "
    );
    insta::assert_snapshot!(
        broken_wgsl(
            "@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(0) var<storage, read_write> z: array<f32>;
@compute @workgroup_size(1) fn main() { y[0] = z[0]; }"
        ),
        @r"
    shaders/a.wgsl:2:23: `y`, `z` share group 0, binding 0; give each a binding of its own
      |
    2 | @group(0) @binding(0) var<storage, read_write> z: array<f32>;
      |                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    "
    );
}

#[test]
fn a_rendered_line_is_traced_to_the_template() {
    let case = template("a.wgsl.j2").word("storage", "f31");
    let project = Project::new().with(
        "templates/a.wgsl.j2",
        "{% for i in range(2) %}// {{ i }}\n{% endfor %}\nfn f() {\n    let x = {{ storage }}(1.0);\n    let y = lost;\n}\n",
    );
    insta::assert_snapshot!(project.error(&case), @r"
    templates/a.wgsl.j2:4:16: no definition in scope for identifier: `f31`
      |
    5 |     let x = f31(1.0);
      |             ^^^ unknown identifier
    = line 5 of what the template renders; `gate render` shows it whole
    = it comes from the template's line 4
      |
    4 |     let x = {{ storage }}(1.0);
      |                ^^^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
    let raw = template("a.wgsl.j2").word("storage", "f32");
    insta::assert_snapshot!(project.error(&raw), @r"
    templates/a.wgsl.j2:5:13: no definition in scope for identifier: `lost`
      |
    6 |     let y = lost;
      |             ^^^^ unknown identifier
    = line 6 of what the template renders; `gate render` shows it whole
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
}

#[test]
fn an_entry_point_that_is_not_there_is_answered_with_those_that_are() {
    let project = Project::new().with(
        "shaders/a.wgsl",
        "@compute @workgroup_size(1) fn first() {}
         @compute @workgroup_size(1) fn second() {}
         @vertex fn draw() -> @builtin(position) vec4<f32> { return vec4(0.0); }",
    );
    insta::assert_snapshot!(project.error(&plain("a.wgsl").entry("frist")), @"specs/t.yaml:12:5: `shaders/a.wgsl`: there is no entry point `frist`; compute entry points: `first`, `second`; did you mean `first`?");
    insta::assert_snapshot!(project.error(&plain("a.wgsl").entry("other")), @"specs/t.yaml:12:5: `shaders/a.wgsl`: there is no entry point `other`; compute entry points: `first`, `second`; name one of them by `entry`");
    insta::assert_snapshot!(project.error(&plain("a.wgsl").entry("draw")), @"specs/t.yaml:12:5: `shaders/a.wgsl`: entry point `draw` is not a compute shader; compute entry points: `first`, `second`");
}

#[test]
fn overrides_are_checked_by_name_and_value() {
    let project = Project::new().with(
        "shaders/a.wgsl",
        "override wide: u32;
@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(wide) fn main() { y[0] = wide; }",
    );
    let case = || plain("a.wgsl").output("y", "u32", &[1]);
    insta::assert_snapshot!(project.error(&case()), @r"
    shaders/a.wgsl:1:1: override `wide` has neither a default here nor a value in the spec; give it one, as in `overrides: {wide: 1}`
      |
    1 | override wide: u32;
      | ^^^^^^^^^^^^^^^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
    insta::assert_snapshot!(project.error(&case().set("wdie", 1.0)), @"specs/t.yaml:12:5: `shaders/a.wgsl`: the WGSL declares no override `wdie`; it declares `wide`; did you mean `wide`?");
    insta::assert_snapshot!(project.error(&case().set("wide", -1.0)), @"specs/t.yaml:12:5: `shaders/a.wgsl`: override `wide` is -1, and a `u32` in the WGSL holds 0 to 4294967295");
    insta::assert_snapshot!(project.error(&case().set("wide", 1.5)), @"specs/t.yaml:12:5: `shaders/a.wgsl`: override `wide` is 1.5, and it is `u32` in the WGSL; write a whole number");
    insta::assert_snapshot!(project.error(&case().set("wide", 0.0)), @r"
    shaders/a.wgsl:3:10: with the spec's overrides, {wide: 0}, `@workgroup_size` is not above 0; correct the value
      |
    3 | @compute @workgroup_size(wide) fn main() { y[0] = wide; }
      |          ^^^^^^^^^^^^^^^^^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
    let told = project.error(&case().set("wide", 100_000.0)).to_string();
    assert!(
        told.contains("with the spec's overrides, {wide: 100000}"),
        "{told}"
    );
    assert!(told.contains("\n= "), "what naga says is told: {told}");
}

#[test]
fn textures_are_refused_with_what_to_do_instead() {
    insta::assert_snapshot!(
        broken_wgsl(
            "@group(0) @binding(0) var t: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { y[0] = textureLoad(t, vec2(0, 0), 0).x; }"
        ),
        @r"
    shaders/a.wgsl:1:23: `t` is a texture, a sampler or the like, and the gate binds buffers only; pass its data in a storage buffer
      |
    1 | @group(0) @binding(0) var t: texture_2d<f32>;
      |                       ^^^^^^^^^^^^^^^^^^^^^^^
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    "
    );
}

#[test]
fn a_feature_that_the_gate_does_not_ask_for_is_refused() {
    insta::assert_snapshot!(broken_wgsl("enable dual_source_blending;\n"), @r"
    shaders/a.wgsl:1:8: the `dual_source_blending` extension is not supported in the current environment
      |
    1 | enable dual_source_blending;
      |        ^^^^^^^^^^^^^^^^^^^^ unsupported enable-extension
    = met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5
    ");
}

#[test]
fn what_many_cases_meet_is_one_error() {
    let project = Project::new().with("templates/a.wgsl.j2", "// {{ n }}\nfn f() { lost(); }");
    let mut renderer = project.renderer();
    let first = template("a.wgsl.j2").int("n", 1);
    let mut second = template("a.wgsl.j2").int("n", 2);
    second.id.0 = "t/another".into();
    second.place.line = 99;
    let error = renderer.render(&first, &first.stages[0]).expect_err("lost");
    assert!(error.message.contains("specs/t.yaml:12:5"), "{error}");
    assert_eq!(renderer.render(&second, &second.stages[0]), Err(error));
}
