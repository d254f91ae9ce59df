//! How long it takes until a view shows lists that changed, beside making it from nothing.

use std::sync::Arc;
use std::time::Duration;

use wellspring_document::{Draft, EndorsementList, Verified, sign};
use wellspring_ranking::{Corpus, Policy, View, rank, rank_again};

use crate::synthetic::signer;
use crate::{Documents, median, timed};

/// What was measured of so many lists that changed.
pub(crate) struct Row {
    lists: usize,
    /// How many servers they name.
    servers: usize,
    index: Duration,
    view: Duration,
    whole_index: Duration,
    whole_view: Duration,
}

impl Row {
    pub(crate) const HEAD: &str = "
  servers changed lists  naming |     index           |      view           | of what all takes";

    pub(crate) fn print(&self, servers: u32) {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let (index, view) = (ms(self.index), ms(self.view));
        let (whole_index, whole_view) = (ms(self.whole_index), ms(self.whole_view));
        println!(
            "{servers:>9} {:>13} {:>7} | {index:>6.2} ms {:>5.1} us | {view:>6.2} ms {:>5.1} us | 1/{:.0}",
            self.lists,
            self.servers,
            1e3 * index / self.servers as f64,
            1e3 * view / self.servers as f64,
            (whole_index + whole_view) / (index + view),
        );
    }
}

/// Measures a thousandth, a hundredth and a tenth of the lists changing, each time at least one.
pub(crate) fn measure(policy: &Policy, documents: &Documents) -> Vec<Row> {
    let all = documents.lists.len();
    let mut counts: Vec<usize> = [1_000, 100, 10].map(|part| (all / part).max(1)).to_vec();
    counts.dedup();
    counts.into_iter().map(|count| measure_some(policy, documents, count)).collect()
}

fn measure_some(policy: &Policy, documents: &Documents, count: usize) -> Row {
    let mut changed = documents.lists.clone();
    let mut names = Vec::new();
    for number in 0..count {
        let (_, issuer) = signer(u32::try_from(number).unwrap(), documents.now);
        let list = changed.iter_mut().find(|list| list.issuer() == issuer.issuer()).unwrap();
        names.extend(list.body().entries.iter().map(|entry| entry.server_name.clone()));
        *list = next_edition(number, list);
    }
    names.sort_unstable();
    names.dedup();

    let mut corpus = documents.corpus(documents.lists.clone());
    let before = rank(policy, &corpus);
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..5 {
        let Documents { profiles, lists, reports, now } = documents;
        let renew = |corpus: Corpus, lists: &[_]| {
            let given = (profiles.clone(), lists.to_vec(), reports.clone());
            timed(|| corpus.renewed(given.0, given.1, given.2, *now))
        };
        let (renewed, index) = renew(corpus, &changed);
        let (view, of_view) = timed(|| rank_again(policy, &renewed, &before));
        let (whole_corpus, whole_index) = timed(|| documents.corpus(changed.clone()));
        let (whole, whole_view) = timed(|| rank(policy, &whole_corpus));
        check(&view, &whole);
        for (times, time) in times.iter_mut().zip([index, of_view, whole_index, whole_view]) {
            times.push(time);
        }
        corpus = renew(renewed, lists).0;
    }
    let [index, view, whole_index, whole_view] = times.map(median);
    Row { lists: count, servers: names.len(), index, view, whole_index, whole_view }
}

/// The list signed again, each entry reviewed a day later.
fn next_edition(number: usize, list: &Verified<EndorsementList>) -> Arc<Verified<EndorsementList>> {
    let (key, history) = signer(u32::try_from(number).unwrap(), list.issued_at());
    let mut body = list.body().clone();
    for entry in &mut body.entries {
        entry.reviewed_at =
            entry.reviewed_at.map(|day| day.plus_days(1).min(list.issued_at().date()));
    }
    let draft = Draft {
        history: &history,
        sequence: list.sequence() + 1,
        issued_at: list.issued_at(),
        expires_at: list.expires_at(),
        body: &body,
    };
    Arc::new(sign(&draft, &[key]).unwrap().verify().unwrap())
}

fn check(view: &View, whole: &View) {
    assert_eq!(view.servers.len(), whole.servers.len());
    for (server, other) in view.servers.iter().zip(&whole.servers) {
        assert_eq!((&server.server_name, server.rank), (&other.server_name, other.rank));
        assert_eq!(server.score, other.score);
    }
}
