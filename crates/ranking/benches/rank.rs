//! How long a full view takes, measurements and their points included, beside the time of
//! streaming the same endorsements once from memory, which no ranking can beat; how time and
//! memory grow with the number of servers; and what lists that changed cost beside that.
//!
//! ```sh
//! cargo bench -p wellspring-ranking --bench rank             # up to 100,000 servers
//! cargo bench -p wellspring-ranking --bench rank -- 1000000  # of this size: many gigabytes, minutes
//! ```
//!
//! Each server has ten endorsements by as many curators and the measurements of three
//! observers; a tenth of the servers have a profile. Each time is the median of several rounds,
//! in each of which everything is measured once: the ratios hold where the machine is noisy.
//! Everything runs on one core, and what is measured is the time that this core spent on it:
//! others who use the machine count only as far as they share its memory.

#![expect(clippy::unwrap_used, reason = "a benchmark ends where it fails")]

mod changed;
mod observations;
mod plot;
mod synthetic;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use synthetic::{Size, Synthetic};
use wellspring_document::{
    Body, EndorsementList, ObservationReport, Profile, Timestamp, Verdict, Verified,
};
use wellspring_ranking::{Corpus, Policy, View, endorsement_points, rank};

const OBSERVERS: u32 = 3;

fn main() {
    let mut sizes: Vec<u32> =
        std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1_000, 10_000, 100_000];
    }
    println!("{}", Row::HEAD);
    let mut rows = Vec::new();
    let mut changed = Vec::new();
    for servers in sizes {
        let (policy, documents) = world(servers);
        rows.push(measure(servers, &policy, &documents).printed());
        changed.push((servers, changed::measure(&policy, &documents)));
    }
    println!("{}", changed::Row::HEAD);
    for (servers, rows) in &changed {
        rows.iter().for_each(|row| row.print(*servers));
    }
    println!("\nThe times as a picture: {}", plot::write(&rows).display());
}

/// What was measured of a world of one size.
struct Row {
    servers: u32,
    /// Adding up the weights of all endorsements.
    stream: Duration,
    /// Trust, and the points of all endorsements.
    endorsements: Duration,
    view: Duration,
    index: Duration,
    /// The most bytes that corpus and view have at any time while they are made, beside the
    /// documents; and of that what stays as the corpus.
    peak: u64,
    corpus: u64,
}

impl Row {
    const HEAD: &str = "\
  servers endorsements observations |    stream endorsements       |      view         |    index |     peak  (corpus)";

    fn printed(self) -> Self {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let mb = |bytes: u64| bytes / 1_000_000;
        println!(
            "{:>9} {:>12} {:>12} | {:>6.2} ms {:>7.2} ms {:>5.1}x | {:>6.1} ms {:>5.0}x | {:>5.0} ms | {:>5} MB {:>5} MB",
            self.servers,
            self.servers * 10,
            self.servers * OBSERVERS,
            ms(self.stream),
            ms(self.endorsements),
            ms(self.endorsements) / ms(self.stream),
            ms(self.view),
            ms(self.view) / ms(self.stream),
            ms(self.index),
            mb(self.peak),
            mb(self.corpus),
        );
        self
    }
}

/// The documents of a world, as a node has them.
struct Documents {
    profiles: Vec<Arc<Verified<Profile>>>,
    lists: Vec<Arc<Verified<EndorsementList>>>,
    reports: Vec<Arc<Verified<ObservationReport>>>,
    now: Timestamp,
}

impl Documents {
    fn corpus(&self, lists: Vec<Arc<Verified<EndorsementList>>>) -> Corpus {
        Corpus::new(self.profiles.clone(), lists, self.reports.clone(), self.now)
    }
}

fn world(servers: u32) -> (Policy, Documents) {
    let world = Synthetic::new(Size::of_servers(servers));
    let now = world.now;
    let lists = in_feed_order(world.verified());
    let profiles = observations::profiles(servers, now);
    let reports = in_feed_order(observations::reports(OBSERVERS, servers, &profiles, now));
    let profiles = in_feed_order(profiles);
    let mut policy = world.policy;
    policy.observers = reports.iter().map(|report| report.issuer().clone()).collect();
    (policy, Documents { profiles, lists, reports, now })
}

fn in_feed_order<T: Body>(mut documents: Vec<Arc<Verified<T>>>) -> Vec<Arc<Verified<T>>> {
    documents.sort_by_cached_key(|document| (document.issuer().clone(), document.subject()));
    documents
}

fn measure(servers: u32, policy: &Policy, documents: &Documents) -> Row {
    let streamed = streamed(&documents.lists);
    let mut scores = vec![0.0_f64; servers as usize];

    let make = || documents.corpus(documents.lists.clone());
    let mut corpus = None;
    let mut view = None;
    let of_corpus = allocation_counter::measure(|| corpus = Some(timed(make)));
    let (corpus, first) = corpus.unwrap();
    let of_view = allocation_counter::measure(|| view = Some(rank(policy, &corpus)));
    check(&view.unwrap(), servers);
    let kept = u64::try_from(of_corpus.bytes_current).unwrap();

    let rounds = (1_000_000 / servers).clamp(3, 15);
    let mut times: [Vec<Duration>; 4] = Default::default();
    times[3].push(first);
    for _ in 0..rounds {
        times[0].push(timed(|| stream(&streamed, &mut scores)).1);
        times[1].push(timed(|| endorsement_points(policy, &corpus)).1);
        times[2].push(timed(|| rank(policy, &corpus)).1);
    }
    let [stream, endorsements, view, index] = times.map(median);
    Row {
        servers,
        stream,
        endorsements,
        view,
        index,
        peak: of_corpus.bytes_max.max(kept + of_view.bytes_max),
        corpus: kept,
    }
}

/// What the work makes, and how long it takes without dropping that again.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = processor_time();
    let made = black_box(work());
    (made, processor_time().saturating_sub(begin))
}

/// How long this thread has run.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// A view in which something is missing is quickly made.
fn check(view: &View, servers: u32) {
    assert_eq!(view.servers.len(), servers as usize);
    let said = view.servers.iter().flat_map(|it| it.reasons()).filter(|it| it.said.is_some());
    assert_eq!(said.count(), servers as usize * 10);
    let measured = view.servers.iter().filter_map(|it| it.measured.as_ref());
    assert_eq!(measured.map(|it| u32::from(it.observers)).sum::<u32>(), servers * OBSERVERS);
    let declared = view.servers.iter().filter(|it| it.declared().is_some());
    assert_eq!(declared.count(), servers as usize / 10);
}

struct Streamed {
    server: u32,
    weight: f64,
}

/// The endorsements list by list, as small as they can be.
fn streamed(lists: &[Arc<Verified<EndorsementList>>]) -> Vec<Streamed> {
    let number = |name: &str| name["server-".len()..name.len() - ".example".len()].parse().unwrap();
    let entries = lists.iter().flat_map(|list| &list.body().entries);
    entries
        .map(|entry| Streamed {
            server: number(entry.server_name.as_str()),
            weight: if entry.verdict == Verdict::Endorse { 0.6 } else { 0.25 },
        })
        .collect()
}

fn stream(edges: &[Streamed], scores: &mut [f64]) {
    for edge in edges {
        scores[edge.server as usize] += edge.weight;
    }
    black_box(scores);
}
