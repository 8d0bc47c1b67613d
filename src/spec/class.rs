//! Which devices a class of hardware means.

use crate::kit::DeviceFacts;

use super::Class;

/// Longest pattern, in bytes.
const LONGEST_PATTERN: usize = 200;
/// How much of an adapter's name is looked at, in characters.
const LONGEST_ADAPTER: usize = 1000;

/// One element of a pattern.
enum Piece {
    /// Any run of characters.
    Any,
    /// One character of a set; or of none of it.
    Set {
        ranges: Vec<(char, char)>,
        negated: bool,
    },
}

impl Piece {
    fn fits(&self, character: char) -> bool {
        match self {
            Self::Any => true,
            Self::Set { ranges, negated } => {
                let inside = ranges
                    .iter()
                    .any(|(first, last)| (*first..=*last).contains(&character));
                inside != *negated
            }
        }
    }
}

/// Reads a pattern: characters for themselves, `*` for any run, sets such as
/// `[0-9]`, `[abc]` and `[!0-9]`; `[*]` is a star and `[[]` a bracket.
fn pieces(pattern: &str) -> Result<Vec<Piece>, String> {
    if pattern.len() > LONGEST_PATTERN {
        return Err(format!("is longer than {LONGEST_PATTERN} bytes"));
    }
    let mut pieces = vec![Piece::Any];
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        pieces.push(match character {
            '*' => Piece::Any,
            '[' => set(&mut rest)?,
            one => Piece::Set {
                ranges: vec![(one, one)],
                negated: false,
            },
        });
    }
    pieces.push(Piece::Any);
    Ok(pieces)
}

fn set(rest: &mut std::str::Chars<'_>) -> Result<Piece, String> {
    const OPEN: &str =
        "has a `[` without its `]`; write a set such as `[0-9]`, or `[[]` for the bracket itself";
    let mut inside: Vec<char> = Vec::new();
    loop {
        match rest.next() {
            None => return Err(OPEN.to_owned()),
            Some(']') if !inside.is_empty() && inside != ['!'] => break,
            Some(character) => inside.push(character),
        }
    }
    let negated = inside.len() > 1 && inside.first() == Some(&'!');
    let mut members = inside.iter().copied().skip(usize::from(negated)).peekable();
    let mut ranges = Vec::new();
    while let Some(first) = members.next() {
        let mut ahead = members.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(last)) => {
                if last < first {
                    return Err(format!(
                        "has the set `{first}-{last}`, which runs backwards"
                    ));
                }
                ranges.push((first, last));
                members = ahead;
            }
            _ => ranges.push((first, first)),
        }
    }
    Ok(Piece::Set { ranges, negated })
}

/// Whether a pattern can be matched.
pub(super) fn check_pattern(pattern: &str) -> Result<(), String> {
    pieces(pattern).map(|_| ())
}

/// Whether the pattern stands anywhere in the name. Takes at most their
/// lengths' product of steps.
fn matches(pieces: &[Piece], name: &str) -> bool {
    let name: Vec<char> = name.chars().take(LONGEST_ADAPTER).collect();
    let (mut at, mut piece) = (0, 0);
    // Where to go on when a character does not fit: behind the last star, one
    // character later.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pieces.get(piece), name.get(at)) {
            (Some(Piece::Any), _) => {
                retry = Some((at, piece + 1));
                piece += 1;
            }
            (None, None) => return true,
            (Some(one @ Piece::Set { .. }), Some(&character)) if one.fits(character) => {
                at += 1;
                piece += 1;
            }
            (Some(Piece::Set { .. }) | None, _) => match retry {
                Some((from, behind)) if from < name.len() => {
                    retry = Some((from + 1, behind));
                    at = from + 1;
                    piece = behind;
                }
                _ => return false,
            },
        }
    }
}

impl Class {
    /// Whether a device belongs to this class: everything that the class
    /// states holds for it. A class that states nothing has every device.
    #[must_use]
    pub fn matches(&self, facts: &DeviceFacts) -> bool {
        self.backend.is_none_or(|backend| backend == facts.backend)
            && self.kind.is_none_or(|kind| kind == facts.kind)
            && self.adapter.as_deref().is_none_or(|pattern| {
                pieces(pattern).is_ok_and(|pieces| matches(&pieces, &facts.adapter))
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spec::tests::seeded;

    fn fits(pattern: &str, name: &str) -> bool {
        matches(&pieces(pattern).expect("a valid pattern"), name)
    }

    #[test]
    fn a_plain_pattern_is_a_part_of_the_name() {
        assert!(fits("H100", "NVIDIA H100 80GB HBM3"));
        assert!(!fits("H200", "NVIDIA H100 80GB HBM3"));
        assert!(fits("", "anything"));
    }

    #[test]
    fn sets_match_one_character_and_stars_any_run() {
        assert!(fits("Apple M[0-9]", "Apple M3 Max"));
        assert!(!fits("Apple M[0-9]", "Apple Max"));
        assert!(fits("RTX [34]0[!0-6]0", "NVIDIA GeForce RTX 4080 SUPER"));
        assert!(!fits("RTX [34]0[!0-6]0", "NVIDIA GeForce RTX 4060"));
        assert!(fits("AMD*RADV", "AMD Radeon Graphics (RADV NAVI31)"));
        assert!(!fits("RADV*AMD", "AMD Radeon Graphics (RADV NAVI31)"));
        assert!(fits("a[*]b", "xa*by"));
        assert!(!fits("a[*]b", "xaab"));
        assert!(fits("[[]x", "[x"));
        assert!(fits("[]x]", "]"));
    }

    #[test]
    fn a_broken_pattern_is_refused() {
        for pattern in ["[", "[]", "[!]", "[9-0]", &"x".repeat(1000)] {
            assert!(check_pattern(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn many_stars_cost_no_more_than_the_lengths_product() {
        assert!(!fits(&"a*".repeat(99), &"a".repeat(98)));
        assert!(!fits(&format!("{}b", "*a".repeat(90)), &"a".repeat(5000)));
    }

    proptest! {
        #![proptest_config(seeded(7_002))]

        #[test]
        fn any_pattern_is_matched_or_refused(pattern in "[\\[\\]a!*-]{0,12}", name in "[a\\[!-]{0,12}") {
            if let Ok(pieces) = pieces(&pattern) {
                let _ = matches(&pieces, &name);
            }
        }
    }
}
