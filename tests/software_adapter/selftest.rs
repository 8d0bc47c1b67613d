//! The program's own self-test, on a real device.

use std::process::Command;

use crate::turn;

#[test]
fn the_gate_can_fail_on_this_adapter() {
    let _turn = turn();
    let ended = Command::new(env!("CARGO_BIN_EXE_gate"))
        .args(["selftest", "--seed", "1"])
        .output()
        .expect("the gate starts");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr)
    );
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert!(said.contains("5 of 5 trials as they should be"), "{said}");
}
