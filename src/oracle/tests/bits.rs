//! Bytes, poison, guards, inputs, repeated runs.

use super::*;
use crate::oracle::{Leftover, check_raw, differs, guard_bytes, left_over, poisoned};

const ELEMENTS: [&str; 12] = [
    "f32",
    "f16",
    "u32",
    "i32",
    "vec2<f32>",
    "vec3<f32>",
    "vec4<f32>",
    "vec2<f16>",
    "vec3<f16>",
    "vec3<u32>",
    "vec3<i32>",
    "atomic<u32>",
];

fn output(element: &str, shape: &[u64]) -> Buffer {
    buffer("out", BufferRole::Output, element, shape)
}

/// Bytes that no poison is in, with a guard behind them.
fn written(buffer: &Buffer) -> Vec<u8> {
    let bytes = (0..buffer.bytes()).map(|index| (index % 97) as u8);
    bytes.chain(guard_bytes()).collect()
}

#[test]
fn a_vec3_lies_with_its_padding() {
    let tensor = Tensor {
        shape: vec![2],
        lanes: 3,
        data: Data::U32(vec![1, 2, 3, 4, 5, 6]),
    };
    let words = [1_u32, 2, 3, 0, 4, 5, 6, 0];
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    assert_eq!(tensor.to_bytes(), bytes);
    let buffer = output("vec3<u32>", &[2]);
    assert_eq!(Tensor::from_bytes(&buffer, &bytes), tensor);
}

#[test]
fn halves_lie_two_to_a_word() {
    // 1.0 is 0x3c00 and -2.0 is 0xc000 in binary16.
    let tensor = stored("f16", &[2], &[1.0, -2.0]);
    assert_eq!(tensor.to_bytes(), [0x00, 0x3c, 0x00, 0xc0]);
}

#[test]
fn every_element_reads_back_what_it_wrote() {
    // Long enough for several tasks, and no multiple of them.
    for element in ELEMENTS {
        for length in [1, 7, 70_001] {
            let mut buffer = output(element, &[length]);
            buffer.fill = Some(FillPlan::Uniform(0.0, 1_000.0));
            let tensor = generate(&buffer, SEED, 0);
            let mut bytes = tensor.to_bytes();
            assert_eq!(bytes.len() as u64, buffer.bytes(), "{element}");
            bytes.extend(guard_bytes());
            assert_eq!(Tensor::from_bytes(&buffer, &bytes), tensor, "{element}");
        }
    }
}

#[test]
fn what_is_missing_reads_as_poison() {
    for element in ELEMENTS {
        let buffer = output(element, &[3]);
        let short = written(&output(element, &[1]));
        let stride = usize::try_from(buffer.element.stride()).expect("small");
        let tensor = Tensor::from_bytes(&buffer, &short[..stride]);
        let poison = Tensor::from_bytes(&buffer, &poisoned(&buffer));
        let lanes = usize::from(buffer.element.lanes);
        for index in 0..3 * lanes {
            let (read, poison) = (tensor.get(index), poison.get(index));
            let missing = read == poison || (read.is_nan() && poison.is_nan());
            assert_eq!(missing, index >= lanes, "{element}[{index}]");
        }
        let mismatch = check_raw(&buffer, &[], &short[..stride]).expect_err("too short");
        assert_eq!(mismatch.kind, MismatchKind::Unwritten);
        assert_eq!(mismatch.count, 2 * lanes as u64, "{element}");
    }
}

#[test]
fn poison_is_no_number_in_every_float() {
    for element in ["f32", "f16", "vec3<f32>", "vec3<f16>"] {
        let buffer = output(element, &[5]);
        let poison = Tensor::from_bytes(&buffer, &poisoned(&buffer));
        assert!(
            (0..poison.len()).all(|index| poison.get(index).is_nan()),
            "{element}"
        );
    }
    assert_eq!(
        poisoned(&output("u32", &[1])),
        0x7fa0_dead_u32.to_le_bytes()
    );
    assert_eq!(poisoned(&output("f16", &[3])).len(), 6);
}

#[test]
fn an_output_that_was_left_alone_is_unwritten() {
    for element in ELEMENTS {
        let buffer = output(element, &[600_000]);
        let right = written(&buffer);
        assert_eq!(check_raw(&buffer, &[], &right), Ok(()), "{element}");
        // The last three elements.
        let stride = usize::try_from(buffer.element.stride()).expect("small");
        let poison = poisoned(&buffer);
        let mut last = right.clone();
        let from = poison.len() - 3 * stride;
        last[from..poison.len()].copy_from_slice(&poison[from..]);
        let mismatch = check_raw(&buffer, &poison, &last).expect_err("unwritten");
        let lanes = u64::from(buffer.element.lanes);
        assert_eq!(mismatch.kind, MismatchKind::Unwritten);
        assert_eq!(mismatch.index, (600_000 - 3) * lanes, "{element}");
        assert_eq!((mismatch.count, mismatch.of), (3 * lanes, buffer.scalars()));
    }
}

