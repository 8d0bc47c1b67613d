//! `--partition hash:K/N`: one part of a plan, for one of several machines.

/// The most parts.
const MOST: u32 = 10_000;

/// A part of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Which part, from 1.
    pub part: u32,
    /// How many there are.
    pub of: u32,
}

/// Reads `hash:2/3`.
pub(super) fn parse(text: &str) -> Result<Partition, String> {
    let cure = "write `hash:2/3` for the second of three parts";
    let Some(numbers) = text.strip_prefix("hash:") else {
        return Err(format!("`{text}` is no way to part a plan; {cure}"));
    };
    let parsed = numbers
        .split_once('/')
        .and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    let Some((part, of)) = parsed else {
        return Err(format!("`{numbers}` is no part of a whole; {cure}"));
    };
    if part == 0 || part > of || of > MOST {
        return Err(format!(
            "parts go from 1 to their number, which is {MOST} at most; {cure}"
        ));
    }
    Ok(Partition { part, of })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_one_of_so_many() {
        assert_eq!(parse("hash:2/3"), Ok(Partition { part: 2, of: 3 }));
        assert_eq!(parse("hash:1/1"), Ok(Partition { part: 1, of: 1 }));
        for bad in [
            "",
            "2/3",
            "hash:0/3",
            "hash:4/3",
            "hash:1/0",
            "hash:1",
            "hash:a/b",
            "count:1/2",
            "hash:1/10001",
            "hash:-1/2",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
