//! Cases and projects, made small for tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::kit::{Cache, CaseId, Checks, Element, Mode, Nanos, Place, Ratio, UniformType, Work};
use crate::plan::{
    Binding, Buffer, BufferRole, Case, CaseLimits, Parameter, ReferencePlan, SourcePlan, Stage,
    UniformPlan,
};
use crate::shader::{Renderer, Shader, ShaderError};

/// A project folder that goes with the test.
pub(super) struct Project {
    pub(super) dir: tempfile::TempDir,
}

impl Project {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for folder in ["templates", "shaders"] {
            fs::create_dir(dir.path().join(folder)).expect("a folder");
        }
        Self { dir }
    }

    pub(super) fn with(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        fs::write(self.dir.path().join(path), text).expect("a file");
        self
    }

    pub(super) fn renderer(&self) -> Renderer {
        Renderer::new(self.dir.path())
    }

    pub(super) fn render(&self, case: &Case) -> Result<Shader, ShaderError> {
        self.renderer().render(case, &case.stages[0])
    }

    /// The error as it prints, without the folder's random name.
    pub(super) fn error(&self, case: &Case) -> String {
        let error = self.render(case).expect_err("an error");
        error.to_string()
    }
}

/// The repository's own root.
pub(super) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// A case of one stage and no buffers.
pub(super) fn case(source: SourcePlan) -> Case {
    Case {
        id: CaseId("t/kernel[n=8]@workgroup=64".into()),
        suite: "t".into(),
        kernel: "kernel".into(),
        names: Vec::new(),
        buffers: Vec::new(),
        stages: vec![stage("kernel", source)],
        mode: Mode::Latency,
        cache: Cache::Warm,
        checks: Checks::Checked,
        deterministic: false,
        force: false,
        limits: CaseLimits {
            slowdown: Ratio(0.02),
            min_rounds: 3,
            max_rounds: 10,
            time: Nanos(1e8),
            warmup: 5,
        },
        work: Work::default(),
        expected: Vec::new(),
        tuned: None,
        place: Place::new("specs/t.yaml", 12, 5),
    }
}

pub(super) fn stage(kernel: &str, source: SourcePlan) -> Stage {
    Stage {
        kernel: kernel.into(),
        source,
        entry: "main".into(),
        parameters: BTreeMap::new(),
        variant: BTreeMap::new(),
        overrides: BTreeMap::new(),
        bindings: Vec::new(),
        uniforms: Vec::new(),
        uniforms_slot: None,
        dispatch: [1, 1, 1],
        reset: Vec::new(),
        places: Arc::default(),
        reference: ReferencePlan::BuiltIn("none".into()),
        reference_place: Place::new("specs/t.yaml", 9, 16),
        tolerance: BTreeMap::new(),
        work: Work::default(),
        conditions: Vec::new(),
    }
}

pub(super) fn plain(name: &str) -> Case {
    case(SourcePlan::Plain(name.into()))
}

pub(super) fn template(name: &str) -> Case {
    case(SourcePlan::Template(name.into()))
}

/// Adds to a case's only stage.
pub(super) trait With: Sized {
    fn buffer(self, role: BufferRole, name: &str, element: &str, shape: &[u64]) -> Self;
    fn int(self, name: &str, value: i64) -> Self;
    fn word(self, name: &str, value: &str) -> Self;
    fn list(self, name: &str, value: &[i64]) -> Self;
    fn uniform(self, name: &str, ty: &str, value: f64) -> Self;
    fn uniforms(self, name: &str, ty: &str, values: &[f64]) -> Self;
    fn set(self, name: &str, value: f64) -> Self;
    fn entry(self, name: &str) -> Self;
    fn slot(self, name: &str, slot: (u32, u32)) -> Self;

    fn input(self, name: &str, element: &str, shape: &[u64]) -> Self {
        self.buffer(BufferRole::Input, name, element, shape)
    }
    fn output(self, name: &str, element: &str, shape: &[u64]) -> Self {
        self.buffer(BufferRole::Output, name, element, shape)
    }
    fn inout(self, name: &str, element: &str, shape: &[u64]) -> Self {
        self.buffer(BufferRole::Inout, name, element, shape)
    }
}

impl With for Case {
    fn buffer(mut self, role: BufferRole, name: &str, element: &str, shape: &[u64]) -> Self {
        self.stages[0].bindings.push(Binding {
            name: name.into(),
            buffer: self.buffers.len(),
            slot: None,
        });
        self.buffers.push(Buffer {
            name: name.into(),
            role,
            element: self::element(element),
            shape: shape.to_vec(),
            fill: None,
        });
        self
    }

    fn int(mut self, name: &str, value: i64) -> Self {
        let parameter = Parameter::Int(value);
        self.stages[0].parameters.insert(name.into(), parameter);
        self
    }

    fn word(mut self, name: &str, value: &str) -> Self {
        let parameter = Parameter::Word(value.into());
        self.stages[0].parameters.insert(name.into(), parameter);
        self
    }

    fn list(mut self, name: &str, value: &[i64]) -> Self {
        let parameter = Parameter::List(value.to_vec());
        self.stages[0].parameters.insert(name.into(), parameter);
        self
    }

    fn uniform(self, name: &str, ty: &str, value: f64) -> Self {
        let parsed = UniformType::parse(ty).expect("a type");
        self.uniforms(name, ty, &vec![value; parsed.scalars()])
    }

    fn uniforms(mut self, name: &str, ty: &str, values: &[f64]) -> Self {
        self.stages[0].uniforms.push(UniformPlan {
            name: name.into(),
            ty: UniformType::parse(ty).expect("a type"),
            values: values.to_vec(),
        });
        self
    }

    fn set(mut self, name: &str, value: f64) -> Self {
        self.stages[0].overrides.insert(name.into(), value);
        self
    }

    fn entry(mut self, name: &str) -> Self {
        self.stages[0].entry = name.into();
        self
    }

    fn slot(mut self, name: &str, slot: (u32, u32)) -> Self {
        for binding in &mut self.stages[0].bindings {
            if binding.name == name {
                binding.slot = Some(slot);
            }
        }
        self
    }
}

fn element(text: &str) -> Element {
    Element::parse(text).expect("an element")
}
