//! How far attacks get under the policies that come with the program: the tables of the
//! handbook. And what 100,000 curators without a path, with 10,000,000 endorsements, change:
//! no byte, and how much time.

#![expect(clippy::unwrap_used, reason = "a benchmark ends where it fails")]

mod attacks;

use std::time::{Duration, Instant};

use attacks::{Strangers, all, tables};
use wellspring_ranking::{Corpus, Policy, rank};

/// How often each view is made; the time is the median.
const ROUNDS: usize = 9;

fn main() {
    println!("{}", tables(&all()));

    // It takes minutes to sign, and several GB.
    let strangers = Strangers { curators: 100_000, entries: 100 };
    let (policy, without, with) = strangers.corpora();
    let bytes = |corpus| serde_json::to_vec(&rank(&policy, corpus)).unwrap();
    let view = bytes(&without);
    assert!(view == bytes(&with), "strangers changed the view");
    println!("The view has {} bytes, the same with and without the strangers.", view.len());
    let [without, with] = [&without, &with].map(|corpus| time(&policy, corpus));
    println!("It takes {without:.1?} without them, {with:.1?} with them.");
}

fn time(policy: &Policy, corpus: &Corpus) -> Duration {
    let mut times = [Duration::ZERO; ROUNDS];
    for time in &mut times {
        let start = Instant::now();
        let view = rank(policy, corpus);
        *time = start.elapsed();
        drop(view);
    }
    times.sort_unstable();
    times[ROUNDS / 2]
}
