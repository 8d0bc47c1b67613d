//! Order means nothing.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

const ENTRIES: &str = "
  - {kernel: scale, name: b, shape: {n: 1, k: 16}, expect: {apple-m: \"< 1 ms\"}}
  - {kernel: scale, name: a, shape: {k: 16, n: 1}, expect: {any-gpu: \"1-9 ms\"}}
  - {kernel: scale, shape: {n: 32, k: 16}, checks: [unchecked], limits: {time: 3ms}}
  - {kernel: scale, sweep: {model: [small, 7b, mixtral]}, shape: {n: 1, k: model.hidden}, expect: {any-gpu: \"< 5 ms\"}}
  - {kernel: scale, sweep: {model: [mixtral, small], n: [1, 32]}, shape: {k: model.hidden}, limits: {warmup: 3}}
  - {kernel: scale, name: cold, cache: cold, shape: {n: 1, k: 16}, force: true}
  - {kernel: scale, sweep: {n: [2, 1]}, shape: {k: 16}, variants: {workgroup: [64, 32]}}
";

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_order_of_entries_changes_nothing(
        order in Just((0..7).collect::<Vec<usize>>()).prop_shuffle()
    ) {
        let mut spec = read(&format!("{SCALE}{ENTRIES}"));
        let before = expand(&spec, &Filter::default()).expect("plans");
        prop_assert_eq!(before.cases.len(), 15);
        spec.cases = order.iter().map(|index| spec.cases[*index].clone()).collect();
        let after = expand(&spec, &Filter::default()).expect("plans");
        prop_assert_eq!(format!("{before:?}"), format!("{after:?}"));
    }
}

#[test]
fn the_order_of_keys_changes_no_identity() {
    let plan = scale(ENTRIES);
    let one = case(&plan, "s/scale[k=16,n=1]@workgroup=64");
    assert_eq!(one.names, ["a", "b", "1", "7b", "mixtral", "mixtral/1"]);
}
