//! How far attacks get under the policies that come with the program: the tables of the
//! handbook. And what 100,000 curators without a path, with 10,000,000 endorsements, change:
//! no byte, and how much time.

#![expect(clippy::unwrap_used, reason = "a benchmark ends where it fails")]

mod attacks;

use std::time::Duration;

use attacks::{Strangers, all, tables};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use wellspring_ranking::rank;

fn strangers(criterion: &mut Criterion) {
    println!("{}", tables(&all()));

    // It takes minutes to sign, and several GB.
    let strangers = Strangers { curators: 100_000, entries: 100 };
    let (policy, without, with) = strangers.corpora();
    let bytes = |corpus| serde_json::to_vec(&rank(&policy, corpus)).unwrap();
    let view = bytes(&without);
    assert!(view == bytes(&with), "strangers changed the view");
    println!("The view has {} bytes, the same with and without the strangers.", view.len());

    let mut group = criterion.benchmark_group("view of 400 servers");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for (name, corpus) in [
        ("without strangers", &without),
        ("with 100,000 strangers and their 10,000,000 endorsements", &with),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(|| (), |()| rank(&policy, corpus), BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group!(benches, strangers);
criterion_main!(benches);
