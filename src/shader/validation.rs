//! What naga's validator says, in WGSL's words: its own messages name
//! expressions and types by numbers of its own.

use std::error::Error;
use std::fmt;
use std::ops::Range;

use naga::common::DiagnosticDisplay;
use naga::common::wgsl::{TryToWgsl, address_space_str};
use naga::proc::TypeResolution;
use naga::valid::{
    CallError, EntryPointError, ExpressionError, FunctionError, GlobalVariableError,
    LocalVariableError, ValidationError,
};
use naga::{
    Block, Expression, Function, GlobalVariable, Handle, Module, Span, Statement, Type, TypeInner,
    WithSpan,
};

use super::code_text::{attribute, function_name, short};
use super::fault::Fault;
use super::hint::quoted;

/// The most invocations of a workgroup in one dimension that naga takes.
const MAX_WORKGROUP_SIZE: u32 = 0x4000;

/// What the validator says of a module.
pub(super) fn validation_fault(
    wgsl: &str,
    module: &Module,
    error: &WithSpan<ValidationError>,
) -> Fault {
    let whole = |message: String, range: Option<Range<usize>>| Fault {
        range,
        ..Fault::plain(message)
    };
    let in_function = |function: &Function, source: &FunctionError| {
        let said = Said {
            wgsl,
            module,
            function,
        };
        said.function(source)
            .map(|(message, at)| whole(message, at.or_else(|| narrowest(error).0)))
            .unwrap_or_else(|| said.numbered(error, source))
    };
    match error.as_inner() {
        ValidationError::Function { handle, source, .. } => {
            match module.functions.try_get(*handle) {
                Ok(function) => in_function(function, source),
                Err(_) => unnumbered(error),
            }
        }
        ValidationError::EntryPoint {
            name,
            source: EntryPointError::Function(source),
            ..
        } => match module.entry_points.iter().find(|point| point.name == *name) {
            Some(point) => in_function(&point.function, source),
            None => unnumbered(error),
        },
        ValidationError::EntryPoint {
            source: EntryPointError::BindingCollision(handle),
            ..
        } => collision(module, *handle),
        ValidationError::EntryPoint { name, source, .. } => entry_point(wgsl, module, name, source)
            .unwrap_or_else(|| {
                let fault = unnumbered(error);
                Fault {
                    range: fault.range.clone().or_else(|| function_name(wgsl, name)),
                    ..fault
                }
            }),
        ValidationError::GlobalVariable {
            handle,
            name,
            source,
        } => {
            let ty = module
                .global_variables
                .try_get(*handle)
                .map_or_else(|_| String::new(), |variable| type_name(module, variable.ty));
            whole(
                global(module, name, &ty, source),
                module.global_variables.get_span(*handle).to_range(),
            )
        }
        ValidationError::Type { handle, name, .. } => {
            let message = if name.is_empty() {
                format!("the type `{}` is not valid", type_name(module, *handle))
            } else {
                format!("the type `{name}` is not valid")
            };
            Fault {
                notes: reasons(error.as_inner(), |number| numbered_type(module, number)),
                ..whole(message, module.types.get_span(*handle).to_range())
            }
        }
        _ => unnumbered(error),
    }
}

/// The same of a module that is not at hand: what naga made of another one.
pub(super) fn unnumbered(error: &WithSpan<ValidationError>) -> Fault {
    let (range, label) = narrowest(error);
    Fault {
        message: replaced(&error.to_string(), |_| None),
        range,
        label,
        notes: reasons(error.as_inner(), |_| None),
    }
}

/// The place that names the least, and what naga says of it where it has words
/// for it: else it names its own type of the thing there.
fn narrowest(error: &WithSpan<ValidationError>) -> (Option<Range<usize>>, String) {
    let narrow = error
        .spans()
        .min_by_key(|(span, _)| span.to_range().map_or(usize::MAX, |range| range.len()));
    narrow.map_or((None, String::new()), |(span, label)| {
        let label = if label.starts_with("naga::") {
            String::new()
        } else {
            label.clone()
        };
        (span.to_range(), label)
    })
}

