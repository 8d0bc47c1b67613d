//! What the oracles accept and what they refuse: right kernels, computed here
//! in f32 in several orders, and mutants of them.

mod attention;
mod bits;
mod check;
mod combine;
mod elementwise;
mod fills;
mod large;
mod layers;
mod matmul;
mod moe;
mod topk;

use std::collections::BTreeMap;
use std::sync::Arc;

use half::f16;

use crate::kit::{
    Cache, CaseId, Checks, Element, Mismatch, MismatchKind, Mode, Nanos, Place, Ratio, Work,
};
use crate::plan::{
    Binding, Buffer, BufferRole, Case, CaseLimits, FillPlan, Parameter, ReferencePlan, SourcePlan,
    Stage, TolerancePlan,
};

use super::{Data, StageData, Tensor, check_reference, generate, judge, poisoned};

/// Seed of all inputs and samples.
const SEED: u64 = 20_261_122;

fn buffer(name: &str, role: BufferRole, element: &str, shape: &[u64]) -> Buffer {
    Buffer {
        name: name.into(),
        role,
        element: Element::parse(element).expect("a valid element"),
        shape: shape.to_vec(),
        fill: None,
    }
}

fn filled(name: &str, element: &str, shape: &[u64], fill: FillPlan) -> Tensor {
    let mut buffer = buffer(name, BufferRole::Input, element, shape);
    buffer.fill = Some(fill);
    generate(&buffer, SEED, 0)
}

fn normal(name: &str, element: &str, shape: &[u64]) -> Tensor {
    filled(name, element, shape, FillPlan::Normal(0.0, 1.0))
}

fn f32s(shape: &[u64], values: &[f32]) -> Tensor {
    Tensor {
        shape: shape.to_vec(),
        lanes: 1,
        data: Data::F32(values.to_vec()),
    }
}

fn u32s(shape: &[u64], values: &[u32]) -> Tensor {
    Tensor {
        shape: shape.to_vec(),
        lanes: 1,
        data: Data::U32(values.to_vec()),
    }
}

/// Values as the f32 that a kernel computes with.
fn floats(tensor: &Tensor) -> Vec<f32> {
    match &tensor.data {
        Data::F32(values) => values.clone(),
        Data::F16(values) => values.iter().map(|value| value.to_f32()).collect(),
        Data::U32(_) | Data::I32(_) => panic!("not a tensor of floats"),
    }
}

/// Stores f32 results as a type.
fn stored(element: &str, shape: &[u64], values: &[f32]) -> Tensor {
    match element {
        "f16" => Tensor {
            shape: shape.to_vec(),
            lanes: 1,
            data: Data::F16(values.iter().map(|value| f16::from_f32(*value)).collect()),
        },
        _ => f32s(shape, values),
    }
}

/// Edits one f32 value.
fn edit(tensor: &mut Tensor, index: usize, change: impl Fn(f32) -> f32) {
    match &mut tensor.data {
        Data::F32(values) => values[index] = change(values[index]),
        Data::F16(values) => values[index] = f16::from_f32(change(values[index].to_f32())),
        Data::U32(_) | Data::I32(_) => panic!("not a tensor of floats"),
    }
}

fn mutant(tensor: &Tensor, change: impl FnOnce(&mut Vec<f32>)) -> Tensor {
    let mut values = floats(tensor);
    change(&mut values);
    Tensor {
        shape: tensor.shape.clone(),
        lanes: 1,
        data: Data::F32(values),
    }
}

/// A stage with its buffers, built for one judgement.
struct Setup {
    stage: Stage,
    buffers: Vec<Buffer>,
    before: Vec<Tensor>,
    /// None for what the stage does not write.
    after: Vec<Option<Tensor>>,
}

