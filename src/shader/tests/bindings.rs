//! The spec's buffers and uniforms against the WGSL's, right and wrong.

use super::build::{Project, With, plain, stage};
use crate::plan::{BufferRole, Case, ReferencePlan, SourcePlan};
use crate::shader::{Renderer, Resolved};

/// A kernel that copies `x` to `y`, with a struct of uniforms.
const COPY: &str = "struct Dims { n: u32, scale: f32 }
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { y[dims.n] = x[0].x * dims.scale; }
";

fn fine() -> Case {
    plain("a.wgsl")
        .input("x", "f32", &[8])
        .output("y", "f32", &[8])
        .uniform("n", "u32", 8.0)
        .uniform("scale", "f32", 0.1)
}

/// The message, without its place.
fn message(wgsl: &str, case: &Case) -> String {
    let error = Project::new()
        .with("shaders/a.wgsl", wgsl)
        .render(case)
        .expect_err("a mismatch");
    assert_eq!(error.place, case.place);
    error.message
}

/// `COPY` with another line for `y`.
fn with_y(line: &str, body: &str) -> String {
    format!(
        "@group(0) @binding(2) {line}
         @compute @workgroup_size(1) fn main() {{ {body} }}"
    )
}

#[test]
fn the_same_scalar_in_another_width_of_vector_fits() {
    let project = Project::new().with("shaders/a.wgsl", COPY);
    let shader = project.render(&fine()).expect("fits");
    assert_eq!(
        shader.bindings.iter().map(|(_, r)| *r).collect::<Vec<_>>(),
        [Resolved::Uniforms, Resolved::Buffer(0), Resolved::Buffer(1)]
    );
    assert_eq!(shader.uniforms, [8, 0, 0, 0, 0xcd, 0xcc, 0xcc, 0x3d]);
}

#[test]
fn a_missing_binding_is_named_with_the_likely_one() {
    let case = plain("a.wgsl")
        .input("X", "f32", &[8])
        .output("y", "f32", &[8])
        .uniform("n", "u32", 8.0)
        .uniform("scale", "f32", 0.1);
    insta::assert_snapshot!(message(COPY, &case), @"kernel `kernel`, `shaders/a.wgsl`: the WGSL binds `x: array<vec4<f32>>` at group 0, binding 1, and the spec gives nothing for it; did you mean `X`? Name them alike, or give `X` its `group` and `binding`");
}

#[test]
fn a_slot_ties_names_that_differ() {
    let case = plain("a.wgsl")
        .input("source", "f32", &[8])
        .slot("source", (0, 1))
        .output("y", "f32", &[8])
        .uniform("n", "u32", 8.0)
        .uniform("scale", "f32", 0.1);
    let project = Project::new().with("shaders/a.wgsl", COPY);
    let shader = project.render(&case).expect("fits");
    assert_eq!(shader.bindings[1].1, Resolved::Buffer(0));
    let wrong = case.slot("source", (0, 9));
    insta::assert_snapshot!(message(COPY, &wrong), @"kernel `kernel`, `shaders/a.wgsl`: the WGSL binds `x: array<vec4<f32>>` at group 0, binding 1, and the spec gives nothing for it; add a buffer of that name; the spec gives `source`, `y`");
}

#[test]
fn two_buffers_in_one_slot_are_refused() {
    let case = fine().slot("x", (0, 1)).slot("y", (0, 1));
    insta::assert_snapshot!(message(COPY, &case), @"kernel `kernel`, `shaders/a.wgsl`: `x` and `y` both claim group 0, binding 1; give each a slot of its own");
}

#[test]
fn a_buffer_that_nothing_binds_is_refused() {
    let case = fine().input("z", "f32", &[8]);
    insta::assert_snapshot!(message(COPY, &case), @"kernel `kernel`, `shaders/a.wgsl`: the spec gives `z`, and the WGSL binds no variable of that name; it binds `dims`, `x`, `y`");
}

#[test]
fn a_buffer_that_only_another_entry_point_uses_is_refused() {
    let wgsl = format!(
        "{COPY}@group(0) @binding(3) var<storage, read> z: array<f32>;
         @compute @workgroup_size(1) fn other() {{ y[0] = z[0]; }}"
    );
    let case = fine().input("z", "f32", &[8]);
    insta::assert_snapshot!(message(&wgsl, &case), @"kernel `kernel`, `shaders/a.wgsl`: the WGSL declares `z`, but entry point `main` does not use it; use it, or remove it from the spec");
}