/// What is behind an error; the outer ones name the function and the variable,
/// the innermost one says what is wrong.
fn reasons(error: &dyn Error, name: impl Fn(usize) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = error.source();
    while let Some(inner) = next {
        found.push(replaced(&inner.to_string(), &name));
        next = inner.source();
    }
    found
}

/// Two variables of one entry point in one slot.
fn collision(module: &Module, handle: Handle<GlobalVariable>) -> Fault {
    let Ok(variable) = module.global_variables.try_get(handle) else {
        return Fault::plain("two variables share a binding".to_owned());
    };
    let names = module
        .global_variables
        .iter()
        .filter(|(_, other)| other.binding == variable.binding)
        .filter_map(|(_, other)| other.name.as_deref());
    let slot = variable.binding.as_ref().map_or_else(String::new, |slot| {
        format!("group {}, binding {}", slot.group, slot.binding)
    });
    Fault {
        range: module.global_variables.get_span(handle).to_range(),
        ..Fault::plain(format!(
            "{} share {slot}; give each a binding of its own",
            quoted(names)
        ))
    }
}

fn entry_point(wgsl: &str, module: &Module, name: &str, error: &EntryPointError) -> Option<Fault> {
    match error {
        EntryPointError::OutOfRangeWorkgroupSize => {
            let point = module.entry_points.iter().find(|point| point.name == name);
            let [x, y, z] = point.map_or([0; 3], |point| point.workgroup_size);
            Some(Fault {
                range: attribute(wgsl, "workgroup_size", name)
                    .or_else(|| function_name(wgsl, name)),
                ..Fault::plain(format!(
                    "the workgroup of `{name}` is {x} x {y} x {z} invocations; each dimension has 1 to {MAX_WORKGROUP_SIZE}"
                ))
            })
        }
        _ => None,
    }
}

fn global(module: &Module, name: &str, ty: &str, error: &GlobalVariableError) -> String {
    match error {
        GlobalVariableError::InvalidUsage(space) => {
            format!(
                "`{name}` cannot be in address space `{}`",
                space_name(*space)
            )
        }
        GlobalVariableError::InvalidType(space) => format!(
            "`{name}` is of type `{ty}`, which cannot be in address space `{}`",
            space_name(*space)
        ),
        GlobalVariableError::MissingTypeFlags { .. } => format!(
            "`{name}` is of type `{ty}`, which cannot be there: a buffer holds numbers, vectors, matrices, atomics, and arrays and structs of these (write `u32` for `bool`), and only `var<storage>` an array without a length"
        ),
        GlobalVariableError::Alignment(space, handle, why) => format!(
            "`{name}`: `{}` is not laid out as address space `{}` needs it: {}",
            type_name(module, *handle),
            space_name(*space),
            replaced(&why.to_string(), |number| numbered_type(module, number))
        ),
        GlobalVariableError::InvalidBinding => format!(
            "`{name}` needs `@group(…) @binding(…)` where it is a buffer, and has none of them where it is not"
        ),
        GlobalVariableError::InitializerType => {
            format!("`{name}` is of type `{ty}`, and its initial value is of another")
        }
        other => format!(
            "`{name}`: {}",
            replaced(&other.to_string(), |number| numbered_type(module, number))
        ),
    }
}

