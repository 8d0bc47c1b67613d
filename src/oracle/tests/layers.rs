//! Softmax, normalisation, rotation, gates, gathers and quantised weights.

use super::*;
use crate::oracle::built_in;
use crate::plan::UniformPlan;

/// Judges `wrote` as an output of rows by a width.
fn softmax(x: &Tensor, wrote: &Tensor) -> Setup {
    let (rows, n) = (x.shape[0], x.shape[1]);
    Setup::new("softmax", &[("rows", rows), ("n", n)])
        .input("x", x)
        .output("y", wrote)
}

/// A kernel's softmax: f32, the largest taken off first.
fn softmax_f32(x: &Tensor) -> Vec<f32> {
    let n = usize::try_from(x.shape[1]).expect("small");
    floats(x)
        .chunks(n)
        .flat_map(|row| {
            let top = row.iter().copied().fold(f32::MIN, f32::max);
            let sum: f32 = row.iter().map(|value| (value - top).exp()).sum();
            row.iter()
                .map(|value| (value - top).exp() / sum)
                .collect::<Vec<f32>>()
        })
        .collect()
}

#[test]
fn a_softmax_is_that_by_hand() {
    // exp of 0, ln 2 and ln 5 is 1, 2 and 5 of 8.
    let x = f32s(&[1, 3], &[0.0, 2_f32.ln(), 5_f32.ln()]);
    assert_eq!(
        softmax(&x, &f32s(&[1, 3], &[0.125, 0.25, 0.625])).judge(),
        Ok(())
    );
    let swapped = softmax(&x, &f32s(&[1, 3], &[0.25, 0.125, 0.625])).wrong();
    assert_eq!((swapped.index, swapped.count), (0, 2));
    // Equal values, large ones, and a mask.
    let hard = f32s(&[4, 2], &[7.0, 7.0, 1e4, -1e4, 3.0, -1e30, -1e30, -1e30]);
    let right = f32s(&[4, 2], &[0.5, 0.5, 1.0, 0.0, 1.0, 0.0, 0.5, 0.5]);
    assert_eq!(softmax(&hard, &right).judge(), Ok(()));
}

#[test]
fn a_right_softmax_passes_in_both_types_and_mutants_do_not() {
    for (element, shape) in [("f32", [33, 513]), ("f16", [7, 127]), ("f32", [1, 1])] {
        let x = filled("x", element, &shape, FillPlan::Normal(0.0, 2.0));
        let right = stored(element, &shape, &softmax_f32(&x));
        assert_eq!(softmax(&x, &right).judge(), Ok(()), "{element} {shape:?}");
    }
    let x = filled("x", "f32", &[9, 33], FillPlan::Normal(0.0, 2.0));
    let right = f32s(&[9, 33], &softmax_f32(&x));
    let unwritten = mutant(&right, |values| values[8 * 33..].fill(f32::NAN));
    assert_eq!(softmax(&x, &unwritten).wrong().count, 33);
    let unscaled = mutant(&right, |values| {
        for value in values {
            *value *= 1.0001;
        }
    });
    assert!(softmax(&x, &unscaled).judge().is_err());
    let shifted = mutant(&right, |values| values.rotate_right(1));
    assert!(softmax(&x, &shifted).judge().is_err());
}

fn rmsnorm(x: &Tensor, weight: &Tensor, epsilon: f64, wrote: &Tensor) -> Setup {
    let (tokens, hidden) = (x.shape[0], x.shape[1]);
    let mut setup = Setup::new("rmsnorm", &[("tokens", tokens), ("hidden", hidden)])
        .input("x", x)
        .input("weight", weight)
        .output("y", wrote);
    setup.stage.uniforms.push(UniformPlan {
        name: "epsilon".into(),
        element: Element::parse("f32").expect("an element"),
        value: epsilon,
    });
    setup
}

