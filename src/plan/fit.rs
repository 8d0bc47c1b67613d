//! What this device can and should run.

use crate::kit::{Bytes, CaseId, Ceilings, DeviceFacts, DeviceKind, Element, LeftOut, Scalar};
use crate::spec::Class;

use super::scope::{OfDevice, Scope};
use super::{Buffer, BufferRole, Case, Plan, ReferencePlan, Stage, build, identity};
use crate::kit::Cache;

/// Most memory that one case takes on a GPU with memory of its own.
///
/// WebGPU does not say how much there is; GPUs that are used for these kernels
/// have at least this much, and the largest of them several times it.
pub const MEMORY_DISCRETE: Bytes = Bytes(8 << 30);

/// The same where the GPU shares the system's memory with everything else.
pub const MEMORY_SHARED: Bytes = Bytes(4 << 30);

/// The same on a software adapter, where inputs, expected outputs and the
/// adapter's own copies are all in the memory of a small machine.
pub const MEMORY_CPU: Bytes = Bytes(2 << 30);

/// How far over `limits.time` the predicted time of one run may be.
///
/// The limit is for all timed runs of a round; a single run of ten times that,
/// with warm-up, verification and several rounds, takes hundreds of times the
/// share that the case was given.
pub const FAR: f64 = 10.0;

/// Room that is kept behind an output for guard words, in its binding: as many
/// as the oracle places there.
pub const GUARD_ROOM: u64 = 256;

/// How many times the last-level cache the inputs of a cold case exceed
/// together.
const COLD_SETS: u64 = 3;

/// What a stage's shader needs, as reflection tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShaderNeeds {
    /// Whether it is the stage's reference, and not its kernel.
    pub reference: bool,
    /// Invocations of a workgroup per dimension.
    pub workgroup_size: [u32; 3],
    /// Workgroup memory, in bytes.
    pub workgroup_memory: u32,
    /// Bind groups, counted by the highest number.
    pub bind_groups: u64,
    /// Bindings of a group, counted by the highest number.
    pub bindings: u64,
    /// Storage buffers.
    pub storage_buffers: u64,
    /// Uniform buffers.
    pub uniform_buffers: u64,
    /// The largest uniform binding, in bytes.
    pub uniform_bytes: u64,
    /// 16-bit floats.
    pub f16: bool,
    /// Subgroup operations.
    pub subgroups: bool,
    /// Cooperative matrices.
    pub cooperative_matrix: bool,
}

/// The classes that a device has, the closest first.
#[must_use]
pub fn classes_of<'a>(classes: &'a [Class], facts: &DeviceFacts) -> Vec<&'a Class> {
    classes
        .iter()
        .filter(|class| class.matches(facts))
        .collect()
}

/// Moves cases that this device cannot or should not run to the left-out list.
///
/// `ceilings` predict times; without them no case is too slow.
#[must_use]
pub fn fit(plan: Plan, facts: &DeviceFacts, ceilings: Option<&Ceilings>) -> Plan {
    plan.leave_out(|case| {
        let stages = case.stages.iter();
        stages
            .clone()
            .find_map(|stage| unmet(stage, facts))
            .or_else(|| no_f16(case, facts))
            .or_else(|| case.buffers.iter().find_map(|b| too_large(b, facts)))
            .or_else(|| {
                stages
                    .clone()
                    .find_map(|stage| too_many(case, stage, facts))
            })
            .or_else(|| too_much(case, facts, ceilings))
            .or_else(|| too_slow(case, ceilings?))
    })
}

