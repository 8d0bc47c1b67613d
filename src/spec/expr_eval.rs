//! The meaning of expressions: a tree and an environment in, a value out.

use crate::kit::Element;

use super::expr_parse::characters;
use super::expr_tree::{Binary, Function, Kind, Link, Node, Unary};
use super::suggest::did_you_mean;
use super::{Env, ExprError, Value};

/// The value of a part of `text`.
pub(super) fn eval(node: &Node, text: &str, env: &dyn Env) -> Result<Value, ExprError> {
    Evaluation { text, env }.value(node)
}

/// Bytes of the text.
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

impl From<&Node> for Span {
    fn from(node: &Node) -> Self {
        Self {
            start: node.start,
            end: node.end,
        }
    }
}

struct Evaluation<'a> {
    text: &'a str,
    env: &'a dyn Env,
}

impl Evaluation<'_> {
    fn written(&self, of: impl Into<Span>) -> String {
        let Span { start, end } = of.into();
        self.text
            .get(start as usize..end as usize)
            .unwrap_or_default()
            .to_owned()
    }

    fn offset(&self, of: impl Into<Span>) -> usize {
        characters(self.text, of.into().start as usize)
    }

    fn overflow(&self, of: impl Into<Span>) -> ExprError {
        let of = of.into();
        ExprError::Overflow {
            text: self.written(of),
            offset: self.offset(of),
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
            Kind::Chain(first, links) => Value::Int(self.chain(node, first, links)?),
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

    fn chain(&self, node: &Node, first: &Node, links: &[Link]) -> Result<i64, ExprError> {
        // Only these look at words; they do not chain.
        if let [link] = links {
            match link.operator {
                Binary::Equal => return Ok(i64::from(self.equal(first, &link.right)?)),
                Binary::NotEqual => return Ok(i64::from(!self.equal(first, &link.right)?)),
                _ => {}
            }
        }
        let mut value = self.number(first)?;
        for link in links {
            value = self.link(node, value, link)?;
        }
        Ok(value)
    }

    /// The left side's value taken on by one link.
    fn link(&self, node: &Node, a: i64, link: &Link) -> Result<i64, ExprError> {
        let decided = match link.operator {
            Binary::Or => a != 0,
            Binary::And => a == 0,
            _ => false,
        };
        if decided {
            return Ok(i64::from(a != 0));
        }
        let b = self.number(&link.right)?;
        let so_far = Span {
            start: node.start,
            end: link.end,
        };
        let result = match link.operator {
            Binary::Or | Binary::And => Some(i64::from(b != 0)),
            Binary::Equal => Some(i64::from(a == b)),
            Binary::NotEqual => Some(i64::from(a != b)),
            Binary::Less => Some(i64::from(a < b)),
            Binary::LessEqual => Some(i64::from(a <= b)),
            Binary::Greater => Some(i64::from(a > b)),
            Binary::GreaterEqual => Some(i64::from(a >= b)),
            Binary::Add => a.checked_add(b),
            Binary::Subtract => a.checked_sub(b),
            Binary::Multiply => a.checked_mul(b),
            Binary::Divide => {
                self.divisor(so_far, b)?;
                a.checked_div(b)
            }
            Binary::Remainder => {
                self.divisor(so_far, b)?;
                a.checked_rem(b)
            }
        };
        result.ok_or_else(|| self.overflow(so_far))
    }

    fn divisor(&self, of: impl Into<Span>, value: i64) -> Result<(), ExprError> {
        if value == 0 {
            let of = of.into();
            return Err(ExprError::DivisionByZero {
                text: self.written(of),
                offset: self.offset(of),
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