#[test]
fn an_output_must_be_writable_and_an_inout_too() {
    let wgsl = "@group(0) @binding(0) var<storage, read> y: array<f32>;
        @group(0) @binding(1) var<storage, read_write> z: array<f32>;
        @compute @workgroup_size(1) fn main() { z[0] = y[0]; }";
    let case = |role| {
        plain("a.wgsl")
            .buffer(role, "y", "f32", &[8])
            .output("z", "f32", &[8])
    };
    insta::assert_snapshot!(message(wgsl, &case(BufferRole::Output)), @"kernel `kernel`, `shaders/a.wgsl`: `y` is an output, and the WGSL binds it as `var<storage, read>`; bind it `var<storage, read_write>`, or move it to `inputs`");
    insta::assert_snapshot!(message(wgsl, &case(BufferRole::Inout)), @"kernel `kernel`, `shaders/a.wgsl`: `y` is under `inout`, and the WGSL binds it as `var<storage, read>`, so it cannot write it; move it to `inputs`");
}

#[test]
fn an_input_may_be_bound_for_writing() {
    let wgsl = "@group(0) @binding(0) var<storage, read_write> x: array<f32>;
        @group(0) @binding(1) var<storage, read_write> y: array<f32>;
        @compute @workgroup_size(1) fn main() { y[0] = x[0]; }";
    let case = plain("a.wgsl")
        .input("x", "f32", &[8])
        .output("y", "f32", &[8]);
    let project = Project::new().with("shaders/a.wgsl", wgsl);
    assert!(project.render(&case).is_ok());
}

#[test]
fn another_scalar_is_refused_and_an_atomic_of_bits_is_not() {
    let words = with_y("var<storage, read_write> y: array<u32>;", "y[0] = 1u;");
    let atomic = with_y(
        "var<storage, read_write> y: array<atomic<u32>>;",
        "atomicAdd(&y[0], 1u);",
    );
    let floats = plain("a.wgsl").inout("y", "f32", &[8]);
    insta::assert_snapshot!(message(&words, &floats), @"kernel `kernel`, `shaders/a.wgsl`: `y` is `f32` in the spec and `array<u32>` in the WGSL; declare `type: u32`, or change the WGSL");
    let project = Project::new().with("shaders/a.wgsl", &atomic);
    assert!(project.render(&floats).is_ok());
    let input = plain("a.wgsl").input("y", "f32", &[8]);
    insta::assert_snapshot!(message(&atomic, &input), @"kernel `kernel`, `shaders/a.wgsl`: `y` is `f32` in the spec and `array<atomic<u32>>` in the WGSL; declare `type: u32`, or change the WGSL");
}

#[test]
fn a_vec3_has_to_be_said_on_both_sides() {
    let wgsl = with_y(
        "var<storage, read_write> y: array<vec3<f32>>;",
        "y[0] = vec3(1.0);",
    );
    let case = plain("a.wgsl").output("y", "f32", &[16]);
    insta::assert_snapshot!(message(&wgsl, &case), @"kernel `kernel`, `shaders/a.wgsl`: `y` is `f32` in the spec and `array<vec3<f32>>` in the WGSL; a vec3 takes the room of a vec4, so both sides have to say it: declare `type: vec3<f32>`, or change the WGSL");
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    let fixed = with_y("var<storage, read_write> y: array<f32, 9>;", "y[0] = 1.0;");
    let vectors = with_y(
        "var<storage, read_write> y: array<vec4<f32>>;",
        "y[0] = vec4(1.0);",
    );
    let case = |size| plain("a.wgsl").output("y", "f32", &[size]);
    insta::assert_snapshot!(message(&fixed, &case(8)), @"kernel `kernel`, `shaders/a.wgsl`: `y` holds 32 bytes, and `array<f32, 9>` in the WGSL needs at least 36; enlarge its `shape`, or change the WGSL");
    insta::assert_snapshot!(message(&vectors, &case(3)), @"kernel `kernel`, `shaders/a.wgsl`: `y` holds 12 bytes, and `array<vec4<f32>>` in the WGSL needs at least 16; enlarge its `shape`, or change the WGSL");
    insta::assert_snapshot!(message(&vectors, &case(5)), @"kernel `kernel`, `shaders/a.wgsl`: `y` holds 20 bytes, which is no whole number of elements of `array<vec4<f32>>` (16 bytes each); choose a `shape` that divides, or read scalars in the WGSL");
}

