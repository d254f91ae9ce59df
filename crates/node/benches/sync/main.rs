//! Rounds of a node over thousands of hosts, beside what the same work costs at least: the
//! same answers fetched with the bare client, the same documents verified, the same rows
//! written to bare SQLite, which has its own settings but for `synchronous=FULL` and the
//! write-ahead log. All that is compared is measured in turns, so that a busy machine
//! slows it alike; hosts and node share the machine. For each one a name:
//!
//! - `first-sync`: a node that knows nothing asks everybody;
//! - `second-sync`: it asks again, and nothing is new;
//! - `upserts`: documents that are verified already go into the store;
//! - `crowd`: as many silent hosts as good ones, and what that costs in time and memory.
//!
//! ```sh
//! cargo bench -p wellspring-node --bench sync -- first-sync
//! ```
//!
//! Without a name it runs all of them; `servers=2000` and `turns=3` change how much. As a test
//! it tries them out with few hosts.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark ends where it fails")]

mod crowd;
mod rows;
mod world;

use std::fmt;
use std::time::{Duration, Instant};

use rows::Rows;
use tokio::runtime::Runtime;
use wellspring_document::{AnyVerified, RawDocument};
use wellspring_node::{DATABASE_FILE, SyncScope};
use wellspring_store::{Arrival, SourceKey, SourceKind, Store};
use world::{World, now};

/// How many documents share a transaction, as in a round.
pub(crate) const BATCH: usize = 100;

/// How large the measurement is.
struct Size {
    servers: usize,
    turns: usize,
    crowd: usize,
}

fn main() {
    if crowd::is_child() {
        return crowd::run_child();
    }
    // Cargo says so where it measures rather than tries out.
    let measures = std::env::args().any(|argument| argument == "--bench");
    let mut size = match measures {
        true => Size { servers: 10_000, turns: 5, crowd: 1_000 },
        false => Size { servers: 20, turns: 1, crowd: 5 },
    };
    let mut wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    wanted.retain(|argument| {
        let number = argument.split_once('=').map(|(name, number)| (name, number.parse().unwrap()));
        match number {
            Some(("servers", number)) => size.servers = number,
            Some(("turns", number)) => size.turns = number,
            _ => return true,
        }
        false
    });
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    let runtime = Runtime::new().unwrap();
    let rounds =
        [("first-sync", first_sync as fn(&Runtime, &World, usize)), ("second-sync", second_sync)];
    if rounds.iter().any(|(name, _)| is_wanted(name)) || is_wanted("upserts") {
        let world = World::new(size.servers);
        for (_, measure) in rounds.iter().filter(|(name, _)| is_wanted(name)) {
            measure(&runtime, &world, size.turns);
        }
        if is_wanted("upserts") {
            upserts(&world, size.turns);
        }
    }
    if is_wanted("crowd") {
        crowd::measure(size.crowd, size.turns.min(3));
    }
}

/// From the beginning of a node's first round to the view that it serves.
fn first_sync(runtime: &Runtime, world: &World, turns: usize) {
    let mut times = Times::default();
    for _ in 0..turns {
        let home = world.home();
        let node = world::open_in(home.path());
        let began = Instant::now();
        let outcome = runtime.block_on(node.sync(SyncScope::All, &|_| {})).unwrap();
        times.add("sync", began.elapsed());
        assert_eq!(outcome.problems, []);
        assert_eq!((outcome.accepted, outcome.servers), (world.len() + 1, world.len()));
        assert_eq!(world::confirmed(&node), world.len());
        drop(node);

        let began = Instant::now();
        runtime.block_on(world.fetch(&home, |_| None));
        times.add("fetch", began.elapsed());
        let began = Instant::now();
        verify(world);
        times.add("verify", began.elapsed());
        times.add("insert", bare_insert(&Rows::read(&world::database(&home))));
    }
    println!("first-sync: {} documents, {turns} turns", world.len());
    times.compare("sync", &["fetch", "verify", "insert"]);
}

