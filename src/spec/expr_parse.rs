//! The grammar of expressions: text in, a tree out.

use super::ExprError;
use super::expr::LONGEST;
use super::expr_tree::{Binary, Function, Kind, Link, Node, Unary};
use super::suggest::{did_you_mean, short};

/// Deepest nesting of parentheses, calls and signs: what a small stack holds
/// in a build that optimises nothing.
const DEEPEST: usize = 32;

/// Functions by name, with an example of each.
const FUNCTIONS: [(&str, Function, &str); 4] = [
    ("min", Function::Min, "min(a, b)"),
    ("max", Function::Max, "max(a, b)"),
    ("ceil_div", Function::CeilDiv, "ceil_div(tokens, workgroup)"),
    ("size_of", Function::SizeOf, "size_of(f16)"),
];

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Node, ExprError> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
    };
    if text.len() > LONGEST {
        return Err(parser.error(0, format!("it is longer than {LONGEST} bytes")));
    }
    parser.space();
    if parser.rest().is_empty() {
        return Err(parser.error(0, "it is empty; write a number or a name"));
    }
    let node = parser.or()?;
    if parser.rest().is_empty() {
        return Ok(node);
    }
    let why = match parser.rest().chars().next() {
        Some(')') => "this `)` has no `(`".to_owned(),
        Some('=') => "compare with `==`".to_owned(),
        Some('&') => "write `and`".to_owned(),
        Some('|') => "write `or`".to_owned(),
        Some('.') => "numbers are integers here, without a fraction".to_owned(),
        _ => "an operator such as `+` or `*` is missing here".to_owned(),
    };
    Err(parser.error(parser.at, why))
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn error(&self, at: usize, why: impl Into<String>) -> ExprError {
        ExprError::Syntax {
            text: short(self.text),
            why: why.into(),
            offset: characters(self.text, at),
        }
    }

    /// Takes an operator, and the space behind it.
    fn take(&mut self, operator: &str) -> bool {
        if !self.rest().starts_with(operator) {
            return false;
        }
        self.at += operator.len();
        self.space();
        true
    }

    /// Takes a word such as `and`, unless it is the beginning of a longer one.
    fn take_word(&mut self, word: &str) -> bool {
        let found = self.rest().strip_prefix(word).is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.')
        });
        found && self.take(word)
    }

    fn node(&self, start: usize, kind: Kind) -> Node {
        Node {
            start: start as u32,
            end: self.end(),
            kind,
        }
    }

    /// Operators of one rank, from left to right, each with a right side.
    fn chain(
        &mut self,
        operator: impl Fn(&mut Self) -> Option<Binary>,
        side: impl Fn(&mut Self) -> Result<Node, ExprError>,
    ) -> Result<Node, ExprError> {
        let start = self.at;
        let first = side(self)?;
        let mut links = Vec::new();
        while let Some(operator) = operator(self) {
            let right = side(self)?;
            links.push(Link {
                operator,
                right,
                end: self.end(),
            });
        }
        Ok(if links.is_empty() {
            first
        } else {
            self.node(start, Kind::Chain(Box::new(first), links))
        })
    }

    /// Where what was read ends, the space behind it left out.
    fn end(&self) -> u32 {
        self.text[..self.at].trim_end().len() as u32
    }

    fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, ExprError>,
    ) -> Result<T, ExprError> {
        if self.depth == DEEPEST {
            return Err(self.error(self.at, format!("it nests deeper than {DEEPEST} levels")));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn or(&mut self) -> Result<Node, ExprError> {
        let or =
            |parser: &mut Self| (parser.take("||") || parser.take_word("or")).then_some(Binary::Or);
        self.chain(or, Self::and)
    }

    fn and(&mut self) -> Result<Node, ExprError> {
        let and = |parser: &mut Self| {
            (parser.take("&&") || parser.take_word("and")).then_some(Binary::And)
        };
        self.chain(and, Self::not)
    }

    fn not(&mut self) -> Result<Node, ExprError> {
        let start = self.at;
        if self.take_word("not") {
            let inner = self.deeper(Self::not)?;
            return Ok(self.node(start, Kind::Unary(Unary::Not, Box::new(inner))));
        }
        self.comparison()
    }

    /// Takes the first of some operators that stands here.
    fn first_of(&mut self, operators: &[(&str, Binary)]) -> Option<Binary> {
        operators
            .iter()
            .find_map(|(text, operator)| self.take(text).then_some(*operator))
    }

    fn comparison_operator(&mut self) -> Option<Binary> {
        // Two characters before one.
        self.first_of(&[
            ("==", Binary::Equal),
            ("!=", Binary::NotEqual),
            ("<=", Binary::LessEqual),
            (">=", Binary::GreaterEqual),
            ("<", Binary::Less),
            (">", Binary::Greater),
        ])
    }

    fn comparison(&mut self) -> Result<Node, ExprError> {
        let start = self.at;
        let left = self.sum()?;
        let Some(operator) = self.comparison_operator() else {
            return Ok(left);
        };
        let right = self.sum()?;
        let at = self.at;
        if self.comparison_operator().is_some() {
            return Err(self.error(
                at,
                "comparisons do not chain; write `a < b and b < c` for `a < b < c`",
            ));
        }
        let link = Link {
            operator,
            right,
            end: self.end(),
        };
        Ok(self.node(start, Kind::Chain(Box::new(left), vec![link])))
    }

    fn sum(&mut self) -> Result<Node, ExprError> {
        let operator =
            |parser: &mut Self| parser.first_of(&[("+", Binary::Add), ("-", Binary::Subtract)]);
        self.chain(operator, Self::product)
    }

    fn product(&mut self) -> Result<Node, ExprError> {
        let operator = |parser: &mut Self| {
            parser.first_of(&[
                ("*", Binary::Multiply),
                ("/", Binary::Divide),
                ("%", Binary::Remainder),
            ])
        };
        self.chain(operator, Self::sign)
    }

    fn sign(&mut self) -> Result<Node, ExprError> {
        let start = self.at;
        let operator = if self.take("-") {
            Unary::Minus
        } else if !self.rest().starts_with("!=") && self.take("!") {
            Unary::Not
        } else {
            return self.atom();
        };
        let inner = self.deeper(Self::sign)?;
        Ok(self.node(start, Kind::Unary(operator, Box::new(inner))))
    }

    fn atom(&mut self) -> Result<Node, ExprError> {
        let start = self.at;
        match self.rest().chars().next() {
            None => Err(self.error(start, "it ends where a number or a name must follow")),
            Some('(') => {
                self.take("(");
                let inner = self.deeper(Self::or)?;
                self.close(start)?;
                Ok(inner)
            }
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            Some(c) if c.is_ascii_digit() => self.number(),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.name(),
            Some('*') if self.rest().starts_with("**") => {
                Err(self.error(start, "there is no power; multiply instead"))
            }
            Some(c) => Err(self.error(
                start,
                format!(
                    "`{}` stands where a number or a name must",
                    short(&c.to_string())
                ),
            )),
        }
    }

    fn close(&mut self, open: usize) -> Result<(), ExprError> {
        if self.take(")") {
            return Ok(());
        }
        if self.rest().is_empty() {
            return Err(self.error(open, "a `)` is missing"));
        }
        Err(self.error(self.at, "an operator, a `,` or a `)` is missing here"))
    }

    fn quoted(&mut self, quote: char) -> Result<Node, ExprError> {
        let start = self.at;
        let inside = &self.rest()[1..];
        let Some(length) = inside.find(quote) else {
            return Err(self.error(start, format!("the word has no closing {quote}")));
        };
        let word = inside[..length].to_owned();
        self.at += length + 2;
        self.space();
        Ok(self.node(start, Kind::Word(word)))
    }

    fn number(&mut self) -> Result<Node, ExprError> {
        let start = self.at;
        let length = self.span(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        let written = &self.rest()[..length];
        let digits = written.replace('_', "");
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            let why = if digits.contains('.') || digits.parse::<f64>().is_ok() {
                format!("`{}` is no integer", short(written))
            } else {
                format!(
                    "`{}` is no number; names begin with a letter",
                    short(written)
                )
            };
            return Err(self.error(start, why));
        }
        let Ok(value) = digits.parse() else {
            return Err(ExprError::Overflow {
                text: short(written),
                offset: characters(self.text, start),
            });
        };
        self.at += length;
        self.space();
        Ok(self.node(start, Kind::Number(value)))
    }

    fn span(&self, of: impl Fn(char) -> bool) -> usize {
        let rest = self.rest();
        rest.find(|c: char| !of(c)).unwrap_or(rest.len())
    }

    fn name(&mut self) -> Result<Node, ExprError> {
        let start = self.at;
        let length = self.span(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        let name = self.rest()[..length].to_owned();
        if matches!(name.as_str(), "and" | "or" | "not") {
            return Err(self.error(
                start,
                format!("`{name}` stands where a number or a name must"),
            ));
        }
        if name.split('.').any(str::is_empty) {
            return Err(self.error(start, format!("`{}` is no name", short(&name))));
        }
        self.at += length;
        self.space();
        if !self.take("(") {
            return Ok(self.node(start, Kind::Name(name)));
        }
        let Some((_, function, example)) = FUNCTIONS.into_iter().find(|(n, ..)| *n == name) else {
            let hint = did_you_mean(&name, FUNCTIONS.iter().map(|(n, ..)| *n));
            return Err(self.error(
                start,
                format!("there is no function `{}`{hint}", short(&name)),
            ));
        };
        let arguments = self.deeper(|parser| parser.arguments(start))?;
        let right = match function {
            Function::Min | Function::Max => arguments.len() >= 2,
            Function::CeilDiv => arguments.len() == 2,
            Function::SizeOf => arguments.len() == 1,
        };
        if !right {
            let why = format!(
                "`{name}` is given {}; it is used as in `{example}`",
                match arguments.len() {
                    1 => "1 value".to_owned(),
                    many => format!("{many} values"),
                }
            );
            return Err(self.error(start, why));
        }
        Ok(self.node(start, Kind::Call(function, arguments)))
    }

    fn arguments(&mut self, open: usize) -> Result<Vec<Node>, ExprError> {
        let mut arguments = Vec::new();
        if self.take(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.or()?);
            if !self.take(",") {
                self.close(open)?;
                return Ok(arguments);
            }
        }
    }
}

/// How many characters stand before a byte of the text.
pub(super) fn characters(text: &str, byte: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < byte).count()
}