/// An address space as WGSL writes it.
fn space_name(space: naga::AddressSpace) -> String {
    match address_space_str(space) {
        (Some(name), Some(access)) => format!("{name}, {access}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => "handle".to_owned(),
    }
}

fn type_name(module: &Module, handle: Handle<Type>) -> String {
    DiagnosticDisplay((handle, module.to_ctx())).to_string()
}

fn numbered_type(module: &Module, number: usize) -> Option<String> {
    let (handle, _) = module.types.iter().nth(number)?;
    Some(format!("`{}`", type_name(module, handle)))
}

/// A message with what naga's numbers, `[3]`, stand for, or without them.
pub(super) fn replaced(message: &str, name: impl Fn(usize) -> Option<String>) -> String {
    let mut told = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('[') {
        let number = after
            .split_once(']')
            .and_then(|(number, behind)| Some((number.parse().ok()?, behind)));
        match number {
            Some((number, behind)) => {
                match name(number) {
                    Some(name) => told.push_str(&format!("{before}{name}")),
                    None => told.push_str(before.strip_suffix(' ').unwrap_or(before)),
                }
                rest = behind;
            }
            None => {
                told.push_str(before);
                told.push('[');
                rest = after;
            }
        }
    }
    told.push_str(rest);
    // naga speaks to those who call it.
    match told.split_once(" requires the `naga::valid::Capabilities::") {
        Some((what, flag)) => format!(
            "{what} needs `{}`, which the gate does not ask a device for",
            flag.split('`').next().unwrap_or_default()
        ),
        None => told,
    }
}

/// The statement that a value decides, or that returns it.
fn statement_of(body: &Block, value: Handle<Expression>) -> Option<Span> {
    body.span_iter()
        .find_map(|(statement, span)| match statement {
            Statement::If { condition, .. } if *condition == value => Some(*span),
            Statement::Switch { selector, .. } if *selector == value => Some(*span),
            Statement::Return { value: Some(given) } if *given == value => Some(*span),
            Statement::Block(inner) => statement_of(inner, value),
            Statement::If { accept, reject, .. } => {
                statement_of(accept, value).or_else(|| statement_of(reject, value))
            }
            Statement::Switch { cases, .. } => cases
                .iter()
                .find_map(|case| statement_of(&case.body, value)),
            Statement::Loop {
                body, continuing, ..
            } => statement_of(body, value).or_else(|| statement_of(continuing, value)),
            _ => None,
        })
}

/// Where what is said is meant to be shown.
type At = Option<Range<usize>>;

/// The function that an error is about.
struct Said<'a> {
    wgsl: &'a str,
    module: &'a Module,
    function: &'a Function,
}