impl Setup {
    fn new(reference: &str, parameters: &[(&str, u64)]) -> Self {
        let parameters = parameters
            .iter()
            .map(|(name, value)| {
                let value = i64::try_from(*value).expect("a small extent");
                ((*name).to_owned(), Parameter::Int(value))
            })
            .collect();
        Self {
            stage: Stage {
                kernel: "kernel".into(),
                source: SourcePlan::Plain("kernel.wgsl".into()),
                entry: "main".into(),
                parameters,
                variant: BTreeMap::new(),
                overrides: BTreeMap::new(),
                bindings: Vec::new(),
                uniforms: Vec::new(),
                uniforms_slot: None,
                dispatch: [1, 1, 1],
                reset: Vec::new(),
                places: Arc::default(),
                reference_place: Place::new("specs/suite.yaml", 1, 1),
                reference: ReferencePlan::BuiltIn(reference.into()),
                tolerance: BTreeMap::new(),
                work: Work::default(),
                conditions: Vec::new(),
            },
            buffers: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
        }
    }

    fn add(&mut self, name: &str, role: BufferRole, before: Option<&Tensor>, after: &Tensor) {
        let element = Element {
            scalar: after.scalar(),
            lanes: after.lanes,
            atomic: false,
        };
        let buffer = buffer(
            &format!("stage.{name}"),
            role,
            &element.to_string(),
            &after.shape,
        );
        self.stage.bindings.push(Binding {
            name: name.into(),
            buffer: self.buffers.len(),
            slot: None,
        });
        let poison = || Tensor::from_bytes(&buffer, &poisoned(&buffer));
        self.before.push(before.cloned().unwrap_or_else(poison));
        self.after
            .push((role != BufferRole::Input).then(|| after.clone()));
        self.buffers.push(buffer);
    }

    fn input(mut self, name: &str, tensor: &Tensor) -> Self {
        self.add(name, BufferRole::Input, Some(tensor), tensor);
        self
    }

    /// What an earlier stage wrote and this one reads.
    fn connected(mut self, name: &str, tensor: &Tensor) -> Self {
        self.add(name, BufferRole::Output, Some(tensor), tensor);
        if let Some(last) = self.after.last_mut() {
            *last = None;
        }
        self
    }

    fn output(mut self, name: &str, wrote: &Tensor) -> Self {
        self.add(name, BufferRole::Output, None, wrote);
        self
    }

    fn inout(mut self, name: &str, before: &Tensor, after: &Tensor) -> Self {
        self.add(name, BufferRole::Inout, Some(before), after);
        self
    }

    fn tolerance(mut self, name: &str, plan: TolerancePlan) -> Self {
        self.stage.tolerance.insert(name.into(), plan);
        self
    }

    fn word(mut self, name: &str, value: &str) -> Self {
        let value = Parameter::Word(value.into());
        self.stage.parameters.insert(name.into(), value);
        self
    }

    fn parameter(mut self, name: &str, value: i64) -> Self {
        let value = Parameter::Int(value);
        self.stage.parameters.insert(name.into(), value);
        self
    }

    fn case(&self) -> Case {
        Case {
            id: CaseId("suite/kernel[]".into()),
            suite: "suite".into(),
            kernel: "kernel".into(),
            names: Vec::new(),
            buffers: self.buffers.clone(),
            stages: vec![self.stage.clone()],
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
            place: Place::new("specs/suite.yaml", 1, 1),
        }
    }

    fn judge(&self) -> Result<(), Mismatch> {
        self.judge_against(None)
    }

    fn judge_against(&self, reference: Option<&[Option<Tensor>]>) -> Result<(), Mismatch> {
        let case = self.case();
        let before: Vec<&Tensor> = self.before.iter().collect();
        let after: Vec<Option<&Tensor>> = self.after.iter().map(Option::as_ref).collect();
        judge(&StageData {
            case: &case,
            stage: &case.stages[0],
            before: &before,
            after: &after,
            reference,
            seed: SEED,
        })
    }

    /// What a wrong output of a value is called.
    #[track_caller]
    fn wrong(&self) -> Mismatch {
        let mismatch = self.judge().expect_err("the mutant must be refused");
        assert_eq!(mismatch.kind, MismatchKind::Value);
        mismatch
    }
}
