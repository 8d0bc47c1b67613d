//! Files of the repository that tests make and hold current.

use std::path::Path;

/// Compares a file of the repository with what it ought to say; with
/// `INSTA_UPDATE=always` it is written anew, as golden files are.
#[track_caller]
pub(crate) fn current(file: &str, text: &str, command: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "always") {
        std::fs::write(&path, text).expect("written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there.replace("\r\n", "\n") == text,
        "{file} is stale; `INSTA_UPDATE=always {command}` writes it"
    );
}