#[test]
fn the_padding_of_a_vec3_may_stay_poisoned() {
    let buffer = output("vec3<f32>", &[4]);
    let mut bytes = poisoned(&buffer);
    for element in bytes.chunks_exact_mut(16) {
        element[..12].fill(0);
    }
    assert_eq!(check_raw(&buffer, &poisoned(&buffer), &bytes), Ok(()));
    // And may differ from run to run.
    let mut other = bytes.clone();
    other[12..16].fill(7);
    assert_eq!(differs(&buffer, &bytes, &other), None);
    other[8] = 1;
    assert_eq!(
        differs(&buffer, &bytes, &other).map(|found| found.index),
        Some(2)
    );
}

#[test]
fn a_nan_that_was_written_is_not_unwritten() {
    // Arithmetic on poison gives a quiet NaN: bit 22 is set.
    let buffer = output("f32", &[2]);
    let quiet = f32::from_bits(0x7fe0_dead);
    let bytes = f32s(&[2], &[1.0, quiet]).to_bytes();
    assert_eq!(check_raw(&buffer, &poisoned(&buffer), &bytes), Ok(()));
}

#[test]
fn a_touched_guard_is_counted_in_words() {
    for (element, length) in [("f32", 5), ("f16", 5), ("vec3<f32>", 2), ("u32", 1)] {
        for role in [BufferRole::Output, BufferRole::Inout, BufferRole::Input] {
            let buffer = buffer("x", role, element, &[length]);
            let right = written(&buffer);
            assert_eq!(check_raw(&buffer, &right, &right), Ok(()));
            let end = usize::try_from(buffer.bytes()).expect("small");
            // One past the end, and the last word of the guard.
            let mut wrong = right.clone();
            wrong[end] ^= 1;
            wrong[end + 4 * 63 + 3] ^= 1;
            // Rounding up to whole words is no guard.
            wrong.extend([0, 0]);
            for before in [&right[..end], &right[..]] {
                let mismatch = check_raw(&buffer, before, &wrong).expect_err("touched");
                assert_eq!(mismatch.kind, MismatchKind::GuardTouched);
                assert_eq!((mismatch.count, mismatch.of), (2, 64), "{element}");
                assert_eq!(mismatch.index, buffer.scalars());
            }
        }
    }
}

#[test]
fn a_changed_input_is_named_with_both_values() {
    let buffer = buffer("x", BufferRole::Input, "f32", &[4]);
    let before = f32s(&[4], &[1.0, 2.0, 3.0, f32::NAN]).to_bytes();
    assert_eq!(check_raw(&buffer, &before, &before), Ok(()));
    let after = f32s(&[4], &[1.0, 2.5, 3.0, f32::NAN]).to_bytes();
    let mismatch = check_raw(&buffer, &before, &after).expect_err("changed");
    assert_eq!(mismatch.kind, MismatchKind::InputChanged);
    assert_eq!(
        (mismatch.index, mismatch.expected, mismatch.actual),
        (1, 2.0, 2.5)
    );
    assert_eq!((mismatch.count, mismatch.of), (1, 4));
    assert!(
        check_raw(&buffer, &before, &before[..8]).is_err(),
        "cut short"
    );
}

#[test]
fn of_an_inout_buffer_only_the_guard_is_looked_at() {
    let buffer = buffer("x", BufferRole::Inout, "f32", &[4]);
    let before = f32s(&[4], &[0.0; 4]).to_bytes();
    assert_eq!(check_raw(&buffer, &before, &poisoned(&buffer)), Ok(()));
}

#[test]
fn two_runs_differ_where_their_bits_do() {
    let buffer = output("f32", &[4]);
    let first = f32s(&[4], &[1.0, 2.0, f32::NAN, 0.0]).to_bytes();
    assert_eq!(differs(&buffer, &first, &first), None);
    let second = f32s(&[4], &[1.0, 2.25, f32::NAN, -0.0]).to_bytes();
    let found = differs(&buffer, &first, &second).expect("they differ");
    assert_eq!(found.kind, MismatchKind::NotDeterministic);
    assert_eq!((found.index, found.expected, found.actual), (1, 2.0, 2.25));
    assert_eq!((found.count, found.of), (2, 4));
    assert!(differs(&buffer, &first, &first[..12]).is_some());
}

#[test]
fn leftovers_are_half_of_the_right_values_or_all_in_wrong_places() {
    let buffer = output("u32", &[4]);
    let words = |values: [u32; 4]| -> Vec<u8> {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    };
    let mut right = words([10, 11, 12, 12]);
    right.extend(guard_bytes());
    let poison: [u8; 4] = poisoned(&buffer)[..4].try_into().expect("a word");
    let poison = u32::from_le_bytes(poison);
    for (how, expected) in [
        (Leftover::Even, [10, poison, 12, poison]),
        (Leftover::Odd, [poison, 11, poison, 12]),
        // The third equals its neighbour: 12 with its lowest bit turned is 13.
        (Leftover::Neighbour, [11, 12, 13, 10]),
    ] {
        let left = left_over(&buffer, &right, how);
        assert_eq!(left[..16], words(expected), "{how:?}");
        assert_eq!(left[16..], guard_bytes(), "the guard stays");
    }
}
