//! Facts about expressions.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::tests::seeded;
use super::{Env, Expr, ExprError, SpecError, Value};
use crate::kit::Place;
use crate::spec::Placed;

struct Names(BTreeMap<&'static str, Value>);

impl Env for Names {
    fn get(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
    fn names(&self) -> Vec<String> {
        self.0.keys().map(|name| (*name).to_owned()).collect()
    }
}

fn names() -> Names {
    Names(BTreeMap::from([
        ("tokens", Value::Int(128)),
        ("model.hidden", Value::Int(4096)),
        ("workgroup.0", Value::Int(16)),
        ("zero", Value::Int(0)),
        ("storage", Value::Word("f16".into())),
        ("layout", Value::Word("nk".into())),
        ("coop", Value::Int(8)),
    ]))
}

fn int(text: &str) -> i64 {
    Expr::parse(text)
        .and_then(|expr| expr.eval_int(&names()))
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> String {
    match Expr::parse(text).and_then(|expr| expr.eval(&names())) {
        Ok(value) => panic!("{text} is {value:?}"),
        Err(error) => format!("{}: {error}", error.offset()),
    }
}

#[test]
fn arithmetic_binds_as_on_paper() {
    assert_eq!(int("1 + 2 * 3"), 7);
    assert_eq!(int("(1 + 2) * 3"), 9);
    assert_eq!(int("10 - 3 - 2"), 5);
    assert_eq!(int("100 / 10 / 2"), 5);
    assert_eq!(int("-2 * -3"), 6);
    assert_eq!(int("1_000_000"), 1_000_000);
}

#[test]
fn division_drops_the_fraction_towards_zero() {
    assert_eq!(int("7 / 2"), 3);
    assert_eq!(int("-7 / 2"), -3);
    assert_eq!(int("-7 % 2"), -1);
    assert_eq!(int("7 % -2"), 1);
}

#[test]
fn functions_give_what_their_names_say() {
    assert_eq!(int("ceil_div(tokens + 1, 64)"), 3);
    assert_eq!(int("ceil_div(-7, 2)"), -3);
    assert_eq!(int("ceil_div(-7, -2)"), 4);
    assert_eq!(int("min(3, 1, 2)"), 1);
    assert_eq!(int("max(tokens, model.hidden)"), 4096);
    assert_eq!(int("size_of(storage) * tokens"), 256);
    assert_eq!(int("size_of(f32)"), 4);
    assert_eq!(int("size_of('vec4<f16>')"), 8);
}

#[test]
fn conditions_are_one_or_zero() {
    assert_eq!(int("workgroup.0 <= 16"), 1);
    assert_eq!(int("storage == f16 and tokens >= 128"), 1);
    assert_eq!(int("storage != 'f16' or not tokens == 128"), 0);
    assert_eq!(int("!zero && 1 < 2 || 1 / zero"), 1);
    assert_eq!(int("!zero == 1"), 1);
    assert_eq!(int("not zero == 0"), 0);
}

#[test]
fn the_right_side_is_not_looked_at_where_the_left_decides() {
    assert_eq!(int("zero != 0 and 1 / zero > 1"), 0);
    assert_eq!(int("zero == 0 or 1 / zero > 1"), 1);
}

#[test]
fn an_axis_may_mix_words_and_numbers() {
    assert_eq!(int("coop == 'none' or coop * 4 <= 32"), 1);
    assert_eq!(int("coop != 'none'"), 1);
}

#[test]
fn names_are_told_without_words_and_types() {
    let expr = Expr::parse("ceil_div(tokens, workgroup.0) * size_of(f16) <= device.max_dispatch or layout == 'kn' or tokens == 1")
        .expect("parses");
    assert_eq!(
        expr.names(),
        ["device.max_dispatch", "layout", "tokens", "workgroup.0"]
    );
}

#[test]
fn what_is_wrong_is_said_and_where() {
    let texts = [
        "",
        "1 +",
        "1 + * 2",
        "(1 + 2",
        "1 + 2)",
        "a < b < c",
        "tokens = 1",
        "tokens & 1",
        "1.5 * 2",
        "1e3",
        "7b",
        "tokns * 2",
        "1 + layout",
        "layout == nk",
        "layout == nk + 1",
        "1 / zero",
        "1 + tokens % zero",
        "ceil_div(1, zero)",
        "ceil_div(1)",
        "ceildiv(1, 2)",
        "min(1)",
        "size_of(tokens)",
        "size_of(layout)",
        "tokens tokens",
        "9223372036854775807 + 1",
        "9223372036854775808",
        "model.hidden * 9223372036854775807",
        "2 ** 3",
        "'open",
        "a..b",
        "tokens + é",
        "and",
    ];
    let all: Vec<String> = texts
        .iter()
        .map(|text| format!("{text}\n    {}", error(text)))
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn the_smallest_number_divided_by_minus_one_overflows() {
    let text = "(-9223372036854775807 - 1) / -1";
    assert!(matches!(
        Expr::parse(text).and_then(|expr| expr.eval(&names())),
        Err(ExprError::Overflow { .. })
    ));
}

#[test]
fn depth_and_length_are_bounded() {
    for text in [
        "(".repeat(1000),
        "-".repeat(1000),
        "not ".repeat(400),
        "min(".repeat(400),
        "1".repeat(100_000),
    ] {
        assert!(matches!(Expr::parse(&text), Err(ExprError::Syntax { .. })));
    }
    assert_eq!(int(&vec!["1"; 999].join("+")), 999);
}

/// Nobody says how large the stack is on which a spec is read.
#[test]
fn the_deepest_expressions_fit_a_small_stack() {
    // Every rank of operators at every level.
    let deep = format!(
        "{}1{}",
        "0 or 1 and 1 <= 0 + 1 * -(".repeat(15),
        ")".repeat(15)
    );
    let long = vec!["1"; 999].join("-");
    let wide = vec!["a"; 390].join(" or ");
    let read = move || {
        for text in [
            &deep,
            &long,
            &"(".repeat(1000),
            &format!("{}1", "!".repeat(31)),
        ] {
            if let Ok(expr) = Expr::parse(text) {
                let again = Expr::parse(text).expect("it did once");
                assert!(expr == again && expr.names().is_empty());
                assert!(expr.eval_int(&names()).is_ok());
            }
        }
        assert!(Expr::parse(&wide).is_ok_and(|expr| expr.eval(&names()).is_err()));
    };
    let small = std::thread::Builder::new()
        .stack_size(512 << 10)
        .spawn(read);
    small.expect("a thread").join().expect("no overflow");
}

#[test]
fn an_error_in_an_expression_points_at_its_part() {
    let expr = Placed {
        value: Expr::parse("'é' == layout and x1 > 1").expect("parses"),
        place: Place::new("a.yaml", 3, 10),
    };
    let mut words = names();
    words.0.insert("layout", Value::Word("é".into()));
    let error = expr.value.eval(&words).expect_err("x1 is not defined");
    assert_eq!(SpecError::in_expr(&expr, &error).place.column, 10 + 18);
}

#[test]
fn a_number_is_an_expression() {
    let expr = Expr::integer(-3);
    assert_eq!(expr.text(), "-3");
    assert_eq!(expr.as_integer(), Some(-3));
    assert_eq!(expr.eval_int(&names()), Ok(-3));
}

proptest! {
    #![proptest_config(seeded(7_001))]

    #[test]
    fn any_text_parses_or_is_refused(text in "\\PC{0,80}") {
        if let Ok(expr) = Expr::parse(&text) {
            let _ = expr.eval(&names());
        }
    }

    #[test]
    fn any_row_of_tokens_parses_or_is_refused(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "1", "0", "9223372036854775807", "tokens", "layout", "f16", "'a'", "+", "-", "*",
                "/", "%", "(", ")", ",", "min(", "ceil_div(", "size_of(", "<", "==", "!=", "!",
                "not ", " and ", " or ", "&&", "||", ".", "é",
            ]),
            0..30,
        )
    ) {
        if let Ok(expr) = Expr::parse(&tokens.concat()) {
            let _ = expr.eval(&names());
        }
    }

    #[test]
    fn arithmetic_agrees_with_128_bits(a in any::<i64>(), b in any::<i64>(), op in 0..5usize) {
        let (symbol, exact): (&str, Option<i128>) = match op {
            0 => ("+", Some(i128::from(a) + i128::from(b))),
            1 => ("-", Some(i128::from(a) - i128::from(b))),
            2 => ("*", Some(i128::from(a) * i128::from(b))),
            3 => ("/", i128::from(a).checked_div(i128::from(b))),
            _ => ("%", i128::from(a).checked_rem(i128::from(b))),
        };
        let env = Names(BTreeMap::from([("a", Value::Int(a)), ("b", Value::Int(b))]));
        let value = Expr::parse(&format!("a {symbol} b")).and_then(|e| e.eval_int(&env));
        match exact.map(i64::try_from) {
            Some(Ok(exact)) => {
                // -2^63 % -1 is 0, and the 64-bit operation still overflows.
                if value.is_ok() || !(a == i64::MIN && b == -1) {
                    prop_assert_eq!(value, Ok(exact));
                }
            }
            Some(Err(_)) => {
                let overflows = matches!(value, Err(ExprError::Overflow { .. }));
                prop_assert!(overflows);
            }
            None => {
                let divides = matches!(value, Err(ExprError::DivisionByZero { .. }));
                prop_assert!(divides);
            }
        }
    }

    #[test]
    fn ceil_div_is_the_least_count_that_covers(a in 0..1_000_000i64, b in 1..1000i64) {
        let q = Expr::parse(&format!("ceil_div({a}, {b})")).and_then(|e| e.eval_int(&names()));
        let q = q.expect("in range");
        prop_assert!(q * b >= a && (q - 1) * b < a);
    }
}
