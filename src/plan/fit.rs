//! What this device can and should run.

use crate::kit::{Ceilings, DeviceFacts};
use crate::spec::Class;

use super::Plan;

/// The classes that a device has, the closest first.
#[must_use]
pub fn classes_of<'a>(classes: &'a [Class], facts: &DeviceFacts) -> Vec<&'a Class> {
    let _ = (classes, facts);
    Vec::new()
}

/// Moves cases that this device cannot or should not run to the left-out list.
#[must_use]
pub fn fit(plan: Plan, facts: &DeviceFacts, ceilings: Option<&Ceilings>) -> Plan {
    let _ = (facts, ceilings);
    plan
}
