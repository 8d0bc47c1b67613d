//! Products that are compared output by output.

use super::*;

/// How a right kernel may add up its products.
#[derive(Clone, Copy, Debug)]
enum Order {
    /// One after the other.
    Sequential,
    /// The same, fused.
    Fused,
    /// From the last to the first.
    Backwards,
    /// Tiles of 16, each on its own.
    Tiled,
    /// Eight parts, then their sum: split-K, or lanes of a subgroup.
    Split,
}

const ORDERS: [Order; 5] = [
    Order::Sequential,
    Order::Fused,
    Order::Backwards,
    Order::Tiled,
    Order::Split,
];

fn dot(order: Order, a: &[f32], b: &[f32]) -> f32 {
    let terms = || a.iter().zip(b);
    match order {
        Order::Sequential => terms().fold(0.0, |sum, (a, b)| sum + a * b),
        Order::Fused => terms().fold(0.0, |sum, (a, b)| a.mul_add(*b, sum)),
        Order::Backwards => terms().rev().fold(0.0, |sum, (a, b)| sum + a * b),
        Order::Tiled => a
            .chunks(16)
            .zip(b.chunks(16))
            .fold(0.0, |sum, (a, b)| sum + dot(Order::Fused, a, b)),
        Order::Split => {
            let mut sums = [0.0_f32; 8];
            for (index, (a, b)) in terms().enumerate() {
                sums[index % 8] += a * b;
            }
            sums.iter().sum()
        }
    }
}

/// A product's extents and inputs; `b` is stored as [k, n].
struct Inputs {
    m: usize,
    n: usize,
    k: usize,
    element: &'static str,
    a: Tensor,
    b: Tensor,
}

impl Inputs {
    fn new(m: usize, n: usize, k: usize, element: &'static str, fill: &FillPlan) -> Self {
        let extents = |x: usize, y: usize| [x as u64, y as u64];
        Self {
            m,
            n,
            k,
            element,
            a: filled("a", element, &extents(m, k), fill.clone()),
            b: filled("b", element, &extents(k, n), fill.clone()),
        }
    }

    fn of(m: usize, n: usize, k: usize) -> Self {
        Self::new(m, n, k, "f32", &FillPlan::Normal(0.0, 1.0))
    }

    fn column(&self, values: &[f32], column: usize) -> Vec<f32> {
        (0..self.k).map(|p| values[p * self.n + column]).collect()
    }

    fn product(&self, order: Order) -> Tensor {
        let (a, b) = (floats(&self.a), floats(&self.b));
        let mut c = vec![0.0; self.m * self.n];
        for column in 0..self.n {
            let values = self.column(&b, column);
            for row in 0..self.m {
                let line = &a[row * self.k..(row + 1) * self.k];
                c[row * self.n + column] = dot(order, line, &values);
            }
        }
        stored(self.element, &[self.m as u64, self.n as u64], &c)
    }

    /// Sum of the magnitudes of an output's products.
    fn magnitude(&self, index: usize) -> f64 {
        let (row, column) = (index / self.n, index % self.n);
        (0..self.k)
            .map(|p| (self.a.get(row * self.k + p) * self.b.get(p * self.n + column)).abs())
            .sum()
    }

    fn setup(&self, c: &Tensor) -> Setup {
        let extents = [
            ("m", self.m as u64),
            ("n", self.n as u64),
            ("k", self.k as u64),
        ];
        Setup::new("matmul", &extents)
            .input("a", &self.a)
            .input("b", &self.b)
            .output("c", c)
    }
}

fn two_by_two(reference: &str, b: [f32; 4], c: [f32; 4]) -> Setup {
    Setup::new(reference, &[("m", 2), ("n", 2), ("k", 2)])
        .input("a", &f32s(&[2, 2], &[1.0, 2.0, 3.0, 4.0]))
        .input("b", &f32s(&[2, 2], &b))
        .output("c", &f32s(&[2, 2], &c))
        .tolerance("c", TolerancePlan::Exact)
}

