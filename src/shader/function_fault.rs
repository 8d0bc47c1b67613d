//! What naga's validator says of a function, in WGSL's words: its expressions as
//! they are written, and their types.

use std::fmt;
use std::ops::Range;

use naga::common::DiagnosticDisplay;
use naga::common::wgsl::TryToWgsl;
use naga::proc::TypeResolution;
use naga::valid::{CallError, ExpressionError, FunctionError, LocalVariableError, ValidationError};
use naga::{Block, Expression, Function, Handle, Module, Span, Statement, TypeInner, WithSpan};

use super::code_text::short;
use super::fault::Fault;
use super::hint::quoted;
use super::validation::{narrowest, reasons, replaced, type_name};

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
pub(super) type At = Option<Range<usize>>;

/// The function that an error is about.
pub(super) struct Said<'a> {
    pub(super) wgsl: &'a str,
    pub(super) module: &'a Module,
    pub(super) function: &'a Function,
}

impl Said<'_> {
    /// naga's own message, with what its numbers stand for.
    pub(super) fn numbered(
        &self,
        error: &WithSpan<ValidationError>,
        source: &FunctionError,
    ) -> Fault {
        let name = |number: usize| self.named(number);
        let (range, label) = narrowest(error);
        Fault {
            message: replaced(&source.to_string(), name),
            range,
            label,
            notes: reasons(source, name),
            key: None,
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

    pub(super) fn function(&self, error: &FunctionError) -> Option<(String, At)> {
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
