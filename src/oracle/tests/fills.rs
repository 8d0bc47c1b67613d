//! Generated contents.

use std::collections::BTreeSet;

use super::*;

fn with(fill: FillPlan, element: &str, shape: &[u64]) -> Buffer {
    Buffer {
        fill: Some(fill),
        ..buffer("x", BufferRole::Input, element, shape)
    }
}

fn values(fill: FillPlan, element: &str, shape: &[u64]) -> Vec<f64> {
    let tensor = generate(&with(fill, element, shape), SEED, 0);
    (0..tensor.len()).map(|index| tensor.get(index)).collect()
}

const RANDOM: [FillPlan; 4] = [
    FillPlan::Normal(0.0, 1.0),
    FillPlan::Uniform(0.0, 100.0),
    FillPlan::Distinct(1_000),
    FillPlan::Softmax,
];

#[test]
fn the_number_of_threads_changes_nothing() {
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads start")
    };
    for fill in RANDOM {
        // Several streams, and no multiple of one.
        let buffer = with(fill, "f32", &[500, 401]);
        let one = pool(1).install(|| generate(&buffer, SEED, 0));
        let many = pool(5).install(|| generate(&buffer, SEED, 0));
        assert_eq!(one, many);
    }
}

#[test]
fn seed_name_and_set_each_give_other_values_and_the_same_give_the_same() {
    for fill in RANDOM {
        let one = with(fill, "f32", &[8, 64]);
        let other = Buffer {
            name: "y".into(),
            ..one.clone()
        };
        let first = generate(&one, SEED, 0);
        assert_eq!(generate(&one, SEED, 0), first);
        assert_ne!(generate(&one, SEED + 1, 0), first);
        assert_ne!(generate(&one, SEED, 1), first);
        assert_ne!(generate(&other, SEED, 0).data, first.data);
    }
}

#[test]
fn streams_do_not_repeat_within_a_buffer() {
    // 2^16 scalars a stream: the first two must not be the same.
    let drawn = values(FillPlan::Normal(0.0, 1.0), "f32", &[1 << 17]);
    assert_ne!(drawn[..1 << 16], drawn[1 << 16..]);
}

#[test]
fn normal_draws_have_their_mean_and_deviation() {
    for element in ["f32", "f16"] {
        let drawn = values(FillPlan::Normal(3.0, 2.0), element, &[1 << 18]);
        let count = drawn.len() as f64;
        let mean = drawn.iter().sum::<f64>() / count;
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
        // Standard errors are 2 / 512 and 4 sqrt(2) / 512; five of each.
        assert!((mean - 3.0).abs() < 0.02, "{element}: mean {mean}");
        assert!(
            (variance - 4.0).abs() < 0.06,
            "{element}: variance {variance}"
        );
        // A share of 0.9545 lies within two deviations, standard error 0.0004.
        let within = drawn.iter().filter(|x| (*x - 3.0).abs() < 4.0).count() as f64;
        assert!((within / count - 0.9545).abs() < 0.002, "{element}");
    }
}

#[test]
fn uniform_floats_fill_their_interval_and_never_reach_its_end() {
    // f16 has 512 numbers in [1, 1.5): rounding up to 1.5 would be common.
    let drawn = values(FillPlan::Uniform(1.0, 1.5), "f16", &[1 << 16]);
    assert!(drawn.iter().all(|x| (1.0..1.5).contains(x)));
    let found: BTreeSet<u64> = drawn.iter().map(|x| x.to_bits()).collect();
    assert_eq!(found.len(), 512);
    let drawn = values(FillPlan::Uniform(-1.0, 0.0), "f32", &[1 << 16]);
    assert!(drawn.iter().all(|x| (-1.0..0.0).contains(x)));
    let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
    // Standard error 1 / sqrt(12) / 256; five of it.
    assert!((mean + 0.5).abs() < 0.006, "mean {mean}");
}

#[test]
fn draws_around_zero_are_never_subnormal() {
    // The smallest normal f16 is 2^-14; of 2^20 standard normal draws about 50
    // are smaller.
    let smallest = 1.0 / 16_384.0;
    for fill in [FillPlan::Normal(0.0, 1.0), FillPlan::Uniform(-1.0, 1.0)] {
        let drawn = values(fill, "f16", &[1 << 20]);
        assert!(drawn.iter().all(|x| *x == 0.0 || x.abs() >= smallest));
        assert!(drawn.contains(&0.0));
    }
    // But a fill that is all subnormal stays.
    for fill in [FillPlan::Normal(0.0, 1e-6), FillPlan::Uniform(1e-6, 1e-5)] {
        let drawn = values(fill, "f16", &[64]);
        assert!(drawn.iter().filter(|x| **x != 0.0).count() > 32);
    }
}