#[test]
fn a_normalisation_is_that_by_hand() {
    // The mean of 1 and 49 is 25; and with 11 it is 36.
    let (x, weight) = (f32s(&[1, 2], &[1.0, -7.0]), f32s(&[2], &[1.0, 10.0]));
    let fifth = f32s(&[1, 2], &[0.2, -14.0]);
    assert_eq!(rmsnorm(&x, &weight, 0.0, &fifth).judge(), Ok(()));
    let sixth = f32s(&[1, 2], &[1.0 / 6.0, -70.0 / 6.0]);
    assert_eq!(rmsnorm(&x, &weight, 11.0, &sixth).judge(), Ok(()));
    // Without epsilon, without the weight, with the sum for the mean.
    assert!(rmsnorm(&x, &weight, 11.0, &fifth).judge().is_err());
    let bare = f32s(&[1, 2], &[0.2, -1.4]);
    assert_eq!(rmsnorm(&x, &weight, 0.0, &bare).wrong().index, 1);
    let sum = mutant(&fifth, |values| {
        for value in values {
            *value /= 2_f32.sqrt();
        }
    });
    assert_eq!(rmsnorm(&x, &weight, 0.0, &sum).wrong().count, 2);
    // Nothing but zeros.
    let zeros = f32s(&[1, 2], &[0.0, 0.0]);
    assert_eq!(rmsnorm(&zeros, &weight, 1e-5, &zeros).judge(), Ok(()));
}

#[test]
fn a_right_normalisation_passes_in_both_types() {
    for (element, shape) in [("f32", [33, 513]), ("f16", [5, 4096]), ("f32", [2, 1])] {
        let x = filled("x", element, &shape, FillPlan::Normal(0.0, 100.0));
        let weight = filled("w", element, &shape[1..], FillPlan::Normal(1.0, 0.1));
        let width = usize::try_from(shape[1]).expect("small");
        let scales = floats(&weight);
        let wrote: Vec<f32> = floats(&x)
            .chunks(width)
            .flat_map(|row| {
                let squares: f32 = row.iter().map(|value| value * value).sum();
                let scale = 1.0 / (squares / width as f32 + 1e-5).sqrt();
                let all = row.iter().zip(&scales);
                all.map(|(value, weight)| value * scale * weight)
                    .collect::<Vec<f32>>()
            })
            .collect();
        let wrote = stored(element, &shape, &wrote);
        assert_eq!(rmsnorm(&x, &weight, 1e-5, &wrote).judge(), Ok(()));
    }
}

#[test]
fn a_normalisation_without_its_epsilon_is_told_so() {
    let one = f32s(&[1, 1], &[1.0]);
    let mut setup = rmsnorm(&one, &f32s(&[1], &[1.0]), 0.0, &one);
    let complaint = |setup: &Setup| {
        let case = setup.case();
        let found = built_in("rmsnorm").expect("built in");
        found.check(&case, &case.stages[0])
    };
    assert_eq!(complaint(&setup), Ok(()));
    setup.stage.uniforms.clear();
    insta::assert_snapshot!(complaint(&setup).expect_err("refused"), @"reference `rmsnorm` reads the uniform `epsilon`; add `epsilon: {type: f32, value: 1e-5}` to `uniforms`");
    assert!(setup.judge().is_err());
}

fn gather(indices: &[u32], wrote: &Tensor) -> Setup {
    let table = f32s(&[3, 2], &[0.0, 1.0, 10.0, 11.0, 20.0, 21.0]);
    let tokens = indices.len() as u64;
    let extents = [("tokens", tokens), ("vocabulary", 3), ("hidden", 2)];
    Setup::new("embedding", &extents)
        .input("table", &table)
        .input("indices", &u32s(&[tokens], indices))
        .output("out", wrote)
}

#[test]
fn a_gather_is_exact_and_an_index_beyond_the_table_gives_zeros() {
    let right = f32s(&[3, 2], &[20.0, 21.0, 0.0, 0.0, 10.0, 11.0]);
    assert_eq!(gather(&[2, 3, 1], &right).judge(), Ok(()));
    let near = mutant(&right, |values| values[1] = values[1].next_up());
    assert_eq!(gather(&[2, 3, 1], &near).wrong().index, 1);
    assert!(gather(&[2, 3, 0], &right).judge().is_err());
    assert!(gather(&[2, u32::MAX, 1], &right).judge().is_ok());
}

fn rope(pairs: &str, wrote: &[f32]) -> Setup {
    let extents = [("tokens", 1), ("heads", 1), ("head_dim", 4)];
    Setup::new("rope", &extents)
        .word("pairs", pairs)
        .input("x", &f32s(&[1, 1, 4], &[1.0, 2.0, 3.0, 4.0]))
        .input("cosines", &f32s(&[1, 2], &[0.0, 0.6]))
        .input("sines", &f32s(&[1, 2], &[1.0, 0.8]))
        .output("y", &f32s(&[1, 1, 4], wrote))
}

