//! Kernels.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::generate::{identifiers, parameters, slot_dependencies};
use super::words::{
    AxisValues, Cache, CaseLimits, Checks, Expression, Expressions, Mode, NumberOrExpression, Text,
    Texts, Variants, Work,
};

/// A kernel: WGSL, what fills its bindings, and what decides whether it is right.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    extend("oneOf" = [{"required": ["template"]}, {"required": ["shader"]}]),
    extend("anyOf" = [{"required": ["outputs"]}, {"required": ["inout"]}])
)]
pub(super) struct Kernel {
    /// A WGSL template in `templates/` (minijinja), which sees shape and variant.
    template: Option<Text>,
    /// A WGSL file in `shaders/`.
    shader: Option<Text>,
    /// The entry point [default: main].
    entry: Option<EntryPoint>,
    /// The variants that are gated: axes with their values, multiplied; or a list
    /// of such products.
    variants: Option<Variants>,
    /// Axes that `gate tune` searches, of which only the pick is gated.
    #[schemars(extend("propertyNames" = parameters()))]
    tune: Option<BTreeMap<String, AxisValues>>,
    /// Bytes that a variant moves, caches aside, so that `gate tune` need not try
    /// what cannot win [default: the bytes of `work`].
    traffic: Option<Expression>,
    /// Conditions; a variant for which one does not hold is left out.
    #[schemars(rename = "where")]
    conditions: Option<Expressions>,
    /// Buffers that are read, by the WGSL variable's name.
    #[schemars(extend("propertyNames" = identifiers()))]
    inputs: Option<BTreeMap<String, Buffer>>,
    /// Buffers that are written, by the WGSL variable's name.
    #[schemars(extend("propertyNames" = identifiers()))]
    outputs: Option<BTreeMap<String, OutputBuffer>>,
    /// Buffers that are read and written.
    #[schemars(extend("propertyNames" = identifiers()))]
    inout: Option<BTreeMap<String, Buffer>>,
    /// The members of the one uniform struct, by the names that they have in the
    /// WGSL.
    #[schemars(extend("propertyNames" = identifiers()))]
    uniforms: Option<BTreeMap<String, Uniform>>,
    /// Group and binding of the uniform struct, where there are several.
    uniforms_slot: Option<Slot>,
    /// Values of WGSL `override`s, by name or `@id`: numbers, or expressions of the
    /// shape and the variant.
    #[schemars(extend("propertyNames" = {"pattern": "^([A-Za-z_][A-Za-z0-9_]*|[0-9]{1,5})$", "maxLength": 64}))]
    overrides: Option<BTreeMap<String, Override>>,
    /// `inout` buffers that are restored before every run, so that each does the
    /// work that was verified: `true` for all of them, `false` for none, or their
    /// names [default: true]. What is not restored carries on from run to run.
    reset: Option<Reset>,
    /// Workgroups in x, y and z; 1 where not given.
    dispatch: Dispatch,
    /// What decides whether outputs are right: a built-in reference by name, or
    /// WGSL that computes the same.
    reference: Reference,
    /// How far outputs may be from the reference: by output, or one for all.
    tolerance: Option<Tolerances>,
    /// A model of its work, for rates and the roofline.
    work: Option<Work>,
    /// `latency`: dispatches wait for each other; `throughput`: they may overlap
    /// [default: latency].
    mode: Option<Mode>,
    /// `warm`: the same inputs again and again; `cold`: sets in turns, more than the
    /// cache holds [default: warm].
    cache: Option<Cache>,
    /// wgpu's run-time checks: with them, as users ship it, or without, once the
    /// checked form verified; both make two cases [default: checked].
    checks: Option<Checks>,
    /// `true`: two runs that differ in a bit fail.
    deterministic: Option<bool>,
    /// Limits of its cases.
    limits: Option<CaseLimits>,
}

/// An entry point's name.
#[derive(JsonSchema)]
#[schemars(inline)]
pub(super) struct EntryPoint(
    #[schemars(regex(pattern = r"^\s*[A-Za-z_][A-Za-z0-9_]*\s*$"))] String,
);

/// All, none, or some by name.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum Reset {
    All(bool),
    Named(Texts),
}

/// Workgroups in x, y and z; 1 where not given.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Dispatch {
    One(Expression),
    Many(#[schemars(length(min = 1, max = 3))] Vec<Expression>),
}

/// A buffer that the gate fills.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("dependencies" = slot_dependencies()))]
pub(super) struct Buffer {
    /// Its elements: a WGSL type, or an axis of the variant that names one.
    #[schemars(rename = "type")]
    element: ElementType,
    /// Its extents; their product is the number of elements.
    shape: Extents,
    /// How it is filled [default: numbers of a normal distribution].
    fill: Option<Fill>,
    /// Bind group, where the variable's name does not decide.
    #[schemars(range(min = 0, max = 65_535))]
    group: Option<u32>,
    /// Binding in the group.
    #[schemars(range(min = 0, max = 65_535))]
    binding: Option<u32>,
}

