//! Whatever the text, an answer and no panic.

use proptest::prelude::*;

use super::*;
use crate::spec::places::Weight;
use crate::spec::read::parse;

const LIMIT: Weight = Weight {
    nodes: 100_000,
    text: 1 << 20,
};

#[test]
fn a_billion_laughs_are_refused() {
    let mut text = String::from("gate: 1\na0: &a0 [x, x]\n");
    for level in 1..40 {
        let below = level - 1;
        text.push_str(&format!("a{level}: &a{level} [*a{below}, *a{below}]\n"));
    }
    let project = Project::new(&[("specs/s.yaml", text.as_str())]);
    insta::assert_snapshot!(project.errors("specs/s.yaml"), @"specs/s.yaml:21:12: with all aliases copied out, the text grows beyond 2500000 values or 64 MiB here; write less, or sweep");
}

/// Each of the entries would be a mistake of its own, were it looked at.
#[test]
fn more_entries_than_a_suite_may_have_cases_are_refused_unread() {
    let head = "gate: 1\nsuite: s\ncases:\n";
    let project = Project::new(&[("specs/s.yaml", "")]);
    let of = |entries: usize| {
        project.write(
            "specs/s.yaml",
            (head.to_owned() + &"- x\n".repeat(entries)).as_bytes(),
        );
        project.errors("specs/s.yaml")
    };
    assert!(of(200_000).starts_with("specs/s.yaml:4:3: a case needs a map"));
    insta::assert_snapshot!(of(200_001), @"specs/s.yaml:200004:3: there are 200001 entries under `cases`, and a suite has at most 200000 cases; sweep instead of listing, or split the suite");
}

#[test]
fn a_long_text_copied_out_often_is_refused() {
    let long = "x".repeat(1 << 20);
    let aliases = "*a, ".repeat(1000);
    let text = format!("a: &a {long}\nb: [{aliases}]\n");
    assert!(
        parse(
            &text,
            Weight {
                nodes: 1 << 20,
                text: 64 << 20
            }
        )
        .is_err()
    );
}

#[test]
fn merges_upon_merges_are_refused() {
    let mut text = String::from("a0: &a0 {k: v}\n");
    for level in 1..60 {
        let below = level - 1;
        text.push_str(&format!(
            "a{level}: &a{level} {{<<: [*a{below}, *a{below}], k{level}: 1}}\n"
        ));
    }
    assert!(parse(&text, LIMIT).is_err());
}

#[test]
fn deep_nesting_is_refused() {
    for text in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        (0..80)
            .map(|n| {
                format!(
                    "a{n}: &a{n} [[{}]]\n",
                    if n == 0 {
                        "x".into()
                    } else {
                        format!("*a{}", n - 1)
                    }
                )
            })
            .collect(),
    ] {
        let error = parse(&text, LIMIT).expect_err("too deep");
        assert!(
            error.message.contains("nests deeper than"),
            "{}",
            error.message
        );
    }
}

#[test]
fn an_alias_inside_of_its_anchor_is_refused() {
    for text in ["a: &a [*a]", "a: &a {<<: *a}", "a: &a {b: {c: *a}}"] {
        let error = parse(text, LIMIT).expect_err("a circle");
        assert!(
            error.message.contains("refers to what it stands in"),
            "{}",
            error.message
        );
    }
}

#[test]
fn an_anchor_used_twice_is_never_guessed_at() {
    // serde_yaml 0.9 numbers anchors by how many names there are, so that a
    // name used twice shifts the next one.
    let text = "a: &x 1\nb: &x 2\nc: &y 3\nd: *y\ne: *x\n";
    if let Ok((tree, _)) = parse(text, LIMIT) {
        let value = |key: &str| tree.get(key).map(|e| e.value.found());
        assert_eq!(value("d"), Some("the number `3`".into()));
        assert_eq!(value("e"), Some("the number `2`".into()));
    }
}

fn read_text(text: &[u8]) -> Result<Spec, Vec<SpecError>> {
    thread_local! {
        static PROJECT: Project = good();
    }
    PROJECT.with(|project| {
        project.write("specs/fuzz.yaml", text);
        read(&project.path("specs/fuzz.yaml"))
    })
}

/// Places point into the text, or stand for a whole file.
fn placed_in(errors: &[SpecError], text: &str) {
    for error in errors {
        let place = &error.place;
        if place.file.ends_with("fuzz.yaml") && place.line > 0 {
            assert!(
                place.line <= text.split(['\n', '\r']).count() + 1,
                "{error}"
            );
            assert!(place.column >= 1, "{error}");
        }
        assert!(!error.message.contains('\n'), "{error}");
    }
}

proptest! {
    #![proptest_config(seeded(7_004))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_text(&bytes);
    }

    #[test]
    fn any_scrap_of_yaml_is_read_or_refused(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "a", "b: ", ": ", "- ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ", ", "&x ",
                "*x", "<<: ", "!t ", "\"", "'", "|", ">", "# c\n", "---\n", "...\n", "? ", "1",
                "1.5", "~", "\t", "\u{e9}", "%", "@", "gate: 1\n", "suite: s\n", "cases:\n",
                "kernels:\n", "import: ", "\\", "\r", "\u{85}", "\0",
            ]),
            0..40,
        )
    ) {
        let text = parts.concat();
        if let Err(errors) = read_text(text.as_bytes()) {
            placed_in(&errors, &text);
        }
    }

    #[test]
    fn a_valid_spec_with_a_slip_is_read_or_refused(
        at in 0..MOE.len(),
        length in 0..12usize,
        put in prop::sample::select(vec![
            "", " ", "\n", "x", "-1", "0", "[]", "{}", "[", "}", ":", ": ", "*a", "&a ", "<<: ",
            "null", "1e400", "99999999999999999999", "\"", "f16", "../", "\u{e9}",
        ]),
    ) {
        let end = (at + length).min(MOE.len());
        let text = format!("{}{put}{}", &MOE[..at], &MOE[end..]);
        if let Err(errors) = read_text(text.as_bytes()) {
            prop_assert!(!errors.is_empty());
            placed_in(&errors, &text);
        }
    }

    #[test]
    fn a_valid_spec_with_lines_lost_or_doubled_is_read_or_refused(
        line in 0..MOE.lines().count(),
        count in 0..3usize,
    ) {
        let text: String = MOE
            .lines()
            .enumerate()
            .flat_map(|(n, text)| std::iter::repeat_n(format!("{text}\n"), if n == line { count } else { 1 }))
            .collect();
        if let Err(errors) = read_text(text.as_bytes()) {
            placed_in(&errors, &text);
        }
    }
}