#[test]
fn uniforms_that_do_not_match_show_both_lists() {
    let case = |name: &str, element: &str, value: f64| {
        plain("a.wgsl")
            .input("x", "f32", &[8])
            .output("y", "f32", &[8])
            .uniform("n", "u32", 8.0)
            .uniform(name, element, value)
    };
    insta::assert_snapshot!(message(COPY, &case("scal", "f32", 0.5)), @"kernel `kernel`, `shaders/a.wgsl`: the uniform `scale` has no value: the spec gives {n: u32, scal: f32}, and the WGSL's `Dims` is {n: u32, scale: f32}; did you mean `scal`?");
    insta::assert_snapshot!(message(COPY, &case("scale", "u32", 2.0)), @"kernel `kernel`, `shaders/a.wgsl`: the uniform `scale` has another type: the spec gives {n: u32, scale: u32}, and the WGSL's `Dims` is {n: u32, scale: f32}");
    insta::assert_snapshot!(message(COPY, &case("scale", "f32", 1e300)), @"kernel `kernel`, `shaders/a.wgsl`: the uniform `scale` is 1e300, which `f32` cannot hold; choose another type or value");
    let more = fine().uniform("extra", "u32", 1.0);
    insta::assert_snapshot!(message(COPY, &more), @"kernel `kernel`, `shaders/a.wgsl`: the WGSL has no uniform `extra`: the spec gives {n: u32, scale: f32, extra: u32}, and the WGSL's `Dims` is {n: u32, scale: f32}");
}

#[test]
fn a_value_that_its_type_cannot_hold_is_refused() {
    let wgsl = with_y("var<storage, read_write> y: array<f32>;", "y[0] = f32(n);")
        + "@group(0) @binding(0) var<uniform> n: u32;";
    let case = |value| {
        plain("a.wgsl")
            .output("y", "f32", &[8])
            .uniform("count", "u32", value)
    };
    let project = Project::new().with("shaders/a.wgsl", &wgsl);
    // A lone uniform takes the one value, whatever its name.
    let shader = project.render(&case(4_294_967_295.0)).expect("fits");
    assert_eq!(shader.uniforms, [0xff; 4]);
    for value in [-1.0, 4_294_967_296.0, 0.5, f64::NAN] {
        let error = message(&wgsl, &case(value));
        assert!(error.contains("`u32` cannot hold"), "{error}");
    }
}

#[test]
fn several_uniform_variables_need_a_word_from_the_spec() {
    let wgsl = with_y(
        "var<storage, read_write> y: array<f32>;",
        "y[0] = f32(n + m);",
    ) + "@group(0) @binding(0) var<uniform> n: u32;
           @group(0) @binding(1) var<uniform> m: u32;";
    let case = plain("a.wgsl")
        .output("y", "f32", &[8])
        .uniform("n", "u32", 1.0);
    insta::assert_snapshot!(message(&wgsl, &case), @"kernel `kernel`, `shaders/a.wgsl`: the WGSL has several uniform variables (`n`, `m`), and the spec fills one by `uniforms`; give the others as buffers of the same name");
    let both = case.input("m", "u32", &[1]);
    let project = Project::new().with("shaders/a.wgsl", &wgsl);
    let shader = project
        .render(&both)
        .expect("one by uniforms, one by a buffer");
    assert_eq!(shader.bindings[1].1, Resolved::Buffer(1));
    let none = plain("a.wgsl").output("y", "f32", &[8]);
    insta::assert_snapshot!(message(&wgsl, &none), @"kernel `kernel`, `shaders/a.wgsl`: the WGSL binds uniform `n: u32` at group 0, binding 0, and the spec gives nothing for it; give it by `uniforms`, or add a buffer of that name; the spec gives `y`");
}

#[test]
fn uniforms_that_nothing_reads_are_refused() {
    let wgsl = with_y("var<storage, read_write> y: array<f32>;", "y[0] = 1.0;");
    let case = plain("a.wgsl")
        .output("y", "f32", &[8])
        .uniform("n", "u32", 1.0);
    insta::assert_snapshot!(message(&wgsl, &case), @"kernel `kernel`, `shaders/a.wgsl`: the spec gives `uniforms` (`n`), and the entry point uses no `var<uniform>`; remove them from the spec, or use the variable");
}

