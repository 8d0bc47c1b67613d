//! Whether a program said what a document shows of it.

/// Units of what differs from run to run and from machine to machine.
const UNITS: &[&str] = &[
    "ns", "us", "ms", "s", "%", "GB/s", "TB/s", "MB/s", "GFLOP/s", "TFLOP/s", "MFLOP/s",
    "tokens/s", "kB", "MB",
];

/// A number, however it is written.
fn is_number(word: &str) -> bool {
    let word = word.trim_start_matches(['+', '-', '±', '<', '>', '~', '−']);
    word.starts_with(|c: char| c.is_ascii_digit()) && word.replace(',', "").parse::<f64>().is_ok()
}

/// A word without what stands around it.
fn core(word: &str) -> &str {
    let word = word.trim_start_matches(['(', '[', '`']);
    word.trim_end_matches([')', ']', ',', ';', ':', '.', '`'])
}

/// A line with its measured numbers taken out, and its spaces made one.
fn plain(line: &str) -> String {
    // What comes with the adapter's name is its version.
    let line = match (line.find("llvmpipe ("), line.find(" bits)")) {
        (Some(from), Some(to)) if from < to => {
            format!("{}llvmpipe{}", &line[..from], &line[to + " bits)".len()..])
        }
        _ => line.to_owned(),
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut plain = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let unit = words.get(at + 1).map(|next| core(next));
        if is_number(core(word)) && unit.is_some_and(|unit| UNITS.contains(&unit)) {
            plain.push("#".to_owned());
            at += 2;
            continue;
        }
        let attached = core(word).trim_end_matches(|c: char| c.is_alphabetic() || c == '%');
        if attached != core(word) && is_number(attached) {
            plain.push("#".to_owned());
        } else if is_number(core(word)) && word.contains(['[', ']', '±']) {
            // An end of an interval.
            plain.push("#".to_owned());
        } else if word.starts_with("──") {
            // A table is as wide as what is in it.
            plain.push("──".to_owned());
        } else {
            plain.push((*word).to_owned());
        }
        at += 1;
    }
    plain.join(" ")
}

/// Whether a line is what is shown, where `…` stands for anything.
fn line_matches(shown: &str, said: &str) -> bool {
    let mut rest = said;
    let parts: Vec<&str> = shown.split('…').collect();
    for (index, part) in parts.iter().enumerate() {
        let part = part.trim();
        let found = match (index, index + 1 == parts.len()) {
            (0, true) => return rest == part,
            (0, false) => rest.strip_prefix(part),
            (_, true) => return rest.ends_with(part),
            (_, false) => rest.find(part).map(|at| &rest[at + part.len()..]),
        };
        match found {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

/// The first line that is shown and was not said in its place; none where all
/// is as shown. A line of `…` alone stands for any lines.
pub(crate) fn not_said(shown: &str, said: &str) -> Option<String> {
    let said: Vec<String> = said.lines().map(plain).filter(|l| !l.is_empty()).collect();
    let mut rest = said.as_slice();
    let mut anywhere = false;
    for line in shown.lines().filter(|line| !line.trim().is_empty()) {
        if line.trim() == "…" {
            anywhere = true;
            continue;
        }
        let wanted = plain(line);
        let at = if anywhere {
            rest.iter().position(|said| line_matches(&wanted, said))
        } else {
            rest.first()
                .filter(|said| line_matches(&wanted, said))
                .map(|_| 0)
        };
        match at {
            Some(at) => rest = &rest[at + 1..],
            None => {
                return Some(format!(
                    "shown: {wanted}\nsaid:  {}",
                    rest.first().map_or("", String::as_str)
                ));
            }
        }
        anywhere = false;
    }
    match rest.first() {
        Some(more) if !anywhere => Some(format!("not shown: {more}")),
        _ => None,
    }
}

#[test]
fn measured_numbers_may_differ_and_all_else_may_not() {
    let shown = "  ✓ saxpy  1.24 ms ±3 %   pass\n…\n2 passed in 3.1 s on llvmpipe (LLVM 15, 256 bits): exit 0 (pass)\n";
    let said = "  ✓ saxpy  900 us ±12.5 %  pass\nmore\n\n2 passed in 12 s on llvmpipe (LLVM 20.1, 512 bits): exit 0 (pass)\n";
    assert_eq!(not_said(shown, said), None);
    for other in [
        said.replace("✓", "✗"),
        said.replace("2 passed", "3 passed"),
        said.replace("exit 0", "exit 1"),
        format!("{said}more\n"),
        String::new(),
    ] {
        assert_ne!(not_said(shown, &other), None, "{other}");
    }
    assert_eq!(
        not_said("+8 % [+2.8, +10.1]  ────\n", "-1 % [-2, +3]  ──\n"),
        None
    );
    assert_eq!(not_said("a … c\n", "a b c\n"), None);
    assert_ne!(not_said("a … c\n", "a b d\n"), None);
    assert_ne!(not_said("a\nb\n", "a\nx\nb\n"), None);
}
