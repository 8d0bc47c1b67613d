//! All families once more on SwiftShader, whose subgroups are of 4 invocations,
//! and which has no 16-bit floats: an odd shape of each, and the inputs that are
//! hard. It takes far longer than Mesa's adapter where invocations wait for each
//! other, so not all that is verified there.
//!
//! A browser made of Chromium brings it along. Where there is none, the test
//! says so and passes. `SWIFTSHADER` names the driver's JSON file; then it has
//! to be there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::suites::{verify, with_cases};
use crate::{gpu, turn};

/// Where packages of Chromium and Chrome put it.
const USUAL: [&str; 6] = [
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/usr/lib64/chromium-browser",
    "/opt/google/chrome",
    "/opt/chromium",
    "/snap/chromium/current/usr/lib/chromium-browser",
];

/// What the loader of Vulkan is told of the driver by, if it is there.
fn driver() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("SWIFTSHADER") {
        let named = PathBuf::from(named);
        assert!(named.is_file(), "SWIFTSHADER: no file {}", named.display());
        return Some(named);
    }
    USUAL
        .iter()
        .map(|folder| Path::new(folder).join("vk_swiftshader_icd.json"))
        .find(|file| file.is_file())
}

#[test]
#[ignore = "what it verifies is a part of what other tests do, except on SwiftShader"]
fn one_odd_shape_of_each_family_is_right() {
    let routing = with_cases(
        "moe",
        "
  - {kernel: topk, shape: {tokens: 9, experts: 33, k: 3}, variants: {workgroup: [64]}}
  - {kernel: combine, shape: &of {tokens: 9, hidden: 33, experts: 4, k: 3}, variants: {workgroup: [64]}}
  - {kernel: combine_atomic, shape: *of, variants: {workgroup: [64]}}
  - {pipeline: moe, shape: *of, variants: {workgroup: [64]}}
",
    );
    let _turn = turn();
    let mut gpu = gpu();
    let run = verify(include_str!("few.yaml"), &mut gpu, |_| {});
    // Those that need neither 16-bit floats nor subgroups.
    assert!(run >= 15, "{run} cases");
    assert_eq!(verify(&routing, &mut gpu, |_| {}), 4);
}

/// In a process of its own, since the loader reads its drivers but once.
#[test]
fn all_families_are_right_on_swiftshader() {
    let Some(driver) = driver() else {
        // Not by a macro, whose words are kept back where a test passes.
        let _nobody_listens = writeln!(
            std::io::stderr(),
            "SKIPPED: there is no SwiftShader here, so no kernel was verified on it; install \
             chromium (Debian's has it), or set SWIFTSHADER to a vk_swiftshader_icd.json"
        );
        return;
    };
    let _turn = turn();
    let output = Command::new(std::env::current_exe().expect("this test's program"))
        .args([
            "--include-ignored",
            "one_odd_shape_of_each_family",
            "products_are_right_at_their_edges",
            "an_index_beyond_the_table_is_contained",
            "_hold_",
            "_holds_",
        ])
        .env("VK_DRIVER_FILES", &driver)
        // Loaders before 1.3.207 know this one alone.
        .env("VK_ICD_FILENAMES", &driver)
        .env("WGPU_BACKEND", "vulkan")
        .env("WGPU_ADAPTER_NAME", "SwiftShader")
        .output()
        .expect("the tests start");
    let said = String::from_utf8_lossy(&output.stdout);
    let passed = said
        .split_once("test result: ok. ")
        .and_then(|(_, rest)| rest.split_once(" passed; 0 failed"))
        .and_then(|(count, _)| count.parse::<usize>().ok());
    assert!(
        output.status.success() && passed.is_some_and(|count| count == 10),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
