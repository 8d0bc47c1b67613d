//! Copies, and references in WGSL.

use super::*;

fn by_wgsl(setup: Setup, wrote: &Tensor) -> (Setup, Vec<Option<Tensor>>) {
    let mut setup = setup;
    setup.stage.reference = ReferencePlan::Shader {
        source: SourcePlan::Plain("slow.wgsl".into()),
        entry: "main".into(),
        dispatch: [1, 1, 1],
    };
    let mut reference: Vec<Option<Tensor>> = setup.before.iter().cloned().map(Some).collect();
    if let Some(last) = reference.last_mut() {
        *last = Some(wrote.clone());
    }
    (setup, reference)
}

fn judged(wrote: &Tensor, reference: &Tensor, plan: Option<TolerancePlan>) -> Result<(), Mismatch> {
    let mut setup = Setup::new("", &[]).input("x", wrote).output("y", wrote);
    if let Some(plan) = plan {
        setup = setup.tolerance("y", plan);
    }
    let (setup, reference) = by_wgsl(setup, reference);
    setup.judge_against(Some(&reference))
}

#[test]
fn a_copy_is_exact() {
    let source = normal("src", "f32", &[1_000]);
    let setup = |wrote: &Tensor| {
        Setup::new("copy", &[])
            .input("src", &source)
            .output("dst", wrote)
    };
    assert_eq!(setup(&source).judge(), Ok(()));
    let off = mutant(&source, |values| values[999] = values[999].next_up());
    assert_eq!(setup(&off).wrong().index, 999);
}

#[test]
fn a_reference_in_wgsl_is_compared_within_the_default_tolerance() {
    // 1e-5 x 100 + 1e-6 = 0.001001
    let reference = f32s(&[2], &[1.0, 100.0]);
    assert_eq!(
        judged(&f32s(&[2], &[1.0, 100.0009]), &reference, None),
        Ok(())
    );
    let mismatch = judged(&f32s(&[2], &[1.0, 100.0011]), &reference, None).expect_err("beyond");
    assert_eq!(mismatch.index, 1);
    assert!((mismatch.tolerated - 0.001_001).abs() < 1e-12);
}

#[test]
fn a_reference_in_wgsl_is_exact_for_integers() {
    let reference = u32s(&[2], &[7, 4_000_000_000]);
    assert_eq!(judged(&reference, &reference, None), Ok(()));
    assert!(judged(&u32s(&[2], &[7, 4_000_000_001]), &reference, None).is_err());
    let near = TolerancePlan::Bound {
        relative: 0.0,
        absolute: 1.0,
    };
    assert_eq!(
        judged(&u32s(&[2], &[8, 4_000_000_001]), &reference, Some(near)),
        Ok(())
    );
}

#[test]
fn a_tolerance_that_zeros_would_meet_proves_nothing() {
    let bound = |relative, absolute| Some(TolerancePlan::Bound { relative, absolute });
    let reference = f32s(&[3], &[1e-4, -2e-3, 0.0]);
    let mismatch = judged(&reference, &reference, bound(0.0, 0.01)).expect_err("takes zeros");
    assert_eq!(
        (mismatch.kind, mismatch.index, mismatch.tolerated),
        (MismatchKind::TooTolerant, 1, 0.01)
    );
    // A relative part below 1 counts beside it: 1.5e-3 + 0.5 * 2e-3 > 2e-3.
    assert!(judged(&reference, &reference, bound(0.5, 1.5e-3)).is_err());
    assert_eq!(judged(&reference, &reference, bound(0.0, 1.9e-3)), Ok(()));
    // What is all zero is told from anything else.
    let zeros = f32s(&[3], &[0.0; 3]);
    assert_eq!(judged(&zeros, &zeros, bound(0.0, 0.01)), Ok(()));
    // A wrong value is the graver finding.
    let off = f32s(&[3], &[1e-4, -2e-3, 5.0]);
    let mismatch = judged(&off, &reference, bound(0.0, 0.01)).expect_err("5 is wrong");
    assert_eq!((mismatch.kind, mismatch.index), (MismatchKind::Value, 2));
}

