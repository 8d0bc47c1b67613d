//! The tree of an expression.

use std::collections::BTreeSet;

use crate::kit::Element;

/// A part of an expression, with the bytes of the text that it stands for.
#[derive(Debug, PartialEq)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) kind: Kind,
}

#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    Number(i64),
    Word(String),
    Name(String),
    Unary(Unary, Box<Node>),
    /// Operators of one rank, from left to right: a list, so that the tree is
    /// no deeper than the text nests.
    Chain(Box<Node>, Vec<Link>),
    Call(Function, Vec<Node>),
}

/// An operator and what stands on its right side.
#[derive(Debug, PartialEq)]
pub(super) struct Link {
    pub(super) operator: Binary,
    pub(super) right: Node,
    /// Where the chain up to here ends, in bytes.
    pub(super) end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Minus,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Min,
    Max,
    CeilDiv,
    SizeOf,
}

impl Node {
    pub(super) fn number(value: i64, length: usize) -> Self {
        Self {
            start: 0,
            end: length as u32,
            kind: Kind::Number(value),
        }
    }

    pub(super) fn as_number(&self) -> Option<i64> {
        match self.kind {
            Kind::Number(value) => Some(value),
            Kind::Word(_) | Kind::Name(_) | Kind::Unary(..) | Kind::Chain(..) | Kind::Call(..) => {
                None
            }
        }
    }

    pub(super) fn collect_names<'a>(&'a self, into: &mut BTreeSet<&'a str>) {
        match &self.kind {
            Kind::Number(_) | Kind::Word(_) => {}
            Kind::Name(name) => {
                if Element::parse(name).is_none() {
                    into.insert(name);
                }
            }
            Kind::Unary(_, inner) => inner.collect_names(into),
            Kind::Chain(first, links) => {
                first.collect_names(into);
                for link in links {
                    link.right.collect_names(into);
                }
            }
            Kind::Call(_, arguments) => {
                for argument in arguments {
                    argument.collect_names(into);
                }
            }
        }
    }
}