/// Why a device cannot run a stage's shader; none where it can.
///
/// Apart from [`fit`], because it takes a rendered shader to know.
#[must_use]
pub fn fit_shader(
    case: &Case,
    stage: usize,
    needs: &ShaderNeeds,
    facts: &DeviceFacts,
) -> Option<LeftOut> {
    let limits = &facts.limits;
    let of = match (case.stages.get(stage), needs.reference) {
        (Some(stage), true) => format!(" of the reference of `{}`", stage.kernel),
        (Some(stage), false) if case.stages.len() > 1 => format!(" of `{}`", stage.kernel),
        (Some(_) | None, _) => String::new(),
    };
    let features = [
        (needs.f16, facts.features.f16, F16),
        (
            needs.subgroups,
            facts.features.subgroups,
            "subgroup operations",
        ),
        (
            needs.cooperative_matrix,
            facts.features.cooperative_matrix,
            "cooperative matrices",
        ),
    ];
    if let Some((_, _, name)) = features.iter().find(|(needed, has, _)| *needed && !has) {
        return Some(LeftOut::Feature((*name).to_owned()));
    }
    let [x, y, z] = needs.workgroup_size.map(u64::from);
    let [most_x, most_y, most_z] = limits.max_workgroup_size.map(u64::from);
    // Three factors below 2^32 may not fit 64 bits.
    let invocations = x.saturating_mul(y).saturating_mul(z);
    let over = [
        ("the workgroup's x", x, most_x),
        ("the workgroup's y", y, most_y),
        ("the workgroup's z", z, most_z),
        (
            "the workgroup's number of invocations",
            invocations,
            limits.max_invocations.into(),
        ),
        (
            "the workgroup's memory in bytes",
            needs.workgroup_memory.into(),
            limits.max_workgroup_memory.into(),
        ),
        (
            "the number of bind groups",
            needs.bind_groups,
            limits.max_bind_groups.into(),
        ),
        (
            "the highest binding number",
            needs.bindings.saturating_sub(1),
            u64::from(limits.max_bindings).saturating_sub(1),
        ),
        (
            "the number of storage buffers",
            needs.storage_buffers,
            limits.max_storage_buffers.into(),
        ),
        (
            "the number of uniform buffers",
            needs.uniform_buffers,
            limits.max_uniform_buffers.into(),
        ),
        (
            "the number of storage and uniform buffers",
            needs.storage_buffers.saturating_add(needs.uniform_buffers),
            limits.max_stage_buffers.into(),
        ),
        (
            "the largest uniform buffer in bytes",
            needs.uniform_bytes,
            limits.max_uniform_binding,
        ),
    ];
    over.into_iter()
        .find_map(|(what, needed, limit)| over_limit(format!("{what}{of}"), needed, limit))
}

impl Plan {
    /// Moves cases for which a reason is given to the left-out list.
    #[must_use]
    pub fn leave_out(mut self, mut reason: impl FnMut(&Case) -> Option<LeftOut>) -> Self {
        let mut kept = Vec::with_capacity(self.cases.len());
        for case in self.cases {
            match reason(&case) {
                None => kept.push(case),
                Some(reason) => self.left_out.push((case.id, reason)),
            }
        }
        self.cases = kept;
        self.sort();
        self
    }

    /// Puts cases into the order that people read them in.
    pub(super) fn sort(&mut self) {
        self.cases
            .sort_by(|a, b| identity::reading_order(&a.id, &b.id));
        let by_id =
            |a: &(CaseId, LeftOut), b: &(CaseId, LeftOut)| identity::reading_order(&a.0, &b.0);
        self.left_out.sort_by(by_id);
    }
}

/// How a missing `shader-f16` is named.
const F16: &str = "16-bit floats in shaders (`shader-f16`)";

fn over_limit(what: String, needed: u64, limit: u64) -> Option<LeftOut> {
    (needed > limit).then_some(LeftOut::Limit {
        what,
        needed,
        limit,
    })
}

/// The first condition that does not hold on this device. One that has no
/// value here, such as a division by a subgroup size of 0, does not hold.
fn unmet(stage: &Stage, facts: &DeviceFacts) -> Option<LeftOut> {
    let scope = Scope {
        parameters: &stage.parameters,
        device: OfDevice::Facts(facts),
    };
    stage
        .conditions
        .iter()
        .find_map(|condition| match condition.eval_int(&scope) {
            Ok(0) => Some(build::unmet(condition, &scope)),
            Ok(_) => None,
            Err(error) => Some(LeftOut::Where {
                condition: condition.text().to_owned(),
                values: error.to_string(),
            }),
        })
}

fn no_f16(case: &Case, facts: &DeviceFacts) -> Option<LeftOut> {
    let is_f16 = |element: Element| element.scalar == Scalar::F16;
    let buffers = case.buffers.iter().map(|buffer| buffer.element);
    let uniforms = case.stages.iter().flat_map(|stage| &stage.uniforms);
    let needed = buffers
        .chain(uniforms.map(|uniform| uniform.ty.element))
        .any(is_f16);
    (needed && !facts.features.f16).then(|| LeftOut::Feature(F16.to_owned()))
}