#[test]
fn uniform_integers_take_every_value_but_the_end() {
    let drawn = values(FillPlan::Uniform(-3.0, 4.0), "i32", &[7_000]);
    for value in -3..4 {
        let count = drawn.iter().filter(|x| **x == f64::from(value)).count();
        // 1000 of each, standard deviation 29.
        assert!((850..1_150).contains(&count), "{count} of {value}");
    }
    assert!(drawn.iter().all(|x| (-3.0..4.0).contains(x)));
    let wide = values(FillPlan::Uniform(0.0, 4_294_967_296.0), "u32", &[4_096]);
    assert!(wide.iter().any(|x| *x > 4e9) && wide.iter().any(|x| *x < 3e8));
    assert_eq!(values(FillPlan::Uniform(5.0, 5.0), "u32", &[2]), [5.0, 5.0]);
}

#[test]
fn rows_are_distinct_and_every_value_is_as_likely() {
    let drawn = values(FillPlan::Distinct(8), "u32", &[4_000, 3]);
    let mut counts = [0; 8];
    for row in drawn.chunks(3) {
        let found: BTreeSet<u64> = row.iter().map(|x| *x as u64).collect();
        assert_eq!(found.len(), 3, "{row:?}");
        counts[row[2] as usize] += 1;
    }
    // 500 of each in the last column, standard deviation 21.
    assert!(
        counts.iter().all(|count| (390..610).contains(count)),
        "{counts:?}"
    );
    let whole = values(FillPlan::Distinct(5), "u32", &[100, 5]);
    for row in whole.chunks(5) {
        assert_eq!(row.iter().sum::<f64>(), 10.0, "all of 0..5");
    }
    let huge = values(FillPlan::Distinct(u64::MAX), "u32", &[2, 2]);
    assert_eq!(huge.len(), 4);
}

#[test]
fn rows_that_cannot_be_distinct_begin_anew() {
    for row in values(FillPlan::Distinct(3), "u32", &[50, 5]).chunks(5) {
        assert_eq!(row[..3].iter().sum::<f64>(), 3.0);
        assert_eq!(row[3..], row[..2]);
    }
    assert_eq!(values(FillPlan::Distinct(0), "u32", &[1, 2]), [0.0, 0.0]);
}

#[test]
fn softmax_rows_are_positive_and_sum_to_one() {
    for (element, rounding) in [("f32", 6e-8), ("f16", 4.9e-4), ("vec4<f32>", 6e-8)] {
        let drawn = values(FillPlan::Softmax, element, &[100, 8]);
        let row = if element.starts_with("vec4") { 32 } else { 8 };
        for row in drawn.chunks(row) {
            assert!(row.iter().all(|weight| *weight > 0.0));
            assert!(
                (row.iter().sum::<f64>() - 1.0).abs() <= rounding,
                "{element}"
            );
        }
    }
}

#[test]
fn plain_fills_are_what_they_say() {
    assert_eq!(values(FillPlan::Iota, "u32", &[2, 2]), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(values(FillPlan::Zeros, "f16", &[2]), [0.0, 0.0]);
    assert_eq!(values(FillPlan::Constant(1.5), "f32", &[2]), [1.5, 1.5]);
    let list = FillPlan::Values(vec![1.0, 2.0, 3.0]);
    assert_eq!(values(list, "i32", &[5]), [1.0, 2.0, 3.0, 1.0, 2.0]);
    assert_eq!(values(FillPlan::Values(Vec::new()), "f32", &[1]), [0.0]);
    let unfilled = buffer("x", BufferRole::Output, "vec3<f32>", &[2]);
    assert_eq!(generate(&unfilled, SEED, 0).len(), 6);
}

#[test]
fn values_are_rounded_to_the_type_and_integers_saturate() {
    let constant = |value, element| values(FillPlan::Constant(value), element, &[1])[0];
    assert_eq!(constant(0.1, "f32"), f64::from(0.1_f32));
    // 0.1 in binary16 is 0x2e66, 1638 / 16384.
    assert_eq!(constant(0.1, "f16"), 1_638.0 / 16_384.0);
    assert_eq!(constant(1e9, "f16"), f64::INFINITY);
    assert_eq!(constant(-1.0, "u32"), 0.0);
    assert_eq!(constant(1e12, "u32"), 4_294_967_295.0);
    assert_eq!(constant(-1e12, "i32"), -2_147_483_648.0);
    assert_eq!(constant(2.5, "i32"), 3.0);
    assert_eq!(constant(f64::NAN, "u32"), 0.0);
}

#[test]
fn contents_are_those_of_every_version() {
    // Recorded from the first version: baselines were measured on these.
    let drawn = generate(&with(FillPlan::Normal(0.0, 1.0), "f32", &[4]), 1, 0);
    insta::assert_debug_snapshot!(drawn.data, @r"
    F32(
        [
            -0.35023138,
            2.1192772,
            0.45529544,
            0.3047403,
        ],
    )
    ");
}