#[test]
fn a_rotation_is_that_by_hand() {
    // Halves: (1, 3) by a right angle; (2, 4) gives 1.2 - 3.2 and 1.6 + 2.4.
    assert_eq!(rope("halves", &[-3.0, -2.0, 1.0, 4.0]).judge(), Ok(()));
    // Adjacent: (1, 2) by a right angle; (3, 4) gives 1.8 - 3.2 and 2.4 + 2.4.
    assert_eq!(rope("adjacent", &[-2.0, 1.0, -1.4, 4.8]).judge(), Ok(()));
    assert!(rope("adjacent", &[-3.0, -2.0, 1.0, 4.0]).judge().is_err());
    // Turned the other way.
    assert!(rope("halves", &[3.0, 4.4, -1.0, 0.8]).judge().is_err());
    let complaint = |setup: Setup| {
        let case = setup.case();
        let found = built_in("rope").expect("built in");
        found.check(&case, &case.stages[0]).expect_err("refused")
    };
    insta::assert_snapshot!(complaint(rope("thirds", &[0.0; 4])), @"reference `rope` reads the axis `pairs`; add `pairs: [halves]` or `pairs: [adjacent]` to `variants`");
    let odd = rope("halves", &[0.0; 4]).parameter("head_dim", 3);
    insta::assert_snapshot!(complaint(odd), @"reference `rope` needs `x` as [tokens, heads, head_dim] = [1, 1, 3], not [1, 1, 4] of f32");
}

fn pair(reference: &str, a: &Tensor, b: &Tensor, wrote: &Tensor) -> Setup {
    let [first, second] = match reference {
        "add" => ["a", "b"],
        _ => ["gate", "up"],
    };
    Setup::new(reference, &[])
        .input(first, a)
        .input(second, b)
        .output("out", wrote)
}

#[test]
fn a_sum_and_a_gate_are_those_by_hand() {
    let (a, b) = (f32s(&[2], &[1.5, -2.0]), f32s(&[2], &[2.0, 2.0]));
    let wrote = f32s(&[2], &[3.5, 0.0]);
    assert_eq!(pair("add", &a, &b, &wrote).judge(), Ok(()));
    let off = mutant(&wrote, |values| values[0] += 1e-6);
    assert_eq!(pair("add", &a, &b, &off).wrong().index, 0);

    // silu(ln 3) = ln 3 * 3/4, silu(0) = 0, silu(-1e4) = 0.
    let gate = f32s(&[3], &[3_f32.ln(), 0.0, -1e4]);
    let up = f32s(&[3], &[2.0, 5.0, 1.0]);
    let right = f32s(&[3], &[1.5 * 3_f32.ln(), 0.0, 0.0]);
    assert_eq!(pair("silu_gate", &gate, &up, &right).judge(), Ok(()));
    assert!(pair("silu_gate", &up, &gate, &right).judge().is_err());
    let sigmoid = f32s(&[3], &[1.5, 2.5, 0.0]);
    assert_eq!(pair("silu_gate", &gate, &up, &sigmoid).wrong().count, 2);
    let lost = mutant(&right, |values| values[2] = f32::NAN);
    assert_eq!(pair("silu_gate", &gate, &up, &lost).wrong().index, 2);
}

#[test]
fn pairs_of_other_lengths_are_refused() {
    let (two, three) = (f32s(&[2], &[0.0; 2]), f32s(&[3], &[0.0; 3]));
    let setup = pair("add", &two, &three, &two);
    let case = setup.case();
    let found = built_in("add").expect("built in");
    let complaint = found.check(&case, &case.stages[0]).expect_err("refused");
    insta::assert_snapshot!(complaint, @"reference `add` needs `a` and `b` of one length, not [2] of f32 and [3] of f32");
    assert!(setup.judge().is_err());
}

