//! The meaning of expressions: a tree and an environment in, a value out.

use crate::kit::Element;

use super::expr_parse::characters;
use super::expr_tree::{Binary, Function, Kind, Node, Unary};
use super::suggest::did_you_mean;
use super::{Env, ExprError, Value};

/// The value of a part of `text`.
pub(super) fn eval(node: &Node, text: &str, env: &dyn Env) -> Result<Value, ExprError> {
    Evaluation { text, env }.value(node)
}

struct Evaluation<'a> {
    text: &'a str,
    env: &'a dyn Env,
}

impl Evaluation<'_> {
    fn written(&self, node: &Node) -> String {
        self.text
            .get(node.start as usize..node.end as usize)
            .unwrap_or_default()
            .to_owned()
    }

    fn offset(&self, node: &Node) -> usize {
        characters(self.text, node.start as usize)
    }

    fn overflow(&self, node: &Node) -> ExprError {
        ExprError::Overflow {
            text: self.written(node),
            offset: self.offset(node),
        }
    }

    fn value(&self, node: &Node) -> Result<Value, ExprError> {
        Ok(match &node.kind {
            Kind::Number(value) => Value::Int(*value),
            Kind::Word(word) => Value::Word(word.clone()),
            Kind::Name(name) => match self.env.get(name) {
                Some(value) => value,
                None if Element::parse(name).is_some() => Value::Word(name.clone()),
                None => return Err(self.undefined(node, name)),
            },
            Kind::Unary(operator, inner) => {
                let value = self.number(inner)?;
                Value::Int(match operator {
                    Unary::Minus => value.checked_neg().ok_or_else(|| self.overflow(node))?,
                    Unary::Not => i64::from(value == 0),
                })
            }
            Kind::Binary(operator, left, right) => {
                Value::Int(self.binary(node, *operator, left, right)?)
            }
            Kind::Call(function, arguments) => Value::Int(self.call(node, *function, arguments)?),
        })
    }

    fn undefined(&self, node: &Node, name: &str) -> ExprError {
        let names = self.env.names();
        ExprError::Undefined {
            name: name.to_owned(),
            hint: did_you_mean(name, names.iter().map(String::as_str)),
            offset: self.offset(node),
        }
    }

    fn number(&self, node: &Node) -> Result<i64, ExprError> {
        match self.value(node)? {
            Value::Int(value) => Ok(value),
            Value::Word(word) => Err(ExprError::NotANumber {
                text: self.written(node),
                word,
                offset: self.offset(node),
            }),
        }
    }

    fn binary(
        &self,
        node: &Node,
        operator: Binary,
        left: &Node,
        right: &Node,
    ) -> Result<i64, ExprError> {
        match operator {
            Binary::Or => {
                return Ok(i64::from(
                    self.number(left)? != 0 || self.number(right)? != 0,
                ));
            }
            Binary::And => {
                return Ok(i64::from(
                    self.number(left)? != 0 && self.number(right)? != 0,
                ));
            }
            Binary::Equal => return Ok(i64::from(self.equal(left, right)?)),
            Binary::NotEqual => return Ok(i64::from(!self.equal(left, right)?)),
            Binary::Less
            | Binary::LessEqual
            | Binary::Greater
            | Binary::GreaterEqual
            | Binary::Add
            | Binary::Subtract
            | Binary::Multiply
            | Binary::Divide
            | Binary::Remainder => {}
        }
        let a = self.number(left)?;
        let b = self.number(right)?;
        let result = match operator {
            Binary::Or | Binary::And | Binary::Equal | Binary::NotEqual => None,
            Binary::Less => Some(i64::from(a < b)),
            Binary::LessEqual => Some(i64::from(a <= b)),
            Binary::Greater => Some(i64::from(a > b)),
            Binary::GreaterEqual => Some(i64::from(a >= b)),
            Binary::Add => a.checked_add(b),
            Binary::Subtract => a.checked_sub(b),
            Binary::Multiply => a.checked_mul(b),
            Binary::Divide => {
                self.divisor(node, b)?;
                a.checked_div(b)
            }
            Binary::Remainder => {
                self.divisor(node, b)?;
                a.checked_rem(b)
            }
        };
        result.ok_or_else(|| self.overflow(node))
    }

    fn divisor(&self, node: &Node, value: i64) -> Result<(), ExprError> {
        if value == 0 {
            return Err(ExprError::DivisionByZero {
                text: self.written(node),
                offset: self.offset(node),
            });
        }
        Ok(())
    }

    /// Equality; a word never equals a number, so that an axis may mix them
    /// (`coop: [none, 8, 16]`).
    fn equal(&self, left: &Node, right: &Node) -> Result<bool, ExprError> {
        Ok(self.side(left, right)? == self.side(right, left)?)
    }

    /// One side of an equality. An undefined name opposite a word was probably
    /// meant as a word.
    fn side(&self, node: &Node, other: &Node) -> Result<Value, ExprError> {
        self.value(node).map_err(|error| match (error, &node.kind) {
            (ExprError::Undefined { name, offset, .. }, Kind::Name(_))
                if matches!(self.value(other), Ok(Value::Word(_))) =>
            {
                ExprError::Undefined {
                    hint: format!("; if it is a word, quote it: '{name}'"),
                    name,
                    offset,
                }
            }
            (error, _) => error,
        })
    }

    fn call(&self, node: &Node, function: Function, arguments: &[Node]) -> Result<i64, ExprError> {
        if let (Function::SizeOf, [argument]) = (function, arguments) {
            return self.size_of(argument);
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.number(argument)?);
        }
        let result = match function {
            Function::Min => values.into_iter().min(),
            Function::Max => values.into_iter().max(),
            Function::CeilDiv => match values.as_slice() {
                [a, b] => {
                    self.divisor(node, *b)?;
                    ceil_div(*a, *b)
                }
                _ => None,
            },
            Function::SizeOf => None,
        };
        result.ok_or_else(|| self.overflow(node))
    }

    fn size_of(&self, argument: &Node) -> Result<i64, ExprError> {
        let value = self.value(argument)?;
        let found = match &value {
            Value::Word(word) => word.clone(),
            Value::Int(number) => number.to_string(),
        };
        match Element::parse(&found).map(|element| i64::try_from(element.stride())) {
            Some(Ok(size)) => Ok(size),
            Some(Err(_)) | None => Err(ExprError::NotAType {
                text: self.written(argument),
                found,
                offset: self.offset(argument),
            }),
        }
    }
}

/// The quotient rounded up; `None` beyond 64 bits.
fn ceil_div(a: i64, b: i64) -> Option<i64> {
    let quotient = a.checked_div(b)?;
    let remainder = a.checked_rem(b)?;
    if remainder != 0 && (remainder < 0) == (b < 0) {
        quotient.checked_add(1)
    } else {
        Some(quotient)
    }
}
