//! What naga refuses, told in WGSL's words: no number and no type of naga's own
//! reaches a person.

use super::build::{Project, With, plain, template};

/// What is said of a body of `main` that may use `y: array<f32>`, `x:
/// array<u32>` and what is declared before it.
fn told(declared: &str, body: &str) -> String {
    let text = format!(
        "@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;
{declared}
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {{
    {body}
}}
"
    );
    let case = plain("a.wgsl").output("y", "f32", &[8]);
    let project = Project::new().with("shaders/a.wgsl", text);
    let Err(error) = project.render(&case) else {
        return format!("{declared} {body}\n    is valid\n");
    };
    let error = error.to_string();
    for inner in [
        "naga",
        "Handle",
        "TypeInner",
        "Scalar",
        "kind:",
        "width:",
        "Size(",
        "ir::",
    ] {
        assert!(!error.contains(inner), "{error}");
    }
    let numbered = error.split('[').skip(1).any(|rest| {
        rest.split_once(']')
            .is_some_and(|(n, _)| n.parse::<u32>().is_ok_and(|n| n > 3))
    });
    assert!(!numbered, "{error}");
    let shown = error.replace(
        "\n= met by `t/kernel[n=8]@workgroup=64` at specs/t.yaml:12:5",
        "",
    );
    format!("{declared} {body}\n    {}\n", shown.replace('\n', "\n    "))
}

fn all(of: &[(&str, &str)]) -> String {
    of.iter()
        .map(|(declared, body)| told(declared, body))
        .collect()
}

#[test]
fn types_that_do_not_go_together() {
    let told = all(&[
        ("", "if i < f32(i) { y[i] = 1.0; }"),
        ("", "y[i] = y[i] + x[i];"),
        ("", "y[i] = vec2<f32>(1.0) * x[i];"),
        ("", "y[i] = x[i];"),
        ("", "let n = -x[i];"),
        ("", "if i { y[i] = 1.0; }"),
        ("", "if x[i] { y[i] = 1.0; }"),
        ("", "switch y[i] { default: { } }"),
        ("", "y[i] = select(x[i], y[i], i > 1u);"),
        ("", "y[i] = select(y[i], 1.0, i);"),
        ("", "y[i] = max(y[i], x[i]);"),
        ("", "y[i] = sqrt(x[i]);"),
        ("", "y[i] = f32(y);"),
        ("", "y[y[i]] = 1.0;"),
        ("", "let v = vec3<f32>(1.0); y[i] = v[3];"),
        ("", "y[i] = x[i].x;"),
        ("", "let n = 1u << 40u; y[i] = f32(n);"),
        ("", "let n = x[i] << 1; y[i] = f32(n);"),
        ("fn f(a: u32) -> f32 { return a; }", "y[i] = f(1u);"),
        ("fn f(a: u32) -> f32 { return f32(a); }", "y[i] = f(y[i]);"),
        ("fn f(a: u32) -> f32 { return f32(a); }", "y[i] = f();"),
        ("fn f(a: u32) -> f32 { }", "y[i] = f(1u);"),
        ("fn f(a: u32) { return a; }", "f(1u);"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn memory_and_barriers() {
    let told = all(&[
        ("", "x[i] = 1u;"),
        ("", "let n = 1u; n = 2u;"),
        ("", "if i < 3u { workgroupBarrier(); } y[i] = 1.0;"),
        ("", "if i < 3u { return; } workgroupBarrier(); y[i] = 1.0;"),
        ("", "atomicAdd(&y[i], 1.0);"),
        ("var<workgroup> sum: atomic<u32>;", "atomicAdd(&sum, y[i]);"),
        ("", "var a: array<f32>; y[i] = a[0];"),
        (
            "@group(0) @binding(2) var<uniform> u: array<f32, 4>;",
            "y[i] = u[0];",
        ),
        (
            "@group(0) @binding(2) var<uniform> u: bool;",
            "if u { y[i] = 1.0; }",
        ),
        (
            "struct S { a: array<f32>, b: u32 }\n@group(0) @binding(2) var<storage> u: S;",
            "y[i] = u.a[0];",
        ),
        ("var<private> p: array<f32>;", "y[i] = p[0];"),
        ("var<storage, read_write> z: array<f32>;", "y[i] = z[0];"),
        (
            "const n = 0; var<workgroup> w: array<f32, n>;",
            "y[i] = w[0];",
        ),
        ("", "let n = 1u / 0u; y[i] = f32(n);"),
        ("", "y[i] = f32(arrayLength(y));"),
        ("", "let a: f64 = f64(1.0); y[i] = f32(a);"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn a_workgroup_of_no_size_shows_its_line() {
    let text = |size: &str| {
        format!(
            "// @workgroup_size(1) fn main()\nfn other() {{}}\n@compute @workgroup_size({size})\nfn main() {{}}\n"
        )
    };
    let said = |size: &str| {
        Project::new()
            .with("shaders/a.wgsl", text(size))
            .error(&plain("a.wgsl"))
    };
    let told = [said("0"), said("8, 0"), said("20000")].join("\n");
    insta::assert_snapshot!(told);
    let case = template("a.wgsl.j2").int("workgroup", 0);
    let project = Project::new().with("templates/a.wgsl.j2", text("{{ workgroup }}"));
    let told = project.error(&case);
    insta::assert_snapshot!(told);
}

#[test]
fn what_nests_too_deep_shows_its_line() {
    let deep = format!(
        "@compute @workgroup_size(1)\nfn main() {{\n    let x = {}1{};\n}}\n",
        "(".repeat(300),
        ")".repeat(300)
    );
    let blocks = format!(
        "@compute @workgroup_size(1)\nfn main() {{\n{}{}\n}}\n",
        "{\n".repeat(300),
        "}\n".repeat(300)
    );
    let signs = format!(
        "@compute @workgroup_size(1)\nfn main() {{\n    let x = {}1;\n}}\n",
        "- ".repeat(300)
    );
    let said = [deep, blocks, signs].map(|text| {
        let project = Project::new().with("shaders/a.wgsl", text);
        let rendered = project.render(&plain("a.wgsl"));
        rendered.map_or_else(|error| error.to_string(), |_| "is valid".to_owned())
    });
    let told = said.join("\n");
    insta::assert_snapshot!(told);
}
