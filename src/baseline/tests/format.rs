//! What a file looks like, and what is refused.

use std::fs;

use super::super::{Baselines, Store, StoreError, parse, text};
use super::{ceilings, facts, two};
use crate::kit::{DeviceKey, Nanos};

fn device() -> DeviceKey {
    facts().key()
}

fn written() -> String {
    text::write(&two()).expect("writes")
}

/// Line, column and message of what reading this text says.
fn refusal(text: &str) -> (usize, usize, String) {
    match parse::parse(text.as_bytes(), &device(), "moe") {
        Ok(file) => panic!("was read: {file:?}"),
        Err(fault) => (fault.line, fault.column, fault.message),
    }
}

/// The same as an older gate wrote it, without digests.
fn older() -> String {
    let mut text = written().replace("\"format\": 2", "\"format\": 1");
    while let Some(at) = text.find(DIGEST) {
        text.replace_range(at..at + DIGEST.len() + 17, "");
    }
    text
}

const DIGEST: &str = ",\"digest\":\"";

fn replaced(from: &str, to: &str) -> String {
    let text = older();
    assert_eq!(text.matches(from).count(), 1, "`{from}` stands there once");
    text.replace(from, to)
}

#[test]
fn a_file_has_one_case_a_line_sorted_with_times_side_by_side() {
    // Facts are long, and looked at elsewhere; so are digests.
    let text: String = written()
        .lines()
        .map(|line| match line.find("\"facts\":").or(line.find(DIGEST)) {
            Some(at) => format!("{}…\n", &line[..at]),
            None => format!("{line}\n"),
        })
        .collect();
    insta::assert_snapshot!(text, @r#"
    {
    "format": 2,
    "device": "test-gpu-vulkan",
    "suite": "moe",
    "recordings": [
    {"id":1,"time":"2026-11-03T10:00:00Z","commit":"0a1b2c3-dirty","reason":null,"gate":"0.1.0",…
    {"id":3,"time":"2026-11-03T10:00:00Z","commit":"0a1b2c3-dirty","reason":null,"gate":"0.1.0",…
    ],
    "cases": {
    "moe/combine[tokens=1]": {"method":"pass-timestamps","overhead":"batch-difference","checks":"checked","batch":16,"code":"f00d","rounds":[{"recording":1,"times":[105.5],"spreads":[0.0025],"samples":[64]},{"recording":3,"times":[106.25,104.0],"spreads":[0.0025,0.0025],"samples":[64,64]}]…
    "moe/topk[tokens=1]@workgroup=64": {"method":"pass-timestamps","overhead":"batch-difference","checks":"checked","batch":16,"code":"f00d","rounds":[{"recording":3,"times":[6312.4,6310.0],"spreads":[0.0025,0.0025],"samples":[64,64]}]…
    }
    }
    "#);
}

#[test]
fn what_is_written_reads_back_equal() {
    let file = two();
    let text = written();
    let back = parse::parse(text.as_bytes(), &device(), "moe").expect("reads");
    assert_eq!(back, file);
}

#[test]
fn spaces_between_words_do_not_matter() {
    let text = written().replace('\n', " \r\n\t");
    let back = parse::parse(text.as_bytes(), &device(), "moe").expect("reads");
    assert_eq!(back, two());
}

/// What was recorded before stays readable: a field that is added later must
/// not change the digest of a recording that has none.
#[test]
fn what_this_repository_holds_is_read() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("baselines");
    let store = Store::new(&root);
    let files = store.files().expect("baselines");
    for (device, suite) in &files {
        let loaded = store.load(device, suite);
        let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
        assert!(!loaded.expect("a file").cases.is_empty(), "{suite}");
    }
    let read = files.len();
    assert!(read > 1, "{read}");
}

#[test]
fn a_newer_format_is_refused_with_a_cure_of_its_own() {
    let (line, _, message) = refusal("{\n\"format\": 3, \"anything\": [");
    assert_eq!(line, 2);
    assert!(message.contains("newer gate"), "{message}");
    assert!(message.contains("update the gate"), "{message}");
    assert!(!message.contains("delete"), "{message}");
    let (_, _, message) = refusal("{\"format\": 0}");
    assert!(message.contains("no format 0"), "{message}");
}

#[test]
fn the_first_format_is_read_and_written_in_this_one() {
    let text = older();
    assert!(!text.contains("digest"), "{text}");
    let back = parse::parse(text.as_bytes(), &device(), "moe").expect("reads");
    assert_eq!(back, two());
    assert_eq!(text::write(&back).expect("writes"), written());
}

#[test]
fn a_line_that_was_changed_by_hand_is_refused_where_it_stands() {
    for (from, to, line, whose) in [
        ("106.25", "1.0625", 10, "case `moe/combine[tokens=1]`"),
        (
            "[64,64]}],\"digest",
            "[64,65]}],\"digest",
            10,
            "case `moe/combine[tokens=1]`",
        ),
        (
            "\"batch\":16",
            "\"batch\":17",
            10,
            "case `moe/combine[tokens=1]`",
        ),
        (
            "combine[tokens=1]",
            "combine[tokens=2]",
            10,
            "case `moe/combine[tokens=2]`",
        ),
        ("0a1b2c3-dirty", "0a1b2c3", 6, "recording 1"),
        ("\"tick\":32.0", "\"tick\":33.0", 6, "recording 1"),
    ] {
        let text = written();
        assert!(text.contains(from), "{from}");
        let (at, _, message) = refusal(&text.replacen(from, to, 1));
        assert_eq!(at, line, "`{to}`: {message}");
        assert!(message.starts_with(whose), "{message}");
        assert!(message.contains("does not fit its `digest`"), "{message}");
        assert!(message.contains("restore it"), "{message}");
    }
    // Nor does a line fit that another suite's file had.
    let other = Baselines {
        suite: "other".into(),
        ..two()
    };
    let text = text::write(&other).expect("writes");
    let (_, _, message) = refusal(&text.replace("\"suite\": \"other\"", "\"suite\": \"moe\""));
    assert!(message.contains("does not fit"), "{message}");
    // And one without its digest is none of this format.
    let at = written().find(DIGEST).expect("has one");
    let mut text = written();
    text.replace_range(at..at + DIGEST.len() + 17, "");
    let (line, _, message) = refusal(&text);
    assert_eq!(line, 6);
    assert!(message.contains("`digest` is missing"), "{message}");
}

#[test]
fn the_format_comes_first() {
    let (line, _, message) = refusal("{\"device\": \"x\"}");
    assert_eq!(line, 1);
    assert!(message.contains("`format` belongs here"), "{message}");
}

#[test]
fn every_cut_is_an_error_and_never_a_shorter_baseline() {
    let text = written();
    for end in 0..text.len() {
        match parse::parse(&text.as_bytes()[..end], &device(), "moe") {
            Ok(file) => {
                assert_eq!(end, text.len() - 1, "only the last newline may go");
                assert_eq!(file, two());
            }
            Err(fault) => assert!(fault.line >= 1 && fault.column >= 1),
        }
    }
    let (line, _, message) = refusal(&text[..text.len() - 3]);
    assert_eq!(line, text.lines().count() - 1);
    assert!(message.contains("ends too early"), "{message}");
}

#[test]
fn a_case_written_twice_is_refused_where_it_stands() {
    let text = written();
    let line = text
        .lines()
        .find(|line| line.starts_with("\"moe/combine"))
        .expect("has the case");
    let twice = text.replace(line, &format!("{line}\n{line}"));
    let (at, column, message) = refusal(&twice);
    assert_eq!((at, column), (11, "\"moe/combine[tokens=1]\"".len()));
    assert!(
        message.contains("`moe/combine[tokens=1]` stands here twice"),
        "{message}"
    );
}

#[test]
fn mistakes_of_an_editor_are_refused_with_their_line() {
    let cases = [
        // What was written, what it became, the line, a part of the message.
        ("106.25", "-106.25", 10, "-106.25 ns is no time"),
        ("106.25", "0", 10, "0 ns is no time"),
        ("106.25", "null", 10, "invalid type: null"),
        ("106.25", "NaN", 10, "this is no JSON (expected value)"),
        ("106.25", "1e999", 10, "number out of range"),
        ("106.25,", "", 10, "1 times, 2 spreads and 2 samples"),
        (
            "\"samples\":[64,64]}]}\n}",
            "\"samples\":[64]}]}\n}",
            11,
            "2 spreads and 1",
        ),
        ("[105.5]", "[]", 10, "0 times, 1 spreads"),
        (
            "{\"recording\":1,",
            "{\"recording\":2,",
            10,
            "recording 2, which",
        ),
        (
            "{\"id\":3,",
            "{\"id\":1,",
            7,
            "two recordings have the `id` 1",
        ),
        ("{\"id\":3,", "{\"id\":0,", 7, "from 1 on"),
        (
            "\"suite\": \"moe\"",
            "\"suite\": \"moe2\"",
            4,
            "of suite `moe2`",
        ),
        ("\"suite\": \"moe\"", "\"suite\": 7", 4, "invalid type"),
        (
            "\"device\": \"test-gpu-vulkan\"",
            "\"device\": \"other\"",
            3,
            "of device `other`",
        ),
        (
            "\"recordings\": [",
            "\"more\": 1, \"recordings\": [",
            5,
            "and not `more`",
        ),
        (
            "\n}\n}\n",
            "\n}, \"more\": 1\n}\n",
            12,
            "unknown field `more`",
        ),
        ("\n}\n}\n", "\n}\n}\n}\n", 14, "trailing characters"),
    ];
    for (from, to, line, says) in cases {
        let (at, column, message) = refusal(&replaced(from, to));
        assert!(message.contains(says), "`{to}`: {message}");
        assert_eq!(at, line, "`{to}`: {message}");
        assert!(column >= 1);
    }
}

#[test]
fn a_field_that_no_gate_writes_is_refused_at_every_depth() {
    for (from, says) in [
        ("{\"id\":3,", "`surplus`"),
        ("{\"recording\":1,", "`surplus`"),
    ] {
        let text = replaced(from, &format!("{{\"surplus\":1,{}", &from[1..]));
        let (_, _, message) = refusal(&text);
        assert!(message.contains(says), "{message}");
    }
    for from in [
        "\"facts\":{",
        "\"timer\":{",
        "\"limits\":{",
        "\"features\":{",
    ] {
        let text = written().replacen(from, &format!("{from}\"surplus\":1,"), 1);
        let (line, _, message) = refusal(&text);
        assert_eq!(line, 6);
        assert!(message.contains("unknown field `surplus`"), "{message}");
    }
}

#[test]
fn the_marks_of_an_unfinished_merge_are_named() {
    let text = replaced("\n\"moe/topk", "\n<<<<<<< HEAD\n\"moe/topk");
    let (line, column, message) = refusal(&text);
    assert_eq!((line, column), (11, 1));
    assert!(message.contains("conflict"), "{message}");
}

#[test]
fn what_is_no_text_is_refused_at_its_byte() {
    let fault = parse::parse(b"{\n \xff}", &device(), "moe").expect_err("no UTF-8");
    assert_eq!((fault.line, fault.column), (2, 2));
    let fault = parse::parse(b" \n", &device(), "moe").expect_err("empty");
    assert!(fault.message.contains("empty"), "{}", fault.message);
    let deep = "[".repeat(100_000);
    let fault = parse::parse(deep.as_bytes(), &device(), "moe").expect_err("deep");
    assert_eq!(fault.line, 1);
}

#[test]
fn an_unreadable_file_stays_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let path = store.path(&device(), "moe");
    fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
    fs::write(&path, "{\"format\": 9").expect("written");
    let mut asked = false;
    let result = store.update::<StoreError>(&device(), "moe", |_| {
        asked = true;
        Ok(two())
    });
    let error = result.expect_err("refused").to_string();
    assert!(error.contains("moe.json:1:"), "{error}");
    assert!(!asked);
    assert_eq!(fs::read(&path).expect("reads"), b"{\"format\": 9");
}

#[test]
fn a_store_gives_back_what_it_took_and_none_for_another_device() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(&folder.path().join("new"));
    assert!(store.load(&device(), "moe").expect("no file").is_none());
    let path = store
        .update::<StoreError>(&device(), "moe", |before| {
            assert!(before.is_none());
            Ok(two())
        })
        .expect("written");
    assert!(path.ends_with("test-gpu-vulkan/moe.json"));
    assert_eq!(store.load(&device(), "moe").expect("reads"), Some(two()));
    let nearly = DeviceKey("test-gpu-vulkan-2".into());
    assert!(store.load(&nearly, "moe").expect("no file").is_none());
    assert!(store.load(&device(), "matmul").expect("no file").is_none());
}

#[test]
fn a_change_that_fails_leaves_no_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let result = store.update::<StoreError>(&device(), "moe", |_| {
        Err(StoreError::Name {
            name: "x".into(),
            why: "y",
        })
    });
    assert!(matches!(result, Err(StoreError::Name { .. })));
    assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 0);
}