/// Bytes of a binding, with the guard behind what is written; whole words, as
/// WebGPU binds nothing else.
fn binding_bytes(buffer: &Buffer) -> u64 {
    let guard = match buffer.role {
        BufferRole::Input => 0,
        BufferRole::Output | BufferRole::Inout => GUARD_ROOM,
    };
    let bytes = buffer.bytes().saturating_add(guard);
    bytes.checked_next_multiple_of(4).unwrap_or(u64::MAX)
}

fn too_large(buffer: &Buffer, facts: &DeviceFacts) -> Option<LeftOut> {
    let needed = binding_bytes(buffer);
    let limit = facts
        .limits
        .max_storage_binding
        .min(facts.limits.max_buffer);
    over_limit(format!("`{}` in bytes", buffer.name), needed, limit)
}

/// Dispatches, bind groups and uniforms of a stage over the device's limits.
fn too_many(case: &Case, stage: &Stage, facts: &DeviceFacts) -> Option<LeftOut> {
    let limits = &facts.limits;
    let of = if case.stages.len() > 1 {
        format!(" of `{}`", stage.kernel)
    } else {
        String::new()
    };
    let of_reference = match &stage.reference {
        ReferencePlan::Shader { dispatch, .. } => Some((
            format!(" of the reference of `{}`", stage.kernel),
            dispatch.map(u64::from),
        )),
        ReferencePlan::BuiltIn(_) => None,
    };
    let dispatch = std::iter::once((of.clone(), stage.dispatch))
        .chain(of_reference)
        .find_map(|(of, counts)| {
            let mut axes = ["x", "y", "z"].into_iter().zip(counts);
            axes.find_map(|(axis, count)| {
                let what = format!("the dispatch in {axis}{of}");
                over_limit(what, count, limits.max_dispatch.into())
            })
        });
    let groups = stage
        .bindings
        .iter()
        .filter_map(|binding| binding.slot)
        .chain(stage.uniforms_slot)
        .map(|(group, _)| u64::from(group) + 1)
        .max();
    dispatch
        .or_else(|| {
            over_limit(
                format!("the number of bind groups{of}"),
                groups.unwrap_or(0),
                limits.max_bind_groups.into(),
            )
        })
        .or_else(|| {
            over_limit(
                format!("the uniform struct{of} in bytes"),
                uniform_bytes(stage),
                limits.max_uniform_binding,
            )
        })
}

/// Size of the uniform struct by WGSL's rules: each member at a multiple of
/// its alignment, the whole a multiple of 16.
///
/// Source: WGSL, section 14.4, memory layout.
fn uniform_bytes(stage: &Stage) -> u64 {
    let mut end: u64 = 0;
    for uniform in &stage.uniforms {
        end = end.next_multiple_of(uniform.ty.alignment()) + uniform.ty.size();
    }
    end.next_multiple_of(16)
}

/// All buffers together against what the gate takes.
fn too_much(case: &Case, facts: &DeviceFacts, ceilings: Option<&Ceilings>) -> Option<LeftOut> {
    let limit = match facts.kind {
        DeviceKind::Cpu => MEMORY_CPU,
        DeviceKind::Integrated => MEMORY_SHARED,
        DeviceKind::Discrete | DeviceKind::Virtual | DeviceKind::Other => MEMORY_DISCRETE,
    };
    let once = case
        .buffers
        .iter()
        .map(binding_bytes)
        .fold(0, u64::saturating_add);
    let needed = match (case.cache, ceilings.and_then(|c| c.cache)) {
        (Cache::Cold, Some(cache)) => once.saturating_add(cache.saturating_mul(COLD_SETS)),
        (Cache::Cold, None) | (Cache::Warm, _) => once,
    };
    (needed > limit.0).then_some(LeftOut::Memory {
        needed: Bytes(needed),
        limit,
    })
}

fn too_slow(case: &Case, ceilings: &Ceilings) -> Option<LeftOut> {
    if case.force {
        return None;
    }
    let predicted = ceilings.roofline(&case.work)?;
    let time = case.limits.time;
    (predicted.0 > FAR * time.0).then_some(LeftOut::TooSlow { predicted, time })
}
