//! Suites of the project's own kernels with other cases, verified case by case.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use kernel_gate::kit::{
    Backend, CaseId, Correctness, DeviceFacts, DeviceKind, DeviceLimits, Features, Method, Nanos,
    Timer,
};
use kernel_gate::plan::{Case, FillPlan, Filter, ShaderNeeds, expand, fit, fit_shader};
use kernel_gate::run::{Device, Gpu, Job, Wanted, measure};
use kernel_gate::shader::{Renderer, Shader};
use kernel_gate::spec;
use tempfile::TempDir;

/// A part of a template, and what a mutant has in its place.
pub(crate) type Mutant<'a> = (&'a str, &'a str, &'a str);

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `specs/SUITE.yaml` with these cases instead of its own, which are large and
/// even.
pub(crate) fn with_cases(suite: &str, cases: &str) -> String {
    let text = read(&format!("specs/{suite}.yaml"));
    let (kernels, _) = text.split_once("\ncases:").expect("cases");
    format!("{kernels}\ncases:{cases}")
}

/// A project of this repository's templates and specs, with one more suite.
fn project(suite: &str) -> TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = tempfile::tempdir().expect("a folder");
    for folder in ["templates", "specs"] {
        let to = project.path().join(folder);
        fs::create_dir(&to).expect("a folder");
        for entry in fs::read_dir(root.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("copied");
        }
    }
    fs::write(project.path().join("gate.toml"), "").expect("written");
    fs::write(project.path().join("specs/suite.yaml"), suite).expect("written");
    project
}

/// The cases of a suite that a device can run, each with what its stages
/// render to.
fn fitting(project: &Path, facts: &DeviceFacts) -> Vec<(Case, Vec<Shader>)> {
    let spec =
        spec::read(&project.join("specs/suite.yaml")).unwrap_or_else(|errors| panic!("{errors:?}"));
    let plan = expand(&spec, &Filter::default()).unwrap_or_else(|error| panic!("{error}"));
    let mut renderer = Renderer::new(project);
    let mut found = Vec::new();
    for case in fit(plan, facts, None).cases {
        let shaders: Vec<Shader> = case
            .stages
            .iter()
            .map(|stage| {
                let rendered = renderer.render(&case, stage);
                rendered.unwrap_or_else(|error| panic!("{}: {error}", case.id))
            })
            .collect();
        let fits = shaders.iter().enumerate().all(|(stage, shader)| {
            let needs = ShaderNeeds {
                workgroup_size: shader.workgroup_size,
                workgroup_memory: shader.workgroup_memory,
                bind_groups: 1,
                f16: shader.needs_f16,
                subgroups: shader.needs_subgroups,
                cooperative_matrix: shader.needs_cooperative_matrix,
                ..ShaderNeeds::default()
            };
            fit_shader(&case, stage, &needs, facts).is_none()
        });
        if fits {
            found.push((case, shaders));
        }
    }
    found
}

/// A device of WebGPU's default limits and no features: what every browser
/// gives a page that asks for nothing.
///
/// Source: WebGPU, section 3.6.2, Limits.
fn least() -> DeviceFacts {
    DeviceFacts {
        adapter: "least".into(),
        kind: DeviceKind::Other,
        backend: Backend::Vulkan,
        driver: String::new(),
        driver_info: String::new(),
        wgpu: String::new(),
        cpu: None,
        timer: Timer {
            method: Method::WallClock,
            tick: Nanos(1.0),
            empty_pass: Nanos(0.0),
        },
        limits: DeviceLimits::webgpu_default(),
        features: Features {
            f16: false,
            subgroups: false,
            cooperative_matrix: false,
            timestamps: false,
            subgroup_min: 0,
            subgroup_max: 0,
        },
    }
}

/// Kernels of a suite of which a device with default limits and no features
/// runs at least one case.
pub(crate) fn portable(suite: &str) -> BTreeSet<String> {
    fitting(project(suite).path(), &least())
        .into_iter()
        .flat_map(|(case, _)| case.stages.into_iter().map(|stage| stage.kernel))
        .collect()
}

/// Verifies all cases of a suite that fit the device, each changed before.
fn correctness(
    suite: &str,
    gpu: &mut Gpu,
    mutant: Option<Mutant<'_>>,
    change: impl Fn(&mut Case),
) -> Vec<(CaseId, bool, Option<Correctness>)> {
    let project = project(suite);
    if let Some((template, from, to)) = mutant {
        let path = project.path().join(format!("templates/{template}.wgsl.j2"));
        let text = fs::read_to_string(&path).expect("a template");
        assert!(text.contains(from), "{template} has no `{from}`");
        fs::write(&path, text.replace(from, to)).expect("written");
    }
    let facts = gpu.facts().expect("facts");
    let mut judged = Vec::new();
    for (mut case, shaders) in fitting(project.path(), &facts) {
        change(&mut case);
        let job = Job {
            references: vec![None; shaders.len()],
            case,
            shaders,
            seed: 11,
            cache: Some(1 << 20),
        };
        let wanted = Wanted {
            verify: true,
            sample: None,
        };
        let measured = measure(gpu, &job, &wanted);
        let measured = measured.unwrap_or_else(|lost| panic!("{}: {lost:?}", job.case.id));
        judged.push((job.case.id, job.case.deterministic, measured.correctness));
    }
    judged
}

/// Verifies the cases of a suite, which must all be right, and twice the same
/// where they are to be deterministic; says how many.
pub(crate) fn verify(suite: &str, gpu: &mut Gpu, change: impl Fn(&mut Case)) -> usize {
    let judged = correctness(suite, gpu, None, change);
    let wrong: Vec<_> = judged
        .iter()
        .filter(|(_, deterministic, found)| match found {
            Some(Correctness::Right {
                repeatable,
                by_wgsl: false,
            }) => *deterministic && !repeatable,
            Some(_) | None => true,
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    judged.len()
}

/// How many cases are right, and how many wrong, with a mutant of a template.
pub(crate) fn judged(suite: &str, gpu: &mut Gpu, mutant: Option<Mutant<'_>>) -> (usize, usize) {
    let judged = correctness(suite, gpu, mutant, |_| {});
    let wrong = |found: &Option<Correctness>| matches!(found, Some(Correctness::Wrong { .. }));
    let count = judged.iter().filter(|(_, _, found)| wrong(found)).count();
    (judged.len() - count, count)
}

/// Changes the fill of a kernel's input, if the case has one of that name.
pub(crate) fn refill(case: &mut Case, name: &str, fill: &FillPlan) {
    for buffer in &mut case.buffers {
        if buffer.name == name || buffer.name.ends_with(&format!(".{name}")) {
            buffer.fill = Some(fill.clone());
        }
    }
}