/// One block of weights times a vector of one kind of element.
fn quantised(reference: &str, words: &[u32], x: &[f32], y: f32) -> Setup {
    let wide = |values: &[f32]| f32s(&[1, values.len() as u64], values);
    Setup::new(reference, &[("m", 1), ("n", 1), ("k", 32)])
        .input("x", &wide(x))
        .input("quants", &u32s(&[1, words.len() as u64], words))
        .input("scales", &wide(&[0.5]))
        .output("y", &wide(&[y]))
}

#[test]
fn bytes_and_nibbles_are_unpacked_as_by_hand() {
    // Bytes 1, 127, -1 and -128, each times a power of a thousand.
    let mut words = [0_u32; 8];
    words[0] = 0x80ff_7f01;
    words[7] = 0x0300_0000;
    let mut x = [0.0; 32];
    x[..4].copy_from_slice(&[1.0, 10.0, 100.0, 1000.0]);
    x[31] = 1e5;
    let y = 0.5 * (1.0 + 1270.0 - 100.0 - 128_000.0 + 3e5);
    assert_eq!(quantised("matvec_q8_0", &words, &x, y).judge(), Ok(()));
    let unsigned = 0.5 * (1.0 + 1270.0 + 25_500.0 + 128_000.0 + 3e5);
    assert!(
        quantised("matvec_q8_0", &words, &x, unsigned)
            .judge()
            .is_err()
    );

    // Byte 0 is 0x9f: element 0 is 15 - 8, element 16 is 9 - 8. Byte 15 is
    // 0x07: element 15 is 7 - 8, element 31 is 0 - 8.
    let words = [0x8888_889f, 0x8888_8888, 0x8888_8888, 0x0788_8888];
    let mut x = [1000.0; 32];
    x[0] = 1.0;
    x[16] = 10.0;
    x[15] = 100.0;
    x[31] = 3.0;
    let y = 0.5 * (7.0 + 10.0 - 100.0 - 24.0);
    assert_eq!(quantised("matvec_q4_0", &words, &x, y).judge(), Ok(()));
    let swapped = 0.5 * (70.0 + 1.0 - 3.0 - 800.0);
    assert!(
        quantised("matvec_q4_0", &words, &x, swapped)
            .judge()
            .is_err()
    );
}

#[test]
fn a_right_quantised_product_passes_and_mutants_do_not() {
    let (m, n, k) = (2_usize, 5_usize, 96_usize);
    let shape = |a: usize, b: usize| [a as u64, b as u64];
    let x = normal("x", "f32", &shape(m, k));
    let scales = filled("s", "f16", &shape(n, k / 32), FillPlan::Uniform(0.01, 0.1));
    let all = FillPlan::Uniform(0.0, 4_294_967_296.0);
    let quants = filled("q", "u32", &shape(n, k / 4), all);
    let Data::U32(words) = &quants.data else {
        panic!("words");
    };
    let (xs, ds) = (floats(&x), floats(&scales));
    let product = |bias: i32| {
        let mut wrote = Vec::new();
        for row in 0..m {
            for column in 0..n {
                let mut sum = 0.0_f32;
                for at in 0..k {
                    let byte = words[column * (k / 4) + at / 4].to_le_bytes()[at % 4];
                    let weight = i32::from(i8::from_le_bytes([byte])) + bias;
                    let scale = ds[column * (k / 32) + at / 32];
                    sum += scale * weight as f32 * xs[row * k + at];
                }
                wrote.push(sum);
            }
        }
        f32s(&shape(m, n), &wrote)
    };
    let setup = |wrote: &Tensor| {
        let extents = [("m", m as u64), ("n", n as u64), ("k", k as u64)];
        Setup::new("matvec_q8_0", &extents)
            .input("x", &x)
            .input("quants", &quants)
            .input("scales", &scales)
            .output("y", wrote)
    };
    let right = product(0);
    assert_eq!(setup(&right).judge(), Ok(()));
    assert_eq!(setup(&product(1)).wrong().count, 10);
    let swapped = mutant(&right, |values| values.swap(0, 1));
    assert_eq!(setup(&swapped).wrong().count, 2);
    let found = built_in("matvec_q8_0").expect("built in");
    let case = setup(&right).parameter("k", 33).case();
    let complaint = found.check(&case, &case.stages[0]).expect_err("refused");
    insta::assert_snapshot!(complaint, @"reference `matvec_q8_0` needs `x` as [m, k] = [2, 33], not [2, 96] of f32");
}