#[test]
fn a_product_worked_by_hand_is_right_to_the_bit() {
    // [1 2; 3 4] [5 6; 7 8] = [19 22; 43 50]
    let c = [19.0, 22.0, 43.0, 50.0];
    assert_eq!(
        two_by_two("matmul", [5.0, 6.0, 7.0, 8.0], c).judge(),
        Ok(())
    );
    assert_eq!(
        two_by_two("matmul_nk", [5.0, 7.0, 6.0, 8.0], c).judge(),
        Ok(())
    );
    // With the weight transposed, [1 2; 3 4] [5 7; 6 8] = [17 23; 39 53].
    let mismatch = two_by_two("matmul", [5.0, 7.0, 6.0, 8.0], c).wrong();
    assert_eq!((mismatch.index, mismatch.count, mismatch.of), (2, 4, 4));
    assert_eq!((mismatch.expected, mismatch.actual), (39.0, 43.0));
    assert_eq!(mismatch.buffer, "stage.c");
}

#[test]
fn a_row_times_a_matrix_worked_by_hand() {
    // [1 2] [1 0 2; 0 3 -1] = [1 6 0], the weight in either layout.
    let setup = |reference: &str, shape: &[u64], w: &[f32], y: &[f32]| {
        Setup::new(reference, &[("m", 1), ("n", 3), ("k", 2)])
            .input("x", &f32s(&[1, 2], &[1.0, 2.0]))
            .input("w", &f32s(shape, w))
            .output("y", &f32s(&[1, 3], y))
    };
    let (kn, nk) = (
        [1.0, 0.0, 2.0, 0.0, 3.0, -1.0],
        [1.0, 0.0, 0.0, 3.0, 2.0, -1.0],
    );
    let y = [1.0, 6.0, 0.0];
    assert_eq!(setup("matvec", &[2, 3], &kn, &y).judge(), Ok(()));
    assert_eq!(setup("matvec_nk", &[3, 2], &nk, &y).judge(), Ok(()));
    setup("matvec", &[2, 3], &nk, &y).wrong();
    setup("matvec", &[2, 3], &kn, &[1.0, 6.0, 1e-5]).wrong();
}

#[test]
fn right_kernels_pass_at_awkward_shapes_in_every_order() {
    let shapes = [
        (1, 1, 1),
        (1, 513, 127),
        (33, 127, 513),
        (127, 33, 65),
        (513, 1, 33),
        (65, 66, 67),
    ];
    for (m, n, k) in shapes {
        for element in ["f32", "f16"] {
            let inputs = Inputs::new(m, n, k, element, &FillPlan::Normal(0.0, 1.0));
            for order in ORDERS {
                let judged = inputs.setup(&inputs.product(order)).judge();
                assert_eq!(judged, Ok(()), "{m}x{n}x{k} of {element}, {order:?}");
            }
        }
    }
}

#[test]
fn right_kernels_pass_at_long_inner_dimensions_of_one_sign() {
    // Partial sums grow here, and adding one by one is off by far more than
    // 16 roundings of the sum of magnitudes.
    for (k, fill) in [
        (4_096, FillPlan::Uniform(0.0, 1.0)),
        (4_096, FillPlan::Normal(3.0, 1.0)),
        (14_336, FillPlan::Uniform(0.0, 1.0)),
        (14_336, FillPlan::Normal(0.0, 1.0)),
    ] {
        let inputs = Inputs::new(2, 65, k, "f32", &fill);
        for order in ORDERS {
            let judged = inputs.setup(&inputs.product(order)).judge();
            assert_eq!(judged, Ok(()), "k {k}, {fill:?}, {order:?}");
        }
    }
}

#[test]
fn outputs_that_cancel_to_nothing_pass() {
    // a = [x, -x], b = [y, y]: each output is 0, its products are not.
    let half = normal("a", "f32", &[8, 256]);
    let mut inputs = Inputs::of(8, 33, 512);
    let rows: Vec<f32> = floats(&half)
        .chunks(256)
        .flat_map(|row| row.iter().copied().chain(row.iter().map(|x| -x)))
        .collect();
    inputs.a = f32s(&[8, 512], &rows);
    let top = floats(&normal("b", "f32", &[256, 33]));
    inputs.b = f32s(&[512, 33], &[top.clone(), top].concat());
    for order in ORDERS {
        assert_eq!(
            inputs.setup(&inputs.product(order)).judge(),
            Ok(()),
            "{order:?}"
        );
    }
    let shifted = mutant(&inputs.product(Order::Fused), |c| c[7] += 1e-2);
    assert_eq!(inputs.setup(&shifted).wrong().index, 7);
}

