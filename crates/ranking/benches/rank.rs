//! How long a full view takes, measurements and their points included, beside the time of streaming the same endorsements once
//! from memory, which no ranking can beat.

#![expect(clippy::unwrap_used, reason = "a benchmark ends where it fails")]

mod observations;
mod synthetic;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use synthetic::{Size, Synthetic};
use wellspring_document::{EndorsementList, Verdict, Verified};
use wellspring_ranking::{Corpus, rank};

fn full_view(criterion: &mut Criterion) {
    let mut world = Synthetic::new(Size::LARGE);
    let lists = world.verified();
    let edges = edges(&lists);
    let mut group = criterion.benchmark_group(
        "100,000 servers, 1,000 curators, 1,000,000 endorsements, 300,000 observations",
    );
    group.sample_size(20).measurement_time(Duration::from_secs(10));

    group.bench_function("stream the endorsements once", |bencher| {
        let mut scores = vec![0.0_f64; Size::LARGE.servers as usize];
        bencher.iter(|| {
            for edge in &edges {
                scores[edge.server as usize] += edge.weight;
            }
            black_box(&mut scores);
        });
    });

    let reports = observations::reports(3, Size::LARGE.servers, world.now);
    world.policy.observers = reports.iter().map(|report| report.issuer().clone()).collect();
    let corpus = Corpus::new(Vec::new(), lists.clone(), reports.clone(), world.now);
    let view = rank(&world.policy, &corpus);
    assert_eq!(view.servers.len(), Size::LARGE.servers as usize);
    let said = view.servers.iter().flat_map(|it| &it.reasons).filter(|it| it.said.is_some());
    assert_eq!(said.count(), 1_000_000);
    let measured = view.servers.iter().filter_map(|it| it.measured.as_ref());
    assert_eq!(measured.map(|it| it.observers).sum::<u32>(), 300_000);
    drop(view);
    group.bench_function("full view", |bencher| {
        bencher.iter_batched(|| (), |()| rank(&world.policy, &corpus), BatchSize::PerIteration);
    });

    group.sample_size(10);
    group.bench_function("index of the corpus", |bencher| {
        bencher.iter_batched(
            || (lists.clone(), reports.clone()),
            |(lists, reports)| Corpus::new(Vec::new(), lists, reports, world.now),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

struct Streamed {
    server: u32,
    weight: f64,
}

/// The endorsements list by list, as small as they can be.
fn edges(lists: &[Arc<Verified<EndorsementList>>]) -> Vec<Streamed> {
    let number = |name: &str| name["server-".len()..name.len() - ".example".len()].parse().unwrap();
    let entries = lists.iter().flat_map(|list| &list.body().entries);
    entries
        .map(|entry| Streamed {
            server: number(entry.server_name.as_str()),
            weight: if entry.verdict == Verdict::Endorse { 0.6 } else { 0.25 },
        })
        .collect()
}

criterion_group!(benches, full_view);
criterion_main!(benches);