#[test]
fn what_is_no_number_is_wrong_even_where_the_reference_agrees() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let both = f32s(&[1], &[bad]);
        assert!(judged(&both, &both, None).is_err(), "{bad}");
        assert!(
            judged(&both, &both, Some(TolerancePlan::Exact)).is_err(),
            "{bad}"
        );
        assert!(judged(&f32s(&[1], &[1.0]), &both, None).is_err(), "{bad}");
    }
}

#[test]
fn what_an_earlier_stage_wrote_is_no_output_of_this_one() {
    let (given, wrote) = (f32s(&[3], &[1.0, 2.0, 3.0]), f32s(&[2], &[5.0, 7.0]));
    let setup = || {
        let setup = Setup::new("", &[]).connected("x", &given);
        by_wgsl(setup.output("y", &wrote), &wrote)
    };
    let (right, reference) = setup();
    assert_eq!(right.judge_against(Some(&reference)), Ok(()));
    // What it writes itself is judged still.
    let (mut bad, reference) = setup();
    bad.after[1] = Some(f32s(&[2], &[5.0, 7.1]));
    let mismatch = bad.judge_against(Some(&reference)).expect_err("7.1");
    assert_eq!((mismatch.buffer.as_str(), mismatch.index), ("stage.y", 1));
    // An output that the reference does not even bind has no judge.
    let (right, mut reference) = setup();
    reference[1] = None;
    let mismatch = right.judge_against(Some(&reference)).expect_err("unbound");
    assert_eq!(mismatch.kind, MismatchKind::Unjudged);
}

#[test]
fn a_reference_that_leaves_an_element_is_blamed_itself() {
    let buffer = buffer("y", BufferRole::Output, "f32", &[2, 2]);
    let mut bytes = poisoned(&buffer);
    bytes[..12].fill(0);
    let mismatch = check_reference(&buffer, &bytes).expect_err("the last is poison");
    assert_eq!(
        mismatch.to_string(),
        "the reference never wrote `y[1, 1]` (1 of 4 unwritten), so nothing says what is right there; correct the reference or its `dispatch`"
    );
    bytes.fill(0);
    assert_eq!(check_reference(&buffer, &bytes), Ok(()));
}

#[test]
fn what_cannot_be_judged_is_not_right() {
    let one = f32s(&[1], &[1.0]);
    // No tensors of the reference.
    let setup = Setup::new("", &[]).input("x", &one).output("y", &one);
    let (setup, reference) = by_wgsl(setup, &one);
    assert_eq!(setup.judge_against(Some(&reference)), Ok(()));
    assert!(setup.judge().is_err());
    // Another length.
    assert!(judged(&one, &f32s(&[2], &[1.0, 1.0]), None).is_err());
    // Nothing is written.
    let (setup, reference) = by_wgsl(Setup::new("", &[]).input("x", &one), &one);
    let mismatch = setup.judge_against(Some(&reference)).expect_err("nothing");
    assert_eq!(mismatch.kind, MismatchKind::Unjudged);
    assert_eq!(
        mismatch.to_string(),
        "nothing judges `kernel`: its reference computes none of what it writes; give it an output that the reference writes too"
    );
    // An unknown name, a missing buffer, a missing parameter, a wrong length.
    assert!(Setup::new("topkk", &[]).output("y", &one).judge().is_err());
    assert!(Setup::new("copy", &[]).output("dst", &one).judge().is_err());
    let setup = |parameters: &[(&str, u64)]| {
        Setup::new("matmul", parameters)
            .input("a", &one)
            .input("b", &one)
            .output("c", &one)
    };
    assert_eq!(setup(&[("m", 1), ("n", 1), ("k", 1)]).judge(), Ok(()));
    assert!(setup(&[("m", 1), ("n", 1)]).judge().is_err());
    assert!(setup(&[("m", 1), ("n", 1), ("k", 2)]).judge().is_err());
    assert!(
        setup(&[("m", u64::MAX >> 1), ("n", 4), ("k", 1)])
            .judge()
            .is_err()
    );
}

#[test]
fn inputs_are_those_from_before_the_stage_ran() {
    // What a stage did to its inputs is another check's business.
    let one = f32s(&[1], &[1.0]);
    let mut setup = Setup::new("copy", &[])
        .input("src", &one)
        .output("dst", &one);
    setup.after[0] = Some(f32s(&[1], &[5.0]));
    assert_eq!(setup.judge(), Ok(()));
    setup.before[0] = f32s(&[1], &[5.0]);
    assert!(setup.judge().is_err());
}
