//! Killed, out of space, or at the same time as another.

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::super::replace::{FolderLock, Hook, WriteStep};
use super::super::{Baselines, Store, StoreError};
use super::{case, facts, id, recording, two};

const STEPS: [WriteStep; 7] = [
    WriteStep::Create,
    WriteStep::Write,
    WriteStep::WriteRest,
    WriteStep::Sync,
    WriteStep::Rename,
    WriteStep::SyncFolder,
    WriteStep::Done,
];

const FOLDER: &str = "GATE_TEST_CRASH_FOLDER";
const STEP: &str = "GATE_TEST_CRASH_STEP";

fn newer() -> Baselines {
    let mut file = two();
    file.recordings.push(recording(4));
    file.cases
        .insert(id("moe/new[tokens=2]"), case(4, &[1_234.5]));
    file
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("lists")
        .map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.to_string_lossy().into_owned()
        })
        .collect();
    names.sort();
    names
}

fn put(store: &Store, file: Baselines) -> Result<std::path::PathBuf, StoreError> {
    store.update(&facts().key(), "moe", |_| Ok(file))
}

/// Not a test of its own: what [`a_killed_update_leaves_old_or_new_whole`]
/// starts as another process.
#[test]
#[ignore = "the process that another test kills"]
fn dies_in_an_update() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return; // Run by hand, with `--include-ignored`.
    };
    let die = Hook(|step| {
        if std::env::var(STEP).is_ok_and(|wanted| wanted == format!("{step:?}")) {
            std::process::abort();
        }
        Ok(())
    });
    let store = Store::new(Path::new(&folder)).troubled(Duration::ZERO, die);
    put(&store, newer()).expect("nothing is in the way but the hook");
}

#[test]
fn a_killed_update_leaves_old_or_new_whole() {
    let program = std::env::current_exe().expect("this test");
    let key = facts().key();
    for step in STEPS {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path()).troubled(Duration::ZERO, Hook::NONE);
        put(&store, two()).expect("written");
        let child = Command::new(&program)
            .args([
                "--exact",
                "--ignored",
                "baseline::tests::crash::dies_in_an_update",
            ])
            .env(FOLDER, folder.path())
            .env(STEP, format!("{step:?}"))
            .output()
            .expect("starts");
        assert!(!child.status.success(), "{step:?} was reached, and killed");

        let found = store.load(&key, "moe").expect("whole").expect("there");
        let renamed = matches!(step, WriteStep::SyncFolder | WriteStep::Done);
        assert_eq!(found, if renamed { newer() } else { two() }, "{step:?}");

        // Its lock died with it, and the next update sweeps up behind it.
        put(&store, newer()).expect("the dead hold no lock");
        assert_eq!(store.load(&key, "moe").expect("reads"), Some(newer()));
        let left = names(&folder.path().join(&key.0));
        let left: Vec<&String> = left.iter().filter(|name| *name != ".lock").collect();
        assert_eq!(left, ["moe.json"], "{step:?}");
    }
}

thread_local! {
    static FAILS: Cell<Option<WriteStep>> = const { Cell::new(None) };
}

#[test]
fn an_error_at_any_step_leaves_old_or_new_whole_and_no_litter() {
    let fails = Hook(|step| {
        if FAILS.get() == Some(step) {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no space"));
        }
        Ok(())
    });
    let key = facts().key();
    for step in STEPS {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path()).troubled(Duration::ZERO, fails);
        FAILS.set(None);
        put(&store, two()).expect("written");
        FAILS.set(Some(step));
        let error = put(&store, newer()).expect_err("the step failed");
        assert!(error.to_string().contains("no space"), "{error}");
        let renamed = matches!(step, WriteStep::SyncFolder | WriteStep::Done);
        assert_eq!(error.to_string().contains("is in place"), renamed);
        let found = store.load(&key, "moe").expect("whole").expect("there");
        assert_eq!(found, if renamed { newer() } else { two() }, "{step:?}");
        let left = names(&folder.path().join(&key.0));
        let left: Vec<&String> = left.iter().filter(|name| *name != ".lock").collect();
        assert_eq!(left, ["moe.json"], "{step:?}");
    }
    FAILS.set(None);
}

#[test]
fn a_locked_folder_is_waited_for_and_then_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path()).troubled(Duration::ZERO, Hook::NONE);
    let inside = folder.path().join(&facts().key().0);
    let held = FolderLock::acquire(&inside, Duration::ZERO).expect("free");
    let error = put(&store, two()).expect_err("locked");
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    drop(held);
    put(&store, two()).expect("free again");
}

#[test]
fn a_lock_file_that_a_crash_left_behind_does_not_matter() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path()).troubled(Duration::ZERO, Hook::NONE);
    let inside = folder.path().join(&facts().key().0);
    fs::create_dir_all(&inside).expect("made");
    fs::write(inside.join(".lock"), "").expect("written");
    put(&store, two()).expect("nobody holds it");
}

#[test]
fn updates_at_the_same_time_lose_nothing() {
    const THREADS: usize = 8;
    const EACH: usize = 5;
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path()).troubled(Duration::from_secs(120), Hook::NONE);
    let key = facts().key();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, key) = (&store, &key);
            scope.spawn(move || {
                for turn in 0..EACH {
                    store
                        .update::<StoreError>(key, "moe", |before| {
                            let mut file =
                                before.unwrap_or_else(|| Baselines::new(key.clone(), "moe"));
                            let name = id(&format!("moe/k[thread={thread},turn={turn}]"));
                            let cases = [(name, case(0, &[1.0]))].into_iter().collect();
                            file.record(recording(0), cases, false);
                            Ok(file)
                        })
                        .expect("written");
                }
            });
        }
    });
    let file = store.load(&key, "moe").expect("reads").expect("there");
    assert_eq!(file.cases.len(), THREADS * EACH);
    assert_eq!(file.recordings.len(), THREADS * EACH);
}

#[cfg(unix)]
#[test]
fn baselines_are_as_readable_as_other_new_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let plain = folder.path().join("plain");
    fs::write(&plain, "").expect("written");
    let mode = |path: &Path| fs::metadata(path).expect("is there").permissions().mode();
    let path = put(&store, two()).expect("written");
    assert_eq!(mode(&path), mode(&plain));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
    put(&store, newer()).expect("written");
    assert_eq!(mode(&path) & 0o777, 0o640);
}