#[test]
fn what_would_not_read_back_is_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    for time in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        let result = store.update::<StoreError>(&device(), "moe", |_| {
            let mut file = two();
            for case in file.cases.values_mut() {
                case.rounds[0].time = Nanos(time);
            }
            Ok(file)
        });
        assert!(
            matches!(result, Err(StoreError::Unwritable { .. })),
            "{time}"
        );
    }
    assert!(store.load(&device(), "moe").expect("no file").is_none());
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let store = Store::new(std::path::Path::new("nowhere"));
    for suite in ["", "..", "../x", "a/b", "a\\b", ".hidden", "device", "a b"] {
        let error = store.load(&device(), suite).expect_err("refused");
        assert!(matches!(error, StoreError::Name { .. }), "{suite}");
    }
    let outside = DeviceKey("../x".into());
    assert!(store.load(&outside, "moe").is_err());
    assert!(store.ceilings(&outside).is_err());
}

#[test]
fn a_folder_in_the_place_of_a_file_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    fs::create_dir_all(store.path(&device(), "moe")).expect("made");
    let error = store.load(&device(), "moe").expect_err("refused");
    assert!(error.to_string().contains("this is no file"), "{error}");
}

#[test]
fn a_file_beyond_all_measure_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let path = store.path(&device(), "moe");
    fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
    // Sparse: takes no room on the disk.
    let file = fs::File::create(&path).expect("made");
    file.set_len((256 << 20) + 1).expect("stretched");
    let error = store.load(&device(), "moe").expect_err("refused");
    assert!(error.to_string().contains("256 MiB"), "{error}");
}

