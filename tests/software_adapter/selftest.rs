//! The program's own self-test, on a real device.

use std::process::Command;

use crate::{ended, turn};

#[test]
fn the_gate_can_fail_on_this_adapter() {
    let _turn = turn();
    let mut gate = Command::new(env!("CARGO_BIN_EXE_gate"));
    let (code, said) = ended(gate.args(["selftest", "--seed", "1"]));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("5 of 5 trials as they should be"), "{said}");
}