/// A buffer that the kernel fills. The gate poisons it first.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("dependencies" = slot_dependencies()))]
pub(super) struct OutputBuffer {
    /// Its elements: a WGSL type, or an axis of the variant that names one.
    #[schemars(rename = "type")]
    element: ElementType,
    /// Its extents; their product is the number of elements.
    shape: Extents,
    /// Bind group, where the variable's name does not decide.
    #[schemars(range(min = 0, max = 65_535))]
    group: Option<u32>,
    /// Binding in the group.
    #[schemars(range(min = 0, max = 65_535))]
    binding: Option<u32>,
}

/// A WGSL type, or an axis of the variant that names one.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum ElementType {
    Known(KnownElement),
    Other(
        #[schemars(regex(
            pattern = r"^\s*([A-Za-z_][A-Za-z0-9_]*|(vec[234]|atomic)<\s*[A-Za-z_][A-Za-z0-9_]*\s*>)\s*$"
        ))]
        String,
    ),
}

#[derive(JsonSchema)]
#[schemars(inline)]
pub(super) enum KnownElement {
    #[schemars(rename = "f32")]
    F32,
    #[schemars(rename = "f16")]
    F16,
    #[schemars(rename = "u32")]
    U32,
    #[schemars(rename = "i32")]
    I32,
    #[schemars(rename = "vec4<f32>")]
    Vec4F32,
    #[schemars(rename = "vec4<f16>")]
    Vec4F16,
    #[schemars(rename = "atomic<u32>")]
    AtomicU32,
    #[schemars(rename = "atomic<i32>")]
    AtomicI32,
}

/// 1 to 8 extents.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum Extents {
    One(Expression),
    Many(#[schemars(length(min = 1, max = 8))] Vec<Expression>),
}

/// How a buffer is filled: `normal(mean, deviation)`, `uniform(lo, hi)`, `zeros`,
/// `constant(value)`, `iota`, `distinct(n)`, `softmax`, or a list of numbers that
/// is repeated.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Fill {
    Word(FillWord),
    Function(
        #[schemars(regex(
            pattern = r"^\s*(zeros|iota|softmax|(constant|normal|uniform|distinct)\s*\(.*\))\s*$"
        ))]
        String,
    ),
    Values(#[schemars(length(min = 1))] Vec<f64>),
}

#[derive(JsonSchema)]
#[schemars(inline)]
pub(super) enum FillWord {
    #[schemars(rename = "zeros")]
    Zeros,
    #[schemars(rename = "iota")]
    Iota,
    #[schemars(rename = "softmax")]
    Softmax,
    #[schemars(rename = "normal(0, 1)")]
    Normal,
    #[schemars(rename = "uniform(0, 1)")]
    Uniform,
    #[schemars(rename = "constant(1)")]
    Constant,
    #[schemars(rename = "distinct(n)")]
    Distinct,
}

/// Group and binding.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Slot {
    /// Bind group.
    #[schemars(range(min = 0, max = 65_535))]
    group: u32,
    /// Binding in the group.
    #[schemars(range(min = 0, max = 65_535))]
    binding: u32,
}

/// A member of the uniform struct: its type, where its value is the parameter of
/// its name; or its type and its value.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Uniform {
    Type(Text),
    Both(UniformValue),
}

/// A uniform's type and value.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct UniformValue {
    /// Its type in the WGSL: `f32`, `vec3<f32>`, `mat2x2<f32>`, `array<u32, 4>`.
    #[schemars(rename = "type")]
    kind: Text,
    /// Its value: a number, an expression, or a list of as many as its type has,
    /// column by column.
    value: Option<Numbers>,
}

/// Numbers or expressions, in lists or not.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Numbers {
    One(NumberOrExpression),
    Many(Vec<Numbers>),
}

/// The value of a WGSL `override`.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Override {
    Number(NumberOrExpression),
    Bool(bool),
}

/// A built-in reference by name, or WGSL that computes the same in f32.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Reference {
    BuiltIn(#[schemars(regex(pattern = r"^\s*[0-9_-]*[A-Za-z][A-Za-z0-9_-]*\s*$"))] String),
    Wgsl(WgslReference),
}

/// WGSL that computes the same, so plainly that it can be trusted.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    extend("oneOf" = [{"required": ["template"]}, {"required": ["shader"]}])
)]
pub(super) struct WgslReference {
    /// A WGSL file in `shaders/`.
    shader: Option<Text>,
    /// A WGSL template in `templates/`.
    template: Option<Text>,
    /// The entry point [default: main].
    entry: Option<EntryPoint>,
    /// Workgroups; the kernel's where missing.
    dispatch: Option<Dispatch>,
}

/// By output, or one for all of them.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Tolerances {
    All(Tolerance),
    ByOutput(BTreeMap<String, Tolerance>),
}

/// `exact`, a relative bound, or both bounds: `|error| <= absolute + relative *
/// |expected|`.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Tolerance {
    Exact(Exact),
    Relative(#[schemars(range(min = 0), extend("exclusiveMaximum" = 1))] f64),
    Bounds(Bounds),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
pub(super) enum Exact {
    Exact,
}

/// Both bounds; 0 where not given.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1))]
pub(super) struct Bounds {
    /// The part that grows with the value; below 1, at which zero is always right.
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
    relative: Option<f64>,
    /// The part that does not.
    #[schemars(range(min = 0))]
    absolute: Option<f64>,
}