/// From the beginning of a round in which every host says "not modified" to its end.
fn second_sync(runtime: &Runtime, world: &World, turns: usize) {
    let home = world.home();
    let node = world::open_in(home.path());
    runtime.block_on(node.sync(SyncScope::All, &|_| {})).unwrap();
    let database = world::database(&home);
    let validators = world::validators(&database);
    let before = Rows::read(&database).documents();
    let mut times = Times::default();
    for _ in 0..turns {
        let began = Instant::now();
        let outcome = runtime.block_on(node.sync(SyncScope::All, &|_| {})).unwrap();
        times.add("sync", began.elapsed());
        assert_eq!((outcome.accepted, outcome.unchanged), (0, world.len() + 1));
        let began = Instant::now();
        runtime.block_on(world.fetch(&home, |url| validators.get(url).cloned()));
        times.add("fetch", began.elapsed());
    }
    assert_eq!(Rows::read(&database).documents(), before, "a document was written");
    println!("second-sync: {} answers \"not modified\", {turns} turns", world.len() + 1);
    times.compare("sync", &["fetch"]);
}

/// Documents that are verified already, into the store.
fn upserts(world: &World, turns: usize) {
    let documents: Vec<(SourceKey, AnyVerified)> = world
        .profiles()
        .map(|(name, bytes)| {
            let key = SourceKey { kind: SourceKind::WellKnown, location: name.to_owned() };
            (key, RawDocument::new(bytes.clone()).verify_any().unwrap())
        })
        .collect();
    let mut times = Times::default();
    for _ in 0..turns {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join(DATABASE_FILE);
        let mut store = Store::open(&database).unwrap();
        let began = Instant::now();
        for batch in documents.chunks(BATCH) {
            let arrivals: Vec<_> = batch
                .iter()
                .map(|(key, document)| Arrival { document, source: Some(key) })
                .collect();
            for outcome in store.accept(&arrivals, now()).unwrap() {
                outcome.unwrap();
            }
        }
        times.add("accept", began.elapsed());
        drop(store);
        times.add("insert", bare_insert(&Rows::read(&database)));
    }
    println!("upserts: {} documents in batches of {BATCH}, {turns} turns", documents.len());
    times.compare("insert", &["accept"]);
}

fn verify(world: &World) {
    for (_, bytes) in world.profiles() {
        assert!(RawDocument::new(bytes.clone()).verify_any().is_ok());
    }
}

/// How long it takes to write rows to a database of the same schema on the same disk.
fn bare_insert(rows: &Rows) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let connection = rows::empty(&folder.path().join(DATABASE_FILE));
    let began = Instant::now();
    rows.write(&connection);
    began.elapsed()
}

/// Seconds by what they were spent on, one for each turn.
#[derive(Default)]
struct Times(Vec<(&'static str, Vec<f64>)>);

impl Times {
    fn add(&mut self, what: &'static str, time: Duration) {
        let seconds = time.as_secs_f64();
        match self.0.iter_mut().find(|(known, _)| *known == what) {
            Some((_, times)) => times.push(seconds),
            None => self.0.push((what, vec![seconds])),
        }
    }

    fn get(&self, what: &str) -> &[f64] {
        self.0.iter().find(|(known, _)| *known == what).map_or(&[], |(_, times)| times)
    }

    /// Prints the medians, and the median over the turns of the ratio to the largest of what
    /// it is held against.
    fn compare(&self, what: &str, against: &[&str]) {
        for (what, times) in &self.0 {
            println!("  {what:<8}{:>8.3} s  {}", median(times), Spread(times));
        }
        let largest = |turn: usize| {
            against.iter().map(|it| self.get(it)[turn]).fold(f64::MIN_POSITIVE, f64::max)
        };
        let ratios: Vec<f64> =
            self.get(what).iter().enumerate().map(|(turn, time)| time / largest(turn)).collect();
        let against = against.join(", ");
        println!("  {what} / largest of ({against}): {:.2}  {}", median(&ratios), Spread(&ratios));
    }
}

pub(crate) fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// From the smallest to the largest.
struct Spread<'a>(&'a [f64]);

impl fmt::Display for Spread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let smallest = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let largest = self.0.iter().copied().fold(0.0, f64::max);
        write!(f, "({smallest:.2} to {largest:.2})")
    }
}