#[test]
fn ceilings_are_kept_beside_the_baselines() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    assert!(store.ceilings(&device()).expect("no file").is_none());
    let path = store.save_ceilings(&facts(), &ceilings()).expect("saved");
    assert!(path.ends_with("test-gpu-vulkan/device.json"));
    let back = store.ceilings(&device()).expect("reads").expect("is there");
    assert_eq!((back.facts, back.ceilings), (facts(), ceilings()));

    let text = fs::read_to_string(&path).expect("reads");
    for end in 0..text.len() - 1 {
        assert!(parse::parse_device(&text.as_bytes()[..end], &device()).is_err());
    }
    for (from, to) in [
        ("\"copy\":2900000000000.0", "\"copy\":0"),
        ("\"launch\":1600.0", "\"launch\":-1"),
        ("\"format\": 2", "\"format\": 3"),
        ("\"copy\":2900000000000.0", "\"copy\":2900000000001.0"),
        ("\"driver_info\":\"535.1\"", "\"driver_info\":\"535.2\""),
        ("\"copy\"", "\"surplus\":1,\"copy\""),
    ] {
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replace(from, to)).expect("written");
        assert!(store.ceilings(&device()).is_err(), "{to}");
        assert!(store.save_ceilings(&facts(), &ceilings()).is_err(), "{to}");
    }
}

#[test]
fn ceilings_that_are_no_rates_are_not_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let mut wrong = ceilings();
    wrong.read = f64::NAN;
    let result = store.save_ceilings(&facts(), &wrong);
    assert!(matches!(result, Err(StoreError::Unwritable { .. })));
    assert!(store.ceilings(&device()).expect("no file").is_none());
}