impl Said<'_> {
    /// naga's own message, with what its numbers stand for.
    fn numbered(&self, error: &WithSpan<ValidationError>, source: &FunctionError) -> Fault {
        let name = |number: usize| self.named(number);
        let (range, label) = narrowest(error);
        Fault {
            message: replaced(&source.to_string(), name),
            range,
            label,
            notes: reasons(source, name),
        }
    }

    /// The expression of a number, with its type.
    fn named(&self, number: usize) -> Option<String> {
        let (handle, _) = self.function.expressions.iter().nth(number)?;
        Some(format!(
            "`{}` (`{}`)",
            self.written(handle),
            self.ty(handle)
        ))
    }

    fn at(&self, handle: Handle<Expression>) -> At {
        self.function.expressions.get_span(handle).to_range()
    }

    /// Where a statement uses an expression: an argument's own place is where it
    /// is declared.
    fn used_at(&self, handle: Handle<Expression>) -> At {
        match self.function.expressions[handle] {
            Expression::FunctionArgument(_) => statement_of(&self.function.body, handle)
                .and_then(Span::to_range)
                .or_else(|| self.at(handle)),
            _ => self.at(handle),
        }
    }

    /// An expression as it is written.
    fn written(&self, handle: Handle<Expression>) -> String {
        let range = self.at(handle);
        let text = range.and_then(|range| self.wgsl.get(range));
        text.map_or_else(|| "a value".to_owned(), short)
    }

    fn resolution(&self, handle: Handle<Expression>) -> Option<TypeResolution> {
        let context = naga::proc::ResolveContext::with_locals(
            self.module,
            &self.function.local_variables,
            &self.function.arguments,
        );
        let mut typifier = naga::front::Typifier::new();
        typifier
            .grow(handle, &self.function.expressions, &context)
            .ok()?;
        Some(typifier[handle].clone())
    }

    fn type_of(&self, resolution: &TypeResolution) -> String {
        DiagnosticDisplay((resolution, self.module.to_ctx())).to_string()
    }

    fn inner(&self, inner: &TypeInner) -> String {
        self.type_of(&TypeResolution::Value(inner.clone()))
    }

    /// The type of an expression's value; of what it refers to, where it is a
    /// place in memory.
    fn ty(&self, handle: Handle<Expression>) -> String {
        let Some(resolution) = self.resolution(handle) else {
            return "no type".to_owned();
        };
        match *resolution.inner_with(&self.module.types) {
            TypeInner::Pointer { base, .. } => type_name(self.module, base),
            TypeInner::ValuePointer {
                size: Some(size),
                scalar,
                ..
            } => self.inner(&TypeInner::Vector { size, scalar }),
            TypeInner::ValuePointer {
                size: None, scalar, ..
            } => self.inner(&TypeInner::Scalar(scalar)),
            _ => self.type_of(&resolution),
        }
    }

    /// `` `x` is of type `u32` ``.
    fn typed(&self, handle: Handle<Expression>) -> String {
        format!(
            "`{}` is of type `{}`",
            self.written(handle),
            self.ty(handle)
        )
    }

    fn function(&self, error: &FunctionError) -> Option<(String, At)> {
        match error {
            FunctionError::Expression { handle, source } => self.expression(*handle, source),
            FunctionError::InvalidStorePointer(pointer) => Some((
                format!(
                    "`{}` cannot be written to; a buffer that is takes `var<storage, read_write>`, and what `let` names never is",
                    self.written(*pointer)
                ),
                self.at(*pointer),
            )),
            FunctionError::InvalidStoreTypes { pointer, value } => Some((
                format!(
                    "{}, and `{}` holds `{}`",
                    self.typed(*value),
                    self.written(*pointer),
                    self.ty(*pointer)
                ),
                self.at(*value),
            )),
            FunctionError::InvalidReturnType {
                expression,
                expected_ty,
            } => {
                let given = expression.map_or_else(
                    || "nothing is returned here".to_owned(),
                    |handle| self.typed(handle),
                );
                let wanted = expected_ty.map_or_else(
                    || "the function returns nothing".to_owned(),
                    |ty| format!("the function returns `{}`", type_name(self.module, ty)),
                );
                Some((
                    format!("{given}, and {wanted}"),
                    expression.and_then(|handle| self.used_at(handle)),
                ))
            }
            FunctionError::InvalidIfType(condition) => Some((
                format!("{}, and `if` needs a `bool`", self.typed(*condition)),
                self.used_at(*condition),
            )),
            FunctionError::InvalidSwitchType(value) => Some((
                format!(
                    "{}, and `switch` needs an `i32` or a `u32`",
                    self.typed(*value)
                ),
                self.used_at(*value),
            )),
            FunctionError::InvalidCall { function, error } => self.call(*function, error),
            FunctionError::InvalidAtomic(why) => Some((
                format!(
                    "this atomic is not valid: {}",
                    replaced(&why.to_string(), |number| self.named(number))
                ),
                None,
            )),
            FunctionError::NonUniformControlFlow(_, _, disruptor) => Some((
                format!(
                    "a barrier, or what works as one, stands where not all invocations of a workgroup may come{}",
                    self.disruptor(disruptor)
                ),
                None,
            )),
            FunctionError::NonUniformWorkgroupUniformLoad(disruptor) => Some((
                format!(
                    "`workgroupUniformLoad` stands where not all invocations of a workgroup may come{}",
                    self.disruptor(disruptor)
                ),
                None,
            )),
            FunctionError::LocalVariable {
                handle,
                name,
                source: LocalVariableError::InvalidType(ty),
            } => Some((
                format!(
                    "`{name}` is of type `{}`, which a variable of a function cannot hold",
                    type_name(self.module, *ty)
                ),
                self.function.local_variables.get_span(*handle).to_range(),
            )),
            FunctionError::MissingCapability(needed) => Some((capability(*needed), None)),
            _ => None,
        }
    }

    /// Why not all invocations come somewhere, as naga says it.
    fn disruptor(&self, why: &dyn fmt::Display) -> String {
        let why = replaced(&why.to_string(), |number| self.named(number));
        format!(": {why}")
    }

    fn call(&self, called: Handle<Function>, error: &CallError) -> Option<(String, At)> {
        let name = self.module.functions.try_get(called).ok();
        let name = name.and_then(|function| function.name.clone());
        let name = name.unwrap_or_else(|| "a function".to_owned());
        match error {
            CallError::ArgumentCount { required, seen } => Some((
                format!("`{name}` takes {required} arguments, and {seen} are given"),
                None,
            )),
            CallError::ArgumentType {
                index,
                required,
                seen_expression,
            } => Some((
                format!(
                    "{}, and argument {} of `{name}` is of type `{}`",
                    self.typed(*seen_expression),
                    index + 1,
                    type_name(self.module, *required)
                ),
                self.at(*seen_expression),
            )),
            _ => None,
        }
    }

    fn expression(
        &self,
        handle: Handle<Expression>,
        error: &ExpressionError,
    ) -> Option<(String, At)> {
        let about = |of: Handle<Expression>, why: &str| {
            let at = self.at(of).or_else(|| self.at(handle));
            Some((format!("{}, {why}", self.typed(of)), at))
        };
        match error {
            ExpressionError::InvalidBinaryOperandTypes {
                op,
                lhs_type,
                rhs_type,
                ..
            } => Some((
                format!(
                    "`{}` does not go with `{}` on its left and `{}` on its right; convert one of them",
                    naga::back::binary_operation_str(*op),
                    self.inner(lhs_type),
                    self.inner(rhs_type)
                ),
                self.at(handle),
            )),
            ExpressionError::InvalidUnaryOperandType(op, of) => {
                let sign = match op {
                    naga::UnaryOperator::Negate => '-',
                    naga::UnaryOperator::LogicalNot => '!',
                    naga::UnaryOperator::BitwiseNot => '~',
                };
                about(*of, &format!("which `{sign}` does not go with"))
            }
            ExpressionError::SelectValuesTypeMismatch { accept, reject } => Some((
                format!(
                    "`select` takes two values of one type, and these are `{}` and `{}`",
                    self.inner(reject),
                    self.inner(accept)
                ),
                self.at(handle),
            )),
            ExpressionError::SelectConditionNotABool { actual } => Some((
                format!(
                    "`select` takes a `bool` as its last argument, and this is `{}`",
                    self.inner(actual)
                ),
                self.at(handle),
            )),
            ExpressionError::InvalidArgumentType(function, index, of) => about(
                *of,
                &format!(
                    "which `{}` does not take as argument {}",
                    function.to_wgsl_for_diagnostics(),
                    index + 1
                ),
            ),
            ExpressionError::WrongArgumentCount(function) => Some((
                format!(
                    "`{}` takes another number of arguments",
                    function.to_wgsl_for_diagnostics()
                ),
                self.at(handle),
            )),
            ExpressionError::InvalidBaseType(of) => about(*of, "and has no such parts"),
            ExpressionError::InvalidIndexType(of) => {
                about(*of, "and an index is an `i32` or a `u32`")
            }
            ExpressionError::IndexOutOfBounds(of, index) => {
                about(*of, &format!("and has no index {index}"))
            }
            ExpressionError::InvalidCastArgument => Some((
                "this value cannot be converted so".to_owned(),
                self.at(handle),
            )),
            ExpressionError::ShiftAmountTooLarge { lhs_type, .. } => Some((
                format!(
                    "this shifts a `{}` by all of its bits or more",
                    self.inner(lhs_type)
                ),
                self.at(handle),
            )),
            ExpressionError::InvalidZeroValue(ty)
            | ExpressionError::InvalidWorkGroupUniformLoadResultType(ty) => Some((
                format!(
                    "`{}` cannot be made as a value",
                    type_name(self.module, *ty)
                ),
                self.at(handle),
            )),
            ExpressionError::MissingCapabilities(needed) => {
                Some((capability(*needed), self.at(handle)))
            }
            _ => None,
        }
    }
}

fn capability(needed: naga::valid::Capabilities) -> String {
    let names: Vec<&str> = needed.iter_names().map(|(name, _)| name).collect();
    format!(
        "this needs {}, which the gate does not ask a device for",
        quoted(names)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_replaced_and_other_brackets_stay() {
        let name = |number: usize| (number < 2).then(|| format!("`x{number}`"));
        assert_eq!(
            replaced("Type [1] of a[i] and [7] [", name),
            "Type `x1` of a[i] and ["
        );
        assert_eq!(replaced("[0]", name), "`x0`");
        assert_eq!(
            replaced(
                "Using `f64` values requires the `naga::valid::Capabilities::FLOAT64` flag",
                name
            ),
            "Using `f64` values needs `FLOAT64`, which the gate does not ask a device for"
        );
    }
}
