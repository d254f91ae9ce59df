//! How long a node takes from its database to the view that it serves, beside the time of
//! verifying the same documents from memory on one processor, which no start-up that trusts
//! no file can avoid.

#![expect(clippy::unwrap_used, reason = "a benchmark ends where it fails")]

#[path = "../../ranking/benches/synthetic/mod.rs"]
mod synthetic;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use synthetic::{Size, Synthetic};
use wellspring_document::AnyVerified;
use wellspring_node::{Clock, Config, DATABASE_FILE, Node, Opening};
use wellspring_store::{Arrival, Store};

fn start_up(criterion: &mut Criterion) {
    let world = Synthetic::new(Size::of_servers(100_000));
    let folder = tempfile::tempdir().unwrap();
    fill(&world, &folder.path().join(DATABASE_FILE));

    let mut config =
        Config::parse("[[community]]\nid = \"a\"\nname = { en = \"A\" }\npolicy = {}").unwrap();
    config.node.data_dir = folder.path().to_owned();
    config.communities[0].policy = world.policy.clone();
    let open = || {
        let clock = Clock::Fixed(world.now);
        Node::open(Opening::configured(config.clone(), clock, [1; 32])).unwrap()
    };
    let served = open().snapshot();
    assert_eq!(
        served.communities[0].view.servers.len(),
        Size::of_servers(100_000).servers as usize
    );
    drop(served);

    let mut group =
        criterion.benchmark_group("100,000 servers, 1,000 curators, 1,000,000 endorsements");
    group.sample_size(10);
    group.bench_function("verify the documents on one processor", |bencher| {
        bencher.iter_batched(|| (), |()| world.verified(), BatchSize::PerIteration);
    });
    group.bench_function("start up", |bencher| {
        bencher.iter_batched(|| (), |()| open(), BatchSize::PerIteration);
    });
    group.finish();
}

fn fill(world: &Synthetic, database: &std::path::Path) {
    let mut store = Store::open(database).unwrap();
    for chunk in world.lists.chunks(100) {
        let documents: Vec<AnyVerified> =
            chunk.iter().map(|raw| raw.clone().verify_any().unwrap()).collect();
        let arrivals: Vec<_> =
            documents.iter().map(|document| Arrival { document, source: None }).collect();
        for outcome in store.accept(&arrivals, world.now).unwrap() {
            outcome.unwrap();
        }
    }
}

criterion_group!(benches, start_up);
criterion_main!(benches);