#[test]
fn the_largest_f16_passes_and_beyond_it_does_not() {
    // 255.875 x 256 = 65504, the largest f16; 256 x 256 = 65536 is infinity.
    let setup = |a: f32, c: f32| {
        Setup::new("matmul", &[("m", 1), ("n", 1), ("k", 1)])
            .input("a", &stored("f16", &[1, 1], &[a]))
            .input("b", &stored("f16", &[1, 1], &[256.0]))
            .output("c", &stored("f16", &[1, 1], &[c]))
    };
    assert_eq!(setup(255.875, 65_504.0).judge(), Ok(()));
    assert_eq!(setup(255.875, f32::INFINITY).wrong().actual, f64::INFINITY);
    assert_eq!(setup(256.0, f32::INFINITY).wrong().actual, f64::INFINITY);
}

#[test]
fn a_flushed_subnormal_passes() {
    let setup = |c: f32| {
        Setup::new("matmul", &[("m", 1), ("n", 1), ("k", 1)])
            .input("a", &f32s(&[1, 1], &[1e-20]))
            .input("b", &f32s(&[1, 1], &[1e-20]))
            .output("c", &f32s(&[1, 1], &[c]))
    };
    assert_eq!(setup(1e-40).judge(), Ok(()));
    assert_eq!(setup(0.0).judge(), Ok(()));
    setup(1e-37).wrong();
}

#[test]
fn mutants_of_a_product_are_refused() {
    let inputs = Inputs::of(33, 33, 127);
    let right = inputs.product(Order::Tiled);
    let (m, n, k) = (inputs.m, inputs.n, inputs.k);
    assert_eq!(inputs.setup(&right).judge(), Ok(()));

    let unwritten = mutant(&right, |c| {
        c[(m - 1) * n..].fill(f32::from_bits(0x7fa0_dead))
    });
    let mismatch = inputs.setup(&unwritten).wrong();
    assert_eq!((mismatch.count, mismatch.of), (33, 33 * 33));
    assert_eq!(mismatch.index, 32 * 33);

    let stale = mutant(&right, |c| c[(m - 1) * n..].fill(0.0));
    assert_eq!(inputs.setup(&stale).wrong().count, 33);

    let shifted = mutant(&right, |c| c.rotate_left(1));
    assert!(inputs.setup(&shifted).wrong().count > 1_000);

    let swapped = mutant(&right, |c| c.swap(40, 41));
    assert_eq!(inputs.setup(&swapped).wrong().count, 2);

    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mismatch = inputs.setup(&mutant(&right, |c| c[100] = bad)).wrong();
        assert_eq!((mismatch.index, mismatch.count), (100, 1), "{bad}");
    }

    // The last product of every output left out: k - 1 where k was meant.
    let (a, b) = (floats(&inputs.a), floats(&inputs.b));
    let short = mutant(&right, |c| {
        for (index, c) in c.iter_mut().enumerate() {
            *c -= a[index / n * k + k - 1] * b[(k - 1) * n + index % n];
        }
    });
    assert!(inputs.setup(&short).wrong().count > 1_000);

    // One product of one output left out.
    let one = mutant(&right, |c| c[5] -= a[17] * b[17 * n + 5]);
    let mismatch = inputs.setup(&one).wrong();
    assert_eq!((mismatch.index, mismatch.count), (5, 1));

    // The weight read as its transpose.
    let mut transposed = Inputs::of(33, 127, 127);
    let right = transposed.product(Order::Fused);
    let b = floats(&transposed.b);
    let values: Vec<f32> = (0..127 * 127).map(|i| b[i % 127 * 127 + i / 127]).collect();
    transposed.b = f32s(&[127, 127], &values);
    assert!(transposed.setup(&right).wrong().count > 4_000);

    // Results of other inputs: an output left from the run before.
    let other = Inputs::new(33, 33, 127, "f32", &FillPlan::Uniform(-1.0, 1.0));
    assert!(inputs.setup(&other.product(Order::Fused)).wrong().count > 1_000);
}