#[test]
fn one_buffer_may_stand_in_two_bindings_only_to_be_read() {
    let wgsl = "@group(0) @binding(0) var<storage, read_write> x: array<f32>;
        @group(0) @binding(1) var<storage, read_write> y: array<f32>;
        @compute @workgroup_size(1) fn main() { y[0] = x[0]; }";
    let mut case = plain("a.wgsl")
        .input("x", "f32", &[8])
        .inout("y", "f32", &[8]);
    case.stages[0].bindings[0].buffer = 1;
    insta::assert_snapshot!(message(wgsl, &case), @"kernel `kernel`, `shaders/a.wgsl`: `y` is bound as `x` and as `y`, and one of them writes; WebGPU allows that only where both read");
}

#[test]
fn what_one_stage_writes_the_next_may_only_read() {
    let make = "@group(0) @binding(0) var<storage, read_write> y: array<f32>;
        @compute @workgroup_size(1) fn main() { y[0] = 1.0; }";
    let take = "@group(0) @binding(0) var<storage, read> x: array<f32>;
        @group(0) @binding(1) var<storage, read_write> z: array<f32>;
        @compute @workgroup_size(1) fn main() { z[0] = x[0]; }";
    let project = Project::new()
        .with("shaders/a.wgsl", make)
        .with("shaders/b.wgsl", take);
    let mut case = plain("a.wgsl").output("y", "f32", &[8]);
    let second = plain("b.wgsl")
        .input("x", "f32", &[8])
        .output("z", "f32", &[8]);
    case.buffers[0].name = "kernel.y".into();
    case.buffers.push(second.buffers[1].clone());
    case.stages.push(crate::plan::Stage {
        bindings: second.stages[0].bindings.clone(),
        ..stage("next", SourcePlan::Plain("b.wgsl".into()))
    });
    let mut renderer = project.renderer();
    assert!(renderer.render(&case, &case.stages[0]).is_ok());
    assert!(renderer.render(&case, &case.stages[1]).is_ok());
}

/// `COPY` with a reference in WGSL.
fn referred(project: &Project, source: &str, entry: &str) -> (Renderer, Case) {
    let mut case = fine();
    case.stages[0].reference = ReferencePlan::Shader {
        source: SourcePlan::Plain(source.into()),
        entry: entry.into(),
        dispatch: [1, 1, 1],
    };
    (project.renderer(), case)
}

#[test]
fn a_reference_binds_by_the_same_names_and_may_skip_inputs() {
    let project = Project::new().with("shaders/a.wgsl", COPY).with(
        "shaders/slow.wgsl",
        "@group(3) @binding(1) var<storage, read_write> y: array<f32>;
         @compute @workgroup_size(1) fn slow() { y[0] = 1.0; }",
    );
    let (mut renderer, case) = referred(&project, "slow.wgsl", "slow");
    let reference = renderer
        .reference(&case, &case.stages[0])
        .expect("valid")
        .expect("a reference in WGSL");
    assert_eq!(reference.bindings[0].1, Resolved::Buffer(1));
    assert_eq!(reference.entry, "slow");
}

#[test]
fn a_reference_that_is_the_kernel_itself_is_refused() {
    let project = Project::new()
        .with("shaders/a.wgsl", COPY)
        .with("shaders/copy.wgsl", COPY);
    let (mut renderer, case) = referred(&project, "copy.wgsl", "main");
    let error = renderer
        .reference(&case, &case.stages[0])
        .expect_err("the same code");
    insta::assert_snapshot!(error, @"specs/t.yaml:9:16: the reference of `kernel` is the kernel's own code, so it proves nothing; write the same computation another way, or name a built-in reference");
}

#[test]
fn a_copy_of_the_kernel_under_other_names_is_refused_as_its_reference() {
    let renamed = COPY
        .replace("fn main", "/* slow */ fn slow")
        .replace('{', "{\n // plain\n")
        .replace("dims", "parameters");
    assert_ne!(renamed, COPY);
    let project = Project::new()
        .with("shaders/a.wgsl", COPY)
        .with("shaders/copy.wgsl", &renamed);
    let (mut renderer, case) = referred(&project, "copy.wgsl", "slow");
    let error = renderer
        .reference(&case, &case.stages[0])
        .expect_err("the same code");
    assert!(error.message.contains("kernel's own code"), "{error}");
}

#[test]
fn a_built_in_reference_has_no_shader() {
    let project = Project::new().with("shaders/a.wgsl", COPY);
    let case = fine();
    let reference = project.renderer().reference(&case, &case.stages[0]);
    assert_eq!(reference, Ok(None));
}
