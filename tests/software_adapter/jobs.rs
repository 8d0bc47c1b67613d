//! Jobs written by hand, for tests of devices.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel_gate::kit::{Cache, CaseId, Checks, Element, Mode, Nanos, Place, Ratio, Scalar, Work};
use kernel_gate::plan::{
    Binding, Buffer, BufferRole, Case, CaseLimits, FillPlan, ReferencePlan, SourcePlan, Stage,
    TolerancePlan,
};
use kernel_gate::run::Job;
use kernel_gate::shader::{BindingKind, Reflected, Resolved, Shader};

/// A buffer; inputs are uniform in [-1, 1).
pub(crate) fn buffer(name: &str, role: BufferRole, element: Element, shape: &[u64]) -> Buffer {
    Buffer {
        name: name.into(),
        role,
        element,
        shape: shape.to_vec(),
        fill: (role != BufferRole::Output).then_some(FillPlan::Uniform(-1.0, 1.0)),
    }
}

/// What reflection would say of a binding.
pub(crate) fn binding(name: &str, group: u32, binding: u32, kind: BindingKind) -> Reflected {
    Reflected {
        name: name.into(),
        group,
        binding,
        kind,
        element: None,
        min_size: 0,
        members: Vec::new(),
        uses_array_length: false,
        reads: kind != BindingKind::StorageReadWrite,
    }
}

/// Stages and their buffers, put together step by step.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    buffers: Vec<Buffer>,
    stages: Vec<(Stage, Shader, Option<Shader>)>,
}

fn shader(text: &str) -> Shader {
    Shader {
        text: text.into(),
        hash: String::new(),
        entry: "main".into(),
        overrides: BTreeMap::new(),
        workgroup_size: [64, 1, 1],
        workgroup_memory: 0,
        bindings: Vec::new(),
        uniforms: Vec::new(),
        needs_f16: false,
        needs_subgroups: false,
        needs_cooperative_matrix: false,
        notes: Vec::new(),
    }
}

impl Kernel {
    /// One stage of this WGSL.
    pub(crate) fn new(text: &str) -> Self {
        let stage = Stage {
            kernel: "kernel".into(),
            source: SourcePlan::Plain("shaders/kernel.wgsl".into()),
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
            reference_place: Place::new("specs/test.yaml", 1, 1),
            reference: ReferencePlan::BuiltIn("copy".into()),
            tolerance: BTreeMap::new(),
            work: Work::default(),
            conditions: Vec::new(),
        };
        Self {
            buffers: Vec::new(),
            stages: vec![(stage, shader(text), None)],
        }
    }

    fn last(&mut self) -> &mut (Stage, Shader, Option<Shader>) {
        self.stages.last_mut().expect("one stage at least")
    }

    /// The WGSL.
    pub(crate) fn text(&self) -> &str {
        &self.stages[0].1.text
    }

    /// Replaces text of the WGSL that must be there.
    pub(crate) fn replace(mut self, from: &str, to: &str) -> Self {
        let text = &mut self.last().1.text;
        assert!(text.contains(from), "no `{from}` in {text}");
        *text = text.replace(from, to).into();
        self
    }

    /// Adds a buffer of the case.
    pub(crate) fn buffer(mut self, buffer: Buffer) -> Self {
        self.buffers.push(buffer);
        self
    }

    /// Binds a buffer by its index in the case.
    pub(crate) fn binding(mut self, reflected: Reflected, buffer: usize) -> Self {
        let (stage, shader, _) = self.last();
        if !stage.bindings.iter().any(|b| b.buffer == buffer) {
            stage.bindings.push(Binding {
                name: reflected.name.clone(),
                buffer,
                slot: None,
            });
        }
        shader.bindings.push((reflected, Resolved::Buffer(buffer)));
        self
    }

    /// Names of the stage's buffers as its reference knows them.
    pub(crate) fn names(mut self, names: &[(&str, usize)]) -> Self {
        self.last().0.bindings = names
            .iter()
            .map(|&(name, buffer)| Binding {
                name: name.into(),
                buffer,
                slot: None,
            })
            .collect();
        self
    }

    /// Changes how a binding is bound.
    pub(crate) fn kind(mut self, index: usize, kind: BindingKind) -> Self {
        self.last().1.bindings[index].0.kind = kind;
        self
    }

    /// Says that the kernel reads what a binding holds.
    pub(crate) fn reads(mut self, index: usize) -> Self {
        self.last().1.bindings[index].0.reads = true;
        self
    }

    /// Sets an output's tolerance.
    pub(crate) fn tolerance(mut self, name: &str, plan: TolerancePlan) -> Self {
        self.last().0.tolerance.insert(name.into(), plan);
        self
    }