#[test]
fn the_worst_output_is_reported_and_a_nan_is_the_worst() {
    let inputs = Inputs::of(5, 7, 9);
    let right = inputs.product(Order::Fused);
    let wrong = mutant(&right, |c| {
        c[3] += 1.0;
        c[11] += 100.0;
        c[30] += 10.0;
    });
    let mismatch = inputs.setup(&wrong).wrong();
    assert_eq!((mismatch.index, mismatch.count, mismatch.of), (11, 3, 35));
    let worse = mutant(&wrong, |c| c[34] = f32::NAN);
    assert_eq!(inputs.setup(&worse).wrong().index, 34);
}

#[test]
fn errors_that_each_pass_fail_together() {
    // Each output off by 12 roundings of its sum of magnitudes, where 16 are
    // tolerated, is a mean square error of 1e-9 where 1e-10 is.
    let inputs = Inputs::of(1, 256, 4_096);
    let right = inputs.product(Order::Split);
    let setup = |roundings: f64| {
        inputs.setup(&mutant(&right, |c| {
            for (index, c) in c.iter_mut().enumerate() {
                let error = roundings * inputs.magnitude(index) / f64::from(1 << 24);
                *c = (f64::from(*c) + error) as f32;
            }
        }))
    };
    assert_eq!(setup(2.0).judge(), Ok(()));
    let mismatch = setup(12.0).wrong();
    assert!((mismatch.actual - mismatch.expected).abs() > mismatch.tolerated);
    // One output alone may be off so far.
    let alone = mutant(&right, |c| {
        c[9] = (f64::from(c[9]) + 12.0 * inputs.magnitude(9) / f64::from(1 << 24)) as f32;
    });
    assert_eq!(inputs.setup(&alone).judge(), Ok(()));
}

#[test]
fn f16_accumulation_passes_only_where_it_is_declared() {
    let inputs = Inputs::new(17, 33, 256, "f16", &FillPlan::Normal(0.0, 1.0));
    let (a, b) = (floats(&inputs.a), floats(&inputs.b));
    let mut c = vec![0.0; 17 * 33];
    for (index, c) in c.iter_mut().enumerate() {
        let column = inputs.column(&b, index % 33);
        let row = &a[index / 33 * 256..][..256];
        // Four parts in f16, as a vec4 would.
        let mut sums = [f16::ZERO; 4];
        for (p, (a, b)) in row.iter().zip(&column).enumerate() {
            sums[p % 4] = f16::from_f32(a.mul_add(*b, sums[p % 4].to_f32()));
        }
        *c = sums.iter().map(|sum| sum.to_f32()).sum();
    }
    let c = stored("f16", &[17, 33], &c);
    inputs.setup(&c).wrong();
    assert_eq!(inputs.setup(&c).word("accumulate", "f16").judge(), Ok(()));
    let mut wrong = c.clone();
    edit(&mut wrong, 8, |_| f32::NAN);
    inputs.setup(&wrong).word("accumulate", "f16").wrong();
}

#[test]
fn a_tolerance_of_the_spec_takes_the_place_of_the_reference_s_own() {
    let inputs = Inputs::of(4, 8, 16);
    let right = inputs.product(Order::Fused);
    let off = mutant(&right, |c| c[6] += 0.05);
    let bound = |absolute: f64| TolerancePlan::Bound {
        relative: 0.0,
        absolute,
    };
    let judged = |plan| inputs.setup(&off).tolerance("c", plan).judge();
    assert_eq!(judged(bound(0.06)), Ok(()));
    assert_eq!(judged(bound(0.04)).expect_err("beyond the bound").index, 6);
    assert!(judged(TolerancePlan::Reference).is_err());
    assert!(judged(bound(f64::NAN)).is_err());
}
