//! Which cases a person asked for.

use globset::{GlobBuilder, GlobMatcher};
use thiserror::Error;

use crate::kit::CaseId;

use super::Plan;

/// Longest pattern, in bytes: several times the longest sensible identity.
const LONGEST: usize = 1_000;

/// Most suggestions for a filter that matches nothing.
const SUGGESTIONS: usize = 3;

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{pattern}` is no filter: {why}")]
pub struct FilterError {
    /// The pattern, its beginning where it is long.
    pub pattern: String,
    /// What is wrong with it.
    pub why: String,
}

/// Globs over identities and names: kept by any of `keep` (all, if empty),
/// unless any of `drop` matches.
///
/// A glob matches the whole identity or a whole name; `*` stands for any run
/// of characters, `/` included, and `?` for one. All else is meant as written,
/// brackets too, so that an identity matches itself.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    keep: Vec<Pattern>,
    drop: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    glob: GlobMatcher,
}

impl Filter {
    /// From the globs of `--filter` and of `--exclude`.
    ///
    /// # Errors
    ///
    /// [`FilterError`] for a pattern that is empty or too long.
    pub fn new<S: AsRef<str>>(keep: &[S], drop: &[S]) -> Result<Self, FilterError> {
        let patterns = |texts: &[S]| -> Result<Vec<Pattern>, FilterError> {
            texts.iter().map(|t| Pattern::new(t.as_ref())).collect()
        };
        Ok(Self {
            keep: patterns(keep)?,
            drop: patterns(drop)?,
        })
    }

    /// Whether a case of this identity and these names is wanted.
    #[must_use]
    pub fn matches(&self, id: &CaseId, names: &[String]) -> bool {
        let any = |patterns: &[Pattern]| {
            patterns
                .iter()
                .any(|p| p.matches(&id.0) || names.iter().any(|name| p.matches(name)))
        };
        (self.keep.is_empty() || any(&self.keep)) && !any(&self.drop)
    }

    /// Whether it keeps everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keep.is_empty() && self.drop.is_empty()
    }

    /// The cases that were probably meant, the likeliest first: for a filter
    /// that matched nothing of `plans`, which are those without a filter.
    ///
    /// First what has a pattern within it (`topk` for `moe/topk[…]`), then
    /// what is spelled like it.
    #[must_use]
    pub fn nearest(&self, plans: &[Plan]) -> Vec<CaseId> {
        let mut found: Vec<(u8, f64, &CaseId)> = Vec::new();
        for case in plans.iter().flat_map(|plan| &plan.cases) {
            let names = std::iter::once(&case.id.0).chain(&case.names);
            let best = names
                .flat_map(|name| self.keep.iter().map(move |p| p.likeness(name)))
                .max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            if let Some((rank, likeness)) = best {
                found.push((rank, likeness, &case.id));
            }
        }
        // The order of the plans decides between equals: the sort is stable.
        found.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)));
        let ids = found.into_iter().map(|(_, _, id)| id.clone());
        ids.take(SUGGESTIONS).collect()
    }
}

impl Pattern {
    fn new(text: &str) -> Result<Self, FilterError> {
        let refuse = |why: String| FilterError {
            pattern: text.chars().take(60).collect(),
            why,
        };
        if text.is_empty() {
            return Err(refuse(
                "it is empty; write a glob such as `moe/topk*`".to_owned(),
            ));
        }
        if text.len() > LONGEST {
            return Err(refuse(format!("it is longer than {LONGEST} bytes")));
        }
        let glob = GlobBuilder::new(&escaped(text))
            .backslash_escape(true)
            .literal_separator(false)
            .build()
            .map_err(|error| refuse(error.to_string()))?;
        Ok(Self {
            text: text.to_owned(),
            glob: glob.compile_matcher(),
        })
    }

    fn matches(&self, name: &str) -> bool {
        self.text == name || self.glob.is_match(name)
    }

    /// Rank and similarity of a name to the pattern without its wildcards.
    fn likeness(&self, name: &str) -> (u8, f64) {
        let plain = self.text.replace(['*', '?'], "");
        let within = !plain.is_empty() && name.contains(&plain);
        // Only a beginning of a long name is compared: a person mistypes the
        // kernel's name rather than its whole shape.
        let length = plain.chars().count();
        let beginning: String = name.chars().take(length).collect();
        let likeness = strsim::jaro_winkler(&plain, &beginning)
            .max(strsim::jaro_winkler(&plain, last_part(name, length)));
        (u8::from(within), likeness)
    }
}

/// What follows the suite in an identity, cut to a length in characters.
fn last_part(name: &str, length: usize) -> &str {
    let rest = name.split_once('/').map_or(name, |(_, rest)| rest);
    let end = rest
        .char_indices()
        .nth(length)
        .map_or(rest.len(), |(index, _)| index);
    &rest[..end]
}

/// A glob in globset's grammar: everything but `*` and `?` as written. A run
/// of stars is one star, because two have a meaning of their own there.
fn escaped(text: &str) -> String {
    let mut glob = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '*' if glob.ends_with('*') && !glob.ends_with("\\*") => {}
            '*' | '?' => glob.push(character),
            '[' | ']' | '{' | '}' | '!' | '\\' | ',' => {
                glob.push('\\');
                glob.push(character);
            }
            _ => glob.push(character),
        }
    }
    glob
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "moe/topk[experts=8,k=2,tokens=128]@workgroup=64";

    fn matches(pattern: &str, id: &str, names: &[&str]) -> bool {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let filter = Filter::new(&[pattern], &[]).expect("a usable pattern");
        filter.matches(&CaseId(id.to_owned()), &names)
    }

    #[test]
    fn an_identity_matches_itself_and_nothing_near() {
        assert!(matches(ID, ID, &[]));
        assert!(!matches(ID, "moe/topke@workgroup=64", &[]));
        let list = "m/matmul[k=1]@workgroup=16x8";
        assert!(matches(list, list, &[]));
    }

    #[test]
    fn a_star_crosses_slashes_and_a_question_mark_is_one() {
        assert!(matches("moe/topk*", ID, &[]));
        assert!(matches("*workgroup=64", ID, &[]));
        assert!(matches("**tokens=128**", ID, &[]));
        assert!(matches("moe/topk[experts=?,k=2,*", ID, &[]));
        assert!(!matches("moe/topk[experts=??,k=2,*", ID, &[]));
        assert!(!matches("topk", ID, &[]));
        assert!(!matches("moe/TOPK*", ID, &[]));
    }

    #[test]
    fn brackets_braces_and_backslashes_are_literal() {
        assert!(!matches("moe/topk[e]*", ID, &[]));
        assert!(!matches("moe/{topk,combine}*", ID, &[]));
        assert!(matches("a{b,c}[!d]\\*", "a{b,c}[!d]\\x", &[]));
    }

    #[test]
    fn a_name_matches_as_well_as_an_identity() {
        assert!(matches("decode", ID, &["decode", "mixtral/single"]));
        assert!(matches("mixtral/*", ID, &["decode", "mixtral/single"]));
        assert!(!matches("prefill", ID, &["decode"]));
    }

    #[test]
    fn what_is_dropped_is_dropped_from_what_is_kept() {
        let id = CaseId(ID.to_owned());
        let filter = |keep: &[&str], drop: &[&str]| Filter::new(keep, drop).expect("usable");
        assert!(filter(&[], &[]).matches(&id, &[]));
        assert!(!filter(&[], &["*topk*"]).matches(&id, &[]));
        assert!(!filter(&["moe/*"], &["*=64"]).matches(&id, &[]));
        assert!(filter(&["x", "moe/*"], &["y"]).matches(&id, &[]));
        assert!(filter(&[], &[]).is_empty());
    }

    #[test]
    fn an_empty_or_endless_pattern_is_refused() {
        assert!(Filter::new(&[""], &[]).is_err());
        let long = "x".repeat(2_000);
        let error = Filter::new(&[], &[long.as_str()]).expect_err("too long");
        assert!(error.to_string().ends_with("longer than 1000 bytes"));
        assert!(error.to_string().len() < 200);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig {
            rng_seed: proptest::test_runner::RngSeed::Fixed(1),
            failure_persistence: None,
            ..Default::default()
        })]

        #[test]
        fn any_text_without_wildcards_matches_itself_alone(
            text in "[a-z0-9/\\[\\]{}!,=@.^$|()+\\\\-]{1,40}",
            other in "[a-z0-9/\\[\\]{}!,=@.^$|()+\\\\-]{1,40}",
        ) {
            proptest::prop_assert!(matches(&text, &text, &[]));
            proptest::prop_assert_eq!(matches(&text, &other, &[]), text == other);
        }
    }
}
