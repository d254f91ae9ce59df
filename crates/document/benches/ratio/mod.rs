//! Two things measured in turns, so that a busy machine slows both alike.

use std::time::{Duration, Instant};

/// How many times as long `one` takes as `other`: the median of 101 pairs of slices.
pub(crate) fn ratio(one: impl Fn(), other: impl Fn()) -> f64 {
    const SLICE: Duration = Duration::from_millis(10);
    let calls = |work: &dyn Fn()| {
        let start = Instant::now();
        let mut calls = 0_u32;
        while start.elapsed() < SLICE {
            work();
            calls += 1;
        }
        calls
    };
    let (one_calls, other_calls) = (calls(&one), calls(&other));
    let time = |work: &dyn Fn(), calls: u32| {
        let start = Instant::now();
        (0..calls).for_each(|_| work());
        start.elapsed().as_secs_f64() / f64::from(calls)
    };
    let mut ratios: Vec<f64> =
        (0..101).map(|_| time(&one, one_calls) / time(&other, other_calls)).collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}
