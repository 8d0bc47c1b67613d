//! The walls of the house, held by reading the sources: who may import whom,
//! which crates stay behind which door, who may print, how long a file may be.
//!
//! The rules are data in `layers/rules.rs`. Tests obey them too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

mod layers {
    pub(crate) mod lexer;
    pub(crate) mod paths;
    pub(crate) mod repository;
    pub(crate) mod rules;
}

use layers::rules::{ALLOWED, Broken, check, cycle, room_of};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source under `src/`, named from the root with slashes.
fn sources() -> Vec<(String, String)> {
    layers::repository::below(&root().join("src"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .map(|path| {
            let name = path.strip_prefix(root()).expect("below the root");
            let name = name.to_string_lossy().replace('\\', "/");
            let text = std::fs::read_to_string(&path).expect("a source is UTF-8");
            (name, text)
        })
        .collect()
}

fn list(broken: &[Broken]) -> String {
    broken.iter().map(|one| format!("\n  {one}")).collect()
}

/// What a snippet breaks when it stands in that file.
fn broken(file: &str, source: &str) -> Vec<String> {
    check(file, source)
        .broken
        .iter()
        .map(|one| format!("{}: {}", one.line, one.what))
        .collect()
}

#[test]
fn every_source_keeps_the_rules() {
    let broken: Vec<Broken> = sources()
        .iter()
        .flat_map(|(file, text)| check(file, text).broken)
        .collect();
    assert!(
        broken.is_empty(),
        "{} broken:{}",
        broken.len(),
        list(&broken)
    );
}

#[test]
fn rooms_import_each_other_without_a_cycle() {
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in sources() {
        if let Some(room) = room_of(&file) {
            let found = check(&file, &text).imports;
            imports.entry(room.to_owned()).or_default().extend(found);
        }
    }
    assert_eq!(cycle(&imports), None);
    let allowed = ALLOWED
        .iter()
        .map(|(room, may)| {
            (
                room.to_string(),
                may.iter().map(ToString::to_string).collect(),
            )
        })
        .collect();
    assert_eq!(cycle(&allowed), None, "in ALLOWED itself");
}

#[test]
fn the_rules_name_every_room_and_no_other() {
    let found: BTreeSet<String> = sources()
        .iter()
        .filter_map(|(file, _)| room_of(file).map(str::to_owned))
        .collect();
    let named: BTreeSet<String> = ALLOWED.iter().map(|(room, _)| room.to_string()).collect();
    assert_eq!(found, named);
}

#[test]
fn no_file_names_a_path_of_one_persons_machine() {
    let mut read = 0;
    for file in layers::repository::files(root()) {
        // Recorded samples and the like are no text.
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        read += 1;
        assert_eq!(
            layers::repository::private_paths(&text),
            [],
            "{}",
            file.display()
        );
    }
    assert!(read > sources().len(), "only {read} files were read");
}

// The checker itself: each rule is broken once.

#[test]
fn an_import_upward_is_found_in_every_spelling() {
    for source in [
        "\nuse crate::run::Round;",
        "\nuse crate::{kit::Place, run};",
        "\nuse super::super::run::Round;",
        "\nfn f(round: crate::run::Round) {}",
        "\n#[cfg(test)] mod tests { use super::super::super::run::Round; }",
        "\nuse crate::kit::Place; use kernel_gate::run;",
    ] {
        assert_eq!(
            broken("src/spec/read.rs", source),
            ["2: `spec` may not import `run`; it may import kit"],
            "{source}"
        );
    }
    assert_eq!(
        broken("src/kit/units.rs", "use crate::stats::Change;"),
        ["1: `kit` may not import `stats`; it may import nothing of this crate"]
    );
    assert_eq!(
        broken("src/main.rs", "use kernel_gate::spec;"),
        ["1: `main` may not import `spec`; it may import app, cli, exit"]
    );
}

#[test]
fn the_crates_root_is_no_way_round() {
    for source in [
        "use crate as root;",
        "use crate::*;",
        "use super::super::*;",
        "use crate::{self as root};",
        "use kernel_gate as root;",
    ] {
        let found = broken("src/spec/read.rs", source);
        assert_eq!(
            found,
            ["1: names the crate's root, and so every room at once"],
            "{source}"
        );
    }
}

#[test]
fn another_rooms_words_are_not_passed_on() {
    let found = broken("src/plan/case.rs", "pub use crate::spec::Expr;");
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("`plan` may not re-export what is `spec`'s"),
        "{found:?}"
    );
}

#[test]
fn a_room_names_itself_and_what_lies_below_it() {
    let source = "
        //! See [`crate::report`].
        use super::{Expr, Range};
        use crate::kit::{Place, Ratio};
        /// Not `crate::run`.
        fn f() -> &'static str { \"crate::run::Round println!()\" }
        mod tests { use super::*; }
    ";
    assert_eq!(broken("src/spec/read.rs", source), [""; 0]);
}

#[test]
fn a_fenced_crate_is_found_outside_its_fence() {
    for (file, source) in [
        ("src/run/worker.rs", "use wgpu::Device;"),
        ("src/run/worker.rs", "use wgpu as gpu;"),
        ("src/run/worker.rs", "use {std::io, wgpu};"),
        ("src/run/worker.rs", "fn f(device: &::wgpu::Device) {}"),
        ("src/run/worker.rs", "extern crate wgpu;"),
        ("src/plan/fit.rs", "type Module = naga::Module;"),
        ("src/app/check.rs", "use minijinja::Environment;"),
        ("src/spec/check.rs", "fn f() { serde_yaml::from_str(x) }"),
        ("src/report/table.rs", "use indicatif::ProgressBar;"),
    ] {
        let found = broken(file, source);
        assert_eq!(found.len(), 1, "{file}: {source}: {found:?}");
        assert!(found[0].contains("alone"), "{found:?}");
    }
    for (file, source) in [
        (
            "src/run/mod.rs",
            "mod wgpu; pub use self::wgpu::{Gpu, adapters};",
        ),
        (
            "src/run/worker.rs",
            "fn f() { super::wgpu::adapters(); facts.wgpu::<u8>() }",
        ),
        (
            "src/run/wgpu/timer.rs",
            "use wgpu::QuerySet; use super::super::Round;",
        ),
        ("src/shader/reflect.rs", "use naga::valid::Validator;"),
        ("src/spec/read.rs", "fn f() { serde_yaml::from_str(x) }"),
    ] {
        assert_eq!(broken(file, source), [""; 0], "{file}: {source}");
    }
}

#[test]
fn a_fenced_crate_is_not_handed_out_through_its_gate() {
    let found = broken("src/run/wgpu/adapter.rs", "pub use wgpu::Adapter;");
    assert_eq!(
        found,
        ["1: `pub use wgpu` carries the crate out of its fence"]
    );
}

#[test]
fn printing_is_found_where_it_may_not_be() {
    for source in [
        "fn f() { println!(\"a\") }",
        "fn f() { eprint!(\"a\") }",
        "fn f() { dbg!(a); }",
        "fn f() { std::io::stdout().lock(); }",
        "use std::io::{self, stderr};",
    ] {
        let found = broken("src/report/table.rs", source);
        assert_eq!(found.len(), 1, "{source}: {found:?}");
        assert!(found[0].contains("prints"), "{found:?}");
        assert_eq!(broken("src/app/check.rs", source), [""; 0], "{source}");
    }
    let piped = "fn f() { command.stdout(Stdio::piped()); child.stdout.take(); print(a); }";
    assert_eq!(broken("src/run/worker.rs", piped), [""; 0]);
}

#[test]
fn unsafe_is_found_outside_of_the_room_that_argues_for_it() {
    let source = "#![deny(unsafe_code)] fn f() { unsafe { g() } }";
    assert_eq!(
        broken("src/oracle/raw.rs", source),
        ["1: `unsafe` belongs to src/run/wgpu/ alone"]
    );
    assert_eq!(broken("src/run/wgpu/pipeline.rs", source), [""; 0]);
}

#[test]
fn a_lint_is_never_silenced_without_a_word() {
    for source in [
        "#[allow(dead_code)] fn f() {}",
        "#![allow(dead_code)]",
        "#[cfg_attr(test, allow(dead_code, reason = \"x\"))] fn f() {}",
        "#[expect(dead_code)] fn f() {}",
    ] {
        assert_eq!(broken("src/kit/work.rs", source).len(), 1, "{source}");
    }
    let argued = "#[expect(dead_code, reason = \"x\")] fn f() { g().expect(h); allow(i); }";
    assert_eq!(broken("src/kit/work.rs", argued), [""; 0]);
}

#[test]
fn a_door_holds_its_sign_and_nothing_else() {
    for source in [
        "mod a; fn f() {}",
        "pub struct A;",
        "#[cfg(test)] mod tests { }",
        "const A: u8 = 1;",
        "impl A {}",
    ] {
        let found = broken("src/plan/mod.rs", source);
        assert_eq!(found.len(), 1, "{source}: {found:?}");
        assert!(found[0].contains("holds more than"), "{found:?}");
    }
    let sign = "#![doc = \"x\"] //! Plan.\n mod a; pub(crate) mod b; #[cfg(test)] mod tests; pub use a::{A, B};";
    assert_eq!(broken("src/plan/mod.rs", sign), [""; 0]);
    assert_eq!(
        broken("src/plan/tests/mod.rs", "mod a; fn shared() {}"),
        [""; 0]
    );
}

#[test]
fn a_file_over_its_length_is_found() {
    let lines = |count: usize| "\n".repeat(count);
    assert_eq!(broken("src/kit/work.rs", &lines(500)), [""; 0]);
    assert_eq!(broken("src/kit/work.rs", &lines(501)).len(), 1);
    assert_eq!(broken("src/main.rs", &lines(40)), [""; 0]);
    assert_eq!(broken("src/main.rs", &lines(41)).len(), 1);
}

#[test]
fn a_cycle_is_told_by_its_rooms() {
    let imports = |pairs: &[(&str, &str)]| {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in pairs {
            found
                .entry((*from).to_owned())
                .or_default()
                .insert((*to).to_owned());
        }
        cycle(&found)
    };
    assert_eq!(imports(&[("a", "b"), ("b", "c"), ("a", "c")]), None);
    assert_eq!(
        imports(&[("a", "b"), ("b", "c"), ("c", "b")]),
        Some(["b", "c", "b"].map(str::to_owned).to_vec())
    );
}

#[test]
fn a_private_path_is_told_from_a_part_of_an_address() {
    let text = concat!(
        "see /ho",
        "me/ann/x\nhttps://example.org/ho",
        "me/x\n`C:\\Us",
        "ers\\ann`\nsrc/wo",
        "rk/mod.rs"
    );
    let lines: Vec<usize> = layers::repository::private_paths(text)
        .into_iter()
        .map(|(line, _)| line)
        .collect();
    assert_eq!(lines, [1, 3]);
}