    /// Binds the uniform struct.
    pub(crate) fn uniforms(mut self, reflected: Reflected, bytes: Vec<u8>) -> Self {
        let shader = &mut self.last().1;
        shader.bindings.push((reflected, Resolved::Uniforms));
        shader.uniforms = bytes;
        self
    }

    /// Sets an override.
    pub(crate) fn constant(mut self, name: &str, value: f64) -> Self {
        self.last().1.overrides.insert(name.into(), value);
        self
    }

    /// Restores a buffer before each run.
    pub(crate) fn reset(mut self, buffer: usize) -> Self {
        self.last().0.reset.push(buffer);
        self
    }

    /// Workgroups.
    pub(crate) fn dispatch(mut self, dispatch: [u64; 3]) -> Self {
        self.last().0.dispatch = dispatch;
        self
    }

    /// A reference in WGSL, bound as the stage is, of so many workgroups.
    pub(crate) fn reference(mut self, text: &str, workgroups: u32) -> Self {
        let (stage, own, reference) = self.last();
        stage.reference = ReferencePlan::Shader {
            source: SourcePlan::Plain("shaders/reference.wgsl".into()),
            entry: "main".into(),
            dispatch: [workgroups, 1, 1],
        };
        let mut other = own.clone();
        other.text = text.into();
        *reference = Some(other);
        self
    }

    /// Appends stages; the other's bindings count in both cases' buffers.
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.buffers.extend(other.buffers);
        self.stages.extend(other.stages);
        self
    }

    /// The job.
    pub(crate) fn job(self) -> Job {
        let (mut stages, mut shaders, mut references) = (Vec::new(), Vec::new(), Vec::new());
        for (stage, shader, reference) in self.stages {
            stages.push(stage);
            shaders.push(shader);
            references.push(reference);
        }
        Job {
            case: Case {
                id: CaseId("test/kernel".into()),
                suite: "test".into(),
                kernel: "kernel".into(),
                names: Vec::new(),
                buffers: self.buffers,
                stages,
                mode: Mode::Latency,
                cache: Cache::Warm,
                checks: Checks::Checked,
                deterministic: false,
                force: false,
                limits: CaseLimits {
                    slowdown: Ratio(0.02),
                    min_rounds: 3,
                    max_rounds: 10,
                    time: Nanos(5e6),
                    warmup: 2,
                },
                work: Work::default(),
                expected: Vec::new(),
                tuned: None,
                place: Place::new("specs/test.yaml", 1, 1),
            },
            shaders,
            references,
            seed: 7,
            cache: None,
        }
    }
}

/// `dst[i] = src[i]` over so many scalars, judged by the built-in reference.
pub(crate) fn copy(elements: u64) -> Kernel {
    let float = Element::scalar(Scalar::F32);
    Kernel::new(
        "
        @group(0) @binding(0) var<storage, read> src: array<f32>;
        @group(0) @binding(1) var<storage, read_write> dst: array<f32>;
        @compute @workgroup_size(64)
        fn main(@builtin(global_invocation_id) id: vec3<u32>) {
            if id.x < COUNT { dst[id.x] = src[id.x]; }
        }",
    )
    .replace("COUNT", &format!("{elements}u"))
    .buffer(buffer("src", BufferRole::Input, float, &[elements]))
    .buffer(buffer("dst", BufferRole::Output, float, &[elements]))
    .binding(binding("src", 0, 0, BindingKind::StorageRead), 0)
    .binding(binding("dst", 0, 1, BindingKind::StorageReadWrite), 1)
    .dispatch([elements.div_ceil(64), 1, 1])
}

/// A copy of 4,096 scalars from `src` by way of `mid` to `out`, in two stages;
/// `store` is how the second one writes an element.
pub(crate) fn two_in_a_row(store: &str) -> Job {
    let second = Kernel::new(
        "
        @group(0) @binding(0) var<storage, read> mid: array<f32>;
        @group(0) @binding(1) var<storage, read_write> out: array<f32>;
        @compute @workgroup_size(64)
        fn main(@builtin(global_invocation_id) id: vec3<u32>) {
            if id.x < 4096u { out[id.x] = mid[id.x]; }
        }",
    )
    .buffer(buffer(
        "out",
        BufferRole::Output,
        Element::scalar(Scalar::F32),
        &[4_096],
    ))
    .binding(binding("mid", 0, 0, BindingKind::StorageRead), 1)
    .binding(binding("out", 0, 1, BindingKind::StorageReadWrite), 2)
    .names(&[("src", 1), ("dst", 2)])
    .dispatch([64, 1, 1]);
    // Its reference reads what the first stage wrote and does not judge it.
    let slow = second
        .text()
        .replace("@workgroup_size(64)", "@workgroup_size(1)");
    let second = second
        .replace("out[id.x] = mid[id.x];", store)
        .reference(&slow, 4_096);
    copy(4_096).then(second).job()
}
